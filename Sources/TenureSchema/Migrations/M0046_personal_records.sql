-- What is the person's own while somebody controls their account: addresses outside the controller's
-- names, and what was said of the person before.
SET ROLE tenure_owner;

CREATE TABLE tenure.personal_records (
  -- The platform's, whoever has custody of the account.
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Addresses and attributes, sealed together under the platform's key of the person.
  record bytea NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT personal_records_lie_with_the_platform
    CHECK (tenant_id = '00000000-0000-7000-8000-000000000001')
);
CALL tenure.isolate('tenure.personal_records');
GRANT SELECT, INSERT, DELETE ON tenure.personal_records TO tenure_app;
