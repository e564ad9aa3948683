"""Judged again when it happens: what was true at the start must still be true."""
from attack import attack, must, need, never, ready, refused
from world import Takeover


def under_way(world, *people, no_answer="assume_control"):
    takeover = world.acme.take(world.claim, no_answer)
    for person in people:
        world.told(takeover, person)
        need(takeover.settled(person, "running"), f"the clock runs: {takeover.state(person)}")
    return takeover


def addresses(world, person, *kept):
    """The operator, who has custody, writes the addresses anew."""
    return ready(world.operate("PATCH", f"/v1/accounts/{person.id}", {"addresses": [
        a if isinstance(a, dict) else {"address": a, "verified": True} for a in kept]}),
        "the addresses change")


CHANGES = {
    "left the account": lambda w, p: addresses(w, p, p.addresses[1]),
    "is not verified any more": lambda w, p: addresses(
        w, p, {"address": p.addresses[0], "verified": False}, p.addresses[1]),
}
for policy in ("assume_control", "block_sign_in", "detach_address"):
    for name, change in CHANGES.items():
        @attack(8, f"the claimed address {name} during the case: {policy} all the same")
        def _(world, change=change, policy=policy):
            person = world.person("Ada")
            takeover = under_way(world, person, no_answer=policy)
            change(world, person)
            yield 31
            never(person.controller(), "control all the same")
            never(person.status() == "blocked", "sign-in is blocked all the same")
            never(takeover.state(person) == "effective", "the case is effective all the same")


@attack(8, "the claimed address left the account: an acceptance carries control all the same")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    addresses(world, person, person.addresses[1])
    world.decide(person, takeover.case(person)["id"], "accept")
    world.stage.until(person.controller, 3)
    never(person.controller(), "control all the same")


@attack(8, "the claimed address moved to another account, which is taken in its place")
def _(world):
    person, other = world.person("Ada"), world.person("Bob", f"bob@{world.home}")
    under_way(world, person)
    addresses(world, person, person.addresses[1])
    # What was given up rests; only in a circle do addresses change hands at once.
    refused(world.operate("PATCH", f"/v1/accounts/{other.id}", {"addresses": [
        {"address": a, "verified": True} for a in (other.addresses[0], person.addresses[0])]}),
        "an address that rests is given to somebody", "address_resting")
    yield 31
    never(other.controller() or person.controller(), "control without a case of one's own")


def below(world):
    """Acme holds everything below its name; somebody has an account on a name below."""
    claim = world.acme.prove(world.domain, "subtree")
    return claim, world.person("Ada", f"ada@sub.{world.domain}", f"ada@{world.home}")


def rival_below(world, claim):
    rival = world.tenant("Rival")
    ready(world.acme.call("POST", f"/v1/domain_claims/{claim['id']}:grant", {
        "tenant_id": rival.id, "domain": f"sub.{world.domain}"}), "consent")
    return rival, rival.prove(f"sub.{world.domain}")


@attack(8, "a parent's subtree takes accounts on a name that another tenant has proven")
def _(world):
    claim, person = below(world)
    rival_below(world, claim)
    plan = world.acme.preview(claim)
    never(plan.ok and plan["counts"].get("eligible"), f"the preview counts it: {plan}")
    started = world.acme.start(claim)
    if started.ok:
        takeover = started["id"]
        yield 0.01
        cases = world.stage.pages(f"/v1/takeovers/{takeover}/cases", world.acme.owner)
        never(any(c["state"] in ("notice_pending", "running") for c in cases), f"{cases}")
    never(person.controller(), "control")


@attack(8, "another tenant proves the name below in the middle of the parent's case")
def _(world):
    claim, person = below(world)
    takeover = world.acme.take(claim)
    world.told(takeover, person)
    need(takeover.settled(person, "running"), takeover.state(person))
    rival_below(world, claim)
    world.decide(person, takeover.case(person)["id"], "accept")
    world.stage.until(person.controller, 3)
    never(person.controller(), "an acceptance carries control for the parent")
    yield 31
    never(person.controller(), "the deadline carries control for the parent")


