-- Answers kept for requests that are repeated with the same Idempotency-Key.
SET ROLE tenure_owner;

CREATE TABLE tenure.idempotency_keys (
  tenant_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  -- SHA-256 of the key: what a client writes into it is its own affair.
  key_digest bytea NOT NULL,
  fingerprint bytea NOT NULL,
  status bigint NOT NULL,
  -- Headers and body, sealed under the tenant's key: they may hold personal data or a new secret.
  response bytea NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_are_used_once PRIMARY KEY (tenant_id, principal_id, key_digest)
);
CREATE INDEX idempotency_keys_by_age ON tenure.idempotency_keys (tenant_id, created_at);
CALL tenure.isolate('tenure.idempotency_keys');
GRANT SELECT, INSERT, DELETE ON tenure.idempotency_keys TO tenure_app;
