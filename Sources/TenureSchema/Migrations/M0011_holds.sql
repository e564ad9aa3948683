-- Holds, and what they keep.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.holds (
  tenant_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  -- Matter and reason, sealed under the tenant's key.
  details bytea NOT NULL,
  -- Nobody learns of a secret hold by what is refused to them.
  is_secret boolean NOT NULL,
  -- Covers every account of the tenant, now and later; else those of hold_custodians.
  covers_all boolean NOT NULL,
  -- Narrow the content that is held: empty and NULL for all of it.
  categories text[] NOT NULL,
  from_at timestamptz,
  to_at timestamptz,
  state text NOT NULL,
  -- A released hold keeps its data until then: a release by mistake, or by force, can be seen.
  cools_until timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, hold_id),
  CONSTRAINT holds_cool_before_they_end CHECK ((state = 'active') = (cools_until IS NULL)),
  CONSTRAINT holds_cover_a_span CHECK (from_at < to_at),
  CONSTRAINT holds_state_is_known CHECK (state IN ('active', 'cooling', 'ended'))
);
-- Most tenants have none, and every disposal asks.
CREATE INDEX holds_in_force ON tenure.holds (tenant_id) WHERE state <> 'ended';
CALL tenure.isolate('tenure.holds');
GRANT SELECT, INSERT, UPDATE ON tenure.holds TO tenure_app;
GRANT SELECT ON tenure.holds TO tenure_router;
-- What whoever serves may not do: the restore path ends holds through a function of the router's.
GRANT UPDATE (state, cools_until, updated_at, version) ON tenure.holds TO tenure_router;

CREATE TABLE tenure.hold_custodians (
  tenant_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  account_id uuid NOT NULL,
  added_at timestamptz NOT NULL,
  -- Set when the person was taken off the hold, which cools like the hold itself.
  cools_until timestamptz,
  PRIMARY KEY (tenant_id, hold_id, account_id),
  FOREIGN KEY (tenant_id, hold_id) REFERENCES tenure.holds
);
CREATE INDEX hold_custodians_by_account ON tenure.hold_custodians (tenant_id, account_id);
CALL tenure.isolate('tenure.hold_custodians');
GRANT SELECT, INSERT, DELETE ON tenure.hold_custodians TO tenure_app;
GRANT SELECT, DELETE ON tenure.hold_custodians TO tenure_router;
GRANT UPDATE (cools_until) ON tenure.hold_custodians TO tenure_app;
GRANT UPDATE (cools_until) ON tenure.hold_custodians TO tenure_router;

-- What is held is kept when it is overwritten: keys and sealed values as they were, where whoever
-- serves can neither read nor remove them.
CREATE TABLE tenure.kept_values (
  tenant_id uuid NOT NULL,
  kept_id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Which table the row was of.
  source text NOT NULL,
  -- Whose it was; NULL for a tenant's own key, which opens what is held of everybody.
  account_id uuid,
  -- The whole row as it was before: sealed values as hexadecimal digits.
  was jsonb NOT NULL,
  kept_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, kept_id)
);
CREATE INDEX kept_values_by_account ON tenure.kept_values (tenant_id, account_id);
ALTER TABLE tenure.kept_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.kept_values FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON tenure.kept_values TO tenure_router;

-- Seconds and not days: a day is as long as the session's time zone has it.
CREATE FUNCTION tenure.cooled_from_now() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT tenure.now() + make_interval(secs => 30 * 86400)
$$;
REVOKE EXECUTE ON FUNCTION tenure.cooled_from_now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.cooled_from_now TO tenure_app, tenure_router;

-- What a hold holds, and who knows of it: more may come, nothing goes.
CREATE FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT (new.tenant_id, new.hold_id, new.is_secret, new.created_by, new.created_at)
      IS DISTINCT FROM (old.tenant_id, old.hold_id, old.is_secret, old.created_by, old.created_at)
    OR (old.covers_all AND NOT new.covers_all)
    OR NOT (cardinality(new.categories) = 0
      OR (cardinality(old.categories) > 0 AND new.categories @> old.categories))
    OR NOT (new.from_at IS NULL OR coalesce(new.from_at <= old.from_at, false))
    OR NOT (new.to_at IS NULL OR coalesce(new.to_at >= old.to_at, false))
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_hold_narrower FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_hold_narrower TO tenure_app, tenure_router;

CREATE FUNCTION tenure.keep_custodian() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF current_user = 'tenure_router' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF coalesce(OLD.cools_until > tenure.now(), true) THEN PERFORM tenure.refuse_held(); END IF;
    RETURN OLD;
  END IF;
  IF (NEW.tenant_id, NEW.hold_id, NEW.account_id) IS DISTINCT FROM
    (OLD.tenant_id, OLD.hold_id, OLD.account_id)
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  -- Off the hold: it cools from now on; on it again: it does not cool.
  IF NEW.cools_until IS NOT NULL THEN
    NEW.cools_until := coalesce(OLD.cools_until, tenure.cooled_from_now());
  END IF;
  RETURN NEW;
END $$;

