-- Roles, schemas, and the function every policy asks for the tenant in context.
--
-- Roles belong to the cluster, not to the database: several databases share them, and two
-- migrations may run at once, so each is made under a lock and only where it is missing.
DO $$
BEGIN
  PERFORM pg_advisory_xact_lock(84213697);
  -- Owns every object and migrates; nobody logs in as it.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_owner') THEN
    CREATE ROLE tenure_owner NOLOGIN;
  END IF;
  -- Serves. Bound by row-level security, owns nothing.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_app') THEN
    CREATE ROLE tenure_app LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  -- Owns the few functions that look across tenants in the global directory, and nothing else.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_router') THEN
    CREATE ROLE tenure_router NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  -- Owns the functions that write evidence down, and nothing else.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_recorder') THEN
    CREATE ROLE tenure_recorder NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format(
      'GRANT tenure_owner, tenure_app, tenure_router, tenure_recorder TO %I', current_user);
  END IF;
  GRANT tenure_router, tenure_recorder TO tenure_owner;
  EXECUTE format('GRANT CREATE ON DATABASE %I TO tenure_owner', current_database());
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- The service sees by its own login whether the schema is current.
GRANT USAGE ON SCHEMA public TO tenure_app;
GRANT SELECT ON public.tenure_migrations TO tenure_app;
SET ROLE tenure_owner;

-- Tenants' and people's data; every table forces row-level security.
CREATE SCHEMA tenure;
-- The directory: routes look-ups and carries uniqueness across tenants; nothing readable in it.
CREATE SCHEMA tenure_global;
GRANT USAGE ON SCHEMA tenure, tenure_global TO tenure_app, tenure_router, tenure_recorder;

-- The tenant a statement runs for. Forgetting to say it must be an error, not an empty answer:
-- before any setting `current_setting` raises, and after a local one has ended it is '', which is
-- no uuid. Plain SQL, so that the planner puts it in line: every statement asks it.
CREATE FUNCTION tenure.current_tenant() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pg_catalog.current_setting('tenure.tenant')::pg_catalog.uuid;

-- The platform's own tenant, custodian of accounts that nobody controls.
CREATE FUNCTION tenure.platform_tenant() RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT '00000000-0000-7000-8000-000000000001'::uuid
$$;

GRANT EXECUTE ON FUNCTION tenure.current_tenant(), tenure.platform_tenant()
  TO tenure_app, tenure_router, tenure_recorder;

-- Puts a table under row-level security: the application sees the tenant in context, and the
-- restrictive guard binds every other role as well, the owner and those yet to come included.
CREATE PROCEDURE tenure.isolate(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- Puts a table of the directory under row-level security: the application sees its tenant, the
-- router's functions see what they are asked for.
CREATE PROCEDURE tenure.isolate_directory(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s FOR ALL TO tenure_app
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
  EXECUTE format('CREATE POLICY routing ON %s FOR ALL TO tenure_router USING (true)', target);
END $$;
REVOKE EXECUTE ON PROCEDURE tenure.isolate(regclass), tenure.isolate_directory(regclass) FROM PUBLIC;
