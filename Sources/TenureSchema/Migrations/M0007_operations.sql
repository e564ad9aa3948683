-- Long work: what a client watches, the pieces it consists of, and the queue that drives it.
SET ROLE tenure_owner;

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
  PRIMARY KEY (tenant_id, operation_id, chunk),
  FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations
);
CALL tenure.isolate('tenure.import_chunks');
GRANT SELECT, INSERT, UPDATE ON tenure.import_chunks TO tenure_app;

CREATE TABLE tenure_global.jobs (
  job_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  kind text NOT NULL,
  run_at timestamptz NOT NULL,
  lease_until timestamptz
);
CREATE INDEX jobs_by_time ON tenure_global.jobs (run_at);
CALL tenure.isolate_directory('tenure_global.jobs');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure_global.jobs TO tenure_app;
GRANT SELECT, UPDATE ON tenure_global.jobs TO tenure_router;

-- Takes the job that has waited longest, for as long as the lease lasts. A worker that dies leaves
-- its job to whoever asks after that.
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.take_job(at timestamptz, lease_seconds bigint)
RETURNS TABLE (job_id uuid, tenant_id uuid, kind text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE tenure_global.jobs AS job
  SET lease_until = at + make_interval(secs => lease_seconds)
  WHERE job.job_id = (
    SELECT waiting.job_id FROM tenure_global.jobs AS waiting
    WHERE waiting.run_at <= at AND (waiting.lease_until IS NULL OR waiting.lease_until < at)
    ORDER BY waiting.run_at
    FOR UPDATE SKIP LOCKED
    LIMIT 1)
  RETURNING job.job_id, job.tenant_id, job.kind
$$;
ALTER FUNCTION tenure_global.take_job(timestamptz, bigint) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.take_job(timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.take_job(timestamptz, bigint) TO tenure_app;