@attack(8, "a subtree takeover goes on under a narrower claim made after the release")
def _(world):
    claim, person = below(world)
    takeover = world.acme.take(claim)
    world.told(takeover, person)
    need(takeover.settled(person, "running"), takeover.state(person))
    ready(world.acme.call("POST", f"/v1/domain_claims/{claim['id']}:release"), "the claim is released")
    narrower = world.acme.claim(world.domain, "exact")
    world.acme.publish(narrower)
    need(world.acme.check(narrower).get("state") == "verified", "the narrower claim is proven")
    yield 31
    never(person.controller(), "control under another claim")


@attack(8, "a takeover goes on under a second claim on the same name")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    ready(world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:release"), "released")
    again = world.acme.claim(world.domain)
    world.acme.publish(again)
    need(world.acme.check(again).get("state") == "verified", "a second claim is proven")
    world.decide(person, takeover.case(person)["id"], "accept")
    yield 31
    never(person.controller(), "control under another claim")


@attack(8, "the claim's proof is gone when the deadline comes")
def _(world):
    person = world.person("Ada")
    under_way(world, person)
    yield 10
    world.stage.names.remove(world.claim["record"]["name"])
    yield 21
    never(person.controller(), "control without a proof")


@attack(8, "the person asks for their data in the middle of the case")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    yield 25
    ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}), "a request")
    yield 6
    never(person.controller(), "control before the answer")
    never(takeover.state(person) == "effective", "the case is effective")


@attack("Mutants", "an account given back lately is taken again")
def _(world):
    person = world.member()
    ready(world.verb(world.acme, person, "release"), "it is given back")
    need(world.stage.until(lambda: not person.controller(), 5), "given back")
    plan = world.acme.preview(world.claim)
    never(plan.ok and plan["counts"].get("eligible"), f"eligible again at once: {plan}")


@attack(8, "the person becomes another tenant's only owner in the middle of the case")
def _(world):
    person = world.person("Ada")
    under_way(world, person)
    other = world.tenant("Other")
    ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "owner"}, tenant=other.id),
          "Ada owns another tenant")
    yield 31
    never(person.controller(), "control of another tenant's last owner")


@attack(8, "the takeover is cancelled while the acceptance is under way")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    case = takeover.case(person)["id"]
    token = person.token()
    world.together(takeover.cancel, lambda: world.call("POST", f"/v1/me/notices/{case}:accept", token))
    world.stage.until(lambda: takeover.state(person) in ("effective", "cancelled"), 5)
    state = takeover.state(person)
    must((state == "effective") == bool(person.controller()), f"{state}, {person.controller()}")


def put_aside(world, secret):
    held, free = world.person("Ada"), world.person("Bob")
    takeover = under_way(world, held, free)
    ready(world.operate("POST", "/v1/holds", {
        "matter": "a suit", "reason": "by the court", "custodian_ids": [held.id],
        "secret": secret}), "the operator holds one of them")
    return held, free, takeover


for secret in (True, False):
    @attack(9, f"one {'secretly ' if secret else ''}held account fails the whole batch")
    def _(world, secret=secret):
        held, free, takeover = put_aside(world, secret)
        yield 31
        world.stage.until(lambda: free.controller(), 5)
        must(free.controller(), f"the other account waits too: {takeover.state(free)}")
        never(held.controller(), "what is held changed hands")


@attack(9, "a secretly held account shows itself by its case")
def _(world):
    held, free, takeover = put_aside(world, True)
    yield 31
    case = takeover.case(held)
    text = str(case)
    never("held" in text or "hold" in text, f"{case}")
    seen = world.call("GET", f"/v1/me/notices/{case['id']}", held.token())
    never("held" in seen.text or '"hold' in seen.text, f"{seen}")


@attack(9, "a held account's acceptance fails the acceptance of others")
def _(world):
    held, free, takeover = put_aside(world, True)
    tokens = held.token(), free.token()
    cases = [takeover.case(p)["id"] for p in (held, free)]
    answers = world.together(*[
        lambda c=c, t=t: world.call("POST", f"/v1/me/notices/{c}:accept", t)
        for c, t in zip(cases, tokens)])
    never(any(a.status >= 500 for a in answers), f"{answers}")
    world.stage.until(free.controller, 5)
    must(free.controller(), f"the other account waits: {answers}")
    never(held.controller(), "what is held changed hands")


@attack(8, "an export does not stop the clock")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    case = takeover.case(person)["id"]
    yield 10
    ready(world.decide(person, case, "export"), "she wants her data first")
    yield 33.5
    never(person.controller(), "control within the two weeks of the export")
    ready(world.call("GET", f"/v1/me/notices/{case}", person.token()), "her notice")


