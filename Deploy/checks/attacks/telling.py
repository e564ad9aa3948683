"""Telling: with its reason, by whom, in numbers that are numbers, to whom it concerns."""
import json
import re
from http.client import IncompleteRead

from attack import GotThrough, attack, must, need, never, ready, refused

WHY = "a reason that nobody else gives"


def entries(world, tenant, **filters):
    words = "&".join(f"{k}={v}" for k, v in filters.items())
    return world.stage.pages(f"/v1/audit_entries?{words}" if words else "/v1/audit_entries", tenant.owner)


def reasoned(world, person, answer, what):
    request = need(answer.headers.get("X-Request-Id"), f"the answer has a request id: {answer}")
    found = [e for e in entries(world, world.acme, subject_id=person.id) if e.get("request_id") == request]
    must(found, f"no entry of {what} has its request id")
    must(any(WHY in json.dumps(e) for e in found), f"no entry of {what} has its reason: {found}")


for verb in ("restrict", "deactivate", "isolate", "delete", "release", "anonymise", "erase"):
    @attack(21, f":{verb} loses its reason or request id")
    def _(world, verb=verb):
        person = world.member()
        answer = ready(world.verb(world.acme, person, verb, reason=WHY), verb)
        reasoned(world, person, answer, verb)


@attack(21, "the end of a restriction, a restored account: reason and request id are lost")
def _(world):
    for verb, back in (("deactivate", "reactivate"), ("delete", "restore")):
        person = world.person(f"P{verb}")
        world.takeover = world.controlled(person)
        ready(world.verb(world.acme, person, verb), verb)
        answer = ready(world.verb(world.acme, person, back, reason=WHY), back)
        reasoned(world, person, answer, back)


@attack(21, "undo, cancel and others leave no entry with their request id")
def _(world):
    person = world.member()
    answer = ready(world.takeover.undo(person), "undo")
    request = answer.headers.get("X-Request-Id")
    must([e for e in entries(world, world.acme) if e.get("request_id") == request], "undo has no entry")


@attack(21, "a dry run of a domain's release shows no effects")
def _(world):
    world.member()
    answer = ready(world.acme.call(
        "POST", f"/v1/domain_claims/{world.claim['id']}:release?dry_run=true"), "a dry run")
    must(answer.get("effects"), f"{answer}")
    must(world.acme.state(world.claim) == "verified", "the dry run released it")


DRY = {
    "release": ("POST", "/v1/accounts/{person}:release", {"reason": "x"}),
    "erase": ("POST", "/v1/accounts/{person}:erase", {"reason": "x"}),
    "delete": ("POST", "/v1/accounts/{person}:delete", {"reason": "x"}),
    "undo": ("POST", "/v1/takeover_cases/{case}:undo", None),
    "a hold": ("POST", "/v1/holds", {"matter": "m", "reason": "r", "covers_all": True}),
    "a key": ("POST", "/v1/keys", {"name": "k", "role": "helpdesk"}),
}
for name, (method, path, body) in DRY.items():
    @attack(21, f"a dry run of {name} changes something, or shows nothing")
    def _(world, method=method, path=path, body=body, name=name):
        person = world.member()
        case = world.takeover.case(person)["id"]
        before = world.value("SELECT count(*) FROM tenure.audit_entries WHERE tenant_id = "
                             f"{world.uuid(world.acme.id)}")
        answer = world.acme.call(method, path.format(person=person.id, case=case) + "?dry_run=true", body)
        must(answer.ok and answer.get("effects"), f"{answer}")
        must(person.controller() and person.status() == "active", "the dry run did it")
        after = world.value("SELECT count(*) FROM tenure.audit_entries WHERE tenant_id = "
                            f"{world.uuid(world.acme.id)}")
        must(int(after) <= int(before) + 1, "the dry run is in the log as if it had been done")


