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

-- Whose address it is: for whoever is asked, before somebody writes to it, what became of the account.
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;
CREATE FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[])
RETURNS TABLE (place bigint, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT wanted.place, a.account_id
  FROM unnest(hmacs) WITH ORDINALITY AS wanted (hmac, place)
  JOIN tenure_global.addresses a ON a.address_hmac = wanted.hmac
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_of_addresses(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_of_addresses(bytea[]) TO tenure_app;
SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
