"""Nobody widens themselves, and two people are two persons."""
from attack import attack, must, need, never, ready, refused

TENANT_ROLES = ["owner", "admin", "helpdesk", "privacy_officer", "auditor"]


def allowed(world, token):
    """What a key may do."""
    return set(ready(world.call("GET", "/v1/whoami", token), "whoami").get("permissions") or [])


def make(world, key, role, scopes=None, **more):
    body = {"name": "widened", "role": role, "expires_at": world.stage.stamp(30)}
    if scopes is not None:
        body["scopes"] = scopes
    return world.call("POST", "/v1/keys", key, body, **more)


def within(world, made, maker, what):
    """What came of making a key holds no more than its maker does."""
    if made.ok and made.status != 202:
        more = allowed(world, made["token"]) - allowed(world, maker)
        never(more, f"{what}: {sorted(more)[:4]}")


for role in TENANT_ROLES:
    @attack(15, f"owner[keys:write] makes itself an unscoped {role}")
    def _(world, role=role):
        narrow = world.acme.key("owner", ["keys:write"])
        need(allowed(world, narrow) == {"keys:write"}, "the key may make keys, and no more")
        within(world, make(world, narrow, role), narrow, f"keys:write became {role}")

    @attack(15, f"admin[keys:write, keys:read] makes itself {role}")
    def _(world, role=role):
        narrow = world.acme.key("admin", ["keys:write", "keys:read"])
        within(world, make(world, narrow, role), narrow, f"admin[keys:*] became {role}")

    @attack(15, f"a full admin makes itself {role}")
    def _(world, role=role):
        admin = world.acme.key("admin")
        within(world, make(world, admin, role), admin, f"admin became {role}")

    @attack(15, f"owner[keys:write] gives one scope it lacks to a key '{role}'")
    def _(world, role=role):
        narrow = world.acme.key("owner", ["keys:write"])
        for scope in ("accounts:read", "approvals:write", "tenants:read"):
            within(world, make(world, narrow, role, [scope]), narrow, f"keys:write became {scope}")

    @attack(15, f"owner[keys:write] rotates a {role}'s key into its hands")
    def _(world, role=role):
        narrow = world.acme.key("owner", ["keys:write", "keys:read"])
        full = world.acme.key(role)
        victim = ready(world.call("GET", "/v1/whoami", full), "whoami").get("key_id")
        rotated = world.call("POST", f"/v1/keys/{victim}:rotate", narrow)
        within(world, rotated, narrow, f"the {role}'s key")
        never(rotated.ok and "token" in (rotated.json or {}), f"another's token: {rotated}")


@attack(15, "an owner rotates another owner's key, which it did not make")
def _(world):
    other = world.acme.key("owner")
    victim = world.call("GET", "/v1/whoami", other).get("key_id")
    rotated = world.call("POST", f"/v1/keys/{victim}:rotate", world.acme.key("owner"))
    never(rotated.ok and rotated.get("token"), f"another's token: {rotated}")


@attack(15, "a dry run of a rotation shows a token")
def _(world):
    mine = world.call("GET", "/v1/whoami", world.acme.owner).get("key_id")
    answer = world.call("POST", f"/v1/keys/{mine}:rotate?dry_run=true", world.acme.owner)
    never("token" in (answer.json or {}) and answer.get("token"), f"{answer}")


@attack(15, "a replayed creation of a key shows somebody else's token")
def _(world):
    one = make(world, world.acme.owner, "helpdesk", idempotency="the-same")
    ready(one, "a key")
    other = world.call("POST", "/v1/keys", world.acme.key("owner"), {
        "name": "widened", "role": "helpdesk", "expires_at": one["expires_at"]},
        idempotency="the-same")
    never(other.get("token") == one["token"], "another key's answer was replayed")


for where in ("an unscoped operator", "an owner anywhere"):
    @attack(15, f"operator[keys:write] makes {where}")
    def _(world, where=where):
        narrow = ready(world.operate("POST", "/v1/keys", {
            "name": "narrow", "role": "operator", "scopes": ["keys:write"],
            "expires_at": world.stage.stamp(30)}), "a narrow operator key")["token"]
        if where == "an owner anywhere":
            made = make(world, narrow, "owner", tenant=world.acme.id)
        else:
            made = make(world, narrow, "operator")
        within(world, made, narrow, f"keys:write of the operator became {where}")


@attack(15, "operator[keys:write] rotates the full operator's key")
def _(world):
    narrow = ready(world.operate("POST", "/v1/keys", {
        "name": "narrow", "role": "operator", "scopes": ["keys:write"],
        "expires_at": world.stage.stamp(30)}), "a narrow operator key")["token"]
    full = ready(world.operate("POST", "/v1/keys", {
        "name": "full", "role": "operator", "expires_at": world.stage.stamp(30)}), "a full key")
    rotated = world.call("POST", f"/v1/keys/{full['id']}:rotate", narrow)
    never(rotated.ok and rotated.get("token"), f"{rotated}")


def asks(world, person, key):
    """A request that takes two people: opening an isolated account."""
    answer = world.verb(world.acme, person, "open", key=key)
    need(answer.status == 202 and "id" in answer.json, f"it waits for a second person: {answer}")
    return answer["id"]


def isolated(world):
    person = world.member()
    ready(world.verb(world.acme, person, "isolate"), "the account is isolated")
    return person


def agrees(world, approval, key, what):
    answer = world.call("POST", f"/v1/approvals/{approval}:approve", key)
    never(answer.ok, f"{what} is the second person: {answer}")
    need(answer.status < 500, f"{answer}")


