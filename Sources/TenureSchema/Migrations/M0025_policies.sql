-- Documents that people accept or are told of, and who has accepted what.
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
CALL tenure.isolate('tenure.acceptances');
GRANT SELECT, INSERT ON tenure.acceptances TO tenure_app;
CREATE INDEX acceptances_by_account ON tenure.acceptances (tenant_id, account_id);
