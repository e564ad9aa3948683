"""Evidence: what counts as told, and what does not."""
from attack import attack, must, need, never, ready, refused


def nothing(world, person, takeover, what):
    never(person.controller(), f"{what}: control")
    never(person.status() == "blocked", f"{what}: sign-in is blocked")
    never(takeover.state(person) == "effective", f"{what}: the case is effective")


def second_name(world, how):
    """The claimant has another name, in one way or another, on which the person has an address."""
    name = f"{world.label}-second.test"
    if how == "verified":
        world.acme.prove(name)
    elif how == "pending":
        world.acme.claim(name)
    elif how == "a parent of it":
        world.acme.prove(name, "subtree")
        name = f"mail.{name}"
    elif how == "an exact parent of it":
        world.acme.prove(name)
        name = f"mail.{name}"
    elif how in ("released before", "released during"):
        claim = world.acme.prove(name)
        if how == "released before":
            ready(world.acme.call("POST", f"/v1/domain_claims/{claim['id']}:release"), "released")
        else:
            world.later = lambda: ready(world.acme.call(
                "POST", f"/v1/domain_claims/{claim['id']}:release"), "released")
    elif how == "claimed after the receipt":
        world.later = lambda: world.acme.prove(name)
    elif how == "wished for after the receipt":
        world.later = lambda: world.acme.claim(name)
    elif how == "at risk":
        claim = world.acme.prove(name)
        world.stage.names.remove(claim["record"]["name"])
        need(world.acme.check(claim).get("state") == "at_risk", "at risk")
    elif how == "given by a grant":
        other = world.tenant("Other")
        theirs = other.prove(name)
        ready(other.call("POST", f"/v1/domain_claims/{theirs['id']}:grant", {
            "tenant_id": world.acme.id}), "a grant")
        world.acme.prove(name)
    elif how == "attested":
        claim = world.acme.claim(name)
        ready(world.operate("POST", f"/v1/domain_claims/{claim['id']}:attest", {
            "reason": "they called us", "review_on": world.stage.stamp(300)},
            tenant=world.acme.id), "attested")
    return name


for how in ("verified", "pending", "a parent of it", "an exact parent of it", "released before",
            "released during", "claimed after the receipt", "wished for after the receipt", "at risk",
            "given by a grant", "attested"):
    @attack(6, f"a mailbox on the claimant's second name counts as outside ({how})")
    def _(world, how=how):
        world.later = lambda: None
        name = second_name(world, how)
        person = world.person("Ada", f"ada@{world.domain}", f"ada@{name}")
        takeover = world.acme.take(world.claim)
        case = takeover.case(person)["id"]
        for address in person.addresses:
            world.receipt(case, address)
        world.later()
        yield 31
        nothing(world, person, takeover, "told at the claimant's own names")

    @attack(6, f"the link to the claimant's second name accepts ({how})")
    def _(world, how=how):
        world.later = lambda: None
        name = second_name(world, how)
        person = world.person("Ada", f"ada@{world.domain}", f"ada@{name}")
        takeover = world.acme.take(world.claim)
        case = takeover.case(person)["id"]
        link = need(world.links(person, case).get(f"ada@{name}"), "a link went there")
        world.later()
        answer = world.call("POST", f"/v1/me/notices/{case}:accept", link)
        never(answer.ok, f"{answer}")
        never(world.stage.until(person.controller, 1), "control")


for channel in ("email2", "sms", "push", "in_app", "post", "EMAIL", "email ", "app"):
    @attack(6, f"'email' and {channel!r} to one mailbox count as two channels")
    def _(world, channel=channel):
        person = world.person("Ada", f"ada@{world.domain}")
        takeover = world.acme.take(world.claim)
        case = takeover.case(person)["id"]
        ready(world.receipt(case, person.addresses[0]), "it arrived by mail")
        answer = world.receipt(case, person.addresses[0], channel=channel)
        never(answer.ok, f"the mailbox is a {channel!r} too: {answer}")
        yield 31
        nothing(world, person, takeover, "one mailbox, two channels")


def three(world, policy):
    person = world.person("Ada", f"ada@{world.domain}", f"ada@{world.home}", f"ada@{world.label}-b.test")
    takeover = world.acme.take(world.claim, policy)
    return person, takeover, takeover.case(person)["id"]