@attack(15, "a successor of one's own key is the second person")
def _(world):
    person, owner = isolated(world), world.acme.owner
    approval = asks(world, person, owner)
    mine = world.call("GET", "/v1/whoami", owner).get("key_id")
    successor = ready(world.call("POST", f"/v1/keys/{mine}:rotate", owner), "a successor")["token"]
    agrees(world, approval, successor, "one's own successor")


@attack(15, "a successor rotated by the operator is the second person")
def _(world):
    person, owner = isolated(world), world.acme.owner
    approval = asks(world, person, owner)
    mine = world.call("GET", "/v1/whoami", owner).get("key_id")
    rotated = world.operate("POST", f"/v1/keys/{mine}:rotate", tenant=world.acme.id)
    if rotated.ok and rotated.get("token"):
        agrees(world, approval, rotated["token"], "a successor by the operator")


@attack(15, "a second key made by the operator is the second person")
def _(world):
    person = isolated(world)
    approval = asks(world, person, world.acme.owner)
    agrees(world, approval, world.acme.key("owner"), "a second operator-made key")


@attack(15, "a key that one made is the second person")
def _(world):
    person = isolated(world)
    approval = asks(world, person, world.acme.owner)
    agrees(world, approval, world.acme.key("admin", by=world.acme.owner), "one's own creature")


@attack(15, "the key that made one's own is the second person")
def _(world):
    person = isolated(world)
    child = world.acme.key("admin", by=world.acme.owner)
    agrees(world, asks(world, person, child), world.acme.owner, "one's maker")


@attack(15, "a sister by the same maker is the second person")
def _(world):
    person = isolated(world)
    one = world.acme.key("admin", by=world.acme.owner)
    other = world.acme.key("admin", by=world.acme.owner)
    agrees(world, asks(world, person, one), other, "a sister")


@attack(15, "a grandchild by way of a rotated key is the second person")
def _(world):
    person, owner = isolated(world), world.acme.owner
    approval = asks(world, person, owner)
    child = world.acme.key("owner", by=owner)
    its_id = world.call("GET", "/v1/whoami", child).get("key_id")
    rotated = ready(world.call("POST", f"/v1/keys/{its_id}:rotate", child), "a successor")["token"]
    agrees(world, approval, world.acme.key("admin", by=rotated, expires_at=world.stage.stamp(50)),
           "a grandchild")


@attack(15, "the same key agrees with itself")
def _(world):
    person = isolated(world)
    agrees(world, asks(world, person, world.acme.owner), world.acme.owner, "oneself")


@attack(15, "a maker that was revoked no longer counts")
def _(world):
    person, owner = isolated(world), world.acme.owner
    keeper = world.acme.key("owner")
    one = world.acme.key("admin", by=owner)
    other = world.acme.key("admin", by=owner)
    approval = asks(world, person, one)
    maker = world.call("GET", "/v1/whoami", owner).get("key_id")
    need(allowed(world, keeper), "the tenant keeps an owner")
    ready(world.operate("DELETE", f"/v1/keys/{maker}", tenant=world.acme.id), "its maker is revoked")
    agrees(world, approval, other, "a sister whose maker is gone")


@attack(15, "an approval for one request carries another")
def _(world):
    person = isolated(world)
    approval = asks(world, person, world.acme.owner)
    twice = world.verb(world.acme, person, "open", key=world.acme.owner)
    must(twice.status == 202 and twice["id"] == approval, f"the same request has one approval: {twice}")
    other = world.verb(world.acme, person, "open", key=world.acme.owner, reason="something else")
    never(other.status == 200, f"another reason went through: {other}")


@attack(15, "a key with scopes approves beyond them")
def _(world):
    person = isolated(world)
    approval = asks(world, person, world.acme.owner)
    narrow = world.acme.key("admin", ["accounts:read"])
    refused(world.call("POST", f"/v1/approvals/{approval}:approve", narrow), "approving without the scope")


@attack(15, "revoking goes beyond oneself: a narrow key ends the owners' keys")
def _(world):
    narrow = world.acme.key("admin", ["keys:write"])
    keeper = world.acme.key("owner")
    victim = world.call("GET", "/v1/whoami", keeper).get("key_id")
    answer = world.call("DELETE", f"/v1/keys/{victim}", narrow)
    never(answer.ok, f"an admin revoked an owner's key: {answer}")


@attack(15, "memberships widen: an admin key makes itself a privileged member")
def _(world):
    person = world.member()
    admin = world.acme.key("admin")
    for role in ("owner", "privacy_officer"):
        answer = world.call("PUT", f"/v1/memberships/{person.id}", admin, {"role": role})
        never(answer.ok, f"an admin made a member {role}: {answer}")


@attack("Mutants", "one idempotency principal a tenant: another key's answer is replayed")
def _(world):
    one = world.acme.key("admin")
    other = world.acme.key("admin")
    body = {"domain": world.domain}
    ready(world.call("POST", "/v1/domain_claims", one, body, idempotency="k"), "a claim")
    second = world.call("POST", "/v1/domain_claims", other, body, idempotency="k")
    never(second.headers.get("Idempotency-Replayed") == "true", "another key's answer was replayed")
    must(second.code == "domain_claim_exists", f"the second is judged by itself: {second}")


@attack(15, "a key renews itself beyond the end of the key that made it")
def _(world):
    maker = world.acme.key("owner", by=world.acme.owner, expires_at=world.stage.stamp(3))
    made = world.acme.key("admin", by=maker, expires_at=world.stage.stamp(2.9))
    yield 2
    mine = world.call("GET", "/v1/whoami", made).get("key_id")
    renewed = world.call("POST", f"/v1/keys/{mine}:rotate", made)
    yield 2
    need(not world.call("GET", "/v1/whoami", maker).ok, "its maker has ended")
    never(renewed.ok and world.call("GET", "/v1/whoami", renewed["token"]).ok, "it lives on")
