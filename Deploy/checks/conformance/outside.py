"""What a company has to do with others: names, takeovers, receivers, the people themselves; and the
requests that must succeed on it."""
from attack import ready
from gate import owners


def domains(c):
    def claim(name, state="pending", scope="exact"):
        make = c.tenant.prove if state == "verified" else c.tenant.claim
        found = make(name, scope)
        c.know(domain_claim_id=found["id"])
        return found["id"]
    own = c.world.domain
    pending = [claim(f"{word}-{own}") for word in ("one", "two", "three", "four")]
    proven = [claim(f"{word}-{own}", "verified", "subtree")
              for word in ("five", "six", "seven")]
    c.know(domain_claim_id=c.world.claim["id"])
    in_tenant = {"key": c.operator, "tenant": c.tenant.id}
    c.request("createDomainClaim", {"domain": "new{n}-" + own}, again=True)
    c.request("listDomainClaims", again=True)
    c.request("getDomainClaim", again=True, domain_claim_id=proven[0])
    c.request("listDomainObservations", again=True, domain_claim_id=proven[0])
    c.request("checkDomainClaim", again=True, domain_claim_id=proven[0])
    c.request("affiliateDomainClaim", {"method": "mailbox", "mailbox": "postmaster"},
              domain_claim_id=pending[0])
    c.request("attestDomainClaim", {"reason": "extract seen", "review_on": c.stage.stamp(300)},
              domain_claim_id=pending[1], **in_tenant)
    c.request("allowDomainClaim", {"reason": "their own"}, domain_claim_id=pending[2], **in_tenant)
    c.request("releaseDomainClaim", domain_claim_id=proven[1])
    c.request("grantDomain", {"tenant_id": c.rival.tenant.id}, domain_claim_id=proven[0])
    for name in ("sales", "shop"):
        c.call("POST", f"/v1/domain_claims/{proven[2]}:grant", {
            "tenant_id": c.rival.tenant.id, "domain": f"{name}.seven-{own}"})
    grants = [grant["id"] for grant in c.stage.pages("/v1/domain_grants", c.key)
              if grant["direction"] == "given"]
    c.know(grant_id=grants)
    c.request("listDomainGrants", again=True)
    c.request("withdrawDomainGrant", grant_id=grants[0])


def takeovers(c):
    world, claim = c.world, c.world.claim["id"]
    people = [c.person() for _ in range(9)]
    running, ended, spare = [c.take("detach_address", group)
                             for group in (people[:5], people[5:6], people[6:8])]
    undone = people[8]
    done = c.take("detach_address", [undone])
    ready(world.decide(undone, done.case(undone)["id"], "accept"), "accepted")
    c.until(undone.controller, "it is controlled")
    for person in people[:4]:
        world.told(running, person)
    cases = [case["id"] for case in running.cases()]
    disputed = running.case(people[0])["id"]
    ready(world.decide(people[0], disputed, "dispute", {"reason": "mine"}), "disputed")
    c.know(takeover_id=[running.id, spare.id, c.blocking.id], case_id=cases,
           domain_claim_id=claim)
    c.request("previewTakeover", {"domain_claim_id": claim}, again=True)
    c.request("listTakeovers", again=True)
    for operation in ("getTakeover", "listTakeoverCases"):
        c.request(operation, again=True, takeover_id=running.id)
    c.request("cancelTakeover", takeover_id=ended.id)
    c.request("extendTakeover", takeover_id=spare.id)
    for operation in ("getTakeoverCase", "listReceipts", "listCaseDisputes"):
        c.request(operation, again=True, case_id=disputed)
    c.request("undoTakeoverCase", case_id=done.case(undone)["id"])
    c.request("decideDispute", {"decision": "uphold", "reason": "never used for work"},
              key=c.operator, case_id=disputed)
    c.request("liftTakeoverBlock", {"reason": "they called us"}, key=c.operator,
              case_id=c.blocking.case(c.blocked[0])["id"])
    answers(c, running, people)


def answers(c, takeover, people):
    """What the people of running cases may do, each by their own session."""
    for person, operation, body in zip(people[1:], (
            "acceptNotice", "exportNotice", "detachNotice", "disputeNotice"), (
            None, None, {}, {"reason": "it is mine"})):
        key, case = c.session(person), takeover.case(person)["id"]
        c.book.know(f"{person.name} of {c.label}", case_id=case)
        c.request(operation, body, key=key, case_id=case)
        c.request("getMyNotice", key=key, again=True, case_id=case)
        if operation != "acceptNotice":
            c.request("acknowledgeNotice", key=key, case_id=case)
        c.request("listMyNotices", key=key, again=True)


def webhooks(c):
    url = f"https://hook.test:{c.stage.receiver.port}/{c.label}"

    def endpoint(**more):
        return c.call("POST", "/v1/webhook_endpoints", {"url": url} | more)
    made = [endpoint(), endpoint(ordering="object"), endpoint(), endpoint()]
    ids = [each["id"] for each in made]
    c.know(endpoint_id=ids)
    c.request("createWebhookEndpoint", {"url": url + "/{n}", "event_types": ["takeover.*"]},
              again=True)
    c.request("listWebhookEndpoints", again=True)
    c.request("getWebhookEndpoint", again=True, endpoint_id=ids[0])
    c.request("updateWebhookEndpoint", {"enabled": True}, again=True, endpoint_id=ids[0])
    c.request("rotateWebhookSecret", endpoint_id=ids[1])
    c.request("deleteWebhookEndpoint", endpoint_id=ids[2])
    c.request("testWebhookEndpoint", endpoint_id=ids[0])
    c.request("replayWebhookEndpoint", {"since": c.stage.stamp(-1)}, endpoint_id=ids[0])
    c.call("POST", f"/v1/webhook_endpoints/{ids[0]}:test")
    c.until(lambda: c.stage.pages(f"/v1/webhook_endpoints/{ids[0]}/deliveries", c.key),
            "deliveries")
    c.know(event_id=[event["id"] for event in c.stage.pages("/v1/events", c.key)][-5:])
    c.request("listWebhookDeliveries", again=True, endpoint_id=ids[0])
    c.request("listEvents", again=True)


