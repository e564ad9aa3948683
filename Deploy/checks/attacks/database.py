"""The database has the last word, as the application's own role: what SQL alone can't do."""
from attack import attack, must, need, never, ready
from gate import hold

CASES = "tenure.takeover_cases"


def running(world, *addresses):
    """A case whose person was told at an address of their own: the clock runs."""
    person = world.person("Ada", *addresses)
    takeover = world.acme.take(world.claim)
    case = world.told(takeover, person)
    need(takeover.settled(person, "running"), f"the clock runs: {takeover.state(person)}")
    return person, world.uuid(case)


def pending(world):
    """A case whose notice went out, and nothing came back."""
    person = world.person("Ada")
    takeover = world.acme.take(world.claim)
    return person, world.uuid(takeover.case(person)["id"])


def take(world, person, case, taken="now()", cutoff="now()"):
    """The statements that write control by hand: first the account moves to the tenant."""
    return f"""DO $$ DECLARE here uuid := tenure.current_tenant(); row tenure.accounts;
      wide tenure_global.accounts; BEGIN
        PERFORM set_config('tenure.tenant', {world.PLATFORM}::text, true);
        SELECT * INTO row FROM tenure.accounts WHERE account_id = {person.uuid};
        SELECT * INTO wide FROM tenure_global.accounts WHERE account_id = {person.uuid};
        IF row.account_id IS NOT NULL THEN
          DELETE FROM tenure.accounts WHERE account_id = {person.uuid};
          DELETE FROM tenure_global.accounts WHERE account_id = {person.uuid};
          PERFORM set_config('tenure.tenant', here::text, true);
          row.tenant_id := here; wide.tenant_id := here;
          INSERT INTO tenure.accounts SELECT row.*;
          INSERT INTO tenure_global.accounts SELECT wide.*;
        END IF;
        PERFORM set_config('tenure.tenant', here::text, true);
      END $$;
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
        VALUES (tenure.current_tenant(), {person.uuid}, {case}, {taken}, {cutoff})"""


def receipt(world, case, level, channel, received="now()", signature="'\\x00'::bytea"):
    """The statement that writes a receipt by hand, whatever columns there are."""
    return f"""INSERT INTO tenure.receipts SELECT (jsonb_populate_record(NULL::tenure.receipts,
        jsonb_build_object('tenant_id', tenure.current_tenant(), 'receipt_id', gen_random_uuid(),
          'case_id', {case}, 'level', {level}, 'channel', '{channel}', 'kind', '{channel}',
          'address_hash', '\\x00', 'is_outside_domain', true, 'template_hash', '\\x00',
          'delivered_at', {received}, 'received_at', {received}, 'public_key', '\\x00',
          'signature', {signature}, 'outcome', 'arrived', 'arrived', true))).*"""


def controlled(world, person, statements, what):
    error = world.as_service(world.acme, statements)
    never(person.controller(), f"{what}: the database let it in")
    need(error, "the database said something")
    need("syntax error" not in error and "does not exist" not in error, error)


@attack(17, "control with a time a year ahead passes a notice of thirty days")
def _(world):
    person, case = running(world)
    controlled(world, person, take(world, person, case, "now() + interval '1 year'"), "taken_at")


@attack(17, "control with a time long past")
def _(world):
    person, case = running(world)
    controlled(world, person, take(world, person, case, "now() - interval '1 year'"), "taken_at")


@attack(17, "a deadline moved to yesterday carries a control")
def _(world):
    person, case = running(world)
    controlled(world, person, f"""UPDATE {CASES} SET deadline_at = now() - interval '1 day',
        clock_started_at = now() - interval '99 days', notice_at = now() - interval '100 days'
        WHERE case_id = {case};""" + take(world, person, case), "the case's times")


@attack(17, "a notice period shortened to nothing carries a control")
def _(world):
    person, case = running(world)
    controlled(world, person, f"""UPDATE tenure.takeovers SET notice_days = 7,
        no_answer = 'assume_control'; UPDATE {CASES} SET deadline_at = now() WHERE case_id = {case};
        """ + take(world, person, case), "the takeover's terms")


