"""What a company has of the nouns of its own house, and the requests that must succeed on them."""
from attack import ready

VERBS = {"restrict": "restrictAccount", "deactivate": "deactivateAccount",
         "isolate": "isolateAccount", "delete": "deleteAccount", "anonymise": "anonymiseAccount",
         "erase": "eraseAccount", "release": "releaseAccount"}
BACK = {"reactivate": ("deactivate", "reactivateAccount"), "restore": ("delete", "restoreAccount"),
        "open": ("isolate", "openAccount")}
WHY = {"reason": "left the company"}


def tenant(c):
    one = {"tenant_id": c.tenant.id}
    c.know(**one)
    c.request("getTenant", again=True, **one)
    c.request("updateTenant", {"name": "Acme {n}"}, again=True, **one)
    c.request("whoAmI", again=True)
    c.request("listRoles", again=True)


def keys(c):
    def spare():
        return c.call("POST", "/v1/keys", {"name": "spare", "role": "admin"})
    c.request("createKey", {"name": "spare {n}", "role": "auditor"}, again=True)
    c.request("listKeys", again=True)
    c.request("getKey", again=True, key_id=spare()["id"])
    c.request("rotateKey", key_id=spare()["id"])
    c.request("revokeKey", key_id=spare()["id"])
    c.request("revokeLeakedKey", {"token": spare()["token"]})
    c.know(key_id=[spare()["id"] for _ in range(3)])


def accounts(c):
    world, one, two = c.world, *c.controlled(2)
    for operation in ("getAccount", "getSignInStatus", "getProcessing", "getAccountDates",
                      "explainRetention"):
        c.request(operation, again=True, account_id=one.id)
    c.request("listAccounts", again=True)
    c.request("lookupAccount", {"address": one.addresses[0]}, again=True)
    c.request("searchAccounts", {"filter": 'display_name sw "Person"'}, again=True)
    c.request("createAccount", {"display_name": "New", "addresses": [
        {"address": "new{n}@" + world.home, "verified": True}]}, key=c.operator, again=True)
    c.request("updateAccount", {"locale": "en-GB"}, again=True, account_id=one.id)
    c.request("putAccountDates", {"dates": {"left": "2026-01-31"}}, again=True, account_id=two.id)
    row = '{"client_item_id":"1","addresses":[{"address":"row{n}@%s"}]}\n' % world.home
    c.request("createImport", row, key=c.operator, again=True)
    c.request("createPersonToken", {"account_id": one.id}, key=c.operator, again=True)


def memberships(c):
    one, two = c.controlled(2)
    c.request("listMemberships", again=True)
    c.request("putMembership", {"role": "auditor", "teams": ["red"]}, again=True, account_id=one.id)
    c.request("getMembership", again=True, account_id=one.id)
    c.request("deleteMembership", account_id=guest(c).id)


def guest(c):
    """Somebody who is a member, and whose account nobody controls."""
    person = c.person(f"guest{c.number}@{c.world.home}")
    c.operate("PUT", f"/v1/memberships/{person.id}", {"role": "auditor"}, tenant=c.tenant.id)
    return person


def verbs(c):
    people = iter(c.controlled(len(VERBS) + len(BACK) + 8))
    for operation in VERBS.values():
        c.request(operation, WHY, account_id=next(people).id)
    for verb, (before, operation) in BACK.items():
        person = next(people)
        c.call("POST", f"/v1/accounts/{person.id}:{before}", WHY)
        c.request(operation, WHY, account_id=person.id)
    c.request("createAccountChanges", WHY | {
        "verb": "deactivate", "account_ids": [next(people).id, next(people).id]})
    c.request("createErasures", WHY | {"verb": "erase", "account_ids": [next(people).id]})
    row = '{{"account_id":"{}","verb":"{}","reason":"left"}}\n'
    c.request("importAccountChanges", row.format(next(people).id, "deactivate"))
    c.request("importErasures", row.format(next(people).id, "erase"))
    for operation in ("getAccountChange", "cancelAccountChange", None):
        change = c.call("POST", f"/v1/accounts/{next(people).id}:deactivate", WHY | {
            "effective_at": c.stage.stamp(20)})["id"]
        c.know(change_id=change)
        if operation:
            c.request(operation, change_id=change)
    c.request("listAccountChanges", again=True)