-- A hold goes by cooling only, whoever asks.
CREATE FUNCTION tenure.keep_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.state := 'active';
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF current_user = 'tenure_router' THEN RETURN NEW; END IF;
  IF OLD.state = 'ended' AND (NEW.state <> 'ended' OR NEW.cools_until <> OLD.cools_until)
    OR (OLD.state, NEW.state) = ('active', 'ended')
    OR (OLD.state <> 'ended' AND tenure.is_hold_narrower(OLD, NEW))
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF OLD.state = 'cooling' AND NEW.state <> 'active' THEN
    -- The time that was stamped stays, and only then it ends.
    IF NEW.state = 'ended' AND OLD.cools_until > tenure.now() THEN
      PERFORM tenure.refuse_held();
    END IF;
    NEW.cools_until := OLD.cools_until;
  ELSIF NEW.state = 'cooling' THEN
    NEW.cools_until := tenure.cooled_from_now();
  END IF;
  RETURN NEW;
END $$;

GRANT CREATE ON SCHEMA tenure TO tenure_router;
SET ROLE tenure_router;

-- Ends what holds an account in a database that was restored from before it was erased: it had
-- ended then, or the account would not have been erased. Only the owner may ask, which nobody
-- serves as.
CREATE FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  UPDATE tenure.hold_custodians c SET cools_until = at
  WHERE c.tenant_id = tenant AND c.account_id = account;
  DELETE FROM tenure.hold_custodians c WHERE c.tenant_id = tenant AND c.account_id = account;
  UPDATE tenure.holds h SET state = 'ended', cools_until = at, version = h.version + 1
  WHERE h.tenant_id = tenant AND h.covers_all AND h.state <> 'ended';
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
REVOKE EXECUTE ON FUNCTION tenure.end_restored_holds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.end_restored_holds TO tenure_owner;

-- Forgets what was kept of those whom nothing holds any more, by the database's own clock.
CREATE FUNCTION tenure.forget_kept(tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  count bigint;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  DELETE FROM tenure.kept_values k
  WHERE k.tenant_id = tenant AND CASE
    WHEN k.source IN ('accounts', 'audit_keys', 'personal_records') THEN
      NOT EXISTS (SELECT tenure.held(tenant, ARRAY[k.account_id]))
    WHEN k.source = 'content_items' THEN NOT tenure.holds_content(tenant, k.account_id,
      k.was ->> 'category', (k.was ->> 'created_at')::timestamptz)
    ELSE NOT EXISTS (
      SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended')
    END;
  GET DIAGNOSTICS count = ROW_COUNT;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN count;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.forget_kept FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.forget_kept TO tenure_app;

-- Which of these accounts are held in a tenant, by whatever hold. Volatile: it sees what was
-- committed while its caller waited for a row.
CREATE FUNCTION tenure.held(tenant uuid, accounts uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  IF EXISTS (SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended') THEN
    RETURN QUERY
      SELECT wanted.id FROM unnest(accounts) AS wanted (id)
      WHERE EXISTS (
        SELECT FROM tenure.holds h
        WHERE h.tenant_id = tenant AND h.state <> 'ended' AND (h.covers_all OR EXISTS (
          SELECT FROM tenure.hold_custodians c
          WHERE c.tenant_id = tenant AND c.hold_id = h.hold_id AND c.account_id = wanted.id)));
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
REVOKE EXECUTE ON FUNCTION tenure.held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.held TO tenure_app, tenure_owner;

-- Held content stays: what a hold on its author covers, by category and time.
CREATE FUNCTION tenure.holds_content(
  tenant uuid, account uuid, category text, created timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  answer boolean;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  answer := EXISTS (
    SELECT FROM tenure.holds h
    WHERE h.tenant_id = tenant AND h.state <> 'ended'
      AND (cardinality(h.categories) = 0 OR category = ANY (h.categories))
      AND (h.from_at IS NULL OR created >= h.from_at) AND (h.to_at IS NULL OR created < h.to_at)
      AND (h.covers_all OR EXISTS (
        SELECT FROM tenure.hold_custodians c
        WHERE c.tenant_id = tenant AND c.hold_id = h.hold_id AND c.account_id = account)));
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN answer;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.holds_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.holds_content TO tenure_app, tenure_owner;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;

CREATE POLICY ending ON tenure.holds FOR UPDATE TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.holds FOR SELECT TO tenure_router USING (true);
CREATE POLICY ending ON tenure.hold_custodians FOR UPDATE TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.hold_custodians FOR SELECT TO tenure_router USING (true);
CREATE POLICY leaving ON tenure.hold_custodians FOR DELETE TO tenure_router USING (true);
CREATE POLICY keeping ON tenure.kept_values FOR ALL TO tenure_router USING (true);
CREATE POLICY tenant_guard ON tenure.kept_values AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant()))
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant()));

CREATE TRIGGER holds_are_not_emptied BEFORE TRUNCATE ON tenure.holds
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER holds_cool BEFORE INSERT OR UPDATE OR DELETE ON tenure.holds
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();
CREATE TRIGGER holds_keep_their_values AFTER UPDATE ON tenure.holds
  FOR EACH ROW WHEN (OLD.details <> NEW.details) EXECUTE FUNCTION tenure.keep_tenant_values();
CREATE TRIGGER hold_custodians_are_not_emptied BEFORE TRUNCATE ON tenure.hold_custodians
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER hold_custodians_cool BEFORE INSERT OR UPDATE OR DELETE ON tenure.hold_custodians
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_custodian();