@attack(17, "a receipt of one zero byte, back-dated by a hundred days, carries a control")
def _(world):
    person, case = pending(world)
    controlled(world, person, receipt(world, case, 2, "email", "now() - interval '100 days'") +
               f""";UPDATE {CASES} SET state = 'running', deadline_at = now() - interval '1 day',
               clock_started_at = now() - interval '99 days' WHERE case_id = {case};""" +
               take(world, person, case), "a forged receipt")


for level, channel in ((1, "email"), (2, "sms"), (3, "acknowledge"), (3, "accept")):
    @attack(17, f"a receipt of level {level} ({channel}) written by hand")
    def _(world, level=level, channel=channel):
        _, case = pending(world)
        world.as_service(world.acme, receipt(world, case, level, channel))
        never(world.value(f"SELECT count(*) FROM tenure.receipts WHERE case_id = {case} AND "
                          f"level = {level} AND channel = '{channel}'") != "0",
              "the table of receipts took it")


@attack(17, "a receipt that is there is back-dated")
def _(world):
    _, case = running(world)
    before = world.value(f"SELECT min(received_at) FROM tenure.receipts WHERE case_id = {case}")
    world.as_service(world.acme, f"""UPDATE tenure.receipts
        SET received_at = now() - interval '99 days', delivered_at = now() - interval '99 days'""")
    must(world.value(f"SELECT min(received_at) FROM tenure.receipts WHERE case_id = {case}") == before,
         "the receipt is older now")


@attack(17, "two statements forge an acceptance")
def _(world):
    person, case = pending(world)
    controlled(world, person, f"""UPDATE {CASES} SET state = 'running', answer = 'accept',
        answered_at = now() WHERE case_id = {case};""" + receipt(world, case, 3, "accept") + ";" +
               take(world, person, case), "a forged acceptance")


@attack(17, "an acceptance is forged onto a case that has true receipts")
def _(world):
    person, case = running(world)
    controlled(world, person, f"""UPDATE {CASES} SET answer = 'accept', answered_at = now()
        WHERE case_id = {case};""" + take(world, person, case), "a forged acceptance")


@attack(17, "one person's case carries the control of another")
def _(world):
    person, other = world.person("Ada"), world.person("Bob")
    takeover = world.acme.take(world.claim)
    case = takeover.case(person)["id"]
    ready(world.decide(person, case, "accept"), "Ada accepts")
    need(world.stage.until(person.controller), "Ada is controlled")
    controlled(world, other, take(world, other, world.uuid(case)), "another's case")


@attack(17, "a control is made anew with a cut-off in 1970")
def _(world):
    person = world.member()
    where = f"account_id = {person.uuid}"
    case = world.value(f"SELECT case_id FROM tenure.controls WHERE {where}")
    world.as_service(world.acme, f"DELETE FROM tenure.controls WHERE {where};" +
                     take(world, person, f"'{case}'::uuid", cutoff="'1970-01-01'::timestamptz"))
    world.as_service(world.acme, f"UPDATE tenure.controls SET cutoff_at = '1970-01-01' WHERE {where}")
    never(world.value(f"SELECT count(*) FROM tenure.controls WHERE {where} AND cutoff_at < "
                      "'2020-01-01'") == "1", "private content is the controller's now")


for state in ("effective", "released", "undone"):
    @attack(17, f"a case becomes '{state}' by hand, without anything having arrived")
    def _(world, state=state):
        _, case = pending(world)
        world.as_service(world.acme, f"""UPDATE {CASES} SET state = '{state}',
            outcome = 'block_sign_in', effect_at = now() + interval '1 year' WHERE case_id = {case}""")
        never(world.value(f"SELECT state FROM {CASES} WHERE case_id = {case}") == state
              and state == "effective", "an effect without a receipt")


def held(world, **more):
    person = world.member()
    made = hold(world, person, **more)
    return person, world.uuid(made["id"])


