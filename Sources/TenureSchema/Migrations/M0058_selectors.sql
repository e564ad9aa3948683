-- Whom a takeover was narrowed to, as its selectors found them: by id, by address, by pattern.
SET ROLE tenure_owner;

ALTER TABLE tenure.takeovers
  -- NULL: everybody whom the plan found. Addresses are not kept: they outlive nobody here.
  ADD COLUMN selected_ids uuid[];

-- Who was chosen, and who was left out, stays as it was when people were told.
CREATE TRIGGER takeovers_keep_their_choice BEFORE UPDATE ON tenure.takeovers
  FOR EACH ROW WHEN (NEW.selected_ids IS DISTINCT FROM OLD.selected_ids
    OR NEW.excluded_ids <> OLD.excluded_ids OR NEW.plan_id <> OLD.plan_id)
  EXECUTE FUNCTION tenure.refuse_other_terms();
