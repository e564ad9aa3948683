"""One gate for what can't be undone: every way to it asks the same questions."""
from attack import attack, must, need, never, ready
from world import Takeover

DESTROYING = ["delete", "anonymise", "erase"]
GONE = ("deleted", "anonymised", "erased")


def locked(world, tenant, **more):
    """A rule that keeps everything until 2033, and nobody can take back before."""
    return ready(tenant.call("POST", "/v1/retention_rules", {
        "name": "kept by law", "applies_to": "account", "trigger": "created", "period": "P10Y",
        "action": "retain", "locked_until": "2033-01-01T00:00:00Z"} | more), "a locked rule")


def spared(world, person, answer, what):
    """Whatever was answered, the person is still there once all that is due has run."""
    never(answer.status >= 500, f"{what}: {answer}")
    if answer.status == 200:
        never(person.status() in GONE, f"{what}: {answer}")
    world.stage.until(lambda: person.status() in GONE, 2)
    never(person.status() in GONE, f"{what}: the account is {person.status()}")


def lost(world, person):
    """Whether the account's data can't be read any more. What a secret hold keeps may look gone."""
    rows, _ = world.sql(f"SELECT status, wrapped_key IS NULL, length(profile) FROM tenure.accounts "
                        f"WHERE account_id = {person.uuid}")
    return not rows or rows[0][0] in ("anonymised", "erased") or rows[0][1] == "t" or \
        rows[0][2] == "0"


def hold(world, person, **more):
    return ready(world.acme.call("POST", "/v1/holds", {
        "matter": "a suit", "reason": "by the court", "custodian_ids": [person.id]} | more), "a hold")


for verb in DESTROYING:
    @attack(14, f"a rule locked until 2033 does not stop :{verb}")
    def _(world, verb=verb):
        person = world.member()
        locked(world, world.acme)
        spared(world, person, world.verb(world.acme, person, verb), f":{verb} of what is locked")

    @attack(14, f"a locked rule is gone round with a list of accounts to {verb}")
    def _(world, verb=verb):
        person = world.member()
        locked(world, world.acme)
        path = "/v1/account_changes" + (":erase" if verb != "delete" else "")
        answer = world.acme.call("POST", path, {
            "verb": verb, "account_ids": [person.id], "reason": "an attack"})
        spared(world, person, answer, f"a list to {verb} what is locked")

    @attack(14, f"a locked rule is gone round with a file of rows to {verb}")
    def _(world, verb=verb):
        person = world.member()
        locked(world, world.acme)
        path = "/v1/account_changes:" + ("import_erasures" if verb != "delete" else "import")
        world.file(world.acme, path, {"account_id": person.id, "verb": verb, "reason": "an attack"})
        world.stage.until(lambda: person.status() in GONE, 2)
        never(person.status() in GONE, f"a row to {verb} what is locked: {person.status()}")

    @attack(14, f"a rule locked after a scheduled :{verb} does not stop it")
    def _(world, verb=verb):
        person = world.member()
        world.verb(world.acme, person, verb, effective_at=world.stage.stamp(2))
        locked(world, world.acme)
        yield 3
        never(person.status() in GONE, f"a scheduled :{verb} ran against a lock made meanwhile")

    @attack(14, f"a hold placed after a scheduled :{verb} does not stop it")
    def _(world, verb=verb):
        person = world.member()
        world.verb(world.acme, person, verb, effective_at=world.stage.stamp(2))
        hold(world, person, secret=True)
        yield 3
        never(lost(world, person), f"a scheduled :{verb} ran against a hold made meanwhile")

    @attack(14, f"an open request of the person does not stop :{verb}")
    def _(world, verb=verb):
        person = world.member()
        ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "access"}), "a request")
        spared(world, person, world.verb(world.acme, person, verb), f":{verb} before the answer")

    @attack(14, f"the sole owner of another tenant is taken over, and then goes by :{verb}")
    def _(world, verb=verb):
        person = world.person("Ada")
        other = world.tenant("Other")
        ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "owner"},
                            tenant=other.id), "Ada owns another tenant")
        started = world.acme.start(world.claim)
        if not started.ok:  # Nobody is left to take over: she is spared from the beginning.
            return
        takeover = Takeover(world.acme, started.json)
        case = takeover.case(person)
        if case["state"] == "blocked":
            return
        world.decide(person, case["id"], "accept")
        if not world.stage.until(person.controller, 4):
            return
        spared(world, person, world.verb(world.acme, person, verb),
               f":{verb} of another tenant's last owner")


