-- Nobody is surprised: what was told ahead of a day is told once, and rules ask before they run first.
SET ROLE tenure_owner;

-- Of which day to come somebody was told, and how many days before.
CREATE TABLE tenure.reminders (
  tenant_id uuid NOT NULL,
  -- A key, or a request.
  subject_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  days bigint NOT NULL,
  CONSTRAINT reminders_come_once PRIMARY KEY (tenant_id, subject_id, due_at, days)
);
CALL tenure.isolate('tenure.reminders');
GRANT SELECT, INSERT, DELETE ON tenure.reminders TO tenure_app;

ALTER TABLE tenure.retention_runs
  -- What a paused run waits for.
  ADD COLUMN waits_for text,
  -- How much it would dispose of, as counted when it asked; NULL where it did not ask.
  ADD COLUMN expected bigint,
  -- When somebody let it run: by asking for it, or by answering it. Runs that there are were asked for.
  ADD COLUMN confirmed_at timestamptz DEFAULT now(),
  ADD CONSTRAINT retention_runs_wait_for_something_known
    CHECK (waits_for IN ('budget', 'first_run')),
  ADD CONSTRAINT retention_runs_run_once_confirmed
    CHECK (confirmed_at IS NOT NULL OR state IN ('paused', 'cancelled'));
ALTER TABLE tenure.retention_runs ALTER COLUMN confirmed_at DROP DEFAULT;
