-- Accounts in the custody of a tenant, the directory that finds them, and what is to become of
-- them.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

-- No foreign key to tenants: checking it would lock the one tenant row for every insert.
CREATE TABLE tenure.accounts (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  status text NOT NULL,
  -- HMAC of the operator's own id of the account.
  external_id_hmac bytea,
  -- The account's key under its custodian's; NULL once destroyed.
  key_version bigint NOT NULL,
  wrapped_key bytea,
  key_commitment bytea,
  -- Addresses, display name, locale, external id and attributes, sealed together.
  profile bytea NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- The epoch whose key wraps the row's key as well; 0 for none.
  key_epoch bigint NOT NULL DEFAULT 0,
  -- The version of the tenant's key that wraps the row's.
  parent_version bigint NOT NULL DEFAULT 1,
  -- When the account got its present key, where that is not its first.
  key_made_at timestamptz,
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT accounts_one_external_id UNIQUE (tenant_id, external_id_hmac),
  CONSTRAINT accounts_erased_have_no_key CHECK (status <> 'erased' OR wrapped_key IS NULL),
  CONSTRAINT accounts_status_is_known CHECK (status IN (
    'active', 'blocked', 'restricted', 'deactivated', 'isolated', 'deleted', 'anonymised',
    'erased'))
);
CALL tenure.isolate('tenure.accounts');
-- Custody moves by taking the row out of one tenant and putting it into the other, in one
-- transaction: no statement sees two tenants.
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.accounts TO tenure_app;

-- Account → custodian.
CREATE TABLE tenure_global.accounts (
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'active',
  PRIMARY KEY (account_id)
);
CALL tenure.isolate_directory('tenure_global.accounts');
GRANT SELECT, INSERT, DELETE ON tenure_global.accounts TO tenure_app;
GRANT SELECT ON tenure_global.accounts TO tenure_router;
GRANT UPDATE (status) ON tenure_global.accounts TO tenure_app;

-- Keyed HMAC of an address → account. Its key makes an address belong to one account only.
CREATE TABLE tenure_global.addresses (
  address_hmac bytea NOT NULL,
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  is_verified boolean NOT NULL,
  is_primary boolean NOT NULL,
  -- The name itself first, then those above it down to two labels: only on such can a claim be.
  name_hmacs bytea[] NOT NULL,
  CONSTRAINT addresses_belong_to_one_account PRIMARY KEY (address_hmac),
  CONSTRAINT addresses_lie_on_a_name CHECK (cardinality(name_hmacs) > 0)
);
CREATE INDEX addresses_by_account ON tenure_global.addresses (tenant_id, account_id);
CREATE INDEX addresses_by_name ON tenure_global.addresses ((name_hmacs[1]), account_id);
CREATE INDEX addresses_by_names ON tenure_global.addresses USING gin (name_hmacs);
CALL tenure.isolate_directory('tenure_global.addresses');
GRANT SELECT, INSERT, DELETE ON tenure_global.addresses TO tenure_app;
GRANT SELECT ON tenure_global.addresses TO tenure_router;

-- Addresses that became free: a keyed hash of another key than the directory's.
-- Products must not take a new holder for the old one: the address rests, and then is announced.
CREATE TABLE tenure_global.resting_addresses (
  address_hmac bytea NOT NULL,
  tenant_id uuid NOT NULL,
  rests_until timestamptz NOT NULL,
  recycled_by uuid,
  -- Who had the address, as long as they are there: they may return to it.
  former_id uuid,
  PRIMARY KEY (address_hmac)
);
CREATE INDEX resting_addresses_by_former_holder ON tenure_global.resting_addresses (former_id)
  WHERE former_id IS NOT NULL;
CALL tenure.isolate_directory('tenure_global.resting_addresses');
GRANT SELECT, INSERT, DELETE ON tenure_global.resting_addresses TO tenure_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure_global.resting_addresses TO tenure_router;

CREATE TABLE tenure.personal_records (
  -- The platform's, whoever has custody of the account.
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Addresses and attributes, sealed together under the platform's key of the person.
  record bytea NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT personal_records_lie_with_the_platform
    CHECK (tenant_id = '00000000-0000-7000-8000-000000000001')
);
CALL tenure.isolate('tenure.personal_records');
GRANT SELECT, INSERT, DELETE ON tenure.personal_records TO tenure_app;