@attack(8, "an export is asked for again and again, and stops the clock for ever")
def _(world):
    person = world.person("Ada")
    takeover = under_way(world, person)
    case = takeover.case(person)["id"]
    answers = [world.decide(person, case, "export") for _ in range(3)]
    never(sum(a.ok for a in answers) > 1, f"{answers}")


@attack(8, "a notice period below the floor, or none")
def _(world):
    world.person("Ada")
    for days in (0, -1, 1, 6, 13):
        answer = world.acme.start(world.claim, notice_days=days)
        never(answer.ok and days < 7, f"{days} days: {answer}")
        if answer.ok:
            return


@attack(8, "a plan is used twice, or by another tenant, or for another claim")
def _(world):
    world.person("Ada")
    plan = ready(world.acme.preview(world.claim), "a plan")["plan"]
    rival = world.tenant("Rival")
    theirs = rival.prove(f"{world.label}-r.test")
    refused(rival.call("POST", "/v1/takeovers", {
        "plan": plan, "domain_claim_id": theirs["id"], "no_answer": "assume_control"}), "another's plan")
    other = world.acme.prove(f"{world.label}-b.test")
    refused(world.acme.call("POST", "/v1/takeovers", {
        "plan": plan, "domain_claim_id": other["id"], "no_answer": "assume_control"}), "another claim")
    body = {"plan": plan, "domain_claim_id": world.claim["id"], "no_answer": "assume_control"}
    ready(world.acme.call("POST", "/v1/takeovers", body), "a takeover")
    refused(world.acme.call("POST", "/v1/takeovers", body), "the plan a second time")


@attack(8, "a takeover names accounts that the plan didn't find")
def _(world):
    person = world.person("Ada")
    stranger = world.person("Eve", f"eve@{world.home}")
    plan = ready(world.acme.preview(world.claim), "a plan")["plan"]
    answer = world.acme.call("POST", "/v1/takeovers", {
        "plan": plan, "domain_claim_id": world.claim["id"], "no_answer": "assume_control",
        "account_ids": [person.id, stranger.id]})
    if answer.ok:
        cases = world.stage.pages(f"/v1/takeovers/{answer['id']}/cases", world.acme.owner)
        never(any(c["account_id"] == stranger.id for c in cases), "a stranger has a case")


@attack(8, "the tenant is suspended in the middle of the case, and takes the account all the same")
def _(world):
    person = world.person("Ada")
    under_way(world, person)
    ready(world.operate("POST", f"/v1/tenants/{world.acme.id}:suspend"), "the operator suspends Acme")
    yield 31
    never(person.controller(), "control for a suspended tenant")


def at_once(world):
    """What came of four plans that were made into takeovers at the same moment."""
    plans = [ready(world.acme.preview(world.claim), "a plan")["plan"] for _ in range(4)]
    return world.together(*[lambda p=p: world.acme.call("POST", "/v1/takeovers", {
        "plan": p, "domain_claim_id": world.claim["id"], "no_answer": "assume_control"})
        for p in plans])


@attack(8, "two plans at once make two cases of one account")
def _(world):
    person = world.person("Ada")
    made = at_once(world)
    never(any(m.status >= 500 for m in made), f"{made}")
    count = world.value("SELECT count(*) FROM tenure.takeover_cases WHERE account_id = "
                        f"{person.uuid} AND state IN ('notice_pending', 'running')")
    must(count == "1", f"{count} open cases")


@attack(8, "of two cases made at once, one goes on after the other was decided for the person")
def _(world):
    person = world.person("Ada")
    made = [Takeover(world.acme, m.json) for m in at_once(world) if m.ok]
    need(made, "a takeover")
    case = world.told(made[0], person)
    ready(world.decide(person, case, "dispute", {"reason": "this is my own account"}), "a dispute")
    ready(world.operate("POST", f"/v1/takeover_cases/{case}:decide", {
        "decision": "uphold", "reason": "it is hers"}), "it is upheld")
    for other in made[1:]:
        if other.state(person) != "blocked":
            world.told(other, person)
    yield 32
    world.stage.until(person.controller, 4)
    never(person.controller(), "control by the twin of a case that was decided for her")
