-- Policies and who accepted them; what people want to be written to about.
SET ROLE tenure_owner;

CREATE TABLE tenure.policies (
  tenant_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  name text NOT NULL,
  version bigint NOT NULL,
  language text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  -- Of the body: what was accepted can be shown for ever.
  sha256 bytea NOT NULL,
  needs text NOT NULL,
  effective_at timestamptz NOT NULL,
  published_by text NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_id),
  CONSTRAINT policies_have_one_text_a_language UNIQUE (tenant_id, name, version, language),
  CONSTRAINT policies_needs_is_known CHECK (needs IN ('acceptance', 'notice'))
);
CALL tenure.isolate('tenure.policies');
-- Published once: another text is another version.
GRANT SELECT, INSERT, DELETE ON tenure.policies TO tenure_app;

-- Append-only, and no reference: an acceptance outlives its document.
CREATE TABLE tenure.acceptances (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  name text NOT NULL,
  version bigint NOT NULL,
  language text NOT NULL,
  sha256 bytea NOT NULL,
  accepted_at timestamptz NOT NULL,
  recorded_by text NOT NULL,
  PRIMARY KEY (tenant_id, name, version, account_id)
);
CREATE INDEX acceptances_by_account ON tenure.acceptances (tenant_id, account_id);
CALL tenure.isolate('tenure.acceptances');
GRANT SELECT, INSERT ON tenure.acceptances TO tenure_app;

-- Which policy an acceptance was of, once the policy is gone.
CREATE TABLE tenure.withdrawn_policies (
  tenant_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  name text NOT NULL,
  version bigint NOT NULL,
  language text NOT NULL,
  title text NOT NULL,
  sha256 bytea NOT NULL,
  needs text NOT NULL,
  effective_at timestamptz NOT NULL,
  published_by text NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_id)
);
CALL tenure.isolate('tenure.withdrawn_policies');
GRANT SELECT, INSERT ON tenure.withdrawn_policies TO tenure_app;

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

CREATE TABLE tenure.objections (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  purpose text NOT NULL,
  request_id uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id, purpose),
  FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests
);
CALL tenure.isolate('tenure.objections');
GRANT SELECT, INSERT, DELETE ON tenure.objections TO tenure_app;