CREATE TABLE tenure.account_changes (
  tenant_id uuid NOT NULL,
  change_id uuid NOT NULL,
  account_id uuid NOT NULL,
  verb text NOT NULL,
  -- Sealed under the tenant's key; empty once the change has ended: the audit log has it then.
  reason bytea NOT NULL,
  -- What the account was before, to go back to.
  status_before text NOT NULL,
  state text NOT NULL,
  -- The code of the problem that ended it.
  refusal text,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- When the background looks at it; NULL once it has ended.
  next_at timestamptz,
  version bigint NOT NULL,
  -- While the proof of a name is in doubt, the clocks of what would take from people stand, and go
  -- on afterwards with the time that was left.
  stands_since timestamptz,
  -- The request that asked for it, and the second person who agreed.
  request_id text,
  approved_by text,
  case_id uuid,
  PRIMARY KEY (tenant_id, change_id),
  CONSTRAINT account_changes_end_once
    CHECK ((state = 'scheduled') = (next_at IS NOT NULL) AND (next_at IS NULL) = (ended_at IS NOT NULL)),
  CONSTRAINT account_changes_of_a_case_release CHECK (case_id IS NULL OR verb = 'release'),
  CONSTRAINT account_changes_state_is_known
    CHECK (state IN ('scheduled', 'done', 'refused', 'cancelled'))
);
CREATE INDEX account_changes_by_account ON tenure.account_changes (tenant_id, account_id);
CREATE INDEX account_changes_due ON tenure.account_changes (tenant_id, next_at)
  WHERE next_at IS NOT NULL;
CREATE INDEX account_changes_stand ON tenure.account_changes (tenant_id, account_id)
  WHERE stands_since IS NOT NULL;
CALL tenure.isolate('tenure.account_changes');
GRANT SELECT, INSERT, UPDATE ON tenure.account_changes TO tenure_app;

-- Dates of an account that periods count from, beside its making.
CREATE TABLE tenure.account_dates (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id, name)
);
CREATE INDEX account_dates_by_time ON tenure.account_dates (tenant_id, name, at, account_id);
CALL tenure.isolate('tenure.account_dates');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.account_dates TO tenure_app;

CREATE TABLE tenure.account_notices (
  tenant_id uuid NOT NULL,
  notice_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- The type of the event that tells of it, and what that is about.
  type text NOT NULL,
  subject text NOT NULL,
  at timestamptz NOT NULL,
  reached bytea,
  PRIMARY KEY (tenant_id, notice_id)
);
CREATE INDEX account_notices_by_account ON tenure.account_notices (tenant_id, account_id, notice_id);
CALL tenure.isolate('tenure.account_notices');
GRANT SELECT, INSERT ON tenure.account_notices TO tenure_app;
GRANT SELECT ON tenure.account_notices TO tenure_recorder;

-- Whose notice it is, for the person and the operator.
CREATE TABLE tenure_global.account_notices (
  notice_id uuid NOT NULL,
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (notice_id)
);
CREATE INDEX account_notices_by_account ON tenure_global.account_notices (account_id, notice_id);
CALL tenure.isolate_directory('tenure_global.account_notices');
GRANT SELECT, INSERT ON tenure_global.account_notices TO tenure_app;
GRANT SELECT ON tenure_global.account_notices TO tenure_router;

-- Hashes of 32 bytes that came one after the other.
CREATE FUNCTION tenure.hashes(joined bytea) RETURNS bytea[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT array_agg(substr(joined, place, 32) ORDER BY place)
  FROM generate_series(1, length(joined), 32) AS place
$$;
REVOKE EXECUTE ON FUNCTION tenure.hashes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.hashes TO tenure_app;

-- Emptying a table asks no row: it is refused altogether.
CREATE FUNCTION tenure.keep_all() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;

-- Nothing makes somebody of an account whose key is gone.
CREATE FUNCTION tenure.keep_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'what was erased stays erased' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'erased_is_final', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;

-- An account is disposed of where its key goes, or it says that it is.
CREATE FUNCTION tenure.keep_held_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT tenure.held(OLD.tenant_id, ARRAY[OLD.account_id])) THEN
    PERFORM tenure.refuse_held();
  END IF;
  RETURN NEW;
END $$;

-- The directory follows the notices by itself.
CREATE FUNCTION tenure.list_account_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tenure_global.account_notices (notice_id, account_id, tenant_id)
  SELECT notice_id, account_id, tenant_id FROM fresh;
  RETURN NULL;
END $$;

CREATE FUNCTION tenure.list_status() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  UPDATE tenure_global.accounts SET status = NEW.status
  WHERE account_id = NEW.account_id AND tenant_id = NEW.tenant_id;
  RETURN NULL;
