-- Whose a place is: one answer for evidence, hands, packages, detach and release. A place is the
-- claimant's where it lies on a name, or below one, that the claimant or a tenant under common
-- ownership with it holds, has a running claim on, or gave up or lost in the 90 days before.
SET ROLE tenure_owner;

-- Tenants under common ownership: both sides of each pair have a row. What has ended counts on for
-- as long as a claim that has ended does.
CREATE TABLE tenure.common_owners (
  tenant_id uuid NOT NULL REFERENCES tenure.tenants,
  other_id uuid NOT NULL,
  named_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, other_id),
  CONSTRAINT common_owners_are_two CHECK (tenant_id <> other_id)
);
ALTER TABLE tenure.common_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.common_owners FORCE ROW LEVEL SECURITY;
-- As the register of tenants, whose facts these are: the platform sees all, a tenant its own.
CREATE POLICY tenant_isolation ON tenure.common_owners FOR ALL TO tenure_app
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
CREATE POLICY tenant_guard ON tenure.common_owners AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
GRANT SELECT, INSERT, UPDATE (ended_at) ON tenure.common_owners TO tenure_app;
GRANT SELECT ON tenure.common_owners TO tenure_recorder;
CREATE POLICY recording ON tenure.common_owners FOR SELECT TO tenure_recorder USING (true);

-- When it began and ended is the database's to say.
CREATE FUNCTION tenure.stamp_common_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.named_at := tenure.now();
    NEW.ended_at := NULL;
  ELSIF NEW.ended_at IS NOT NULL THEN
    NEW.ended_at := coalesce(OLD.ended_at, tenure.now());
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER common_owners_are_stamped BEFORE INSERT OR UPDATE ON tenure.common_owners
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_common_owner();

