"""The service and the parts that it needs: a name server, a receiver of its webhooks, its clock.

Time passes when an attack says so. The database and the service both run under libfaketime and
read how far they are ahead from one file, so that "thirty-one days later" is true for both.
"""
import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
import uuid
from datetime import datetime, timezone

DAY = 86_400
TXT, A, CNAME = 16, 1, 5


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    """What the service answered."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw
        self.text = raw.decode("utf-8", "replace")
        try:
            self.json = json.loads(self.text)
        except ValueError:
            self.json = None

    @property
    def code(self):
        """The problem's code; None where it is none."""
        return self.json.get("code") if isinstance(self.json, dict) and self.status >= 400 else None

    @property
    def ok(self):
        return 200 <= self.status < 300

    def __getitem__(self, name):
        return self.json[name]

    def get(self, name, default=None):
        return self.json.get(name, default) if isinstance(self.json, dict) else default

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


class NameServer:
    """Answers A, TXT and CNAME from a table that can be changed while it is asked."""

    def __init__(self):
        self.records, self.broken, self.delay, self.asked = {}, set(), {}, []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                answer = outer.answer(data)
                if answer:
                    sock.sendto(answer, self.client_address)

        self.server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name, kind, value):
        self.records.setdefault(name.lower(), []).append((kind, value))

    def remove(self, name):
        self.records.pop(name.lower(), None)

    def answer(self, data):
        place, labels = 12, []
        while data[place]:
            labels.append(data[place + 1:place + 1 + data[place]].decode("ascii", "replace"))
            place += 1 + data[place]
        question = data[12:place + 5]
        kind = struct.unpack("!H", data[place + 1:place + 3])[0]
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        for end, seconds in list(self.delay.items()):
            if name.endswith(end):
                time.sleep(seconds)
        if any(name.endswith(end) for end in self.broken):
            return self.packet(data, question, 2, [])
        chain, current = [], name
        for _ in range(8):
            found = self.lookup(current)
            alias = next((value for k, value in found if k == CNAME), None)
            if alias is None or kind == CNAME:
                break
            chain.append((current, CNAME, alias))
            current = alias
        chain += [(current, k, value) for k, value in self.lookup(current) if k == kind]
        known = bool(self.lookup(current)) or any(n.endswith("." + current) for n in self.records)
        return self.packet(data, question, 0 if chain or known else 3, chain)

    def lookup(self, name):
        if name in self.records:
            return self.records[name]
        parts = name.split(".")
        for cut in range(1, len(parts)):
            found = self.records.get(".".join(["*"] + parts[cut:]))
            if found:
                return found
        return []

    @staticmethod
    def packet(data, question, code, records):
        def wire(name):
            return b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l) + b"\0"

        body = b""
        for name, kind, value in records:
            if kind == TXT:
                raw = value.encode()
                rdata = b"".join(
                    bytes([len(raw[i:i + 255])]) + raw[i:i + 255] for i in range(0, len(raw), 255))
            elif kind == CNAME:
                rdata = wire(value)
            else:
                rdata = socket.inet_aton(value)
            body += wire(name) + struct.pack("!HHIH", kind, 1, 1, len(rdata)) + rdata
        head = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return head + question + body