def audit(c):
    c.call("POST", "/v1/audit_checkpoints")
    entries = c.call("GET", "/v1/audit_entries?order=asc&limit=20")["data"]
    entries = [entry["id"] for entry in entries]
    c.know(audit_entry_id=entries)
    c.request("listAuditEntries", again=True)
    c.request("getAuditProof", again=True, audit_entry_id=entries[0])
    c.request("createAuditCheckpoint", again=True)
    c.request("listAuditCheckpoints", again=True)
    c.request("getAuditConsistency", again=True, query={"from": 1})
    c.request("exportAudit", again=True)


def approvals(c):
    """Two people who agree are a company of their own: what a key asks for would wait for them."""
    world = type(c.world)(c.stage, c.world.operator, f"{c.label}-two")
    people, (one, two, _) = owners(world, "Ada", "Bob", "Cyd")
    person = people[2]
    place = f"two people of {c.label}"
    c.book.place(place, two, company=place)
    c.book.know(place, account_id=person.id)
    c.book.protected += [world.acme.id, *(each.id for each in people)]
    c.book.protected += [world.call("GET", "/v1/whoami", key)["key_id"] for key in (one, two)]
    ids = []
    for _ in range(3):
        other = world.person(f"Leaver{len(ids)}")
        world.controlled(other)
        ids.append(ready(world.verb(world.acme, other, "erase", key=one), "it is asked for")["id"])
    c.book.know(place, approval_id=ids)
    c.request("createRetentionRun", {"budget": 10}, key=two)
    c.request("listApprovals", key=two, again=True)
    c.request("getApproval", key=two, again=True, approval_id=ids[0])
    c.request("approve", key=two, approval_id=ids[1])
    c.request("decline", key=two, approval_id=ids[2])


def me(c):
    place, key = f"{c.me.name} of {c.label}", c.book.places[f"{c.me.name} of {c.label}"]["key"]
    world = c.world

    def my(operation, body=None, **more):
        c.request(operation, body, key=key, **more)
    for operation in ("getMe", "getMyControl", "listMyWebhookEndpoints", "listMyContentItems",
                      "listMyRequests", "listMyPolicies", "getMyPreferences",
                      "listMyAccountNotices"):
        my(operation, again=True)

    def mine(path, body=None):
        return ready(world.call("POST", path, key, body), path)
    url = f"https://hook.test:{c.stage.receiver.port}/me"
    hooks = [mine("/v1/me/webhook_endpoints", {"url": f"{url}/{n}"})["id"] for n in range(2)]
    c.book.know(place, endpoint_id=hooks)
    my("createMyWebhookEndpoint", {"url": url + "/{n}"})
    my("deleteMyWebhookEndpoint", endpoint_id=hooks[0])
    my("getMyContentItem", again=True, item_id=c.book.places[place]["ids"]["item_id"][0])
    notices = [notice["id"] for notice in c.stage.pages("/v1/me/account_notices", key)]
    c.book.know(place, notice_id=notices)
    my("acknowledgeAccountNotice", notice_id=notices[0])
    policy = c.book.places[place]["ids"]["policy_id"][0]
    my("acceptMyPolicy", policy_id=policy)
    my("putMyPreferences", {"preferences": [
        {"topic": "newsletter", "channel": "email", "allowed": False}]}, again=True)
    my("createMyRequest", {"type": "objection", "purposes": ["direct_marketing"]})
    asked = mine("/v1/me/requests", {"type": "access"})["id"]
    withdrawn = mine("/v1/me/requests", {"type": "rectification",
                                         "correction": {"locale": "en-GB"}})["id"]
    c.call("POST", f"/v1/requests/{asked}:fulfil")
    c.until(lambda: c.call("GET", f"/v1/requests/{asked}")["state"] == "fulfilled", "a package")
    c.book.know(place, dsr_id=[asked, withdrawn])
    my("getMyRequest", again=True, dsr_id=asked)
    my("withdrawMyRequest", dsr_id=withdrawn)
    my("collectMyPackage", again=True, dsr_id=asked)
    c.operate("PUT", f"/v1/memberships/{c.me.id}", {"role": "auditor"}, tenant=c.tenant.id)
    offer = c.call("POST", "/v1/keys", {"name": "theirs", "role": "auditor", "account_id": c.me.id})
    my("collectMyKey", {"token": offer["token"]})


def operations(c):
    rows = [f'{{"client_item_id":"1","addresses":[{{"address":"seeded{n}@{c.world.home}"}}]}}\n'
            for n in range(2)]
    made = [ready(c.world.call("POST", "/v1/imports", c.operator, raw=row), "an import")["id"]
            for row in rows]
    c.book.know("operator", operation_id=made)
    c.request("listOperations", key=c.operator, again=True)
    for operation in ("getOperation", "listOperationResults"):
        c.request(operation, key=c.operator, again=True, operation_id=made[0])


OUTSIDE = [domains, takeovers, webhooks, audit, approvals, me, operations]