def notices(c):
    c.until(lambda: c.stage.pages("/v1/account_notices", c.key), "there are notices")
    person = c.me
    c.call("POST", f"/v1/accounts/{person.id}:restrict", WHY)
    c.call("POST", f"/v1/accounts/{person.id}:reactivate", WHY)
    c.until(lambda: len(told(c, person)) > 1, "the person is told")
    ids = [notice["id"] for notice in told(c, person)]
    c.know(notice_id=ids)
    ready(c.world.receipt(ids[0], person.addresses[1]), "a receipt")
    c.request("listAccountNotices", again=True)
    c.request("listAccountNoticeReceipts", again=True, notice_id=ids[0])


def told(c, person):
    return c.stage.pages(f"/v1/account_notices?account_id={person.id}", c.key)


def erasures(c):
    c.until(lambda: len(c.stage.pages("/v1/erasures", c.key)) > 1 and all(
        e["recorded_at"] for e in c.stage.pages("/v1/erasures", c.key)), "they are recorded")
    ids = [erasure["id"] for erasure in c.stage.pages("/v1/erasures", c.key)]
    c.call("POST", "/v1/audit_checkpoints")
    c.know(erasure_id=ids)
    c.request("listErasures", again=True)
    c.request("getErasure", again=True, erasure_id=ids[0])
    c.request("getErasureCertificate", again=True, erasure_id=ids[0])


def content(c):
    author, heir = c.controlled(2)

    def items(person, *numbers, **more):
        body = {"items": [{"account_id": person.id, "tenant_id": c.tenant.id, "product": "docs",
                           "kind": "report", "external_id": str(n), "visibility": "tenant",
                           "category": "report", "title": f"Quarter {n}"} | more for n in numbers]}
        made = c.operate("POST", "/v1/content_items", body)
        return [item["id"] for item in made["data"]]
    c.items = items
    ids = items(author, *range(6))
    c.know(item_id=ids)
    mine = items(c.me, "mine", visibility="tenant")
    c.book.know(f"{c.me.name} of {c.label}", item_id=mine + ids)
    c.request("registerContentItems", {"items": [{
        "account_id": author.id, "tenant_id": c.tenant.id, "product": "docs", "kind": "report",
        "external_id": "more{n}", "visibility": "tenant", "category": "report",
        "title": "Third quarter"}]}, key=c.operator, again=True)
    c.request("removeContentItems", {"items": [
        {"account_id": author.id, "product": "docs", "external_id": "5"}]}, key=c.operator)
    c.request("listContentItems", again=True)
    c.request("getContentItem", again=True, item_id=ids[0])
    to_heir = {"from_account_id": author.id, "to": {"kind": "account", "account_id": heir.id}} | WHY
    c.request("previewContentTransfer", to_heir, again=True)
    c.request("createContentTransfer", to_heir)
    c.request("openContentItem", WHY, item_id=isolated(c, items))


def isolated(c, items):
    """An item that a retention rule has sealed away."""
    item, = due(c, items, "sealed", 1)
    run(c, 1000, "completed")
    return item


def due(c, items, category, count):
    """Items of which a new rule says that they are to be sealed away."""
    author, = c.controlled(1)
    made = items(author, *(f"{category}-{n}" for n in range(count)), category=category)
    c.call("PUT", f"/v1/accounts/{author.id}/dates", {"dates": {"project_end": "2026-01-31"}})
    c.call("POST", "/v1/retention_rules", {"name": category, "applies_to": category,
           "trigger": "project_end", "period": "P1D", "action": "isolate"})
    return made


def run(c, budget, state):
    """A retention run that has come into a state by itself; with a small budget, it is `paused`."""
    made = c.call("POST", "/v1/retention_runs", {"budget": budget})["id"]
    c.until(lambda: c.call("GET", f"/v1/retention_runs/{made}")["state"] == state, f"a run {state}")
    return made


