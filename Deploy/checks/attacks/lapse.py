"""A lapse protects: nobody gains by it. And contests cost whoever opens them."""
import uuid

from attack import attack, must, need, never, ready, refused
from gate import hold, lost
from writers import collide


def in_grace(world):
    """Acme controls Ada's account, and its proof is gone since four days."""
    person, other = world.person("Ada"), world.person("Bob")
    takeover = world.controlled(person)
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    yield 3.5
    world.stage.until(lambda: world.acme.state(world.claim) == "grace", 5)
    need(world.acme.state(world.claim) == "grace", f"it is {world.acme.state(world.claim)}")
    return person, other, takeover


def suspended(world):
    person, other, takeover = yield from in_grace(world)
    yield 14.5
    world.stage.until(lambda: world.acme.state(world.claim) == "lapsed", 5)
    need(world.acme.state(world.claim) == "lapsed", f"it is {world.acme.state(world.claim)}")
    need(person.controller(), "control is there, suspended")
    return person, other, takeover


def contested(world):
    """Acme controls Ada's account, and a rival has proven Acme's name."""
    person, other = world.person("Ada"), world.person("Bob")
    takeover = world.controlled(person)
    rival, claim = contest(world)
    yield 0.01
    return person, other, takeover


def contest(world, rival=None, holder=None):
    rival = rival or world.tenant("Rival")
    claim = rival.claim(world.domain)
    rival.publish(claim)
    rival.check(claim)
    need(world.acme.state(holder or world.claim) == "contested",
         f"the claim is contested: {world.acme.state(holder or world.claim)}")
    return rival, claim


def does(method, path, body=None):
    return lambda world, person: world.acme.call(method, path.format(person.id), body)


WAYS = {
    "erase": does("POST", "/v1/accounts/{}:erase", {"reason": "x"}),
    "anonymise": does("POST", "/v1/accounts/{}:anonymise", {"reason": "x"}),
    "delete": does("POST", "/v1/accounts/{}:delete", {"reason": "x"}),
    "isolate": does("POST", "/v1/accounts/{}:isolate", {"reason": "x"}),
    "deactivate": does("POST", "/v1/accounts/{}:deactivate", {"reason": "x"}),
    "a list to delete": lambda w, p: w.acme.call("POST", "/v1/account_changes", {
        "verb": "delete", "account_ids": [p.id], "reason": "x"}),
    "a list to erase": lambda w, p: w.acme.call("POST", "/v1/account_changes:erase", {
        "verb": "erase", "account_ids": [p.id], "reason": "x"}),
    "a file to delete": lambda w, p: w.file(w.acme, "/v1/account_changes:import", {
        "account_id": p.id, "verb": "delete", "reason": "x"}),
    "a hold": lambda w, p: w.acme.call("POST", "/v1/holds", {
        "matter": "m", "reason": "r", "custodian_ids": [p.id]}),
    "a hold on all": lambda w, p: w.acme.call("POST", "/v1/holds", {
        "matter": "m", "reason": "r", "covers_all": True}),
    "a role": does("PUT", "/v1/memberships/{}", {"role": "owner"}),
    "the end of a membership": does("DELETE", "/v1/memberships/{}"),
    "an address": lambda w, p: w.acme.call("PATCH", f"/v1/accounts/{p.id}", {"addresses": [
        {"address": f"new@{w.domain}", "verified": True}]}),
    "a transfer of content": lambda w, p: w.acme.call("POST", "/v1/content_transfers", {
        "from_account_id": p.id, "to": {"kind": "tenant"}, "reason": "x"}),
}