@attack(14, "what was deleted before a lock is purged behind it")
def _(world):
    person = world.member()
    ready(world.verb(world.acme, person, "delete"), "the account is deleted")
    world.stage.until(lambda: person.status() == "deleted", 5)
    need(person.status() == "deleted", f"the account is deleted, not {person.status()}")
    locked(world, world.acme)
    yield 31
    never(person.status() == "erased", "the purge took what a rule keeps until 2033")


@attack(14, "an erasure that waits under a secret hold can't be taken back")
def _(world):
    person = world.member()
    hold(world, person, secret=True)
    answer = world.verb(world.acme, person, "erase")
    never(answer.status >= 500, f"the erasure broke: {answer}")
    change = next((c for c in world.stage.pages(
        f"/v1/account_changes?account_id={person.id}&state=scheduled", world.acme.owner)), None)
    if change is None:
        must(person.status() not in GONE, "what is held was erased")
        return
    cancelled = world.acme.call("POST", f"/v1/account_changes/{change['id']}:cancel")
    must(cancelled.ok, f"what waits for a hold can't be cancelled: {cancelled}")


@attack(14, "a secret hold shows itself: what waits for it looks unlike what waits otherwise")
def _(world):
    held, free = world.person("Ada"), world.person("Bob")
    world.controlled(held, free)
    hold(world, held, secret=True)
    helpdesk = world.acme.key("privacy_officer", scopes=["accounts:erase", "accounts:read"])
    one = world.verb(world.acme, held, "erase", key=helpdesk)
    other = world.verb(world.acme, free, "erase", key=helpdesk)

    def shape(answer):
        body = dict(answer.json or {})
        return answer.status, answer.code, sorted(body), body.get("state"), body.get("action")
    never(shape(one) != shape(other), f"held {one} / free {other}")
    never("held" in one.text, f"the answer says it: {one}")


@attack(14, "a dry run tells a secret hold apart")
def _(world):
    held, free = world.person("Ada"), world.person("Bob")
    world.controlled(held, free)
    hold(world, held, secret=True)
    for verb in DESTROYING:
        path = f"/v1/accounts/%s:{verb}?dry_run=true"
        one, other = (world.acme.call("POST", path % p.id, {"reason": "to see"})
                      for p in (held, free))
        never(one.status != other.status or one.code != other.code,
              f"a dry run of :{verb}: held {one} / free {other}")


@attack(14, "an isolated account is opened by one person")
def _(world):
    person = world.member()
    ready(world.verb(world.acme, person, "isolate"), "the account is isolated")
    answer = world.verb(world.acme, person, "open")
    never(answer.status == 200, f"one key opened it: {answer}")


@attack(14, "a retention run disposes of what a locked rule keeps")
def _(world):
    person = world.member()
    locked(world, world.acme)
    ready(world.acme.call("POST", "/v1/retention_rules", {
        "name": "soon", "applies_to": "account", "account_ids": [person.id], "trigger": "created",
        "period": "P1D", "action": "delete"}), "a rule that deletes soon")
    yield 3
    run = world.acme.call("POST", "/v1/retention_runs", {})
    world.stage.until(lambda: person.status() in GONE, 3)
    never(person.status() in GONE, f"the run disposed of it: {run}")


@attack(14, "a locked rule is weakened or deleted before its day")
def _(world):
    rule = locked(world, world.acme)
    tag = rule.headers.get("ETag", '"1"')
    deleted = world.acme.call("DELETE", f"/v1/retention_rules/{rule['id']}", headers={"If-Match": tag})
    never(deleted.status in (200, 204), f"it was deleted: {deleted}")
    weaker = {"name": "kept", "applies_to": "account", "trigger": "created", "period": "P1D",
              "action": "delete", "locked_until": None}
    put = world.acme.call("PUT", f"/v1/retention_rules/{rule['id']}", weaker, headers={"If-Match": tag})
    never(put.ok and put.status != 202, f"it was weakened: {put}")


