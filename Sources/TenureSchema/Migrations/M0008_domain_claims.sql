-- Names that tenants prove, contest and let each other have.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

-- How a name is known among the names of a destination: not in the clear, for most are nobody's
-- but the person's.
CREATE FUNCTION tenure.name_digest(tenant uuid, name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT left(encode(sha256(convert_to(tenant::text || E'\n' || name, 'UTF8')), 'hex'), 32)
$$;
REVOKE EXECUTE ON FUNCTION tenure.name_digest FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.name_digest TO tenure_app, tenure_recorder;

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
  affiliation text,
  affiliated_at timestamptz,
  -- A code on its way to a mailbox of the domain: which, until when, and how often it was wrong.
  code_mailbox text,
  code_expires_at timestamptz,
  name_digest text GENERATED ALWAYS AS (tenure.name_digest(tenant_id, domain)) STORED NOT NULL,
  -- Since when clocks that run on it stand; NULL while they run.
  frozen_at timestamptz,
  -- Why the operator looks at the name before it is held; NULL where nothing is odd about it.
  review text,
  -- What the last look found in the place of the proof; NULL where it found that.
  finding text,
  PRIMARY KEY (tenant_id, claim_id),
  CONSTRAINT domain_claims_affiliation_has_a_time
    CHECK ((affiliation IS NULL) = (affiliated_at IS NULL)),
  CONSTRAINT domain_claims_affiliation_is_known CHECK (affiliation IN ('file', 'mailbox')),
  CONSTRAINT domain_claims_are_proven_to_be_verified
    CHECK (state NOT IN ('verified', 'at_risk', 'grace') OR verified_at IS NOT NULL),
  CONSTRAINT domain_claims_method_is_known CHECK (method IN ('dns', 'attestation')),
  CONSTRAINT domain_claims_review_is_known CHECK (review IN ('needed', 'allowed')),
  CONSTRAINT domain_claims_scope_is_known CHECK (scope IN ('exact', 'subtree')),
  CONSTRAINT domain_claims_state_is_known CHECK (state IN (
    'pending', 'verified', 'at_risk', 'grace', 'lapsed', 'expired', 'contested',
    'ownership_changed', 'released', 'refused'))
);
CREATE INDEX domain_claims_by_name_digest ON tenure.domain_claims (tenant_id, name_digest);
-- A tenant has one living claim on a name.
CREATE UNIQUE INDEX domain_claims_one_living ON tenure.domain_claims (tenant_id, domain)
  WHERE state IN ('pending', 'verified', 'at_risk', 'grace', 'contested');
CALL tenure.isolate('tenure.domain_claims');
GRANT SELECT, INSERT, UPDATE ON tenure.domain_claims TO tenure_app;
GRANT SELECT ON tenure.domain_claims TO tenure_recorder;

-- Who holds a name. A name is unique once verified, whichever tenant asks; before, not at all.
CREATE TABLE tenure_global.domains (
  domain text NOT NULL,
  scope text NOT NULL,
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  -- full: proven. kept: the proof is missing, nothing new is taken over. frozen: long missing or
  -- contested, nothing is done that cannot be undone.
  rights text NOT NULL DEFAULT 'full',
  -- What a name looks like (UTS 39 section 4): others of the same look wait for the operator.
  skeleton text,
  -- The name, hashed as those of addresses are: that is how the two are matched.
  name_hmac bytea NOT NULL,
  CONSTRAINT domain_claims_one_verified_holder PRIMARY KEY (domain),
  CONSTRAINT domains_rights_are_known CHECK (rights IN ('full', 'kept', 'frozen'))
);
CREATE INDEX domains_by_claim ON tenure_global.domains (tenant_id, claim_id);
CREATE UNIQUE INDEX domains_by_name_hmac ON tenure_global.domains (name_hmac);
CREATE INDEX domains_by_skeleton ON tenure_global.domains (skeleton);
CALL tenure.isolate_directory('tenure_global.domains');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure_global.domains TO tenure_app;
GRANT SELECT ON tenure_global.domains TO tenure_router;