for policy in ("detach_address", "block_sign_in"):
    for count in (0, 1, 2):
        @attack(6, f"{count} addresses told out of three suffice for {policy}")
        def _(world, policy=policy, count=count):
            person, takeover, case = three(world, policy)
            for address in person.addresses[:count]:
                ready(world.receipt(case, address), "a receipt")
            yield 60
            nothing(world, person, takeover, f"{count} of three")

    @attack(6, f"three of three don't suffice for {policy}")
    def _(world, policy=policy):
        person, takeover, case = three(world, policy)
        for address in person.addresses:
            ready(world.receipt(case, address), "a receipt")
        yield 29.5
        must(takeover.state(person) == "running", f"a day before: {takeover.state(person)}")
        yield 1
        must(takeover.settled(person, "effective"), f"a day after: {takeover.state(person)}")

    @attack(6, f"a signed failure at each address suffices for {policy}")
    def _(world, policy=policy):
        person, takeover, case = three(world, policy)
        for address in person.addresses:
            ready(world.receipt(case, address, failed=True), "a signed failure")
        yield 60
        nothing(world, person, takeover, "it arrived nowhere")

    @attack(6, f"one arrival and signed failures elsewhere don't suffice for {policy}")
    def _(world, policy=policy):
        person, takeover, case = three(world, policy)
        ready(world.receipt(case, person.addresses[1]), "a receipt")
        for address in (person.addresses[0], person.addresses[2]):
            ready(world.receipt(case, address, failed=True), "a signed failure")
        yield 31
        must(takeover.settled(person, "effective"), f"{takeover.state(person)}")

    @attack(6, f"a failure signed after the arrival leaves it as it was for {policy}")
    def _(world, policy=policy):
        person = world.person("Ada", f"ada@{world.domain}")
        takeover = world.acme.take(world.claim, policy)
        case = takeover.case(person)["id"]
        ready(world.receipt(case, person.addresses[0]), "a receipt")
        yield 5
        ready(world.receipt(case, person.addresses[0], failed=True), "it bounced after all")
        yield 31
        nothing(world, person, takeover, "it bounced after all")


@attack(6, "the claimed mailbox alone suffices for control")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    ready(world.receipt(takeover.case(person)["id"], person.addresses[0]), "a receipt")
    yield 95
    nothing(world, person, takeover, "the claimed mailbox alone")


@attack(6, "a receipt at the person's own address doesn't suffice for control")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    ready(world.receipt(takeover.case(person)["id"], person.addresses[1]), "a receipt")
    yield 29.5
    never(person.controller(), "control a day before its time")
    yield 1
    must(world.stage.until(person.controller), f"no control a day after: {takeover.state(person)}")


def phone(number, verified=True):
    return {"kind": "sms", "value": number, "verified": verified}


@attack(6, "an unverified phone is the second kind")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}", contacts=[phone("+4930111", False)])
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    ready(world.receipt(case, person.addresses[0]), "a receipt")
    world.receipt(case, "sms:+4930111", channel="sms")
    yield 31
    nothing(world, person, takeover, "an unverified phone")


@attack(6, "a phone added in the middle of the case is the second kind")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}")
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    ready(world.receipt(case, person.addresses[0]), "a receipt")
    ready(world.operate("PATCH", f"/v1/accounts/{person.id}", {"contacts": [phone("+4930222")]}),
          "a phone is added")
    world.receipt(case, "sms:+4930222", channel="sms")
    yield 31
    nothing(world, person, takeover, "a phone that was not known before")


@attack(6, "an address added in the middle of the case is the person's own")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}")
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    ready(world.operate("PATCH", f"/v1/accounts/{person.id}", {"addresses": [
        {"address": a, "verified": True} for a in (f"ada@{world.domain}", f"ada@{world.home}")]}),
        "an address is added")
    world.receipt(case, f"ada@{world.home}")
    yield 31
    nothing(world, person, takeover, "an address that was not known before")


@attack(6, "an unverified address becomes verified in the middle of the case")
def _(world):
    person = world.person("Ada", (f"ada@{world.domain}", True), (f"ada@{world.home}", False))
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    world.receipt(case, f"ada@{world.home}")
    world.operate("PATCH", f"/v1/accounts/{person.id}", {"addresses": [
        {"address": a, "verified": True} for a in person.addresses]})
    world.receipt(case, f"ada@{world.home}")
    yield 31
    nothing(world, person, takeover, "an address verified meanwhile")


@attack(6, "a verified phone doesn't count beside the claimed mailbox")
def _(world):
    need(world.stage.knows("contacts"), "people have contacts")
    person = world.person("Ada", f"ada@{world.domain}", contacts=[phone("+4930333")])
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    ready(world.receipt(case, person.addresses[0]), "a receipt")
    ready(world.receipt(case, "sms:+4930333", channel="sms"), "a receipt of the phone")
    yield 31
    must(world.stage.until(person.controller), f"{takeover.state(person)}")


FORGERIES = {
    "of another operator": lambda w, c, a: w.receipt(c, a, key=w.stranger),
    "of another case": lambda w, c, a: w.receipt(
        c, a, signature=w.operator.sign("tenure/receipt/v1")),
    "of an address that is not theirs": lambda w, c, a: w.receipt(c, EVIL),
    "of before the notice": lambda w, c, a: w.receipt(c, a, at=w.stage.stamp(-1)),
    "of tomorrow": lambda w, c, a: w.receipt(c, a, at=w.stage.stamp(1)),
    "with a word of failure turned into delivery": lambda w, c, a: turned(w, c, a),
}
EVIL = "evil@attacker.test"


