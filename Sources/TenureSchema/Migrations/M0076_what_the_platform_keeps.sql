-- What is the person's own, and the key of what the platform's log says of them, lie with the platform
-- while somebody controls the account: the controller's hold keeps them as well.
SET ROLE tenure_owner;
GRANT CREATE ON SCHEMA tenure TO tenure_router;

-- Keeps the platform's rows of people whose account lies elsewhere and is held there, where the hold
-- is: nothing is kept of others, nor of those who were erased.
CREATE FUNCTION tenure.keep_personal_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT g.tenant_id, array_agg(g.account_id) AS accounts
    FROM former o JOIN tenure_global.accounts g ON g.account_id = o.account_id
    WHERE o.tenant_id = tenure.platform_tenant() AND g.tenant_id <> o.tenant_id
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT place.tenant_id, TG_TABLE_NAME, o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = tenure.platform_tenant()
      AND o.account_id IN (SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_personal_values() OWNER TO tenure_router;

CREATE OR REPLACE FUNCTION tenure.forget_kept(tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  count bigint;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  DELETE FROM tenure.kept_values k
  WHERE k.tenant_id = tenant AND CASE
    WHEN k.source IN ('accounts', 'audit_keys', 'personal_records') THEN
      NOT EXISTS (SELECT tenure.held(tenant, ARRAY[k.account_id]))
    WHEN k.source = 'content_items' THEN NOT tenure.holds_content(tenant, k.account_id,
      k.was ->> 'category', (k.was ->> 'created_at')::timestamptz)
    ELSE NOT EXISTS (
      SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended')
    END;
  GET DIAGNOSTICS count = ROW_COUNT;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN count;
END $$;

REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.keep_personal_values() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_personal_values() TO tenure_owner;
SET ROLE tenure_owner;

CREATE TRIGGER personal_records_held_are_kept AFTER DELETE ON tenure.personal_records
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_elsewhere_keep_their_values AFTER UPDATE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_elsewhere_are_kept AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
