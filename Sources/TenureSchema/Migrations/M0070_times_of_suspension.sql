-- Since when a control is suspended is the database's to say: after ninety days of it the control
-- ends, and while it lasts the person has their ways out.
SET ROLE tenure_owner;

-- A control is suspended once and now, and goes on by a claim on the same name that holds it. Beside
-- that it stays with the claim that it rests on.
CREATE FUNCTION tenure.stamp_control_suspension() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.suspended_at := NULL;
    RETURN NEW;
  END IF;
  IF OLD.suspended_at IS NULL AND NEW.suspended_at IS NOT NULL
    AND NEW.claim_id IS NOT DISTINCT FROM OLD.claim_id
  THEN
    NEW.suspended_at := tenure.now();
    RETURN NEW;
  END IF;
  IF OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL AND EXISTS (
    SELECT FROM tenure.domain_claims former
    JOIN tenure_global.domains held
      ON held.tenant_id = NEW.tenant_id AND held.domain = former.domain
    WHERE former.tenant_id = NEW.tenant_id AND former.claim_id = OLD.claim_id
      AND held.claim_id = NEW.claim_id)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'control is suspended when its name goes, and goes on when it is back'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_are_suspended_now',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;
CREATE TRIGGER controls_are_suspended_now BEFORE UPDATE OF suspended_at, claim_id ON tenure.controls
  FOR EACH ROW WHEN (NEW.suspended_at IS DISTINCT FROM OLD.suspended_at
    OR NEW.claim_id IS DISTINCT FROM OLD.claim_id)
  EXECUTE FUNCTION tenure.stamp_control_suspension();
CREATE TRIGGER controls_begin_unsuspended BEFORE INSERT ON tenure.controls
  FOR EACH ROW WHEN (NEW.suspended_at IS NOT NULL) EXECUTE FUNCTION tenure.stamp_control_suspension();

-- No control by a name whose proof is in doubt, whoever writes it.
CREATE FUNCTION tenure.require_sure_names() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh n
    LEFT JOIN tenure.domain_claims claim
      ON claim.tenant_id = n.tenant_id AND claim.claim_id = n.claim_id AND claim.state = 'verified'
    WHERE claim.claim_id IS NULL)
  THEN
    RAISE EXCEPTION 'control rests on a name that is held'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_need_a_sure_name',
        SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER controls_need_a_sure_name AFTER INSERT ON tenure.controls
  REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_sure_names();

-- A takeover is about the name of its claim, which is held when it begins; its cases begin with
-- nothing said and nothing done.
CREATE FUNCTION tenure.begin_takeover() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tenure.is_now(NEW.created_at) AND EXISTS (
    SELECT FROM tenure.domain_claims claim
    WHERE claim.tenant_id = NEW.tenant_id AND claim.claim_id = NEW.claim_id
      AND claim.domain = NEW.domain AND claim.scope = NEW.scope AND claim.state = 'verified')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a takeover begins now, on a name that is held'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'takeovers_begin_on_a_sure_name',
      SCHEMA = 'tenure', TABLE = 'takeovers';
END $$;
CREATE TRIGGER takeovers_begin_on_a_sure_name BEFORE INSERT ON tenure.takeovers
  FOR EACH ROW EXECUTE FUNCTION tenure.begin_takeover();

CREATE FUNCTION tenure.begin_cases() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh n
    WHERE n.state NOT IN ('notice_pending', 'blocked') OR NOT tenure.is_now(n.created_at)
      OR num_nonnulls(n.outcome, n.answer, n.answered_at, n.notice_at, n.clock_started_at,
        n.deadline_at, n.exported_at, n.effect_at) > 0)
  THEN
    RAISE EXCEPTION 'a case begins with nothing said'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_begin_untold',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER takeover_cases_begin_untold AFTER INSERT ON tenure.takeover_cases
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.begin_cases();
