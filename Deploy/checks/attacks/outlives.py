"""What outlives its person: what is said of a person goes with them."""
from attack import attack, must, need, never, ready
from database import anywhere


def erased(world, person):
    """The account is erased: for a week somebody may think again."""
    ready(world.operate("POST", f"/v1/accounts/{person.id}:erase", {"reason": "she asked"}), "erasure")
    yield 8
    need(world.stage.until(lambda: person.status() == "erased"), f"erased: {person.status()}")


@attack(16, "the address that a code went to is in the feed after erasure")
def _(world):
    person = world.person("Ada", f"ada@{world.domain}")
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    address = f"new-{world.label}@{world.home}"
    ready(world.call("POST", f"/v1/me/notices/{case}:detach", person.token(), {"address": address}),
          "a code is asked for")
    sent = world.event("takeover.address_code_required", person)
    need(address in str(sent), f"the operator was told where it goes: {sent}")
    ready(takeover.cancel(), "the takeover is over")
    yield from erased(world, person)
    feed = world.stage.pages("/v1/events?type=takeover.address_code_required", world.stage.operator)
    need(any(case in str(e) for e in feed), "the event is in the feed")
    never(address in str(feed), "the feed still says the address")
    endpoint = world.operator.endpoint["id"]
    before = len(world.events("takeover.address_code_required", person))
    world.operate("POST", f"/v1/webhook_endpoints/{endpoint}:replay", {"event_id": sent["id"]})
    world.stage.until(lambda: len(world.events("takeover.address_code_required", person)) > before, 4)
    again = world.events("takeover.address_code_required", person)[before:]
    never(address in str(again), "a replay says the address")


@attack(16, "private mail domains lie in the clear")
def _(world):
    name = "gmail.com"
    world.person("Ada", f"ada@{world.domain}", f"ada.{world.label}@{name}")
    tables = [t for t in anywhere(world, name) if "suffix" not in t]
    never(tables, f"in {tables}")


@attack(16, "an erased person's private domain still lies somewhere")
def _(world):
    person = world.person("Ada")
    yield from erased(world, person)
    tables = anywhere(world, world.home)
    never(tables, f"in {tables}")


@attack(16, "an erased person's address still lies somewhere, after a takeover with all that belongs to it")
def _(world):
    person = world.member()
    world.takeover.undo(person)
    yield from erased(world, person)
    for word in (person.addresses[1], person.addresses[0], f"ada@{world.label}"):
        tables = anywhere(world, word)
        never(tables, f"{word} in {tables}")


@attack(16, "the service's own log says addresses, links, codes or keys")
def _(world):
    person = world.member()
    links = [d.get("link_token", "") for e in world.events("takeover.notice_required", person)
             for d in e["data"].get("destinations", [e["data"]])]
    world.call("POST", "/v1/accounts:lookup", world.acme.owner, {"address": person.addresses[1]})
    world.call("POST", "/v1/accounts", world.stage.operator, {
        "display_name": "x", "addresses": [{"address": person.addresses[1], "verified": True}]})
    log = world.stage.log()
    for word in [world.home, world.acme.owner, world.stage.operator] + [l for l in links if l]:
        never(word in log, f"the log has {word[:12]}…")