for stage_name, reach in (("grace", in_grace), ("suspension", suspended), ("a contest", contested)):
    for way, act in WAYS.items():
        # To end a leaver's sign-in harms nobody's data; only suspension takes that away too.
        if way == "deactivate" and stage_name != "suspension":
            continue

        @attack(12, f"{way} in {stage_name}")
        def _(world, reach=reach, act=act, way=way):
            person, _, _ = yield from reach(world)
            before = person.status()
            members = world.value("SELECT count(*) FROM tenure.memberships WHERE account_id = "
                                  f"{person.uuid} AND role = 'owner'")
            holds = world.value(f"SELECT count(*) FROM tenure.holds WHERE tenant_id = "
                                f"{world.uuid(world.acme.id)}")
            answer = act(world, person)
            never(getattr(answer, "status", 0) >= 500, f"it broke: {answer}")
            world.stage.until(lambda: person.status() != before, 1.5)
            never(person.status() != before, f"{before} became {person.status()}: {answer}")
            must(world.value("SELECT count(*) FROM tenure.memberships WHERE account_id = "
                             f"{person.uuid} AND role = 'owner'") == members, f"a role: {answer}")
            must(world.value(f"SELECT count(*) FROM tenure.holds WHERE tenant_id = "
                             f"{world.uuid(world.acme.id)}") == holds, f"a hold: {answer}")
            if way in ("an address", "the end of a membership") or way.startswith("a transfer"):
                refused(answer, way)

    @attack(12, f"a new takeover in {stage_name}")
    def _(world, reach=reach):
        yield from reach(world)
        started = world.acme.start(world.claim)
        never(started.ok, f"{started}")


@attack(12, "a new takeover while the claim is at risk")
def _(world):
    world.person("Bob")
    need(world.claim, "a claim")
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    never(world.acme.start(world.claim).ok, "it was started")


def deleted(world):
    """Acme has deleted an account that it controls, in good days."""
    person = world.person("Ada")
    world.controlled(person)
    ready(world.verb(world.acme, person, "delete"), "Ada is deleted")
    need(world.stage.until(lambda: person.status() == "deleted", 5), person.status())
    return person


@attack(12, "a deletion made in good days is purged in grace")
def _(world):
    person = deleted(world)
    yield 26
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    yield 3.5
    need(world.stage.until(lambda: world.acme.state(world.claim) == "grace", 5), "in grace")
    need(not lost(world, person), "she is not purged yet")
    yield 3
    need(world.acme.state(world.claim) == "grace", f"still in grace: {world.acme.state(world.claim)}")
    never(lost(world, person), "the purge ran while the claim was in grace")


@attack(12, "a deletion made in good days is purged while control is suspended")
def _(world):
    person = deleted(world)
    yield 10
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    yield 3.5
    need(world.stage.until(lambda: world.acme.state(world.claim) == "grace", 5), "in grace")
    yield 14.5
    need(world.stage.until(lambda: world.acme.state(world.claim) == "lapsed", 5), "lapsed")
    need(not lost(world, person), "she is not purged yet")
    yield 5
    never(lost(world, person), "the purge ran while control was suspended")


@attack(12, "a deletion made in good days is purged in a contest")
def _(world):
    person = deleted(world)
    yield 26
    contest(world)
    need(not lost(world, person), "she is not purged yet")
    yield 6
    need(world.acme.state(world.claim) == "contested", world.acme.state(world.claim))
    never(lost(world, person), "the purge ran in a contest")


@attack(12, "a verb scheduled in good days is done in grace")
def _(world):
    person = world.person("Ada")
    world.controlled(person)
    world.verb(world.acme, person, "delete", effective_at=world.stage.stamp(5))
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    yield 3.5
    need(world.stage.until(lambda: world.acme.state(world.claim) == "grace", 5), "in grace")
    yield 2
    need(world.acme.state(world.claim) == "grace", "still in grace")
    must(person.status() == "active", f"it is {person.status()}")


@attack(11, "nobody can end suspended control: the person can't leave")
def _(world):
    person, _, takeover = yield from suspended(world)
    case = takeover.case(person)["id"]
    answer = world.decide(person, case, "detach", {})
    must(answer.ok, f"detach while suspended: {answer}")
    must(not person.controller(), "control is still there")


@attack(11, "nobody can end suspended control: the person can't ask")
def _(world):
    person, _, _ = yield from suspended(world)
    answer = world.call("POST", "/v1/me/requests", person.token(), {"type": "access"})
    must(answer.ok, f"a request while suspended: {answer}")


