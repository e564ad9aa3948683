-- What the gate for disposal asks beyond one tenant, and clocks that stand while a name is in doubt.
SET ROLE tenure_owner;

-- Memberships are every tenant's own; whether one of them would be left without an owner is asked
-- about accounts that lie elsewhere, too.
GRANT SELECT ON tenure.memberships TO tenure_router;
-- A lock on a row takes the right to change it.
GRANT UPDATE (version) ON tenure.memberships TO tenure_router;
CREATE POLICY guarding ON tenure.memberships FOR ALL TO tenure_router USING (true);

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- The owners of a tenant, and of every other one that one of these accounts owns, locked in the
-- order of tenants; and whether each can sign in, wherever the account lies. Which tenants these
-- are stays between the caller and the rule that counts: no answer tells it.
CREATE FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[])
RETURNS TABLE (tenant_id uuid, account_id uuid, signs_in boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
  before text := current_setting('tenure.tenant', true);
  place uuid;
BEGIN
  FOR place IN
    SELECT tenant AS place
    UNION
    SELECT m.tenant_id FROM unnest(accounts) AS wanted (id)
    JOIN tenure_global.members AS m ON m.account_id = wanted.id
    ORDER BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place::text, true);
    CONTINUE WHEN place <> tenant AND NOT EXISTS (
      SELECT FROM tenure.memberships AS o
      WHERE o.tenant_id = place AND o.role = 'owner' AND o.account_id = ANY (accounts));
    PERFORM FROM tenure.memberships AS o
    WHERE o.tenant_id = place AND o.role = 'owner'
    ORDER BY o.account_id
    FOR UPDATE;
    RETURN QUERY
      SELECT o.tenant_id, o.account_id, coalesce(a.status IN ('active', 'restricted'), false)
      FROM tenure.memberships AS o
      LEFT JOIN tenure_global.accounts AS a ON a.account_id = o.account_id
      WHERE o.tenant_id = place AND o.role = 'owner';
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
ALTER FUNCTION tenure_global.owners_beside(uuid, uuid[]) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.owners_beside(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.owners_beside(uuid, uuid[]) TO tenure_app;
SET ROLE tenure_owner;

-- While the proof of a name is in doubt, the clocks of what would take from people stand, and go on
-- afterwards with the time that was left.
ALTER TABLE tenure.account_changes ADD COLUMN stands_since timestamptz;
CREATE INDEX account_changes_stand ON tenure.account_changes (tenant_id, account_id)
  WHERE stands_since IS NOT NULL;

-- Has the clocks of these accounts stand from now on, or go on.
CREATE FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
  UPDATE tenure.account_changes AS change
  SET stands_since = CASE WHEN stands THEN tenure.now() END,
    effective_at = CASE WHEN stands THEN change.effective_at
      ELSE change.effective_at + (tenure.now() - change.stands_since) END,
    next_at = CASE WHEN stands THEN change.next_at
      ELSE change.next_at + (tenure.now() - change.stands_since) END,
    version = change.version + 1
  FROM unnest(accounts) AS wanted (id)
  WHERE change.tenant_id = tenant AND change.account_id = wanted.id
    AND change.state = 'scheduled' AND (change.stands_since IS NULL) = stands
    AND change.verb IN ('deactivate', 'isolate', 'delete', 'anonymise', 'erase')
$$;
REVOKE EXECUTE ON FUNCTION tenure.stand_still(uuid, uuid[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.stand_still(uuid, uuid[], boolean) TO tenure_app;

-- The proof of a claim fails for long, or is contested; or it is back.
CREATE FUNCTION tenure.claims_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  was_certain boolean := OLD.state IN ('verified', 'at_risk');
  is_certain boolean := NEW.state IN ('verified', 'at_risk');
BEGIN
  IF was_certain <> is_certain THEN
    PERFORM tenure.stand_still(NEW.tenant_id, ARRAY(
      SELECT DISTINCT change.account_id FROM tenure.account_changes AS change
      JOIN tenure.controls AS control
        ON control.tenant_id = NEW.tenant_id AND control.account_id = change.account_id
      WHERE change.tenant_id = NEW.tenant_id AND change.next_at IS NOT NULL
        AND control.claim_id = NEW.claim_id
        -- What is suspended goes on with its control.
        AND control.suspended_at IS NULL), NOT is_certain);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER domain_claims_hold_clocks AFTER UPDATE OF state ON tenure.domain_claims
  FOR EACH ROW EXECUTE FUNCTION tenure.claims_hold_clocks();

-- Control is suspended, or is back, by whichever claim.
CREATE FUNCTION tenure.controls_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT DISTINCT n.tenant_id FROM new_rows AS n LOOP
    PERFORM tenure.stand_still(tenant, ARRAY(
      SELECT n.account_id FROM new_rows AS n JOIN old_rows AS o
        ON o.tenant_id = n.tenant_id AND o.account_id = n.account_id
      WHERE n.tenant_id = tenant AND o.suspended_at IS NULL AND n.suspended_at IS NOT NULL), true);
    PERFORM tenure.stand_still(tenant, ARRAY(
      SELECT n.account_id FROM new_rows AS n JOIN old_rows AS o
        ON o.tenant_id = n.tenant_id AND o.account_id = n.account_id
      WHERE n.tenant_id = tenant AND o.suspended_at IS NOT NULL AND n.suspended_at IS NULL), false);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER controls_hold_clocks AFTER UPDATE ON tenure.controls
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.controls_hold_clocks();
