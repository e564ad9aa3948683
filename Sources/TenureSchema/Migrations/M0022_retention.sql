-- When data must go: rules with their versions, the dates they count from, runs and what they did.
SET ROLE tenure_owner;

ALTER TABLE tenure.tenants
  -- How much a daily run may dispose of by itself; NULL: nothing runs by itself.
  ADD COLUMN retention_budget bigint,
  ADD CONSTRAINT tenants_retention_budget_is_positive CHECK (retention_budget > 0);

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

-- Dates of an account that periods count from, beside its making.
CREATE TABLE tenure.account_dates (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id, name)
);
CALL tenure.isolate('tenure.account_dates');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.account_dates TO tenure_app;
CREATE INDEX account_dates_by_time ON tenure.account_dates (tenant_id, name, at, account_id);

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
  PRIMARY KEY (tenant_id, run_id),
  CONSTRAINT retention_runs_state_is_known
    CHECK (state IN ('running', 'paused', 'completed', 'cancelled')),
  CONSTRAINT retention_runs_are_certified
    CHECK ((state = 'completed') = (certificate IS NOT NULL))
);
CALL tenure.isolate('tenure.retention_runs');
GRANT SELECT, INSERT, UPDATE ON tenure.retention_runs TO tenure_app;
CREATE UNIQUE INDEX retention_runs_one_at_a_time ON tenure.retention_runs (tenant_id)
  WHERE state IN ('running', 'paused');

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
CALL tenure.isolate('tenure.retention_results');
GRANT SELECT, INSERT ON tenure.retention_results TO tenure_app;
CREATE INDEX retention_results_by_run ON tenure.retention_results (tenant_id, run_id, subject_id);
