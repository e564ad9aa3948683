"""The person's channel: who reads the claimed mailbox, or writes the account's row, is not them."""
import json

from attack import attack, must, need, never, ready, refused, same

EVIL = "evil@attacker.test"


def case_of(world, policy="detach_address"):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim, policy)
    return person, takeover, takeover.case(person)["id"]


def act(world, case, verb, hand, body=None):
    return world.call("POST", f"/v1/me/notices/{case}:{verb}", hand, body)


def untouched(world, person, takeover, what):
    """Nothing came of it: no control, no answer, no address, no clock, no evidence of the person's."""
    world.stage.until(person.controller, 1)
    never(person.controller(), f"{what}: control")
    case = takeover.case(person)
    never(case["state"] not in ("notice_pending", "blocked"), f"{what}: the case is {case['state']}")
    receipts = world.acme.call("GET", f"/v1/takeover_cases/{case['id']}/receipts")
    never(any(r["level"] == 3 for r in receipts["data"]), f"{what}: it counts as the person: {receipts}")
    must(set(person.addresses_now() or []) == set(person.addresses), f"{what}: the addresses changed")


HANDS = {
    "the claimed mailbox's link": lambda w, p, c: w.claimed_link(p, c),
    "a session that the mailbox opened": lambda w, p, c: p.mailbox(),
    "a session of after the claim": lambda w, p, c: p.token(
        assurance="session", signed_in_at=w.stage.stamp(0)),
}
for hand_name, hand in HANDS.items():
    for verb, body in (("accept", None), ("detach", {}), ("detach", {"address": EVIL}),
                       ("detach", {"address": EVIL, "code": "00000000"}), ("acknowledge", None)):
        @attack(1, f"{hand_name} is used to {verb}{' to ' + EVIL if body else ''}"
                   f"{' with a code' if body and 'code' in body else ''}")
        def _(world, hand=hand, verb=verb, body=body):
            person, takeover, case = case_of(world)
            answer = act(world, case, verb, hand(world, person, case), body)
            if verb != "acknowledge":
                never(answer.ok, f"it {verb}s: {answer}")
            never(answer.status >= 500, f"{answer}")
            untouched(world, person, takeover, verb)
            never(world.events("takeover.address_code_required", person), "a code went to the attacker")

    @attack(1, f"{hand_name} starts the clock")
    def _(world, hand=hand):
        person, takeover, case = case_of(world, "assume_control")
        act(world, case, "acknowledge", hand(world, person, case))
        act(world, case, "export", hand(world, person, case))
        untouched(world, person, takeover, "acknowledging")
        yield 60
        never(person.controller(), "control after sixty days")

    @attack(1, f"{hand_name} gets the person's package")
    def _(world, hand=hand):
        person, takeover, case = case_of(world)
        ready(world.decide(person, case, "export"), "the person exports")
        event = world.event("request.package_ready", person)
        number = event["data"].get("request_id") or event["subject"]
        refused(world.call("POST", f"/v1/me/requests/{number}:collect", hand(world, person, case)),
                "the package")

    @attack(1, f"{hand_name} takes a request of the person's back, which stands in the way")
    def _(world, hand=hand):
        person, takeover, case = case_of(world)
        made = ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}),
                     "the person's request")
        answer = world.call("POST", f"/v1/me/requests/{made['id']}:withdraw", hand(world, person, case))
        never(answer.ok, f"withdrawn: {answer}")

    @attack(1, f"{hand_name} asks for the person's erasure")
    def _(world, hand=hand):
        person, takeover, case = case_of(world)
        answer = world.call("POST", "/v1/me/requests", hand(world, person, case), {"type": "erasure"})
        never(answer.ok, f"asked for: {answer}")

    @attack(1, f"{hand_name} asks for the person's data, and collects them")
    def _(world, hand=hand):
        person, takeover, case = case_of(world)
        token = hand(world, person, case)
        made = world.call("POST", "/v1/me/requests", token, {"type": "access"})
        if not made.ok:
            return
        world.operate("POST", f"/v1/requests/{made['id']}:fulfil")
        world.stage.until(lambda: world.events("request.package_ready", person), 5)
        answer = world.call("POST", f"/v1/me/requests/{made['id']}:collect", token)
        never(answer.ok, f"collected: {answer}")

for name, words in (("reads", "GET"), ("disputes", "POST")):
    @attack(1, f"the claimed mailbox's reader can't even do what they may ({name})")
    def _(world, words=words):
        person, _, case = case_of(world)
        link = world.claimed_link(person, case)
        answer = (world.call("GET", f"/v1/me/notices/{case}", link) if words == "GET" else
                  act(world, case, "dispute", link, {"reason": "this is my own account"}))
        must(answer.ok, f"{answer}")