@attack(21, "deadlines are null while a claim is at risk or in grace")
def _(world):
    need(world.claim, "a claim")
    world.stage.names.remove(world.claim["record"]["name"])
    world.acme.check(world.claim)
    seen = world.acme.call("GET", f"/v1/domain_claims/{world.claim['id']}").json
    need(seen["state"] == "at_risk", f"{seen['state']}")
    must(seen.get("deadline_at") or seen.get("deadline"), f"at risk without a deadline: {seen}")
    yield 3.5
    seen = world.acme.call("GET", f"/v1/domain_claims/{world.claim['id']}").json
    need(seen["state"] == "grace", f"{seen['state']}")
    must(seen.get("deadline_at") or seen.get("deadline"), f"in grace without a deadline: {seen}")


@attack(21, "events carry numbers as strings, or what is sealed")
def _(world):
    person = world.member()
    case = world.takeover.case(person)["id"]
    world.receipt(case, person.addresses[1])
    world.stage.names.remove(world.claim["record"]["name"])
    world.acme.check(world.claim)
    yield 31
    with world.stage.receiver.lock:
        seen = list(world.stage.receiver.deliveries)
    feed = world.stage.pages("/v1/events", world.acme.owner) + [e for _, e in seen]
    wrong = set()

    def look(kind, name, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                look(kind, key, inner)
        elif isinstance(value, list):
            for inner in value:
                look(kind, name, inner)
        elif isinstance(value, str):
            if re.fullmatch(r"-?\d+", value) and name not in ("verify_code", "code"):
                wrong.add(f"{kind}.{name}")
            if value in ("true", "false"):
                wrong.add(f"{kind}.{name}")
        if str(name).startswith("sealed_"):
            wrong.add(f"{kind}.{name}")
    for event in feed:
        look(event["type"], "data", event["data"])
    never(wrong, f"{sorted(wrong)}")


@attack(21, "acceptances are gone when their policy is deleted")
def _(world):
    person = world.member()
    policy = ready(world.acme.call("POST", "/v1/policies", {
        "name": "terms", "version": 1, "language": "en", "title": "Terms", "body": "x",
        "needs": "acceptance"}), "a policy")
    ready(world.acme.call("POST", f"/v1/policies/{policy['id']}/acceptances", {
        "account_id": person.id}), "an acceptance")
    deleted = world.acme.call("DELETE", f"/v1/policies/{policy['id']}")
    if not deleted.ok:
        return
    seen = world.acme.call("GET", f"/v1/policies/{policy['id']}/acceptances")
    must(seen.ok and person.id in seen.text, f"{seen}")


@attack(21, "an author is nameless after release")
def _(world):
    person = world.member("Ada")
    item = ready(world.operate("POST", "/v1/content_items", {"items": [{
        "account_id": person.id, "product": "docs", "kind": "file", "category": "report",
        "external_id": world.label, "visibility": "tenant", "tenant_id": world.acme.id,
        "title": "Third quarter"}]}), "a shared item")["data"][0]
    ready(world.verb(world.acme, person, "release"), "given back")
    need(world.stage.until(lambda: not person.controller(), 5), "given back")
    seen = world.acme.call("GET", f"/v1/content_items/{item['id']}")
    must(seen.ok and (seen["author"] or {}).get("name"), f"{seen}")


@attack(21, "nobody is told before a key ends")
def _(world):
    ready(world.acme.call("POST", "/v1/keys", {
        "name": "soon", "role": "helpdesk", "expires_at": world.stage.stamp(20)}), "a key")
    yield 19.2
    def told():
        return [e["type"] for e in world.stage.pages("/v1/events", world.acme.owner)]
    must(world.stage.until(lambda: any(t.startswith("key.") for t in told()), 15), f"{set(told())}")


@attack(21, "nobody is told before a request is due")
def _(world):
    person = world.member()
    made = ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}), "a request")
    yield 27.5
    def told():
        return [e["type"] for e in world.stage.pages("/v1/events", world.acme.owner)
                if made["id"] in json.dumps(e)]
    must(world.stage.until(lambda: any("due" in t for t in told()), 15), f"{set(told())}")