def is_held(world, person):
    return world.value(f"SELECT count(*) FROM tenure.held((SELECT tenant_id FROM tenure.accounts "
                       f"WHERE account_id = {person.uuid}), ARRAY[{person.uuid}])") == "1"


HOLD_TRICKS = {
    "cooled for no time": "UPDATE tenure.holds SET state = 'cooling', cools_until = now() "
                          "WHERE hold_id = {hold}; UPDATE tenure.holds SET state = 'ended' "
                          "WHERE hold_id = {hold}",
    "cooled since long ago": "UPDATE tenure.holds SET state = 'cooling', cools_until = "
                             "now() - interval '1 year' WHERE hold_id = {hold}; "
                             "UPDATE tenure.holds SET state = 'ended' WHERE hold_id = {hold}",
    "ended at once": "UPDATE tenure.holds SET state = 'ended', cools_until = now() "
                     "WHERE hold_id = {hold}",
    "emptied": "DELETE FROM tenure.hold_custodians WHERE hold_id = {hold}",
    "emptied after its custodians cooled for no time":
        "UPDATE tenure.hold_custodians SET cools_until = now() - interval '1 day' WHERE hold_id = "
        "{hold}; DELETE FROM tenure.hold_custodians WHERE hold_id = {hold}",
    "handed to another custodian": "UPDATE tenure.hold_custodians SET account_id = gen_random_uuid()"
                                   " WHERE hold_id = {hold}",
    "moved to another hold": "UPDATE tenure.hold_custodians SET hold_id = gen_random_uuid() "
                             "WHERE hold_id = {hold}",
    "renamed": "UPDATE tenure.holds SET hold_id = gen_random_uuid() WHERE hold_id = {hold}",
    "deleted": "DELETE FROM tenure.holds WHERE hold_id = {hold}",
}
for name, trick in HOLD_TRICKS.items():
    @attack(17, f"a hold is {name} in one transaction")
    def _(world, trick=trick):
        person, number = held(world)
        need(is_held(world, person), "the account is held")
        error = world.as_service(world.acme, trick.format(hold=number))
        need("syntax" not in error and "column" not in error, error)
        must(is_held(world, person), f"the account is free: {error}")
        world.as_service(world.acme, "UPDATE tenure.accounts SET status = 'erased', "
                         f"wrapped_key = NULL, profile = '' WHERE account_id = {person.uuid}")
        must(world.value(f"SELECT status FROM tenure.accounts WHERE account_id = {person.uuid}")
             != "erased", "what was held is erased")


@attack(17, "a hold on everybody covers nobody any more")
def _(world):
    person = world.member()
    ready(world.acme.call("POST", "/v1/holds", {
        "matter": "a suit", "reason": "by the court", "covers_all": True}), "a hold on all")
    need(is_held(world, person), "the account is held")
    world.as_service(world.acme, "UPDATE tenure.holds SET covers_all = false")
    must(is_held(world, person), "the account is free")


@attack(17, "a hold is narrowed to a category or a day of no content")
def _(world):
    person, number = held(world)
    item = ready(world.operate("POST", "/v1/content_items", {"items": [{
        "account_id": person.id, "product": "docs", "kind": "file", "category": "report",
        "external_id": world.label, "visibility": "tenant", "tenant_id": world.acme.id,
        "title": "Third quarter"}]}), "a shared item")["data"][0]
    need(item.get("id"), f"it has an id: {item}")
    for change in ("categories = ARRAY['nothing']", "from_at = now() + interval '99 years'",
                   "to_at = '1970-01-01'"):
        world.as_service(world.acme, f"UPDATE tenure.holds SET {change} WHERE hold_id = {number}")
    world.as_service(world.acme, f"DELETE FROM tenure.content_items WHERE item_id = "
                     f"{world.uuid(item['id'])}")
    must(world.value("SELECT count(*) FROM tenure.content_items WHERE item_id = "
                     f"{world.uuid(item['id'])}") == "1", "held content is deleted")


