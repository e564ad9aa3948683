-- Verbs that are done to accounts later or in the background, and what is left of those who are gone.
SET ROLE tenure_owner;

ALTER TABLE tenure.tenants
  -- IANA name: where the days of the tenant's calendar begin.
  ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
  -- Days between deleting an account and erasing it.
  ADD COLUMN purge_days bigint NOT NULL DEFAULT 30,
  -- What becomes of shared content when its author is erased.
  ADD COLUMN erased_content text NOT NULL DEFAULT 'keep',
  ADD CONSTRAINT tenants_purge_days_give_time CHECK (purge_days BETWEEN 7 AND 90),
  ADD CONSTRAINT tenants_erased_content_is_known CHECK (erased_content IN ('keep', 'delete'));

ALTER TABLE tenure.accounts
  DROP CONSTRAINT accounts_status_is_known,
  ADD CONSTRAINT accounts_status_is_known CHECK (status IN (
    'active', 'blocked', 'restricted', 'deactivated', 'isolated', 'deleted', 'anonymised',
    'erased')),
  ADD CONSTRAINT accounts_erased_have_no_key CHECK (status <> 'erased' OR wrapped_key IS NULL);

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
  PRIMARY KEY (tenant_id, change_id),
  CONSTRAINT account_changes_state_is_known
    CHECK (state IN ('scheduled', 'done', 'refused', 'cancelled')),
  CONSTRAINT account_changes_end_once
    CHECK ((state = 'scheduled') = (next_at IS NOT NULL) AND (next_at IS NULL) = (ended_at IS NOT NULL))
);
CALL tenure.isolate('tenure.account_changes');
GRANT SELECT, INSERT, UPDATE ON tenure.account_changes TO tenure_app;
CREATE INDEX account_changes_due ON tenure.account_changes (tenant_id, next_at)
  WHERE next_at IS NOT NULL;
CREATE INDEX account_changes_by_account ON tenure.account_changes (tenant_id, account_id);

-- What was erased or anonymised, for the certificate and for the ledger outside the database.
CREATE TABLE tenure.erasures (
  tenant_id uuid NOT NULL,
  erasure_id uuid NOT NULL,
  account_id uuid NOT NULL,
  method text NOT NULL,
  requested_at timestamptz NOT NULL,
  erased_at timestamptz NOT NULL,
  -- When the ledger outside the database had it.
  recorded_at timestamptz,
  -- A note signed by the tenant's audit key.
  certificate text,
  PRIMARY KEY (tenant_id, erasure_id),
  CONSTRAINT erasures_method_is_known CHECK (method IN ('erase', 'anonymise'))
);
CALL tenure.isolate('tenure.erasures');
GRANT SELECT, INSERT, UPDATE (recorded_at, certificate) ON tenure.erasures TO tenure_app;
CREATE INDEX erasures_by_account ON tenure.erasures (tenant_id, account_id);
CREATE INDEX erasures_to_record ON tenure.erasures (tenant_id) WHERE recorded_at IS NULL;

-- Addresses of people who are gone: a keyed hash of another key than the directory's, nobody's id.
-- Products must not take a new holder for the old one: the address rests, and then is announced.
CREATE TABLE tenure_global.resting_addresses (
  address_hmac bytea PRIMARY KEY,
  tenant_id uuid NOT NULL,
  rests_until timestamptz NOT NULL,
  recycled_by uuid
);
CALL tenure.isolate_directory('tenure_global.resting_addresses');
GRANT SELECT, INSERT, DELETE ON tenure_global.resting_addresses TO tenure_app;
GRANT SELECT, INSERT, UPDATE ON tenure_global.resting_addresses TO tenure_router;
GRANT INSERT ON tenure_global.jobs TO tenure_router;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- Lays addresses to rest; the row belongs to the platform, whoever had the account.
CREATE FUNCTION tenure_global.rest_addresses(hmacs bytea[], until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO tenure_global.resting_addresses (address_hmac, tenant_id, rests_until)
  SELECT DISTINCT h, '00000000-0000-7000-8000-000000000001'::uuid, until FROM unnest(hmacs) AS h
  ON CONFLICT (address_hmac) DO UPDATE
  SET rests_until = greatest(excluded.rests_until, resting_addresses.rests_until),
    recycled_by = NULL
$$;
-- Wakes addresses that somebody new registers: refused while they rest, announced afterwards.
CREATE FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  woken bigint;
BEGIN
  IF EXISTS (
    SELECT FROM unnest(hmacs) AS wanted (hmac) CROSS JOIN LATERAL (
      SELECT rests_until FROM tenure_global.resting_addresses r
      WHERE r.address_hmac = wanted.hmac LIMIT 1) AS found
    WHERE found.rests_until > at)
  THEN
    RAISE EXCEPTION 'the address rests' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'addresses_rest_before_reuse', SCHEMA = 'tenure_global';
  END IF;
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
ALTER FUNCTION tenure_global.rest_addresses(bytea[], timestamptz) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.recycle_addresses(bytea[], uuid[], timestamptz) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.rest_addresses(bytea[], timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.recycle_addresses(bytea[], uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.rest_addresses(bytea[], timestamptz) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.recycle_addresses(bytea[], uuid[], timestamptz)
  TO tenure_app;
SET ROLE tenure_owner;

-- What two people must agree on: who asked, for exactly which request, and who agreed.
CREATE TABLE tenure.approvals (
  tenant_id uuid NOT NULL,
  approval_id uuid NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  -- SHA-256 of the request: another one needs another approval.
  fingerprint bytea NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, approval_id),
  CONSTRAINT approvals_state_is_known CHECK (state IN ('pending', 'approved', 'declined', 'used')),
  CONSTRAINT approvals_take_two CHECK (decided_by <> requested_by),
  CONSTRAINT approvals_are_decided_by_somebody
    CHECK ((state = 'pending') = (decided_by IS NULL))
);
CALL tenure.isolate('tenure.approvals');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.approvals TO tenure_app;
CREATE UNIQUE INDEX approvals_one_for_each_request
  ON tenure.approvals (tenant_id, requested_by, fingerprint)
  WHERE state IN ('pending', 'approved');
CREATE INDEX keys_by_account ON tenure.keys (tenant_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX webhook_endpoints_by_account ON tenure.webhook_endpoints (tenant_id, account_id)
  WHERE account_id IS NOT NULL;