CREATE TABLE tenure.domain_observations (
  tenant_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  observation_id uuid NOT NULL,
  at timestamptz NOT NULL,
  resolver text NOT NULL,
  outcome text NOT NULL,
  -- Whether the token asked for was among the records.
  is_proof boolean NOT NULL,
  -- In which transaction it was seen: what is proven, is proven by what that very transaction
  -- writes down, however many looked before.
  made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- The texts that were seen.
  records text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, claim_id, observation_id),
  FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  CONSTRAINT domain_observations_outcome_is_known
    CHECK (outcome IN ('found', 'nxdomain', 'nodata', 'servfail', 'timeout'))
);
CALL tenure.isolate('tenure.domain_observations');
GRANT SELECT, INSERT ON tenure.domain_observations TO tenure_app;

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
  CONSTRAINT domain_contests_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT domain_contests_have_three_places CHECK (place BETWEEN 1 AND 3),
  CONSTRAINT domain_contests_state_is_known
    CHECK (state IN ('open', 'defended', 'lost', 'moved'))
);
CREATE INDEX domain_contests_by_name ON tenure.domain_contests (tenant_id, domain, opened_at);
CREATE UNIQUE INDEX domain_contests_one_in_a_place ON tenure.domain_contests (tenant_id, place)
  WHERE state = 'open';
CALL tenure.isolate('tenure.domain_contests');
GRANT SELECT, INSERT ON tenure.domain_contests TO tenure_app;
GRANT UPDATE (state, ended_at) ON tenure.domain_contests TO tenure_app;

-- What a holder lets another tenant have: the name itself (transfer) or one below it (consent).
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
  CONSTRAINT domain_grants_are_for_two_weeks
    CHECK (expires_at <= created_at + interval '14 days'),
  CONSTRAINT domain_grants_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT domain_grants_state_is_known
    CHECK (state IN ('open', 'used', 'withdrawn', 'ended'))
);
CREATE INDEX domain_grants_by_grantee ON tenure_global.domain_grants (grantee_id, grant_id);
CREATE UNIQUE INDEX domain_grants_one_open
  ON tenure_global.domain_grants (tenant_id, claim_id, domain, grantee_id)
  WHERE state = 'open';
CALL tenure.isolate_directory('tenure_global.domain_grants');
GRANT SELECT, INSERT ON tenure_global.domain_grants TO tenure_app;
GRANT SELECT ON tenure_global.domain_grants TO tenure_router;
GRANT UPDATE (state, ended_at) ON tenure_global.domain_grants TO tenure_app;

-- Whether a claim makes what lies on its name the claimant's, for something that began then: while
-- it runs, proven or not; and where it ended in the 90 days before, or since, because whoever had
-- the name may read its mail still.
CREATE FUNCTION tenure.claim_counts(state text, state_since timestamptz, began timestamptz)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT state IN ('pending', 'verified', 'at_risk', 'grace', 'contested')
    OR (state <> 'refused' AND state_since >= began - interval '90 days')
$$;
REVOKE EXECUTE ON FUNCTION tenure.claim_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claim_counts TO tenure_app, tenure_recorder;

-- Which of these names of addresses are the claimant's.
CREATE FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamptz)
RETURNS TABLE (domain text)
LANGUAGE sql STABLE AS $$
  SELECT wanted.domain FROM unnest(domains) AS wanted (domain)
  WHERE tenure.is_claimed(tenant, tenure.name_digests(tenant, wanted.domain), began)
$$;
REVOKE EXECUTE ON FUNCTION tenure.claimed_names FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claimed_names TO tenure_app, tenure_recorder;

-- The proof of a claim fails for long, or is contested; or it is back.
CREATE FUNCTION tenure.claims_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  was_certain boolean := OLD.state IN ('verified', 'at_risk');
  is_certain boolean := NEW.state IN ('verified', 'at_risk');
