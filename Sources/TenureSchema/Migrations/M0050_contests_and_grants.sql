-- Contests about names have a life of their own, grants end, and some names wait for the operator.
SET ROLE tenure_owner;

-- A contest lies with the rival, who opened it: what it costs is counted there.
CREATE TABLE tenure.domain_contests (
  tenant_id uuid NOT NULL,
  -- The rival's claim.
  claim_id uuid NOT NULL,
  domain text NOT NULL,
  incumbent_tenant_id uuid NOT NULL,
  incumbent_claim_id uuid NOT NULL,
  -- Which of the tenant's places it takes while it is open: there are three.
  place bigint NOT NULL,
  opened_at timestamptz NOT NULL,
  state text NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, claim_id, opened_at),
  FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  CONSTRAINT domain_contests_state_is_known
    CHECK (state IN ('open', 'defended', 'lost', 'moved')),
  CONSTRAINT domain_contests_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT domain_contests_have_three_places CHECK (place BETWEEN 1 AND 3)
);
CALL tenure.isolate('tenure.domain_contests');
GRANT SELECT, INSERT, UPDATE (state, ended_at) ON tenure.domain_contests TO tenure_app;
CREATE UNIQUE INDEX domain_contests_one_in_a_place ON tenure.domain_contests (tenant_id, place)
  WHERE state = 'open';
CREATE INDEX domain_contests_by_name ON tenure.domain_contests (tenant_id, domain, opened_at);

-- The same rival opens one about the same name once in 90 days, whatever the application says.
CREATE FUNCTION tenure.rest_contests() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tenure.domain_contests
    WHERE tenant_id = NEW.tenant_id AND domain = NEW.domain
      AND opened_at > NEW.opened_at - interval '90 days')
  THEN
    RAISE EXCEPTION 'the same rival contests a name once in 90 days'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'domain_contests_rest',
        SCHEMA = 'tenure', TABLE = 'domain_contests';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER domain_contests_rest BEFORE INSERT ON tenure.domain_contests
  FOR EACH ROW EXECUTE FUNCTION tenure.rest_contests();

-- Grants say until when they are good and what became of them.
DROP FUNCTION tenure_global.is_domain_granted(uuid, uuid, text, uuid);
DROP TABLE tenure_global.domain_grants;
CREATE TABLE tenure_global.domain_grants (
  tenant_id uuid NOT NULL,
  grant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  domain text NOT NULL,
  grantee_id uuid NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, grant_id),
  CONSTRAINT domain_grants_state_is_known
    CHECK (state IN ('open', 'used', 'withdrawn', 'ended')),
  CONSTRAINT domain_grants_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT domain_grants_are_for_two_weeks
    CHECK (expires_at <= created_at + interval '14 days')
);
CALL tenure.isolate_directory('tenure_global.domain_grants');
GRANT SELECT, INSERT, UPDATE (state, ended_at) ON tenure_global.domain_grants TO tenure_app;
GRANT SELECT ON tenure_global.domain_grants TO tenure_router;
CREATE UNIQUE INDEX domain_grants_one_open
  ON tenure_global.domain_grants (tenant_id, claim_id, domain, grantee_id) WHERE state = 'open';
CREATE INDEX domain_grants_by_grantee ON tenure_global.domain_grants (grantee_id, grant_id);

-- Names that the operator looks at before they are held.
ALTER TABLE tenure.domain_claims
  ADD COLUMN review text,
  ADD CONSTRAINT domain_claims_review_is_known CHECK (review IN ('needed', 'allowed'));
-- What a name looks like (UTS 39 section 4): others of the same look wait for the operator.
ALTER TABLE tenure_global.domains ADD COLUMN skeleton text;
CREATE INDEX domains_by_skeleton ON tenure_global.domains (skeleton);

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- What a tenant gave and was given.
CREATE FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint)
RETURNS SETOF tenure_global.domain_grants
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT g.* FROM tenure_global.domain_grants g
  WHERE (g.tenant_id = wanted OR g.grantee_id = wanted) AND g.grant_id > after
  ORDER BY g.grant_id LIMIT most
$$;
-- Whether a name looks like another that somebody else holds; `looks` are of the name and of those
-- above it, `names` are these themselves.
CREATE FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.skeleton = ANY (looks) AND d.domain <> ALL (names) AND d.tenant_id <> tenant)
$$;
-- Whether somebody else holds a name below another.
CREATE FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.domain LIKE '%.' || wanted AND d.tenant_id <> tenant)
$$;
ALTER FUNCTION tenure_global.domain_grants_of(uuid, uuid, bigint) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.looks_held(text[], text[], uuid) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.is_held_below(text, uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.domain_grants_of(uuid, uuid, bigint) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.looks_held(text[], text[], uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.is_held_below(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.domain_grants_of(uuid, uuid, bigint) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.looks_held(text[], text[], uuid) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.is_held_below(text, uuid) TO tenure_app;