def anywhere(world, value):
    """In which tables a sealed value still lies."""
    tables, _ = world.sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                          "WHERE schemaname LIKE 'tenure%'")
    return [t for (t,) in tables
            if world.value(f"SELECT count(*) FROM {t} AS r WHERE r::text LIKE '%{value}%'") != "0"]


JUNK = {
    "wrapped_key": "wrapped_key = '\\x00'", "profile": "profile = '\\x00'",
    "key_commitment": "key_commitment = '\\x00'", "profile, emptied": "profile = ''",
    "wrapped_key, and back to another": "wrapped_key = '\\x0102', key_version = 99",
}
for name, change in JUNK.items():
    @attack(17, f"junk over {name} destroys what is held")
    def _(world, name=name, change=change):
        person, _ = held(world)
        column = name.split(",")[0]
        before = world.value(f"SELECT encode({column}, 'hex') FROM tenure.accounts "
                             f"WHERE account_id = {person.uuid}")
        need(before, "there is something to destroy")
        world.as_service(world.acme, f"UPDATE tenure.accounts SET {change} "
                         f"WHERE account_id = {person.uuid}")
        world.as_service(world.acme, f"UPDATE tenure.accounts SET {change} "
                         f"WHERE account_id = {person.uuid}")
        must(anywhere(world, before), f"the {column} of a held account is gone")


OTHER_KEYS = {
    "the key of its log entries": ("audit_keys", "wrapped"),
    "the tenant's own key": ("tenant_keys", "wrapped"),
}
for name, (table, column) in OTHER_KEYS.items():
    for way in ("overwritten", "deleted"):
        @attack(17, f"{name} is {way}, and with it what is held")
        def _(world, table=table, column=column, way=way):
            person, _ = held(world)
            ready(world.verb(world.acme, person, "restrict"), "the tenant's log says something of her")
            where = f"tenant_id = {world.uuid(world.acme.id)}"
            if table == "audit_keys":
                where += f" AND account_id = {person.uuid}"
            rows, _ = world.sql(f"SELECT encode({column}, 'hex') FROM tenure.{table} WHERE {where}")
            need(rows, "there is such a key")
            change = (f"UPDATE tenure.{table} SET {column} = '\\x00' WHERE {where}"
                      if way == "overwritten" else f"DELETE FROM tenure.{table} WHERE {where}")
            for _ in range(2):
                world.as_service(world.acme, change)
            gone = [r[0] for r in rows if not anywhere(world, r[0])]
            if gone:  # Put back, so that the tenant can still be served.
                world.sql(f"UPDATE tenure.{table} SET {column} = '\\x{gone[0]}' WHERE {where}")
            never(gone, "the key is gone")


@attack(17, "a held account is deleted, or moved to another tenant, and there overwritten")
def _(world):
    person, _ = held(world)
    rival = world.tenant("Rival")
    before = world.value(f"SELECT encode(wrapped_key, 'hex') FROM tenure.accounts "
                         f"WHERE account_id = {person.uuid}")
    world.as_service(world.acme, f"DELETE FROM tenure.accounts WHERE account_id = {person.uuid}")
    world.as_service(world.acme, f"UPDATE tenure.accounts SET tenant_id = {world.uuid(rival.id)} "
                     f"WHERE account_id = {person.uuid}")
    world.as_service(rival, f"UPDATE tenure.accounts SET wrapped_key = '\\x00' "
                     f"WHERE account_id = {person.uuid}")
    must(anywhere(world, before), "the key of a held account is gone")


@attack(17, "held content is overwritten with junk")
def _(world):
    person, _ = held(world)
    made = ready(world.operate("POST", "/v1/content_items", {"items": [{
        "account_id": person.id, "product": "docs", "kind": "file", "category": "report",
        "external_id": world.label, "visibility": "tenant", "tenant_id": world.acme.id,
        "title": "Third quarter"}]}), "a shared item")["data"][0]
    where = f"item_id = {world.uuid(made['id'])}"
    before = world.value(f"SELECT encode(details, 'hex') FROM tenure.content_items WHERE {where}")
    for _ in range(2):
        world.as_service(world.acme, f"UPDATE tenure.content_items SET details = '\\x00' WHERE {where}")
    must(anywhere(world, before), "held content is gone")


