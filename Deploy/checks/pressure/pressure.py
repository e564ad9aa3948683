"""Unkind clients, too many of them, and the end: what the service does to the others meanwhile.

Each part starts a service of its own on a free port, from the settings of the environment. One line a
check; exit 1 where one does not hold.
"""
import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

PROGRAM = sys.argv[1]
SCRATCH = pathlib.Path(os.environ["SCRATCH"])
RESTARTS = int(os.environ.get("PRESSURE_RESTARTS", "3"))
MIB = 1 << 20
failed = []


def say(name, holds, text):
    if not holds:
        failed.append(name)
    print(f"{'ok  ' if holds else 'FAIL'} {name}: {text}", flush=True)


class Service:
    """A service on a port of its own, plain or by TLS."""

    def __init__(self, tls=False, port=0):
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port = free.getsockname()[1]
        self.tls = tls
        settings = {"TENURE_LISTEN": f"127.0.0.1:{self.port}", "TENURE_METRICS_LISTEN": ""}
        if tls:
            settings |= {
                "TENURE_TLS_CERTIFICATE": str(SCRATCH / "tls.pem"),
                "TENURE_TLS_KEY": str(SCRATCH / "tls.key"),
            }
        log = open(SCRATCH / "daemon.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "serve"], env=os.environ | settings, stdout=log, stderr=log)
        until(lambda: self.get("/health/ready")[0] == 200, 60)

    @property
    def key(self):
        return (SCRATCH / "operator.key").read_text().strip()

    def connect(self, timeout=10, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(timeout)
        connection.connect(("127.0.0.1", self.port))
        if self.tls:
            context = ssl.create_default_context(cafile=str(SCRATCH / "tls.pem"))
            context.check_hostname = False
            connection = context.wrap_socket(connection)
        return connection

    def get(self, path, key=None, timeout=10):
        """The status, and how long it took in seconds; a status of 0 where there was no answer."""
        began = time.monotonic()
        try:
            with contextlib.closing(self.connect(timeout)) as connection:
                authorization = f"Authorization: Bearer {key}\r\n" if key else ""
                connection.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: x\r\n{authorization}Connection: close\r\n\r\n".encode())
                answer = connection.recv(64)
                while connection.recv(65536):
                    pass
                return int(answer[9:12] or 0), time.monotonic() - began
        except (OSError, ValueError):
            return 0, time.monotonic() - began

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)


def until(holds, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def receive(connection):
    """What the service answers until it closes or is silent for the connection's time-out."""
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
    except OSError:
        pass
    return answer


class Watch:
    """Others meanwhile: how long their requests take, one after the other, on four connections."""

    def __init__(self, service, path="/health/live"):
        self.times, self.lost, self.ends = [], 0, False
        self.threads = [
            threading.Thread(target=self.ask, args=(service, path)) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def ask(self, service, path):
        while not self.ends:
            status, seconds = service.get(path, timeout=60)
            self.times.append(seconds)
            self.lost += status != 200
            time.sleep(0.02)

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join()
        return self

    def slowest(self):
        return max(self.times)

    def p99(self):
        return statistics.quantiles(self.times, n=100)[98]


def readers(service):
    """Clients that ask for much, and read nothing or little."""
    calm = Watch(service)
    time.sleep(3)
    calm.end()
    before = service.memory()
    request = b"GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n"
    peak, held = before, []
    for _ in range(4):
        connection = service.connect(3, receive_buffer=4096)
        with contextlib.suppress(OSError):
            connection.sendall(request * 1000)
        held.append(connection)
    for _ in range(20):
        time.sleep(0.25)
        peak = max(peak, service.memory())
    for connection in held:
        connection.close()
    say("4 connections with 1,000 requests each that read nothing", peak - before < 64 * MIB,
        f"{(peak - before) / MIB:.0f} MiB more")
    held = []
    for _ in range(2_000):
        connection = service.connect(10, receive_buffer=4096)
        connection.sendall(request)
        held.append(connection)
    busy = Watch(service)
    for _ in range(20):
        time.sleep(0.25)
        peak = max(peak, service.memory())
    busy.end()
    say("2,000 slow readers", peak - before <= 128 * MIB, f"{(peak - before) / MIB:.0f} MiB more")
    say("others beside 2,000 slow readers", busy.lost == 0 and busy.p99() <= max(2 * calm.p99(), 0.02),
        f"p99 {busy.p99() * 1000:.1f} ms, without them {calm.p99() * 1000:.1f} ms, {busy.lost} lost")
    for connection in held:
        connection.close()
    is_back = until(lambda: service.memory() <= before * 1.2, 65)
    say("memory a minute later", is_back,
        f"{service.memory() / MIB:.0f} MiB, before {before / MIB:.0f} MiB")


def imports(service):
    """Imports of nothing but blanks."""
    for name, byte in (("line feeds", b"\n"), ("spaces", b" ")):
        watch = Watch(service)
        connection, total = service.connect(120), 24 * MIB
        head = (
            f"POST /v1/account_changes:import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\n"
            f"Content-Type: application/x-ndjson\r\nIdempotency-Key: {name.replace(' ', '-')}\r\nContent-Length: {total}\r\n\r\n")
        with contextlib.suppress(OSError):
            connection.sendall(head.encode())
            for _ in range(24):
                connection.sendall(byte * MIB)
        status = ""
        with contextlib.suppress(OSError):
            status = connection.recv(64)[9:12].decode()
        watch.end()
        say(f"24 MiB of {name} as an import",
            watch.slowest() < 0.1 and watch.lost == 0 and status in ("400", "413", "422"),
            f"status {status}, slowest other answer {watch.slowest() * 1000:.0f} ms of {len(watch.times)}")


def transport(service):
    """What the protocol says of old clients and of faults in the middle."""
    key = f"Authorization: Bearer {service.key}\r\n"
    connection = service.connect()
    connection.sendall(
        f"GET /v1/accounts HTTP/1.0\r\nHost: x\r\nAccept: application/x-ndjson\r\n{key}\r\n".encode())
    head = receive(connection).partition(b"\r\n\r\n")[0].lower()
    say("HTTP/1.0", head.startswith(b"http/1.1 200") and b"transfer-encoding" not in head,
        head.partition(b"\r\n")[0].decode())
    connection = service.connect(1)
    connection.sendall(b"HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    receive(connection)
    connection.sendall(b"BROKEN\r\n\r\n")
    head, _, body = receive(connection).partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    say("a refusal after a HEAD", bool(body) and length and int(length[1]) == len(body),
        f"announces {length and int(length[1])} bytes, has {len(body)}")
    say("headers of a refusal", b"x-request-id" in head.lower() and b"cache-control" in head.lower(), "")
    connection = service.connect(20)
    connection.sendall((
        f"POST /v1/account_changes:import HTTP/1.1\r\nHost: x\r\n{key}Idempotency-Key: chunk\r\n"
        "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\nzz\r\n"
    ).encode())
    status = receive(connection)[9:12].decode()
    say("a bad chunk in a streamed body", status == "400", f"status {status}")
    connection = service.connect(2)
    connection.sendall((
        "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n"
        "Content-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n").encode())
    answer = receive(connection)
    say("a body is not asked for of a stranger", answer[9:12] == b"401", answer[:20].decode())


def half(service):
    """Half a head and half a body when the service is told to stop."""
    key = f"Authorization: Bearer {service.key}\r\n"
    head, body = service.connect(20), service.connect(20)
    head.sendall(b"GET /health/live HTTP/1.1\r\nHo")
    body.sendall((
        f"POST /v1/accounts:lookup HTTP/1.1\r\nHost: x\r\n{key}Content-Type: application/json\r\n"
        'Idempotency-Key: half\r\nContent-Length: 30\r\n\r\n{"address":').encode())
    time.sleep(0.3)
    service.process.send_signal(signal.SIGTERM)
    # After the time in which new clients are still accepted.
    time.sleep(3)
    for name, connection, rest in (
        ("head", head, b"st: x\r\n\r\n"), ("body", body, b'"ada@example.test"}')):
        with contextlib.suppress(OSError):
            connection.sendall(rest)
        status = receive(connection)[9:12].decode()
        say(f"half a {name} at the end", status in ("200", "404"), f"status {status}")
    ended = service.process.wait(30)
    say("the end after it", ended == 0, f"exit status {ended}")


def drain(tls):
    """Restarts under load, with clients that keep their connections and clients that close them."""
    port, answered, lost, longest = 0, 0, [], 0.0
    lock = threading.Lock()
    for _ in range(RESTARTS):
        service = Service(tls, port)
        port = service.port
        ends = threading.Event()

        def client(keeps):
            nonlocal answered
            connection = None
            while not ends.is_set():
                try:
                    if connection is None:
                        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
                        connection.sock = service.connect()
                except OSError:
                    # Nobody has accepted it, and nothing was sent.
                    return
                try:
                    connection.request("GET", "/health/live", headers={} if keeps else {"Connection": "close"})
                    answer = connection.getresponse()
                    answer.read()
                    with lock:
                        answered += 1
                    if not keeps or answer.will_close:
                        connection.close()
                        connection = None
                except (OSError, http.client.HTTPException) as error:
                    with lock:
                        lost.append(repr(error))
                    return
                time.sleep(0.01)

        threads = [threading.Thread(target=client, args=(i % 2 == 0,)) for i in range(60)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        began = time.monotonic()
        service.stop()
        longest = max(longest, time.monotonic() - began)
        ends.set()
        for thread in threads:
            thread.join()
    say(f"{RESTARTS} restarts under load", not lost and answered > 100 * RESTARTS,
        f"{answered} answered, {len(lost)} lost {lost[:1]}, longest stop {longest:.1f} s")


def main():
    wanted = sys.argv[2:] or ["readers", "imports", "transport", "drain", "tls"]
    for tls in (False, True):
        if tls and "tls" not in wanted:
            continue
        if tls:
            print("by TLS", flush=True)
        for part in (readers, imports, transport, half, drain):
            if part.__name__ not in wanted and not (part is half and "drain" in wanted):
                continue
            if part is drain:
                drain(tls)
                continue
            service = Service(tls)
            try:
                part(service)
            finally:
                if service.process.poll() is None:
                    service.stop()
    sys.exit(1 if failed else 0)


main()