@attack(1, "the person's own link does not decide")
def _(world):
    person, _, case = case_of(world)
    answer = act(world, case, "accept", need(world.own_link(person, case), "a link of her own"))
    must(answer.ok, f"{answer}")
    must(world.stage.until(person.controller), "she accepted, and nothing happened")


@attack(1, "a second link decides after the first has")
def _(world):
    person, takeover, case = case_of(world)
    links = world.links(person, case)
    own = need(world.own_link(person, case), "a link of her own")
    ready(act(world, case, "detach", own, {}), "she detaches")
    for link in links.values():
        for verb in ("accept", "detach", "acknowledge", "dispute", "export"):
            answer = act(world, case, verb, link, {} if verb == "detach" else None)
            never(answer.ok, f"{verb} after the decision: {answer}")
    never(person.controller(), "control")


@attack(1, "the link of one case opens another")
def _(world):
    ada, bob = world.person("Ada"), world.person("Bob")
    takeover = world.acme.take(world.claim)
    cases = {p: takeover.case(p)["id"] for p in (ada, bob)}
    own = need(world.own_link(ada, cases[ada]), "a link")
    for path in (f"/v1/me/notices/{cases[bob]}",):
        refused(world.call("GET", path, own), "another's notice")
    refused(act(world, cases[bob], "accept", own), "another's decision")
    listed = world.call("GET", "/v1/me/notices", own)
    never(cases[bob] in listed.text, "another's notice is listed")
    never(bob.controller(), "control")


@attack(1, "a link is as good as a session for what is not the notice")
def _(world):
    person, _, case = case_of(world)
    for link in world.links(person, case).values():
        for method, path, body in (
                ("GET", "/v1/me", None), ("GET", "/v1/me/content_items", None),
                ("PUT", "/v1/me/preferences", {"preferences": []}),
                ("GET", "/v1/me/requests", None),
                ("POST", "/v1/me/webhook_endpoints", {"url": "https://hook.test:8443/evil"})):
            answer = world.call(method, path, link, body)
            never(answer.ok, f"{method} {path} by a link: {answer}")


@attack(1, "a link is guessed from what can be read: ids, other links, the feed of the tenant")
def _(world):
    person, takeover, case = case_of(world)
    feed = json.dumps(world.stage.pages("/v1/events", world.acme.owner))
    for link in world.links(person, case).values():
        never(link in feed, "the claimant's own feed has the link")
    never("link_token" in feed or "verify_code" in feed or '"code"' in feed,
          "the claimant's feed has a secret")


@attack(1, "a person's own callback gets a link: whoever owns the callback decides")
def _(world):
    person = world.person("Ada")
    made = world.call("POST", "/v1/me/webhook_endpoints", person.mailbox(), {
        "url": f"https://hook.test:{world.stage.receiver.port}/mine-{world.label}",
        "event_types": ["takeover.*"]})
    if not made.ok:
        made = world.call("POST", "/v1/me/webhook_endpoints", person.mailbox(), {
            "url": f"https://hook.test:{world.stage.receiver.port}/mine-{world.label}"})
    if not made.ok:
        return
    world.acme.take(world.claim)
    mine = f"/mine-{world.label}"
    world.stage.until(lambda: any(p == mine for p, _ in world.stage.receiver.deliveries), 5)
    sent = json.dumps([e for p, e in world.stage.receiver.deliveries if p == mine])
    never("link_token" in sent, f"{sent[:300]}")


# After control: the controller writes the row


def controlled(world, **more):
    person = world.person("Ada", **more)
    ready(world.operate("POST", "/v1/content_items", {"items": [{
        "account_id": person.id, "product": "docs", "kind": "file", "category": "diary",
        "external_id": world.label, "visibility": "private", "title": "Dear diary",
        "body": "Dear diary, nobody reads this"}]}), "a private note")
    world.takeover = world.controlled(person)
    return person


def patch(world, person, *addresses, **more):
    path = f"/v1/accounts/{person.id}" + ("?dry_run=true" if more.pop("dry", False) else "")
    return world.acme.call("PATCH", path, {"addresses": [
        a if isinstance(a, dict) else {"address": a, "verified": True} for a in addresses]}, **more)


