-- How often codes were sent and guessed: for an address and for what it is to be proven for, however
-- often one is asked for.
SET ROLE tenure_owner;

CREATE TABLE tenure_global.code_counts (
  tenant_id uuid NOT NULL DEFAULT tenure.platform_tenant(),
  -- HMAC of the address, or of the case or claim.
  subject bytea PRIMARY KEY,
  sent_at timestamptz[] NOT NULL,
  wrong_at timestamptz[] NOT NULL,
  updated_at timestamptz NOT NULL
);
CALL tenure.isolate_directory('tenure_global.code_counts');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure_global.code_counts TO tenure_app;
CREATE INDEX code_counts_by_age ON tenure_global.code_counts (updated_at);

ALTER TABLE tenure.domain_claims DROP COLUMN code_failures;
ALTER TABLE tenure.takeover_cases
  DROP COLUMN code_failures,
  -- The address that a code was sent to, sealed under the person's key.
  ADD COLUMN code_address bytea;
