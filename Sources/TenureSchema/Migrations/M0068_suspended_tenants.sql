-- While the operator has suspended a tenant, the clocks of what it would take or destroy stand; when
-- the suspension ends they go on with the time that was left.
SET ROLE tenure_owner;

ALTER TABLE tenure.tenants ADD COLUMN suspended_at timestamptz;
UPDATE tenure.tenants SET suspended_at = tenure.now() WHERE state = 'suspended';

CREATE FUNCTION tenure.stamp_suspension() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.suspended_at := CASE
    WHEN NEW.state <> 'suspended' THEN NULL
    WHEN OLD.state = 'suspended' THEN OLD.suspended_at
    ELSE tenure.now() END;
  RETURN NEW;
END $$;
CREATE TRIGGER tenants_stamp_their_suspension BEFORE UPDATE ON tenure.tenants
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_suspension();

-- Has what is set for accounts of a tenant stand still, or go on; and gives the people of open cases
-- the time back that the suspension took. It works in the tenant's rows, whoever changes the tenant.
CREATE FUNCTION tenure.tenants_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', NEW.tenant_id::text, true);
  PERFORM tenure.stand_still(NEW.tenant_id, ARRAY(
    SELECT DISTINCT change.account_id FROM tenure.account_changes AS change
    WHERE change.tenant_id = NEW.tenant_id AND change.next_at IS NOT NULL
      -- What stands for its name's sake goes on with the name.
      AND (NEW.state = 'suspended' OR NOT EXISTS (
        SELECT FROM tenure.domain_rights(NEW.tenant_id, ARRAY[change.account_id]) AS name
        WHERE name.rights NOT IN ('full', 'kept')))), NEW.state = 'suspended');
  IF NEW.state <> 'suspended' THEN
    UPDATE tenure.takeover_cases AS c
    SET deadline_at = c.deadline_at + (
        -- What a dispute took is given back when it is decided.
        coalesce(c.answered_at, tenure.now()) - greatest(OLD.suspended_at, c.clock_started_at)),
      next_at = CASE WHEN c.next_at IS NOT NULL THEN tenure.now() END,
      updated_at = tenure.now(), version = c.version + 1
    WHERE c.tenant_id = NEW.tenant_id AND c.deadline_at > OLD.suspended_at
      AND ((c.state = 'running' AND c.answer IS NULL)
        OR (c.state = 'disputed' AND c.outcome IS NULL
          AND c.answered_at > greatest(OLD.suspended_at, c.clock_started_at)));
    INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
    SELECT t.takeover_id, t.tenant_id, 'takeover', tenure.now()
    FROM tenure.takeovers t
    WHERE t.tenant_id = NEW.tenant_id AND EXISTS (
      SELECT FROM tenure.takeover_cases c
      WHERE c.tenant_id = t.tenant_id AND c.takeover_id = t.takeover_id
        AND c.next_at IS NOT NULL)
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at);
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
CREATE TRIGGER tenants_hold_clocks AFTER UPDATE OF state ON tenure.tenants
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tenure.tenants_hold_clocks();
