-- Organisations, their keys (wrapped), and who holds a role in them.
SET ROLE tenure_owner;

CREATE TABLE tenure.tenants (
  tenant_id uuid PRIMARY KEY,
  name text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  CONSTRAINT tenants_state_is_known CHECK (state IN ('active', 'suspended')),
  CONSTRAINT tenants_name_is_short CHECK (length(name) BETWEEN 1 AND 200)
);
ALTER TABLE tenure.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants FORCE ROW LEVEL SECURITY;
-- The platform sees the register of tenants; a tenant sees itself.
CREATE POLICY tenant_isolation ON tenure.tenants FOR ALL TO tenure_app
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
CREATE POLICY tenant_guard ON tenure.tenants AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
GRANT SELECT, INSERT, UPDATE ON tenure.tenants TO tenure_app;

CREATE TABLE tenure.tenant_keys (
  tenant_id uuid NOT NULL REFERENCES tenure.tenants,
  version bigint NOT NULL,
  root_id text NOT NULL,
  wrapped bytea NOT NULL,
  commitment bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, version)
);
CALL tenure.isolate('tenure.tenant_keys');
GRANT SELECT, INSERT ON tenure.tenant_keys TO tenure_app;

-- The account may be in anybody's custody: no foreign key reaches across tenants.
CREATE TABLE tenure.memberships (
  tenant_id uuid NOT NULL REFERENCES tenure.tenants,
  account_id uuid NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT memberships_role_is_known
    CHECK (role IN ('member', 'owner', 'admin', 'helpdesk', 'privacy_officer', 'auditor'))
);
CALL tenure.isolate('tenure.memberships');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.memberships TO tenure_app;