@attack(2, "the controller writes its own mailbox over the person's, and nobody is told")
def _(world):
    person = controlled(world)
    evil = f"evil@{world.domain}"
    patch(world, person, evil)
    kept = person.addresses_now() or []
    must(person.addresses[1] in kept, f"her own address is gone: {kept}")
    if evil in kept:
        world.stage.until(lambda: any("address" in json.dumps(e) for e in world.stage.pages(
            "/v1/me/account_notices", person.token())), 5)
        told = world.stage.pages("/v1/me/account_notices", person.token())
        must(any("address" in n["type"] for n in told), f"she was not told: {[n['type'] for n in told]}")


for way in ("replaces", "adds to", "empties", "nulls"):
    @attack(2, f"the controller {way} the person's own address")
    def _(world, way=way):
        person = controlled(world)
        claimed, own = person.addresses
        if way == "nulls":
            world.acme.call("PATCH", f"/v1/accounts/{person.id}", {"addresses": None})
        else:
            patch(world, person, *{"replaces": [claimed, EVIL], "adds to": [claimed, own, EVIL],
                                   "empties": []}[way])
        kept = person.addresses_now() or []
        must(own in kept, f"her own address is gone: {kept}")
        never(EVIL in kept, f"another's address is hers now: {kept}")


@attack(2, "the controller asks for the person's data, and reads what is private")
def _(world):
    person = controlled(world)
    patch(world, person, f"evil@{world.domain}", person.addresses[0])
    made = world.acme.call("POST", "/v1/requests", {"account_id": person.id, "type": "access"})
    if not made.ok:
        return
    number = made["id"]
    ready(world.acme.call("POST", f"/v1/requests/{number}:fulfil"), "it fulfils its own request")
    world.stage.until(lambda: world.events("request.package_ready", person), 8)
    seen = world.acme.call("GET", f"/v1/requests/{number}/package").text
    for event in world.events("request.package_ready", person):
        data = event["data"]
        links = [data.get("link_token")] + [d.get("link_token") for d in data.get("destinations", [])]
        for link in filter(None, links):
            seen += world.call("POST", f"/v1/me/requests/{number}:collect", link).text
    never("Dear diary" in seen, "the package has the private note")
    never("earlier-content" in seen and "Dear diary" in seen, "the package has what is earlier")
    never(world.home in seen, "the package has the private address")


for kind in ("portability", "rectification", "objection", "restriction", "erasure"):
    @attack(2, f"the controller enters a request for {kind} in the person's name")
    def _(world, kind=kind):
        person = controlled(world)
        body = {"account_id": person.id, "type": kind}
        if kind == "rectification":
            body["correction"] = {"display_name": "Somebody Else"}
        if kind == "objection":
            body["purposes"] = ["research"]
        made = world.acme.call("POST", "/v1/requests", body)
        if not made.ok:
            return
        world.acme.call("POST", f"/v1/requests/{made['id']}:fulfil")
        world.stage.until(lambda: world.events("request.package_ready", person), 3)
        seen = world.acme.call("GET", f"/v1/requests/{made['id']}/package").text
        never("Dear diary" in seen or world.home in seen, f"it reads what is private: {seen[:200]}")


@attack(2, "a change of addresses is told to the new one only")
def _(world):
    person = controlled(world)
    before = len(world.stage.pages("/v1/me/account_notices", person.token()))
    answer = patch(world, person, f"new@{world.domain}")
    if not answer.ok:
        return
    world.stage.until(lambda: len(world.stage.pages("/v1/me/account_notices", person.token())) > before, 5)
    told = world.stage.pages("/v1/me/account_notices", person.token())
    must(len(told) > before, "nobody was told")


# Names of others


def rival_held(world):
    rival = world.tenant("Rival")
    name = f"{world.label}-rival.test"
    rival.prove(name)
    return rival, name


@attack(3, "PATCH puts an address on a rival's proven name, and the rival can't register it")
def _(world):
    person = controlled(world)
    _, name = rival_held(world)
    refused(patch(world, person, person.addresses[0], f"ceo@{name}"), "an address on a rival's name")
    made = world.operate("POST", "/v1/accounts", {
        "display_name": "CEO", "addresses": [{"address": f"ceo@{name}", "verified": True}]})
    must(made.ok, f"the rival's own registration: {made}")


for dry in (False, True):
    @attack(3, f"{'a dry run' if dry else 'an answer'} tells which addresses exist")
    def _(world, dry=dry):
        person = controlled(world)
        other = world.person("Bob", f"bob@{world.home}")
        one = patch(world, person, person.addresses[0], other.addresses[0], dry=dry)
        two = patch(world, person, person.addresses[0], f"nobody@{world.home}", dry=dry)
        never(one.ok or two.ok, f"{one} {two}")
        same(one, two, "an address that exists, and one that does not")
        must(two.code == "domain_not_held", f"{two}")


