-- Control that was given back: not undone, but ended.
SET ROLE tenure_owner;

ALTER TABLE tenure.takeover_cases
  DROP CONSTRAINT takeover_cases_state_is_known,
  ADD CONSTRAINT takeover_cases_state_is_known CHECK (state IN (
    'notice_pending', 'running', 'disputed', 'effective', 'cancelled', 'undone', 'released',
    'blocked')),
  DROP CONSTRAINT takeover_cases_have_an_effect_with_an_outcome,
  ADD CONSTRAINT takeover_cases_have_an_effect_with_an_outcome CHECK (
    (state IN ('effective', 'undone', 'released'))
    = (effect_at IS NOT NULL AND outcome IS NOT NULL));
