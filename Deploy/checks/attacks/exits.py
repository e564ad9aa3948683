"""Exits: whatever happens, the person has a way out, and somebody can end what hangs."""
from attack import attack, must, need, never, ready, refused


def blocked(world):
    """Sign-in was blocked at the deadline."""
    person = world.person("Ada")
    takeover = world.acme.take(world.claim, "block_sign_in")
    world.told(takeover, person)
    need(takeover.settled(person, "running"), takeover.state(person))
    yield 31
    need(world.stage.until(lambda: person.status() == "blocked", 5), f"blocked: {person.status()}")
    return person, takeover, takeover.case(person)["id"]


def tells(world, person, case, verb, body=None):
    """By a session, or else by the link of a notice to the person's own address."""
    try:
        answer = world.decide(person, case, verb, body)
    except Exception:
        answer = None
    if answer is None or not answer.ok:
        link = world.own_link(person, case)
        if link:
            other = world.call("POST", f"/v1/me/notices/{case}:{verb}", link, body)
            answer = other if answer is None or other.ok else answer
    must(answer is not None, "there is neither a session nor a link")
    return answer


for verb, body in (("accept", None), ("detach", {}), ("export", None), ("dispute", {"reason": "mine"})):
    @attack(11, f"block_sign_in leaves the person nothing: {verb}")
    def _(world, verb=verb, body=body):
        person, _, case = yield from blocked(world)
        answer = tells(world, person, case, verb, body)
        must(answer.ok, f"{verb} while blocked: {answer}")
        if verb == "detach":
            must(person.status() == "active", f"detached, the account is {person.status()}")


@attack(11, "the operator can't lift a block")
def _(world):
    person, _, case = yield from blocked(world)
    answer = world.operate("POST", f"/v1/takeover_cases/{case}:lift", {"reason": "she called us"})
    must(answer.ok and person.status() == "active", f"{answer}, {person.status()}")


@attack(11, "a detach leaves no address")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}")
    takeover = world.acme.take(world.claim, "detach_address")
    world.told(takeover, person)
    world.decide(person, takeover.case(person)["id"], "detach", {})
    yield 31
    kept = person.addresses_now()
    if kept is None:
        rows, _ = world.sql("SELECT count(*) FROM tenure_global.addresses WHERE account_id = "
                            f"{person.uuid}")
        must(rows[0][0] != "0", "the account has no address any more")
        return
    must(kept, f"the account has no address any more: {kept}")


@attack(11, "a detach leaves an address that nobody ever verified")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}", (f"ada@{world.home}", False))
    takeover = world.acme.take(world.claim, "detach_address")
    world.told(takeover, person, person.addresses[0])
    world.decide(person, takeover.case(person)["id"], "detach", {})
    yield 31
    rows, _ = world.sql("SELECT bool_or(is_verified) FROM tenure_global.addresses WHERE account_id = "
                        f"{person.uuid}")
    must(rows and rows[0][0] == "t", "what is left is an unverified address")


for how in ("pending", "an exact parent of it", "verified"):
    @attack(11, f"a detach leaves only an address that the claimant reads ({how})")
    def _(world, how=how):
        from evidence import second_name
        name = second_name(world, how)
        person = world.person("Ada", f"ada@{world.domain}", f"ada@{name}")
        takeover = world.acme.take(world.claim, "detach_address")
        world.told(takeover, person)
        yield 31
        never(takeover.state(person) == "effective", f"what is left is ada@{name}")
        answer = world.decide(person, takeover.case(person)["id"], "detach", {})
        never(answer.ok and answer.status == 200 and takeover.settled(person, "effective", seconds=2),
              f"she detaches to ada@{name}: {answer}")


def disputed(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    need(takeover.settled(person, "running"), takeover.state(person))
    ready(world.decide(person, case, "dispute", {"reason": "this is my own account"}), "a dispute")
    return person, takeover, case


@attack(11, "disputes repeat for ever after dismissal")
def _(world):
    person, takeover, case = disputed(world)
    ready(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
        "decision": "dismiss", "reason": "the address is theirs"}), "it is dismissed")
    for _ in range(3):
        again = world.decide(person, case, "dispute", {"reason": "this is my own account"})
        if not again.ok:
            return
        world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
            "decision": "dismiss", "reason": "the address is theirs"})
    never(True, "disputed and dismissed again and again")


@attack(11, "a dispute says nothing")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    ready(world.decide(person, case, "dispute", {"reason": "this is my own account"}), "a dispute")
    seen = world.operate("GET", f"/v1/disputes")
    must(seen.ok and "this is my own account" in seen.text, f"the operator can't read it: {seen}")


