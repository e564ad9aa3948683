"""The main job, played against a running service: see Deploy/demo."""
import atexit, base64, hashlib, http.client, http.server, json, os, signal, ssl, subprocess, sys, threading, time, uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook, WebhookVerificationError as SvixVerificationError

SCRATCH, BIN = sys.argv[1], os.path.abspath(sys.argv[2])
PORT, DNS, HOOK = 18090, 18053, 18443
signing_key = ed25519.Ed25519PrivateKey.generate()
children, received = [], []


def step(text):
    print(f"\n== {text}", flush=True)


def show(text):
    print(f"   {text}", flush=True)


def must(condition, text):
    if not condition:
        print(f"   DIFFERS: {text}", flush=True)
        print(open(f"{SCRATCH}/tenured.log").read()[-2000:] if os.path.exists(f"{SCRATCH}/tenured.log") else "")
        sys.exit(1)
    show(text)


def finish(child):
    """Ends a child with all that it started."""
    try:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(30)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        child.kill()


def stop():
    for child in children:
        finish(child)


def until(condition, text, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return must(True, text)
        time.sleep(0.1)
    must(False, text)


# Real parts: a name server, a receiver, the service.
records = [f"host-record=hook.test,127.0.0.1"]


def publish():
    for child in [c for c in children if c.args[0] == "/usr/sbin/dnsmasq"]:
        finish(child), children.remove(child)
    with open(f"{SCRATCH}/dns.conf", "w") as file:
        file.write("\n".join([f"port={DNS}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv",
                              "no-hosts", "user=", "local=/test/"] + records))
    children.append(subprocess.Popen(["/usr/sbin/dnsmasq", f"--conf-file={SCRATCH}/dns.conf", "-k"],
                                     stderr=subprocess.DEVNULL, start_new_session=True))
    time.sleep(0.5)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve_receiver():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "60", "-subj", "/CN=hook.test", "-addext", "subjectAltName=DNS:hook.test", "-keyout",
                    f"{SCRATCH}/hook.key", "-out", f"{SCRATCH}/hook.pem"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{SCRATCH}/hook.pem", f"{SCRATCH}/hook.key")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", HOOK), Receiver)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def settings():
    public = signing_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return os.environ | {
        "TENURE_ROOT_KEY": "5a" * 32, "TENURE_LISTEN": f"127.0.0.1:{PORT}", "TENURE_METRICS_LISTEN": "",
        "TENURE_OPERATOR_KEY_FILE": f"{SCRATCH}/operator.key", "TENURE_RESOLVERS": f"127.0.0.1:{DNS}",
        "TENURE_OUTBOUND_ROOTS": f"{SCRATCH}/hook.pem", "TENURE_OUTBOUND_PRIVATE": "true",
        "TENURE_VAULT_DIR": f"{SCRATCH}/vault",
        "TENURE_RECEIPT_KEYS": base64.b64encode(public).decode(), "TENURE_LOG_LEVEL": "warning",
        "LD_PRELOAD": os.environ["FAKETIME_LIBRARY"], "FAKETIME_TIMESTAMP_FILE": f"{SCRATCH}/clock",
        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1"}


def tenured(*arguments, **environment):
    # What ends at once runs at the machine's own time: its children do not bear libfaketime.
    at = {name: value for name, value in settings().items() if "FAKE" not in name and name != "LD_PRELOAD"}
    at |= environment
    result = subprocess.run([f"{BIN}/tenured", *arguments], env=at, capture_output=True, text=True)
    show("$ tenured " + " ".join(arguments))
    must(result.returncode == 0, result.stderr.strip() or result.stdout.strip())
    return result.stdout.strip()


def psql(sql, database="tenure", role=None):
    url = os.environ["TENURE_MIGRATE_URL"].replace("dbname=tenure", f"dbname={database}")
    return subprocess.run(["psql", url + (f" options=-crole={role}" if role else ""), "-X", "-q", "-Atc", sql],
                          capture_output=True, text=True)


def now():
    """The time of the service and its database."""
    with open(f"{SCRATCH}/clock") as file:
        return time.time() + int(file.read())


def later(days):
    """Time passes, for the service and its database alike: the service stands still meanwhile, for each
    of their processes looks at the clock's file once a second."""
    services = [child for child in children if child.args[0] == f"{BIN}/tenured" and child.poll() is None]
    for child in services:
        child.send_signal(signal.SIGSTOP)
    ahead = int(now() - time.time()) + days * 86_400
    with open(f"{SCRATCH}/clock.new", "w") as file:
        file.write(f"+{ahead}\n")
    os.chmod(f"{SCRATCH}/clock.new", 0o644)
    os.rename(f"{SCRATCH}/clock.new", f"{SCRATCH}/clock")
    time.sleep(2)
    for child in services:
        child.send_signal(signal.SIGCONT)
    show(f"... {days} days later")


def serve():
    children.append(subprocess.Popen([f"{BIN}/tenured", "serve"], env=settings(), start_new_session=True,
                                     stderr=open(f"{SCRATCH}/tenured.log", "a")))
    end = time.time() + 30
    while time.time() < end:
        try:
            if call("GET", "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    must(False, "the service is ready")


def call(method, path, key=None, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if method == "POST":
        headers["Idempotency-Key"] = str(uuid.uuid4())
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text


def tenure(key, *arguments, code=0, text=False):
    environment = os.environ | {"TENURE_URL": f"http://127.0.0.1:{PORT}", "TENURE_TOKEN": key, "TENURE_NO_INPUT": "1",
                                "HOME": SCRATCH}
    result = subprocess.run([f"{BIN}/tenure", *arguments] + ([] if text else ["-o", "json"]), env=environment,
                            capture_output=True, text=True)
    show("$ tenure " + " ".join(arguments))
    if result.returncode != code:
        must(False, f"exit code {code}, not {result.returncode}: {result.stderr}")
    if text and code:
        return result.stderr
    return result.stdout if text else json.loads(result.stdout or "null") if code == 0 else result.stderr


def person(name, assurance="session"):
    """A session of a person's, as the operator's product vouches for it."""
    said = {"assurance": assurance} | ({"second_factor": True} if assurance == "session" else {})
    return call("POST", "/v1/person_tokens", operator, {"account_id": people[name]} | said)[1]["token"]


def link(name, address):
    """The link that went to one of a person's addresses."""
    wanted = hashlib.sha256(f"{cases[name]['case_id']}\n{address}".encode()).hexdigest()
    return next(d["link_token"] for d in cases[name]["destinations"] if d["address_hash"] == wanted)


def receipt(case, address, key=signing_key):
    digest = hashlib.sha256(f"{case}\n{address}".encode()).hexdigest()
    template = hashlib.sha256(b"the mail as it was sent").hexdigest()
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now() + 1))
    message = "\n".join(["tenure/receipt/v1", case, "email", digest, template, at, ""])
    return call("POST", "/v1/receipts", operator, {
        "case_id": case, "channel": "email", "address_hash": digest, "template_hash": template, "delivered_at": at,
        "signature": base64.b64encode(key.sign(message.encode())).decode()})


def events(kind):
    return [e for e in (json.loads(body) for _, body in received) if e["type"] == kind]


atexit.register(stop)
publish(), serve_receiver(), serve()
operator = open(f"{SCRATCH}/operator.key").read().strip()

step("The operator registers two tenants and four people")
keys, tenants = {}, {}
for name in ("Acme", "Rival"):
    tenants[name] = tenure(operator, "tenant", "create", "--name", name)["id"]
    keys[name] = call("POST", "/v1/keys", operator, {"name": "demo", "role": "owner"},
                      Tenure_Tenant=tenants[name])[1]["token"]
people = {}
for name, addresses in {"Ada": ["ada@acme.test", "ada@home.test"], "Bob": ["bob@acme.test"],
                        "Cyd": ["cyd@acme.test", "cyd@home.test"], "Dan": ["dan@elsewhere.test"]}.items():
    arguments = [word for address in addresses for word in ("--verified-address", address)]
    people[name] = tenure(operator, "account", "create", "--display-name", name, *arguments)["id"]
endpoint = tenure(operator, "webhook", "create", f"https://hook.test:{HOOK}/tenure", "--events", "takeover.*",
                  "--events", "control.*", "--events", "account.*", "--events", "request.*")
must(endpoint["secret"].startswith("whsec_"), "the operator's endpoint has its secret")

step("Acme claims a domain; what cannot be claimed is refused")
must("domain_is_mail_provider" in tenure(keys["Acme"], "domain", "add", "gmail.com", code=2), "gmail.com is refused")
must("domain_is_public_suffix" in tenure(keys["Acme"], "domain", "add", "co.uk", code=2), "co.uk is refused")
claim = tenure(keys["Acme"], "domain", "add", "acme.test")
rival = tenure(keys["Rival"], "domain", "add", "acme.test")
must(tenure(keys["Acme"], "domain", "check", claim["id"])["state"] == "pending", "nothing is published yet")
records.append(f'txt-record={claim["record"]["name"]},"{claim["record"]["value"]}"')
show(f'{claim["record"]["name"]} TXT {claim["record"]["value"]}')
publish()
must(tenure(keys["Acme"], "domain", "check", claim["id"])["state"] == "verified", "Acme's claim is verified")
must(tenure(keys["Rival"], "domain", "check", rival["id"])["state"] == "pending", "Acme's record proves nothing for Rival")

step("Acme looks before it starts")
plan = tenure(keys["Acme"], "takeover", "preview", "--domain", "acme.test")
must(plan["counts"]["eligible"] == 3, "three accounts are on acme.test; Dan's is not")
open(f"{SCRATCH}/plan.json", "w").write(json.dumps(plan))
takeover = tenure(keys["Acme"], "takeover", "start", "--plan", f"{SCRATCH}/plan.json", "--confirm", "acme.test",
                  "--no-answer", "assume_control")
must(call("GET", f'/v1/takeovers/{takeover["id"]}', keys["Rival"])[0] == 404, "to Rival it does not exist")
must("not_found" in tenure(keys["Acme"], "account", "show", people["Ada"], code=3), "Acme does not see Ada's account yet")

step("Everybody is told: the operator's endpoint gets the notices")
until(lambda: len(events("takeover.notice_required")) == 3, "three notices arrived")
for headers, body in received:
    Webhook(endpoint["secret"]).verify(body, headers)
    SvixWebhook(endpoint["secret"]).verify(body, headers)
show("standardwebhooks and svix accept every one")
headers, body = received[0]
for judge, refusal in ((Webhook, WebhookVerificationError), (SvixWebhook, SvixVerificationError)):
    for changed, by in (
            (body + b" ", headers), (body, headers | {"webhook-id": "evt_other"}),
            (body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
            (body, {name: value for name, value in headers.items() if name != "webhook-signature"})):
        try:
            judge(endpoint["secret"]).verify(changed, by)
            must(False, f"{judge.__module__} refuses what was tampered with")
        except refusal:
            pass
show("and refuse a changed body, id or time, and a missing signature")
cases = {}
for notice in events("takeover.notice_required"):
    name = next(n for n, account in people.items() if account == notice["data"]["account_id"])
    cases[name] = notice["data"]
    show(f'{name}: {notice["data"]["tenant_name"]} wants {notice["data"]["domain"]}; code {notice["data"]["verify_code"]}')

step("The clock starts with a signed receipt, and with nothing less")
forged = receipt(cases["Ada"]["case_id"], "ada@home.test", ed25519.Ed25519PrivateKey.generate())
must(forged[1]["code"] == "receipt_refused", "a receipt signed by another key is refused")
time.sleep(1.1)
for name in ("Ada", "Cyd"):
    status, answer = receipt(cases[name]["case_id"], f"{name.lower()}@home.test")
    must(status == 201 and answer["is_outside_domain"], f"{name} was told at a private address")
must(receipt(cases["Bob"]["case_id"], "bob@acme.test")[0] == 201, "Bob was told at the claimed address only")
states = {c["account_id"]: c["state"] for c in tenure(keys["Acme"], "takeover", "cases", takeover["id"])}
must(states[people["Bob"]] == "notice_pending", "which does not suffice for control: Bob's clock stands")
must(states[people["Ada"]] == states[people["Cyd"]] == "running", "Ada's and Cyd's clocks run")

step("Whoever reads Bob's mailbox at Acme opens his link; Bob himself accepts")
mine = f'/v1/me/notices/{cases["Bob"]["case_id"]}'
mailed = link("Bob", "bob@acme.test")
status, notice = call("GET", mine, mailed)
must(status == 200 and notice["verify_code"] == cases["Bob"]["verify_code"], "the code is the one of the notice")
for hand, whose in ((mailed, "the link in Acme's mailbox"), (person("Bob", "mailbox"), "a session opened by that mailbox")):
    status, answer = call("POST", f"{mine}:accept", hand)
    must(status == 403, f'{whose} decides nothing: {answer["code"]}')
must(call("POST", f"{mine}:accept", person("Bob"))[0] == 200, "Bob accepts, signed in with his second factor")
until(lambda: call("GET", f'/v1/accounts/{people["Bob"]}', keys["Acme"])[0] == 200, "Acme controls Bob's account at once")
must(call("GET", mine, mailed)[0] == 401, "one decision uses up all links")

step("Ada leaves with her own address, by the link that went there")
status, notice = call("POST", f'/v1/me/notices/{cases["Ada"]["case_id"]}:detach', link("Ada", "ada@home.test"), {})
must(status == 200 and notice["outcome"] == "detach_address", "Ada keeps her account")
addresses = [a["address"] for a in call("GET", f'/v1/accounts/{people["Ada"]}', operator)[1]["addresses"]]
must(addresses == ["ada@home.test"], "under ada@home.test; ada@acme.test is Acme's to give out")

step("Cyd does not answer; thirty-one days pass")
later(31)
until(lambda: call("GET", f'/v1/accounts/{people["Cyd"]}', keys["Acme"])[0] == 200, "Acme controls Cyd's account")
token = person("Cyd")
control = call("GET", "/v1/me/control", token)[1]["controller"]
must(control["tenant_name"] == "Acme", f'Cyd sees who: Acme, since {control["since"]}')
until(lambda: any(e["data"]["account_id"] == people["Cyd"] for e in events("control.taken")), "and is told again")

step("Nobody can write control by hand, not even as the application")
sql = f"""BEGIN; SELECT set_config('tenure.tenant', (SELECT tenant_id::text FROM tenure_global.domain_holder('acme.test')), true);
DELETE FROM tenure.controls;
INSERT INTO tenure.controls SELECT a.tenant_id, a.account_id, c.case_id, now(), now()
FROM tenure.accounts a, tenure.takeover_cases c WHERE c.outcome = 'detach_address' LIMIT 1;"""
result = psql(sql, role="tenure_app")
must("control needs a receipt of notice" in result.stderr, result.stderr.splitlines()[0])

step("A product tells of what Bob made: a report that is shared, and a note that is not")
item = {"account_id": people["Bob"], "product": "docs", "kind": "file", "category": "report"}
status, answer = call("POST", "/v1/content_items", operator, {"items": [
    item | {"external_id": "1", "visibility": "tenant", "tenant_id": tenants["Acme"], "title": "Third quarter"},
    item | {"external_id": "2", "visibility": "private", "title": "Dear diary"}]})
report, note = [made["id"] for made in answer["data"]]
must(call("GET", f"/v1/content_items/{note}", keys["Acme"])[0] == 404, "the note is nobody's but Bob's, Acme's owner included")

step("Bob leaves Acme: nobody signs in any more, and the products are told")
sign_in = f'/v1/accounts/{people["Bob"]}/sign_in_status'
must(call("GET", sign_in, operator)[1]["sign_in"] == "allowed", "a product asks: Bob may sign in")
tenure(keys["Acme"], "account", "deactivate", people["Bob"], "--reason", "left the company", "--yes")
must(call("GET", sign_in, operator)[1]["sign_in"] == "denied", "a product asks again: nobody may")
until(lambda: any(e["data"]["account_id"] == people["Bob"] for e in events("account.deactivated")), "and was told to end his sessions")
status, read = call("GET", f"/v1/me/content_items/{report}", token)
must(read["title"] == "Third quarter" and read["author"]["name"] == "Bob", "Cyd, a colleague, reads Bob's report as before")
must(call("GET", f"/v1/me/content_items/{note}", token)[0] == 404, "and not his note")

step("Somebody has to answer for Bob's report: Acme itself, from now on")
transfer = ["content", "transfer", people["Bob"], "--to-tenant", "--reason", "left the company"]
preview = tenure(keys["Acme"], *transfer, "--preview")
must(preview["items"] == 1 and preview["breaks"][0]["code"] == "private_stays", "the report would change hands; his note would not")
operation = tenure(keys["Acme"], *transfer)
until(lambda: tenure(keys["Acme"], "operation", "show", operation["id"])["state"] == "succeeded", "one item was transferred")
must(call("GET", f"/v1/content_items/{report}", keys["Acme"])[1]["owner"]["kind"] == "tenant", "Acme answers for it; Bob is its author still")

step("Acme thinks again, and gives Cyd's account back")
tenure(keys["Acme"], "takeover", "undo", cases["Cyd"]["case_id"], "--yes")
must(call("GET", f'/v1/accounts/{people["Cyd"]}', keys["Acme"])[0] == 404, "Acme does not see Cyd's account any more")
must(call("GET", "/v1/me/control", token)[1]["controller"] is None, "nobody controls it")
picture = tenure(keys["Acme"], "takeover", "timeline", takeover["id"], "-o", "svg", text=True)
open("/tmp/tenure-timeline.svg", "w").write(picture)
must(picture.startswith("<svg"), "the whole story as a picture: /tmp/tenure-timeline.svg")

step("A court wants Bob's data: nobody erases it, not even the database's owner")
kept = tenure(keys["Acme"], "audit", "checkpoint")
hold = tenure(keys["Acme"], "hold", "place", "--matter", "Acme v. Rival", "--reason", "ordered by the court", people["Bob"])
must("account_held" in tenure(keys["Acme"], "account", "erase", people["Bob"], "--reason", "he asked", "--yes", code=5),
     "the erasure is refused")
result = psql("""BEGIN; SET ROLE tenure_owner; ALTER TABLE tenure.accounts NO FORCE ROW LEVEL SECURITY;
UPDATE tenure.accounts SET status = 'erased', wrapped_key = NULL; COMMIT""")
must("held data stays" in result.stderr, result.stderr.splitlines()[0])
tenured("backup", f"{SCRATCH}/backup")

step("Bob asks what Acme knows of him, and collects it signed in: his only mailbox is Acme's")
bob = person("Bob")
asked = call("POST", "/v1/me/requests", bob, {"type": "access"})[1]
must(asked["controller_at_receipt"] == tenants["Acme"], f'Acme has until {asked["due_at"]}')
tenure(keys["Acme"], "dsr", "fulfil", asked["id"], "--yes")
until(lambda: tenure(keys["Acme"], "dsr", "show", asked["id"])["state"] == "fulfilled", "his package is made")
must("Dear diary" not in json.dumps(tenure(keys["Acme"], "dsr", "package", asked["id"])), "Acme sees what is in it, not what it says")
until(lambda: events("request.package_ready"), "the operator hears that it is ready")
must(events("request.package_ready")[0]["data"]["link_token"] is None, "and gets no link to mail to Acme's mailbox")
must(call("POST", f'/v1/me/requests/{asked["id"]}:collect', person("Bob", "mailbox"))[0] == 403, "which opens nothing")
status, package = call("POST", f'/v1/me/requests/{asked["id"]}:collect', bob)
open(f"{SCRATCH}/package.json", "w").write(json.dumps(package, ensure_ascii=False))
tenure("", "dsr", "verify", f"{SCRATCH}/package.json", "--key", package["verifier_key"], text=True)
must("Dear diary" in json.dumps(package), f'{len(package["files"])} files, his note among them, each as it was signed')

step("The case is settled; the hold cools for thirty days; then Bob is erased")
tenure(keys["Acme"], "hold", "release", hold["id"], "--reason", "settled", "--yes")
must("account_held" in tenure(keys["Acme"], "account", "erase", people["Bob"], "--reason", "he asked", "--yes", code=5),
     "a released hold keeps its data for a while")
later(31)
until(lambda: tenure(keys["Acme"], "hold", "show", hold["id"])["state"] == "ended", "the hold has ended")
tenure(keys["Acme"], "account", "erase", people["Bob"], "--reason", "he asked", "--yes")
must(call("GET", sign_in, operator)[1]["status"] == "deleted", "out of sight; for a week somebody may think again")
later(8)
until(lambda: call("GET", sign_in, operator)[1]["status"] == "erased", "his key is destroyed")
until(lambda: tenure(keys["Acme"], "erasure", "list")[0]["recorded_at"], "and the ledger outside the database has it")
read = call("GET", f"/v1/content_items/{report}", keys["Acme"])[1]
must(read["title"] == "Third quarter" and read["author"]["name"].startswith("Former member"),
     f'the report stays, by {read["author"]["name"]}')
erasure = tenure(keys["Acme"], "erasure", "list")[0]["id"]
open(f"{SCRATCH}/certificate.json", "w").write(json.dumps(
    tenure(keys["Acme"], "erasure", "certificate", erasure), separators=(",", ":"), ensure_ascii=False))

step("A backup from before does not bring him back")
psql("CREATE DATABASE restored", "postgres")
restored = {name: os.environ[name].replace("dbname=tenure", "dbname=restored")
            for name in ("TENURE_DATABASE_URL", "TENURE_MIGRATE_URL")}
must("1 erasures were repeated" in tenured("restore", f"{SCRATCH}/backup", **restored),
     "the ledger erased him again before anybody was served")
gone = psql("SELECT count(*) FROM tenure.accounts WHERE wrapped_key IS NULL AND profile = ''", "restored").stdout.strip()
must(gone == "1", "in the restored database his key is gone too")
tenured("rotate-keys", "epoch")
must(True, "and now the epoch of the backup has ended: its copy of his key opens nowhere")

step("Acme's auditor takes the log home, and verifies it there")
tenure(keys["Acme"], "domain", "list")
log = tenure(keys["Acme"], "audit", "export", text=True)
stop()
open(f"{SCRATCH}/audit.jsonl", "w").write(log)
open(f"{SCRATCH}/kept.txt", "w").write(kept["note"])
verify = ["audit", "verify", f"{SCRATCH}/audit.jsonl", "--key", kept["verifier_key"], "--since", f"{SCRATCH}/kept.txt"]
show("   " + tenure("", *verify, text=True).strip())
must(True, "with the service stopped: no network, no database")
certified = tenure("", "erasure", "verify", f"{SCRATCH}/certificate.json", "--key", kept["verifier_key"], text=True)
must(json.loads(certified)["account_id"] == people["Bob"], "Bob's erasure is certified, by the same key")
open(f"{SCRATCH}/audit.jsonl", "w").write(log.replace("account.deactivated", "account.reactivated"))
must("it was rewritten" in tenure("", *verify, text=True, code=1), "a changed entry is found")
print("\nAll as it should be.")
