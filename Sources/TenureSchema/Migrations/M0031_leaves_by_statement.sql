-- That a leaf's entry is there is looked up once a statement, not once a row: a foreign key locks
-- every entry it refers to, and took a third of the time of sealing.
SET ROLE tenure_owner;

ALTER TABLE tenure.audit_leaves DROP CONSTRAINT audit_leaves_tenant_id_entry_id_fkey;
CREATE FUNCTION tenure.require_entries() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  -- One by one, by the index: joined, the log would be read whole.
  IF EXISTS (
    SELECT FROM fresh f WHERE (
      SELECT 1 FROM tenure.audit_entries e
      WHERE e.tenant_id = f.tenant_id AND e.entry_id = f.entry_id LIMIT 1) IS NULL)
  THEN
    RAISE EXCEPTION 'a leaf is of an entry' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'audit_leaves_are_of_entries', SCHEMA = 'tenure', TABLE = 'audit_leaves';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_leaves_are_of_entries AFTER INSERT ON tenure.audit_leaves
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_entries();

-- The leaf's own hash lies with it: the tree's nodes are those of some levels above. NULL where it
-- lies there still.
ALTER TABLE tenure.audit_leaves ADD COLUMN hash bytea;

-- And no entry goes, whoever asks.
CREATE FUNCTION tenure.keep_entries() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'the log is not shortened' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'audit_entries_stay', SCHEMA = 'tenure', TABLE = 'audit_entries';
END $$;
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON tenure.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_entries();