@attack(3, "an unverified address on a name of others is put there all the same")
def _(world):
    person = controlled(world)
    refused(patch(world, person, person.addresses[0], {"address": EVIL, "verified": False}),
            "an address on a name of nobody's")


@attack(3, "an address on a name that is claimed, but not proven")
def _(world):
    person = controlled(world)
    name = f"{world.label}-wished.test"
    world.acme.claim(name)
    refused(patch(world, person, person.addresses[0], f"x@{name}"), "an address on a name wished for")


@attack(3, "an address below an exact claim, or on a look-alike of it")
def _(world):
    person = controlled(world)
    for address in (f"x@sub.{world.domain}", f"x@{world.domain}.evil.test", f"x@not{world.domain}"):
        refused(patch(world, person, person.addresses[0], address), address)


@attack(3, "a look-up tells the controller whose a private address is")
def _(world):
    person = controlled(world)
    one = world.acme.call("POST", "/v1/accounts:lookup", {"address": person.addresses[1]})
    two = world.acme.call("POST", "/v1/accounts:lookup", {"address": f"nobody@{world.home}"})
    same(one, two, "the private address of a controlled account")
    must(one.status == 404, f"{one}")


@attack(3, "an import by the operator's hand gives the controller what it may not write itself")
def _(world):
    person = controlled(world)
    from imports import put
    put(world, {"external_id": f"n-{world.label}", "addresses": [
        {"address": person.addresses[1], "verified": True}]})
    must(person.addresses[1] in (person.addresses_now() or []), "her own address went elsewhere")


# What the controller sees


@attack(4, "the controller reads private addresses and attributes from before control")
def _(world):
    person = controlled(world, attributes={"blood_group": "0-secret"}, locale="de-DE")
    seen = ready(world.acme.call("GET", f"/v1/accounts/{person.id}"), "the account").text
    never(world.home in seen, f"the private address: {seen}")
    never("0-secret" in seen, f"an attribute: {seen}")
    listed = world.acme.call("GET", "/v1/accounts").text
    never(world.home in listed or "0-secret" in listed, f"in the list: {listed}")


@attack(4, "the controller finds the private address anywhere at all")
def _(world):
    person = controlled(world, attributes={"blood_group": "0-secret"})
    case = world.takeover.case(person)["id"]
    patch(world, person, person.addresses[0], f"second@{world.domain}")
    world.verb(world.acme, person, "restrict")
    tenant = world.acme
    for path in ("/v1/memberships", f"/v1/memberships/{person.id}", "/v1/accounts", "/v1/account_changes",
                 f"/v1/accounts/{person.id}", f"/v1/accounts/{person.id}/dates",
                 f"/v1/accounts/{person.id}/retention", f"/v1/accounts/{person.id}/processing",
                 "/v1/content_items", f"/v1/content_items?account_id={person.id}", "/v1/requests",
                 "/v1/takeovers", f"/v1/takeovers/{world.takeover.id}",
                 f"/v1/takeovers/{world.takeover.id}/cases", f"/v1/takeover_cases/{case}/receipts",
                 "/v1/account_notices", "/v1/events", "/v1/audit_entries", "/v1/audit_export",
                 "/v1/operations", "/v1/domain_claims", "/v1/suppressions", "/v1/approvals",
                 f"/v1/takeovers/{world.takeover.id}/timeline"):
        answer = tenant.call("GET", path)
        for secret in (person.addresses[1], world.home, "0-secret", "Dear diary"):
            never(secret in answer.text, f"{path} has {secret}")


@attack(4, "the controller guesses the private address, and a digest says that it guessed right")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    ready(world.decide(person, case, "accept"), "she accepts")
    need(world.stage.until(person.controller), "control")
    patch(world, person, person.addresses[0], f"second@{world.domain}")
    world.verb(world.acme, person, "deactivate")
    notices = world.stage.pages("/v1/account_notices", world.acme.owner)
    for notice in notices:
        world.receipt(notice["id"], person.addresses[1])
    seen = {path: world.acme.call("GET", path).text for path in
            [f"/v1/takeover_cases/{case}/receipts", "/v1/events", "/v1/audit_entries"]
            + [f"/v1/account_notices/{n['id']}/receipts" for n in notices]}
    for known in [case] + [n["id"] for n in notices]:
        guess = world.digest(known, person.addresses[1])
        for path, text in seen.items():
            never(guess in text, f"{path} has the digest of {person.addresses[1]}")