-- A name and those above it down to two labels, as they are known among those of a destination.
-- `Destination.names` in Swift goes through the same.
CREATE FUNCTION tenure.name_digests(tenant uuid, domain text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(tenure.name_digest(tenant, array_to_string(labels[first:], '.')))
  FROM string_to_array(domain, '.') AS labels,
    generate_series(1, greatest(cardinality(labels) - 1, 1)) AS first
$$;

-- Whether a claim makes what lies on its name the claimant's, for something that began then: while
-- it runs, proven or not; and where it ended in the 90 days before, or since, because whoever had
-- the name may read its mail still.
CREATE FUNCTION tenure.claim_counts(state text, state_since timestamptz, began timestamptz)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT state IN ('pending', 'verified', 'at_risk', 'grace', 'contested')
    OR (state <> 'refused' AND state_since >= began - interval '90 days')
$$;
REVOKE EXECUTE ON FUNCTION tenure.name_digests(uuid, text),
  tenure.claim_counts(text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.name_digests(uuid, text),
  tenure.claim_counts(text, timestamptz, timestamptz) TO tenure_app, tenure_recorder;

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
REVOKE EXECUTE ON FUNCTION tenure.claims_beside(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claims_beside(uuid, timestamptz) TO tenure_app;
SET ROLE tenure_owner;

-- Whether one of these names is the claimant's, for something that began then: the one judge of
-- whose a place is. A claim counts whatever its scope, because whoever has a name can make names
-- below it.
DROP FUNCTION tenure.is_claimed(uuid, text[], timestamptz);
CREATE FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
    OR EXISTS (SELECT FROM tenure.claims_beside(tenant, began) AS claim
      WHERE claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
$$;

-- Which of these names of addresses are the claimant's.
CREATE FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamptz)
RETURNS TABLE (domain text)
LANGUAGE sql STABLE AS $$
  SELECT wanted.domain FROM unnest(domains) AS wanted (domain)
  WHERE tenure.is_claimed(tenant, tenure.name_digests(tenant, wanted.domain), began)
$$;

-- When a tenant, or one under common ownership with it, first claimed any name; NULL where none has.
CREATE FUNCTION tenure.first_claimed(tenant uuid) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT least(
    (SELECT min(claim.created_at) FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.state <> 'refused'),
    (SELECT min(claim.created_at) FROM tenure.claims_beside(tenant, tenure.now()) AS claim))
$$;

-- Since when the claimant of a case, or one under common ownership with it, has claimed the names
-- that the case is about, those of the destinations included: whoever signed in before was not let
-- in by the claimant's mailbox.
CREATE OR REPLACE FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  WITH item AS MATERIALIZED (
    SELECT c.created_at, t.domain FROM tenure.takeover_cases c
    JOIN tenure.takeovers t ON t.tenant_id = tenant AND t.takeover_id = c.takeover_id
    WHERE c.tenant_id = tenant AND c.case_id = wanted
  ), name AS MATERIALIZED (
    SELECT unnest(place.names) AS digest FROM tenure.notice_destinations place
    WHERE place.tenant_id = tenant AND place.case_id = wanted
    UNION
    SELECT unnest(tenure.name_digests(tenant, item.domain)) FROM item
  ), claim AS (
    SELECT own.name_digest, own.created_at FROM tenure.domain_claims own
    WHERE own.tenant_id = tenant AND own.state <> 'refused'
    UNION ALL
    SELECT other.name_digest, other.created_at
    FROM item CROSS JOIN LATERAL tenure.claims_beside(tenant, item.created_at) AS other
  )
  SELECT min(claim.created_at) FROM claim WHERE claim.name_digest IN (SELECT digest FROM name)
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_claimed(uuid, text[], timestamptz),
  tenure.claimed_names(uuid, text[], timestamptz), tenure.first_claimed(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_claimed(uuid, text[], timestamptz),
  tenure.claimed_names(uuid, text[], timestamptz), tenure.first_claimed(uuid)
  TO tenure_app, tenure_recorder;

SET ROLE tenure_recorder;

-- What a person did about a notice from a place of their own: level 3. It is shown by what proves
-- the link to a destination of the person's own, or by a token that no mailbox opens; either was
-- there before this transaction.
CREATE OR REPLACE FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text,
  link uuid, proof bytea, session uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
  here uuid := tenure.current_tenant();
  now timestamptz := tenure.now();
  holder uuid;
  since timestamptz;
  is_shown boolean;
BEGIN
  IF wanted_case IS NOT NULL THEN
    SELECT c.account_id INTO holder FROM tenure.takeover_cases c
    WHERE c.tenant_id = here AND c.case_id = wanted_case AND c.notice_at IS NOT NULL;
    since := tenure.claimed_since(here, wanted_case);
  ELSE
    SELECT n.account_id INTO holder FROM tenure.account_notices n
    WHERE n.tenant_id = here AND n.notice_id = wanted_notice;
    since := coalesce(tenure.first_claimed(here), 'infinity');
  END IF;
  IF link IS NOT NULL THEN
    SELECT d.is_verified AND d.link_digest = sha256(proof) AND d.made_in <> pg_current_xact_id()
      AND NOT (d.is_claimants OR tenure.is_claimed(here, d.names, d.made_at))
    INTO is_shown FROM tenure.notice_destinations d
    WHERE d.tenant_id = here AND d.case_id = wanted_case AND d.destination_id = link;
  ELSE
    -- People's tokens lie with the platform.
    PERFORM set_config('tenure.tenant', tenure.platform_tenant()::text, true);
    SELECT k.assurance = 'session' AND (k.has_second_factor OR k.signed_in_at < since)
      AND k.revoked_at IS NULL AND k.expires_at > now AND k.made_in <> pg_current_xact_id()
    INTO is_shown FROM tenure.keys k
    WHERE k.tenant_id = tenure.platform_tenant() AND k.key_id = session AND k.account_id = holder;
    PERFORM set_config('tenure.tenant', here::text, true);
  END IF;
  IF is_shown IS NOT TRUE OR holder IS NULL THEN
    RAISE EXCEPTION 'not from a place of the person''s own' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'receipts_of_a_person_are_shown', SCHEMA = 'tenure', TABLE = 'receipts';
  END IF;
  INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, notice_id, level, channel,
    destination_id, session_id, is_outside_domain, delivered_at, received_at)
  VALUES (here, id, wanted_case, wanted_notice, 3, act, link,
    CASE WHEN link IS NULL THEN session END, true, now, now)
  ON CONFLICT DO NOTHING;
  RETURN now;
END $$;
SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure FROM tenure_recorder;
