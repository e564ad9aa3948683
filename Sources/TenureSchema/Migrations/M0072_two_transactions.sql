-- Two people do not decide in one transaction, and neither does one who is made in it.
SET ROLE tenure_owner;

ALTER TABLE tenure.approvals ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION tenure.part_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.made_in := pg_current_xact_id();
    IF tenure.is_now(NEW.requested_at) THEN RETURN NEW; END IF;
  ELSIF NEW.made_in = OLD.made_in AND (NEW.state <> 'approved' OR OLD.state = 'approved'
    OR (OLD.made_in <> pg_current_xact_id() AND tenure.is_now(NEW.decided_at)
      AND NOT EXISTS (SELECT FROM tenure.keys k
        WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.decided_by
          AND k.made_in = pg_current_xact_id())))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an approval is asked for first, and given later' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_moments', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;
-- After `approvals_are_kept`, which asks who they are.
CREATE TRIGGER approvals_take_two_moments BEFORE INSERT OR UPDATE ON tenure.approvals
  FOR EACH ROW EXECUTE FUNCTION tenure.part_approval();

-- In which transaction a key was made, or last changed, is true of all keys: one that is collected here
-- decides elsewhere.
DROP TRIGGER keys_say_when_they_were_made ON tenure.keys;
CREATE TRIGGER keys_say_when_they_were_made BEFORE INSERT OR UPDATE ON tenure.keys
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_key();
