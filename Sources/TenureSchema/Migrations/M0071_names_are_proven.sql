-- A name is held by what was seen of it, or by what the operator said of it: the state of a claim alone
-- does not make it so.
SET ROLE tenure_owner;

-- Refuses a row that says of itself, in the column that the trigger names, that it is not of now.
CREATE FUNCTION tenure.require_now() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tenure.is_now((to_jsonb(NEW) ->> TG_ARGV[0])::timestamptz) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what happens, happens now' USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_NAME, SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER domain_observations_are_of_now BEFORE INSERT ON tenure.domain_observations
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('at');
CREATE TRIGGER domain_contests_are_of_now BEFORE INSERT ON tenure.domain_contests
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');
CREATE TRIGGER domain_grants_are_of_now BEFORE INSERT ON tenure_global.domain_grants
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('created_at');
CREATE TRIGGER disputes_are_of_now BEFORE INSERT ON tenure.disputes
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');

-- How far a claim is from being held with all rights: less of it needs a proof.
CREATE FUNCTION tenure.doubt(state text, verified_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE state WHEN 'verified' THEN 0 WHEN 'at_risk' THEN 1 WHEN 'grace' THEN 2
    WHEN 'contested' THEN CASE WHEN verified_at IS NULL THEN 9 ELSE 2 END ELSE 9 END
$$;
REVOKE EXECUTE ON FUNCTION tenure.doubt(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.doubt(text, timestamptz) TO tenure_app;

-- In which transaction it was seen: what is proven, is proven by what that very transaction writes
-- down, however many looked before.
ALTER TABLE tenure.domain_observations
  ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION tenure.stamp_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER domain_observations_say_when_they_were_made
  BEFORE INSERT ON tenure.domain_observations
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_transaction();

-- Whether most of those who were asked in this transaction saw the record.
CREATE FUNCTION tenure.is_seen(tenant uuid, claim uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT count(*) FILTER (WHERE o.is_proof) * 2 > count(*)
  FROM tenure.domain_observations o
  WHERE o.tenant_id = tenant AND o.claim_id = claim AND o.made_in = pg_current_xact_id()
    -- A file or a mailbox proves affiliation, and no more.
    AND o.resolver <> 'web' AND o.resolver NOT LIKE 'mailbox:%'
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_seen(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_seen(uuid, uuid) TO tenure_app;

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
CREATE TRIGGER domain_claims_are_proven BEFORE INSERT OR UPDATE ON tenure.domain_claims
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_claim();

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
CREATE TRIGGER domains_are_held_by_claims BEFORE INSERT OR UPDATE ON tenure_global.domains
  FOR EACH ROW EXECUTE FUNCTION tenure.follow_claim();