@attack(11, "nobody can end suspended control: the person can't object")
def _(world):
    person, _, takeover = yield from suspended(world)
    case = takeover.case(person)["id"]
    answer = world.decide(person, case, "dispute", {"reason": "not theirs any more"})
    if not answer.ok:
        answer = world.call("POST", "/v1/me/requests", person.token(), {
            "type": "objection", "purposes": ["administration"]})
    must(answer.ok, f"an objection while suspended: {answer}")


@attack(11, "suspended control never ends")
def _(world):
    person, _, _ = yield from suspended(world)
    yield 89
    need(person.controller(), "control is suspended for less than ninety days")
    yield 3
    world.stage.until(lambda: not person.controller(), 60)
    never(person.controller(), "suspended for 92 days, and still there")


@attack(11, "who was deactivated stays shut out while control is suspended")
def _(world):
    person = world.person("Ada")
    world.controlled(person)
    ready(world.verb(world.acme, person, "deactivate"), "Ada is deactivated")
    ready(world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:release"), "released")
    answer = world.operate("POST", f"/v1/accounts/{person.id}:reactivate", {"reason": "suspended"})
    must(answer.ok, f"the operator can't reactivate: {answer}")
    must(person.status() == "active", person.status())


@attack(13, "a contest whose name goes to a grantee stays for ever")
def _(world):
    need(world.claim, "Acme holds the name")
    grantee = world.tenant("Grantee")
    ready(world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:grant", {
        "tenant_id": grantee.id}), "a grant")
    rival, rivals = contest(world)
    theirs = grantee.claim(world.domain)
    grantee.publish(theirs)
    grantee.check(theirs)
    yield 12
    for tenant, claim in ((rival, rivals), (world.acme, world.claim), (grantee, theirs)):
        never(tenant.state(claim) == "contested", f"{tenant.name} is still in the contest")


@attack(13, "the same rival freezes the holder again and again")
def _(world):
    need(world.claim, "Acme holds the name")
    rival, rivals = contest(world)
    # The holder proves anew with a fresh token.
    for _ in range(3):
        fresh = world.acme.call("GET", f"/v1/domain_claims/{world.claim['id']}").json
        if fresh.get("record"):
            world.stage.names.add(fresh["record"]["name"], 16, fresh["record"]["value"])
        if world.acme.check(world.claim).get("state") == "verified":
            break
    need(world.acme.state(world.claim) == "verified", f"Acme won: {world.acme.state(world.claim)}")
    again = rival.call("POST", "/v1/domain_claims", {"domain": world.domain})
    if again.ok:
        rival.publish(again.json)
        rival.check(again.json)
    else:
        rival.check(rivals)
    never(world.acme.state(world.claim) == "contested", "frozen a second time within ninety days")


@attack(13, "the same rival freezes the holder again with a claim of another scope")
def _(world):
    need(world.claim, "Acme holds the name")
    rival, _ = contest(world)
    fresh = world.acme.call("GET", f"/v1/domain_claims/{world.claim['id']}").json
    world.stage.names.add(fresh["record"]["name"], 16, fresh["record"]["value"])
    need(world.acme.check(world.claim).get("state") == "verified", "Acme won")
    yield 3
    answer = rival.call("POST", "/v1/domain_claims", {"domain": world.domain, "scope": "subtree"})
    if answer.ok:
        rival.publish(answer.json)
        rival.check(answer.json)
    never(world.acme.state(world.claim) == "contested", "frozen again after three days")


@attack(13, "a grant names a tenant that doesn't exist")
def _(world):
    nobody = world.tenant("Nobody").id
    number = uuid.uuid4().int >> 5
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    nobody = nobody[:12] + "".join(letters[number >> 5 * i & 31] for i in range(len(nobody) - 12))
    answer = world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:grant",
                             {"tenant_id": nobody})
    refused(answer, "a grant to nobody")


@attack(13, "a grant never ends")
def _(world):
    grantee = world.tenant("Grantee")
    ready(world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:grant", {
        "tenant_id": grantee.id}), "a grant")
    yield 15
    theirs = grantee.claim(world.domain)
    grantee.publish(theirs)
    grantee.check(theirs)
    never(grantee.state(theirs) == "verified", "a grant of fifteen days ago gave the name away")


