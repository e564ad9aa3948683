"""Makes objects in every state through the public API, for `run`: a name server, a receiver, an
operator, and companies whose people stand somewhere in everything that Tenure does.

It stands as long as the service does, which asks its name server and mails its receiver.
"""
import os
import shlex
import signal
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "attacks")]

from attack import NotTried, ready  # noqa: E402
from book import Book  # noqa: E402
from company import Company  # noqa: E402
from service import service  # noqa: E402
from stage import Stage  # noqa: E402
from world import Operator, World  # noqa: E402

DAYS = 31
# What the service must be told to find its surroundings.
SETTINGS = ["TENURE_RESOLVERS", "TENURE_OUTBOUND_ROOTS", "TENURE_OUTBOUND_PRIVATE",
            "TENURE_VAULT_DIR", "TENURE_RECEIPT_KEYS", "LD_PRELOAD"]


def tell_parts(stage, operator):
    settings = stage.settings(operator.public_key)
    names = SETTINGS + [name for name in settings if "FAKE" in name]
    with open(f"{stage.scratch}/parts.new", "w") as file:
        file.writelines(f"{name}={shlex.quote(settings[name])}\n" for name in names)
    os.rename(f"{stage.scratch}/parts.new", f"{stage.scratch}/parts")


def wait_for_service(stage):
    def is_ready():
        try:
            return stage.call("GET", "/health/ready").status == 200
        except OSError:
            return False
    if not stage.until(is_ready, 120):
        raise RuntimeError("the service did not become ready")
    stage.operator = open(f"{stage.scratch}/operator.key").read().strip()


def let_time_pass(stage):
    """The service stands still meanwhile: it must not see its database a month ahead of itself."""
    service = int(open(f"{stage.scratch}/daemon.pid").read())
    os.kill(service, signal.SIGSTOP)
    stage.advance(DAYS)
    os.kill(service, signal.SIGCONT)


def seed(stage, operator):
    book = Book()
    book.place("operator", stage.operator)
    book.protected.append(ready(stage.call("GET", "/v1/whoami", stage.operator), "who")["key_id"])
    operator.arrive(stage)
    # The peers' runs take one of them each.
    companies = [Company(World(stage, operator, label), book) for label in ("a", "b")]
    for company in companies:
        company.begin()
    let_time_pass(stage)
    for company in companies:
        company.fill(rival=next(c for c in companies if c is not company))
    service(stage, book, companies)
    return book


def write_peers(stage, book):
    """The two tenants as Schemathesis wants to have its peers."""
    with open(f"{stage.scratch}/wfc.yaml", "w") as file:
        file.write("auth:\n")
        for name in ("a", "b"):
            key = book.places[name]["key"]
            file.write(f"  - name: tenant_{name}\n    fixedHeaders:\n"
                       f"      - {{name: Authorization, value: 'Bearer {key}'}}\n")


def main():
    scratch, port = sys.argv[1], int(sys.argv[2])
    stage, operator = Stage(scratch, None), Operator()
    stage.port = port
    tell_parts(stage, operator)
    wait_for_service(stage)
    try:
        book = seed(stage, operator)
    except NotTried as missing:
        sys.exit(f"the seeding stopped: {missing}")
    write_peers(stage, book)
    book.write(f"{scratch}/seed.json")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done.wait()


if __name__ == "__main__":
    main()
