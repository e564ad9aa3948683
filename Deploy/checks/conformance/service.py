"""What only the operator of the service has: tenants, evidence, disputes, addresses that nobody
writes to, and the service itself."""
import http.client
import threading
import time
import uuid

from attack import need, ready

# A slow client's import; the service gives up on one that sends less than 256 bytes a second.
ROW = '{"client_item_id":"slow","addresses":[{"address":"slow@slow-import.test"}]}\n'
ROWS_A_SECOND, IMPORT_SECONDS = 10, 90


def service(stage, book, companies):
    operator = stage.operator

    def make(path, body, **more):
        return ready(stage.call("POST", path, operator, body, **more), path)["id"]

    def request(operation, body=None, **more):
        book.request(operation, operator, body, **more)
    for noun in (tenants, evidence, communications, takeover_of_a_fresh_name):
        noun(stage, book, companies, make, request)
    for operation in ("getLiveness", "getReadiness", "getContract", "listProblems",
                      "listOperations"):
        request(operation, again=True)
    request("getProblem", again=True, code="not_found")
    slow_import(stage, request)


def tenants(stage, book, companies, make, request):
    made = [make("/v1/tenants", {"name": f"Spare {n}"}) for n in range(4)]
    for tenant in made[2:]:
        ready(stage.call("POST", f"/v1/tenants/{tenant}:suspend", stage.operator), "suspended")
    book.know("operator", tenant_id=made)
    request("createTenant", {"name": "Acme {n}"}, again=True)
    request("listTenants", again=True)
    request("suspendTenant", tenant_id=made[0])
    request("resumeTenant", tenant_id=made[2])


def evidence(stage, book, companies, make, request):
    for company in companies:
        person = company.person()
        case = company.take("detach_address", [person]).case(person)["id"]
        request("createReceipt", company.world.signed(case, person.addresses[1]))
    disputes = [dispute["id"] for dispute in stage.pages("/v1/disputes", stage.operator)]
    book.know("operator", dispute_id=disputes)
    request("listDisputes", again=True)
    request("getDispute", again=True, dispute_id=disputes[0])


def communications(stage, book, companies, make, request):
    person = companies[0].world.person("Reader", "reader@elsewhere.test")
    book.know("operator", account_id=person.id)

    def suppression(name):
        return make("/v1/suppressions", {"address": f"{name}@quiet.test", "reason": "opt_out"})
    made = [suppression(name) for name in ("one", "two", "three")]
    book.know("operator", suppression_id=made[1:])
    request("createSuppression", {"address": "n{n}@quiet.test", "reason": "bounce"}, again=True)
    request("listSuppressions", again=True)
    request("lookupSuppressions", {"address": "one@quiet.test"}, again=True)
    request("getSuppression", again=True, suppression_id=made[1])
    request("deleteSuppression", suppression_id=made[0])
    request("getPreferences", again=True, account_id=person.id)
    request("putPreferences", {"preferences": [
        {"topic": "newsletter", "channel": "email", "allowed": False}]}, again=True,
        account_id=person.id)
    request("checkCommunications", {
        "topic": "newsletter", "channel": "email", "purpose": "direct_marketing",
        "recipients": [{"account_id": person.id, "address": person.addresses[0]}]}, again=True)


def takeover_of_a_fresh_name(stage, book, companies, make, request):
    """A plan is good as long as nobody's standing on its name changes: this one has no other use."""
    for company in companies:
        name = f"fresh-{company.world.domain}"
        claim = company.tenant.prove(name)
        company.person(f"ann@{name}", f"ann@{company.world.home}")
        plan = ready(company.tenant.preview(claim), "a preview")["plan"]
        company.request("createTakeover", {"plan": plan, "domain_claim_id": claim["id"]})


def slow_import(stage, request):
    """An import that goes on arriving, so that there is something to cancel."""
    def arrive():
        connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=IMPORT_SECONDS)
        connection.putrequest("POST", "/v1/imports")
        for name, value in (("Authorization", f"Bearer {stage.operator}"),
                            ("Content-Type", "application/x-ndjson"),
                            ("Idempotency-Key", str(uuid.uuid4())),
                            ("Transfer-Encoding", "chunked")):
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for _ in range(IMPORT_SECONDS * ROWS_A_SECOND):
                connection.send(f"{len(ROW):x}\r\n{ROW}\r\n".encode())
                time.sleep(1 / ROWS_A_SECOND)
            connection.send(b"0\r\n\r\n")
        except OSError:
            pass  # It was cancelled.

    def arriving():
        return [o["id"] for o in stage.pages("/v1/operations", stage.operator)
                if o["state"] == "receiving"]
    threading.Thread(target=arrive, daemon=True).start()
    need(stage.until(arriving), "an import is arriving")
    request("cancelOperation", operation_id=arriving()[0])