BEGIN
  IF was_certain <> is_certain THEN
    PERFORM tenure.stand_still(NEW.tenant_id, ARRAY(
      SELECT DISTINCT change.account_id FROM tenure.account_changes AS change
      JOIN tenure.controls AS control
        ON control.tenant_id = NEW.tenant_id AND control.account_id = change.account_id
      WHERE change.tenant_id = NEW.tenant_id AND change.next_at IS NOT NULL
        AND control.claim_id = NEW.claim_id
        -- What is suspended goes on with its control.
        AND control.suspended_at IS NULL), NOT is_certain);
  END IF;
  RETURN NULL;
END $$;

-- How far a claim is from being held with all rights: less of it needs a proof.
CREATE FUNCTION tenure.doubt(state text, verified_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE state WHEN 'verified' THEN 0 WHEN 'at_risk' THEN 1 WHEN 'grace' THEN 2
    WHEN 'contested' THEN CASE WHEN verified_at IS NULL THEN 9 ELSE 2 END ELSE 9 END
$$;
REVOKE EXECUTE ON FUNCTION tenure.doubt FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.doubt TO tenure_app;

-- When a tenant, or one under common ownership with it, first claimed any name; NULL where none
-- has.
CREATE FUNCTION tenure.first_claimed(tenant uuid) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT least(
    (SELECT min(claim.created_at) FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.state <> 'refused'),
    (SELECT min(claim.created_at) FROM tenure.claims_beside(tenant, tenure.now()) AS claim))
$$;
REVOKE EXECUTE ON FUNCTION tenure.first_claimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.first_claimed TO tenure_app, tenure_recorder;

-- The directory says of a name what its claim says, and nothing that is better.
CREATE FUNCTION tenure.follow_claim() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tenure.domain_claims claim
    WHERE claim.tenant_id = NEW.tenant_id AND claim.claim_id = NEW.claim_id
      AND claim.domain = NEW.domain AND claim.scope = NEW.scope
      AND tenure.doubt(claim.state, claim.verified_at)
        <= CASE NEW.rights WHEN 'full' THEN 0 WHEN 'kept' THEN 1 ELSE 2 END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a name is held by a claim that is proven' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'domains_are_held_by_claims', SCHEMA = 'tenure_global', TABLE = 'domains';
END $$;

-- Whether a tenant holds one of these names or has a running claim on it, whatever the claim's
-- scope: whoever has a name can make names below it. A claim that ended since then counts too.
CREATE FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
    OR EXISTS (SELECT FROM tenure.claims_beside(tenant, began) AS claim
      WHERE claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_claimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_claimed TO tenure_app, tenure_recorder;

-- Whether most of those who were asked in this transaction saw the record.
CREATE FUNCTION tenure.is_seen(tenant uuid, claim uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT count(*) FILTER (WHERE o.is_proof) * 2 > count(*)
  FROM tenure.domain_observations o
  WHERE o.tenant_id = tenant AND o.claim_id = claim AND o.made_in = pg_current_xact_id()
    -- A file or a mailbox proves affiliation, and no more.
    AND o.resolver <> 'web' AND o.resolver NOT LIKE 'mailbox:%'
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_seen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_seen TO tenure_app;

CREATE FUNCTION tenure.keep_claim() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state IN ('pending', 'refused') AND NEW.verified_at IS NULL
      AND tenure.is_now(NEW.created_at) AND tenure.is_now(NEW.state_since)
    THEN
      RETURN NEW;
    END IF;
  ELSIF (NEW.claim_id, NEW.domain, NEW.scope, NEW.created_at)
      IS NOT DISTINCT FROM (OLD.claim_id, OLD.domain, OLD.scope, OLD.created_at)
    -- Proven is what becomes verified, once and now.
    AND (NEW.verified_at IS NOT DISTINCT FROM OLD.verified_at
      OR (OLD.verified_at IS NULL AND NEW.state = 'verified' AND tenure.is_now(NEW.verified_at)))
    AND (NEW.state_since = OLD.state_since OR tenure.is_now(NEW.state_since))
    AND (tenure.doubt(NEW.state, NEW.verified_at) >= tenure.doubt(OLD.state, OLD.verified_at)
      OR NEW.method = 'attestation' AND NEW.attestation IS NOT NULL AND NEW.review_on IS NOT NULL
      OR tenure.is_seen(NEW.tenant_id, NEW.claim_id))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a claim is what was seen of it' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'domain_claims_are_proven', SCHEMA = 'tenure', TABLE = 'domain_claims';
END $$;

-- Refuses a row that says of itself, in the column that the trigger names, that it is not of now.
CREATE FUNCTION tenure.require_now() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tenure.is_now((to_jsonb(NEW) ->> TG_ARGV[0])::timestamptz) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what happens, happens now' USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_NAME, SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END $$;

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

CREATE FUNCTION tenure.stamp_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;

-- Whatever stands on a claim is looked at once the claim is lost, or is back.
CREATE FUNCTION tenure.wake_takeovers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
  SELECT t.takeover_id, t.tenant_id, 'takeover', tenure.now()
  FROM tenure.takeovers t
  WHERE t.tenant_id = NEW.tenant_id AND t.claim_id = NEW.claim_id AND EXISTS (
    SELECT FROM tenure.takeover_cases c
    WHERE c.tenant_id = t.tenant_id AND c.takeover_id = t.takeover_id
      AND (c.state IN ('notice_pending', 'running', 'disputed')
        OR (c.state = 'effective' AND c.outcome = 'block_sign_in')))
  ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at);
  RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

-- The accounts with a verified address on a claimed name, or below it, where no nearer name is held
-- by another claim; who has custody, what they are, and whether they have an open request; whether
-- it is their primary address.
CREATE FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean)
RETURNS TABLE (
  account_id uuid, tenant_id uuid, is_primary boolean, status text, has_open_request boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH found AS (
      SELECT a.account_id, a.name_hmacs, a.is_primary FROM tenure_global.addresses a
      WHERE a.name_hmacs[1] = wanted AND a.is_verified
      UNION ALL
      SELECT a.account_id, a.name_hmacs, a.is_primary FROM tenure_global.addresses a
      WHERE is_subtree AND a.is_verified AND a.name_hmacs @> ARRAY[wanted]
        AND a.name_hmacs[1] <> wanted
    ), names AS MATERIALIZED (
      SELECT name.name_hmacs FROM (SELECT DISTINCT f.name_hmacs FROM found f) AS name
      CROSS JOIN LATERAL tenure_global.holder_of(name.name_hmacs) AS holder
      WHERE holder.claim_id = claim
    )
    SELECT f.account_id, min(account.tenant_id::text)::uuid, bool_or(f.is_primary),
      min(account.status), EXISTS (
        SELECT FROM tenure_global.requests r WHERE r.account_id = f.account_id AND r.is_open)
    FROM found f
    JOIN names ON names.name_hmacs = f.name_hmacs
    JOIN tenure_global.accounts account ON account.account_id = f.account_id
    GROUP BY f.account_id;
END $$;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_under FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_under TO tenure_app;

-- What a tenant gave and was given.
CREATE FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint)
RETURNS SETOF tenure_global.domain_grants
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT g.* FROM tenure_global.domain_grants g
  WHERE (g.tenant_id = wanted OR g.grantee_id = wanted) AND g.grant_id > after
  ORDER BY g.grant_id LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.domain_grants_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.domain_grants_of TO tenure_app;

-- Who holds a name: the holder of the name itself, else of the nearest name above it whose scope is
-- the subtree.
CREATE FUNCTION tenure_global.domain_holder(wanted text)
RETURNS TABLE (domain text, scope text, tenant_id uuid, claim_id uuid, rights text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.domain, d.scope, d.tenant_id, d.claim_id, d.rights
  FROM tenure_global.domains d
  WHERE d.domain = wanted
    OR (d.scope = 'subtree' AND d.domain IN (
      SELECT array_to_string(labels[first:], '.')
      FROM string_to_array(wanted, '.') AS labels,
        generate_series(2, array_length(labels, 1) - 1) AS first))
  ORDER BY length(d.domain) DESC
  LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.domain_holder FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.domain_holder TO tenure_app;

-- Who holds a name that is known by its hash and those of the names above it: longest match.
CREATE FUNCTION tenure_global.holder_of(names bytea[])
RETURNS TABLE (tenant_id uuid, claim_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.tenant_id, d.claim_id
  FROM unnest(names) WITH ORDINALITY AS name (hmac, place)
  JOIN tenure_global.domains d ON d.name_hmac = name.hmac
  WHERE name.place = 1 OR d.scope = 'subtree'
  ORDER BY name.place
  LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.holder_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.holder_of TO tenure_app;

-- Whether somebody else holds a name below another.
CREATE FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.domain LIKE '%.' || wanted AND d.tenant_id <> tenant)
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.is_held_below FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.is_held_below TO tenure_app;

-- Whether a name looks like another that somebody else holds; `looks` are of the name and of those
-- above it, `names` are these themselves.
CREATE FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.skeleton = ANY (looks) AND d.domain <> ALL (names) AND d.tenant_id <> tenant)
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.looks_held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.looks_held TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;

GRANT CREATE ON SCHEMA tenure TO tenure_recorder;
SET ROLE tenure_recorder;

-- The claims of those under common ownership with a tenant, their names as that tenant's
-- destinations know them: each lies in another context, and none is named.
CREATE FUNCTION tenure.claims_beside(tenant uuid, began timestamptz)
RETURNS TABLE (name_digest text, state text, state_since timestamptz, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
  here text := tenure.current_tenant()::text;
  other uuid;
BEGIN
  FOR other IN SELECT o.other_id FROM tenure.common_owners o
    WHERE o.tenant_id = tenant
      AND (o.ended_at IS NULL OR o.ended_at >= began - interval '90 days')
  LOOP
    PERFORM set_config('tenure.tenant', other::text, true);
    RETURN QUERY SELECT tenure.name_digest(tenant, c.domain), c.state, c.state_since, c.created_at
      FROM tenure.domain_claims c WHERE c.tenant_id = other AND c.state <> 'refused';
    PERFORM set_config('tenure.tenant', here, true);
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.claims_beside FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claims_beside TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure FROM tenure_recorder;

CREATE POLICY recording ON tenure.domain_claims FOR SELECT TO tenure_recorder USING (true);

CREATE TRIGGER domain_claims_are_proven BEFORE INSERT OR UPDATE ON tenure.domain_claims
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_claim();
CREATE TRIGGER domain_claims_hold_clocks AFTER UPDATE OF state ON tenure.domain_claims
  FOR EACH ROW EXECUTE FUNCTION tenure.claims_hold_clocks();
CREATE TRIGGER domain_claims_wake_their_takeovers AFTER UPDATE OF state ON tenure.domain_claims
  FOR EACH ROW WHEN (OLD.state <> NEW.state
    AND NEW.state NOT IN ('pending', 'at_risk', 'grace', 'contested'))
  EXECUTE FUNCTION tenure.wake_takeovers();
CREATE TRIGGER domains_are_held_by_claims BEFORE INSERT OR UPDATE ON tenure_global.domains
  FOR EACH ROW EXECUTE FUNCTION tenure.follow_claim();
CREATE TRIGGER domain_observations_are_of_now BEFORE INSERT ON tenure.domain_observations
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('at');
CREATE TRIGGER domain_observations_say_when_they_were_made
  BEFORE INSERT ON tenure.domain_observations
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_transaction();
CREATE TRIGGER domain_contests_are_of_now BEFORE INSERT ON tenure.domain_contests
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');
CREATE TRIGGER domain_contests_rest BEFORE INSERT ON tenure.domain_contests
  FOR EACH ROW EXECUTE FUNCTION tenure.rest_contests();
CREATE TRIGGER domain_grants_are_of_now BEFORE INSERT ON tenure_global.domain_grants
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('created_at');