class Receiver:
    """Keeps every delivery; `refuse` says which paths get which status."""

    def __init__(self, scratch):
        self.deliveries, self.refuse, self.lock = [], {}, threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.refuse.get(self.path, 204)
                if status < 300:
                    with outer.lock:
                        outer.deliveries.append((self.path, json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.roots = f"{scratch}/hook.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2000", "-subj", "/CN=hook.test", "-addext",
             "subjectAltName=DNS:hook.test", "-keyout", f"{scratch}/hook.key", "-out", self.roots],
            check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.roots, f"{scratch}/hook.key")
        for self.port in (18443, 8443, 28443):
            try:
                server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
                break
            except OSError:
                continue
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Stage:
    def __init__(self, scratch, binary):
        self.scratch, self.binary, self.ahead = scratch, binary, 0
        self.port = free_port()
        self.names, self.receiver = NameServer(), Receiver(scratch)
        self.names.add("hook.test", A, "127.0.0.1")
        self.child, self.operator = None, None
        self.database = os.environ["ATTACKED_DATABASE"]

    # The service

    def settings(self, receipt_key):
        return os.environ | {
            "TENURE_ROOT_KEY": "5a" * 32, "TENURE_LISTEN": f"127.0.0.1:{self.port}",
            "TENURE_METRICS_LISTEN": "", "TENURE_OPERATOR_KEY_FILE": f"{self.scratch}/operator.key",
            "TENURE_RESOLVERS": f"127.0.0.1:{self.names.port}",
            "TENURE_OUTBOUND_ROOTS": self.receiver.roots, "TENURE_OUTBOUND_PRIVATE": "true",
            "TENURE_VAULT_DIR": f"{self.scratch}/vault", "TENURE_RECEIPT_KEYS": receipt_key,
            "TENURE_LOG_LEVEL": "warning", "TENURE_OPERATOR_RATE": "0", "TENURE_TENANT_RATE": "0",
            "TENURE_FAILURE_RATE": "0"} | self.faked_time()

    def faked_time(self):
        """What makes a program read its time from the file; empty where time cannot be held."""
        library = os.environ.get("FAKETIME_LIBRARY", "")
        return {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": f"{self.scratch}/clock",
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1"} if library else {}

    def start(self, receipt_key):
        log = open(f"{self.scratch}/tenured.log", "a")
        self.environment = self.settings(receipt_key)
        self.child = subprocess.Popen(
            [f"{self.binary}/tenured", "serve"], env=self.environment, stderr=log,
            stdout=log, start_new_session=True)
        self.until(self.is_ready, 120)
        self.operator = open(f"{self.scratch}/operator.key").read().strip()

    def starts(self, seconds=30, **environment):
        """Whether another service comes up under these settings, and what it says where not."""
        port = free_port()
        more = {"TENURE_LISTEN": f"127.0.0.1:{port}"} | environment
        child = subprocess.Popen(
            [f"{self.binary}/tenured", "serve"], env=self.environment | more,
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            end = time.time() + seconds
            while time.time() < end and child.poll() is None:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                    connection.request("GET", "/health/ready")
                    if connection.getresponse().status == 200:
                        return True, ""
                except OSError:
                    time.sleep(0.1)
            return False, "" if child.poll() is None else child.stderr.read() + child.stdout.read()
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
                child.wait(30)

    def is_ready(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"the service ended: {self.log()[-2000:]}")
        try:
            return self.call("GET", "/health/ready").status == 200
        except OSError:
            return False

    def stop(self):
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)

    def log(self):
        with open(f"{self.scratch}/tenured.log", errors="replace") as file:
            return file.read()

    # Its API

    def call(self, method, path, key=None, body=None, tenant=None, idempotency=None, raw=None,
             headers=None):
        """One request; POSTs get an Idempotency-Key of their own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = dict(headers or {})
        if key:
            head["Authorization"] = f"Bearer {key}"
        if tenant:
            head["Tenure-Tenant"] = tenant
        if method == "POST":
            head["Idempotency-Key"] = idempotency or str(uuid.uuid4())
        if raw is not None:
            head.setdefault("Content-Type", "application/x-ndjson")
            body = raw.encode() if isinstance(raw, str) else raw
        elif body is not None:
            head.setdefault(
                "Content-Type",
                "application/merge-patch+json" if method == "PATCH" else "application/json")
            body = json.dumps(body)
        try:
            connection.request(method, path, body=body, headers=head)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def knows(self, word):
        """Whether the contract of the attacked service has a word: builds of before lack some."""
        return word in self.call("GET", "/openapi.yaml").text

    def pages(self, path, key, limit=200):
        """All items of a list."""
        items, cursor = [], ""
        while True:
            sign = "&" if "?" in path else "?"
            answer = self.call("GET", f"{path}{sign}limit={limit}{cursor}", key)
            if not answer.ok:
                raise RuntimeError(f"GET {path}: {answer}")
            items += answer["data"]
            if not answer.get("next_cursor"):
                return items
            cursor = f"&cursor={answer['next_cursor']}"

    # Its database

    def sql(self, text, role=None):
        """Rows as lists of text, and what the database said against it (empty where nothing).

        `role` tenure_app is what the service is; without one it is the superuser, which an attack
        uses to look, or to make old what only waiting would.
        """
        where = self.database + f" user={role or 'postgres'}"
        result = subprocess.run(
            ["psql", where, "-X", "-q", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=text, capture_output=True, text=True)
        rows = [line.split("\x1f") for line in result.stdout.splitlines()]
        return rows, result.stderr.strip()

    def value(self, text):
        rows, error = self.sql(text)
        if error:
            raise RuntimeError(error)
        return rows[0][0] if rows else None

    # Its time

    @property
    def now(self):
        return time.time() + self.ahead

    def advance(self, days):
        """Time passes for the service and the database, then what is due by itself has a moment."""
        self.ahead += int(days * DAY)
        with open(f"{self.scratch}/clock.new", "w") as file:
            file.write(f"+{self.ahead}\n")
        os.chmod(f"{self.scratch}/clock.new", 0o644)
        os.rename(f"{self.scratch}/clock.new", f"{self.scratch}/clock")
        self.until(lambda: abs(float(self.value("SELECT extract(epoch FROM now())")) - self.now) < 60)
        time.sleep(2.5)

    def stamp(self, days=0.0):
        at = datetime.fromtimestamp(self.now + days * DAY, timezone.utc)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"

    @staticmethod
    def until(condition, seconds=20):
        """Waits until it is true; answers whether it became so."""
        end = time.time() + seconds
        while time.time() < end:
            if condition():
                return True
            time.sleep(0.05)
        return False
