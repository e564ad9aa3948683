-- Work in the background: the queue, long operations, and what is told once.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure_global.jobs (
  job_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  kind text NOT NULL,
  run_at timestamptz NOT NULL,
  lease_until timestamptz,
  -- How many of its last turns ended in the same failure, and in which: a kind of error, never its
  -- words, which may quote values.
  failures bigint NOT NULL DEFAULT 0,
  failure text,
  -- Whose request it carries out, where it does one: who, which, and why, sealed under the tenant's
  -- key.
  requested_by text,
  request_id text,
  reason bytea,
  PRIMARY KEY (job_id)
);
-- While somebody has a job, its time is infinite: whoever wants it to be done writes theirs there,
-- and the end of the turn keeps the earlier one of what it finds and what it wants.
CREATE INDEX jobs_by_turn ON tenure_global.jobs (coalesce(lease_until, run_at));
CALL tenure.isolate_directory('tenure_global.jobs');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure_global.jobs TO tenure_app;
GRANT SELECT, INSERT, UPDATE ON tenure_global.jobs TO tenure_router;

CREATE TABLE tenure.operations (
  tenant_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  done bigint NOT NULL,
  total bigint,
  failed bigint NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- Why all of it failed: a code.
  failure text,
  PRIMARY KEY (tenant_id, operation_id),
  CONSTRAINT operations_state_is_known
    CHECK (state IN ('receiving', 'running', 'succeeded', 'cancelled', 'failed'))
);
CALL tenure.isolate('tenure.operations');
GRANT SELECT, INSERT, UPDATE ON tenure.operations TO tenure_app;

-- Rows of an import as received, and what became of them: both sealed under the tenant's key.
CREATE TABLE tenure.import_chunks (
  tenant_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  chunk bigint NOT NULL,
  first_row bigint NOT NULL,
  rows bigint NOT NULL,
  payload bytea,
  results bytea,
  -- Whose the results are.
  account_ids uuid[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, operation_id, chunk),
  FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations
);
CALL tenure.isolate('tenure.import_chunks');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.import_chunks TO tenure_app;

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

-- The end of a turn: the next one begins at a time, or there is none, unless somebody wants one.
CREATE FUNCTION tenure_global.finish_job(tenant uuid, job uuid, next timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  -- Two statements, so that the second sees what was committed while the first waited.
  IF next IS NULL THEN
    DELETE FROM tenure_global.jobs
    WHERE tenant_id = tenant AND job_id = job AND run_at = 'infinity';
    IF FOUND THEN RETURN; END IF;
  END IF;
  UPDATE tenure_global.jobs
  SET run_at = least(run_at, next), lease_until = NULL, failures = 0, failure = NULL
  WHERE tenant_id = tenant AND job_id = job;
END $$;
REVOKE EXECUTE ON FUNCTION tenure_global.finish_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.finish_job TO tenure_app;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

-- Takes the job that has waited longest, for as long as the lease lasts. A worker that dies leaves
-- its job to whoever asks after that.
CREATE FUNCTION tenure_global.take_job(at timestamptz, lease_seconds bigint)
RETURNS TABLE (job_id uuid, tenant_id uuid, kind text, requested_by text, request_id text,
  reason bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE tenure_global.jobs AS job
  SET lease_until = at + make_interval(secs => lease_seconds), run_at = 'infinity'
  WHERE job.job_id = (
    SELECT waiting.job_id FROM tenure_global.jobs AS waiting
    WHERE coalesce(waiting.lease_until, waiting.run_at) <= at
    ORDER BY coalesce(waiting.lease_until, waiting.run_at)
    FOR UPDATE SKIP LOCKED
    LIMIT 1)
  RETURNING job.job_id, job.tenant_id, job.kind, job.requested_by, job.request_id, job.reason
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.take_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.take_job TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
