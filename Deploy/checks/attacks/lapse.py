"""A lapse protects: nobody gains by it. And contests cost whoever opens them."""
import uuid

from attack import attack, must, need, never, ready, refused
from gate import lost


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
