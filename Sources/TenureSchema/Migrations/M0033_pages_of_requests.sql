-- A person's requests, page by page.
SET ROLE tenure_router;
DROP FUNCTION tenure_global.requests_of(uuid);
SET ROLE tenure_owner;
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint)
RETURNS TABLE (request_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.request_id, r.tenant_id FROM tenure_global.requests r
  WHERE r.account_id = wanted AND r.request_id > after
  ORDER BY r.request_id LIMIT most
$$;
ALTER FUNCTION tenure_global.requests_of(uuid, uuid, bigint) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.requests_of(uuid, uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.requests_of(uuid, uuid, bigint) TO tenure_app;
SET ROLE tenure_owner;
