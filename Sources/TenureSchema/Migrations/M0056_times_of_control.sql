-- When control began, and when a case had its answer and its effect, is the database's to say.
SET ROLE tenure_owner;

-- How far the clock of a process may be from the database's.
CREATE FUNCTION tenure.is_now(at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT at BETWEEN tenure.now() - interval '5 minutes' AND tenure.now() + interval '5 minutes'
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_now(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_now(timestamptz) TO tenure_app;

-- Receipts are judged by this time: whoever could say it would not have to wait. What is said besides
-- is put right, and what is far off is refused like a control without its receipt.
CREATE FUNCTION tenure.stamp_control() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT tenure.is_now(NEW.taken_at) OR NOT tenure.is_now(NEW.cutoff_at) THEN
    RAISE EXCEPTION 'control begins now' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'controls_need_a_receipt', SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  NEW.taken_at := tenure.now();
  NEW.cutoff_at := NEW.taken_at;
  RETURN NEW;
END $$;
CREATE TRIGGER controls_begin_now BEFORE INSERT ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_control();

-- What a case says of its own times is when it happens: a clock does not start in the future nor go
-- back, an answer is given once and now, and an effect is now, from which thirty days are counted.
CREATE FUNCTION tenure.keep_case_times() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'a case happens when it happens' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeover_cases_keep_their_times', SCHEMA = 'tenure', TABLE = 'takeover_cases';
END $$;
CREATE TRIGGER takeover_cases_keep_their_times BEFORE UPDATE ON tenure.takeover_cases
  FOR EACH ROW WHEN (NEW.case_id <> OLD.case_id OR NEW.created_at <> OLD.created_at
    OR NEW.clock_started_at < OLD.clock_started_at
    OR (NEW.clock_started_at IS DISTINCT FROM OLD.clock_started_at
      AND NEW.clock_started_at > tenure.now() + interval '5 minutes')
    OR (NEW.answer IS DISTINCT FROM OLD.answer AND NEW.answer IS NOT NULL
      AND (OLD.answer IS NOT NULL OR NOT coalesce(tenure.is_now(NEW.answered_at), false)))
    OR (NEW.effect_at IS DISTINCT FROM OLD.effect_at
      AND NOT coalesce(tenure.is_now(NEW.effect_at), false)))
  EXECUTE FUNCTION tenure.keep_case_times();

-- A locked rule stays at least what it is, until its lock is over by the database's clock.
CREATE FUNCTION tenure.keep_locked_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  weak_to_strong CONSTANT text[] := ARRAY['delete', 'anonymise', 'isolate', 'retain'];
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT * FROM tenure.retention_rules r
      WHERE r.tenant_id = NEW.tenant_id AND r.rule_id = NEW.rule_id
      ORDER BY r.version DESC LIMIT 1) AS o
    WHERE o.locked_until > tenure.now() AND NOT o.is_deleted
      AND CASE WHEN NEW.is_deleted THEN o.action = 'retain' ELSE
        coalesce(NEW.locked_until < o.locked_until, true)
        OR (NEW.applies_to, NEW.account_ids, NEW.trigger)
          IS DISTINCT FROM (o.applies_to, o.account_ids, o.trigger)
        OR array_position(weak_to_strong, NEW.action) < array_position(weak_to_strong, o.action)
        OR (NEW.period IS NOT NULL
          AND coalesce(NEW.period::interval < o.period::interval, true))
      END)
  THEN
    RAISE EXCEPTION 'a locked rule stays' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'retention_rules_stay_locked', SCHEMA = 'tenure', TABLE = 'retention_rules';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER retention_rules_stay_locked BEFORE INSERT ON tenure.retention_rules
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_locked_rule();