def turned(world, case, address):
    """What the operator signed of a failure, sent as a delivery."""
    import hashlib
    digest = world.digest(case, address)
    template = hashlib.sha256(b"the mail as it was sent").hexdigest()
    at = world.stage.stamp(0)
    signed = world.operator.sign("\n".join(
        ["tenure/receipt-failed/v1", case, "email", digest, template, at, ""]))
    return world.operate("POST", "/v1/receipts", {
        "case_id": case, "channel": "email", "address_hash": digest, "template_hash": template,
        "delivered_at": at, "signature": signed})


for name, forge in FORGERIES.items():
    @attack(6, f"a receipt {name} counts")
    def _(world, forge=forge):
        from world import Operator
        world.stranger = Operator()
        person = world.person("Ada")
        takeover = world.acme.take(world.claim)
        case = takeover.case(person)["id"]
        refused(forge(world, case, person.addresses[1]), "the receipt")
        ready(world.receipt(case, person.addresses[1]), "a true receipt")


@attack(6, "a tenant's own key posts receipts, or a person does")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    for key in (world.acme.owner, person.token()):
        answer = world.call("POST", "/v1/receipts", key, {
            "case_id": case, "channel": "email", "address_hash": world.digest(case, person.addresses[1]),
            "template_hash": "0" * 64, "delivered_at": world.stage.stamp(0), "signature": "AAAA"})
        refused(answer, "a receipt by somebody else")


@attack("Mutants", "L1 starts the milder clock, or satisfies the effect")
def _(world):
    people = {policy: world.person(name) for policy, name in
              (("detach_address", "Ada"),)}
    for policy, person in people.items():
        takeover = world.acme.take(world.claim, policy)
        yield 40
        nothing(world, person, takeover, "sent, and no more")


@attack("Mutants", "a release to an address that nobody verified")
def _(world):
    person = world.person("Ada", (f"ada@{world.domain}", True), (f"ada@{world.home}", False))
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    answer = world.decide(person, case, "detach", {})
    never(answer.ok, f"detached to an unverified address: {answer}")


@attack(7, "an unverified address on the claimed name is eligible")
def _(world):
    world.person("Ada", (f"ada@{world.domain}", False), (f"ada@{world.home}", True))
    plan = world.acme.preview(world.claim)
    never(plan.ok and plan["counts"].get("eligible"), f"{plan}")
    never(world.acme.start(world.claim).ok, "a takeover of it was started")


@attack(7, "an unverified address comes back verified after detach and undo")
def _(world):
    person = world.person("Ada", (f"ada@{world.domain}", True), (f"ada.b@{world.domain}", False),
                          (f"ada@{world.home}", True))
    takeover = world.acme.take(world.claim, "detach_address")
    case = takeover.case(person)["id"]
    ready(world.decide(person, case, "detach", {}), "she detaches")
    answer = takeover.undo(person)
    need(answer.ok, f"undo: {answer}")
    seen = world.operate("GET", f"/v1/accounts/{person.id}").json
    verified = {a["address"]: a["verified"] for a in seen["addresses"]}
    never(verified.get(f"ada.b@{world.domain}"), f"it is verified now: {verified}")
    must(verified.get(f"ada@{world.domain}") is True, f"the other is as it was: {verified}")


@attack(7, "undo of a detach takes an address from whoever has it now")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim, "detach_address")
    ready(world.decide(person, takeover.case(person)["id"], "detach", {}), "she detaches")
    other = world.operate("POST", "/v1/accounts", {"display_name": "Bob", "addresses": [
        {"address": person.addresses[0], "verified": True}]})
    answer = takeover.undo(person)
    never(answer.status >= 500, f"{answer}")
    if other.ok:
        seen = world.operate("GET", f"/v1/accounts/{other['id']}").text
        must(person.addresses[0] in seen, f"it was taken from its holder: {answer}")


@attack(6, "the claimed mailbox's session acknowledges a notice about the account as the person")
def _(world):
    person = world.member()
    ready(world.acme.call("PATCH", f"/v1/accounts/{person.id}", {"addresses": [
        {"address": a, "verified": True} for a in (person.addresses[0], f"second@{world.domain}")]}),
        "a change she is told of")
    notices = []
    world.stage.until(lambda: notices.extend(
        world.stage.pages("/v1/account_notices", world.acme.owner)) or notices, 6)
    for notice in need(notices, "a notice"):
        world.call("POST", f"/v1/me/account_notices/{notice['id']}:acknowledge", person.mailbox())
        seen = world.acme.call("GET", f"/v1/account_notices/{notice['id']}/receipts")
        never(any(r["level"] == 3 for r in seen["data"]), f"{seen}")
