-- A case moves as its life allows, whoever writes it; what was erased stays so.
SET ROLE tenure_owner;

-- How often it was disputed.
ALTER TABLE tenure.takeover_cases ADD COLUMN disputes bigint NOT NULL DEFAULT 0;
ALTER TABLE tenure.takeover_cases ALTER COLUMN disputes DROP DEFAULT;
-- A block that is in effect can be disputed.
ALTER TABLE tenure.takeover_cases
  DROP CONSTRAINT takeover_cases_have_an_effect_with_an_outcome,
  ADD CONSTRAINT takeover_cases_have_an_effect_with_an_outcome CHECK (
    (effect_at IS NULL) = (outcome IS NULL) AND CASE
      WHEN state IN ('effective', 'undone', 'released') THEN outcome IS NOT NULL
      WHEN state = 'disputed' THEN coalesce(outcome = 'block_sign_in', true)
      ELSE outcome IS NULL
    END),
  ADD CONSTRAINT takeover_cases_blocker_is_known CHECK (blocker IN (
    'other_tenant_controls', 'already_controlled', 'address_secondary_only', 'open_case',
    'recently_released', 'domain_not_held', 'restricted', 'open_request', 'account_gone',
    'address_gone', 'last_owner', 'no_other_destination', 'not_notified', 'later')),
  ADD CONSTRAINT takeover_cases_answer_is_known CHECK (answer IN ('accept', 'detach', 'dispute'));

CREATE FUNCTION tenure.keep_case_life() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.state = ANY (CASE OLD.state
    -- What an effect needs besides, the receipts' own wall asks.
    WHEN 'notice_pending' THEN ARRAY['running', 'disputed', 'effective', 'cancelled', 'blocked']
    WHEN 'running' THEN ARRAY['disputed', 'effective', 'cancelled', 'blocked']
    WHEN 'disputed' THEN CASE WHEN OLD.outcome IS NULL
      THEN ARRAY['notice_pending', 'running', 'cancelled', 'blocked']
      ELSE ARRAY['effective', 'undone'] END
    WHEN 'effective' THEN CASE OLD.outcome
      WHEN 'block_sign_in' THEN ARRAY['disputed', 'undone']
      WHEN 'assume_control' THEN ARRAY['undone', 'released']
      ELSE ARRAY['undone'] END
    -- Cancelled, undone, released, blocked: over.
    ELSE ARRAY[]::text[] END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a case does not go from % to %', OLD.state, NEW.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_keep_their_life',
      SCHEMA = 'tenure', TABLE = 'takeover_cases';
END $$;
CREATE TRIGGER takeover_cases_keep_their_life BEFORE UPDATE ON tenure.takeover_cases
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tenure.keep_case_life();

-- Nothing makes somebody of an account whose key is gone.
CREATE FUNCTION tenure.keep_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'what was erased stays erased' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'erased_is_final', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;
CREATE TRIGGER accounts_erased_stay_so BEFORE UPDATE ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status = 'erased'
    AND (NEW.status <> 'erased' OR NEW.wrapped_key IS NOT NULL))
  EXECUTE FUNCTION tenure.keep_erased();
CREATE TRIGGER accounts_erased_stay BEFORE DELETE ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status = 'erased') EXECUTE FUNCTION tenure.keep_erased();

-- Whatever stands on a claim is looked at once the claim is lost, or is back.
CREATE FUNCTION tenure.wake_takeovers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
  SELECT t.takeover_id, t.tenant_id, 'takeover', tenure.now()
  FROM tenure.takeovers t
  WHERE t.tenant_id = NEW.tenant_id AND t.claim_id = NEW.claim_id AND EXISTS (
    SELECT FROM tenure.takeover_cases c
    WHERE c.tenant_id = t.tenant_id AND c.takeover_id = t.takeover_id
      AND (c.state IN ('notice_pending', 'running', 'disputed')
        OR (c.state = 'effective' AND c.outcome = 'block_sign_in')))
  ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at);
  RETURN NULL;
END $$;
CREATE TRIGGER domain_claims_wake_their_takeovers AFTER UPDATE OF state ON tenure.domain_claims
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND NEW.state NOT IN ('pending', 'at_risk', 'grace', 'contested'))
  EXECUTE FUNCTION tenure.wake_takeovers();