@attack(14, "a granted request for erasure goes round a locked rule")
def _(world):
    person = world.member()
    locked(world, world.acme)
    made = ready(world.call("POST", "/v1/me/requests", person.token(), {"type": "erasure"}),
                 "a request for erasure")
    world.acme.call("POST", f"/v1/requests/{made['id']}:fulfil")
    world.stage.until(lambda: person.status() in GONE, 3)
    never(person.status() == "erased", "the request erased what a rule keeps until 2033")


@attack(14, "a request that the controller enters itself erases without a second person or a person's word")
def _(world):
    person = world.member()
    locked(world, world.acme)
    made = world.acme.call("POST", "/v1/requests", {"account_id": person.id, "type": "erasure"})
    if made.ok:
        world.acme.call("POST", f"/v1/requests/{made['id']}:fulfil")
    world.stage.until(lambda: person.status() in GONE, 3)
    never(person.status() == "erased", "the controller's own request erased what is locked")


@attack(14, "the release of an account goes round its hold")
def _(world):
    person = world.member()
    hold(world, person)
    answer = world.verb(world.acme, person, "release")
    world.stage.until(lambda: not person.controller(), 2)
    held, _ = world.sql("SELECT count(*) FROM tenure.holds h JOIN tenure.hold_custodians c USING "
                        f"(tenant_id, hold_id) WHERE c.account_id = {person.uuid}")
    must(person.controller() or not answer.ok, f"what is held was given away: {answer} {held}")


@attack(14, "the last owner of a tenant goes")
def _(world):
    person = world.member()
    ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "owner"},
                        tenant=world.acme.id), "Ada is Acme's only owning member")
    for verb in DESTROYING + ["isolate", "deactivate"]:
        answer = world.verb(world.acme, person, verb)
        never(person.status() != "active", f":{verb} of the last owner: {answer}")


@attack(14, "a date that is told anew lets go of what is locked")
def _(world):
    person = world.member()
    ready(world.acme.call("PUT", f"/v1/accounts/{person.id}/dates", {"dates": {"left_on": "2026-01-31"}}),
          "the date")
    locked(world, world.acme, trigger="left_on")
    for day in ("1990-01-31", None):
        world.acme.call("PUT", f"/v1/accounts/{person.id}/dates", {"dates": {"left_on": day}})
        spared(world, person, world.verb(world.acme, person, "erase"), f"left_on is {day}: :erase")


@attack(14, "a change that waits is approved, and then done against a lock made meanwhile")
def _(world):
    person = world.member()
    other = world.acme.key("privacy_officer")
    answer = world.verb(world.acme, person, "erase")
    locked(world, world.acme)
    if answer.status == 202 and str(answer.get("id", "")).startswith("apr_"):
        world.call("POST", f"/v1/approvals/{answer['id']}:approve", other)
        world.verb(world.acme, person, "erase")
    yield 9
    never(lost(world, person), "it was erased")


@attack(14, "content that a hold keeps is removed by its product, or handed away")
def _(world):
    person = world.member()
    made = ready(world.operate("POST", "/v1/content_items", {"items": [{
        "account_id": person.id, "product": "docs", "kind": "file", "category": "report",
        "external_id": world.label, "visibility": "tenant", "tenant_id": world.acme.id,
        "title": "Third quarter"}]}), "a shared item")["data"][0]
    hold(world, person)
    world.operate("POST", "/v1/content_items:remove", {"items": [{
        "account_id": person.id, "product": "docs", "external_id": world.label}]})
    yield 32
    must(world.value("SELECT count(*) FROM tenure.content_items WHERE item_id = "
                     f"{world.uuid(made['id'])}") == "1", "held content is gone")


@attack(14, "two people are one: the same owner's two keys decide an erasure")
def _(world):
    person = world.member()
    second = world.acme.key("owner")
    first = world.verb(world.acme, person, "erase")
    approval = str(first.get("id", "")) if first.status == 202 else ""
    if approval.startswith("apr_"):
        answer = world.call("POST", f"/v1/approvals/{approval}:approve", second)
        never(answer.ok, f"two operator-made keys are two people: {answer}")


# Two people who can agree


