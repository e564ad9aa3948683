CREATE SCHEMA tenure;
ALTER SCHEMA tenure OWNER TO tenure_owner;
CREATE SCHEMA tenure_global;
ALTER SCHEMA tenure_global OWNER TO tenure_owner;
CREATE FUNCTION tenure.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (current_setting('tenure.tenant'::text))::uuid;
ALTER FUNCTION tenure.current_tenant() OWNER TO tenure_owner;
CREATE PROCEDURE tenure.isolate(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s FOR ALL TO tenure_app
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
  EXECUTE format(
    'CREATE POLICY tenant_guard ON %s AS RESTRICTIVE FOR ALL TO PUBLIC
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
END $$;
ALTER PROCEDURE tenure.isolate(IN target regclass) OWNER TO tenure_owner;
CREATE PROCEDURE tenure.isolate_directory(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s FOR ALL TO tenure_app
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
  EXECUTE format('CREATE POLICY routing ON %s FOR ALL TO tenure_router USING (true)', target);
END $$;
ALTER PROCEDURE tenure.isolate_directory(IN target regclass) OWNER TO tenure_owner;
CREATE FUNCTION tenure.platform_tenant() RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT '00000000-0000-7000-8000-000000000001'::uuid
$$;
ALTER FUNCTION tenure.platform_tenant() OWNER TO tenure_owner;
CREATE FUNCTION tenure_global.custodian(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.accounts WHERE account_id = wanted
$$;
ALTER FUNCTION tenure_global.custodian(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.key_tenant(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.keys WHERE reference = wanted
$$;
ALTER FUNCTION tenure_global.key_tenant(wanted text) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) RETURNS TABLE(job_id uuid, tenant_id uuid, kind text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  UPDATE tenure_global.jobs AS job
  SET lease_until = at + make_interval(secs => lease_seconds)
  WHERE job.job_id = (
    SELECT waiting.job_id FROM tenure_global.jobs AS waiting
    WHERE waiting.run_at <= at AND (waiting.lease_until IS NULL OR waiting.lease_until < at)
    ORDER BY waiting.run_at
    FOR UPDATE SKIP LOCKED
    LIMIT 1)
  RETURNING job.job_id, job.tenant_id, job.kind
$$;
ALTER FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) OWNER TO tenure_router;
CREATE TABLE tenure.accounts (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    status text NOT NULL,
    external_id_hmac bytea,
    key_version bigint NOT NULL,
    wrapped_key bytea,
    key_commitment bytea,
    profile bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT accounts_status_is_known CHECK ((status = 'active'::text))
);
ALTER TABLE ONLY tenure.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.accounts OWNER TO tenure_owner;
CREATE TABLE tenure.audit_entries (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    subject_id uuid,
    request_id text NOT NULL,
    details bytea
);
ALTER TABLE ONLY tenure.audit_entries FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_entries OWNER TO tenure_owner;
CREATE TABLE tenure.audit_keys (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    version bigint NOT NULL,
    wrapped bytea NOT NULL,
    commitment bytea NOT NULL
);
ALTER TABLE ONLY tenure.audit_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_keys OWNER TO tenure_owner;
CREATE TABLE tenure.idempotency_keys (
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    status bigint NOT NULL,
    response bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.idempotency_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.idempotency_keys OWNER TO tenure_owner;
CREATE TABLE tenure.import_chunks (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    chunk bigint NOT NULL,
    first_row bigint NOT NULL,
    rows bigint NOT NULL,
    payload bytea,
    results bytea
);
ALTER TABLE ONLY tenure.import_chunks FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks OWNER TO tenure_owner;
CREATE TABLE tenure.keys (
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    reference text NOT NULL,
    digest bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    scopes text[],
    account_id uuid,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    successor_id uuid,
    version bigint NOT NULL,
    CONSTRAINT keys_of_operators_are_the_platforms CHECK (((role = ANY (ARRAY['operator'::text, 'person'::text])) = (tenant_id = tenure.platform_tenant()))),
    CONSTRAINT keys_of_people_name_them CHECK (((role = 'person'::text) = (account_id IS NOT NULL))),
    CONSTRAINT keys_role_is_known CHECK ((role = ANY (ARRAY['operator'::text, 'owner'::text, 'admin'::text, 'helpdesk'::text, 'privacy_officer'::text, 'auditor'::text, 'person'::text])))
);
ALTER TABLE ONLY tenure.keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.keys OWNER TO tenure_owner;
CREATE TABLE tenure.memberships (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT memberships_role_is_known CHECK ((role = ANY (ARRAY['member'::text, 'owner'::text, 'admin'::text, 'helpdesk'::text, 'privacy_officer'::text, 'auditor'::text])))
);
ALTER TABLE ONLY tenure.memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.memberships OWNER TO tenure_owner;
CREATE TABLE tenure.operations (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    done bigint NOT NULL,
    total bigint,
    failed bigint NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT operations_state_is_known CHECK ((state = ANY (ARRAY['receiving'::text, 'running'::text, 'succeeded'::text, 'cancelled'::text, 'failed'::text])))
);
ALTER TABLE ONLY tenure.operations FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.operations OWNER TO tenure_owner;
CREATE TABLE tenure.tenant_keys (
    tenant_id uuid NOT NULL,
    version bigint NOT NULL,
    root_id text NOT NULL,
    wrapped bytea NOT NULL,
    commitment bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.tenant_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenant_keys OWNER TO tenure_owner;
CREATE TABLE tenure.tenants (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT tenants_name_is_short CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT tenants_state_is_known CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text])))
);
ALTER TABLE ONLY tenure.tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants OWNER TO tenure_owner;
CREATE TABLE tenure_global.accounts (
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.accounts OWNER TO tenure_owner;
CREATE TABLE tenure_global.addresses (
    address_hmac bytea NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    domain text NOT NULL,
    is_verified boolean NOT NULL,
    is_primary boolean NOT NULL
);
ALTER TABLE ONLY tenure_global.addresses FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.addresses OWNER TO tenure_owner;
CREATE TABLE tenure_global.jobs (
    job_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    run_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone
);
ALTER TABLE ONLY tenure_global.jobs FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.jobs OWNER TO tenure_owner;
CREATE TABLE tenure_global.keys (
    reference text NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.keys OWNER TO tenure_owner;
ALTER TABLE ONLY tenure.accounts
    ADD CONSTRAINT accounts_one_external_id UNIQUE (tenant_id, external_id_hmac);
ALTER TABLE ONLY tenure.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, entry_id);
ALTER TABLE ONLY tenure.audit_keys
    ADD CONSTRAINT audit_keys_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.idempotency_keys
    ADD CONSTRAINT idempotency_keys_are_used_once PRIMARY KEY (tenant_id, principal_id, key_digest);
ALTER TABLE ONLY tenure.import_chunks
    ADD CONSTRAINT import_chunks_pkey PRIMARY KEY (tenant_id, operation_id, chunk);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_one_reference UNIQUE (tenant_id, reference);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (tenant_id, key_id);
ALTER TABLE ONLY tenure.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (tenant_id, operation_id);
ALTER TABLE ONLY tenure.tenant_keys
    ADD CONSTRAINT tenant_keys_pkey PRIMARY KEY (tenant_id, version);
ALTER TABLE ONLY tenure.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure_global.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY tenure_global.addresses
    ADD CONSTRAINT addresses_belong_to_one_account PRIMARY KEY (address_hmac);
ALTER TABLE ONLY tenure_global.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY tenure_global.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (reference);
CREATE INDEX idempotency_keys_by_age ON tenure.idempotency_keys USING btree (tenant_id, created_at);
CREATE INDEX addresses_by_account ON tenure_global.addresses USING btree (tenant_id, account_id);
CREATE INDEX jobs_by_time ON tenure_global.jobs USING btree (run_at);
ALTER TABLE ONLY tenure.import_chunks
    ADD CONSTRAINT import_chunks_tenant_id_operation_id_fkey FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations(tenant_id, operation_id);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.memberships
    ADD CONSTRAINT memberships_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.tenant_keys
    ADD CONSTRAINT tenant_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE tenure.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.operations ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_guard ON tenure.accounts AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_entries AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.idempotency_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.import_chunks AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.memberships AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.operations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenant_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenants AS RESTRICTIVE USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_isolation ON tenure.accounts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_entries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.idempotency_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.import_chunks TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.memberships TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.operations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenant_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenants TO tenure_app USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
ALTER TABLE tenure.tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY routing ON tenure_global.accounts TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.addresses TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.jobs TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.keys TO tenure_router USING (true);
CREATE POLICY tenant_isolation ON tenure_global.accounts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.addresses TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.jobs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
GRANT USAGE ON SCHEMA tenure TO tenure_app;
GRANT USAGE ON SCHEMA tenure_global TO tenure_app;
GRANT USAGE ON SCHEMA tenure_global TO tenure_router;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_app;
REVOKE ALL ON PROCEDURE tenure.isolate(IN target regclass) FROM PUBLIC;
REVOKE ALL ON PROCEDURE tenure.isolate_directory(IN target regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.custodian(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.custodian(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.key_tenant(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.key_tenant(wanted text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.accounts TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.audit_entries TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.audit_keys TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.idempotency_keys TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.import_chunks TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.keys TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.memberships TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.operations TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.tenant_keys TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.tenants TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure_global.accounts TO tenure_app;
GRANT SELECT ON TABLE tenure_global.accounts TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.addresses TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.jobs TO tenure_app;
GRANT SELECT,UPDATE ON TABLE tenure_global.jobs TO tenure_router;
GRANT SELECT,INSERT ON TABLE tenure_global.keys TO tenure_app;
GRANT SELECT ON TABLE tenure_global.keys TO tenure_router;
