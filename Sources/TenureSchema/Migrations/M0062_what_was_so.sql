-- What is said later is what was so: of policies that are gone, of what an erasure took, and of who
-- asked for what is done on a later day.
SET ROLE tenure_owner;

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

-- What there was to be destroyed of an account; NULL for erasures from before that was kept.
ALTER TABLE tenure.erasures ADD COLUMN gone text[];

ALTER TABLE tenure.account_changes
  -- The request that asked for it, and the second person who agreed.
  ADD COLUMN request_id text,
  ADD COLUMN approved_by text;