def retention(c):
    rule = {"name": "leavers", "applies_to": "interview_notes", "trigger": "left", "period": "P6Y",
            "action": "delete"}
    made = [c.call("POST", "/v1/retention_rules", rule | {"name": f"leavers {n}"})
            for n in range(4)]
    c.know(rule_id=[each["id"] for each in made])
    c.request("createRetentionRule", rule | {"name": "leavers {n}"}, again=True)
    c.request("listRetentionRules", again=True)
    c.request("getRetentionRule", again=True, rule_id=made[0]["id"])
    c.request("listRetentionRuleVersions", again=True, rule_id=made[0]["id"])
    c.request("putRetentionRule", rule | {"period": "P7Y"}, match=made[1].headers["ETag"],
              rule_id=made[1]["id"])
    c.request("deleteRetentionRule", match=made[2].headers["ETag"], rule_id=made[2]["id"])
    c.request("simulateRetention", again=True)
    c.request("getRetentionCalendar", again=True)
    runs = []
    for category in ("drafts", "notes"):
        due(c, c.items, category, 3)
        runs.append(run(c, 1, "paused"))
        if category == "drafts":
            c.call("POST", f"/v1/retention_runs/{runs[0]}:cancel")
    c.know(run_id=runs)
    c.request("listRetentionRuns", again=True)
    c.request("getRetentionRun", again=True, run_id=runs[0])
    c.request("listRetentionResults", again=True, run_id=runs[0])
    # There is one at a time, and either of them is an answer to it.
    if c.label == "a":
        c.request("resumeRetentionRun", {"budget": 5000}, run_id=runs[1])
    else:
        c.request("cancelRetentionRun", run_id=runs[1])


def holds(c):
    people = [person.id for person in c.controlled(3)]

    def hold(**more):
        return c.call("POST", "/v1/holds", {
            "matter": "Acme v. Rival", "reason": "by the court",
            "custodian_ids": people[:2]} | more)
    made = [hold(), hold(secret=True), hold(), hold()]
    c.know(hold_id=[each["id"] for each in made])
    first = made[0]["id"]
    c.request("createHold", {"matter": "Acme v. {n}", "reason": "by the court",
                             "custodian_ids": people[:1]}, again=True)
    c.request("listHolds", again=True)
    c.request("getHold", again=True, hold_id=first)
    c.request("listCustodians", again=True, hold_id=first)
    c.request("addCustodians", {"account_ids": people[2:]}, again=True, hold_id=first)
    c.request("removeCustodians", {"account_ids": people[1:2]}, match=made[2].headers["ETag"],
              hold_id=made[2]["id"])
    c.request("releaseHold", {"reason": "settled"}, match=made[3].headers["ETag"],
              hold_id=made[3]["id"])


def requests(c):
    people = iter(c.controlled(12))

    def asked(kind="access", **more):
        person = next(people)
        return c.call("POST", "/v1/requests", {"account_id": person.id, "type": kind} | more)["id"]
    c.request("createRequest", {"account_id": next(people).id, "type": "objection",
                                "purposes": ["direct_marketing"]})
    c.request("listRequests", again=True)
    first = asked()
    c.request("getRequest", again=True, dsr_id=first)
    for operation, body in (("pauseRequest", WHY), ("extendRequest", WHY), ("fulfilRequest", None),
                            ("refuseRequest", WHY)):
        c.request(operation, body, dsr_id=asked())
    paused, restricted, done = asked(), asked("restriction"), asked()
    c.call("POST", f"/v1/requests/{paused}:pause", WHY)
    for request in (restricted, done):
        c.call("POST", f"/v1/requests/{request}:fulfil")
    c.until(lambda: c.call("GET", f"/v1/requests/{done}")["state"] == "fulfilled", "a package")
    c.know(dsr_id=[first, paused, restricted, done])
    c.request("resumeRequest", dsr_id=paused)
    c.request("liftRequest", WHY, dsr_id=restricted)
    c.request("getRequestPackage", again=True, dsr_id=done)


def policies(c):
    def policy(name):
        return c.call("POST", "/v1/policies", {
            "name": name, "version": 1, "language": "en", "title": "Terms", "body": "Be kind.",
            "needs": "acceptance"})
    first, second, third = policy("terms"), policy("privacy"), policy("old")
    person, = c.controlled(1)
    c.call("POST", f"/v1/policies/{first['id']}/acceptances", {"account_id": person.id})
    c.know(policy_id=[first["id"], second["id"]])
    c.book.know(f"{c.me.name} of {c.label}", policy_id=[first["id"], second["id"]])
    c.request("publishPolicy", {
        "name": "terms{n}", "version": 1, "language": "en", "title": "Terms", "body": "Be kind.",
        "needs": "acceptance"}, again=True)
    c.request("listPolicies", again=True)
    for operation in ("getPolicy", "listAcceptances", "listPendingAcceptances"):
        c.request(operation, again=True, policy_id=first["id"])
    c.request("createAcceptance", {"account_id": person.id}, again=True, policy_id=second["id"])
    c.request("deletePolicy", match=third.headers["ETag"], policy_id=third["id"])


HOUSE = [tenant, keys, accounts, memberships, verbs, notices, erasures, content, retention, holds,
         requests, policies]
