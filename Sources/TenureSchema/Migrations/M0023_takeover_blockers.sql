-- The directory knows what an account is, so that a takeover sees what stands in its way.
SET ROLE tenure_owner;

ALTER TABLE tenure_global.accounts ADD COLUMN status text NOT NULL DEFAULT 'active';
GRANT UPDATE (status) ON tenure_global.accounts TO tenure_app;

CREATE FUNCTION tenure.list_status() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  UPDATE tenure_global.accounts SET status = NEW.status
  WHERE account_id = NEW.account_id AND tenant_id = NEW.tenant_id;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_list_their_status AFTER UPDATE OF status ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION tenure.list_status();

SET ROLE tenure_router;
DROP FUNCTION tenure_global.accounts_on(text, boolean);
SET ROLE tenure_owner;
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- The accounts with an address on a name, or below it; who has custody and what they are; whether
-- it is their primary address.
CREATE FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean)
RETURNS TABLE (account_id uuid, tenant_id uuid, is_primary boolean, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT found.account_id, min(found.tenant_id::text)::uuid, bool_or(found.is_primary),
    min(account.status)
  FROM (
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE a.domain = wanted
    UNION ALL
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE is_subtree AND reverse(a.domain) LIKE reverse('.' || wanted) || '%'
  ) AS found
  JOIN tenure_global.accounts account ON account.account_id = found.account_id
  GROUP BY found.account_id
$$;
ALTER FUNCTION tenure_global.accounts_on(text, boolean) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_on(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_on(text, boolean) TO tenure_app;
