-- Accounts in the custody of a tenant, and the directory that finds them.
SET ROLE tenure_owner;

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
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT accounts_one_external_id UNIQUE (tenant_id, external_id_hmac),
  CONSTRAINT accounts_status_is_known CHECK (status IN ('active'))
);
CALL tenure.isolate('tenure.accounts');
GRANT SELECT, INSERT, UPDATE ON tenure.accounts TO tenure_app;

-- Account → custodian.
CREATE TABLE tenure_global.accounts (
  account_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL
);
CALL tenure.isolate_directory('tenure_global.accounts');
GRANT SELECT, INSERT ON tenure_global.accounts TO tenure_app;
GRANT SELECT ON tenure_global.accounts TO tenure_router;

-- Keyed HMAC of an address → account. Its key makes an address belong to one account only.
CREATE TABLE tenure_global.addresses (
  address_hmac bytea,
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  domain text NOT NULL,
  is_verified boolean NOT NULL,
  is_primary boolean NOT NULL,
  CONSTRAINT addresses_belong_to_one_account PRIMARY KEY (address_hmac)
);
CREATE INDEX addresses_by_account ON tenure_global.addresses (tenant_id, account_id);
CALL tenure.isolate_directory('tenure_global.addresses');
GRANT SELECT, INSERT, DELETE ON tenure_global.addresses TO tenure_app;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.custodian(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.accounts WHERE account_id = wanted
$$;
ALTER FUNCTION tenure_global.custodian(uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.custodian(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.custodian(uuid) TO tenure_app;