@attack(10, "an erased account comes back by SQL")
def _(world):
    person = world.person("Ada")
    ready(world.operate("POST", f"/v1/accounts/{person.id}:erase", {"reason": "asked"}), "erasure")
    yield 8
    need(world.stage.until(lambda: person.status() == "erased"), "the account is erased")
    for status in ("active", "blocked", "deactivated", "deleted"):
        world.as_service(None, f"UPDATE tenure.accounts SET status = '{status}' "
                         f"WHERE account_id = {person.uuid}")
        must(person.status() == "erased", f"it is {person.status()}")
    listed = world.operate("GET", "/v1/accounts?limit=200")
    must(listed.ok, f"the operator's list answers: {listed}")


RULE_TRICKS = {
    "a version that deletes it": "is_deleted = true",
    "a version that deletes data": "action = 'delete', period = 'P1D'",
    "a version without a lock": "locked_until = NULL",
    "a version locked until yesterday": "locked_until = now() - interval '1 day'",
    "a version with a shorter period": "period = 'P1D'",
    "a version that means nobody": "account_ids = ARRAY[gen_random_uuid()]",
    "a version that means something else": "applies_to = 'nothing'",
    "a version of long ago": "locked_until = NULL, version = 0, effective_at = '1970-01-01'",
}
for name, change in RULE_TRICKS.items():
    @attack(17, f"a locked rule gets {name} by SQL")
    def _(world, change=change):
        from gate import locked
        rule = locked(world, world.acme)
        where = f"rule_id = {world.uuid(rule['id'])}"
        sets = ", ".join(part.strip() for part in change.split(","))
        rows, _ = world.sql(f"SELECT max(version) FROM tenure.retention_rules WHERE {where}")
        columns = {c.split("=")[0].strip(): c.split("=", 1)[1].strip() for c in change.split(", ")}
        names, _ = world.sql("SELECT column_name FROM information_schema.columns WHERE table_schema = "
                             "'tenure' AND table_name = 'retention_rules' ORDER BY ordinal_position")
        values = [columns.get(n, f"{rows[0][0]} + 1" if n == "version" else n) for (n,) in names]
        world.as_service(world.acme, f"""INSERT INTO tenure.retention_rules SELECT {', '.join(values)}
            FROM tenure.retention_rules WHERE {where} ORDER BY version DESC LIMIT 1""")
        world.as_service(world.acme, f"UPDATE tenure.retention_rules SET {sets} WHERE {where}")
        world.as_service(world.acme, f"DELETE FROM tenure.retention_rules WHERE {where}")
        person = world.member()
        answer = world.verb(world.acme, person, "erase")
        never(answer.ok, f"the rule does not keep any more: {answer}")
        need(answer.status < 500, f"{answer}")


@attack(17, "the log is shortened or rewritten")
def _(world):
    before = world.value("SELECT count(*) FROM tenure.audit_entries")
    need(world.acme.id, "there is a log")
    for statement in ("DELETE FROM tenure.audit_entries", "TRUNCATE tenure.audit_entries",
                      "UPDATE tenure.audit_entries SET actor = 'nobody'"):
        world.as_service(world.acme, statement)
    must(int(world.value("SELECT count(*) FROM tenure.audit_entries")) >= int(before), "shortened")
    must(world.value("SELECT count(*) FROM tenure.audit_entries WHERE actor = 'nobody'") == "0",
         "rewritten")


