-- Who did what to whom. The application inserts and reads; nobody updates or deletes.
SET ROLE tenure_owner;

CREATE TABLE tenure.audit_entries (
  tenant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  -- What a sealer needs to know that no earlier entry can still commit.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  subject_id uuid,
  request_id text NOT NULL,
  -- Sealed under the subject's key, or the tenant's where nobody is concerned.
  details bytea,
  PRIMARY KEY (tenant_id, entry_id)
);
CALL tenure.isolate('tenure.audit_entries');
GRANT SELECT, INSERT ON tenure.audit_entries TO tenure_app;
