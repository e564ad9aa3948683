-- Keys of the operator and of tenants, and tokens of people. Only a digest of the secret is held.
SET ROLE tenure_owner;

CREATE TABLE tenure.keys (
  tenant_id uuid NOT NULL REFERENCES tenure.tenants,
  key_id uuid NOT NULL,
  reference text NOT NULL,
  digest bytea NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  -- NULL: all that the role allows.
  scopes text[],
  -- Set for a person's token: the account it speaks for.
  account_id uuid,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- The key that takes this one's place while both live.
  successor_id uuid,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, key_id),
  CONSTRAINT keys_one_reference UNIQUE (tenant_id, reference),
  CONSTRAINT keys_role_is_known CHECK (
    role IN ('operator', 'owner', 'admin', 'helpdesk', 'privacy_officer', 'auditor', 'person')),
  CONSTRAINT keys_of_operators_are_the_platforms CHECK (
    (role IN ('operator', 'person')) = (tenant_id = tenure.platform_tenant())),
  CONSTRAINT keys_of_people_name_them CHECK ((role = 'person') = (account_id IS NOT NULL))
);
CALL tenure.isolate('tenure.keys');
GRANT SELECT, INSERT, UPDATE ON tenure.keys TO tenure_app;

CREATE TABLE tenure_global.keys (
  reference text PRIMARY KEY,
  tenant_id uuid NOT NULL
);
CALL tenure.isolate_directory('tenure_global.keys');
GRANT SELECT, INSERT ON tenure_global.keys TO tenure_app;
GRANT SELECT ON tenure_global.keys TO tenure_router;

-- Whose key a reference names: the one question asked before the tenant is known.
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.key_tenant(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.keys WHERE reference = wanted
$$;
ALTER FUNCTION tenure_global.key_tenant(text) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.key_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.key_tenant(text) TO tenure_app;
