-- Claims of tenants on email domains, what resolvers said about them, and who holds which name.
SET ROLE tenure_owner;

CREATE TABLE tenure.domain_claims (
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  -- A-labels in lower case.
  domain text NOT NULL,
  scope text NOT NULL,
  state text NOT NULL,
  method text NOT NULL,
  -- Which token is asked for: counted up when a fresh one is needed.
  token_number bigint NOT NULL,
  token_expires_at timestamptz NOT NULL,
  state_since timestamptz NOT NULL,
  verified_at timestamptz,
  checked_at timestamptz,
  checks bigint NOT NULL,
  -- Contest: until when the holder must prove anew.
  deadline timestamptz,
  -- Contest: the claim on the other side.
  rival_tenant_id uuid,
  rival_claim_id uuid,
  -- Version of the list of public suffixes the claim was judged by.
  list_version text NOT NULL,
  -- Why the operator vouched, sealed; and when to look again.
  attestation bytea,
  review_on timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, claim_id),
  CONSTRAINT domain_claims_scope_is_known CHECK (scope IN ('exact', 'subtree')),
  CONSTRAINT domain_claims_method_is_known CHECK (method IN ('dns', 'attestation')),
  CONSTRAINT domain_claims_state_is_known CHECK (state IN (
    'pending', 'verified', 'at_risk', 'grace', 'lapsed', 'expired', 'contested',
    'ownership_changed', 'released', 'refused')),
  CONSTRAINT domain_claims_are_proven_to_be_verified
    CHECK (state NOT IN ('verified', 'at_risk', 'grace') OR verified_at IS NOT NULL)
);
CALL tenure.isolate('tenure.domain_claims');
GRANT SELECT, INSERT, UPDATE ON tenure.domain_claims TO tenure_app;
-- A tenant has one living claim on a name.
CREATE UNIQUE INDEX domain_claims_one_living ON tenure.domain_claims (tenant_id, domain)
  WHERE state IN ('pending', 'verified', 'at_risk', 'grace', 'contested');

CREATE TABLE tenure.domain_observations (
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  observation_id uuid NOT NULL,
  at timestamptz NOT NULL,
  resolver text NOT NULL,
  outcome text NOT NULL,
  -- Whether the token asked for was among the records.
  is_proof boolean NOT NULL,
  PRIMARY KEY (tenant_id, claim_id, observation_id),
  FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  CONSTRAINT domain_observations_outcome_is_known
    CHECK (outcome IN ('found', 'nxdomain', 'nodata', 'servfail', 'timeout'))
);
CALL tenure.isolate('tenure.domain_observations');
GRANT SELECT, INSERT ON tenure.domain_observations TO tenure_app;

-- Who holds a name. A name is unique once verified, whichever tenant asks; before, not at all.
CREATE TABLE tenure_global.domains (
  domain text NOT NULL,
  scope text NOT NULL,
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  -- Rights on it are frozen: nothing new may be taken over.
  is_frozen boolean NOT NULL,
  CONSTRAINT domain_claims_one_verified_holder PRIMARY KEY (domain)
);
CALL tenure.isolate_directory('tenure_global.domains');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure_global.domains TO tenure_app;
GRANT SELECT ON tenure_global.domains TO tenure_router;

-- What a holder lets another tenant have: the name itself (transfer) or one below it (consent).
CREATE TABLE tenure_global.domain_grants (
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  domain text NOT NULL,
  grantee_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, claim_id, domain, grantee_id)
);
CALL tenure.isolate_directory('tenure_global.domain_grants');
GRANT SELECT, INSERT, DELETE ON tenure_global.domain_grants TO tenure_app;
GRANT SELECT ON tenure_global.domain_grants TO tenure_router;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- Who holds a name: the holder of the name itself, else of the nearest name above it whose scope is
-- the subtree.
CREATE FUNCTION tenure_global.domain_holder(wanted text)
RETURNS TABLE (domain text, scope text, tenant_id uuid, claim_id uuid, is_frozen boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.domain, d.scope, d.tenant_id, d.claim_id, d.is_frozen
  FROM tenure_global.domains d
  WHERE d.domain = wanted
    OR (d.scope = 'subtree' AND d.domain IN (
      SELECT array_to_string(labels[first:], '.')
      FROM string_to_array(wanted, '.') AS labels,
        generate_series(2, array_length(labels, 1) - 1) AS first))
  ORDER BY length(d.domain) DESC
  LIMIT 1
$$;
CREATE FUNCTION tenure_global.is_domain_granted(holder uuid, claim uuid, wanted text, grantee uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM tenure_global.domain_grants g
    WHERE g.tenant_id = holder AND g.claim_id = claim AND g.domain = wanted
      AND g.grantee_id = grantee)
$$;
ALTER FUNCTION tenure_global.domain_holder(text) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.is_domain_granted(uuid, uuid, text, uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.domain_holder(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.is_domain_granted(uuid, uuid, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.domain_holder(text) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.is_domain_granted(uuid, uuid, text, uuid) TO tenure_app;