@attack(13, "a grant of thirteen days doesn't hold any more")
def _(world):
    grantee = world.tenant("Grantee")
    ready(world.acme.call("POST", f"/v1/domain_claims/{world.claim['id']}:grant", {
        "tenant_id": grantee.id}), "a grant")
    yield 13
    theirs = grantee.claim(world.domain)
    grantee.publish(theirs)
    grantee.check(theirs)
    must(grantee.state(theirs) == "verified", f"it is {grantee.state(theirs)}")


@attack(13, "a grant can't be withdrawn")
def _(world):
    grantee = world.tenant("Grantee")
    path = f"/v1/domain_claims/{world.claim['id']}"
    ready(world.acme.call("POST", f"{path}:grant", {"tenant_id": grantee.id}), "a grant")
    given = ready(world.acme.call("GET", "/v1/domain_grants"), "the grants").json["data"]
    ready(world.acme.call("DELETE", f"/v1/domain_grants/{given[0]['id']}"), "withdrawn")
    theirs = grantee.claim(world.domain)
    grantee.publish(theirs)
    grantee.check(theirs)
    never(grantee.state(theirs) == "verified", "a withdrawn grant gave the name away")


@attack(13, "in a contest the incumbent's people are harmed")
def _(world):
    person, _, takeover = yield from contested(world)
    yield 11
    must(person.status() == "active", f"{person.status()}")
    world.stage.until(lambda: world.acme.state(world.claim) != "contested", 10)
    answer = world.decide(person, takeover.case(person)["id"], "detach", {})
    must(answer.ok or not person.controller(), f"she can't leave: {answer}")


@attack("Mutants", "an effect while the claim is frozen by a contest")
def _(world):
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    world.told(takeover, person)
    need(takeover.settled(person, "running"), takeover.state(person))
    yield 25
    contest(world)
    yield 6
    never(person.controller(), "control in a contest")


@attack("Mutants", "an attestation takes a name that another tenant holds")
def _(world):
    need(world.claim, "Acme holds the name")
    rival = world.tenant("Rival")
    claim = rival.claim(world.domain)
    answer = world.operate("POST", f"/v1/domain_claims/{claim['id']}:attest", {
        "reason": "they called us", "review_on": world.stage.stamp(90)}, tenant=rival.id)
    never(rival.state(claim) == "verified", f"{answer}")
    must(world.acme.state(world.claim) == "verified", world.acme.state(world.claim))


# What its holder did in good days does not outlast the proof


def lapsed_after(world, prepare, **more):
    """Suspended control of Ada's account, to which its holder did something in good days."""
    person = world.person("Ada", **more)
    takeover = world.controlled(person)
    prepare(world, person)
    world.stage.names.remove(world.claim["record"]["name"])
    need(world.acme.check(world.claim).get("state") == "at_risk", "the claim is at risk")
    yield 3.5
    world.stage.until(lambda: world.acme.state(world.claim) == "grace", 5)
    yield 14.5
    world.stage.until(lambda: world.acme.state(world.claim) == "lapsed", 5)
    need(world.acme.state(world.claim) == "lapsed", f"it is {world.acme.state(world.claim)}")
    need(person.controller(), "control is there, suspended")
    return person, takeover


def asks_in_her_name(world, person):
    ready(world.acme.call("POST", "/v1/requests", {"account_id": person.id, "type": "access"}),
          "a request in her name")


def makes_her_the_owner(world, person):
    ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "owner"},
                        tenant=world.acme.id), "the only owner")


def carries_out(verb):
    def do(world, person):
        ready(world.verb(world.acme, person, verb), verb)
        need(world.stage.until(lambda: person.status() != "active", 5), f"{verb} is done")
    return do


