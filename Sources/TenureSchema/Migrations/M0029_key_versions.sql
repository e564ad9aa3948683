-- Tenants' keys have versions: what is written is under the newest, what was written before opens
-- with the one it was written under.
SET ROLE tenure_owner;

ALTER TABLE tenure.tenant_keys
  -- From when on it is written with: by then every process has read it.
  ADD COLUMN usable_at timestamptz;
-- Those there are, all tenants at once: row-level security is lifted for its owner meanwhile.
ALTER TABLE tenure.tenant_keys NO FORCE ROW LEVEL SECURITY;
UPDATE tenure.tenant_keys SET usable_at = created_at;
ALTER TABLE tenure.tenant_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenant_keys ALTER COLUMN usable_at SET NOT NULL;

-- The version of the tenant's key that wraps the row's.
ALTER TABLE tenure.accounts
  ADD COLUMN parent_version bigint NOT NULL DEFAULT 1,
  -- When the account got its present key, where that is not its first.
  ADD COLUMN key_made_at timestamptz;
ALTER TABLE tenure.audit_keys ADD COLUMN parent_version bigint NOT NULL DEFAULT 1;
GRANT UPDATE (parent_version) ON tenure.audit_keys TO tenure_app;
