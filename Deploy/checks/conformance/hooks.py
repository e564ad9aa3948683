"""Gives Schemathesis what `seed.py` has made: whole requests that must succeed, ids by the names of
parameters and members, and the credential of somebody who may. Most of what it sends stays its
own."""
import json
import os
import random
import re
import zlib

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation

RUN = os.environ["CONFORMANCE_RUN"]
SEED = json.load(open("seed.json"))
PLACES, REQUESTS, PROTECTED = SEED["places"], SEED["requests"], set(SEED["protected"])
# What each answered request was, for `figure.py`.
ANSWERS = open(f"answers-{RUN}.txt", "w", buffering=1)
LINKS = open(f"links-{RUN}.txt", "w", buffering=1)
IDENTIFIER = re.compile(r"\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b")

# How often a parameter or member gets a known id, and a case somebody who may, or a known body.
KNOWN_ID, MAY_CALL, KNOWN_REQUEST = 0.7, 0.8, 0.15
# How often a peer asks about what is the other's.
OTHERS_ID = 0.2
# Longer answers are not looked through for ids.
LONGEST_READ = 200_000

# Members that take another noun's id than their name says.
TAKES = {"custodian_ids": "account_id", "from_account_id": "account_id", "subject_id": "account_id",
         "after_account_id": "account_id", "exclude_account_ids": "account_id",
         "object": "account_id", "after": "event_id"}


class Numbers:
    """Another number for each `{n}`, also in the next run against the same service."""

    def __init__(self):
        self.prefix, self.last = f"{RUN[0]}{os.getpid()}", 0

    def filled(self, value):
        self.last += 1
        text = json.dumps(value).replace("{n}", f"{self.prefix}x{self.last}")
        return json.loads(text)


NUMBERS = Numbers()
# The requests that must succeed, by the case that carries them; who follows a link, by the case
# that does; and who was answered with an id.
SEEDED, FOLLOWED, OWNERS = {}, {}, {}
# The cases that ask about what is another tenant's.
OTHERS = set()


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    """Whatever is no text is made to be no row either: `{}` would be one."""
    return (value if isinstance(value, str) else f"no row: {value}").encode()


def name_of(operation):
    return operation.definition.raw["operationId"]


def is_its_own(case):
    """Whether it is a call of the operation, and not of another method at its path."""
    return case.method.lower() == case.operation.method.lower()


# Requests that must succeed


@schemathesis.hook
def before_add_examples(context, examples):
    if RUN != "seeded":
        return
    # The contract's own examples come in the other runs: here they would change what these need.
    examples.clear()
    for request in REQUESTS.get(name_of(context.operation), []):
        filled = NUMBERS.filled(request)
        case = context.operation.Case(
            path_parameters=filled["path"], query=filled["query"], headers=filled["headers"],
            **body_of(context.operation, filled))
        SEEDED[case.id] = filled
        examples.append(case)


def headers_of(request):
    return request["headers"] | {"Authorization": f"Bearer {request['key']}"}


def body_of(operation, request):
    if request["body"] is None:
        return {}
    return {"body": request["body"], "media_type": next(iter(operation.body)).media_type}


@schemathesis.check
def seeded_requests_succeed(context, response, case):
    """What was made to succeed does; otherwise the operation is no longer reached."""
    if case.id in SEEDED and not 200 <= response.status_code < 300:
        raise AssertionError(
            f"{response.status_code} to a request that must succeed: {response.text[:300]}")


# Callers and ids for all others


class Caller:
    """Somebody with a credential: a key, perhaps in a tenant, or a person's token."""

    def __init__(self, place):
        self.key, self.tenant, self.ids = place["key"], place["tenant"], place["ids"]
        self.company, self.is_person = place["company"], place["is_person"]


CALLERS = {(place["key"], place["tenant"]): Caller(place) for place in PLACES.values()}
# An id for each parameter, whosever it is.
KINDS = {name: known[0] for caller in CALLERS.values() for name, known in caller.ids.items() if known}
KEYS = [caller for caller in CALLERS.values() if not caller.is_person]


def caller_of(headers):
    key = (headers.get("Authorization") or "").removeprefix("Bearer ")
    return CALLERS.get((key, headers.get("Tenure-Tenant"))) or CALLERS.get((key, None))


def callers(requests):
    return [caller for caller in map(caller_of, map(headers_of, requests)) if caller]