@attack(4, "the claimed mailbox's link shows where else the person is reached")
def _(world):
    person, _, case = case_of(world)
    link = world.claimed_link(person, case)
    for path in (f"/v1/me/notices/{case}", "/v1/me/notices", "/v1/me/control"):
        seen = world.call("GET", path, link).text
        never(world.home in seen or world.digest(case, person.addresses[1]) in seen, f"{path}: {seen}")


@attack(2, "the package of the person's own request goes to the claimed mailbox as well")
def _(world):
    person = controlled(world)
    made = ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}), "a request")
    ready(world.acme.call("POST", f"/v1/requests/{made['id']}:fulfil"), "Acme answers")
    event = world.event("request.package_ready", person)
    data = event["data"]
    known = [made["id"], data.get("notice_id") or "", event["subject"], event["id"]]
    claimed = [world.digest(n, person.addresses[0]) for n in known]
    own = [world.digest(n, person.addresses[1]) for n in known]
    if "destinations" not in data:
        # One link for whoever is mailed: the claimed mailbox is among them.
        answer = world.call("POST", f"/v1/me/requests/{made['id']}:collect", data.get("link_token"))
        never(answer.ok, "the link for every address collects")
        return
    places = [d if isinstance(d, str) else d.get("address_hash") for d in data["destinations"]]
    never(set(places) & set(claimed), f"it goes to the claimed mailbox too: {data}")
    must(set(places) & set(own), f"it does not go to the person's own: {data}")


@attack(4, "the controller reads what is private by taking it over from the person")
def _(world):
    person = controlled(world)
    items = world.acme.call("GET", f"/v1/content_items?account_id={person.id}")
    never("Dear diary" in items.text, "the list has the title")
    number = world.operate("GET", f"/v1/content_items?account_id={person.id}")
    for item in (number.get("data") or []):
        for method, path, body in (("GET", f"/v1/content_items/{item['id']}", None),
                                   ("POST", f"/v1/content_items/{item['id']}:open", {"reason": "x"})):
            answer = world.acme.call(method, path, body)
            never("Dear diary" in answer.text, f"{path}: {answer}")
    world.acme.call("POST", "/v1/content_transfers", {
        "from_account_id": person.id, "to": {"kind": "tenant"}, "reason": "x"})
    world.stage.until(lambda: False, 1)
    never("Dear diary" in world.acme.call("GET", "/v1/content_items").text, "transferred to the tenant")


@attack(4, "given back, the account has lost what the controller could not see")
def _(world):
    person = controlled(world, attributes={"blood_group": "0-secret"}, locale="de-DE")
    ready(world.verb(world.acme, person, "release"), "given back")
    need(world.stage.until(lambda: not person.controller(), 5), "given back")
    me = ready(world.call("GET", "/v1/me", person.token()), "her own account")
    must(person.addresses[1] in me.text, f"her own address: {me}")
    must("0-secret" in me.text, f"her attributes: {me}")


@attack(4, "the person no longer sees their own addresses")
def _(world):
    person = controlled(world)
    must(person.addresses[1] in (person.addresses_now() or []), f"{person.addresses_now()}")


SECRETS = ("0-secret", "Dear diary")
for when in ("before control", "after control"):
    @attack(4, f"a session that the mailbox opened reads what is private ({when})")
    def _(world, when=when):
        if when == "after control":
            person = controlled(world, attributes={"blood_group": "0-secret"})
        else:
            person = world.person("Ada", attributes={"blood_group": "0-secret"})
            ready(world.operate("POST", "/v1/content_items", {"items": [{
                "account_id": person.id, "product": "docs", "kind": "file", "category": "diary",
                "external_id": world.label, "visibility": "private", "title": "Dear diary"}]}), "a note")
            world.acme.take(world.claim)
        hand = person.mailbox()
        items = world.call("GET", "/v1/me/content_items", person.token())
        number = next((i["id"] for i in items.get("data") or []), "none")
        for path in ("/v1/me", "/v1/me/content_items", f"/v1/me/content_items/{number}",
                     "/v1/me/requests", "/v1/me/account_notices", "/v1/me/notices", "/v1/me/control"):
            seen = world.call("GET", path, hand).text
            for secret in SECRETS + (world.home,):
                never(secret in seen, f"{path} has {secret}")


