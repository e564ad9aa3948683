"""Measures Tenure against limits and peers. Run by Deploy/checks/bench, which starts what this needs."""
import base64
import hmac
import http.client
import json
import os
import re
import socket
import ssl
import statistics
import subprocess
import sys
import time
import uuid

SCRATCH, SOCKET, PG_BIN = os.environ["SCRATCH"], os.environ["SOCKET"], os.environ["PG_BIN"]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = os.environ.get("BENCH_SECONDS", "4")
CONNECTIONS = 64
results = []


def report(name, ours, other, ratio, target, met):
    results.append((name, ours, other, ratio, target, met))
    print(f"{name}: {ours} against {other}: {ratio} (target {target}, {'met' if met else 'NOT met'})", flush=True)


class Server:
    """A process with a port, and the processor time it has used."""

    def __init__(self, arguments, port, env=None, path="/"):
        self.port = port
        self.log = open(f"{SCRATCH}/server.log", "ab")
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log, env=env)
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
                connection.request("GET", path)
                if connection.getresponse().status < 500:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        sys.exit(f"{arguments[0]} did not start: {open(self.log.name).read()[-1000:]}")

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(url, *arguments, seconds=SECONDS, connections=CONNECTIONS):
    out = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{seconds}", *arguments, url],
        capture_output=True, text=True).stdout
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if errors:
        sys.exit(f"{url}: {errors[0]}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), int(re.search(r"(\d+) requests in", out)[1])


def psql(database, sql, *arguments):
    return subprocess.run(
        [f"{PG_BIN}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", SOCKET, "-U", "postgres", "-d", database,
         *arguments, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()


def pgbench(database, *arguments, seconds=SECONDS):
    out = subprocess.run(
        [f"{PG_BIN}/pgbench", "-n", "-h", SOCKET, "-U", "postgres", "-M", "prepared", "-j", "2",
         "-T", seconds, *arguments, database], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+)", out)[1])


class Tenure(Server):
    def __init__(self, database, port=19080, binary=".build/release/tenured"):
        if database not in psql("postgres", "SELECT datname FROM pg_database").split():
            psql("postgres", f"CREATE DATABASE {database}")
        env = dict(
            os.environ, TENURE_DATABASE_URL=f"host={SOCKET} user=tenure_app dbname={database}",
            TENURE_MIGRATE_URL=f"host={SOCKET} user=postgres dbname={database}",
            TENURE_ROOT_KEY_FILE=f"{SCRATCH}/root.key", TENURE_OPERATOR_KEY_FILE=f"{SCRATCH}/{database}.key",
            TENURE_LISTEN=f"127.0.0.1:{port}", TENURE_METRICS_LISTEN="", TENURE_OPERATOR_RATE="600000000")
        super().__init__([binary, "serve"], port, env, "/health/ready")
        self.key = open(f"{SCRATCH}/{database}.key").read().strip()

    def call(self, method, path, body=None, kind="application/json", key=None, tenant=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        headers = {"Authorization": f"Bearer {key or self.key}"}
        if tenant:
            headers["Tenure-Tenant"] = tenant
        if body:
            headers.update({"Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text) if text else None

    def load(self, count, prefix, domain="example.test"):
        """Imports accounts; answers the seconds it took."""
        rows = "\n".join(
            json.dumps({"external_id": f"{prefix}{i}", "display_name": f"Person {i}",
                        "addresses": [{"address": f"{prefix}{i}@{domain}", "verified": True}]})
            for i in range(count))
        start = time.time()
        operation = self.call("POST", "/v1/imports", rows.encode(), "application/x-ndjson")
        while not operation["done"]:
            time.sleep(0.05)
            operation = self.call("GET", f"/v1/operations/{operation['id']}")
        if operation["state"] != "succeeded" or operation["progress"]["failed"]:
            sys.exit(f"the import failed: {operation}")
        return time.time() - start


def bench_a():
    """A fixed answer: against a bare loop that writes the same bytes, and against Hummingbird."""
    ours = Server([".build/release/FixedAnswer", "19001"], 19001)
    bare = Server([f"{SCRATCH}/bare_epoll", "19002"], 19002)
    peer = Server(["Tests/Benchmarks/Peer/.build/release/Peer", "19003"], 19003)
    rates, cost = {s: [] for s in (ours, bare, peer)}, {s: [] for s in (ours, bare, peer)}
    for _ in range(ROUNDS):
        for server in (ours, bare, peer):
            before = server.cpu()
            rate, count = wrk(f"http://127.0.0.1:{server.port}/")
            rates[server].append(rate)
            cost[server].append((server.cpu() - before) / count * 1e6)
    median = {s: statistics.median(rates[s]) for s in rates}
    cpu = {s: statistics.median(cost[s]) for s in cost}
    ratio = median[ours] / median[bare]
    report("fixed answer, requests/s", f"{median[ours]:.0f}", f"bare epoll {median[bare]:.0f}", f"{ratio:.2f}", "≥ 0.8", ratio >= 0.8)
    ratio = cpu[peer] / cpu[ours]
    report("fixed answer, CPU a request", f"{cpu[ours]:.1f} µs", f"Hummingbird {cpu[peer]:.1f} µs", f"{ratio:.1f}× less", "≥ 4×", ratio >= 4)
    for server in (ours, bare, peer):
        server.stop()


def get_rate(server, account):
    return wrk(f"http://127.0.0.1:{server.port}/v1/accounts/{account}", "-H", f"Authorization: Bearer {server.key}")[0]


def bench_b():
    """One account by id with everything on, against pgbench's point select on the same server, and
    against an earlier build of tenured where EARLIER names one."""
    builds = {"bench_b": ".build/release/tenured"}
    if "EARLIER" in os.environ:
        builds["bench_earlier"] = os.environ["EARLIER"]
    accounts, rates, limit = {}, {name: [] for name in builds}, []
    for _ in range(ROUNDS):
        for name, binary in builds.items():
            # One at a time: what one has left to do in the background is not the other's cost.
            server = Tenure(name, binary=binary)
            if name not in accounts:
                accounts[name] = server.call("POST", "/v1/accounts", json.dumps(
                    {"display_name": "Ada", "addresses": [{"address": "ada@example.test"}]}))["id"]
                subprocess.run([f"{PG_BIN}/pgbench", "-i", "-q", "-s", "10", "-h", SOCKET, "-U", "postgres", name],
                               check=True, capture_output=True)
            rates[name].append(get_rate(server, accounts[name]))
            server.stop()
        limit.append(pgbench("bench_b", "-S", "-c", str(CONNECTIONS)))
    a, b = statistics.median(rates["bench_b"]), statistics.median(limit)
    report("GET one account, requests/s", f"{a:.0f}", f"pgbench -S {b:.0f}", f"{a / b:.2f}", "≥ 0.8", a / b >= 0.8)
    if "EARLIER" in os.environ:
        b = statistics.median(rates["bench_earlier"])
        report("GET one account, requests/s", f"{a:.0f}", f"an earlier build {b:.0f}", f"{a / b:.2f}", "≥ 0.95", a / b >= 0.95)


CREATE = """
BEGIN;
SELECT set_config('tenure.tenant', '00000000-0000-7000-8000-000000000001', true);
INSERT INTO tenure.idempotency_keys (tenant_id, principal_id, key_digest, fingerprint, status, response, created_at)
  VALUES (tenure.platform_tenant(), tenure.platform_tenant(), sha256(gen_random_uuid()::text::bytea), sha256(''), 201, decode(repeat('00', 400), 'hex'), now());
WITH a AS (INSERT INTO tenure.accounts (tenant_id, account_id, status, key_version, wrapped_key, key_commitment, profile, created_at, updated_at, version)
  VALUES (tenure.platform_tenant(), gen_random_uuid(), 'active', 1, decode(repeat('00', 66), 'hex'), decode(repeat('00', 16), 'hex'), decode(repeat('00', 200), 'hex'), now(), now(), 1) RETURNING account_id),
 b AS (INSERT INTO tenure_global.accounts SELECT account_id, tenure.platform_tenant() FROM a),
 c AS (INSERT INTO tenure_global.addresses SELECT sha256(account_id::text::bytea), tenure.platform_tenant(), account_id, false, true, ARRAY[sha256('example.test')] FROM a)
INSERT INTO tenure.audit_entries (tenant_id, entry_id, at, actor, action, object, subject_id, request_id)
  SELECT tenure.platform_tenant(), gen_random_uuid(), now(), 'key_01m7zxyxhff84vk5cjfcxdvhct', 'account.created', account_id::text, account_id, 'req_01m7zxyxhff84vk5cjfcxdvhct' FROM a;
COMMIT;
"""

LUA = """
local n = 0
local id = 0
function setup(thread) thread:set("id", id); id = id + 1 end
function request()
  n = n + 1
  local name = "%s" .. id .. "x" .. n
  wrk.headers["Idempotency-Key"] = name
  return wrk.format("POST", nil, nil,
    '{"display_name":"Ada Lovelace","addresses":[{"address":"' .. name .. '@example.test"}]}')
end
"""


def bench_c():
    """Creating an account, against pgbench running the same statements."""
    server = Tenure("bench_c")
    script = f"{SCRATCH}/create.sql"
    open(script, "w").write(CREATE)
    ours, limit = [], []
    for round in range(ROUNDS):
        lua = f"{SCRATCH}/create.lua"
        open(lua, "w").write(LUA % f"r{round}t")
        ours.append(wrk(f"http://127.0.0.1:{server.port}/v1/accounts", "-s", lua,
                        "-H", f"Authorization: Bearer {server.key}", "-H", "Content-Type: application/json")[0])
        limit.append(pgbench("bench_c", "-f", script, "-c", str(CONNECTIONS)))
    a, b = statistics.median(ours), statistics.median(limit)
    report("create one account, requests/s", f"{a:.0f}", f"pgbench {b:.0f}", f"{a / b:.2f}", "≥ 0.6", a / b >= 0.6)
    server.stop()


def bench_d():
    """Memory of idle keep-alive connections, plain and encrypted."""
    count = 5000
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, extra, limit in (("plain", [], 16), ("TLS", [f"{SCRATCH}/tls.pem", f"{SCRATCH}/tls.key"], 48)):
        port = 19010 + len(extra)
        process = subprocess.Popen([".build/release/FixedAnswer", str(port), *extra], stdout=subprocess.DEVNULL)
        time.sleep(0.5)

        def connect():
            connection = socket.create_connection(("127.0.0.1", port))
            if extra:
                connection = context.wrap_socket(connection)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if b"200 OK" not in connection.recv(4096):
                sys.exit("no answer")
            return connection

        def memory():
            for line in open(f"/proc/{process.pid}/status"):
                if line.startswith("VmRSS"):
                    return int(line.split()[1])

        warm = [connect() for _ in range(50)]
        time.sleep(2)
        base = memory()
        connections = [connect() for _ in range(count)]
        time.sleep(3)
        each = (memory() - base) / count
        report(f"memory of an idle connection, {name}", f"{each:.1f} KiB", f"{count} connections", f"{each:.1f} KiB", f"≤ {limit} KiB", each <= limit)
        for connection in warm + connections:
            connection.close()
        process.terminate()
        process.wait()


def bench_e():
    """The cost of reading one account among a thousand and among a million."""
    few, many = Tenure("bench_few", 19081), Tenure("bench_many", 19082)
    few.load(1_000, "few")
    for part in range(10):
        many.load(100_000, f"many{part}x")
    for database in ("bench_few", "bench_many"):
        psql(database, "VACUUM ANALYZE tenure.accounts")
    ids = {s: s.call("GET", "/v1/accounts?limit=1")["data"][0]["id"] for s in (few, many)}
    rates = {few: [], many: []}
    for _ in range(ROUNDS):
        for server in (few, many):
            rates[server].append(get_rate(server, ids[server]))
    a, b = statistics.median(rates[few]), statistics.median(rates[many])
    report("GET among 1,000,000, cost", f"{b:.0f}/s", f"among 1,000 {a:.0f}/s", f"{a / b:.2f}×", "≤ 1.2×", a / b <= 1.2)
    few.stop()
    many.stop()


def bench_f():
    """Importing 100,000 accounts, against COPY of the rows it leads to."""
    server = Tenure("bench_f")
    ours, limit = [], []
    tables = ["tenure.accounts", "tenure_global.accounts", "tenure_global.addresses", "tenure.audit_entries"]
    for round in range(min(ROUNDS, 3)):
        ours.append(server.load(100_000, f"f{round}x"))
        for table in tables:
            psql("bench_f", f"COPY (SELECT * FROM {table}) TO STDOUT", "-o", f"{SCRATCH}/{table}.copy")
            psql("bench_f", f"CREATE TABLE IF NOT EXISTS public.{table.replace('.', '_')} (LIKE {table} INCLUDING ALL)")
        start = time.time()
        for table in tables:
            target = f"public.{table.replace('.', '_')}"
            psql("bench_f", f"TRUNCATE {target}")
            psql("bench_f", f"\\copy {target} FROM '{SCRATCH}/{table}.copy'")
        # The copy holds all rounds so far: its time is brought to 100,000 accounts.
        limit.append((time.time() - start) / (round + 1))
    a, b = statistics.median(ours), statistics.median(limit)
    report("import of 100,000 accounts", f"{a:.1f} s", f"COPY {b:.1f} s", f"{a / b:.1f}×", "≤ 4×", a / b <= 4)
    server.stop()


def prepare_takeover(server, database, round, count):
    """A takeover whose cases are all due: everybody acknowledged it at a device of their own, 31 days ago."""
    domain = f"g{round}.test"
    rows = "\n".join(json.dumps({
        "addresses": [{"address": f"a{i}@{domain}", "verified": True}],
        "contacts": [{"kind": "push", "value": f"device-{i}", "verified": True}]}) for i in range(count))
    operation = server.call("POST", "/v1/imports", rows.encode(), "application/x-ndjson")
    while not operation["done"]:
        time.sleep(0.05)
        operation = server.call("GET", f"/v1/operations/{operation['id']}")
    tenant = server.call("POST", "/v1/tenants", json.dumps({"name": domain}))["id"]
    owner = server.call("POST", "/v1/keys", '{"name":"bench","role":"owner"}', tenant=tenant)["token"]
    claim = server.call("POST", "/v1/domain_claims", json.dumps({"domain": domain}), key=owner)["id"]
    server.call("POST", f"/v1/domain_claims/{claim}:attest",
                '{"reason":"bench","review_on":"2099-01-01T00:00:00Z"}', tenant=tenant)
    plan = server.call("POST", "/v1/takeovers:preview", json.dumps({"domain_claim_id": claim}), key=owner)["plan"]
    server.call("POST", "/v1/takeovers", json.dumps(
        {"domain_claim_id": claim, "plan": plan, "no_answer": "assume_control"}), key=owner)
    while psql(database, "SELECT count(*) FROM tenure.takeover_cases WHERE notice_at IS NULL") != "0":
        time.sleep(0.2)
    psql(database, """
        SET session_replication_role = replica;
        INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, destination_id, level, channel,
            is_outside_domain, delivered_at, received_at)
        SELECT tenant_id, gen_random_uuid(), case_id, destination_id, 3, 'acknowledge', true,
            now() - interval '31 days', now() - interval '31 days'
        FROM tenure.notice_destinations JOIN tenure.takeover_cases USING (tenant_id, case_id)
        WHERE kind = 'push' AND state = 'notice_pending';
        UPDATE tenure.takeover_cases SET state = 'running', next_at = now(),
            clock_started_at = now() - interval '31 days', deadline_at = now() - interval '1 day'
        WHERE state = 'notice_pending'""")
    psql(database, "VACUUM ANALYZE")
    psql(database, "CHECKPOINT")


def bench_g():
    """A takeover of 100,000 accounts taking effect, against one plain UPDATE of the same rows."""
    count, database = 100_000, "bench_g"
    server = Tenure(database)
    ours, limit = [], []
    for round in range(min(ROUNDS, 3)):
        prepare_takeover(server, database, round, count)
        start = time.time()
        psql(database, "UPDATE tenure.accounts SET status = status, updated_at = now(), version = version + 1 "
             f"WHERE account_id IN (SELECT account_id FROM tenure.takeover_cases WHERE state = 'running')")
        limit.append(time.time() - start)
        psql(database, "VACUUM ANALYZE tenure.accounts")
        psql(database, "CHECKPOINT")
        if os.environ.get("BENCH_PROFILE"):
            psql(database, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            psql(database, "SELECT pg_stat_statements_reset()")
        start = time.time()
        psql(database, "INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at) "
             "SELECT takeover_id, tenant_id, 'takeover', now() FROM tenure.takeovers WHERE state = 'running' "
             "ON CONFLICT (job_id) DO UPDATE SET run_at = now()")
        while psql(database, "SELECT EXISTS (SELECT FROM tenure.takeovers WHERE state = 'running')") == "t":
            time.sleep(0.05)
        ours.append(time.time() - start)
        if os.environ.get("BENCH_PROFILE"):
            profile(database)
    if psql(database, "SELECT count(*) FROM tenure.controls") != str(count * len(ours)):
        sys.exit("not every account is controlled")
    a, b = statistics.median(ours), statistics.median(limit)
    report("takeover of 100,000 taking effect", f"{a:.1f} s", f"UPDATE {b:.1f} s", f"{a / b:.1f}×", "≤ 4×", a / b <= 4)
    server.stop()


def deliver(server, database, round, count):
    """Events that are all due at once; answers how many a second arrive."""
    psql(database, f"""
        INSERT INTO tenure.events (tenant_id, event_id, type, subject, sequence, data, at)
        SELECT tenant_id, gen_random_uuid(), 'takeover.created', 'tko_{round}', n,
            '{{"takeover_id":"tko_01m7zxyxbtf46rjshedaq7k2em","domain":"acme.test","cases":"12"}}', now()
        FROM (SELECT DISTINCT tenant_id FROM tenure.webhook_endpoints) AS t, generate_series(1, {count}) AS n;
        INSERT INTO tenure.webhook_deliveries
            (tenant_id, endpoint_id, event_id, state, attempts, created_at, updated_at)
        SELECT tenant_id, endpoint_id, event_id, 'pending', 0, now(), now()
        FROM tenure.webhook_endpoints JOIN tenure.events USING (tenant_id)
        WHERE subject = 'tko_{round}' AND webhook_endpoints.state = 'enabled'""")
    psql(database, "VACUUM ANALYZE")
    psql(database, """
        INSERT INTO tenure_global.deliveries (endpoint_id, event_id, tenant_id, attempt, next_at)
        SELECT endpoint_id, event_id, tenant_id, 1, now() FROM tenure.webhook_deliveries WHERE state = 'pending'""")
    start, left = time.time(), int(psql(database, "SELECT count(*) FROM tenure_global.deliveries"))
    while psql(database, "SELECT count(*) FROM tenure_global.deliveries") != "0":
        time.sleep(0.02)
    seconds = time.time() - start
    if psql(database, "SELECT count(*) FROM tenure.webhook_deliveries WHERE state <> 'delivered'") != "0":
        sys.exit("not everything was delivered")
    return left / seconds


def bench_h():
    """Deliveries to one receiver over TLS, against what wrk gets out of that receiver: one that verifies with the
    public package, and one that answers without looking."""
    zone = subprocess.Popen(["dnsmasq", "--no-daemon", "--port=19054", "--listen-address=127.0.0.1", "--bind-interfaces",
                             "--no-resolv", "--no-hosts", "--user=", "--address=/hook.test/127.0.0.1"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ.update(TENURE_RESOLVERS="127.0.0.1:19054", TENURE_OUTBOUND_PRIVATE="true",
                      TENURE_OUTBOUND_ROOTS=f"{SCRATCH}/hook.pem")
    database = "bench_h"
    server = Tenure(database)
    for name, port, command, count in (
            ("that verifies", 19031, [os.environ["VENV"] + "/bin/python", "Tests/Benchmarks/receiver.py"], 5_000),
            ("that looks at nothing", 19030, [".build/release/FixedAnswer"], 20_000)):
        endpoint = server.call("POST", "/v1/webhook_endpoints",
                               json.dumps({"url": f"https://hook.test:{port}/", "event_types": ["takeover.created"]}))
        secret = [endpoint["secret"]] if "receiver.py" in command[-1] else []
        receiver = subprocess.Popen([*command, str(port), f"{SCRATCH}/hook.pem", f"{SCRATCH}/hook.key", *secret],
                                    stdout=subprocess.DEVNULL)
        time.sleep(1)
        ours, limit = [], []
        for round in range(ROUNDS):
            body, id, at = '{"type":"takeover.created"}' + " " * 320, "evt_1", int(time.time())
            mac = hmac.new(base64.b64decode(endpoint["secret"][6:]), f"{id}.{at}.{body}".encode(), "sha256").digest()
            with open(f"{SCRATCH}/post.lua", "w") as script:
                script.write(f'wrk.method = "POST"\nwrk.body = [[{body}]]\nwrk.headers["webhook-id"] = "{id}"\n'
                             f'wrk.headers["webhook-timestamp"] = "{at}"\n'
                             f'wrk.headers["webhook-signature"] = "v1,{base64.b64encode(mac).decode()}"\n')
            limit.append(wrk(f"https://127.0.0.1:{port}/", "-s", f"{SCRATCH}/post.lua")[0])
            ours.append(deliver(server, database, f"{port}{round}", count))
        a, b = statistics.median(ours), statistics.median(limit)
        report(f"deliveries to a receiver {name}, per second", f"{a:.0f}", f"wrk {b:.0f}", f"{a / b:.2f}", "≥ 0.3", a / b >= 0.3)
        receiver.terminate()
        receiver.wait()
        psql(database, "UPDATE tenure.webhook_endpoints SET state = 'disabled'")
    server.stop()
    zone.terminate()
    zone.wait()


def bench_i():
    """Sealing a log of a million entries against inserting them, and verifying its export offline."""
    count, database = int(os.environ.get("BENCH_ENTRIES", "1000000")), "bench_i"
    os.environ.update(TENURE_AUDIT_SEAL_SECONDS="0")
    server = Tenure(database)
    tenant = server.call("POST", "/v1/tenants", '{"name":"bench"}')["id"]
    uuid_of = psql(database, "SELECT tenant_id FROM tenure.tenants WHERE name = 'bench'")
    server.stop()
    start = time.time()
    psql(database, f"""
        INSERT INTO tenure.audit_entries
            (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, details)
        SELECT '{uuid_of}', gen_random_uuid(), date_trunc('milliseconds', now()), 'key_01m7zxyxbtf46rjshedaq7k2em',
            'account.read', 'acc_01m7zxyxbtf46rjshedaq7k2em', gen_random_uuid(), 'req_01m7zxyxbtf46rjshedaq7k2em',
            decode(repeat('ab', 80), 'hex')
        FROM generate_series(1, {count})""")
    plain = time.time() - start
    psql(database, "VACUUM ANALYZE")
    os.environ.update(TENURE_AUDIT_SEAL_SECONDS="1")
    start = time.time()
    server = Tenure(database)
    while int(psql(database, f"SELECT coalesce(max(first_index + length(hashes) / 32), 0) FROM tenure.audit_batches WHERE tenant_id = '{uuid_of}'")) < count:
        time.sleep(0.1)
    seal = time.time() - start
    report(f"sealing {count:,} audit entries", f"{seal:.1f} s", f"inserting them {plain:.1f} s", f"{seal / plain:.1f}×", "≤ 4×", seal / plain <= 4)
    key = server.call("POST", "/v1/audit_checkpoints", tenant=tenant)["verifier_key"]
    env = dict(os.environ, TENURE_URL=f"http://127.0.0.1:{server.port}", TENURE_TOKEN=server.key, TENURE_TENANT=tenant)
    with open(f"{SCRATCH}/audit.jsonl", "wb") as log:
        subprocess.run([".build/release/tenure", "audit", "export"], env=env, stdout=log, check=True)
    server.stop()
    times = []
    for _ in range(ROUNDS):
        start = time.time()
        subprocess.run([".build/release/tenure", "audit", "verify", f"{SCRATCH}/audit.jsonl", "--key", key],
                       stdout=subprocess.DEVNULL, check=True)
        times.append(time.time() - start)
    seconds = statistics.median(times)
    report(f"verifying {count:,} audit entries offline", f"{seconds:.1f} s", "–", f"{count / seconds:.0f}/s", "≥ 100,000/s", count / seconds >= 100_000)


def bench_j():
    """Retention among a million accounts with mixed rules: a sweep that finds nothing due, and one that disposes of
    100,000, against one UPDATE of as many rows."""
    count, due, database = int(os.environ.get("BENCH_ACCOUNTS", "1000000")), 100_000, "bench_j"
    os.environ.update(TENURE_AUDIT_SEAL_SECONDS="0")
    server = Tenure(database)
    psql(database, f"""
        WITH platform AS (SELECT tenure.platform_tenant() AS id), made AS (
          INSERT INTO tenure.accounts (tenant_id, account_id, status, key_version, wrapped_key, key_commitment, profile,
            created_at, updated_at, version)
          SELECT id, (lpad(to_hex((extract(epoch FROM now() - interval '1 day') * 1000)::bigint), 12, '0')
              || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid,
            'active', 1, decode(repeat('ab', 66), 'hex'), decode(repeat('ab', 16), 'hex'),
            decode(repeat('ab', 290), 'hex'), now() - interval '1 day', now(), 1
          FROM platform, generate_series(1, {count}) AS n
          RETURNING tenant_id, account_id)
        INSERT INTO tenure.account_dates SELECT tenant_id, account_id, 'left', '2099-01-01' FROM made""")
    psql(database, "VACUUM ANALYZE")
    for rule in ({"name": "old", "applies_to": "account", "trigger": "created", "period": "P10Y", "action": "isolate"},
                 {"name": "leavers", "applies_to": "account", "trigger": "left", "period": "P1Y", "action": "isolate"},
                 {"name": "files", "applies_to": "employment_file", "trigger": "left", "period": "P6Y", "action": "delete"},
                 {"name": "statistics", "applies_to": "anonymised_statistics", "trigger": "created", "action": "retain"},
                 {"name": "rest", "applies_to": "*", "trigger": "created", "period": "P20Y", "action": "anonymise"}):
        server.call("POST", "/v1/retention_rules", json.dumps(rule))

    def run():
        start = time.time()
        id = server.call("POST", "/v1/retention_runs", json.dumps({"budget": due * 2}))["id"]
        while (answer := server.call("GET", f"/v1/retention_runs/{id}"))["state"] == "running":
            time.sleep(0.05)
        return time.time() - start, answer

    idle = statistics.median(run()[0] for _ in range(ROUNDS))
    scan = []
    for _ in range(ROUNDS):
        start = time.time()
        psql(database, "SELECT count(*) FROM tenure.account_dates WHERE at < now() AND name = 'x' || name")
        scan.append(time.time() - start)
    limit = statistics.median(scan)
    report(f"sweep of {count:,} accounts, nothing due", f"{idle:.1f} s", f"one scan of their dates {limit:.1f} s", f"{idle / limit:.1f}×", "≤ 5 s", idle <= 5)
    psql(database, f"""UPDATE tenure.account_dates SET at = '2020-01-01' WHERE account_id IN (
        SELECT account_id FROM tenure.accounts ORDER BY account_id LIMIT {due})""")
    psql(database, "VACUUM ANALYZE")
    seconds, answer = run()
    if answer["disposed"] != due or answer["state"] != "completed":
        sys.exit(f"not everything was disposed of: {answer}")
    start = time.time()
    psql(database, "UPDATE tenure.accounts SET status = 'deactivated', version = version + 1 WHERE status = 'isolated'")
    plain = time.time() - start
    report(f"disposing of {due:,} of them", f"{seconds:.1f} s", f"UPDATE {plain:.1f} s", f"{seconds / plain:.1f}×", "≤ 20×", seconds / plain <= 20)
    server.stop()


def bench_k():
    """Moving people's keys into a new epoch while the service serves, against one UPDATE of the same rows."""
    count, database = 100_000, "bench_k"
    os.environ.update(TENURE_VAULT_DIR=f"{SCRATCH}/vault")
    server = Tenure(database)
    server.load(count, "k")
    psql(database, "VACUUM ANALYZE")
    env = dict(os.environ, TENURE_DATABASE_URL=f"host={SOCKET} user=tenure_app dbname={database}",
               TENURE_MIGRATE_URL=f"host={SOCKET} user=postgres dbname={database}",
               TENURE_ROOT_KEY_FILE=f"{SCRATCH}/root.key")
    ours, limit = [], []
    for _ in range(ROUNDS):
        start = time.time()
        subprocess.run([".build/release/tenured", "rotate-keys", "epoch"], env=env, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        ours.append(time.time() - start)
        start = time.time()
        psql(database, "UPDATE tenure.accounts SET wrapped_key = wrapped_key || ''")
        limit.append(time.time() - start)
    a, b = statistics.median(ours), statistics.median(limit)
    report(f"moving {count:,} keys into a new epoch", f"{a:.1f} s", f"UPDATE {b:.1f} s", f"{a / b:.1f}×", "≤ 10×", a / b <= 10)
    server.stop()


def bench_l():
    """One loop and two: what a second one brings, for a request that asks no database and for one that does."""
    rates = {}
    for _ in range(ROUNDS):
        for loops in (1, 2):
            os.environ.update(TENURE_LOOPS=str(loops))
            server = Tenure("bench_l")
            found = server.call("GET", "/v1/accounts?limit=1")["data"]
            if not found:
                server.load(1_000, "l")
                found = server.call("GET", "/v1/accounts?limit=1")["data"]
            for path in ("/v1/whoami", f"/v1/accounts/{found[0]['id']}"):
                rate = wrk(f"http://127.0.0.1:{server.port}{path}", "-H", f"Authorization: Bearer {server.key}")[0]
                rates.setdefault((path.split("/")[2], loops), []).append(rate)
            server.stop()
    del os.environ["TENURE_LOOPS"]
    for name in ("whoami", "accounts"):
        one, two = (statistics.median(rates[name, loops]) for loops in (1, 2))
        report(f"two loops, {name}", f"{two:.0f}/s", f"one loop {one:.0f}/s", f"{two / one:.2f}×", "> 1×", two > one)


def bench_m():
    """What grows with the number of accounts and what does not: seconds of one request each, with ten thousand
    accounts on one name and with a hundred times as many. BENCH_SIZES has the sizes."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
    os.environ.update(TENURE_AUDIT_SEAL_SECONDS="0")
    server, database, domain = Tenure("bench_m"), "bench_m", "scale.test"
    tenant = server.call("POST", "/v1/tenants", json.dumps({"name": domain}))["id"]
    owner = server.call("POST", "/v1/keys", '{"name":"bench","role":"owner"}', tenant=tenant)["token"]
    claim = server.call("POST", "/v1/domain_claims", json.dumps({"domain": domain}), key=owner)["id"]
    server.call("POST", f"/v1/domain_claims/{claim}:attest",
                '{"reason":"bench","review_on":"2099-01-01T00:00:00Z"}', tenant=tenant)
    server.call("POST", "/v1/retention_rules", json.dumps(
        {"name": "rest", "applies_to": "*", "trigger": "created", "period": "P20Y", "action": "anonymise"}))
    times, memory, loaded = {}, {}, 0

    def sweep():
        id = server.call("POST", "/v1/retention_runs", json.dumps({"budget": 1_000}))["id"]
        while server.call("GET", f"/v1/retention_runs/{id}")["state"] == "running":
            time.sleep(0.01)

    for size in sizes:
        while loaded < size:
            part = min(100_000, size - loaded)
            server.load(part, f"m{loaded}x", domain)
            loaded += part
        psql(database, "VACUUM ANALYZE")
        account = server.call("POST", "/v1/accounts:lookup", json.dumps({"address": f"m0x7@{domain}"}))["id"]
        asked = {
            "GET": lambda: server.call("GET", f"/v1/accounts/{account}"),
            "look-up by address": lambda: server.call(
                "POST", "/v1/accounts:lookup", json.dumps({"address": f"m0x8@{domain}"})),
            "list with a filter": lambda: server.call("GET", "/v1/accounts?limit=50&filter=status+eq+%22active%22"),
            "audit of one person": lambda: server.call("GET", f"/v1/audit_entries?limit=50&subject_id={account}"),
            "sweep": sweep,
            "preview": lambda: server.call(
                "POST", "/v1/takeovers:preview", json.dumps({"domain_claim_id": claim}), key=owner),
        }
        for name, ask in asked.items():
            ask()
            before, taken = server.memory(), []
            for _ in range(max(ROUNDS, 3)):
                start = time.time()
                ask()
                taken.append(time.time() - start)
            times[name, size] = statistics.median(taken)
            memory[name, size] = server.memory() - before
    # What judges every account takes as long as there are accounts; the others must not.
    for name in asked:
        few, many = times[name, sizes[0]], times[name, sizes[-1]]
        grows = name in ("sweep", "preview")
        limit = sizes[-1] / sizes[0] if grows else 1.2
        curve = ", ".join(f"{times[name, size] * 1000:.1f}" for size in sizes)
        report(f"{name} among {sizes[-1]:,} accounts", f"{curve} ms", f"among {sizes[0]:,}", f"{many / few:.2f}×",
               "≤ linear" if grows else "≤ 1.2×", many / few <= limit)
    grown = memory["preview", sizes[-1]] / 1024 / 1024
    report(f"memory of a preview of {sizes[-1]:,}", f"{grown:.1f} MiB more", "–", "–", "≤ 16 MiB", grown <= 16)
    server.stop()


def profile(database):
    """What the statements of a database cost, where the cluster counts them: BENCH_PROFILE=1."""
    print(psql(database, "SELECT calls, total_exec_time::int || ' ms', rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) "
               "FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 14"))


chosen = sys.argv[1:] or list("abcdefghijklm")
for name in chosen:
    globals()[f"bench_{name}"]()
print("\n| what | Tenure | against | ratio | target | met |\n|---|---|---|---|---|---|")
for row in results:
    print("| " + " | ".join(str(cell) for cell in row[:5]) + f" | {'yes' if row[5] else '**no**'} |")
