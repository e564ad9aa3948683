-- The log: entries, keys of what they confide, and the tree over them.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

-- The numbers of transactions, such that no later one has a smaller one: a cluster counts its own,
-- and data that was restored into another has larger ones than that. A restore replaces both.
CREATE FUNCTION tenure.transaction_number() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_current_xact_id()::text::bigint + 0';
REVOKE EXECUTE ON FUNCTION tenure.transaction_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.transaction_number TO tenure_app;

CREATE TABLE tenure.audit_entries (
  tenant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  -- What a sealer needs to know that no earlier entry can still commit.
  transaction_number bigint NOT NULL DEFAULT tenure.transaction_number(),
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  subject_id uuid,
  request_id text NOT NULL,
  -- Sealed under the subject's key, or the tenant's where nobody is concerned.
  details bytea,
  -- SHA-256 of the sealed details, once they are gone.
  details_digest bytea,
  -- Whose request it carries out, where the actor did it for somebody else.
  on_behalf_of text,
  -- The second person who agreed.
  approved_by text,
  PRIMARY KEY (tenant_id, entry_id)
);
CREATE INDEX audit_entries_by_action ON tenure.audit_entries (tenant_id, action, entry_id)
  WHERE action NOT LIKE '%.read';
CREATE INDEX audit_entries_by_actor ON tenure.audit_entries (tenant_id, actor, entry_id)
  WHERE action NOT LIKE '%.read';
CREATE INDEX audit_entries_by_object ON tenure.audit_entries (tenant_id, object, entry_id)
  WHERE NOT starts_with(object, 'acc_');
-- By time is by id. Reads are most of a log: what is asked of them is asked by person or by reader.
CREATE INDEX audit_entries_by_subject ON tenure.audit_entries (tenant_id, subject_id, entry_id)
  WHERE subject_id IS NOT NULL;
CREATE INDEX audit_entries_by_transaction
  ON tenure.audit_entries (tenant_id, transaction_number, entry_id);
CALL tenure.isolate('tenure.audit_entries');
GRANT SELECT ON tenure.audit_entries TO tenure_app;
-- Where an entry comes in the log is not for the application to say.
GRANT INSERT (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, details,
    on_behalf_of, approved_by)
  ON tenure.audit_entries TO tenure_app;

CREATE TABLE tenure.audit_keys (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  version bigint NOT NULL,
  wrapped bytea NOT NULL,
  commitment bytea NOT NULL,
  key_epoch bigint NOT NULL DEFAULT 0,
  parent_version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, account_id)
);
CALL tenure.isolate('tenure.audit_keys');
GRANT SELECT, INSERT, DELETE ON tenure.audit_keys TO tenure_app;
GRANT UPDATE (wrapped, commitment, key_epoch, parent_version) ON tenure.audit_keys TO tenure_app;

-- Which tenants have a key of their own for what they say of a person.
CREATE TABLE tenure_global.confidants (
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (account_id, tenant_id)
);
CALL tenure.isolate_directory('tenure_global.confidants');
GRANT SELECT, INSERT, DELETE ON tenure_global.confidants TO tenure_app;
GRANT SELECT ON tenure_global.confidants TO tenure_router;

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
CALL tenure.isolate('tenure.audit_batches');
GRANT SELECT, INSERT ON tenure.audit_batches TO tenure_app;

CREATE TABLE tenure.audit_nodes (
  tenant_id uuid NOT NULL,
  level bigint NOT NULL,
  "position" bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, level, "position")
);
CALL tenure.isolate('tenure.audit_nodes');
GRANT SELECT, INSERT ON tenure.audit_nodes TO tenure_app;

CREATE TABLE tenure.audit_trees (
  tenant_id uuid NOT NULL,
  checkpoint_size bigint NOT NULL,
  checkpoint_at timestamptz,
  -- When fewer entries than leaves were found first; NULL while there are as many.
  damaged_at timestamptz,
  PRIMARY KEY (tenant_id)
);
CALL tenure.isolate('tenure.audit_trees');
GRANT SELECT, INSERT, UPDATE ON tenure.audit_trees TO tenure_app;

CREATE TABLE tenure.audit_checkpoints (
  tenant_id uuid NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  -- c2sp.org/tlog-checkpoint, signed.
  note text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT audit_checkpoints_one_for_each_size PRIMARY KEY (tenant_id, size)
);
CALL tenure.isolate('tenure.audit_checkpoints');
GRANT SELECT, INSERT ON tenure.audit_checkpoints TO tenure_app;

-- The smallest that may still be open.
CREATE FUNCTION tenure.first_open_transaction() RETURNS bigint LANGUAGE sql STABLE AS
  'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0';
REVOKE EXECUTE ON FUNCTION tenure.first_open_transaction FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.first_open_transaction TO tenure_app;

-- No entry goes, whoever asks.
CREATE FUNCTION tenure.keep_entries() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'the log is not shortened' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'audit_entries_stay', SCHEMA = 'tenure', TABLE = 'audit_entries';
END $$;

-- Nothing of an entry changes, whoever asks, but that its details go: their digest stays, and with
-- it every proof.
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

-- The directory follows the keys by itself.
CREATE FUNCTION tenure.list_confidants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.confidants (account_id, tenant_id)
    SELECT account_id, tenant_id FROM changed ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM tenure_global.confidants t USING changed c
    WHERE t.account_id = c.account_id AND t.tenant_id = c.tenant_id;
  END IF;
  RETURN NULL;
END $$;

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

GRANT CREATE ON SCHEMA tenure, tenure_global TO tenure_router;
SET ROLE tenure_router;

-- Keeps the key of what the log says of somebody who is held, as it is overwritten or deleted: while
-- the account lies here. Who was erased elsewhere is not kept by their log.
CREATE FUNCTION tenure.keep_audit_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN SELECT o.tenant_id, array_agg(o.account_id) AS accounts FROM former o GROUP BY 1 LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'audit_keys', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    JOIN tenure_global.accounts g ON g.account_id = o.account_id AND g.tenant_id = o.tenant_id
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_audit_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_audit_values TO tenure_owner;

-- The tenants that have keys for what they say of these people.
CREATE FUNCTION tenure_global.confidants_of(accounts uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT DISTINCT c.tenant_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.confidants c ON c.account_id = wanted.id
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.confidants_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.confidants_of TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure, tenure_global FROM tenure_router;

CREATE TRIGGER audit_entries_do_not_change BEFORE UPDATE ON tenure.audit_entries
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_entry();
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON tenure.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_entries();
CREATE TRIGGER audit_keys_are_listed AFTER INSERT ON tenure.audit_keys
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();
CREATE TRIGGER audit_keys_are_struck AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();
CREATE TRIGGER audit_keys_have_a_living_epoch AFTER INSERT ON tenure.audit_keys
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER audit_keys_held_are_kept AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER audit_keys_held_elsewhere_are_kept AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_elsewhere_keep_their_values AFTER UPDATE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_keep_their_values AFTER UPDATE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER audit_batches_are_of_entries BEFORE INSERT ON tenure.audit_batches
  FOR EACH ROW EXECUTE FUNCTION tenure.require_batch();
