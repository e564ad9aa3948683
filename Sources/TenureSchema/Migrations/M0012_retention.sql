-- Rules of retention, their runs, and what has been erased.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

-- Versions are inserted, never changed: the newest that is in effect is the rule.
CREATE TABLE tenure.retention_rules (
  tenant_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  -- 'account', a category of content, or '*'.
  applies_to text NOT NULL,
  -- Only these; empty for all.
  account_ids uuid[] NOT NULL,
  trigger text NOT NULL,
  -- ISO 8601; NULL for ever.
  period text,
  action text NOT NULL,
  locked_until timestamptz,
  is_deleted boolean NOT NULL,
  effective_at timestamptz NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, rule_id, version),
  CONSTRAINT retention_rules_action_is_known
    CHECK (action IN ('retain', 'isolate', 'anonymise', 'delete'))
);
CALL tenure.isolate('tenure.retention_rules');
GRANT SELECT, INSERT ON tenure.retention_rules TO tenure_app;

CREATE TABLE tenure.retention_runs (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  state text NOT NULL,
  -- Rules and periods are taken as they are then.
  as_of timestamptz NOT NULL,
  budget bigint NOT NULL,
  examined bigint NOT NULL,
  disposed bigint NOT NULL,
  -- Which rule is at work, and the last thing it looked at.
  rule_index bigint NOT NULL,
  last_at timestamptz,
  last_id uuid,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- A note signed by the tenant's audit key.
  certificate text,
  version bigint NOT NULL,
  -- What a paused run waits for.
  waits_for text,
  -- How much it would dispose of, as counted when it asked; NULL where it did not ask.
  expected bigint,
  -- When somebody let it run: by asking for it, or by answering it.
  confirmed_at timestamptz,
  PRIMARY KEY (tenant_id, run_id),
  CONSTRAINT retention_runs_are_certified
    CHECK ((state = 'completed') = (certificate IS NOT NULL)),
  CONSTRAINT retention_runs_run_once_confirmed
    CHECK (confirmed_at IS NOT NULL OR state IN ('paused', 'cancelled')),
  CONSTRAINT retention_runs_state_is_known
    CHECK (state IN ('running', 'paused', 'completed', 'cancelled', 'failed')),
  CONSTRAINT retention_runs_wait_for_something_known
    CHECK (waits_for IN ('budget', 'first_run'))
);
CREATE UNIQUE INDEX retention_runs_one_at_a_time ON tenure.retention_runs (tenant_id)
  WHERE state IN ('running', 'paused');
CALL tenure.isolate('tenure.retention_runs');
GRANT SELECT, INSERT, UPDATE ON tenure.retention_runs TO tenure_app;

-- What a run did. Once for each thing and due date, whatever is repeated.
CREATE TABLE tenure.retention_results (
  tenant_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  action text NOT NULL,
  run_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  rule_version bigint NOT NULL,
  class_name text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT retention_results_happen_once PRIMARY KEY (tenant_id, subject_id, due_at, action),
  FOREIGN KEY (tenant_id, run_id) REFERENCES tenure.retention_runs
);
CREATE INDEX retention_results_by_run ON tenure.retention_results (tenant_id, run_id, subject_id);
CALL tenure.isolate('tenure.retention_results');
GRANT SELECT, INSERT ON tenure.retention_results TO tenure_app;

-- What was erased or anonymised, for the certificate and for the ledger outside the database.
CREATE TABLE tenure.erasures (
  tenant_id uuid NOT NULL,
  erasure_id uuid NOT NULL,
  account_id uuid NOT NULL,
  method text NOT NULL,
  requested_at timestamptz NOT NULL,
  erased_at timestamptz NOT NULL,
  -- When the ledger outside the database had it.
  recorded_at timestamptz,
  -- The ledger's line that has it, and the epoch whose end takes the last copies of the key.
  ledger_entry bigint,
  key_epoch bigint NOT NULL DEFAULT 0,
  -- How many endpoints were told.
  recipients bigint NOT NULL DEFAULT 0,
  -- What there was to be destroyed of an account.
  gone text[],
  PRIMARY KEY (tenant_id, erasure_id),
  CONSTRAINT erasures_method_is_known CHECK (method IN ('erase', 'anonymise'))
);
CREATE INDEX erasures_by_account ON tenure.erasures (tenant_id, account_id);
CREATE INDEX erasures_to_record ON tenure.erasures (tenant_id) WHERE recorded_at IS NULL;
CALL tenure.isolate('tenure.erasures');
GRANT SELECT, INSERT ON tenure.erasures TO tenure_app;
GRANT UPDATE (recorded_at, ledger_entry) ON tenure.erasures TO tenure_app;

-- One row: how far the ledger of erasures has been seen, and the hash of its last line then.
CREATE TABLE tenure_global.erasure_ledger (
  tenant_id uuid NOT NULL,
  entries bigint NOT NULL,
  head text NOT NULL,
  PRIMARY KEY (tenant_id)
);
INSERT INTO tenure_global.erasure_ledger VALUES (tenure.platform_tenant(), 0, '');
CALL tenure.isolate_directory('tenure_global.erasure_ledger');
GRANT SELECT, UPDATE ON tenure_global.erasure_ledger TO tenure_app;

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
