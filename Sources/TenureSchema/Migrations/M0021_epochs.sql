-- Keys move from epoch to epoch, and erasures are written down outside the database.
SET ROLE tenure_owner;

-- The epoch whose key wraps the row's key as well; 0 for none.
ALTER TABLE tenure.accounts ADD COLUMN key_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE tenure.audit_keys ADD COLUMN key_epoch bigint NOT NULL DEFAULT 0;
GRANT UPDATE (key_epoch, wrapped, commitment) ON tenure.audit_keys TO tenure_app;
-- Under another root key.
GRANT UPDATE (root_id, wrapped, commitment) ON tenure.tenant_keys TO tenure_app;

ALTER TABLE tenure.erasures
  DROP COLUMN certificate,
  -- The ledger's line that has it, and the epoch whose end takes the last copies of the key.
  ADD COLUMN ledger_entry bigint,
  ADD COLUMN key_epoch bigint NOT NULL DEFAULT 0,
  -- How many endpoints were told.
  ADD COLUMN recipients bigint NOT NULL DEFAULT 0;
GRANT UPDATE (recorded_at, ledger_entry) ON tenure.erasures TO tenure_app;

-- One row: the oldest epoch in which a key may still be wrapped, and when each one before it ended.
CREATE TABLE tenure_global.key_epochs (
  tenant_id uuid PRIMARY KEY,
  minimum bigint NOT NULL,
  ended_at timestamptz,
  -- Which directory of epochs and erasures belongs to this database; NULL while none does.
  vault_id text
);
INSERT INTO tenure_global.key_epochs VALUES (tenure.platform_tenant(), 0, NULL, NULL);
CALL tenure.isolate_directory('tenure_global.key_epochs');
GRANT SELECT, UPDATE ON tenure_global.key_epochs TO tenure_app;
GRANT SELECT ON tenure_global.key_epochs TO tenure_router;

-- One row: how far the ledger of erasures has been seen, and the hash of its last line then.
CREATE TABLE tenure_global.erasure_ledger (
  tenant_id uuid PRIMARY KEY,
  entries bigint NOT NULL,
  head text NOT NULL
);
INSERT INTO tenure_global.erasure_ledger VALUES (tenure.platform_tenant(), 0, '');
CALL tenure.isolate_directory('tenure_global.erasure_ledger');
GRANT SELECT, UPDATE ON tenure_global.erasure_ledger TO tenure_app;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.oldest_key_epoch() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT minimum FROM tenure_global.key_epochs
$$;
ALTER FUNCTION tenure_global.oldest_key_epoch() OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.oldest_key_epoch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.oldest_key_epoch() TO tenure_app;
SET ROLE tenure_owner;

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
CREATE TRIGGER accounts_have_a_living_epoch AFTER INSERT ON tenure.accounts
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER audit_keys_have_a_living_epoch AFTER INSERT ON tenure.audit_keys
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
