-- What is sealed at once is one row: its leaves are the entries after the last row's, up to one. A row
-- for each leaf, and two indexes of it, were more than half of what PostgreSQL had to do for an entry.
SET ROLE tenure_owner;

-- The numbers of transactions, such that no later one has a smaller one: a cluster counts its own,
-- and data that was restored into another has larger ones than that. A restore replaces both.
CREATE FUNCTION tenure.transaction_number() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_current_xact_id()::text::bigint + 0';
-- The smallest that may still be open.
CREATE FUNCTION tenure.first_open_transaction() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0';
REVOKE EXECUTE ON FUNCTION tenure.transaction_number() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure.first_open_transaction() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.transaction_number() TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure.first_open_transaction() TO tenure_app;

-- The entries that are leaves already keep their places, by numbers below all others. All tenants at
-- once: row-level security is lifted for the owner meanwhile.
ALTER TABLE tenure.audit_entries NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_leaves NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_nodes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_trees NO FORCE ROW LEVEL SECURITY;
DROP INDEX tenure.audit_entries_by_commit;
ALTER TABLE tenure.audit_entries ALTER COLUMN xid DROP DEFAULT;
ALTER TABLE tenure.audit_entries ALTER COLUMN xid TYPE bigint USING xid::text::bigint;
ALTER TABLE tenure.audit_entries RENAME COLUMN xid TO transaction_number;
-- SHA-256 of the sealed details, once they are gone.
ALTER TABLE tenure.audit_entries ADD COLUMN details_digest bytea;
UPDATE tenure.audit_entries AS entry SET transaction_number = leaf_index - tree.size,
  details_digest = CASE WHEN details IS NULL THEN nullif(leaf.details_digest, '') END
FROM tenure.audit_leaves AS leaf
JOIN tenure.audit_trees AS tree USING (tenant_id)
WHERE leaf.tenant_id = entry.tenant_id AND leaf.entry_id = entry.entry_id;
ALTER TABLE tenure.audit_entries
  ALTER COLUMN transaction_number SET DEFAULT tenure.transaction_number();
CREATE INDEX audit_entries_by_transaction
  ON tenure.audit_entries (tenant_id, transaction_number, entry_id);
-- Where an entry comes in the log is not for the application to say.
REVOKE INSERT ON tenure.audit_entries FROM tenure_app;
GRANT INSERT (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, details)
  ON tenure.audit_entries TO tenure_app;

CREATE TABLE tenure.audit_batches (
  tenant_id uuid NOT NULL,
  first_index bigint NOT NULL,
  -- The last entry.
  transaction_number bigint NOT NULL,
  entry_id uuid NOT NULL,
  -- The leaves' hashes, 32 bytes each.
  hashes bytea NOT NULL,
  PRIMARY KEY (tenant_id, first_index),
  CONSTRAINT audit_batches_follow_each_other UNIQUE (tenant_id, transaction_number, entry_id),
  CONSTRAINT audit_batches_have_leaves CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0)
);
-- Not compressed, so that one hash is read without all the others.
ALTER TABLE tenure.audit_batches ALTER COLUMN hashes SET STORAGE EXTERNAL;
INSERT INTO tenure.audit_batches (tenant_id, first_index, transaction_number, entry_id, hashes)
SELECT leaf.tenant_id, min(leaf_index), max(leaf_index - size),
  (array_agg(entry_id ORDER BY leaf_index DESC))[1],
  string_agg(coalesce(leaf.hash, node.hash), '' ORDER BY leaf_index)
FROM tenure.audit_leaves AS leaf
JOIN tenure.audit_trees USING (tenant_id)
LEFT JOIN tenure.audit_nodes AS node
  ON node.tenant_id = leaf.tenant_id AND level = 0 AND position = leaf_index
GROUP BY leaf.tenant_id, leaf_index / 1000;
-- The last batch says it.
ALTER TABLE tenure.audit_trees DROP COLUMN size, DROP COLUMN last_xid, DROP COLUMN last_entry_id;
DROP TABLE tenure.audit_leaves;
DROP FUNCTION tenure.require_entries();
ALTER TABLE tenure.audit_trees FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_nodes FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_entries FORCE ROW LEVEL SECURITY;
CALL tenure.isolate('tenure.audit_batches');
GRANT SELECT, INSERT ON tenure.audit_batches TO tenure_app;

-- A batch follows the last one without a gap, and is of the next so many entries, before which no
-- open transaction can add any.
CREATE FUNCTION tenure.require_batch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_seqscan = off AS $$
DECLARE
  size bigint;
  before_transaction bigint;
  before_entry uuid;
  last record;
BEGIN
  SELECT b.first_index + length(b.hashes) / 32, b.transaction_number, b.entry_id
  INTO size, before_transaction, before_entry FROM tenure.audit_batches b
  WHERE b.tenant_id = NEW.tenant_id ORDER BY b.first_index DESC LIMIT 1;
  IF NOT FOUND THEN
    size := 0;
    before_transaction := -9223372036854775808;
    before_entry := '00000000-0000-0000-0000-000000000000';
  END IF;
  SELECT e.transaction_number, e.entry_id INTO last FROM tenure.audit_entries e
  WHERE e.tenant_id = NEW.tenant_id
    AND (e.transaction_number, e.entry_id) > (before_transaction, before_entry)
  ORDER BY e.transaction_number, e.entry_id
  OFFSET length(NEW.hashes) / 32 - 1 LIMIT 1;
  IF NEW.first_index <> size
    OR last IS DISTINCT FROM (NEW.transaction_number, NEW.entry_id)
    OR NEW.transaction_number >= tenure.first_open_transaction()
  THEN
    RAISE EXCEPTION 'a batch is of the entries that follow the last one'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_batches_are_of_entries',
      SCHEMA = 'tenure', TABLE = 'audit_batches';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_batches_are_of_entries BEFORE INSERT ON tenure.audit_batches
  FOR EACH ROW EXECUTE FUNCTION tenure.require_batch();

-- Nothing of an entry changes, whoever asks, but that its details go: their digest stays, and with it
-- every proof.
CREATE FUNCTION tenure.keep_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.details IS NOT NULL AND NEW.details IS NULL THEN
    NEW.details_digest := sha256(OLD.details);
    OLD.details := NULL;
    OLD.details_digest := NEW.details_digest;
  END IF;
  IF NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'an entry does not change' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'audit_entries_do_not_change', SCHEMA = 'tenure', TABLE = 'audit_entries';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_entries_do_not_change BEFORE UPDATE ON tenure.audit_entries
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_entry();