# Who may do what, and who may do it again and again.
MAY = {operation: callers(requests) for operation, requests in REQUESTS.items()}
MAY_AGAIN = {operation: callers(r for r in requests if r["again"])
             for operation, requests in REQUESTS.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.id in SEEDED:
        return call_with(case, SEEDED[case.id]["key"])
    if case.id in FOLLOWED:
        return call_with(case, FOLLOWED[case.id].key)
    chance = chance_of(case)
    if case._auth_identity is None:
        caller = somebody(case, chance)
        authorise(case, caller)
    else:
        caller = peer(case._auth_identity)
        if chance.random() < OTHERS_ID and give_others_ids(case, chance):
            return
    right_kinds(case)
    give_request(case, caller, chance)
    give_ids(case, caller, chance)
    spare_the_branch(case)


def chance_of(case):
    """The same for the same case: Schemathesis repeats what fails, and Hypothesis ends a run whose
    scenarios do not go the same way each time, though what they make has another id."""
    path = {name: "linked" if value in OWNERS else value
            for name, value in (case.path_parameters or {}).items()}
    told = repr((name_of(case.operation), path, case.query, case.body))
    return random.Random(zlib.crc32(told.encode()))


def is_scenario(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def somebody(case, chance):
    """Who was answered with an id of the path, or a colleague who may do this; else one who may, or
    anybody."""
    may = MAY.get(name_of(case.operation), [])
    owner = next((OWNERS[v] for v in linked(case)), None)
    if owner:
        colleagues = [caller for caller in may if caller.company == owner.company]
        return owner if owner in may or not colleagues else chance.choice(colleagues)
    if is_scenario(case):
        return chance.choice(MAY_AGAIN.get(name_of(case.operation)) or [stranger(case)])
    if may and chance.random() < MAY_CALL:
        return chance.choice(may)
    return chance.choice(KEYS)


def stranger(case):
    """Somebody who may not: what succeeds only once would end all scenarios, being refused later."""
    is_mine = case.path.startswith("/v1/me")
    return next(caller for caller in CALLERS.values() if caller.is_person != is_mine)


def linked(case):
    """The values of the path that the service itself has answered with."""
    return [value for value in (case.path_parameters or {}).values()
            if isinstance(value, str) and value in OWNERS]


def authorise(case, caller):
    if not case.operation.schema.is_security_param_negated(case):
        call_with(case, caller.key)
    if is_valid(case, ParameterLocation.HEADER):
        case.headers.pop("Tenure-Tenant", None)
        if caller.tenant:
            case.headers["Tenure-Tenant"] = caller.tenant


def call_with(case, key):
    case.headers["Authorization"] = f"Bearer {key}"
    # Not one that was made up: `ignored_auth` tries the same without it.
    case._has_explicit_auth = True


def is_valid(case, location):
    """Whether this part of a case is not what is to be refused."""
    return case.meta is None or not case.meta.is_negative_at(location)


def give_request(case, caller, chance):
    """A body that would succeed, with its parameters where the path is not of a link.

    A scenario begins with what may be done again and again: it must go the same way each time."""
    known = [r for r in REQUESTS.get(name_of(case.operation), [])
             if caller_of(headers_of(r)) is caller
             and (r["again"] or linked(case) or not is_scenario(case))]
    if not known or not is_scenario(case) and chance.random() >= KNOWN_REQUEST:
        return
    request = NUMBERS.filled(chance.choice(known))
    has_body = case.body is not NOT_SET and request["body"] is not None
    if has_body and is_valid(case, ParameterLocation.BODY):
        case.body = request["body"]
    if "Idempotency-Key" in case.headers and is_valid(case, ParameterLocation.HEADER):
        # One that was used with another body would be refused.
        case.headers["Idempotency-Key"] = request["headers"]["Idempotency-Key"]
    if not linked(case) and request["again"]:
        if is_valid(case, ParameterLocation.PATH):
            case.path_parameters.update(request["path"])
        if is_valid(case, ParameterLocation.QUERY):
            case.query = request["query"]


def give_ids(case, caller, chance):
    if is_scenario(case):
        return
    for location, container in ((ParameterLocation.PATH, case.path_parameters),
                                (ParameterLocation.QUERY, case.query),
                                (ParameterLocation.BODY, case.body)):
        if is_valid(case, location):
            replace_ids(container, caller.ids, chance)


def right_kinds(case):
    """Schemathesis guesses links by names: the `request_id` of an audit entry is no request's id. What
    is of another kind than a parameter takes is none of its values, though the case is said to be valid."""
    if not is_scenario(case) or not is_valid(case, ParameterLocation.PATH):
        return
    for name, value in (case.path_parameters or {}).items():
        known = KINDS.get(name)
        if known and isinstance(value, str) and value[:4] != known[:4]:
            case.path_parameters[name] = known


def replace_ids(value, ids, chance):
    """Puts known ids into the members whose names say what they take; what was answered stays."""
    if isinstance(value, list):
        for each in value:
            replace_ids(each, ids, chance)
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        known = ids.get(TAKES.get(name, name.removesuffix("s")))
        if not known or chance.random() >= KNOWN_ID:
            replace_ids(member, ids, chance)
        elif isinstance(member, str) and member not in OWNERS:
            value[name] = chance.choice(known)
        elif isinstance(member, list) and name.endswith("_ids"):
            value[name] = chance.sample(known, min(len(member), len(known)))


# Two tenants as peers. What both sides of a grant see belongs to either of them.
PEERS, SHARED = ("tenant_a", "tenant_b"), {"grant_id"}


def peer(name):
    return CALLERS[PLACES[name.removeprefix("tenant_")]["key"], None]


def give_others_ids(case, chance):
    """Puts what belongs to the other peer into the path; whether there was any."""
    other = peer(next(name for name in PEERS if name != case._auth_identity))
    known = set(case.path_parameters or {}) & set(other.ids) - SHARED
    if not known or not is_valid(case, ParameterLocation.PATH):
        return False
    for name in sorted(known):
        case.path_parameters[name] = chance.choice(other.ids[name])
    if is_its_own(case):
        OTHERS.add(case.id)
    return True


@schemathesis.check
def others_ids_are_unknown(context, response, case):
    """Nobody does anything to what is another tenant's."""
    if case.id in OTHERS and 200 <= response.status_code < 400:
        raise AssertionError(f"{response.status_code} to a request about what is another tenant's")


# What a run must not do to those it speaks with.
SAWS = {"revokeKey", "rotateKey", "suspendTenant", "deactivateAccount", "isolateAccount",
        "deleteAccount", "restrictAccount", "releaseAccount", "anonymiseAccount", "eraseAccount",
        "createAccountChanges", "createErasures"}


def spare_the_branch(case):
    """Not to saw off the branch it sits on: it would see nothing but 401 from then on."""
    if name_of(case.operation) not in SAWS:
        return
    def spared(value):
        if isinstance(value, dict):
            return {name: spared(member) for name, member in value.items()}
        if isinstance(value, list):
            return [spared(each) for each in value]
        if isinstance(value, str) and value in PROTECTED:
            return value[:4] + "01h455vb4pex5vsknk084sn02q"
        return value
    case.path_parameters = spared(case.path_parameters)
    if isinstance(case.body, (dict, list)):
        case.body = spared(case.body)


@schemathesis.hook
def after_call(context, case, response):
    operation = name_of(case.operation)
    if is_its_own(case):
        ANSWERS.write(f"{operation} {response.status_code}\n")
    if not 200 <= response.status_code < 300 or len(response.content) > LONGEST_READ:
        return
    caller = caller_of(response.request.headers)
    for identifier in IDENTIFIER.findall(response.text) if caller else []:
        OWNERS.setdefault(identifier, caller)


@schemathesis.check
def links_are_written_down(context, response, case):
    """Never refuses: says for `figure.py` which link was followed, and what came of it."""
    parent = context.internals.find_parent(case_id=case.id)
    answer = context.internals.find_response(case_id=parent.id) if parent else None
    if answer is not None:
        write_link(parent, answer, case, response)


def write_link(parent, answer, case, response):
    LINKS.write(f"{name_of(parent.operation)} {answer.status_code} {name_of(case.operation)} "
                f"{response.status_code}\n")


@schemathesis.check
def links_resolve(context, response, case):
    """What a link names is there, for whoever was answered with it or for a colleague.

    Links are followed from the requests that must succeed, and what would change anything is asked
    as a dry run: Schemathesis' own scenarios follow them at random, and reach few."""
    if case.id not in SEEDED or not 200 <= response.status_code < 300:
        return
    definition = case.operation.responses.find_by_status_code(response.status_code)
    for name, link in definition.iter_links() if definition else ():
        target = case.operation.schema.find_operation_by_id(link["operationId"])
        followed = follow(target, link, response)
        answer = followed.call()
        write_link(case, response, followed, answer)
        if answer.status_code in (400, 404):
            raise AssertionError(
                f"the link {name} leads to {answer.status_code}: {answer.text[:300]}")
        followed.validate_response(answer)


def follow(target, link, response):
    """The request that a link of an answer leads to."""
    path = {name: response.json()["id"] for name, expression in link["parameters"].items()
            if expression == "$response.body#/id"}
    known = next(iter(REQUESTS.get(name_of(target), [])), None)
    body = body_of(target, NUMBERS.filled(known)) if known else {}
    case = target.Case(path_parameters=path, **body)
    if target.method.lower() != "get" and any(p.name == "dry_run" for p in target.query):
        case.query = {"dry_run": "true"}
    case.headers["Idempotency-Key"] = f"{NUMBERS.prefix}-{case.id}"
    caller = somebody(case, chance_of(case))
    if caller.tenant:
        case.headers["Tenure-Tenant"] = caller.tenant
    FOLLOWED[case.id] = caller
    return case


# What only some operations can answer: any other refusal is every operation's (`4XX`).
OWN = {304, 404, 409, 412, 428}


@schemathesis.check
def own_refusals_are_listed(context, response, case):
    """Where an operation can answer one of these, the contract says so of it."""
    listed = case.operation.definition.raw["responses"]
    if response.status_code in OWN and str(response.status_code) not in listed:
        raise AssertionError(f"{response.status_code} is not in the contract of this operation")