POWERS = {
    "a superuser": ("ALTER ROLE tenure_app SUPERUSER", "ALTER ROLE tenure_app NOSUPERUSER"),
    "one that may become the owner": ("GRANT tenure_owner TO tenure_app",
                                      "REVOKE tenure_owner FROM tenure_app"),
    "one that may become the router": ("GRANT tenure_router TO tenure_app",
                                       "REVOKE tenure_router FROM tenure_app"),
    "one that row security does not bind": ("ALTER ROLE tenure_app BYPASSRLS",
                                            "ALTER ROLE tenure_app NOBYPASSRLS"),
    "one that may become the owner by way of another": (
        "CREATE ROLE between NOLOGIN; GRANT tenure_owner TO between; GRANT between TO tenure_app",
        "REVOKE between FROM tenure_app; DROP ROLE between"),
    "one that makes roles": ("ALTER ROLE tenure_app CREATEROLE", "ALTER ROLE tenure_app NOCREATEROLE"),
}
for name, (grant, revoke) in POWERS.items():
    @attack(18, f"the service runs on a login that is {name}")
    def _(world, grant=grant, revoke=revoke):
        fit, said = world.stage.starts()
        need(fit, f"it runs on the plain login: {said[-300:]}")
        _, error = world.sql(grant)
        need(not error, error)
        try:
            up, _ = world.stage.starts()
        finally:
            world.sql(revoke)
        never(up, "the service is up")


@attack(18, "the service runs on the superuser that made the database")
def _(world):
    up, _ = world.stage.starts(TENURE_DATABASE_URL=f"{world.stage.database} user=postgres")
    never(up, "the service is up")


for way in ("overwritten", "deleted"):
    for name, table, column in (("what is a held person's own", "personal_records", "record"),
                                ("the platform's key of a held person", "audit_keys", "wrapped")):
        @attack(17, f"{name} is {way}")
        def _(world, way=way, table=table, column=column):
            person = world.person("Ada", attributes={"blood_group": "0"})
            world.controlled(person)
            hold(world, person)
            where = f"account_id = {person.uuid} AND tenant_id = {world.PLATFORM}"
            before = need(world.value(f"SELECT encode({column}, 'hex') FROM tenure.{table} "
                                      f"WHERE {where}"), "there is something to destroy")
            world.sql(f"CREATE TABLE public.kept AS SELECT * FROM tenure.{table} WHERE {where}")
            world.as_service(None, f"UPDATE tenure.{table} SET {column} = '\\x00' WHERE {where}"
                             if way == "overwritten" else f"DELETE FROM tenure.{table} WHERE {where}")
            there = anywhere(world, before)
            if not there:  # Put back, so that the others can still be served.
                world.sql(f"DELETE FROM tenure.{table} WHERE {where}; "
                          f"INSERT INTO tenure.{table} SELECT * FROM public.kept")
            world.sql("DROP TABLE public.kept")
            must(there, f"{table}.{column} is gone")


@attack(17, "an approval is decided by who asked, or by a key that is nobody's")
def _(world):
    from gate import owners
    (_, _, person), (one, _, _) = owners(world, "Ada", "Bob", "Cyd")
    asked = world.verb(world.acme, person, "erase", key=one)
    need(asked.status == 202 and str(asked["id"]).startswith("apr_"), f"it waits: {asked}")
    number = world.uuid(asked["id"])
    for who in ("requested_by", "gen_random_uuid()",
                "(SELECT key_id FROM tenure.keys WHERE holder_id IS NULL LIMIT 1)"):
        world.as_service(world.acme, f"UPDATE tenure.approvals SET state = 'approved', decided_by = "
                         f"{who}, decided_at = now() WHERE approval_id = {number}")
        never(world.value(f"SELECT state FROM tenure.approvals WHERE approval_id = {number}")
              == "approved", f"decided by {who}")


@attack(17, "suspended control is moved to a claim that the tenant holds")
def _(world):
    from lapse import lapsed_after
    other = world.uuid(world.acme.prove(f"{world.label}-other.test")["id"])
    person, _ = yield from lapsed_after(world, lambda *_: None)
    world.as_service(world.acme, f"UPDATE tenure.controls SET claim_id = {other} "
                     f"WHERE account_id = {person.uuid}")
    never(world.value(f"SELECT claim_id = {other} FROM tenure.controls WHERE account_id = "
                      f"{person.uuid}") == "t", "it rests on another claim")