END $$;

CREATE FUNCTION tenure.move_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.status = ANY (CASE OLD.status
    WHEN 'active' THEN ARRAY[
      'blocked', 'restricted', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'blocked' THEN ARRAY[
      'active', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    -- What is restricted is not deleted; a restored database erases whatever was erased since.
    WHEN 'restricted' THEN ARRAY['active', 'deactivated', 'isolated', 'anonymised', 'erased']
    -- Undoing a takeover brings back what it had found.
    WHEN 'deactivated' THEN ARRAY[
      'active', 'blocked', 'restricted', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'isolated' THEN ARRAY['active', 'restricted', 'deleted', 'anonymised', 'erased']
    WHEN 'deleted' THEN ARRAY[
      'active', 'blocked', 'restricted', 'deactivated', 'isolated', 'anonymised', 'erased']
    WHEN 'anonymised' THEN ARRAY['deleted', 'erased']
    ELSE ARRAY[]::text[] END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an account does not become that' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'accounts_move_by_verbs', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;

CREATE FUNCTION tenure.refuse_held() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'held data stays' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'held_data_stays', SCHEMA = 'tenure';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_held TO tenure_app, tenure_router;

-- Who or what a row is of is not rewritten: a hold would lose sight of it.
CREATE FUNCTION tenure.refuse_renaming() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;

-- A process that has not heard of the next epoch must not wrap in one that is about to end: the key
-- would be lost with it.
CREATE FUNCTION tenure.require_key_epoch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM fresh f WHERE f.key_epoch < (SELECT tenure_global.oldest_key_epoch())) THEN
    RAISE EXCEPTION 'the key epoch is over' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'key_epochs_only_grow', SCHEMA = 'tenure';
  END IF;
  RETURN NULL;
END $$;

-- Has the clocks of these accounts stand from now on, or go on.
CREATE FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
  UPDATE tenure.account_changes AS change
  SET stands_since = CASE WHEN stands THEN tenure.now() END,
    effective_at = CASE WHEN stands THEN change.effective_at
      ELSE change.effective_at + (tenure.now() - change.stands_since) END,
    next_at = CASE WHEN stands THEN change.next_at
      ELSE change.next_at + (tenure.now() - change.stands_since) END,
    version = change.version + 1
  FROM unnest(accounts) AS wanted (id)
  WHERE change.tenant_id = tenant AND change.account_id = wanted.id
    AND change.state = 'scheduled' AND (change.stands_since IS NULL) = stands
    AND change.verb IN ('deactivate', 'isolate', 'delete', 'anonymise', 'erase')
$$;
REVOKE EXECUTE ON FUNCTION tenure.stand_still FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.stand_still TO tenure_app;

GRANT CREATE ON SCHEMA tenure, tenure_global TO tenure_router;
SET ROLE tenure_router;

-- Keeps the rows that a statement has changed of held accounts; of an account whose key is gone
-- nothing is kept: no hold kept it any more.
CREATE FUNCTION tenure.keep_account_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT o.tenant_id, array_agg(o.account_id) AS accounts,
      array_agg(o.account_id) FILTER (WHERE n.wrapped_key IS NULL) AS gone
    FROM former o JOIN changed n ON n.tenant_id = o.tenant_id AND n.account_id = o.account_id
    WHERE o.wrapped_key IS NOT NULL
      AND (n.wrapped_key, n.key_commitment, n.profile, n.key_version, n.key_epoch, n.parent_version)
        IS DISTINCT FROM
        (o.wrapped_key, o.key_commitment, o.profile, o.key_version, o.key_epoch, o.parent_version)
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'accounts', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
    IF place.gone IS NOT NULL THEN
      DELETE FROM tenure.kept_values k
      WHERE k.tenant_id = place.tenant_id AND k.account_id = ANY (place.gone);
    END IF;
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_account_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_account_values TO tenure_owner;

-- A row leaves where custody moves, or where somebody deletes: with a hold on it, neither.
CREATE FUNCTION tenure.keep_held_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
  kept uuid[];
BEGIN
  FOR place IN SELECT g.tenant_id, array_agg(g.account_id) AS accounts FROM gone g GROUP BY 1 LOOP
    kept := ARRAY(SELECT tenure.held(place.tenant_id, place.accounts));
    CONTINUE WHEN kept = '{}';
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    IF EXISTS (SELECT FROM unnest(kept) AS held (id) WHERE NOT EXISTS (
      SELECT FROM tenure.controls c WHERE c.tenant_id = place.tenant_id
        AND c.account_id = held.id AND c.suspended_at IS NOT NULL))
    THEN
      PERFORM tenure.refuse_held();
    END IF;
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT g.tenant_id, 'accounts', g.account_id, to_jsonb(g), tenure.now()
    FROM gone g WHERE g.tenant_id = place.tenant_id AND g.account_id = ANY (kept);
    PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  END LOOP;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_held_rows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_held_rows TO tenure_owner;

-- Keeps the platform's rows of people whose account lies elsewhere and is held there, where the
-- hold is: nothing is kept of others, nor of those who were erased.
CREATE FUNCTION tenure.keep_personal_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT g.tenant_id, array_agg(g.account_id) AS accounts
    FROM former o JOIN tenure_global.accounts g ON g.account_id = o.account_id
    WHERE o.tenant_id = tenure.platform_tenant() AND g.tenant_id <> o.tenant_id
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT place.tenant_id, TG_TABLE_NAME, o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = tenure.platform_tenant()
      AND o.account_id IN (SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_personal_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_personal_values TO tenure_owner;

CREATE FUNCTION tenure_global.account_notice_tenant(wanted uuid)
RETURNS TABLE (tenant_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.tenant_id, n.account_id FROM tenure_global.account_notices n WHERE n.notice_id = wanted
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.account_notice_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.account_notice_tenant TO tenure_app;

CREATE FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint)
RETURNS TABLE (notice_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.notice_id, n.tenant_id FROM tenure_global.account_notices n
  WHERE n.account_id = wanted AND n.notice_id > after
  ORDER BY n.notice_id LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.account_notices_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.account_notices_of TO tenure_app;

-- Whose address it is: for whoever is asked, before somebody writes to it, what became of the
-- account.
CREATE FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[])
RETURNS TABLE (place bigint, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT wanted.place, a.account_id
  FROM unnest(hmacs) WITH ORDINALITY AS wanted (hmac, place)
  JOIN tenure_global.addresses a ON a.address_hmac = wanted.hmac
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_of_addresses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_of_addresses TO tenure_app;

CREATE FUNCTION tenure_global.custodian(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.accounts WHERE account_id = wanted
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.custodian FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.custodian TO tenure_app;

-- Those of the accounts whose people are gone: nobody gets a key for them any more.
CREATE FUNCTION tenure_global.gone(accounts uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.account_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.accounts a ON a.account_id = wanted.id
  WHERE a.status IN ('erased', 'anonymised')
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.gone FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.gone TO tenure_app;

-- The owners of a tenant, and of every other one that one of these accounts owns, locked in the
-- order of tenants; and whether each can sign in, wherever the account lies. Which tenants these
-- are stays between the caller and the rule that counts: no answer tells it.
CREATE FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[])
RETURNS TABLE (tenant_id uuid, account_id uuid, signs_in boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
  before text := current_setting('tenure.tenant', true);
  place uuid;
BEGIN
  FOR place IN
    SELECT tenant AS place
    UNION
    SELECT m.tenant_id FROM unnest(accounts) AS wanted (id)
    JOIN tenure_global.members AS m ON m.account_id = wanted.id
    ORDER BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place::text, true);
    CONTINUE WHEN place <> tenant AND NOT EXISTS (
      SELECT FROM tenure.memberships AS o
      WHERE o.tenant_id = place AND o.role = 'owner' AND o.account_id = ANY (accounts));
    PERFORM FROM tenure.memberships AS o
    WHERE o.tenant_id = place AND o.role = 'owner'
    ORDER BY o.account_id
    FOR UPDATE;
    RETURN QUERY
      SELECT o.tenant_id, o.account_id, coalesce(a.status IN ('active', 'restricted'), false)
      FROM tenure.memberships AS o
      LEFT JOIN tenure_global.accounts AS a ON a.account_id = o.account_id
      WHERE o.tenant_id = place AND o.role = 'owner';
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
REVOKE EXECUTE ON FUNCTION tenure_global.owners_beside FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.owners_beside TO tenure_app;

-- Wakes addresses that somebody new registers: refused while they rest, announced afterwards.
CREATE FUNCTION tenure_global.recycle_addresses(
  hmacs bytea[], accounts uuid[], at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  woken bigint;
BEGIN
  IF EXISTS (
    SELECT FROM unnest(hmacs, accounts) AS wanted (hmac, account) CROSS JOIN LATERAL (
      SELECT rests_until, former_id FROM tenure_global.resting_addresses r
      WHERE r.address_hmac = wanted.hmac LIMIT 1) AS found
    WHERE found.rests_until > at AND found.former_id IS DISTINCT FROM wanted.account)
  THEN
    RAISE EXCEPTION 'the address rests' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'addresses_rest_before_reuse', SCHEMA = 'tenure_global';
  END IF;
  -- Who returns is nobody new.
  DELETE FROM tenure_global.resting_addresses r
  USING unnest(hmacs, accounts) AS wanted (hmac, account)
  WHERE r.address_hmac = wanted.hmac AND r.former_id = wanted.account;
  UPDATE tenure_global.resting_addresses r SET recycled_by = wanted.account
  FROM unnest(hmacs, accounts) AS wanted (hmac, account)
  WHERE r.address_hmac = wanted.hmac AND r.recycled_by IS NULL;
  GET DIAGNOSTICS woken = ROW_COUNT;
  IF woken > 0 THEN
    INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
    VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000001',
      'account_change', at)
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(jobs.run_at, excluded.run_at);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tenure_global.recycle_addresses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.recycle_addresses TO tenure_app;

-- Lays addresses to rest; the row belongs to the platform, whoever had the account. `former` is NULL for
-- whoever is gone.
CREATE FUNCTION tenure_global.rest_addresses(hmacs bytea[], former uuid[], until timestamptz)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO tenure_global.resting_addresses (address_hmac, tenant_id, rests_until, former_id)
  SELECT DISTINCT ON (gone.hmac) gone.hmac, '00000000-0000-7000-8000-000000000001'::uuid, until,
    gone.former
  FROM unnest(hmacs, former) AS gone (hmac, former)
  ON CONFLICT (address_hmac) DO UPDATE
  SET rests_until = greatest(excluded.rests_until, resting_addresses.rests_until),
    former_id = excluded.former_id, recycled_by = NULL
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.rest_addresses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.rest_addresses TO tenure_app;

-- Of whoever is gone nothing says what they once gave up.
CREATE FUNCTION tenure_global.forget_former_holders(gone uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE tenure_global.resting_addresses SET former_id = NULL WHERE former_id = ANY (gone)
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.forget_former_holders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.forget_former_holders TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure, tenure_global FROM tenure_router;

CREATE POLICY recording ON tenure.account_notices FOR SELECT TO tenure_recorder USING (true);

CREATE TRIGGER accounts_are_not_emptied BEFORE TRUNCATE ON tenure.accounts
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER accounts_erased_stay BEFORE DELETE ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status = 'erased') EXECUTE FUNCTION tenure.keep_erased();
CREATE TRIGGER accounts_erased_stay_so BEFORE UPDATE ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status = 'erased'
    AND (NEW.status <> 'erased' OR NEW.wrapped_key IS NOT NULL))
  EXECUTE FUNCTION tenure.keep_erased();
CREATE TRIGGER accounts_have_a_living_epoch AFTER INSERT ON tenure.accounts
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER accounts_held_are_kept BEFORE UPDATE ON tenure.accounts FOR EACH ROW
  WHEN ((OLD.wrapped_key IS NOT NULL AND NEW.wrapped_key IS NULL)
    OR (NEW.status IN ('anonymised', 'erased') AND OLD.status <> NEW.status))
  EXECUTE FUNCTION tenure.keep_held_account();
CREATE TRIGGER accounts_held_keep_their_values AFTER UPDATE ON tenure.accounts
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_account_values();
CREATE TRIGGER accounts_held_stay AFTER DELETE ON tenure.accounts
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_held_rows();
CREATE TRIGGER accounts_keep_their_names BEFORE UPDATE OF tenant_id, account_id, created_at
  ON tenure.accounts FOR EACH ROW
  WHEN ((NEW.tenant_id, NEW.account_id, NEW.created_at)
    IS DISTINCT FROM (OLD.tenant_id, OLD.account_id, OLD.created_at))
  EXECUTE FUNCTION tenure.refuse_renaming();
CREATE TRIGGER accounts_list_their_status AFTER UPDATE OF status ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION tenure.list_status();
CREATE TRIGGER accounts_move_by_verbs BEFORE UPDATE OF status ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION tenure.move_account();
CREATE TRIGGER personal_records_held_are_kept AFTER DELETE ON tenure.personal_records
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER account_notices_are_listed AFTER INSERT ON tenure.account_notices
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.list_account_notices();
