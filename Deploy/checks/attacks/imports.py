"""Imports go by the same rules as the single calls."""
from attack import attack, must, need, never, ready
from gate import hold


def put(world, *rows, key=None):
    """Imports rows as the operator, or as a tenant's key; the results."""
    class Platform:
        owner = world.stage.operator

        @staticmethod
        def call(method, path, body=None, key=None, **more):
            return world.call(method, path, key or world.stage.operator, body, **more)
    return world.file(Platform, "/v1/imports", *rows, key=key or world.stage.operator)


def row(person, *addresses, **more):
    return {"external_id": person.external, "addresses": [
        {"address": a, "verified": True} for a in addresses]} | more


def registered(world, name="Ada", **more):
    person = world.person(name, external_id=f"x-{name}-{world.label}", locale="de-DE", **more)
    person.external = f"x-{name}-{world.label}"
    return person


def alone(world, verb):
    """An account of the platform's own in a state."""
    person = registered(world)
    answer = world.operate("POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "an attack"})
    need(answer.ok, f":{verb}: {answer}")
    world.stage.until(lambda: person.status() != "active", 5)
    need(person.status() != "active", f"the account is {person.status()}")
    return person


for verb in ("delete", "isolate", "anonymise", "erase"):
    @attack(14, f"a row moves the address of an account after :{verb}")
    def _(world, verb=verb):
        person = alone(world, verb)
        old = person.addresses[0]
        results = put(world, row(person, f"moved@{world.home}"))
        outcome = results[0].get("outcome") if isinstance(results, list) else None
        never(verb in ("delete", "isolate") and outcome in ("updated",), f"the row says: {results}")
        thief = world.operate("POST", "/v1/accounts", {
            "display_name": "Thief", "addresses": [{"address": old, "verified": True}]})
        never(thief.ok, f"somebody else registers {old} after :{verb}")


@attack(14, "a row wipes what it doesn't mention")
def _(world):
    person = registered(world, attributes={"department": "research"})
    before = ready(world.operate("GET", f"/v1/accounts/{person.id}"), "the account").json
    need(before.get("locale") and len(before["addresses"]) == 2, f"it has what is to be wiped: {before}")
    results = put(world, {"external_id": person.external,
                          "addresses": [{"address": person.addresses[0]}]})
    need(isinstance(results, list), f"{results}")
    after = world.operate("GET", f"/v1/accounts/{person.id}").json
    never(after.get("display_name") != before["display_name"], f"the name is wiped: {after}")
    never(after.get("locale") != before["locale"], f"the language is wiped: {after}")
    never(after.get("attributes") != before.get("attributes"), f"the attributes are wiped: {after}")
    kept = {a["address"]: a["verified"] for a in after["addresses"]}
    never(person.addresses[1] not in kept, f"the person's own address is wiped: {after}")
    never(not kept.get(person.addresses[0]), f"its proof is taken away: {after}")


@attack(14, "a row without addresses wipes them all")
def _(world):
    person = registered(world)
    put(world, {"external_id": person.external, "display_name": "New"})
    after = world.operate("GET", f"/v1/accounts/{person.id}").json
    never(len(after["addresses"]) < 2, f"{after}")


@attack(14, "a row takes proof away, or says null")
def _(world):
    person = registered(world)
    put(world, {"external_id": person.external, "display_name": None, "locale": None, "addresses": [
        {"address": a, "verified": False} for a in person.addresses]})
    after = world.operate("GET", f"/v1/accounts/{person.id}").json
    never(not all(a["verified"] for a in after["addresses"]), f"proof is gone: {after}")


@attack(20, "a row for an erased person's resting address hangs its import")
def _(world):
    gone = alone(world, "erase")
    yield 8
    need(world.stage.until(lambda: gone.status() == "erased", 5), gone.status())
    other = f"new@{world.home}"
    results = put(world, {"display_name": "Next", "addresses": [{"address": gone.addresses[0]}]},
                  {"display_name": "Fine", "addresses": [{"address": other}]})
    need(isinstance(results, list) or results.ok, f"{results}")
    never(not isinstance(results, list) or len(results) < 2, f"the import hangs: {results}")
    never(results[0].get("outcome") != "failed" or results[0].get("code") != "address_resting",
          f"the row's outcome: {results[0]}")
    must(results[1].get("outcome") == "created", f"the other row: {results[1]}")


@attack(20, "an update onto a resting address hangs its import")
def _(world):
    gone = alone(world, "erase")
    yield 8
    need(world.stage.until(lambda: gone.status() == "erased", 5), gone.status())
    other = registered(world, "Bob")
    results = put(world, row(other, *other.addresses, gone.addresses[0]))
    never(not isinstance(results, list) or not results, f"the import hangs: {results}")
    never(results[0].get("outcome") != "failed", f"{results[0]}")


@attack(14, "a tenant's import row reaches an account that it does not control")
def _(world):
    person = registered(world)
    key = world.acme.owner
    results = put(world, row(person, f"moved@{world.domain}"), key=key)
    if not isinstance(results, list):
        must(results.status in (403, 404), f"{results}")
        return
    after = world.operate("GET", f"/v1/accounts/{person.id}").json
    never(f"moved@{world.domain}" in str(after), f"{results}")


@attack(14, "a file of verbs touches an account that the tenant does not control")
def _(world):
    person = world.person("Ada")
    world.claim
    for verb in ("deactivate", "delete"):
        results = world.file(world.acme, "/v1/account_changes:import", {
            "account_id": person.id, "verb": verb, "reason": "an attack"})
        never(isinstance(results, list) and results[0].get("outcome") in ("done", "scheduled"),
              f"{results}")
    must(person.status() == "active", person.status())


@attack(14, "one refused row takes its file with it")
def _(world):
    kept, free = world.person("Ada"), world.person("Bob")
    world.controlled(kept, free)
    hold(world, kept)
    results = world.file(world.acme, "/v1/account_changes:import",
                         {"account_id": kept.id, "verb": "delete", "reason": "x"},
                         {"account_id": free.id, "verb": "deactivate", "reason": "x"})
    must(isinstance(results, list) and len(results) == 2, f"{results}")
    world.stage.until(lambda: free.status() == "deactivated", 5)
    must(free.status() == "deactivated", f"the other row: {results}")