@attack(1, "a link still decides after the takeover was cancelled")
def _(world):
    person, takeover, case = case_of(world)
    own = need(world.own_link(person, case), "a link of her own")
    ready(takeover.cancel(), "the takeover is off")
    need(takeover.settled(person, "cancelled"), takeover.state(person))
    for verb in ("accept", "detach", "acknowledge", "export", "dispute"):
        refused(act(world, case, verb, own, {} if verb == "detach" else
                    {"reason": "x"} if verb == "dispute" else None), verb)
    never(person.controller(), "control")


@attack(1, "a person is detached to an address that the claimant reads")
def _(world):
    name = f"{world.label}-second.test"
    world.acme.prove(name)
    person, takeover, case = case_of(world)
    for address in (f"ada@{name}", f"new@{world.domain}", f"new@sub.{world.domain}"):
        answer = act(world, case, "detach", person.token(), {"address": address})
        refused(answer, f"a detach to {address}")


# Codes


def ask(world, case, token, address, code=None):
    return world.call("POST", f"/v1/me/notices/{case}:detach", token,
                      {"address": address} | ({"code": code} if code else {}))


def mails(world, person=None):
    return len(world.events("takeover.address_code_required", person))


@attack(5, "asking for a code anew sends as many mails as one likes")
def _(world):
    person, _, case = case_of(world)
    token, address = person.token(), f"stranger@{world.home}"
    answers = [ask(world, case, token, address) for _ in range(12)]
    need(answers[0].status == 202, f"a code is sent: {answers[0]}")
    sent = sum(a.status == 202 for a in answers)
    never(sent > 3, f"{sent} mails to a stranger within a minute")
    must(answers[-1].status == 429, f"the limit says so: {answers[-1]}")


@attack(5, "asking at the same time goes round the limit")
def _(world):
    person, _, case = case_of(world)
    token, address = person.token(), f"stranger@{world.home}"
    answers = world.together(*[lambda: ask(world, case, token, address) for _ in range(8)])
    need(any(a.status == 202 for a in answers), f"a code is sent: {answers}")
    sent = sum(a.status == 202 for a in answers)
    never(sent > 3, f"{sent} mails to a stranger at once")


@attack(5, "asking anew resets the count of wrong codes")
def _(world):
    person, _, case = case_of(world)
    token, address = person.token(), f"stranger@{world.home}"
    tried = 0
    for _ in range(3):
        ask(world, case, token, address)
        for guess in range(6):
            answer = ask(world, case, token, address, f"{guess:08d}")
            tried += answer.code == "code_wrong"
    must(tried, "a wrong code was judged at all")
    never(tried > 5, f"{tried} wrong codes were judged in a day")


@attack(5, "wrong codes at the same time go round the count")
def _(world):
    person, _, case = case_of(world)
    token, address = person.token(), f"stranger@{world.home}"
    need(ask(world, case, token, address).status == 202, "a code is sent")
    answers = world.together(*[
        lambda g=g: ask(world, case, token, address, f"{g:08d}") for g in range(16)])
    tried = sum(a.code == "code_wrong" for a in answers)
    never(tried > 5, f"{tried} wrong codes were judged at once")


@attack(5, "another address of the same case has a fresh count of wrong codes")
def _(world):
    person, _, case = case_of(world)
    token, tried = person.token(), 0
    for number in range(4):
        address = f"stranger{number}@{world.home}"
        ask(world, case, token, address)
        for guess in range(3):
            tried += ask(world, case, token, address, f"{guess:08d}").code == "code_wrong"
    never(tried > 5, f"{tried} wrong codes were judged in one case")


@attack(5, "another person's case has a fresh count for the same stranger")
def _(world):
    people = [world.person(n) for n in ("Ada", "Bob", "Cyd", "Dan")]
    takeover = world.acme.take(world.claim)
    address, tried, sent = f"stranger@{world.home}", 0, 0
    for person in people:
        case, token = takeover.case(person)["id"], person.token()
        for _ in range(2):
            sent += ask(world, case, token, address).status == 202
        for guess in range(3):
            tried += ask(world, case, token, address, f"{guess:08d}").code == "code_wrong"
    never(sent > 3, f"{sent} mails to one stranger within a minute")
    never(tried > 5, f"{tried} wrong codes for one address")


@attack(5, "ten a day: an hour later the stranger gets three more, for ever")
def _(world):
    person, _, case = case_of(world)
    address, sent = f"stranger@{world.home}", 0
    for _ in range(8):
        token = person.token()
        for _ in range(3):
            sent += ask(world, case, token, address).status == 202
        yield 0.045
    never(sent > 10, f"{sent} mails to a stranger within nine hours")


