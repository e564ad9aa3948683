-- An address rests however it became free: after an erasure as before, and now also where its holder
-- gives it up or has it taken off. Who had it may have it again at once.
SET ROLE tenure_owner;
ALTER TABLE tenure_global.resting_addresses ADD COLUMN former_id uuid;
COMMENT ON COLUMN tenure_global.resting_addresses.former_id IS
  'Who had the address, as long as they are there: they may return to it.';
GRANT DELETE ON tenure_global.resting_addresses TO tenure_router;
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

CREATE OR REPLACE FUNCTION tenure_global.recycle_addresses(
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

DROP FUNCTION tenure_global.rest_addresses(bytea[], timestamptz);
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
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
CREATE INDEX resting_addresses_by_former_holder ON tenure_global.resting_addresses (former_id)
  WHERE former_id IS NOT NULL;
