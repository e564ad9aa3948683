"""Says how many of the contract's operations have seen a success in the runs of Schemathesis, and
how many of its links were followed. Fails where a tenth of the operations has seen none, or where
a caller was lost on the way."""
import glob
import http.client
import json
import sys
import urllib.parse
from collections import Counter, defaultdict

import yaml

LEAST = 0.90


def answers(scratch):
    """The statuses of each operation."""
    seen = defaultdict(Counter)
    for file in glob.glob(f"{scratch}/answers-*.txt"):
        for line in open(file):
            operation, status = line.split()
            seen[operation][status] += 1
    return seen


def operations(contract):
    return [operation for item in contract["paths"].values() for operation in item.values()]


def reached(scratch, contract):
    """Prints the figure; whether it is enough."""
    seen, every = answers(scratch), [each["operationId"] for each in operations(contract)]
    missed = [o for o in every if not any(status.startswith("2") for status in seen[o])]
    part = 1 - len(missed) / len(every)
    print(f"{len(every) - len(missed)} of {len(every)} operations have seen a 2xx ({part:.0%})")
    for operation in missed:
        print(f"  {operation}: " + (", ".join(f"{n} × {status}" for status, n in
                                            seen[operation].most_common()) or "never called"))
    return part >= LEAST


def links_of(contract):
    """Each link as its operation, its status, and the operation it leads to."""
    components = contract["components"]["responses"]
    for operation in operations(contract):
        for status, response in operation["responses"].items():
            response = components.get(response.get("$ref", "").rpartition("/")[2], response)
            for link in response.get("links", {}).values():
                yield operation["operationId"], status, link["operationId"]


def links(scratch, contract):
    """Prints which links of the contract were followed by nobody, and which never led anywhere."""
    followed = defaultdict(set)
    for file in glob.glob(f"{scratch}/links-*.txt"):
        for line in open(file):
            *link, status = line.split()
            followed[tuple(link)].add(status)
    every = set(links_of(contract))
    astray = sorted(link for link in every & set(followed) if followed[link] <= {"400", "404"})
    missed = sorted(every - set(followed))
    print(f"{len(every) - len(missed)} of {len(every)} links of the contract were followed, "
          f"{len(astray)} of them to nothing")
    for title, some in (("to nothing", astray), ("by nobody", missed)):
        for source, status, target in some:
            print(f"  {title}: {source} {status} -> {target}")


def lost(scratch, base):
    """The callers whose credential is worth nothing any more: what came after showed little."""
    host = urllib.parse.urlsplit(base).netloc
    names = []
    for name, place in json.load(open(f"{scratch}/seed.json"))["places"].items():
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("GET", "/v1/me" if place["is_person"] else "/v1/whoami",
                           headers={"Authorization": f"Bearer {place['key']}"})
        if connection.getresponse().status != 200:
            names.append(name)
        connection.close()
    for name in names:
        print(f"lost on the way, so that the runs showed little: {name}")
    return names


def main():
    scratch, file, base = sys.argv[1:]
    contract = yaml.safe_load(open(file))
    is_enough = reached(scratch, contract)
    links(scratch, contract)
    is_lost = lost(scratch, base)
    sys.exit(0 if is_enough and not is_lost else 1)


if __name__ == "__main__":
    main()