@attack(5, "a stranger is written to in other spellings of the same address")
def _(world):
    person, _, case = case_of(world)
    token, sent = person.token(), 0
    for address in (f"stranger@{world.home}", f"Stranger@{world.home}", f"STRANGER@{world.home.upper()}",
                    f"stranger@{world.home}", f"sTranger@{world.home}"):
        sent += ask(world, case, token, address).status == 202
    never(sent > 3, f"{sent} mails to one mailbox")


def mailed(world):
    """How many codes went to mailboxes of the world's name."""
    def sent():
        return [e for e in world.events("domain_claim.code_required")
                if e["data"].get("domain") == world.domain]
    world.stage.until(lambda: len(sent()) > 3, 3)
    return len(sent())


@attack(5, "the codes to a domain's mailboxes have no limit")
def _(world):
    claim = world.acme.claim(world.domain)
    path = f"/v1/domain_claims/{claim['id']}:affiliate"
    answers = [world.acme.call("POST", path, {"method": "mailbox", "mailbox": "postmaster"})
               for _ in range(6)]
    need(answers[0].ok, f"a code is sent: {answers[0]}")
    never(mailed(world) > 3, "more than three mails within a minute")
    tried = 0
    for guess in range(9):
        answer = world.acme.call("POST", path, {
            "method": "mailbox", "mailbox": "postmaster", "code": f"{guess:08d}"})
        tried += answer.code == "code_wrong"
    never(tried > 5, f"{tried} wrong codes were judged")


@attack(5, "a claim made anew has a fresh count")
def _(world):
    for number in range(5):
        tenant = world.tenant(f"T{number}")
        claim = tenant.claim(world.domain)
        tenant.call("POST", f"/v1/domain_claims/{claim['id']}:affiliate",
                    {"method": "mailbox", "mailbox": "postmaster"})
    never(mailed(world) > 3, f"{mailed(world)} mails to one mailbox within a minute")


@attack(5, "a dry run sends a code, or judges one without counting")
def _(world):
    person, _, case = case_of(world)
    token, address = person.token(), f"stranger@{world.home}"
    before = mails(world, person)
    world.call("POST", f"/v1/me/notices/{case}:detach?dry_run=true", token, {"address": address})
    world.stage.until(lambda: mails(world, person) > before, 1)
    never(mails(world, person) > before, "a dry run mailed a stranger")
    ask(world, case, token, address)
    tried = sum(world.call("POST", f"/v1/me/notices/{case}:detach?dry_run=true", token, {
        "address": address, "code": f"{g:08d}"}).code == "code_wrong" for g in range(12))
    never(tried > 5, f"{tried} wrong codes were judged in dry runs")


@attack(5, "a new person token, or a link, has a fresh count")
def _(world):
    person, _, case = case_of(world)
    address, tried = f"stranger@{world.home}", 0
    ask(world, case, person.token(), address)
    hands = [person.token() for _ in range(4)] + [need(world.own_link(person, case), "a link")]
    for hand in hands:
        for guess in range(3):
            tried += ask(world, case, hand, address, f"{guess:08d}").code == "code_wrong"
    never(tried > 5, f"{tried} wrong codes were judged")


# Addresses that a controller put on the account outlive its control


def planted(world, how):
    """Ada's account got an address on a second name of its controller's, who then let the name go."""
    name = f"{world.label}-second.test"
    second, person, evil = world.acme.prove(name), world.member(), f"evil@{name}"
    ready(patch(world, person, person.addresses[0], evil), "an address on its second name")
    if how == "released":
        ready(world.acme.call("POST", f"/v1/domain_claims/{second['id']}:release"), "it is let go")
    else:
        other = world.tenant("Accomplice")
        ready(world.acme.call("POST", f"/v1/domain_claims/{second['id']}:grant",
                              {"tenant_id": other.id}), "a grant")
        other.prove(name)
    return person, evil


def given_back(world, person, back):
    ready(world.takeover.undo(person) if back == "undo" else
          world.verb(world.acme, person, "release"), back)
    need(world.stage.until(lambda: not person.controller(), 5), "given back")


for how in ("released", "given to another tenant"):
    for back in ("undo", "release"):
        @attack(2, f"an address that the controller put there stays after {back}; its name was {how}")
        def _(world, how=how, back=back):
            person, evil = planted(world, how)
            given_back(world, person, back)
            never(evil in (person.addresses_now() or []), f"{person.addresses_now()}")

    @attack(1, f"an address that a former controller put there accepts; its name was {how}")
    def _(world, how=how):
        person, evil = planted(world, how)
        given_back(world, person, "undo")
        yield 100
        person.addresses.append(evil)
        takeover = world.acme.take(world.claim)
        case = takeover.case(person)["id"]
        link = world.links(person, case).get(evil)
        if not link:
            return
        answer = act(world, case, "accept", link)
        world.stage.until(person.controller, 4)
        never(person.controller(), f"accepted from {evil}: {answer}")


