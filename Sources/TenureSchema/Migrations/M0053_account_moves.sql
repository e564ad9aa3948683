-- What an account may become from what it is, whoever writes it: what verbs and takeovers do, and
-- nothing else. Custody moves rows, and with them the status they have.
SET ROLE tenure_owner;

CREATE FUNCTION tenure.move_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.status = ANY (CASE OLD.status
    WHEN 'active' THEN ARRAY[
      'blocked', 'restricted', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'blocked' THEN ARRAY[
      'active', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    -- What is restricted is not deleted; a restored database erases whatever was erased since.
    WHEN 'restricted' THEN ARRAY['active', 'deactivated', 'isolated', 'anonymised', 'erased']
    -- Undoing a takeover brings back what it had found.
    WHEN 'deactivated' THEN ARRAY[
      'active', 'blocked', 'restricted', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'isolated' THEN ARRAY['active', 'restricted', 'deleted', 'anonymised', 'erased']
    WHEN 'deleted' THEN ARRAY[
      'active', 'blocked', 'restricted', 'deactivated', 'isolated', 'anonymised', 'erased']
    WHEN 'anonymised' THEN ARRAY['deleted', 'erased']
    ELSE ARRAY[]::text[] END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an account does not become that' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'accounts_move_by_verbs', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;
CREATE TRIGGER accounts_move_by_verbs BEFORE UPDATE OF status ON tenure.accounts
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION tenure.move_account();
