-- What a tenant was called before: whoever was told of it by that name is told of the new one.
SET ROLE tenure_owner;

CREATE TABLE tenure.tenant_names (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  -- When it got another.
  until timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, until)
);
CALL tenure.isolate('tenure.tenant_names');
GRANT SELECT, INSERT ON tenure.tenant_names TO tenure_app;