GOOD_DAYS = {
    "has asked for data in her name, and never answered": asks_in_her_name,
    "placed a hold": hold,
    "placed a secret hold": lambda world, person: hold(world, person, secret=True),
    "gave her another's external id": collide,
    "had made her its only owner": makes_her_the_owner,
    "had deactivated her": carries_out("deactivate"),
    "had isolated her account": carries_out("isolate"),
    "had deleted her account": carries_out("delete"),
}
for name, prepare in GOOD_DAYS.items():
    @attack(11, f"suspended control can't be left: its holder {name}")
    def _(world, prepare=prepare):
        person, takeover = yield from lapsed_after(world, prepare)
        case = takeover.case(person)["id"]
        if person.status() == "active":
            tried = [world.decide(person, case, "detach", {})]
        else:
            tried = [world.operate("POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "she called"})
                     for verb in ("restore", "reactivate")]
        tried.append(world.operate("POST", f"/v1/accounts/{person.id}:release", {"reason": "she called"}))
        never(any(t.status >= 500 for t in tried), f"it broke: {tried}")
        must(not person.controller() or person.status() == "active" and len(tried) == 3, f"{tried}")

    @attack(11, f"suspended control never ends: its holder {name}")
    def _(world, prepare=prepare):
        person, _ = yield from lapsed_after(world, prepare)
        for days in (93, 2):  # What can't be given back at first is tried again the next day.
            yield days
            world.stage.until(lambda: not person.controller(), 5)
        never(person.controller(), "it stands after ninety days and more")


@attack(11, "suspended control can't be left: the mailbox's reader asks for data in her name")
def _(world):
    person, takeover = yield from lapsed_after(world, lambda *_: None)
    need(world.call("POST", "/v1/me/requests", person.mailbox(), {"type": "access"}).ok, "a request")
    answer = world.decide(person, takeover.case(person)["id"], "detach", {})
    never(person.controller(), f"she leaves: {answer}")


@attack(12, "a tenant whose control is suspended puts off or refuses what the person asked for")
def _(world):
    made = {}

    def asks(world, person):
        made.update(ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}),
                          "her request").json)
    yield from lapsed_after(world, asks)
    for verb in ("pause", "refuse"):
        answer = world.acme.call("POST", f"/v1/requests/{made['id']}:{verb}", {"reason": "no"})
        never(answer.ok, f"{verb}: {answer}")


@attack(12, "a tenant whose control is suspended reads the account by another way")
def _(world):
    person, _ = yield from lapsed_after(world, lambda *_: None)
    for method, path, body in (
            ("GET", "/v1/accounts", None), ("GET", f"/v1/accounts/{person.id}", None),
            ("POST", "/v1/accounts:lookup", {"address": person.addresses[0]}),
            ("GET", f"/v1/accounts/{person.id}/dates", None),
            ("GET", f"/v1/accounts/{person.id}/retention", None),
            ("GET", f"/v1/content_items?account_id={person.id}", None)):
        answer = world.acme.call(method, path, body)
        never("Ada" in answer.text or person.addresses[0] in answer.text, f"{path}: {answer}")
    refused(world.acme.call("POST", "/v1/requests", {"account_id": person.id, "type": "access"}),
            "a request in her name")


@attack(12, "a retention run destroys what the person shared while control is suspended")
def _(world):
    def shares(world, person):
        world.item = ready(world.operate("POST", "/v1/content_items", {"items": [{
            "account_id": person.id, "product": "docs", "kind": "file", "category": "report",
            "external_id": world.label, "visibility": "tenant", "tenant_id": world.acme.id,
            "title": "Third quarter"}]}), "a shared item")["data"][0]["id"]
    yield from lapsed_after(world, shares)
    ready(world.acme.call("POST", "/v1/retention_rules", {
        "name": "soon", "applies_to": "report", "trigger": "created", "period": "P1D",
        "action": "delete"}), "a rule")
    ready(world.acme.call("POST", "/v1/retention_runs", {"budget": 100}), "a run")
    there = lambda: world.value("SELECT count(*) FROM tenure.content_items WHERE item_id = "
                                f"{world.uuid(world.item)}") == "1"
    world.stage.until(lambda: not there(), 4)
    must(there(), "it is gone")
