-- What people are told of their accounts besides takeovers, and the evidence that they were.
SET ROLE tenure_owner;

CREATE TABLE tenure.account_notices (
  tenant_id uuid NOT NULL,
  notice_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- The type of the event that tells of it, and what that is about.
  type text NOT NULL,
  subject text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, notice_id)
);
CALL tenure.isolate('tenure.account_notices');
GRANT SELECT, INSERT ON tenure.account_notices TO tenure_app;
CREATE INDEX account_notices_by_account ON tenure.account_notices (tenant_id, account_id, notice_id);

-- Receipts are of one or the other.
ALTER TABLE tenure.receipts
  ALTER COLUMN case_id DROP NOT NULL,
  ADD COLUMN notice_id uuid,
  ADD CONSTRAINT receipts_are_of_a_notice CHECK ((case_id IS NULL) <> (notice_id IS NULL)),
  ADD FOREIGN KEY (tenant_id, notice_id) REFERENCES tenure.account_notices,
  DROP CONSTRAINT receipts_count_once,
  ADD CONSTRAINT receipts_count_once UNIQUE NULLS NOT DISTINCT
    (tenant_id, case_id, notice_id, level, channel, address_hash);
CREATE INDEX receipts_by_notice ON tenure.receipts (tenant_id, notice_id)
  WHERE notice_id IS NOT NULL;

-- Whose notice it is, for the person and the operator.
CREATE TABLE tenure_global.account_notices (
  notice_id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL
);
CREATE INDEX account_notices_by_account ON tenure_global.account_notices (account_id, notice_id);
CALL tenure.isolate_directory('tenure_global.account_notices');
GRANT SELECT, INSERT ON tenure_global.account_notices TO tenure_app;
GRANT SELECT ON tenure_global.account_notices TO tenure_router;

-- The directory follows the notices by itself.
CREATE FUNCTION tenure.list_account_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tenure_global.account_notices (notice_id, account_id, tenant_id)
  SELECT notice_id, account_id, tenant_id FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER account_notices_are_listed AFTER INSERT ON tenure.account_notices
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.list_account_notices();

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.account_notice_tenant(wanted uuid)
RETURNS TABLE (tenant_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.tenant_id, n.account_id FROM tenure_global.account_notices n WHERE n.notice_id = wanted
$$;
CREATE FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint)
RETURNS TABLE (notice_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT n.notice_id, n.tenant_id FROM tenure_global.account_notices n
  WHERE n.account_id = wanted AND n.notice_id > after
  ORDER BY n.notice_id LIMIT most
$$;
ALTER FUNCTION tenure_global.account_notice_tenant(uuid) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.account_notices_of(uuid, uuid, bigint) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.account_notice_tenant(uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.account_notices_of(uuid, uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.account_notice_tenant(uuid) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.account_notices_of(uuid, uuid, bigint) TO tenure_app;
