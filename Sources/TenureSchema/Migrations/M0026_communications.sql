-- What people want to be told, and addresses that nobody writes to.
SET ROLE tenure_owner;

-- The operator's, whoever has custody of the account: it is the operator who writes.
CREATE TABLE tenure.preferences (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  topic text NOT NULL,
  channel text NOT NULL,
  purpose text NOT NULL,
  is_allowed boolean NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id, topic, channel, purpose),
  -- Nobody opts out of what they must be told.
  CONSTRAINT preferences_spare_what_is_mandatory
    CHECK (is_allowed OR topic NOT IN ('takeover', 'request', 'security'))
);
CALL tenure.isolate('tenure.preferences');
GRANT SELECT, INSERT, DELETE ON tenure.preferences TO tenure_app;

-- A keyed hash of a key of its own: it survives the person's erasure, and leads to nobody.
CREATE TABLE tenure.suppressions (
  tenant_id uuid NOT NULL,
  suppression_id uuid NOT NULL,
  address_hmac bytea NOT NULL,
  channel text NOT NULL,
  -- 'any' for all of them.
  topic text NOT NULL,
  reason text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, suppression_id),
  CONSTRAINT suppressions_are_kept_once UNIQUE (tenant_id, address_hmac, channel, topic, reason),
  CONSTRAINT suppressions_reason_is_known CHECK (reason IN ('opt_out', 'complaint', 'bounce')),
  CONSTRAINT suppressions_spare_what_is_mandatory
    CHECK (reason = 'bounce' OR topic NOT IN ('takeover', 'request', 'security'))
);
CALL tenure.isolate('tenure.suppressions');
GRANT SELECT, INSERT, DELETE ON tenure.suppressions TO tenure_app;