@attack(11, "a decision says nothing, or nobody is told")
def _(world):
    person, takeover, case = disputed(world)
    refused(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {"decision": "dismiss"}),
            "a decision without words")
    ready(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
        "decision": "dismiss", "reason": "the address is theirs"}), "a decision")
    seen = world.call("GET", f"/v1/me/notices/{case}", person.token())
    must("the address is theirs" in seen.text, f"the person isn't told why: {seen}")
    told = world.stage.pages("/v1/events", world.acme.owner)
    must(any(case in str(e) and "dispute" in e["type"] or case in str(e) and "decided" in str(e)
             for e in told), f"the tenant isn't told: {[e['type'] for e in told]}")


@attack(11, "a dispute stops for ever: nobody decides, and nobody can find it")
def _(world):
    person, takeover, case = disputed(world)
    found = [p for p in ("/v1/disputes", "/v1/takeover_cases?state=disputed")
             if world.operate("GET", p).ok and case in world.operate("GET", p).text]
    must(found, "the operator can't list disputes")


@attack(11, "export makes no package")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    ready(world.decide(person, case, "export"), "an export")
    must(world.stage.until(lambda: world.events("request.package_ready", person), 10),
         "no package is made")


@attack(11, "a controller reads the package of an export")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    ready(world.decide(person, case, "export"), "an export")
    event = world.event("request.package_ready", person)
    number = event["data"].get("request_id") or event.get("subject")
    for path in (f"/v1/requests/{number}", f"/v1/requests/{number}/package"):
        answer = world.acme.call("GET", path)
        never(answer.ok, f"{path}: {answer}")


@attack(11, "a case that can't be notified waits for ever")
def _(world):
    person = world.person("Ada", (f"ada@{world.domain}", True))
    takeover = world.acme.take(world.claim)
    yield 200
    takeover.settled(person, "blocked", "cancelled")
    state = takeover.state(person)
    never(state in ("notice_pending",), f"after 200 days the case is {state}")
    never(person.controller(), "control without a word")


@attack(11, "an answer given twice")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    tokens = [person.token() for _ in range(4)]
    answers = world.together(*[
        lambda v=v, t=t: world.call("POST", f"/v1/me/notices/{case}:{v}", t,
                                    {} if v == "detach" else None)
        for v, t in zip(("accept", "detach", "accept", "detach"), tokens)])
    never(any(a.status >= 500 for a in answers), f"{answers}")
    # The same said again changes nothing, and may be answered as well.
    never(any(a.ok for a in answers[::2]) and any(a.ok for a in answers[1::2]),
          f"both decisions were taken: {answers}")


# What whoever reads the claimed mailbox may do takes nothing from the person

MAILBOX_WORDS = ["I have changed my mind", "somebody else's name is on it", "please look again"]


def dismissed(world, case):
    return ready(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
        "decision": "dismiss", "reason": "the address is theirs"}), "it is dismissed")


@attack(11, "the claimed mailbox's reader uses up the person's disputes")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    for words in MAILBOX_WORDS:
        said = world.call("POST", f"/v1/me/notices/{case}:dispute", person.mailbox(), {"reason": words})
        if not said.ok:
            break
        dismissed(world, case)
    answer = world.decide(person, case, "dispute", {"reason": "this is my own account"})
    must(answer.ok, f"her own dispute: {answer}")


@attack(11, "the claimed mailbox's reader disputes, and the person can't leave meanwhile")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    ready(world.call("POST", f"/v1/me/notices/{case}:dispute", person.mailbox(),
                     {"reason": MAILBOX_WORDS[0]}), "a dispute by the mailbox")
    answer = world.decide(person, case, "detach", {})
    must(answer.ok, f"she detaches: {answer}")


@attack(11, "the claimed mailbox's reader disputes a block, and the person can't leave it meanwhile")
def _(world):
    person, _, case = yield from blocked(world)
    ready(world.call("POST", f"/v1/me/notices/{case}:dispute", person.mailbox(),
                     {"reason": MAILBOX_WORDS[0]}), "a dispute by the mailbox")
    answer = world.decide(person, case, "detach", {})
    must(answer.ok, f"she detaches: {answer}")


@attack(11, "a dispute was upheld, and the claimant starts anew at once")
def _(world):
    person, takeover, case = disputed(world)
    ready(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
        "decision": "uphold", "reason": "it is hers"}), "it is upheld")
    started = world.acme.start(world.claim)
    never(started.ok, f"{started}")
