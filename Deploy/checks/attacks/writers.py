"""Back is where it was: an effect moves only from the states its verb names, and so does undo."""
from attack import attack, must, need, never, ready

# What the operator can have done to an account, and what it may have become of itself meanwhile.
DONE = {"deactivate": ("deactivated",), "restrict": ("restricted",), "isolate": ("isolated",),
        "delete": ("deleted", "erased"), "anonymise": ("anonymised", "deleted"),
        "erase": ("erased", "deleted")}


def does(world, person, verb):
    ready(world.operate("POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "an attack"}),
          f"the operator's :{verb}")
    need(world.stage.until(lambda: person.status() in DONE[verb], 5), f"it is {person.status()}")


def listed(world):
    """The operator's list of accounts still answers."""
    answer = world.operate("GET", "/v1/accounts?limit=200")
    must(answer.ok, f"the operator's list of accounts: {answer}")


def stays(world, person, verb, what):
    world.stage.until(lambda: person.status() not in DONE[verb], 1)
    must(person.status() in DONE[verb], f"{what}: {verb} became {person.status()}")


for verb in DONE:
    @attack(10, f"block_sign_in reaches an account after :{verb}, and undo makes it active")
    def _(world, verb=verb):
        person = world.person("Ada")
        takeover = world.acme.take(world.claim, "block_sign_in")
        world.told(takeover, person)
        need(takeover.settled(person, "running"), takeover.state(person))
        does(world, person, verb)
        yield 31
        # Who may not sign in anyway may be blocked as well, if that can be taken back.
        if not (verb == "deactivate" and person.status() == "blocked"):
            stays(world, person, verb, "the effect")
        takeover.undo(person)
        stays(world, person, verb, "undo")
        listed(world)

    @attack(10, f"undo makes active what was blocked first, and then came :{verb}")
    def _(world, verb=verb):
        person = world.person("Ada")
        takeover = world.acme.take(world.claim, "block_sign_in")
        world.told(takeover, person)
        need(takeover.settled(person, "running"), takeover.state(person))
        yield 31
        need(person.status() == "blocked", f"sign-in is blocked: {person.status()}")
        answer = world.operate("POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "an attack"})
        if not answer.ok:
            return
        world.stage.until(lambda: person.status() in DONE[verb], 5)
        need(person.status() in DONE[verb], f"it is {person.status()}")
        takeover.undo(person)
        stays(world, person, verb, "undo")
        listed(world)

    @attack(10, f"detach_address at the deadline changes an account after :{verb}")
    def _(world, verb=verb):
        person = world.person("Ada")
        takeover = world.acme.take(world.claim, "detach_address")
        world.told(takeover, person)
        need(takeover.settled(person, "running"), takeover.state(person))
        does(world, person, verb)
        yield 31
        stays(world, person, verb, "the effect")
        takeover.undo(person)
        stays(world, person, verb, "undo")

    if verb in ("deactivate", "restrict"):
        for back in ("undo", "release"):
            @attack(10, f"assume_control and {back} make active what the operator's :{verb} had ended")
            def _(world, verb=verb, back=back):
                person = world.person("Ada")
                takeover = world.acme.take(world.claim)
                case = world.told(takeover, person)
                does(world, person, verb)
                world.decide(person, case, "accept")
                if not world.stage.until(person.controller, 4):
                    yield 31
                    if not person.controller():
                        stays(world, person, verb, "the case")
                        return
                stays(world, person, verb, "control")
                if back == "undo":
                    takeover.undo(person)
                else:
                    world.verb(world.acme, person, "release")
                world.stage.until(lambda: not person.controller(), 3)
                stays(world, person, verb, back)


@attack(10, "what the tenant ended while it had control is not what it was before")
def _(world):
    person = world.member()
    ready(world.verb(world.acme, person, "deactivate"), "Acme deactivates")
    answer = world.takeover.undo(person)
    need(answer.ok, f"undo: {answer}")
    must(person.status() == "active", f"undone, the account is {person.status()}")


@attack(10, "undo after thirty days")
def _(world):
    person = world.member()
    yield 30.2
    answer = world.takeover.undo(person)
    never(answer.ok, f"undone on the 31st day: {answer}")


@attack(10, "undo within thirty days is refused")
def _(world):
    person = world.member()
    yield 29.5
    answer = world.takeover.undo(person)
    must(answer.ok, f"not undone on the 30th day: {answer}")


@attack(10, "undo twice, or undo and release at once")
def _(world):
    person = world.member()
    case = world.takeover.case(person)["id"]

    def undo():
        return world.acme.call("POST", f"/v1/takeover_cases/{case}:undo")
    answers = world.together(undo, undo, lambda: world.verb(world.acme, person, "release"))
    never(any(a.status >= 500 for a in answers), f"{answers}")
    states = [a.status for a in answers]
    never(answers[2].ok and any(a.ok for a in answers[:2]), f"both took effect: {states}")
    must(person.status() == "active" and not person.controller(),
         f"{person.status()} under {person.controller()}: {answers}")


@attack(10, "undo brings back more than was there: memberships and addresses")
def _(world):
    person = world.member()
    takeover = world.takeover
    answer = takeover.undo(person)
    need(answer.ok, f"{answer}")
    rows, _ = world.sql("SELECT count(*) FROM tenure.memberships WHERE tenant_id = "
                        f"{world.uuid(world.acme.id)} AND account_id = {person.uuid}")
    never(rows[0][0] != "0", "the claimant keeps the person as a member")
    must(set(person.addresses_now() or []) == set(person.addresses), f"{person.addresses_now()}")


for back in ("undo", "release"):
    @attack(10, f"what the controller restricted stays restricted after {back}")
    def _(world, back=back):
        person = world.member()
        ready(world.verb(world.acme, person, "restrict"), "Acme restricts the account")
        ready(world.takeover.undo(person) if back == "undo" else
              world.verb(world.acme, person, "release"), back)
        need(world.stage.until(lambda: not person.controller(), 5), "given back")
        must(person.status() == "active", f"she is {person.status()}")


@attack(10, "a controller's external id stays on the account after undo")
def _(world):
    person = world.person("Ada", external_id=f"her-{world.label}")
    takeover = world.controlled(person)
    ready(world.acme.call("PATCH", f"/v1/accounts/{person.id}", {"external_id": f"emp-{world.label}"}),
          "another external id")
    ready(takeover.undo(person), "undone")
    seen = world.operate("GET", f"/v1/accounts/{person.id}")
    must(seen.get("external_id") == f"her-{world.label}", f"{seen}")


def collide(world, person):
    """The controller gives an account the external id by which the operator knows somebody else."""
    ready(world.operate("POST", "/v1/accounts", {
        "display_name": "Zed", "external_id": f"emp-{world.label}",
        "addresses": [{"address": f"zed@{world.home}", "verified": True}]}), "Zed")
    ready(world.acme.call("PATCH", f"/v1/accounts/{person.id}",
                          {"external_id": f"emp-{world.label}"}), "Zed's external id")


@attack(10, "undo is refused over an external id, and tells the tenant which ones exist")
def _(world):
    person = world.person("Ada")
    takeover = world.controlled(person)
    collide(world, person)
    answer = takeover.undo(person)
    must(answer.ok, f"undo: {answer}")
