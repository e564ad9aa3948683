-- Which accounts a claim reaches: those with a verified address on a name that this very claim holds.
SET ROLE tenure_owner;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- The accounts with a verified address on a claimed name, or below it, where no nearer name is held
-- by another claim; who has custody, what they are, and whether they have an open request; whether
-- it is their primary address.
CREATE FUNCTION tenure_global.accounts_under(claim uuid, wanted text, is_subtree boolean)
RETURNS TABLE (
  account_id uuid, tenant_id uuid, is_primary boolean, status text, has_open_request boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH found AS (
      SELECT a.account_id, a.domain, a.is_primary FROM tenure_global.addresses a
      WHERE a.domain = wanted AND a.is_verified
      UNION ALL
      SELECT a.account_id, a.domain, a.is_primary FROM tenure_global.addresses a
      WHERE is_subtree AND a.is_verified AND reverse(a.domain) LIKE reverse('.' || wanted) || '%'
    ), names AS MATERIALIZED (
      SELECT name.domain FROM (SELECT DISTINCT f.domain FROM found f) AS name
      CROSS JOIN LATERAL tenure_global.domain_holder(name.domain) AS holder
      WHERE holder.claim_id = claim
    )
    SELECT f.account_id, min(account.tenant_id::text)::uuid, bool_or(f.is_primary),
      min(account.status), EXISTS (
        SELECT FROM tenure_global.requests r WHERE r.account_id = f.account_id AND r.is_open)
    FROM found f
    JOIN names ON names.domain = f.domain
    JOIN tenure_global.accounts account ON account.account_id = f.account_id
    GROUP BY f.account_id;
END $$;
ALTER FUNCTION tenure_global.accounts_under(uuid, text, boolean) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_under(uuid, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_under(uuid, text, boolean) TO tenure_app;