# The preview


@attack(22, "the preview names nobody")
def _(world):
    person = world.person("Ada")
    plan = ready(world.acme.preview(world.claim), "a preview")
    must(person.addresses[0] in plan.text, f"it doesn't say whom: {plan}")


@attack(22, "the preview shows addresses on names of others")
def _(world):
    world.person("Ada")
    world.person("Bob", f"bob@{world.domain}", f"bob@{world.label}-x.test")
    plan = ready(world.acme.preview(world.claim), "a preview")
    never(world.home in plan.text or f"{world.label}-x.test" in plan.text, f"{plan}")


@attack(22, "a selector finds accounts by addresses that are not on the tenant's name")
def _(world):
    person = world.person("Ada")
    for selector in ({"addresses": [person.addresses[1]]}, {"address_patterns": [f"*@{world.home}"]},
                     {"patterns": [f"*@{world.home}"]}):
        answer = world.acme.preview(world.claim, **selector)
        never(answer.ok and answer["counts"].get("eligible"), f"{selector}: {answer}")
    nobody = world.acme.preview(world.claim, addresses=[f"nobody@{world.home}"])
    there = world.acme.preview(world.claim, addresses=[person.addresses[1]])
    never(nobody.status != there.status or nobody.code != there.code,
          f"an oracle: {nobody} / {there}")


# The log


@attack(23, "the log can't be searched by time, actor, subject or action, newest first")
def _(world):
    person = world.member()
    ready(world.verb(world.acme, person, "restrict"), "something happened")
    every = entries(world, world.acme)
    need(len(every) > 3, "there are entries")
    actor = next(e["actor"] for e in every if e["action"] == "account.restricted")
    contract = world.stage.call("GET", "/openapi.yaml").text
    block = contract.split("operationId: listAuditEntries")[1].split("operationId:")[0]
    names = {n.removeprefix("entries_") for n in
             re.findall(r"name: (\w+)", block) + re.findall(r"parameters/(\w+)", block)}
    for wanted in ("actor", "subject", "action"):
        must(names & {wanted, f"{wanted}_id"}, f"there is no filter '{wanted}': {sorted(names)}")
    must(names & {"since", "from", "after", "created_after"}, f"there is no filter by time: {sorted(names)}")
    found = entries(world, world.acme, actor=actor)
    must(found and all(e["actor"] == actor for e in found), "by actor")
    must([e["at"] for e in found] == sorted((e["at"] for e in found), reverse=True), "newest first")


@attack(23, "a log with deleted entries raises no alarm in the running service")
def _(world):
    tenant = world.tenant("Logged")
    for number in range(4):
        tenant.call("POST", "/v1/domain_claims", {"domain": f"{world.label}-{number}.test"})
    ready(tenant.call("GET", "/v1/domain_claims"), "entries")
    need(world.stage.until(lambda: tenant.call("POST", "/v1/audit_checkpoints").ok, 15), "a checkpoint")
    where = f"tenant_id = {world.uuid(tenant.id)}"
    _, error = world.sql(f"""ALTER TABLE tenure.audit_entries DISABLE TRIGGER ALL;
        DELETE FROM tenure.audit_entries WHERE {where} AND action = 'domain_claim.created';
        ALTER TABLE tenure.audit_entries ENABLE TRIGGER ALL""")
    need(not error, error)
    try:
        export = tenant.call("GET", "/v1/audit_export")
    except IncompleteRead as cut:
        raise GotThrough("the export begins to stream, and then is cut off") from cut
    never(export.ok, "the export streams as if nothing was missing")
    yield 2
    alarm = r"(audit|log|entries)[^\n]*(missing|gone|shorter|deleted|tamper|damaged|rewritten)"
    must(world.stage.until(lambda: re.search(alarm, world.stage.log(), re.I), 20),
         "the service's log says nothing")