def owners(world, *names):
    """People of Acme whose accounts it controls, each with an owner's key of their own."""
    people, keys = [world.person(name) for name in names], []
    world.controlled(*people)
    for person in people:
        ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "owner"},
                            tenant=world.acme.id), "an owner")
        offer = ready(world.acme.call("POST", "/v1/keys", {
            "name": "theirs", "role": "owner", "account_id": person.id,
            "expires_at": world.stage.stamp(60)}), "an offer")["token"]
        keys.append(ready(world.call("POST", "/v1/me/keys:collect", person.token(),
                                     {"token": offer}), "it is taken up")["token"])
    return people, keys


def opened(world):
    """One of two people has opened an isolated account; how they asked, and the answer."""
    (_, _, person), (one, two, _) = owners(world, "Ada", "Bob", "Cyd")
    ready(world.verb(world.acme, person, "isolate", key=one), "Cyd's account is isolated")

    def ask():
        return world.call("POST", f"/v1/accounts/{person.id}:open", one, {"reason": "a court asks"},
                          idempotency=f"open-{world.label}")
    asked = world.verb(world.acme, person, "open", key=one, reason="a court asks")
    need(asked.status == 202, f"it waits for a second person: {asked}")
    ready(world.call("POST", f"/v1/approvals/{asked['id']}:approve", two), "the second agrees")
    need("Cyd" in ready(ask(), "it is opened").text, "it shows the person")
    return one, ask


@attack(14, "an isolated account is read again by repeating the request, and the log says nothing")
def _(world):
    one, ask = opened(world)

    def entries():
        return len(world.stage.pages("/v1/audit_entries?action=account.opened", one))
    before = entries()
    again = ask()
    must("Cyd" not in again.text or entries() > before, f"{again}")


@attack(14, "an isolated account is opened for an hour, and read for a day")
def _(world):
    _, ask = opened(world)
    yield 0.5
    again = ask()
    never("Cyd" in again.text, f"{again}")


@attack(14, "one of two people destroys by a rule and a run")
def _(world):
    (_, _, person), (one, _, _) = owners(world, "Ada", "Bob", "Cyd")
    for action in ("delete", "anonymise"):
        made = world.call("POST", "/v1/retention_rules", one, {
            "name": "soon", "applies_to": "account", "account_ids": [person.id],
            "trigger": "created", "period": "P1D", "action": action})
        never(made.status == 201, f"{action}: {made}")
    yield 2
    world.call("POST", "/v1/retention_runs", one, {})
    world.stage.until(lambda: person.status() in GONE, 3)
    never(person.status() in GONE, f"she is {person.status()}")


@attack(14, "one of two people makes a rule that disposes wider")
def _(world):
    _, (one, two, _) = owners(world, "Ada", "Bob", "Cyd")
    body = {"name": "late", "applies_to": "account", "trigger": "created", "period": "P50Y",
            "action": "delete"}
    asked = world.call("POST", "/v1/retention_rules", one, body)
    need(asked.status == 202, f"it waits for a second person: {asked}")
    ready(world.call("POST", f"/v1/approvals/{asked['id']}:approve", two), "the second agrees")
    rule = ready(world.call("POST", "/v1/retention_rules", one, body), "the rule")
    for change in ({"period": "P1D"}, {"trigger": "left_on"}, {"applies_to": "any"}):
        put = world.call("PUT", f"/v1/retention_rules/{rule['id']}", one, body | change,
                         headers={"If-Match": rule.headers.get("ETag", '"1"')})
        never(put.status in (200, 201), f"{change}: {put}")


for secret in (False, True):
    @attack(14, f"a {'secret ' if secret else ''}hold of an organisation where somebody is a guest "
                "keeps them from leaving another")
    def _(world, secret=secret):
        rival, person = world.tenant("Rival"), world.person("Ada")
        ready(world.operate("PUT", f"/v1/memberships/{person.id}", {"role": "member"},
                            tenant=rival.id), "a guest")
        ready(rival.call("POST", "/v1/holds", {
            "matter": "a suit", "reason": "by the court", "secret": secret,
            "custodian_ids": [person.id]}), "a hold")
        takeover = world.acme.take(world.claim)
        answer = world.decide(person, takeover.case(person)["id"], "detach", {})
        must(answer.ok and takeover.settled(person, "effective", seconds=3),
             f"{answer} {takeover.state(person)}")