@attack(2, "an account is released to an address that the controller put there, and to no other")
def _(world):
    name = f"{world.label}-second.test"
    second, evil = world.acme.prove(name), f"evil@{name}"
    person = world.person("Ada", f"ada@{world.domain}")
    world.controlled(person)
    ready(patch(world, person, person.addresses[0], evil), "an address on its second name")
    ready(world.acme.call("POST", f"/v1/domain_claims/{second['id']}:release"), "it is let go")
    answer = world.verb(world.acme, person, "release")
    world.stage.until(lambda: not person.controller(), 2)
    never(evil in (person.addresses_now() or []) and not person.controller(),
          f"{answer} {person.addresses_now()}")


@attack(2, "the person's package goes to an address that the controller put there")
def _(world):
    person, evil = planted(world, "released")
    yield 95
    made = ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}), "a request")
    ready(world.acme.call("POST", f"/v1/requests/{made['id']}:fulfil"), "Acme answers")
    event = world.event("request.package_ready", person)
    places = [d if isinstance(d, str) else d.get("address_hash")
              for d in event["data"].get("destinations", [])]
    theirs = {world.digest(n, evil) for n in (made["id"], event["subject"], event["id"])}
    never(set(places) & theirs, f"it goes to {evil}: {event}")


@attack(4, "a change is answered again after control has ended, with the person's profile")
def _(world):
    person = world.member()
    path, body = f"/v1/accounts/{person.id}", {"attributes": {"desk": "7"}}
    once = {"Idempotency-Key": f"once-{world.label}"}
    ready(world.acme.call("PATCH", path, body, headers=once), "a change")
    given_back(world, person, "undo")
    again = world.acme.call("PATCH", path, body, headers=once)
    never("Ada" in again.text, f"{again}")


@attack(4, "a session that the mailbox opened reads what the person said in a request")
def _(world):
    person = world.person("Ada")
    made = ready(world.call("POST", "/v1/me/requests", person.token(), {
        "type": "access", "details": "0-secret: my lawyer needs it"}), "a request")
    need(world.claim, "the name is claimed")
    hand = person.mailbox()
    for path in ("/v1/me/requests", f"/v1/me/requests/{made['id']}"):
        never("0-secret" in world.call("GET", path, hand).text, path)


@attack(1, "a person is detached to another spelling of the claimed name")
def _(world):
    person, _, case = case_of(world)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in world.domain)
    for address in (f"new@{world.domain}.", f"new@{world.domain.upper()}", f"new@{wide}",
                    f"new@sub.{world.domain.upper()}.", f"new@{world.domain.replace('.', '。')}",
                    f'"x@{world.home}"@{world.domain}'):
        refused(act(world, case, "detach", person.token(), {"address": address}), repr(address))


@attack(3, "a tenant's key tells somebody else's account from none")
def _(world):
    person, rival = world.person("Ada"), world.tenant("Rival")
    none = "acc_01m8epg627eh6rqdwbxhzpa936"

    def alike(method, path, body=None):
        one, other = (rival.call(method, path.format(number), json.loads(
            json.dumps(body).replace("ACCOUNT", number))) for number in (person.id, none))
        never((one.status, one.code) != (other.status, other.code), f"{path}: {one} / {other}")
    for path in ("/v1/accounts/{}/sign_in_status", "/v1/accounts/{}/processing",
                 "/v1/accounts/{}/dates", "/v1/accounts/{}/retention",
                 "/v1/content_items?account_id={}", "/v1/account_notices?account_id={}",
                 "/v1/requests?account_id={}", "/v1/erasures?account_id={}"):
        alike("GET", path)
    alike("PUT", "/v1/memberships/{}", {"role": "member"})
    alike("PUT", "/v1/accounts/{}/dates", {"dates": {}})
    alike("POST", "/v1/accounts/{}:release", {"reason": "x"})
    alike("POST", "/v1/accounts/{}:erase", {"reason": "x"})
    alike("POST", "/v1/requests", {"account_id": "ACCOUNT", "type": "access"})
    alike("POST", "/v1/holds", {"matter": "m", "reason": "r", "custodian_ids": ["ACCOUNT"]})
    alike("POST", "/v1/account_changes", {
        "verb": "delete", "reason": "r", "account_ids": ["ACCOUNT"]})
