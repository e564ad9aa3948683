-- Reasons that data must stay: matters, whose data they cover, and the walls that keep it.
SET ROLE tenure_owner;

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
  CONSTRAINT holds_state_is_known CHECK (state IN ('active', 'cooling', 'ended')),
  CONSTRAINT holds_cool_before_they_end CHECK ((state = 'active') = (cools_until IS NULL)),
  CONSTRAINT holds_cover_a_span CHECK (from_at < to_at)
);
CALL tenure.isolate('tenure.holds');
GRANT SELECT, INSERT, UPDATE ON tenure.holds TO tenure_app;
-- Most tenants have none, and every disposal asks.
CREATE INDEX holds_in_force ON tenure.holds (tenant_id) WHERE state <> 'ended';

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
CALL tenure.isolate('tenure.hold_custodians');
GRANT SELECT, INSERT, DELETE, UPDATE (cools_until) ON tenure.hold_custodians TO tenure_app;
CREATE INDEX hold_custodians_by_account ON tenure.hold_custodians (tenant_id, account_id);

-- The walls ask as a role of their own, which sees holds in whatever tenant a row belongs to: the
-- owner, or anybody in the wrong context, would see none and pass.
GRANT USAGE ON SCHEMA tenure TO tenure_router;
GRANT EXECUTE ON FUNCTION tenure.current_tenant() TO tenure_router;
GRANT SELECT ON tenure.holds, tenure.hold_custodians TO tenure_router;
CREATE POLICY guarding ON tenure.holds FOR SELECT TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.hold_custodians FOR SELECT TO tenure_router USING (true);

GRANT CREATE ON SCHEMA tenure TO tenure_router;
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
ALTER FUNCTION tenure.held(uuid, uuid[]) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.held(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.held(uuid, uuid[]) TO tenure_app, tenure_owner;
SET ROLE tenure_owner;

CREATE FUNCTION tenure.refuse_held() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'held data stays' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'held_data_stays', SCHEMA = 'tenure';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_held() TO tenure_app;

-- An account is disposed of where its key goes, or it says that it is.
CREATE FUNCTION tenure.keep_held_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT tenure.held(OLD.tenant_id, ARRAY[OLD.account_id])) THEN
    PERFORM tenure.refuse_held();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_held_are_kept BEFORE UPDATE ON tenure.accounts FOR EACH ROW
  WHEN ((OLD.wrapped_key IS NOT NULL AND NEW.wrapped_key IS NULL)
    OR (NEW.status IN ('anonymised', 'erased') AND OLD.status <> NEW.status))
  EXECUTE FUNCTION tenure.keep_held_account();

-- A row leaves where custody moves, or where somebody deletes: with a hold on it, neither.
CREATE FUNCTION tenure.keep_held_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  place record;
BEGIN
  FOR place IN SELECT g.tenant_id, array_agg(g.account_id) AS accounts FROM gone g GROUP BY 1 LOOP
    IF EXISTS (SELECT tenure.held(place.tenant_id, place.accounts)) THEN
      PERFORM tenure.refuse_held();
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_held_stay AFTER DELETE ON tenure.accounts
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_held_rows();

-- A hold goes by cooling only, whoever asks.
CREATE FUNCTION tenure.keep_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_TABLE_NAME = 'hold_custodians' THEN
    IF OLD.cools_until IS NOT NULL THEN RETURN OLD; END IF;
  ELSIF TG_OP = 'UPDATE' AND (NEW.state <> 'ended' OR OLD.state <> 'active') THEN
    RETURN NEW;
  END IF;
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
CREATE TRIGGER holds_cool BEFORE UPDATE OF state OR DELETE ON tenure.holds
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();
CREATE TRIGGER hold_custodians_cool BEFORE DELETE ON tenure.hold_custodians
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();

-- Emptying a table asks no row: it is refused altogether.
CREATE FUNCTION tenure.keep_all() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_are_not_emptied BEFORE TRUNCATE ON tenure.accounts
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER holds_are_not_emptied BEFORE TRUNCATE ON tenure.holds
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER hold_custodians_are_not_emptied BEFORE TRUNCATE ON tenure.hold_custodians
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
