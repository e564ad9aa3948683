-- One key per tenant and person for what the tenant's audit log says about them: it stays when the
-- account goes elsewhere, and goes when the person is erased, leaving the entries in their place.
SET ROLE tenure_owner;

CREATE TABLE tenure.audit_keys (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  version bigint NOT NULL,
  wrapped bytea NOT NULL,
  commitment bytea NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
);
CALL tenure.isolate('tenure.audit_keys');
GRANT SELECT, INSERT, DELETE ON tenure.audit_keys TO tenure_app;
