-- The queue loses no wake-up, and counts how often the same work fails in the same way.
SET ROLE tenure_owner;

ALTER TABLE tenure_global.jobs
  -- How many of its last turns ended in the same failure, and in which: a kind of error, never its
  -- words, which may quote values.
  ADD COLUMN failures bigint NOT NULL DEFAULT 0,
  ADD COLUMN failure text,
  -- Whose request it carries out, where it does one: who, which, and why, sealed under the tenant's
  -- key.
  ADD COLUMN requested_by text,
  ADD COLUMN request_id text,
  ADD COLUMN reason bytea;

ALTER TABLE tenure.operations
  -- Why all of it failed: a code.
  ADD COLUMN failure text;
ALTER TABLE tenure.retention_runs
  DROP CONSTRAINT retention_runs_state_is_known,
  ADD CONSTRAINT retention_runs_state_is_known
    CHECK (state IN ('running', 'paused', 'completed', 'cancelled', 'failed'));

-- While somebody has a job, its time is infinite: whoever wants it to be done writes theirs there, and
-- the end of the turn keeps the earlier one of what it finds and what it wants.
DROP INDEX tenure_global.jobs_by_time;
CREATE INDEX jobs_by_turn ON tenure_global.jobs (coalesce(lease_until, run_at));

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
REVOKE EXECUTE ON FUNCTION tenure_global.finish_job(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.finish_job(uuid, uuid, timestamptz) TO tenure_app;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;
DROP FUNCTION tenure_global.take_job(timestamptz, bigint);
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
REVOKE EXECUTE ON FUNCTION tenure_global.take_job(timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.take_job(timestamptz, bigint) TO tenure_app;
SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
