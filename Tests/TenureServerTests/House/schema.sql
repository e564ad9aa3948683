CREATE SCHEMA tenure;
ALTER SCHEMA tenure OWNER TO tenure_owner;
CREATE SCHEMA tenure_global;
ALTER SCHEMA tenure_global OWNER TO tenure_owner;
CREATE FUNCTION tenure.begin_cases() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh n
    WHERE n.state NOT IN ('notice_pending', 'blocked') OR NOT tenure.is_now(n.created_at)
      OR num_nonnulls(n.outcome, n.answer, n.answered_at, n.notice_at, n.clock_started_at,
        n.deadline_at, n.exported_at, n.effect_at) > 0)
  THEN
    RAISE EXCEPTION 'a case begins with nothing said'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_begin_untold',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.begin_cases() OWNER TO tenure_owner;
CREATE FUNCTION tenure.begin_takeover() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF tenure.is_now(NEW.created_at) AND EXISTS (
    SELECT FROM tenure.domain_claims claim
    WHERE claim.tenant_id = NEW.tenant_id AND claim.claim_id = NEW.claim_id
      AND claim.domain = NEW.domain AND claim.scope = NEW.scope AND claim.state = 'verified')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a takeover begins now, on a name that is held'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'takeovers_begin_on_a_sure_name',
      SCHEMA = 'tenure', TABLE = 'takeovers';
END $$;
ALTER FUNCTION tenure.begin_takeover() OWNER TO tenure_owner;
CREATE FUNCTION tenure.claim_counts(state text, state_since timestamp with time zone, began timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT state IN ('pending', 'verified', 'at_risk', 'grace', 'contested')
    OR (state <> 'refused' AND state_since >= began - interval '90 days')
$$;
ALTER FUNCTION tenure.claim_counts(state text, state_since timestamp with time zone, began timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamp with time zone) RETURNS TABLE(domain text)
    LANGUAGE sql STABLE
    AS $$
  SELECT wanted.domain FROM unnest(domains) AS wanted (domain)
  WHERE tenure.is_claimed(tenant, tenure.name_digests(tenant, wanted.domain), began)
$$;
ALTER FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
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
ALTER FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) OWNER TO tenure_owner;
CREATE FUNCTION tenure.claims_beside(tenant uuid, began timestamp with time zone) RETURNS TABLE(name_digest text, state text, state_since timestamp with time zone, created_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.claims_beside(tenant uuid, began timestamp with time zone) OWNER TO tenure_recorder;
CREATE FUNCTION tenure.claims_hold_clocks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.claims_hold_clocks() OWNER TO tenure_owner;
CREATE FUNCTION tenure.controls_hold_clocks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT DISTINCT n.tenant_id FROM new_rows AS n LOOP
    PERFORM tenure.stand_still(tenant, ARRAY(
      SELECT n.account_id FROM new_rows AS n JOIN old_rows AS o
        ON o.tenant_id = n.tenant_id AND o.account_id = n.account_id
      WHERE n.tenant_id = tenant AND o.suspended_at IS NULL AND n.suspended_at IS NOT NULL), true);
    PERFORM tenure.stand_still(tenant, ARRAY(
      SELECT n.account_id FROM new_rows AS n JOIN old_rows AS o
        ON o.tenant_id = n.tenant_id AND o.account_id = n.account_id
      WHERE n.tenant_id = tenant AND o.suspended_at IS NOT NULL AND n.suspended_at IS NULL), false);
  END LOOP;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.controls_hold_clocks() OWNER TO tenure_owner;
CREATE FUNCTION tenure.cooled_from_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenure.now() + make_interval(secs => 30 * 86400)
$$;
ALTER FUNCTION tenure.cooled_from_now() OWNER TO tenure_owner;
CREATE FUNCTION tenure.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (current_setting('tenure.tenant'::text))::uuid;
ALTER FUNCTION tenure.current_tenant() OWNER TO tenure_owner;
CREATE FUNCTION tenure.destinations_told(tenant uuid, wanted uuid) RETURNS TABLE(destination_id uuid, kind text, is_verified boolean, is_claimants boolean, arrived_at timestamp with time zone, failed_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
  SELECT place.destination_id, place.kind, place.is_verified,
    place.is_claimants OR tenure.is_claimed(tenant, place.names, place.made_at),
    seen.arrived_at, seen.failed_at
  FROM tenure.notice_destinations place
  CROSS JOIN LATERAL (
    SELECT max(r.failed_at) AS failed_at, min(r.received_at) FILTER (WHERE r.level = 3
      OR (r.level = 2 AND NOT r.has_failed
        AND (r.failed_at IS NULL OR r.received_at >= r.failed_at))) AS arrived_at
    FROM (
      SELECT r.level, r.has_failed, r.received_at,
        max(r.received_at) FILTER (WHERE r.level = 2 AND r.has_failed) OVER () AS failed_at
      FROM tenure.receipts r
      WHERE r.tenant_id = tenant AND r.case_id = wanted
        AND r.destination_id = place.destination_id) AS r) AS seen
  WHERE place.tenant_id = tenant AND place.case_id = wanted
$$;
ALTER FUNCTION tenure.destinations_told(tenant uuid, wanted uuid) OWNER TO tenure_owner;
CREATE FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[]) RETURNS TABLE(account_id uuid, claim_id uuid, rights text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT control.account_id, control.claim_id,
    CASE WHEN control.suspended_at IS NULL THEN coalesce(name.rights, 'suspended')
      ELSE 'suspended' END
  FROM unnest(accounts) AS wanted (account_id)
  JOIN tenure.controls control
    ON control.tenant_id = tenant AND control.account_id = wanted.account_id
  LEFT JOIN tenure_global.domains name
    ON name.tenant_id = tenant AND name.claim_id = control.claim_id
$$;
ALTER FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[]) OWNER TO tenure_owner;
CREATE FUNCTION tenure.doubt(state text, verified_at timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT CASE state WHEN 'verified' THEN 0 WHEN 'at_risk' THEN 1 WHEN 'grace' THEN 2
    WHEN 'contested' THEN CASE WHEN verified_at IS NULL THEN 9 ELSE 2 END ELSE 9 END
$$;
ALTER FUNCTION tenure.doubt(state text, verified_at timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.end_keys() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  UPDATE tenure.keys k SET revoked_at = tenure.now(), version = k.version + 1
  FROM gone g
  WHERE k.tenant_id = g.tenant_id AND k.holder_id = g.account_id AND k.revoked_at IS NULL
    AND NOT EXISTS (
      SELECT FROM tenure.memberships m
      WHERE m.tenant_id = g.tenant_id AND m.account_id = g.account_id AND m.role <> 'member');
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.end_keys() OWNER TO tenure_owner;
CREATE FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  UPDATE tenure.hold_custodians c SET cools_until = at
  WHERE c.tenant_id = tenant AND c.account_id = account;
  DELETE FROM tenure.hold_custodians c WHERE c.tenant_id = tenant AND c.account_id = account;
  UPDATE tenure.holds h SET state = 'ended', cools_until = at, version = h.version + 1
  WHERE h.tenant_id = tenant AND h.covers_all AND h.state <> 'ended';
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
ALTER FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamp with time zone) OWNER TO tenure_router;
CREATE FUNCTION tenure.first_claimed(tenant uuid) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
  SELECT least(
    (SELECT min(claim.created_at) FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.state <> 'refused'),
    (SELECT min(claim.created_at) FROM tenure.claims_beside(tenant, tenure.now()) AS claim))
$$;
ALTER FUNCTION tenure.first_claimed(tenant uuid) OWNER TO tenure_owner;
CREATE FUNCTION tenure.first_open_transaction() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0$$;
ALTER FUNCTION tenure.first_open_transaction() OWNER TO tenure_owner;
CREATE FUNCTION tenure.follow_claim() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.follow_claim() OWNER TO tenure_owner;
CREATE FUNCTION tenure.forget_kept(tenant uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  count bigint;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  DELETE FROM tenure.kept_values k
  WHERE k.tenant_id = tenant AND CASE
    WHEN k.source IN ('accounts', 'audit_keys', 'personal_records') THEN
      NOT EXISTS (SELECT tenure.held(tenant, ARRAY[k.account_id]))
    WHEN k.source = 'content_items' THEN NOT tenure.holds_content(tenant, k.account_id,
      k.was ->> 'category', (k.was ->> 'created_at')::timestamptz)
    ELSE NOT EXISTS (
      SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended')
    END;
  GET DIAGNOSTICS count = ROW_COUNT;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN count;
END $$;
ALTER FUNCTION tenure.forget_kept(tenant uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure.has_evidence(tenant uuid, wanted uuid, takeover uuid, answer text, outcome text, deadline_at timestamp with time zone, exported_at timestamp with time zone) RETURNS TABLE(suffices boolean)
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce(CASE
    WHEN answer IN ('accept', 'detach') THEN
      outcome = CASE answer WHEN 'accept' THEN 'assume_control' ELSE 'detach_address' END
      AND EXISTS (SELECT FROM tenure.receipts r
        WHERE r.tenant_id = tenant AND r.case_id = wanted AND r.level = 3 AND r.channel = answer)
    ELSE answer IS NULL AND tenure.now() >= deadline_at AND (
      SELECT outcome = t.no_answer
        AND tenure.now() >= tenure.notice_period(t.notice_days, exported_at)
          + CASE outcome WHEN 'assume_control' THEN told.for_control ELSE told.for_address END
      FROM tenure.takeovers t, tenure.told(tenant, wanted) AS told
      WHERE t.tenant_id = tenant AND t.takeover_id = takeover)
    END, false)
$$;
ALTER FUNCTION tenure.has_evidence(tenant uuid, wanted uuid, takeover uuid, answer text, outcome text, deadline_at timestamp with time zone, exported_at timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.hashes(joined bytea) RETURNS bytea[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT array_agg(substr(joined, place, 32) ORDER BY place)
  FROM generate_series(1, length(joined), 32) AS place
$$;
ALTER FUNCTION tenure.hashes(joined bytea) OWNER TO tenure_owner;
CREATE FUNCTION tenure.held(tenant uuid, accounts uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  IF EXISTS (SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended') THEN
    RETURN QUERY
      SELECT wanted.id FROM unnest(accounts) AS wanted (id)
      WHERE EXISTS (
        SELECT FROM tenure.holds h
        WHERE h.tenant_id = tenant AND h.state <> 'ended' AND (h.covers_all OR EXISTS (
          SELECT FROM tenure.hold_custodians c
          WHERE c.tenant_id = tenant AND c.hold_id = h.hold_id AND c.account_id = wanted.id)));
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
ALTER FUNCTION tenure.held(tenant uuid, accounts uuid[]) OWNER TO tenure_router;
CREATE FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  answer boolean;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  answer := EXISTS (
    SELECT FROM tenure.holds h
    WHERE h.tenant_id = tenant AND h.state <> 'ended'
      AND (cardinality(h.categories) = 0 OR category = ANY (h.categories))
      AND (h.from_at IS NULL OR created >= h.from_at) AND (h.to_at IS NULL OR created < h.to_at)
      AND (h.covers_all OR EXISTS (
        SELECT FROM tenure.hold_custodians c
        WHERE c.tenant_id = tenant AND c.hold_id = h.hold_id AND c.account_id = account)));
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN answer;
END $$;
ALTER FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) OWNER TO tenure_router;
CREATE FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT EXISTS (SELECT FROM tenure.domain_claims claim
      WHERE claim.tenant_id = tenant AND claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
    OR EXISTS (SELECT FROM tenure.claims_beside(tenant, began) AS claim
      WHERE claim.name_digest = ANY (names)
        AND tenure.claim_counts(claim.state, claim.state_since, began))
$$;
ALTER FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamp with time zone) OWNER TO tenure_owner;
CREATE TABLE tenure.holds (
    tenant_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    details bytea NOT NULL,
    is_secret boolean NOT NULL,
    covers_all boolean NOT NULL,
    categories text[] NOT NULL,
    from_at timestamp with time zone,
    to_at timestamp with time zone,
    state text NOT NULL,
    cools_until timestamp with time zone,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT holds_cool_before_they_end CHECK (((state = 'active'::text) = (cools_until IS NULL))),
    CONSTRAINT holds_cover_a_span CHECK ((from_at < to_at)),
    CONSTRAINT holds_state_is_known CHECK ((state = ANY (ARRAY['active'::text, 'cooling'::text, 'ended'::text])))
);
ALTER TABLE ONLY tenure.holds FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.holds OWNER TO tenure_owner;
CREATE FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT (new.tenant_id, new.hold_id, new.is_secret, new.created_by, new.created_at)
      IS DISTINCT FROM (old.tenant_id, old.hold_id, old.is_secret, old.created_by, old.created_at)
    OR (old.covers_all AND NOT new.covers_all)
    OR NOT (cardinality(new.categories) = 0
      OR (cardinality(old.categories) > 0 AND new.categories @> old.categories))
    OR NOT (new.from_at IS NULL OR coalesce(new.from_at <= old.from_at, false))
    OR NOT (new.to_at IS NULL OR coalesce(new.to_at >= old.to_at, false))
$$;
ALTER FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) OWNER TO tenure_owner;
CREATE FUNCTION tenure.is_now(at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT at BETWEEN tenure.now() - interval '5 minutes' AND tenure.now() + interval '5 minutes'
$$;
ALTER FUNCTION tenure.is_now(at timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.is_seen(tenant uuid, claim uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT count(*) FILTER (WHERE o.is_proof) * 2 > count(*)
  FROM tenure.domain_observations o
  WHERE o.tenant_id = tenant AND o.claim_id = claim AND o.made_in = pg_current_xact_id()
    -- A file or a mailbox proves affiliation, and no more.
    AND o.resolver <> 'web' AND o.resolver NOT LIKE 'mailbox:%'
$$;
ALTER FUNCTION tenure.is_seen(tenant uuid, claim uuid) OWNER TO tenure_owner;
CREATE PROCEDURE tenure.isolate(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s FOR ALL TO tenure_app
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
  EXECUTE format(
    'CREATE POLICY tenant_guard ON %s AS RESTRICTIVE FOR ALL TO PUBLIC
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
END $$;
ALTER PROCEDURE tenure.isolate(IN target regclass) OWNER TO tenure_owner;
CREATE PROCEDURE tenure.isolate_directory(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant_isolation ON %s FOR ALL TO tenure_app
       USING (tenant_id = (SELECT tenure.current_tenant()))
       WITH CHECK (tenant_id = (SELECT tenure.current_tenant()))', target);
  EXECUTE format('CREATE POLICY routing ON %s FOR ALL TO tenure_router USING (true)', target);
END $$;
ALTER PROCEDURE tenure.isolate_directory(IN target regclass) OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_account_values() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT o.tenant_id, array_agg(o.account_id) AS accounts,
      array_agg(o.account_id) FILTER (WHERE n.wrapped_key IS NULL) AS gone
    FROM former o JOIN changed n ON n.tenant_id = o.tenant_id AND n.account_id = o.account_id
    WHERE o.wrapped_key IS NOT NULL
      AND (n.wrapped_key, n.key_commitment, n.profile, n.key_version, n.key_epoch, n.parent_version)
        IS DISTINCT FROM
        (o.wrapped_key, o.key_commitment, o.profile, o.key_version, o.key_epoch, o.parent_version)
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'accounts', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
    IF place.gone IS NOT NULL THEN
      DELETE FROM tenure.kept_values k
      WHERE k.tenant_id = place.tenant_id AND k.account_id = ANY (place.gone);
    END IF;
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_account_values() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text, link uuid, proof bytea, session uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text, link uuid, proof bytea, session uuid) OWNER TO tenure_recorder;
CREATE FUNCTION tenure.keep_all() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_all() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_approval() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.vouched_by := NULL;
    NEW.decided_person := NULL;
    NEW.requested_person := tenure.person_of(NEW.tenant_id, NEW.requested_by);
    IF NEW.state <> 'pending' THEN
      PERFORM tenure.refuse_approval();
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.action, NEW.object, NEW.fingerprint, NEW.requested_by, NEW.requested_at)
    IS DISTINCT FROM (OLD.action, OLD.object, OLD.fingerprint, OLD.requested_by, OLD.requested_at)
  THEN
    PERFORM tenure.refuse_approval();
  END IF;
  NEW.requested_person := OLD.requested_person;
  NEW.decided_person := OLD.decided_person;
  IF NEW.state = 'approved' AND OLD.state = 'pending' THEN
    NEW.decided_person := tenure.person_of(NEW.tenant_id, NEW.decided_by);
    IF NEW.requested_person IS NULL OR NEW.decided_person IS NULL
      OR NEW.requested_person = NEW.decided_person OR OLD.expires_at <= tenure.now()
    THEN
      PERFORM tenure.refuse_approval();
    END IF;
  ELSIF NEW.state = 'pending' AND OLD.state = 'pending' THEN
    IF OLD.requested_person IS NULL THEN
      NEW.requested_person := tenure.person_of(NEW.tenant_id, NEW.vouched_by);
    ELSIF NEW.vouched_by IS DISTINCT FROM OLD.vouched_by THEN
      PERFORM tenure.refuse_approval();
    END IF;
  ELSIF NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
    ('pending', 'declined'), ('approved', 'used')))
    OR (OLD.state <> 'pending' AND NEW.decided_by IS DISTINCT FROM OLD.decided_by)
  THEN
    PERFORM tenure.refuse_approval();
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_approval() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_audit_values() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN SELECT o.tenant_id, array_agg(o.account_id) AS accounts FROM former o GROUP BY 1 LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'audit_keys', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    JOIN tenure_global.accounts g ON g.account_id = o.account_id AND g.tenant_id = o.tenant_id
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_audit_values() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_case_life() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NEW.state = ANY (CASE OLD.state
    -- What an effect needs besides, the receipts' own wall asks.
    WHEN 'notice_pending' THEN ARRAY['running', 'disputed', 'effective', 'cancelled', 'blocked']
    WHEN 'running' THEN ARRAY['disputed', 'effective', 'cancelled', 'blocked']
    WHEN 'disputed' THEN CASE WHEN OLD.outcome IS NULL
      THEN ARRAY['notice_pending', 'running', 'cancelled', 'blocked']
      ELSE ARRAY['effective', 'undone'] END
    WHEN 'effective' THEN CASE OLD.outcome
      WHEN 'block_sign_in' THEN ARRAY['disputed', 'undone']
      WHEN 'assume_control' THEN ARRAY['undone', 'released']
      ELSE ARRAY['undone'] END
    -- Cancelled, undone, released, blocked: over.
    ELSE ARRAY[]::text[] END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a case does not go from % to %', OLD.state, NEW.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_keep_their_life',
      SCHEMA = 'tenure', TABLE = 'takeover_cases';
END $$;
ALTER FUNCTION tenure.keep_case_life() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_case_times() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'a case happens when it happens' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeover_cases_keep_their_times', SCHEMA = 'tenure', TABLE = 'takeover_cases';
END $$;
ALTER FUNCTION tenure.keep_case_times() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_claim() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.keep_claim() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_content_values() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  item record;
BEGIN
  FOR item IN
    SELECT o AS was, o.tenant_id, o.account_id,
      (n.account_id, n.category, n.created_at)
        IS DISTINCT FROM (o.account_id, o.category, o.created_at)
        AND NOT tenure.holds_content(n.tenant_id, n.account_id, n.category, n.created_at) AS leaves
    FROM former o JOIN changed n ON n.tenant_id = o.tenant_id AND n.item_id = o.item_id
    WHERE (n.details, n.account_id, n.category, n.created_at)
        IS DISTINCT FROM (o.details, o.account_id, o.category, o.created_at)
      AND tenure.holds_content(o.tenant_id, o.account_id, o.category, o.created_at)
  LOOP
    IF item.leaves THEN PERFORM tenure.refuse_held(); END IF;
    PERFORM set_config('tenure.tenant', item.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    VALUES (item.tenant_id, 'content_items', item.account_id, to_jsonb(item.was), tenure.now());
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_content_values() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_custodian() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF current_user = 'tenure_router' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF coalesce(OLD.cools_until > tenure.now(), true) THEN PERFORM tenure.refuse_held(); END IF;
    RETURN OLD;
  END IF;
  IF (NEW.tenant_id, NEW.hold_id, NEW.account_id) IS DISTINCT FROM
    (OLD.tenant_id, OLD.hold_id, OLD.account_id)
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  -- Off the hold: it cools from now on; on it again: it does not cool.
  IF NEW.cools_until IS NOT NULL THEN
    NEW.cools_until := coalesce(OLD.cools_until, tenure.cooled_from_now());
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_custodian() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_delivery(id uuid, wanted_case uuid, wanted_notice uuid, said_kind text, said_hash bytea, said_failed boolean, said_template bytea, said_at timestamp with time zone, signer bytea, signed bytea) RETURNS TABLE(destination_id uuid, is_outside boolean, received_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
#variable_conflict use_column
DECLARE
  here uuid := tenure.current_tenant();
  now timestamptz := tenure.now();
  place record;
BEGIN
  IF NOT EXISTS (SELECT FROM tenure_global.receipt_keys k WHERE k.public_key = signer) THEN
    RAISE EXCEPTION 'no key of the operator' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'receipts_need_a_known_key', SCHEMA = 'tenure', TABLE = 'receipts';
  END IF;
  IF wanted_case IS NOT NULL THEN
    SELECT d.destination_id AS id, d.made_at AS since,
      NOT (d.is_claimants OR tenure.is_claimed(here, d.names, d.made_at)) AS is_outside
    INTO place FROM tenure.notice_destinations d
    WHERE d.tenant_id = here AND d.case_id = wanted_case AND d.address_hash = said_hash
      AND d.kind = said_kind;
  ELSE
    SELECT NULL::uuid AS id, n.at AS since, false AS is_outside
    INTO place FROM tenure.account_notices n
    WHERE n.tenant_id = here AND n.notice_id = wanted_notice;
  END IF;
  IF place.since IS NULL THEN
    RAISE EXCEPTION 'no such destination' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'receipts_name_a_destination', SCHEMA = 'tenure', TABLE = 'receipts';
  END IF;
  -- Five minutes between the clocks of those who say it.
  IF (said_at BETWEEN place.since - interval '5 minutes' AND now + interval '5 minutes')
    IS NOT TRUE
  THEN
    RAISE EXCEPTION 'before the notice, or in the future' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'receipts_are_in_time', SCHEMA = 'tenure', TABLE = 'receipts';
  END IF;
  INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, notice_id, level, channel,
    address_hash, destination_id, has_failed, is_outside_domain, template_hash, delivered_at,
    received_at, public_key, signature)
  VALUES (here, id, wanted_case, wanted_notice, 2, said_kind, said_hash, place.id, said_failed,
    place.is_outside, said_template, said_at, now, signer, signed)
  ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT place.id, place.is_outside, now;
END $$;
ALTER FUNCTION tenure.keep_delivery(id uuid, wanted_case uuid, wanted_notice uuid, said_kind text, said_hash bytea, said_failed boolean, said_template bytea, said_at timestamp with time zone, signer bytea, signed bytea) OWNER TO tenure_recorder;
CREATE FUNCTION tenure.keep_entries() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'the log is not shortened' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'audit_entries_stay', SCHEMA = 'tenure', TABLE = 'audit_entries';
END $$;
ALTER FUNCTION tenure.keep_entries() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_entry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF OLD.details IS NOT NULL AND NEW.details IS NULL THEN
    NEW.details_digest := sha256(OLD.details);
    OLD.details := NULL;
    OLD.details_digest := NEW.details_digest;
  END IF;
  IF NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'an entry does not change' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'audit_entries_do_not_change', SCHEMA = 'tenure', TABLE = 'audit_entries';
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_entry() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_erased() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'what was erased stays erased' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'erased_is_final', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;
ALTER FUNCTION tenure.keep_erased() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_held_account() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (SELECT tenure.held(OLD.tenant_id, ARRAY[OLD.account_id])) THEN
    PERFORM tenure.refuse_held();
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_held_account() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_held_content() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  IF tenure.holds_content(OLD.tenant_id, OLD.account_id, OLD.category, OLD.created_at) THEN
    PERFORM set_config('tenure.tenant', OLD.tenant_id::text, true);
    IF TG_OP <> 'DELETE' OR NOT EXISTS (
      SELECT FROM tenure.controls c WHERE c.tenant_id = OLD.tenant_id
        AND c.account_id = OLD.account_id AND c.suspended_at IS NOT NULL)
    THEN
      PERFORM tenure.refuse_held();
    END IF;
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    VALUES (OLD.tenant_id, 'content_items', OLD.account_id, to_jsonb(OLD), tenure.now());
    PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
ALTER FUNCTION tenure.keep_held_content() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_held_rows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
  kept uuid[];
BEGIN
  FOR place IN SELECT g.tenant_id, array_agg(g.account_id) AS accounts FROM gone g GROUP BY 1 LOOP
    kept := ARRAY(SELECT tenure.held(place.tenant_id, place.accounts));
    CONTINUE WHEN kept = '{}';
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    IF EXISTS (SELECT FROM unnest(kept) AS held (id) WHERE NOT EXISTS (
      SELECT FROM tenure.controls c WHERE c.tenant_id = place.tenant_id
        AND c.account_id = held.id AND c.suspended_at IS NOT NULL))
    THEN
      PERFORM tenure.refuse_held();
    END IF;
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT g.tenant_id, 'accounts', g.account_id, to_jsonb(g), tenure.now()
    FROM gone g WHERE g.tenant_id = place.tenant_id AND g.account_id = ANY (kept);
    PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  END LOOP;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_held_rows() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_hold() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.state := 'active';
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF current_user = 'tenure_router' THEN RETURN NEW; END IF;
  IF OLD.state = 'ended' AND (NEW.state <> 'ended' OR NEW.cools_until <> OLD.cools_until)
    OR (OLD.state, NEW.state) = ('active', 'ended')
    OR (OLD.state <> 'ended' AND tenure.is_hold_narrower(OLD, NEW))
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF OLD.state = 'cooling' AND NEW.state <> 'active' THEN
    -- The time that was stamped stays, and only then it ends.
    IF NEW.state = 'ended' AND OLD.cools_until > tenure.now() THEN
      PERFORM tenure.refuse_held();
    END IF;
    NEW.cools_until := OLD.cools_until;
  ELSIF NEW.state = 'cooling' THEN
    NEW.cools_until := tenure.cooled_from_now();
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_hold() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.collected_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM tenure.keys k
      WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.made_by
        AND k.holder_id = NEW.holder_id AND k.collected_at IS NOT NULL)
    THEN
      PERFORM tenure.refuse_key('a key is offered before it is collected', 'keys_are_offered_first');
    END IF;
    -- A key for a person comes from their own tenant: what the operator makes is nobody's.
    IF NEW.holder_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM tenure.keys k WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.made_by)
    THEN
      PERFORM tenure.refuse_key('a tenant offers keys to its own people', 'keys_are_offered_at_home');
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
    PERFORM tenure.refuse_key('a revoked key stays revoked', 'keys_stay_revoked');
  END IF;
  IF NEW.collected_at IS DISTINCT FROM OLD.collected_at OR NEW.digest <> OLD.digest THEN
    IF OLD.collected_at IS NOT NULL OR NEW.collected_at IS NULL OR NEW.digest = OLD.digest
      OR NOT EXISTS (
        SELECT FROM tenure.memberships m
        WHERE m.tenant_id = NEW.tenant_id AND m.account_id = NEW.holder_id AND m.role <> 'member')
    THEN
      PERFORM tenure.refuse_key('a key is collected once, by its holder', 'keys_are_collected_once');
    END IF;
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_key() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_locked_rule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  weak_to_strong CONSTANT text[] := ARRAY['delete', 'anonymise', 'isolate', 'retain'];
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT * FROM tenure.retention_rules r
      WHERE r.tenant_id = NEW.tenant_id AND r.rule_id = NEW.rule_id
      ORDER BY r.version DESC LIMIT 1) AS o
    WHERE o.locked_until > tenure.now() AND NOT o.is_deleted
      AND CASE WHEN NEW.is_deleted THEN o.action = 'retain' ELSE
        coalesce(NEW.locked_until < o.locked_until, true)
        OR (NEW.applies_to, NEW.account_ids, NEW.trigger)
          IS DISTINCT FROM (o.applies_to, o.account_ids, o.trigger)
        OR array_position(weak_to_strong, NEW.action) < array_position(weak_to_strong, o.action)
        OR (NEW.period IS NOT NULL
          AND coalesce(NEW.period::interval < o.period::interval, true))
      END)
  THEN
    RAISE EXCEPTION 'a locked rule stays' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'retention_rules_stay_locked', SCHEMA = 'tenure', TABLE = 'retention_rules';
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.keep_locked_rule() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_personal_values() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT g.tenant_id, array_agg(g.account_id) AS accounts
    FROM former o JOIN tenure_global.accounts g ON g.account_id = o.account_id
    WHERE o.tenant_id = tenure.platform_tenant() AND g.tenant_id <> o.tenant_id
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT place.tenant_id, TG_TABLE_NAME, o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = tenure.platform_tenant()
      AND o.account_id IN (SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_personal_values() OWNER TO tenure_router;
CREATE FUNCTION tenure.keep_sent(ids uuid[], cases uuid[], notices uuid[], channels text[], destinations uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, notice_id, level, channel,
    destination_id, is_outside_domain, delivered_at, received_at)
  SELECT (SELECT tenure.current_tenant()), new.id, new.case_id, new.notice_id, 1, new.channel,
    new.destination_id, false, tenure.now(), tenure.now()
  FROM unnest(ids, cases, notices, channels, destinations)
    AS new (id, case_id, notice_id, channel, destination_id)
  WHERE EXISTS (SELECT FROM tenure.takeover_cases found
      WHERE found.tenant_id = (SELECT tenure.current_tenant()) AND found.case_id = new.case_id)
    OR EXISTS (SELECT FROM tenure.account_notices found
      WHERE found.tenant_id = (SELECT tenure.current_tenant())
        AND found.notice_id = new.notice_id)
  ON CONFLICT DO NOTHING
$$;
ALTER FUNCTION tenure.keep_sent(ids uuid[], cases uuid[], notices uuid[], channels text[], destinations uuid[]) OWNER TO tenure_recorder;
CREATE FUNCTION tenure.keep_tenant_values() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', OLD.tenant_id::text, true);
  IF EXISTS (
    SELECT FROM tenure.holds h WHERE h.tenant_id = OLD.tenant_id AND h.state <> 'ended')
  THEN
    INSERT INTO tenure.kept_values (tenant_id, source, was, kept_at)
    VALUES (OLD.tenant_id, TG_TABLE_NAME, to_jsonb(OLD), tenure.now());
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_tenant_values() OWNER TO tenure_router;
CREATE FUNCTION tenure.list_account_notices() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  INSERT INTO tenure_global.account_notices (notice_id, account_id, tenant_id)
  SELECT notice_id, account_id, tenant_id FROM fresh;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.list_account_notices() OWNER TO tenure_owner;
CREATE FUNCTION tenure.list_confidants() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.confidants (account_id, tenant_id)
    SELECT account_id, tenant_id FROM changed ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM tenure_global.confidants t USING changed c
    WHERE t.account_id = c.account_id AND t.tenant_id = c.tenant_id;
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.list_confidants() OWNER TO tenure_owner;
CREATE FUNCTION tenure.list_members() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.members (account_id, tenant_id)
    SELECT account_id, tenant_id FROM changed ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM tenure_global.members m USING changed c
    WHERE m.account_id = c.account_id AND m.tenant_id = c.tenant_id;
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.list_members() OWNER TO tenure_owner;
CREATE FUNCTION tenure.list_request() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  open boolean := NEW.state IN ('received', 'paused', 'granted');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.requests (request_id, account_id, tenant_id, is_open)
    VALUES (NEW.request_id, NEW.account_id, NEW.tenant_id, open);
  ELSE
    UPDATE tenure_global.requests SET is_open = open
    WHERE request_id = NEW.request_id AND tenant_id = NEW.tenant_id;
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.list_request() OWNER TO tenure_owner;
CREATE FUNCTION tenure.list_status() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  UPDATE tenure_global.accounts SET status = NEW.status
  WHERE account_id = NEW.account_id AND tenant_id = NEW.tenant_id;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.list_status() OWNER TO tenure_owner;
CREATE FUNCTION tenure.make_destinations(cases uuid[], ids uuid[], kinds text[], hashes bytea[], names text[], verified boolean[], links bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  INSERT INTO tenure.notice_destinations (tenant_id, case_id, destination_id, kind, address_hash,
    names, is_verified, is_claimants, link_digest, made_at, made_in)
  SELECT found.tenant_id, found.case_id, new.id, new.kind, new.hash,
    string_to_array(new.names, ','), new.verified,
    tenure.is_claimed(found.tenant_id, string_to_array(new.names, ','), tenure.now()), new.link,
    tenure.now(), pg_current_xact_id()
  FROM unnest(cases, ids, kinds, hashes, names, verified, links)
    AS new (case_id, id, kind, hash, names, verified, link)
  JOIN tenure.takeover_cases found
    ON found.tenant_id = (SELECT tenure.current_tenant()) AND found.case_id = new.case_id
  WHERE found.notice_at IS NULL AND found.state = 'notice_pending'
    AND NOT EXISTS (SELECT FROM tenure.notice_destinations known
      WHERE known.tenant_id = found.tenant_id AND known.case_id = found.case_id)
$$;
ALTER FUNCTION tenure.make_destinations(cases uuid[], ids uuid[], kinds text[], hashes bytea[], names text[], verified boolean[], links bytea[]) OWNER TO tenure_recorder;
CREATE FUNCTION tenure.move_account() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NEW.status = ANY (CASE OLD.status
    WHEN 'active' THEN ARRAY[
      'blocked', 'restricted', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'blocked' THEN ARRAY[
      'active', 'deactivated', 'isolated', 'deleted', 'anonymised', 'erased']
    -- What is restricted is not deleted; a restored database erases whatever was erased since.
    WHEN 'restricted' THEN ARRAY['active', 'deactivated', 'isolated', 'anonymised', 'erased']
    -- Undoing a takeover brings back what it had found.
    WHEN 'deactivated' THEN ARRAY[
      'active', 'blocked', 'restricted', 'isolated', 'deleted', 'anonymised', 'erased']
    WHEN 'isolated' THEN ARRAY['active', 'restricted', 'deleted', 'anonymised', 'erased']
    WHEN 'deleted' THEN ARRAY[
      'active', 'blocked', 'restricted', 'deactivated', 'isolated', 'anonymised', 'erased']
    WHEN 'anonymised' THEN ARRAY['deleted', 'erased']
    ELSE ARRAY[]::text[] END)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an account does not become that' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'accounts_move_by_verbs', SCHEMA = 'tenure', TABLE = 'accounts';
END $$;
ALTER FUNCTION tenure.move_account() OWNER TO tenure_owner;
CREATE FUNCTION tenure.name_digest(tenant uuid, name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT left(encode(sha256(convert_to(tenant::text || E'\n' || name, 'UTF8')), 'hex'), 32)
$$;
ALTER FUNCTION tenure.name_digest(tenant uuid, name text) OWNER TO tenure_owner;
CREATE FUNCTION tenure.name_digests(tenant uuid, domain text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT array_agg(tenure.name_digest(tenant, array_to_string(labels[first:], '.')))
  FROM string_to_array(domain, '.') AS labels,
    generate_series(1, greatest(cardinality(labels) - 1, 1)) AS first
$$;
ALTER FUNCTION tenure.name_digests(tenant uuid, domain text) OWNER TO tenure_owner;
CREATE FUNCTION tenure.notice_period(days bigint, exported_at timestamp with time zone) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT make_interval(days =>
    days::integer + CASE WHEN exported_at IS NULL THEN 0 ELSE 14 END)
$$;
ALTER FUNCTION tenure.notice_period(days bigint, exported_at timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure.now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$ SELECT statement_timestamp() $$;
ALTER FUNCTION tenure.now() OWNER TO tenure_owner;
CREATE FUNCTION tenure.part_approval() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.made_in := pg_current_xact_id();
    IF tenure.is_now(NEW.requested_at) THEN RETURN NEW; END IF;
  ELSIF NEW.made_in = OLD.made_in AND (NEW.state <> 'approved' OR OLD.state = 'approved'
    OR (OLD.made_in <> pg_current_xact_id() AND tenure.is_now(NEW.decided_at)
      AND NOT EXISTS (SELECT FROM tenure.keys k
        WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.decided_by
          AND k.made_in = pg_current_xact_id())))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an approval is asked for first, and given later' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_moments', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;
ALTER FUNCTION tenure.part_approval() OWNER TO tenure_owner;
CREATE FUNCTION tenure.person_of(tenant uuid, wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT k.holder_id FROM tenure.keys k
  WHERE k.tenant_id = tenant AND k.key_id = wanted AND k.collected_at IS NOT NULL
    AND k.revoked_at IS NULL AND k.expires_at > tenure.now()
$$;
ALTER FUNCTION tenure.person_of(tenant uuid, wanted uuid) OWNER TO tenure_owner;
CREATE FUNCTION tenure.platform_tenant() RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT '00000000-0000-7000-8000-000000000001'::uuid
$$;
ALTER FUNCTION tenure.platform_tenant() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_approval() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'an approval takes two persons' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_persons', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;
ALTER FUNCTION tenure.refuse_approval() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_held() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'held data stays' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'held_data_stays', SCHEMA = 'tenure';
END $$;
ALTER FUNCTION tenure.refuse_held() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_key(said text, broken text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = broken,
    SCHEMA = 'tenure', TABLE = 'keys';
END $$;
ALTER FUNCTION tenure.refuse_key(said text, broken text) OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_other_terms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'the terms of a takeover stand' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeovers_keep_their_terms', SCHEMA = 'tenure', TABLE = 'takeovers';
END $$;
ALTER FUNCTION tenure.refuse_other_terms() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_renaming() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.refuse_renaming() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'a control is made and ended, not rewritten'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_are_not_rewritten',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;
ALTER FUNCTION tenure.refuse_rewriting() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_batch() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
  size bigint;
  before_transaction bigint;
  before_entry uuid;
  last record;
BEGIN
  SELECT b.first_index + length(b.hashes) / 32, b.transaction_number, b.entry_id
  INTO size, before_transaction, before_entry FROM tenure.audit_batches b
  WHERE b.tenant_id = NEW.tenant_id ORDER BY b.first_index DESC LIMIT 1;
  IF NOT FOUND THEN
    size := 0;
    before_transaction := -9223372036854775808;
    before_entry := '00000000-0000-0000-0000-000000000000';
  END IF;
  SELECT e.transaction_number, e.entry_id INTO last FROM tenure.audit_entries e
  WHERE e.tenant_id = NEW.tenant_id
    AND (e.transaction_number, e.entry_id) > (before_transaction, before_entry)
  ORDER BY e.transaction_number, e.entry_id
  OFFSET length(NEW.hashes) / 32 - 1 LIMIT 1;
  IF NEW.first_index <> size
    OR last IS DISTINCT FROM (NEW.transaction_number, NEW.entry_id)
    OR NEW.transaction_number >= tenure.first_open_transaction()
  THEN
    RAISE EXCEPTION 'a batch is of the entries that follow the last one'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_batches_are_of_entries',
      SCHEMA = 'tenure', TABLE = 'audit_batches';
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.require_batch() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_key_epoch() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (SELECT FROM fresh f WHERE f.key_epoch < (SELECT tenure_global.oldest_key_epoch())) THEN
    RAISE EXCEPTION 'the key epoch is over' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'key_epochs_only_grow', SCHEMA = 'tenure';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_key_epoch() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_notices() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    CROSS JOIN LATERAL tenure.has_evidence(n.tenant_id, n.case_id, n.takeover_id, n.answer,
      n.outcome, n.deadline_at, n.exported_at) AS evidence
    WHERE n.state = 'effective' AND NOT evidence.suffices)
  THEN
    RAISE EXCEPTION 'an effect needs a receipt of notice'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_notices() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_notices_anew() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n JOIN former o ON o.tenant_id = n.tenant_id AND o.case_id = n.case_id
    CROSS JOIN LATERAL tenure.has_evidence(n.tenant_id, n.case_id, n.takeover_id, n.answer,
      n.outcome, n.deadline_at, n.exported_at) AS evidence
    WHERE n.state = 'effective'
      AND (o.state <> 'effective' OR o.outcome IS DISTINCT FROM n.outcome)
      AND NOT evidence.suffices)
  THEN
    RAISE EXCEPTION 'an effect needs a receipt of notice'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_notices_anew() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_now() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF tenure.is_now((to_jsonb(NEW) ->> TG_ARGV[0])::timestamptz) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what happens, happens now' USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_NAME, SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END $$;
ALTER FUNCTION tenure.require_now() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_receipts() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    LEFT JOIN tenure.takeover_cases c ON c.tenant_id = n.tenant_id AND c.case_id = n.case_id
      AND c.account_id = n.account_id AND c.state IN ('running', 'effective')
    CROSS JOIN LATERAL tenure.has_evidence(c.tenant_id, c.case_id, c.takeover_id, c.answer,
      'assume_control', c.deadline_at, c.exported_at) AS evidence
    WHERE c.case_id IS NULL OR NOT evidence.suffices)
  THEN
    RAISE EXCEPTION 'control needs a receipt of notice, and its notice period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_receipts() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_sure_names() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh n
    LEFT JOIN tenure.domain_claims claim
      ON claim.tenant_id = n.tenant_id AND claim.claim_id = n.claim_id AND claim.state = 'verified'
    WHERE claim.claim_id IS NULL)
  THEN
    RAISE EXCEPTION 'control rests on a name that is held'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_need_a_sure_name',
        SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_sure_names() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_terms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n JOIN former o ON o.tenant_id = n.tenant_id AND o.case_id = n.case_id
    WHERE o.notice_at <> n.notice_at OR (o.notice_at IS NULL) < (n.notice_at IS NULL)
      OR n.deadline_at < o.deadline_at OR (o.exported_at IS NULL) < (n.exported_at IS NULL)
      OR n.account_id <> o.account_id OR n.takeover_id <> o.takeover_id)
  THEN
    RAISE EXCEPTION 'what was said to the person is not made less'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_keep_their_terms',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.require_terms() OWNER TO tenure_owner;
CREATE FUNCTION tenure.rest_contests() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.rest_contests() OWNER TO tenure_owner;
CREATE FUNCTION tenure.rest_on_claim() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  SELECT t.claim_id INTO NEW.claim_id
  FROM tenure.takeover_cases c
  JOIN tenure.takeovers t ON t.tenant_id = c.tenant_id AND t.takeover_id = c.takeover_id
  WHERE c.tenant_id = NEW.tenant_id AND c.case_id = NEW.case_id;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.rest_on_claim() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_common_owner() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.named_at := tenure.now();
    NEW.ended_at := NULL;
  ELSIF NEW.ended_at IS NOT NULL THEN
    NEW.ended_at := coalesce(OLD.ended_at, tenure.now());
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.stamp_common_owner() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_control() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NOT tenure.is_now(NEW.taken_at) OR NOT tenure.is_now(NEW.cutoff_at) THEN
    RAISE EXCEPTION 'control begins now' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'controls_need_a_receipt', SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  NEW.taken_at := tenure.now();
  NEW.cutoff_at := NEW.taken_at;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.stamp_control() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_control_suspension() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.suspended_at := NULL;
    RETURN NEW;
  END IF;
  IF OLD.suspended_at IS NULL AND NEW.suspended_at IS NOT NULL
    AND NEW.claim_id IS NOT DISTINCT FROM OLD.claim_id
  THEN
    NEW.suspended_at := tenure.now();
    RETURN NEW;
  END IF;
  IF OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL AND EXISTS (
    SELECT FROM tenure.domain_claims former
    JOIN tenure_global.domains held
      ON held.tenant_id = NEW.tenant_id AND held.domain = former.domain
    WHERE former.tenant_id = NEW.tenant_id AND former.claim_id = OLD.claim_id
      AND held.claim_id = NEW.claim_id)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'control is suspended when its name goes, and goes on when it is back'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_are_suspended_now',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;
ALTER FUNCTION tenure.stamp_control_suspension() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.stamp_key() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_suspension() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  NEW.suspended_at := CASE
    WHEN NEW.state <> 'suspended' THEN NULL
    WHEN OLD.state = 'suspended' THEN OLD.suspended_at
    ELSE tenure.now() END;
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.stamp_suspension() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stamp_transaction() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;
ALTER FUNCTION tenure.stamp_transaction() OWNER TO tenure_owner;
CREATE FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  UPDATE tenure.account_changes AS change
  SET stands_since = CASE WHEN stands THEN tenure.now() END,
    effective_at = CASE WHEN stands THEN change.effective_at
      ELSE change.effective_at + (tenure.now() - change.stands_since) END,
    next_at = CASE WHEN stands THEN change.next_at
      ELSE change.next_at + (tenure.now() - change.stands_since) END,
    version = change.version + 1
  FROM unnest(accounts) AS wanted (id)
  WHERE change.tenant_id = tenant AND change.account_id = wanted.id
    AND change.state = 'scheduled' AND (change.stands_since IS NULL) = stands
    AND change.verb IN ('deactivate', 'isolate', 'delete', 'anonymise', 'erase')
$$;
ALTER FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) OWNER TO tenure_owner;
CREATE FUNCTION tenure.tenants_hold_clocks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', NEW.tenant_id::text, true);
  PERFORM tenure.stand_still(NEW.tenant_id, ARRAY(
    SELECT DISTINCT change.account_id FROM tenure.account_changes AS change
    WHERE change.tenant_id = NEW.tenant_id AND change.next_at IS NOT NULL
      -- What stands for its name's sake goes on with the name.
      AND (NEW.state = 'suspended' OR NOT EXISTS (
        SELECT FROM tenure.domain_rights(NEW.tenant_id, ARRAY[change.account_id]) AS name
        WHERE name.rights NOT IN ('full', 'kept')))), NEW.state = 'suspended');
  IF NEW.state <> 'suspended' THEN
    UPDATE tenure.takeover_cases AS c
    SET deadline_at = c.deadline_at + (
        -- What a dispute took is given back when it is decided.
        coalesce(c.answered_at, tenure.now()) - greatest(OLD.suspended_at, c.clock_started_at)),
      next_at = CASE WHEN c.next_at IS NOT NULL THEN tenure.now() END,
      updated_at = tenure.now(), version = c.version + 1
    WHERE c.tenant_id = NEW.tenant_id AND c.deadline_at > OLD.suspended_at
      AND ((c.state = 'running' AND c.answer IS NULL)
        OR (c.state = 'disputed' AND c.outcome IS NULL
          AND c.answered_at > greatest(OLD.suspended_at, c.clock_started_at)));
    INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
    SELECT t.takeover_id, t.tenant_id, 'takeover', tenure.now()
    FROM tenure.takeovers t
    WHERE t.tenant_id = NEW.tenant_id AND EXISTS (
      SELECT FROM tenure.takeover_cases c
      WHERE c.tenant_id = t.tenant_id AND c.takeover_id = t.takeover_id
        AND c.next_at IS NOT NULL)
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at);
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.tenants_hold_clocks() OWNER TO tenure_owner;
CREATE FUNCTION tenure.told(tenant uuid, wanted uuid) RETURNS TABLE(for_address timestamp with time zone, for_control timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
  WITH place AS MATERIALIZED (
    SELECT * FROM tenure.destinations_told(tenant, wanted) AS told WHERE told.is_verified
  )
  SELECT
    (SELECT greatest(max(least(arrived_at, failed_at)), min(arrived_at)) FROM place
      HAVING bool_and(arrived_at IS NOT NULL OR failed_at IS NOT NULL)
        AND bool_or(arrived_at IS NOT NULL)),
    least(
      (SELECT min(r.received_at) FROM tenure.receipts r
        WHERE r.tenant_id = tenant AND r.case_id = wanted AND r.level = 3),
      (SELECT min(arrived_at) FROM place WHERE NOT is_claimants),
      (SELECT min(greatest(one.arrived_at, other.arrived_at))
        FROM place AS one JOIN place AS other ON one.kind <> other.kind
        WHERE one.arrived_at IS NOT NULL AND other.arrived_at IS NOT NULL
          AND NOT (one.is_claimants AND other.is_claimants)))
$$;
ALTER FUNCTION tenure.told(tenant uuid, wanted uuid) OWNER TO tenure_owner;
CREATE FUNCTION tenure.transaction_number() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$SELECT pg_current_xact_id()::text::bigint + 0$$;
ALTER FUNCTION tenure.transaction_number() OWNER TO tenure_owner;
CREATE FUNCTION tenure.wait_for_requests() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tenure_global.with_open_request((SELECT array_agg(account_id) FROM fresh)))
  THEN
    RAISE EXCEPTION 'a request of the person is open'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_wait_for_requests',
        SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.wait_for_requests() OWNER TO tenure_owner;
CREATE FUNCTION tenure.wake_takeovers() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.wake_takeovers() OWNER TO tenure_owner;
CREATE FUNCTION tenure_global.account_notice_tenant(wanted uuid) RETURNS TABLE(tenant_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT n.tenant_id, n.account_id FROM tenure_global.account_notices n WHERE n.notice_id = wanted
$$;
ALTER FUNCTION tenure_global.account_notice_tenant(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) RETURNS TABLE(notice_id uuid, tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT n.notice_id, n.tenant_id FROM tenure_global.account_notices n
  WHERE n.account_id = wanted AND n.notice_id > after
  ORDER BY n.notice_id LIMIT most
$$;
ALTER FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[]) RETURNS TABLE(place bigint, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT wanted.place, a.account_id
  FROM unnest(hmacs) WITH ORDINALITY AS wanted (hmac, place)
  JOIN tenure_global.addresses a ON a.address_hmac = wanted.hmac
$$;
ALTER FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean) RETURNS TABLE(account_id uuid, tenant_id uuid, is_primary boolean, status text, has_open_request boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.case_tenant(wanted uuid) RETURNS TABLE(tenant_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT c.tenant_id, c.account_id FROM tenure_global.cases c WHERE c.case_id = wanted
$$;
ALTER FUNCTION tenure_global.case_tenant(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.cases_of(wanted uuid) RETURNS TABLE(case_id uuid, tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT c.case_id, c.tenant_id FROM tenure_global.cases c WHERE c.account_id = wanted
  ORDER BY c.case_id
$$;
ALTER FUNCTION tenure_global.cases_of(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.confidants_of(accounts uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT DISTINCT c.tenant_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.confidants c ON c.account_id = wanted.id
$$;
ALTER FUNCTION tenure_global.confidants_of(accounts uuid[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.custodian(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.accounts WHERE account_id = wanted
$$;
ALTER FUNCTION tenure_global.custodian(wanted uuid) OWNER TO tenure_router;
CREATE TABLE tenure_global.domain_grants (
    tenant_id uuid NOT NULL,
    grant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    domain text NOT NULL,
    grantee_id uuid NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT domain_grants_are_for_two_weeks CHECK ((expires_at <= (created_at + '14 days'::interval))),
    CONSTRAINT domain_grants_end_once CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT domain_grants_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'used'::text, 'withdrawn'::text, 'ended'::text])))
);
ALTER TABLE ONLY tenure_global.domain_grants FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domain_grants OWNER TO tenure_owner;
CREATE FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint) RETURNS SETOF tenure_global.domain_grants
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT g.* FROM tenure_global.domain_grants g
  WHERE (g.tenant_id = wanted OR g.grantee_id = wanted) AND g.grant_id > after
  ORDER BY g.grant_id LIMIT most
$$;
ALTER FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.domain_holder(wanted text) RETURNS TABLE(domain text, scope text, tenant_id uuid, claim_id uuid, rights text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure_global.domain_holder(wanted text) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.finish_job(tenant uuid, job uuid, next timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  -- Two statements, so that the second sees what was committed while the first waited.
  IF next IS NULL THEN
    DELETE FROM tenure_global.jobs
    WHERE tenant_id = tenant AND job_id = job AND run_at = 'infinity';
    IF FOUND THEN RETURN; END IF;
  END IF;
  UPDATE tenure_global.jobs
  SET run_at = least(run_at, next), lease_until = NULL, failures = 0, failure = NULL
  WHERE tenant_id = tenant AND job_id = job;
END $$;
ALTER FUNCTION tenure_global.finish_job(tenant uuid, job uuid, next timestamp with time zone) OWNER TO tenure_owner;
CREATE FUNCTION tenure_global.forget_former_holders(gone uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  UPDATE tenure_global.resting_addresses SET former_id = NULL WHERE former_id = ANY (gone)
$$;
ALTER FUNCTION tenure_global.forget_former_holders(gone uuid[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.gone(accounts uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT a.account_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.accounts a ON a.account_id = wanted.id
  WHERE a.status IN ('erased', 'anonymised')
$$;
ALTER FUNCTION tenure_global.gone(accounts uuid[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.holder_of(names bytea[]) RETURNS TABLE(tenant_id uuid, claim_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT d.tenant_id, d.claim_id
  FROM unnest(names) WITH ORDINALITY AS name (hmac, place)
  JOIN tenure_global.domains d ON d.name_hmac = name.hmac
  WHERE name.place = 1 OR d.scope = 'subtree'
  ORDER BY name.place
  LIMIT 1
$$;
ALTER FUNCTION tenure_global.holder_of(names bytea[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.domain LIKE '%.' || wanted AND d.tenant_id <> tenant)
$$;
ALTER FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.key_tenant(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.keys WHERE reference = wanted
$$;
ALTER FUNCTION tenure_global.key_tenant(wanted text) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT EXISTS (
    SELECT FROM tenure_global.domains d
    WHERE d.skeleton = ANY (looks) AND d.domain <> ALL (names) AND d.tenant_id <> tenant)
$$;
ALTER FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.member_tenants(wanted uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.members WHERE account_id = wanted ORDER BY tenant_id
$$;
ALTER FUNCTION tenure_global.member_tenants(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.oldest_key_epoch() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT minimum FROM tenure_global.key_epochs
$$;
ALTER FUNCTION tenure_global.oldest_key_epoch() OWNER TO tenure_router;
CREATE FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[]) RETURNS TABLE(tenant_id uuid, account_id uuid, signs_in boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
#variable_conflict use_column
DECLARE
  before text := current_setting('tenure.tenant', true);
  place uuid;
BEGIN
  FOR place IN
    SELECT tenant AS place
    UNION
    SELECT m.tenant_id FROM unnest(accounts) AS wanted (id)
    JOIN tenure_global.members AS m ON m.account_id = wanted.id
    ORDER BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place::text, true);
    CONTINUE WHEN place <> tenant AND NOT EXISTS (
      SELECT FROM tenure.memberships AS o
      WHERE o.tenant_id = place AND o.role = 'owner' AND o.account_id = ANY (accounts));
    PERFORM FROM tenure.memberships AS o
    WHERE o.tenant_id = place AND o.role = 'owner'
    ORDER BY o.account_id
    FOR UPDATE;
    RETURN QUERY
      SELECT o.tenant_id, o.account_id, coalesce(a.status IN ('active', 'restricted'), false)
      FROM tenure.memberships AS o
      LEFT JOIN tenure_global.accounts AS a ON a.account_id = o.account_id
      WHERE o.tenant_id = place AND o.role = 'owner';
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
ALTER FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[]) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  woken bigint;
BEGIN
  IF EXISTS (
    SELECT FROM unnest(hmacs, accounts) AS wanted (hmac, account) CROSS JOIN LATERAL (
      SELECT rests_until, former_id FROM tenure_global.resting_addresses r
      WHERE r.address_hmac = wanted.hmac LIMIT 1) AS found
    WHERE found.rests_until > at AND found.former_id IS DISTINCT FROM wanted.account)
  THEN
    RAISE EXCEPTION 'the address rests' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'addresses_rest_before_reuse', SCHEMA = 'tenure_global';
  END IF;
  -- Who returns is nobody new.
  DELETE FROM tenure_global.resting_addresses r
  USING unnest(hmacs, accounts) AS wanted (hmac, account)
  WHERE r.address_hmac = wanted.hmac AND r.former_id = wanted.account;
  UPDATE tenure_global.resting_addresses r SET recycled_by = wanted.account
  FROM unnest(hmacs, accounts) AS wanted (hmac, account)
  WHERE r.address_hmac = wanted.hmac AND r.recycled_by IS NULL;
  GET DIAGNOSTICS woken = ROW_COUNT;
  IF woken > 0 THEN
    INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
    VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000001',
      'account_change', at)
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(jobs.run_at, excluded.run_at);
  END IF;
END $$;
ALTER FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.request_tenant(wanted uuid) RETURNS TABLE(tenant_id uuid, account_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT r.tenant_id, r.account_id FROM tenure_global.requests r WHERE r.request_id = wanted
$$;
ALTER FUNCTION tenure_global.request_tenant(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) RETURNS TABLE(request_id uuid, tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT r.request_id, r.tenant_id FROM tenure_global.requests r
  WHERE r.account_id = wanted AND r.request_id > after
  ORDER BY r.request_id LIMIT most
$$;
ALTER FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.rest_addresses(hmacs bytea[], former uuid[], until timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  INSERT INTO tenure_global.resting_addresses (address_hmac, tenant_id, rests_until, former_id)
  SELECT DISTINCT ON (gone.hmac) gone.hmac, '00000000-0000-7000-8000-000000000001'::uuid, until,
    gone.former
  FROM unnest(hmacs, former) AS gone (hmac, former)
  ON CONFLICT (address_hmac) DO UPDATE
  SET rests_until = greatest(excluded.rests_until, resting_addresses.rests_until),
    former_id = excluded.former_id, recycled_by = NULL
$$;
ALTER FUNCTION tenure_global.rest_addresses(hmacs bytea[], former uuid[], until timestamp with time zone) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.take_deliveries(at timestamp with time zone, lease_seconds bigint, per_endpoint bigint, most bigint) RETURNS TABLE(endpoint_id uuid, event_id uuid, tenant_id uuid, attempt bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  WITH RECURSIVE endpoints AS (
    (SELECT d.endpoint_id FROM tenure_global.deliveries d ORDER BY d.endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.endpoint_id FROM tenure_global.deliveries d
            WHERE d.endpoint_id > e.endpoint_id ORDER BY d.endpoint_id LIMIT 1)
    FROM endpoints e WHERE e.endpoint_id IS NOT NULL
  ), busy AS (
    SELECT DISTINCT d.endpoint_id, d.tenant_id FROM tenure_global.deliveries d
    WHERE d.leased_until >= at
  ), waiting AS (
    SELECT e.endpoint_id, oldest.tenant_id, oldest.next_at
    FROM endpoints e
    CROSS JOIN LATERAL (
      SELECT d.tenant_id, d.next_at FROM tenure_global.deliveries d
      WHERE d.endpoint_id = e.endpoint_id AND d.next_at <= at
      ORDER BY d.next_at LIMIT 1) AS oldest
    WHERE e.endpoint_id NOT IN (SELECT b.endpoint_id FROM busy b)
  ), chosen AS (
    SELECT ranked.endpoint_id FROM (
      SELECT w.*, row_number() OVER (PARTITION BY w.tenant_id ORDER BY w.next_at)
        + (SELECT count(*) FROM busy b WHERE b.tenant_id = w.tenant_id) AS place
      FROM waiting w) AS ranked
    WHERE ranked.place <= 8 OR ranked.tenant_id = tenure.platform_tenant()
    ORDER BY ranked.next_at
    LIMIT most
  ), due AS (
    SELECT taken.endpoint_id, taken.event_id
    FROM chosen c
    CROSS JOIN LATERAL (
      SELECT d.endpoint_id, d.event_id FROM tenure_global.deliveries d
      WHERE d.endpoint_id = c.endpoint_id AND d.next_at <= at
        AND (d.leased_until IS NULL OR d.leased_until < at)
        AND (d.subject IS NULL OR NOT EXISTS (
          SELECT FROM tenure_global.deliveries earlier
          WHERE earlier.endpoint_id = d.endpoint_id AND earlier.subject = d.subject
            AND earlier.sequence < d.sequence))
      ORDER BY d.next_at, d.event_id
      LIMIT per_endpoint
      FOR UPDATE SKIP LOCKED
    ) AS taken
  )
  UPDATE tenure_global.deliveries d
  SET leased_until = at + make_interval(secs => lease_seconds)
  FROM due
  WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
  RETURNING d.endpoint_id, d.event_id, d.tenant_id, d.attempt
$$;
ALTER FUNCTION tenure_global.take_deliveries(at timestamp with time zone, lease_seconds bigint, per_endpoint bigint, most bigint) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) RETURNS TABLE(job_id uuid, tenant_id uuid, kind text, requested_by text, request_id text, reason bytea)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  UPDATE tenure_global.jobs AS job
  SET lease_until = at + make_interval(secs => lease_seconds), run_at = 'infinity'
  WHERE job.job_id = (
    SELECT waiting.job_id FROM tenure_global.jobs AS waiting
    WHERE coalesce(waiting.lease_until, waiting.run_at) <= at
    ORDER BY coalesce(waiting.lease_until, waiting.run_at)
    FOR UPDATE SKIP LOCKED
    LIMIT 1)
  RETURNING job.job_id, job.tenant_id, job.kind, job.requested_by, job.request_id, job.reason
$$;
ALTER FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.with_open_request(accounts uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT wanted.id FROM unnest(accounts) AS wanted (id)
  WHERE EXISTS (
    SELECT FROM tenure_global.requests r WHERE r.account_id = wanted.id AND r.is_open)
$$;
ALTER FUNCTION tenure_global.with_open_request(accounts uuid[]) OWNER TO tenure_router;
CREATE TABLE tenure.acceptances (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    language text NOT NULL,
    sha256 bytea NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL
);
ALTER TABLE ONLY tenure.acceptances FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.acceptances OWNER TO tenure_owner;
CREATE TABLE tenure.account_changes (
    tenant_id uuid NOT NULL,
    change_id uuid NOT NULL,
    account_id uuid NOT NULL,
    verb text NOT NULL,
    reason bytea NOT NULL,
    status_before text NOT NULL,
    state text NOT NULL,
    refusal text,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    next_at timestamp with time zone,
    version bigint NOT NULL,
    stands_since timestamp with time zone,
    request_id text,
    approved_by text,
    case_id uuid,
    CONSTRAINT account_changes_end_once CHECK ((((state = 'scheduled'::text) = (next_at IS NOT NULL)) AND ((next_at IS NULL) = (ended_at IS NOT NULL)))),
    CONSTRAINT account_changes_of_a_case_release CHECK (((case_id IS NULL) OR (verb = 'release'::text))),
    CONSTRAINT account_changes_state_is_known CHECK ((state = ANY (ARRAY['scheduled'::text, 'done'::text, 'refused'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY tenure.account_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_changes OWNER TO tenure_owner;
CREATE TABLE tenure.account_dates (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.account_dates FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_dates OWNER TO tenure_owner;
CREATE TABLE tenure.account_notices (
    tenant_id uuid NOT NULL,
    notice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    reached bytea
);
ALTER TABLE ONLY tenure.account_notices FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_notices OWNER TO tenure_owner;
CREATE TABLE tenure.accounts (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    status text NOT NULL,
    external_id_hmac bytea,
    key_version bigint NOT NULL,
    wrapped_key bytea,
    key_commitment bytea,
    profile bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    key_epoch bigint DEFAULT 0 NOT NULL,
    parent_version bigint DEFAULT 1 NOT NULL,
    key_made_at timestamp with time zone,
    CONSTRAINT accounts_erased_have_no_key CHECK (((status <> 'erased'::text) OR (wrapped_key IS NULL))),
    CONSTRAINT accounts_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'blocked'::text, 'restricted'::text, 'deactivated'::text, 'isolated'::text, 'deleted'::text, 'anonymised'::text, 'erased'::text])))
);
ALTER TABLE ONLY tenure.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.accounts OWNER TO tenure_owner;
CREATE TABLE tenure.approvals (
    tenant_id uuid NOT NULL,
    approval_id uuid NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    fingerprint bytea NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    version bigint NOT NULL,
    vouched_by uuid,
    requested_person uuid,
    decided_person uuid,
    made_in xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT approvals_are_decided_by_somebody CHECK (((state = 'pending'::text) = (decided_by IS NULL))),
    CONSTRAINT approvals_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'declined'::text, 'used'::text]))),
    CONSTRAINT approvals_take_two CHECK ((decided_by <> requested_by)),
    CONSTRAINT approvals_take_two_persons CHECK ((decided_person <> requested_person))
);
ALTER TABLE ONLY tenure.approvals FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.approvals OWNER TO tenure_owner;
CREATE TABLE tenure.audit_batches (
    tenant_id uuid NOT NULL,
    first_index bigint NOT NULL,
    transaction_number bigint NOT NULL,
    entry_id uuid NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT audit_batches_have_leaves CHECK (((length(hashes) > 0) AND ((length(hashes) % 32) = 0)))
);
ALTER TABLE ONLY tenure.audit_batches ALTER COLUMN hashes SET STORAGE EXTERNAL;
ALTER TABLE ONLY tenure.audit_batches FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_batches OWNER TO tenure_owner;
CREATE TABLE tenure.audit_checkpoints (
    tenant_id uuid NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.audit_checkpoints FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_checkpoints OWNER TO tenure_owner;
CREATE TABLE tenure.audit_entries (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    transaction_number bigint DEFAULT tenure.transaction_number() NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    subject_id uuid,
    request_id text NOT NULL,
    details bytea,
    details_digest bytea,
    on_behalf_of text,
    approved_by text
);
ALTER TABLE ONLY tenure.audit_entries FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_entries OWNER TO tenure_owner;
CREATE TABLE tenure.audit_keys (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    version bigint NOT NULL,
    wrapped bytea NOT NULL,
    commitment bytea NOT NULL,
    key_epoch bigint DEFAULT 0 NOT NULL,
    parent_version bigint DEFAULT 1 NOT NULL
);
ALTER TABLE ONLY tenure.audit_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_keys OWNER TO tenure_owner;
CREATE TABLE tenure.audit_nodes (
    tenant_id uuid NOT NULL,
    level bigint NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE ONLY tenure.audit_nodes FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_nodes OWNER TO tenure_owner;
CREATE TABLE tenure.audit_trees (
    tenant_id uuid NOT NULL,
    checkpoint_size bigint NOT NULL,
    checkpoint_at timestamp with time zone,
    damaged_at timestamp with time zone
);
ALTER TABLE ONLY tenure.audit_trees FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_trees OWNER TO tenure_owner;
CREATE TABLE tenure.common_owners (
    tenant_id uuid NOT NULL,
    other_id uuid NOT NULL,
    named_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT common_owners_are_two CHECK ((tenant_id <> other_id))
);
ALTER TABLE ONLY tenure.common_owners FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.common_owners OWNER TO tenure_owner;
CREATE TABLE tenure.content_items (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    account_id uuid,
    pseudonym text,
    owner_id uuid,
    product text NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    visibility text NOT NULL,
    team text,
    category text NOT NULL,
    details bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    owner_kind text DEFAULT 'author'::text NOT NULL,
    owner_team text,
    removed_at timestamp with time zone,
    isolated_at timestamp with time zone,
    CONSTRAINT content_items_have_an_author_or_a_pseudonym CHECK (((account_id IS NULL) = (pseudonym IS NOT NULL))),
    CONSTRAINT content_items_owner_is_known CHECK (((owner_kind = ANY (ARRAY['author'::text, 'account'::text, 'team'::text, 'tenant'::text])) AND ((owner_kind = 'account'::text) = (owner_id IS NOT NULL)) AND ((owner_kind = 'team'::text) = (owner_team IS NOT NULL)))),
    CONSTRAINT content_items_private_have_an_author CHECK (((visibility <> 'private'::text) OR (account_id IS NOT NULL))),
    CONSTRAINT content_items_private_stay_with_their_author CHECK (((visibility <> 'private'::text) OR (owner_kind = 'author'::text))),
    CONSTRAINT content_items_visibility_is_known CHECK (((visibility = ANY (ARRAY['private'::text, 'team'::text, 'tenant'::text])) AND ((visibility = 'team'::text) = (team IS NOT NULL))))
);
ALTER TABLE ONLY tenure.content_items FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.content_items OWNER TO tenure_owner;
CREATE TABLE tenure.content_transfers (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    from_id uuid NOT NULL,
    to_kind text NOT NULL,
    to_id uuid,
    to_team text,
    category text,
    place uuid NOT NULL,
    chunk bigint NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT content_transfers_target_is_known CHECK (((to_kind = ANY (ARRAY['account'::text, 'team'::text, 'tenant'::text])) AND ((to_kind = 'account'::text) = (to_id IS NOT NULL)) AND ((to_kind = 'team'::text) = (to_team IS NOT NULL))))
);
ALTER TABLE ONLY tenure.content_transfers FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.content_transfers OWNER TO tenure_owner;
CREATE TABLE tenure.controls (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    case_id uuid NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    cutoff_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone,
    claim_id uuid,
    suspension_told bigint DEFAULT 0 NOT NULL,
    CONSTRAINT controls_tell_in_steps CHECK (((suspension_told >= 0) AND (suspension_told <= 3)))
);
ALTER TABLE ONLY tenure.controls FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.controls OWNER TO tenure_owner;
CREATE TABLE tenure.disputes (
    tenant_id uuid NOT NULL,
    dispute_id uuid NOT NULL,
    case_id uuid NOT NULL,
    claimant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL,
    statement bytea NOT NULL,
    reason bytea,
    opened_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    is_persons boolean NOT NULL,
    CONSTRAINT disputes_are_decided_with_words CHECK (((state <> ALL (ARRAY['upheld'::text, 'dismissed'::text])) OR (reason IS NOT NULL))),
    CONSTRAINT disputes_end_once CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT disputes_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'upheld'::text, 'dismissed'::text, 'closed'::text])))
);
ALTER TABLE ONLY tenure.disputes FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.disputes OWNER TO tenure_owner;
CREATE TABLE tenure.domain_claims (
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    domain text NOT NULL,
    scope text NOT NULL,
    state text NOT NULL,
    method text NOT NULL,
    token_number bigint NOT NULL,
    token_expires_at timestamp with time zone NOT NULL,
    state_since timestamp with time zone NOT NULL,
    verified_at timestamp with time zone,
    checked_at timestamp with time zone,
    checks bigint NOT NULL,
    deadline timestamp with time zone,
    rival_tenant_id uuid,
    rival_claim_id uuid,
    list_version text NOT NULL,
    attestation bytea,
    review_on timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    affiliation text,
    affiliated_at timestamp with time zone,
    code_mailbox text,
    code_expires_at timestamp with time zone,
    name_digest text GENERATED ALWAYS AS (tenure.name_digest(tenant_id, domain)) STORED NOT NULL,
    frozen_at timestamp with time zone,
    review text,
    finding text,
    CONSTRAINT domain_claims_affiliation_has_a_time CHECK (((affiliation IS NULL) = (affiliated_at IS NULL))),
    CONSTRAINT domain_claims_affiliation_is_known CHECK ((affiliation = ANY (ARRAY['file'::text, 'mailbox'::text]))),
    CONSTRAINT domain_claims_are_proven_to_be_verified CHECK (((state <> ALL (ARRAY['verified'::text, 'at_risk'::text, 'grace'::text])) OR (verified_at IS NOT NULL))),
    CONSTRAINT domain_claims_method_is_known CHECK ((method = ANY (ARRAY['dns'::text, 'attestation'::text]))),
    CONSTRAINT domain_claims_review_is_known CHECK ((review = ANY (ARRAY['needed'::text, 'allowed'::text]))),
    CONSTRAINT domain_claims_scope_is_known CHECK ((scope = ANY (ARRAY['exact'::text, 'subtree'::text]))),
    CONSTRAINT domain_claims_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'verified'::text, 'at_risk'::text, 'grace'::text, 'lapsed'::text, 'expired'::text, 'contested'::text, 'ownership_changed'::text, 'released'::text, 'refused'::text])))
);
ALTER TABLE ONLY tenure.domain_claims FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_claims OWNER TO tenure_owner;
CREATE TABLE tenure.domain_contests (
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    domain text NOT NULL,
    incumbent_tenant_id uuid NOT NULL,
    incumbent_claim_id uuid NOT NULL,
    place bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT domain_contests_end_once CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT domain_contests_have_three_places CHECK (((place >= 1) AND (place <= 3))),
    CONSTRAINT domain_contests_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'defended'::text, 'lost'::text, 'moved'::text])))
);
ALTER TABLE ONLY tenure.domain_contests FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_contests OWNER TO tenure_owner;
CREATE TABLE tenure.domain_observations (
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    observation_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    resolver text NOT NULL,
    outcome text NOT NULL,
    is_proof boolean NOT NULL,
    made_in xid8 DEFAULT pg_current_xact_id() NOT NULL,
    records text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT domain_observations_outcome_is_known CHECK ((outcome = ANY (ARRAY['found'::text, 'nxdomain'::text, 'nodata'::text, 'servfail'::text, 'timeout'::text])))
);
ALTER TABLE ONLY tenure.domain_observations FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_observations OWNER TO tenure_owner;
CREATE TABLE tenure.erasures (
    tenant_id uuid NOT NULL,
    erasure_id uuid NOT NULL,
    account_id uuid NOT NULL,
    method text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone,
    ledger_entry bigint,
    key_epoch bigint DEFAULT 0 NOT NULL,
    recipients bigint DEFAULT 0 NOT NULL,
    gone text[],
    CONSTRAINT erasures_method_is_known CHECK ((method = ANY (ARRAY['erase'::text, 'anonymise'::text])))
);
ALTER TABLE ONLY tenure.erasures FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.erasures OWNER TO tenure_owner;
CREATE TABLE tenure.events (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    transaction_number bigint DEFAULT tenure.transaction_number() NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    account_id uuid,
    data text NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.events FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.events OWNER TO tenure_owner;
CREATE TABLE tenure.hold_custodians (
    tenant_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    account_id uuid NOT NULL,
    added_at timestamp with time zone NOT NULL,
    cools_until timestamp with time zone
);
ALTER TABLE ONLY tenure.hold_custodians FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.hold_custodians OWNER TO tenure_owner;
CREATE TABLE tenure.idempotency_keys (
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    status bigint NOT NULL,
    response bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    subject_id uuid,
    subject_ids uuid[],
    CONSTRAINT idempotency_keys_name_their_subjects_once CHECK (((subject_id IS NULL) OR (subject_ids IS NULL)))
);
ALTER TABLE ONLY tenure.idempotency_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.idempotency_keys OWNER TO tenure_owner;
CREATE TABLE tenure.import_chunks (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    chunk bigint NOT NULL,
    first_row bigint NOT NULL,
    rows bigint NOT NULL,
    payload bytea,
    results bytea,
    account_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL
);
ALTER TABLE ONLY tenure.import_chunks FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks OWNER TO tenure_owner;
CREATE TABLE tenure.kept_values (
    tenant_id uuid NOT NULL,
    kept_id uuid DEFAULT gen_random_uuid() NOT NULL,
    source text NOT NULL,
    account_id uuid,
    was jsonb NOT NULL,
    kept_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.kept_values FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.kept_values OWNER TO tenure_owner;
CREATE TABLE tenure.keys (
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    reference text NOT NULL,
    digest bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    scopes text[],
    account_id uuid,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    successor_id uuid,
    version bigint NOT NULL,
    assurance text,
    signed_in_at timestamp with time zone,
    has_second_factor boolean DEFAULT false NOT NULL,
    made_in xid8 DEFAULT pg_current_xact_id() NOT NULL,
    made_by uuid,
    holder_id uuid,
    collected_at timestamp with time zone,
    CONSTRAINT keys_are_collected_by_their_holder CHECK (((collected_at IS NULL) OR (holder_id IS NOT NULL))),
    CONSTRAINT keys_assurance_is_known CHECK ((assurance = ANY (ARRAY['mailbox'::text, 'session'::text]))),
    CONSTRAINT keys_assurance_is_of_people CHECK (((role = 'person'::text) OR ((assurance IS NULL) AND (signed_in_at IS NULL)))),
    CONSTRAINT keys_of_holders_are_no_tokens CHECK (((holder_id IS NULL) OR (role <> 'person'::text))),
    CONSTRAINT keys_of_operators_are_the_platforms CHECK (((role = ANY (ARRAY['operator'::text, 'person'::text])) = (tenant_id = tenure.platform_tenant()))),
    CONSTRAINT keys_of_people_name_them CHECK (((role = 'person'::text) = (account_id IS NOT NULL))),
    CONSTRAINT keys_of_sessions_say_since_when CHECK (((assurance IS DISTINCT FROM 'session'::text) OR (signed_in_at IS NOT NULL) OR has_second_factor)),
    CONSTRAINT keys_role_is_known CHECK ((role = ANY (ARRAY['operator'::text, 'owner'::text, 'admin'::text, 'helpdesk'::text, 'privacy_officer'::text, 'auditor'::text, 'person'::text])))
);
ALTER TABLE ONLY tenure.keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.keys OWNER TO tenure_owner;
CREATE TABLE tenure.memberships (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    teams text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT memberships_role_is_known CHECK ((role = ANY (ARRAY['member'::text, 'owner'::text, 'admin'::text, 'helpdesk'::text, 'privacy_officer'::text, 'auditor'::text])))
);
ALTER TABLE ONLY tenure.memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.memberships OWNER TO tenure_owner;
CREATE TABLE tenure.notice_destinations (
    tenant_id uuid NOT NULL,
    case_id uuid NOT NULL,
    destination_id uuid NOT NULL,
    kind text NOT NULL,
    address_hash bytea NOT NULL,
    names text[] NOT NULL,
    is_verified boolean NOT NULL,
    is_claimants boolean NOT NULL,
    link_digest bytea NOT NULL,
    link_used_at timestamp with time zone,
    made_at timestamp with time zone NOT NULL,
    made_in xid8 NOT NULL,
    CONSTRAINT notice_destinations_have_digests CHECK (((octet_length(address_hash) = 32) AND (octet_length(link_digest) = 32))),
    CONSTRAINT notice_destinations_kind_is_known CHECK ((kind = ANY (ARRAY['email'::text, 'sms'::text, 'push'::text, 'in_app'::text, 'post'::text])))
);
ALTER TABLE ONLY tenure.notice_destinations FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.notice_destinations OWNER TO tenure_owner;
CREATE TABLE tenure.objections (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    purpose text NOT NULL,
    request_id uuid NOT NULL,
    since timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.objections FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.objections OWNER TO tenure_owner;
CREATE TABLE tenure.operations (
    tenant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    done bigint NOT NULL,
    total bigint,
    failed bigint NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    failure text,
    CONSTRAINT operations_state_is_known CHECK ((state = ANY (ARRAY['receiving'::text, 'running'::text, 'succeeded'::text, 'cancelled'::text, 'failed'::text])))
);
ALTER TABLE ONLY tenure.operations FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.operations OWNER TO tenure_owner;
CREATE TABLE tenure.package_files (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    number bigint NOT NULL,
    file_id uuid NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    content bytea NOT NULL
);
ALTER TABLE ONLY tenure.package_files FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.package_files OWNER TO tenure_owner;
CREATE TABLE tenure.packages (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    section bigint NOT NULL,
    place uuid,
    manifest text,
    expires_at timestamp with time zone,
    collected_at timestamp with time zone
);
ALTER TABLE ONLY tenure.packages FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.packages OWNER TO tenure_owner;
CREATE TABLE tenure.personal_records (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    record bytea NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT personal_records_lie_with_the_platform CHECK ((tenant_id = '00000000-0000-7000-8000-000000000001'::uuid))
);
ALTER TABLE ONLY tenure.personal_records FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.personal_records OWNER TO tenure_owner;
CREATE TABLE tenure.policies (
    tenant_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    sha256 bytea NOT NULL,
    needs text NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    published_by text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT policies_needs_is_known CHECK ((needs = ANY (ARRAY['acceptance'::text, 'notice'::text])))
);
ALTER TABLE ONLY tenure.policies FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.policies OWNER TO tenure_owner;
CREATE TABLE tenure.preferences (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    topic text NOT NULL,
    channel text NOT NULL,
    purpose text NOT NULL,
    is_allowed boolean NOT NULL,
    updated_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT preferences_spare_what_is_mandatory CHECK ((is_allowed OR (topic <> ALL (ARRAY['takeover'::text, 'request'::text, 'security'::text]))))
);
ALTER TABLE ONLY tenure.preferences FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.preferences OWNER TO tenure_owner;
CREATE TABLE tenure.receipts (
    tenant_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    case_id uuid,
    level bigint NOT NULL,
    channel text NOT NULL,
    address_hash bytea,
    is_outside_domain boolean NOT NULL,
    template_hash bytea,
    delivered_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    public_key bytea,
    signature bytea,
    notice_id uuid,
    destination_id uuid,
    session_id uuid,
    has_failed boolean DEFAULT false NOT NULL,
    CONSTRAINT receipts_are_of_a_notice CHECK (((case_id IS NULL) <> (notice_id IS NULL))),
    CONSTRAINT receipts_channel_is_known CHECK (
CASE level
    WHEN 1 THEN (channel = ANY (ARRAY['operator_webhook'::text, 'person_webhook'::text, 'acknowledge'::text, 'export'::text, 'dispute'::text]))
    WHEN 2 THEN (channel = ANY (ARRAY['email'::text, 'sms'::text, 'push'::text, 'in_app'::text, 'post'::text]))
    ELSE (channel = ANY (ARRAY['acknowledge'::text, 'accept'::text, 'detach'::text, 'export'::text, 'dispute'::text]))
END),
    CONSTRAINT receipts_level_is_known CHECK (((level >= 1) AND (level <= 3))),
    CONSTRAINT receipts_of_a_person_say_from_where CHECK (((level <> 3) OR ((destination_id IS NULL) <> (session_id IS NULL)))),
    CONSTRAINT receipts_of_the_operator_are_signed CHECK (((level <> 2) OR COALESCE(((octet_length(signature) = 64) AND (octet_length(public_key) = 32) AND (octet_length(address_hash) = 32) AND (octet_length(template_hash) = 32) AND ((notice_id IS NOT NULL) OR (destination_id IS NOT NULL))), false))),
    CONSTRAINT receipts_only_the_operator_says_failed CHECK (((level = 2) OR (NOT has_failed)))
);
ALTER TABLE ONLY tenure.receipts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.receipts OWNER TO tenure_owner;
CREATE TABLE tenure.reminders (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    days bigint NOT NULL
);
ALTER TABLE ONLY tenure.reminders FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.reminders OWNER TO tenure_owner;
CREATE TABLE tenure.requests (
    tenant_id uuid NOT NULL,
    request_id uuid NOT NULL,
    account_id uuid NOT NULL,
    type text NOT NULL,
    state text NOT NULL,
    details bytea NOT NULL,
    purposes text[] NOT NULL,
    jurisdiction text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    paused_for bigint DEFAULT 0 NOT NULL,
    paused_at timestamp with time zone,
    extended_at timestamp with time zone,
    ended_at timestamp with time zone,
    lifted_at timestamp with time zone,
    erasure_id uuid,
    requested_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT requests_end_once CHECK (((state = ANY (ARRAY['fulfilled'::text, 'refused'::text, 'withdrawn'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT requests_stand_while_paused CHECK (((state = 'paused'::text) = (paused_at IS NOT NULL))),
    CONSTRAINT requests_state_is_known CHECK ((state = ANY (ARRAY['received'::text, 'paused'::text, 'granted'::text, 'fulfilled'::text, 'refused'::text, 'withdrawn'::text]))),
    CONSTRAINT requests_type_is_known CHECK ((type = ANY (ARRAY['access'::text, 'portability'::text, 'rectification'::text, 'erasure'::text, 'restriction'::text, 'objection'::text])))
);
ALTER TABLE ONLY tenure.requests FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.requests OWNER TO tenure_owner;
CREATE TABLE tenure.retention_results (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    action text NOT NULL,
    run_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    rule_version bigint NOT NULL,
    class_name text NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.retention_results FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_results OWNER TO tenure_owner;
CREATE TABLE tenure.retention_rules (
    tenant_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    applies_to text NOT NULL,
    account_ids uuid[] NOT NULL,
    trigger text NOT NULL,
    period text,
    action text NOT NULL,
    locked_until timestamp with time zone,
    is_deleted boolean NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT retention_rules_action_is_known CHECK ((action = ANY (ARRAY['retain'::text, 'isolate'::text, 'anonymise'::text, 'delete'::text])))
);
ALTER TABLE ONLY tenure.retention_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_rules OWNER TO tenure_owner;
CREATE TABLE tenure.retention_runs (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    state text NOT NULL,
    as_of timestamp with time zone NOT NULL,
    budget bigint NOT NULL,
    examined bigint NOT NULL,
    disposed bigint NOT NULL,
    rule_index bigint NOT NULL,
    last_at timestamp with time zone,
    last_id uuid,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    certificate text,
    version bigint NOT NULL,
    waits_for text,
    expected bigint,
    confirmed_at timestamp with time zone,
    CONSTRAINT retention_runs_are_certified CHECK (((state = 'completed'::text) = (certificate IS NOT NULL))),
    CONSTRAINT retention_runs_run_once_confirmed CHECK (((confirmed_at IS NOT NULL) OR (state = ANY (ARRAY['paused'::text, 'cancelled'::text])))),
    CONSTRAINT retention_runs_state_is_known CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text, 'failed'::text]))),
    CONSTRAINT retention_runs_wait_for_something_known CHECK ((waits_for = ANY (ARRAY['budget'::text, 'first_run'::text])))
);
ALTER TABLE ONLY tenure.retention_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_runs OWNER TO tenure_owner;
CREATE TABLE tenure.suppressions (
    tenant_id uuid NOT NULL,
    suppression_id uuid NOT NULL,
    address_hmac bytea NOT NULL,
    channel text NOT NULL,
    topic text NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT suppressions_reason_is_known CHECK ((reason = ANY (ARRAY['opt_out'::text, 'complaint'::text, 'bounce'::text]))),
    CONSTRAINT suppressions_spare_what_is_mandatory CHECK (((reason = 'bounce'::text) OR (topic <> ALL (ARRAY['takeover'::text, 'request'::text, 'security'::text]))))
);
ALTER TABLE ONLY tenure.suppressions FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.suppressions OWNER TO tenure_owner;
CREATE TABLE tenure.takeover_cases (
    tenant_id uuid NOT NULL,
    case_id uuid NOT NULL,
    takeover_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL,
    outcome text,
    blocker text,
    answer text,
    answered_at timestamp with time zone,
    notice_at timestamp with time zone,
    reminders bigint NOT NULL,
    clock_started_at timestamp with time zone,
    deadline_at timestamp with time zone,
    exported_at timestamp with time zone,
    next_at timestamp with time zone,
    effect_at timestamp with time zone,
    undo bytea,
    link_used_at timestamp with time zone,
    code_address_hmac bytea,
    code_expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    code_address bytea,
    disputes bigint NOT NULL,
    CONSTRAINT takeover_cases_answer_is_known CHECK ((answer = ANY (ARRAY['accept'::text, 'detach'::text, 'dispute'::text]))),
    CONSTRAINT takeover_cases_blocker_is_known CHECK ((blocker = ANY (ARRAY['other_tenant_controls'::text, 'already_controlled'::text, 'address_secondary_only'::text, 'open_case'::text, 'recently_released'::text, 'domain_not_held'::text, 'restricted'::text, 'open_request'::text, 'account_gone'::text, 'address_gone'::text, 'last_owner'::text, 'no_other_destination'::text, 'not_notified'::text, 'later'::text]))),
    CONSTRAINT takeover_cases_have_an_effect_with_an_outcome CHECK ((((effect_at IS NULL) = (outcome IS NULL)) AND
CASE
    WHEN (state = ANY (ARRAY['effective'::text, 'undone'::text, 'released'::text])) THEN (outcome IS NOT NULL)
    WHEN (state = 'disputed'::text) THEN COALESCE((outcome = 'block_sign_in'::text), true)
    ELSE (outcome IS NULL)
END)),
    CONSTRAINT takeover_cases_outcome_is_known CHECK ((outcome = ANY (ARRAY['detach_address'::text, 'block_sign_in'::text, 'assume_control'::text]))),
    CONSTRAINT takeover_cases_state_is_known CHECK ((state = ANY (ARRAY['notice_pending'::text, 'running'::text, 'disputed'::text, 'effective'::text, 'cancelled'::text, 'undone'::text, 'released'::text, 'blocked'::text])))
);
ALTER TABLE ONLY tenure.takeover_cases FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeover_cases OWNER TO tenure_owner;
CREATE TABLE tenure.takeover_plans (
    tenant_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    account_ids uuid[] NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.takeover_plans FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeover_plans OWNER TO tenure_owner;
CREATE TABLE tenure.takeovers (
    tenant_id uuid NOT NULL,
    takeover_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    domain text NOT NULL,
    scope text NOT NULL,
    no_answer text NOT NULL,
    notice_days bigint NOT NULL,
    state text NOT NULL,
    extended_at timestamp with time zone,
    excluded_ids uuid[] NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    selected_ids uuid[],
    CONSTRAINT takeovers_give_notice CHECK (((notice_days >= 7) AND (notice_days <= 90))),
    CONSTRAINT takeovers_no_answer_is_known CHECK ((no_answer = ANY (ARRAY['detach_address'::text, 'block_sign_in'::text, 'assume_control'::text]))),
    CONSTRAINT takeovers_state_is_known CHECK ((state = ANY (ARRAY['running'::text, 'completed'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY tenure.takeovers FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeovers OWNER TO tenure_owner;
CREATE TABLE tenure.tenant_keys (
    tenant_id uuid NOT NULL,
    version bigint NOT NULL,
    root_id text NOT NULL,
    wrapped bytea NOT NULL,
    commitment bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    usable_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.tenant_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenant_keys OWNER TO tenure_owner;
CREATE TABLE tenure.tenant_names (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    until timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.tenant_names FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenant_names OWNER TO tenure_owner;
CREATE TABLE tenure.tenants (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    purge_days bigint DEFAULT 30 NOT NULL,
    erased_content text DEFAULT 'keep'::text NOT NULL,
    retention_budget bigint,
    suspended_at timestamp with time zone,
    CONSTRAINT tenants_erased_content_is_known CHECK ((erased_content = ANY (ARRAY['keep'::text, 'delete'::text]))),
    CONSTRAINT tenants_name_is_short CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT tenants_purge_days_give_time CHECK (((purge_days >= 7) AND (purge_days <= 90))),
    CONSTRAINT tenants_retention_budget_is_positive CHECK ((retention_budget > 0)),
    CONSTRAINT tenants_state_is_known CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text])))
);
ALTER TABLE ONLY tenure.tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants OWNER TO tenure_owner;
CREATE TABLE tenure.webhook_deliveries (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    last_status bigint,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_deliveries_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
);
ALTER TABLE ONLY tenure.webhook_deliveries FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_deliveries OWNER TO tenure_owner;
CREATE TABLE tenure.webhook_endpoints (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    account_id uuid,
    configuration bytea NOT NULL,
    event_types text[] NOT NULL,
    state text NOT NULL,
    disabled_reason text,
    failing_since timestamp with time zone,
    failures bigint NOT NULL,
    warned bigint NOT NULL,
    last_success_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    ordering text DEFAULT 'none'::text NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT webhook_endpoints_of_people_are_the_platforms CHECK (((account_id IS NULL) OR (tenant_id = tenure.platform_tenant()))),
    CONSTRAINT webhook_endpoints_ordering_is_known CHECK ((ordering = ANY (ARRAY['none'::text, 'object'::text]))),
    CONSTRAINT webhook_endpoints_state_is_known CHECK ((state = ANY (ARRAY['enabled'::text, 'disabled'::text, 'probing'::text])))
);
ALTER TABLE ONLY tenure.webhook_endpoints FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_endpoints OWNER TO tenure_owner;
CREATE TABLE tenure.withdrawn_policies (
    tenant_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    sha256 bytea NOT NULL,
    needs text NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    published_by text NOT NULL,
    published_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure.withdrawn_policies FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.withdrawn_policies OWNER TO tenure_owner;
CREATE TABLE tenure_global.account_notices (
    notice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.account_notices FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.account_notices OWNER TO tenure_owner;
CREATE TABLE tenure_global.accounts (
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    status text DEFAULT 'active'::text NOT NULL
);
ALTER TABLE ONLY tenure_global.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.accounts OWNER TO tenure_owner;
CREATE TABLE tenure_global.addresses (
    address_hmac bytea NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    is_verified boolean NOT NULL,
    is_primary boolean NOT NULL,
    name_hmacs bytea[] NOT NULL,
    CONSTRAINT addresses_lie_on_a_name CHECK ((cardinality(name_hmacs) > 0))
);
ALTER TABLE ONLY tenure_global.addresses FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.addresses OWNER TO tenure_owner;
CREATE TABLE tenure_global.cases (
    case_id uuid NOT NULL,
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.cases FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.cases OWNER TO tenure_owner;
CREATE TABLE tenure_global.code_counts (
    tenant_id uuid DEFAULT tenure.platform_tenant() NOT NULL,
    subject bytea NOT NULL,
    sent_at timestamp with time zone[] NOT NULL,
    wrong_at timestamp with time zone[] NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure_global.code_counts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.code_counts OWNER TO tenure_owner;
CREATE TABLE tenure_global.confidants (
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.confidants FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.confidants OWNER TO tenure_owner;
CREATE TABLE tenure_global.deliveries (
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    attempt bigint NOT NULL,
    next_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    subject text,
    sequence bigint DEFAULT 0 NOT NULL
);
ALTER TABLE ONLY tenure_global.deliveries FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.deliveries OWNER TO tenure_owner;
CREATE TABLE tenure_global.domains (
    domain text NOT NULL,
    scope text NOT NULL,
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    rights text DEFAULT 'full'::text NOT NULL,
    skeleton text,
    name_hmac bytea NOT NULL,
    CONSTRAINT domains_rights_are_known CHECK ((rights = ANY (ARRAY['full'::text, 'kept'::text, 'frozen'::text])))
);
ALTER TABLE ONLY tenure_global.domains FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domains OWNER TO tenure_owner;
CREATE TABLE tenure_global.erasure_ledger (
    tenant_id uuid NOT NULL,
    entries bigint NOT NULL,
    head text NOT NULL
);
ALTER TABLE ONLY tenure_global.erasure_ledger FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.erasure_ledger OWNER TO tenure_owner;
CREATE TABLE tenure_global.jobs (
    job_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    run_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    failures bigint DEFAULT 0 NOT NULL,
    failure text,
    requested_by text,
    request_id text,
    reason bytea
);
ALTER TABLE ONLY tenure_global.jobs FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.jobs OWNER TO tenure_owner;
CREATE TABLE tenure_global.key_epochs (
    tenant_id uuid NOT NULL,
    minimum bigint NOT NULL,
    ended_at timestamp with time zone,
    vault_id text
);
ALTER TABLE ONLY tenure_global.key_epochs FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.key_epochs OWNER TO tenure_owner;
CREATE TABLE tenure_global.keys (
    reference text NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.keys OWNER TO tenure_owner;
CREATE TABLE tenure_global.members (
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL
);
ALTER TABLE ONLY tenure_global.members FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.members OWNER TO tenure_owner;
CREATE TABLE tenure_global.receipt_keys (
    tenant_id uuid DEFAULT tenure.platform_tenant() NOT NULL,
    public_key bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT receipt_keys_are_ed25519 CHECK ((octet_length(public_key) = 32))
);
ALTER TABLE ONLY tenure_global.receipt_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.receipt_keys OWNER TO tenure_owner;
CREATE TABLE tenure_global.requests (
    request_id uuid NOT NULL,
    account_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    is_open boolean NOT NULL
);
ALTER TABLE ONLY tenure_global.requests FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.requests OWNER TO tenure_owner;
CREATE TABLE tenure_global.resting_addresses (
    address_hmac bytea NOT NULL,
    tenant_id uuid NOT NULL,
    rests_until timestamp with time zone NOT NULL,
    recycled_by uuid,
    former_id uuid
);
ALTER TABLE ONLY tenure_global.resting_addresses FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.resting_addresses OWNER TO tenure_owner;
ALTER TABLE ONLY tenure.acceptances
    ADD CONSTRAINT acceptances_pkey PRIMARY KEY (tenant_id, name, version, account_id);
ALTER TABLE ONLY tenure.account_changes
    ADD CONSTRAINT account_changes_pkey PRIMARY KEY (tenant_id, change_id);
ALTER TABLE ONLY tenure.account_dates
    ADD CONSTRAINT account_dates_pkey PRIMARY KEY (tenant_id, account_id, name);
ALTER TABLE ONLY tenure.account_notices
    ADD CONSTRAINT account_notices_pkey PRIMARY KEY (tenant_id, notice_id);
ALTER TABLE ONLY tenure.accounts
    ADD CONSTRAINT accounts_one_external_id UNIQUE (tenant_id, external_id_hmac);
ALTER TABLE ONLY tenure.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.approvals
    ADD CONSTRAINT approvals_pkey PRIMARY KEY (tenant_id, approval_id);
ALTER TABLE ONLY tenure.audit_batches
    ADD CONSTRAINT audit_batches_follow_each_other UNIQUE (tenant_id, transaction_number, entry_id);
ALTER TABLE ONLY tenure.audit_batches
    ADD CONSTRAINT audit_batches_pkey PRIMARY KEY (tenant_id, first_index);
ALTER TABLE ONLY tenure.audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_one_for_each_size PRIMARY KEY (tenant_id, size);
ALTER TABLE ONLY tenure.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, entry_id);
ALTER TABLE ONLY tenure.audit_keys
    ADD CONSTRAINT audit_keys_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.audit_nodes
    ADD CONSTRAINT audit_nodes_pkey PRIMARY KEY (tenant_id, level, "position");
ALTER TABLE ONLY tenure.audit_trees
    ADD CONSTRAINT audit_trees_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure.common_owners
    ADD CONSTRAINT common_owners_pkey PRIMARY KEY (tenant_id, other_id);
ALTER TABLE ONLY tenure.content_items
    ADD CONSTRAINT content_items_are_registered_once UNIQUE (tenant_id, product, external_id);
ALTER TABLE ONLY tenure.content_items
    ADD CONSTRAINT content_items_pkey PRIMARY KEY (tenant_id, item_id);
ALTER TABLE ONLY tenure.content_transfers
    ADD CONSTRAINT content_transfers_pkey PRIMARY KEY (tenant_id, operation_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.disputes
    ADD CONSTRAINT disputes_of_a_case_are_numbered UNIQUE (tenant_id, case_id, number);
ALTER TABLE ONLY tenure.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (tenant_id, dispute_id);
ALTER TABLE ONLY tenure.domain_claims
    ADD CONSTRAINT domain_claims_pkey PRIMARY KEY (tenant_id, claim_id);
ALTER TABLE ONLY tenure.domain_contests
    ADD CONSTRAINT domain_contests_pkey PRIMARY KEY (tenant_id, claim_id, opened_at);
ALTER TABLE ONLY tenure.domain_observations
    ADD CONSTRAINT domain_observations_pkey PRIMARY KEY (tenant_id, claim_id, observation_id);
ALTER TABLE ONLY tenure.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (tenant_id, erasure_id);
ALTER TABLE ONLY tenure.events
    ADD CONSTRAINT events_are_numbered_by_subject UNIQUE (tenant_id, subject, sequence);
ALTER TABLE ONLY tenure.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (tenant_id, event_id);
ALTER TABLE ONLY tenure.hold_custodians
    ADD CONSTRAINT hold_custodians_pkey PRIMARY KEY (tenant_id, hold_id, account_id);
ALTER TABLE ONLY tenure.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (tenant_id, hold_id);
ALTER TABLE ONLY tenure.idempotency_keys
    ADD CONSTRAINT idempotency_keys_are_used_once PRIMARY KEY (tenant_id, principal_id, key_digest);
ALTER TABLE ONLY tenure.import_chunks
    ADD CONSTRAINT import_chunks_pkey PRIMARY KEY (tenant_id, operation_id, chunk);
ALTER TABLE ONLY tenure.kept_values
    ADD CONSTRAINT kept_values_pkey PRIMARY KEY (tenant_id, kept_id);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_one_reference UNIQUE (tenant_id, reference);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (tenant_id, key_id);
ALTER TABLE ONLY tenure.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.notice_destinations
    ADD CONSTRAINT notice_destinations_are_told_apart UNIQUE (tenant_id, case_id, address_hash);
ALTER TABLE ONLY tenure.notice_destinations
    ADD CONSTRAINT notice_destinations_pkey PRIMARY KEY (tenant_id, case_id, destination_id);
ALTER TABLE ONLY tenure.objections
    ADD CONSTRAINT objections_pkey PRIMARY KEY (tenant_id, account_id, purpose);
ALTER TABLE ONLY tenure.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (tenant_id, operation_id);
ALTER TABLE ONLY tenure.package_files
    ADD CONSTRAINT package_files_pkey PRIMARY KEY (tenant_id, request_id, number);
ALTER TABLE ONLY tenure.packages
    ADD CONSTRAINT packages_pkey PRIMARY KEY (tenant_id, request_id);
ALTER TABLE ONLY tenure.personal_records
    ADD CONSTRAINT personal_records_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.policies
    ADD CONSTRAINT policies_have_one_text_a_language UNIQUE (tenant_id, name, version, language);
ALTER TABLE ONLY tenure.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (tenant_id, policy_id);
ALTER TABLE ONLY tenure.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (tenant_id, account_id, topic, channel, purpose);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (tenant_id, receipt_id);
ALTER TABLE ONLY tenure.reminders
    ADD CONSTRAINT reminders_come_once PRIMARY KEY (tenant_id, subject_id, due_at, days);
ALTER TABLE ONLY tenure.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (tenant_id, request_id);
ALTER TABLE ONLY tenure.retention_results
    ADD CONSTRAINT retention_results_happen_once PRIMARY KEY (tenant_id, subject_id, due_at, action);
ALTER TABLE ONLY tenure.retention_rules
    ADD CONSTRAINT retention_rules_pkey PRIMARY KEY (tenant_id, rule_id, version);
ALTER TABLE ONLY tenure.retention_runs
    ADD CONSTRAINT retention_runs_pkey PRIMARY KEY (tenant_id, run_id);
ALTER TABLE ONLY tenure.suppressions
    ADD CONSTRAINT suppressions_are_kept_once UNIQUE (tenant_id, address_hmac, channel, topic, reason);
ALTER TABLE ONLY tenure.suppressions
    ADD CONSTRAINT suppressions_pkey PRIMARY KEY (tenant_id, suppression_id);
ALTER TABLE ONLY tenure.takeover_cases
    ADD CONSTRAINT takeover_cases_one_for_each_account UNIQUE (tenant_id, takeover_id, account_id);
ALTER TABLE ONLY tenure.takeover_cases
    ADD CONSTRAINT takeover_cases_pkey PRIMARY KEY (tenant_id, case_id);
ALTER TABLE ONLY tenure.takeover_plans
    ADD CONSTRAINT takeover_plans_pkey PRIMARY KEY (tenant_id, plan_id);
ALTER TABLE ONLY tenure.takeovers
    ADD CONSTRAINT takeovers_pkey PRIMARY KEY (tenant_id, takeover_id);
ALTER TABLE ONLY tenure.tenant_keys
    ADD CONSTRAINT tenant_keys_pkey PRIMARY KEY (tenant_id, version);
ALTER TABLE ONLY tenure.tenant_names
    ADD CONSTRAINT tenant_names_pkey PRIMARY KEY (tenant_id, until);
ALTER TABLE ONLY tenure.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, endpoint_id, event_id);
ALTER TABLE ONLY tenure.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (tenant_id, endpoint_id);
ALTER TABLE ONLY tenure.withdrawn_policies
    ADD CONSTRAINT withdrawn_policies_pkey PRIMARY KEY (tenant_id, policy_id);
ALTER TABLE ONLY tenure_global.account_notices
    ADD CONSTRAINT account_notices_pkey PRIMARY KEY (notice_id);
ALTER TABLE ONLY tenure_global.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY tenure_global.addresses
    ADD CONSTRAINT addresses_belong_to_one_account PRIMARY KEY (address_hmac);
ALTER TABLE ONLY tenure_global.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (case_id);
ALTER TABLE ONLY tenure_global.code_counts
    ADD CONSTRAINT code_counts_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY tenure_global.confidants
    ADD CONSTRAINT confidants_pkey PRIMARY KEY (account_id, tenant_id);
ALTER TABLE ONLY tenure_global.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (endpoint_id, event_id);
ALTER TABLE ONLY tenure_global.domains
    ADD CONSTRAINT domain_claims_one_verified_holder PRIMARY KEY (domain);
ALTER TABLE ONLY tenure_global.domain_grants
    ADD CONSTRAINT domain_grants_pkey PRIMARY KEY (tenant_id, grant_id);
ALTER TABLE ONLY tenure_global.erasure_ledger
    ADD CONSTRAINT erasure_ledger_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure_global.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY tenure_global.key_epochs
    ADD CONSTRAINT key_epochs_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure_global.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (reference);
ALTER TABLE ONLY tenure_global.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (account_id, tenant_id);
ALTER TABLE ONLY tenure_global.receipt_keys
    ADD CONSTRAINT receipt_keys_pkey PRIMARY KEY (public_key);
ALTER TABLE ONLY tenure_global.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (request_id);
ALTER TABLE ONLY tenure_global.resting_addresses
    ADD CONSTRAINT resting_addresses_pkey PRIMARY KEY (address_hmac);
CREATE INDEX acceptances_by_account ON tenure.acceptances USING btree (tenant_id, account_id);
CREATE INDEX account_changes_by_account ON tenure.account_changes USING btree (tenant_id, account_id);
CREATE INDEX account_changes_due ON tenure.account_changes USING btree (tenant_id, next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX account_changes_stand ON tenure.account_changes USING btree (tenant_id, account_id) WHERE (stands_since IS NOT NULL);
CREATE INDEX account_dates_by_time ON tenure.account_dates USING btree (tenant_id, name, at, account_id);
CREATE INDEX account_notices_by_account ON tenure.account_notices USING btree (tenant_id, account_id, notice_id);
CREATE UNIQUE INDEX approvals_one_for_each_request ON tenure.approvals USING btree (tenant_id, requested_by, fingerprint) WHERE (state = ANY (ARRAY['pending'::text, 'approved'::text]));
CREATE INDEX audit_entries_by_action ON tenure.audit_entries USING btree (tenant_id, action, entry_id) WHERE (action !~~ '%.read'::text);
CREATE INDEX audit_entries_by_actor ON tenure.audit_entries USING btree (tenant_id, actor, entry_id) WHERE (action !~~ '%.read'::text);
CREATE INDEX audit_entries_by_object ON tenure.audit_entries USING btree (tenant_id, object, entry_id) WHERE (NOT starts_with(object, 'acc_'::text));
CREATE INDEX audit_entries_by_subject ON tenure.audit_entries USING btree (tenant_id, subject_id, entry_id) WHERE (subject_id IS NOT NULL);
CREATE INDEX audit_entries_by_transaction ON tenure.audit_entries USING btree (tenant_id, transaction_number, entry_id);
CREATE INDEX content_items_by_author ON tenure.content_items USING btree (tenant_id, account_id, item_id);
CREATE INDEX content_items_by_category ON tenure.content_items USING btree (tenant_id, category, item_id);
CREATE INDEX content_items_by_owner ON tenure.content_items USING btree (tenant_id, owner_id, item_id) WHERE (owner_id IS NOT NULL);
CREATE INDEX content_items_removed ON tenure.content_items USING btree (tenant_id, removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX content_transfers_running ON tenure.content_transfers USING btree (tenant_id, from_id) WHERE (ended_at IS NULL);
CREATE INDEX controls_by_claim ON tenure.controls USING btree (tenant_id, claim_id);
CREATE INDEX disputes_by_account ON tenure.disputes USING btree (tenant_id, account_id, dispute_id);
CREATE UNIQUE INDEX disputes_one_open_of_a_case ON tenure.disputes USING btree (tenant_id, case_id) WHERE (state = 'open'::text);
CREATE INDEX domain_claims_by_name_digest ON tenure.domain_claims USING btree (tenant_id, name_digest);
CREATE UNIQUE INDEX domain_claims_one_living ON tenure.domain_claims USING btree (tenant_id, domain) WHERE (state = ANY (ARRAY['pending'::text, 'verified'::text, 'at_risk'::text, 'grace'::text, 'contested'::text]));
CREATE INDEX domain_contests_by_name ON tenure.domain_contests USING btree (tenant_id, domain, opened_at);
CREATE UNIQUE INDEX domain_contests_one_in_a_place ON tenure.domain_contests USING btree (tenant_id, place) WHERE (state = 'open'::text);
CREATE INDEX erasures_by_account ON tenure.erasures USING btree (tenant_id, account_id);
CREATE INDEX erasures_to_record ON tenure.erasures USING btree (tenant_id) WHERE (recorded_at IS NULL);
CREATE INDEX events_by_account ON tenure.events USING btree (tenant_id, account_id, event_id) WHERE (account_id IS NOT NULL);
CREATE INDEX events_by_transaction ON tenure.events USING btree (tenant_id, transaction_number, event_id);
CREATE INDEX hold_custodians_by_account ON tenure.hold_custodians USING btree (tenant_id, account_id);
CREATE INDEX holds_in_force ON tenure.holds USING btree (tenant_id) WHERE (state <> 'ended'::text);
CREATE INDEX idempotency_keys_by_age ON tenure.idempotency_keys USING btree (tenant_id, created_at);
CREATE INDEX idempotency_keys_by_subject ON tenure.idempotency_keys USING btree (tenant_id, subject_id) WHERE (subject_id IS NOT NULL);
CREATE INDEX idempotency_keys_of_several ON tenure.idempotency_keys USING btree (tenant_id) WHERE (subject_ids IS NOT NULL);
CREATE INDEX kept_values_by_account ON tenure.kept_values USING btree (tenant_id, account_id);
CREATE INDEX keys_by_account ON tenure.keys USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX keys_by_holder ON tenure.keys USING btree (tenant_id, holder_id) WHERE (holder_id IS NOT NULL);
CREATE INDEX keys_by_successor ON tenure.keys USING btree (tenant_id, successor_id) WHERE (successor_id IS NOT NULL);
CREATE INDEX receipts_by_case ON tenure.receipts USING btree (tenant_id, case_id);
CREATE INDEX receipts_by_notice ON tenure.receipts USING btree (tenant_id, notice_id) WHERE (notice_id IS NOT NULL);
CREATE UNIQUE INDEX receipts_count_once ON tenure.receipts USING btree (tenant_id, case_id, notice_id, level, channel, destination_id) NULLS NOT DISTINCT WHERE (level <> 2);
CREATE UNIQUE INDEX receipts_of_the_operator_count_once ON tenure.receipts USING btree (tenant_id, case_id, notice_id, channel, address_hash, has_failed, delivered_at) NULLS NOT DISTINCT WHERE (level = 2);
CREATE INDEX requests_by_account ON tenure.requests USING btree (tenant_id, account_id, request_id);
CREATE UNIQUE INDEX requests_one_open_of_a_type ON tenure.requests USING btree (tenant_id, account_id, type) WHERE (state = ANY (ARRAY['received'::text, 'paused'::text, 'granted'::text]));
CREATE INDEX retention_results_by_run ON tenure.retention_results USING btree (tenant_id, run_id, subject_id);
CREATE UNIQUE INDEX retention_runs_one_at_a_time ON tenure.retention_runs USING btree (tenant_id) WHERE (state = ANY (ARRAY['running'::text, 'paused'::text]));
CREATE INDEX takeover_cases_by_next ON tenure.takeover_cases USING btree (tenant_id, takeover_id, next_at) WHERE (next_at IS NOT NULL);
CREATE UNIQUE INDEX takeover_cases_one_open_for_each_account ON tenure.takeover_cases USING btree (tenant_id, account_id) WHERE (state = ANY (ARRAY['notice_pending'::text, 'running'::text, 'disputed'::text]));
CREATE INDEX webhook_deliveries_by_time ON tenure.webhook_deliveries USING btree (tenant_id, updated_at);
CREATE INDEX webhook_endpoints_by_account ON tenure.webhook_endpoints USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX account_notices_by_account ON tenure_global.account_notices USING btree (account_id, notice_id);
CREATE INDEX addresses_by_account ON tenure_global.addresses USING btree (tenant_id, account_id);
CREATE INDEX addresses_by_name ON tenure_global.addresses USING btree ((name_hmacs[1]), account_id);
CREATE INDEX addresses_by_names ON tenure_global.addresses USING gin (name_hmacs);
CREATE INDEX cases_by_account ON tenure_global.cases USING btree (account_id);
CREATE INDEX code_counts_by_age ON tenure_global.code_counts USING btree (updated_at);
CREATE INDEX deliveries_by_subject ON tenure_global.deliveries USING btree (endpoint_id, subject, sequence) WHERE (subject IS NOT NULL);
CREATE INDEX deliveries_by_time ON tenure_global.deliveries USING btree (endpoint_id, next_at, event_id);
CREATE INDEX deliveries_on_their_way ON tenure_global.deliveries USING btree (endpoint_id) WHERE (leased_until IS NOT NULL);
CREATE INDEX domain_grants_by_grantee ON tenure_global.domain_grants USING btree (grantee_id, grant_id);
CREATE UNIQUE INDEX domain_grants_one_open ON tenure_global.domain_grants USING btree (tenant_id, claim_id, domain, grantee_id) WHERE (state = 'open'::text);
CREATE INDEX domains_by_claim ON tenure_global.domains USING btree (tenant_id, claim_id);
CREATE UNIQUE INDEX domains_by_name_hmac ON tenure_global.domains USING btree (name_hmac);
CREATE INDEX domains_by_skeleton ON tenure_global.domains USING btree (skeleton);
CREATE INDEX jobs_by_turn ON tenure_global.jobs USING btree (COALESCE(lease_until, run_at));
CREATE INDEX requests_by_account ON tenure_global.requests USING btree (account_id);
CREATE INDEX resting_addresses_by_former_holder ON tenure_global.resting_addresses USING btree (former_id) WHERE (former_id IS NOT NULL);
CREATE TRIGGER account_notices_are_listed AFTER INSERT ON tenure.account_notices REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_account_notices();
CREATE TRIGGER accounts_are_not_emptied BEFORE TRUNCATE ON tenure.accounts FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER accounts_erased_stay BEFORE DELETE ON tenure.accounts FOR EACH ROW WHEN ((old.status = 'erased'::text)) EXECUTE FUNCTION tenure.keep_erased();
CREATE TRIGGER accounts_erased_stay_so BEFORE UPDATE ON tenure.accounts FOR EACH ROW WHEN (((old.status = 'erased'::text) AND ((new.status <> 'erased'::text) OR (new.wrapped_key IS NOT NULL)))) EXECUTE FUNCTION tenure.keep_erased();
CREATE TRIGGER accounts_have_a_living_epoch AFTER INSERT ON tenure.accounts REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER accounts_held_are_kept BEFORE UPDATE ON tenure.accounts FOR EACH ROW WHEN ((((old.wrapped_key IS NOT NULL) AND (new.wrapped_key IS NULL)) OR ((new.status = ANY (ARRAY['anonymised'::text, 'erased'::text])) AND (old.status <> new.status)))) EXECUTE FUNCTION tenure.keep_held_account();
CREATE TRIGGER accounts_held_keep_their_values AFTER UPDATE ON tenure.accounts REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_account_values();
CREATE TRIGGER accounts_held_stay AFTER DELETE ON tenure.accounts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_held_rows();
CREATE TRIGGER accounts_keep_their_names BEFORE UPDATE OF tenant_id, account_id, created_at ON tenure.accounts FOR EACH ROW WHEN ((((new.tenant_id IS DISTINCT FROM old.tenant_id) OR (new.account_id IS DISTINCT FROM old.account_id)) OR (new.created_at IS DISTINCT FROM old.created_at))) EXECUTE FUNCTION tenure.refuse_renaming();
CREATE TRIGGER accounts_list_their_status AFTER UPDATE OF status ON tenure.accounts FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION tenure.list_status();
CREATE TRIGGER accounts_move_by_verbs BEFORE UPDATE OF status ON tenure.accounts FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION tenure.move_account();
CREATE TRIGGER approvals_are_kept BEFORE INSERT OR UPDATE ON tenure.approvals FOR EACH ROW EXECUTE FUNCTION tenure.keep_approval();
CREATE TRIGGER approvals_take_two_moments BEFORE INSERT OR UPDATE ON tenure.approvals FOR EACH ROW EXECUTE FUNCTION tenure.part_approval();
CREATE TRIGGER audit_batches_are_of_entries BEFORE INSERT ON tenure.audit_batches FOR EACH ROW EXECUTE FUNCTION tenure.require_batch();
CREATE TRIGGER audit_entries_do_not_change BEFORE UPDATE ON tenure.audit_entries FOR EACH ROW EXECUTE FUNCTION tenure.keep_entry();
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON tenure.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_entries();
CREATE TRIGGER audit_keys_are_listed AFTER INSERT ON tenure.audit_keys REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();
CREATE TRIGGER audit_keys_are_struck AFTER DELETE ON tenure.audit_keys REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();
CREATE TRIGGER audit_keys_have_a_living_epoch AFTER INSERT ON tenure.audit_keys REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER audit_keys_held_are_kept AFTER DELETE ON tenure.audit_keys REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER audit_keys_held_elsewhere_are_kept AFTER DELETE ON tenure.audit_keys REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_elsewhere_keep_their_values AFTER UPDATE ON tenure.audit_keys REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER audit_keys_held_keep_their_values AFTER UPDATE ON tenure.audit_keys REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER common_owners_are_stamped BEFORE INSERT OR UPDATE ON tenure.common_owners FOR EACH ROW EXECUTE FUNCTION tenure.stamp_common_owner();
CREATE TRIGGER content_items_are_not_emptied BEFORE TRUNCATE ON tenure.content_items FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER content_items_held_keep_their_author BEFORE UPDATE ON tenure.content_items FOR EACH ROW WHEN (((new.account_id IS NULL) AND (old.account_id IS NOT NULL))) EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_held_keep_their_values AFTER UPDATE ON tenure.content_items REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_content_values();
CREATE TRIGGER content_items_held_stay BEFORE DELETE ON tenure.content_items FOR EACH ROW EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_keep_their_names BEFORE UPDATE OF tenant_id, item_id ON tenure.content_items FOR EACH ROW WHEN (((new.tenant_id IS DISTINCT FROM old.tenant_id) OR (new.item_id IS DISTINCT FROM old.item_id))) EXECUTE FUNCTION tenure.refuse_renaming();
CREATE TRIGGER controls_are_not_rewritten BEFORE UPDATE OF tenant_id, account_id, case_id, taken_at, cutoff_at ON tenure.controls FOR EACH ROW EXECUTE FUNCTION tenure.refuse_rewriting();
CREATE TRIGGER controls_are_suspended_now BEFORE UPDATE OF suspended_at, claim_id ON tenure.controls FOR EACH ROW WHEN (((new.suspended_at IS DISTINCT FROM old.suspended_at) OR (new.claim_id IS DISTINCT FROM old.claim_id))) EXECUTE FUNCTION tenure.stamp_control_suspension();
CREATE TRIGGER controls_begin_now BEFORE INSERT ON tenure.controls FOR EACH ROW EXECUTE FUNCTION tenure.stamp_control();
CREATE TRIGGER controls_begin_unsuspended BEFORE INSERT ON tenure.controls FOR EACH ROW WHEN ((new.suspended_at IS NOT NULL)) EXECUTE FUNCTION tenure.stamp_control_suspension();
CREATE TRIGGER controls_hold_clocks AFTER UPDATE ON tenure.controls REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tenure.controls_hold_clocks();
CREATE TRIGGER controls_need_a_receipt AFTER INSERT ON tenure.controls REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_receipts();
CREATE TRIGGER controls_need_a_sure_name AFTER INSERT ON tenure.controls REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_sure_names();
CREATE TRIGGER controls_rest_on_a_claim BEFORE INSERT ON tenure.controls FOR EACH ROW EXECUTE FUNCTION tenure.rest_on_claim();
CREATE TRIGGER controls_wait_for_requests AFTER INSERT ON tenure.controls REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.wait_for_requests();
CREATE TRIGGER disputes_are_of_now BEFORE INSERT ON tenure.disputes FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');
CREATE TRIGGER domain_claims_are_proven BEFORE INSERT OR UPDATE ON tenure.domain_claims FOR EACH ROW EXECUTE FUNCTION tenure.keep_claim();
CREATE TRIGGER domain_claims_hold_clocks AFTER UPDATE OF state ON tenure.domain_claims FOR EACH ROW EXECUTE FUNCTION tenure.claims_hold_clocks();
CREATE TRIGGER domain_claims_wake_their_takeovers AFTER UPDATE OF state ON tenure.domain_claims FOR EACH ROW WHEN (((old.state <> new.state) AND (new.state <> ALL (ARRAY['pending'::text, 'at_risk'::text, 'grace'::text, 'contested'::text])))) EXECUTE FUNCTION tenure.wake_takeovers();
CREATE TRIGGER domain_contests_are_of_now BEFORE INSERT ON tenure.domain_contests FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');
CREATE TRIGGER domain_contests_rest BEFORE INSERT ON tenure.domain_contests FOR EACH ROW EXECUTE FUNCTION tenure.rest_contests();
CREATE TRIGGER domain_observations_are_of_now BEFORE INSERT ON tenure.domain_observations FOR EACH ROW EXECUTE FUNCTION tenure.require_now('at');
CREATE TRIGGER domain_observations_say_when_they_were_made BEFORE INSERT ON tenure.domain_observations FOR EACH ROW EXECUTE FUNCTION tenure.stamp_transaction();
CREATE TRIGGER hold_custodians_are_not_emptied BEFORE TRUNCATE ON tenure.hold_custodians FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER hold_custodians_cool BEFORE INSERT OR DELETE OR UPDATE ON tenure.hold_custodians FOR EACH ROW EXECUTE FUNCTION tenure.keep_custodian();
CREATE TRIGGER holds_are_not_emptied BEFORE TRUNCATE ON tenure.holds FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER holds_cool BEFORE INSERT OR DELETE OR UPDATE ON tenure.holds FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();
CREATE TRIGGER holds_keep_their_values AFTER UPDATE ON tenure.holds FOR EACH ROW WHEN ((old.details <> new.details)) EXECUTE FUNCTION tenure.keep_tenant_values();
CREATE TRIGGER keys_are_kept BEFORE INSERT OR UPDATE ON tenure.keys FOR EACH ROW EXECUTE FUNCTION tenure.keep_key();
CREATE TRIGGER keys_say_when_they_were_made BEFORE INSERT OR UPDATE ON tenure.keys FOR EACH ROW EXECUTE FUNCTION tenure.stamp_key();
CREATE TRIGGER memberships_are_listed AFTER INSERT ON tenure.memberships REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_struck AFTER DELETE ON tenure.memberships REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_worth_their_keys AFTER UPDATE ON tenure.memberships REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();
CREATE TRIGGER memberships_end_with_their_keys AFTER DELETE ON tenure.memberships REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();
CREATE TRIGGER personal_records_held_are_kept AFTER DELETE ON tenure.personal_records REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_personal_values();
CREATE TRIGGER requests_are_listed AFTER INSERT ON tenure.requests FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
CREATE TRIGGER requests_list_their_end AFTER UPDATE OF state ON tenure.requests FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
CREATE TRIGGER retention_rules_stay_locked BEFORE INSERT ON tenure.retention_rules FOR EACH ROW EXECUTE FUNCTION tenure.keep_locked_rule();
CREATE TRIGGER takeover_cases_begin_untold AFTER INSERT ON tenure.takeover_cases REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.begin_cases();
CREATE TRIGGER takeover_cases_keep_their_life BEFORE UPDATE ON tenure.takeover_cases FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION tenure.keep_case_life();
CREATE TRIGGER takeover_cases_keep_their_terms AFTER UPDATE ON tenure.takeover_cases REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_terms();
CREATE TRIGGER takeover_cases_keep_their_times BEFORE UPDATE ON tenure.takeover_cases FOR EACH ROW WHEN (((new.case_id <> old.case_id) OR (new.created_at <> old.created_at) OR (new.clock_started_at < old.clock_started_at) OR ((new.clock_started_at IS DISTINCT FROM old.clock_started_at) AND (new.clock_started_at > (tenure.now() + '00:05:00'::interval))) OR ((new.answer IS DISTINCT FROM old.answer) AND (new.answer IS NOT NULL) AND ((old.answer IS NOT NULL) OR (NOT COALESCE(tenure.is_now(new.answered_at), false)))) OR ((new.effect_at IS DISTINCT FROM old.effect_at) AND (NOT COALESCE(tenure.is_now(new.effect_at), false))))) EXECUTE FUNCTION tenure.keep_case_times();
CREATE TRIGGER takeover_cases_need_a_receipt AFTER INSERT ON tenure.takeover_cases REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();
CREATE TRIGGER takeover_cases_still_need_a_receipt AFTER UPDATE ON tenure.takeover_cases REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices_anew();
CREATE TRIGGER takeovers_begin_on_a_sure_name BEFORE INSERT ON tenure.takeovers FOR EACH ROW EXECUTE FUNCTION tenure.begin_takeover();
CREATE TRIGGER takeovers_keep_their_choice BEFORE UPDATE ON tenure.takeovers FOR EACH ROW WHEN (((new.selected_ids IS DISTINCT FROM old.selected_ids) OR (new.excluded_ids <> old.excluded_ids) OR (new.plan_id <> old.plan_id))) EXECUTE FUNCTION tenure.refuse_other_terms();
CREATE TRIGGER takeovers_keep_their_terms BEFORE UPDATE ON tenure.takeovers FOR EACH ROW WHEN (((new.no_answer <> old.no_answer) OR (new.notice_days < old.notice_days) OR (new.claim_id <> old.claim_id) OR (new.domain <> old.domain) OR (new.scope <> old.scope))) EXECUTE FUNCTION tenure.refuse_other_terms();
CREATE TRIGGER tenant_keys_of_holds_keep_their_values AFTER UPDATE ON tenure.tenant_keys FOR EACH ROW WHEN (((old.wrapped <> new.wrapped) OR (old.commitment <> new.commitment))) EXECUTE FUNCTION tenure.keep_tenant_values();
CREATE TRIGGER tenants_hold_clocks AFTER UPDATE OF state ON tenure.tenants FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION tenure.tenants_hold_clocks();
CREATE TRIGGER tenants_stamp_their_suspension BEFORE UPDATE ON tenure.tenants FOR EACH ROW EXECUTE FUNCTION tenure.stamp_suspension();
CREATE TRIGGER domain_grants_are_of_now BEFORE INSERT ON tenure_global.domain_grants FOR EACH ROW EXECUTE FUNCTION tenure.require_now('created_at');
CREATE TRIGGER domains_are_held_by_claims BEFORE INSERT OR UPDATE ON tenure_global.domains FOR EACH ROW EXECUTE FUNCTION tenure.follow_claim();
ALTER TABLE ONLY tenure.account_changes
    ADD CONSTRAINT account_changes_tenant_id_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases(tenant_id, case_id);
ALTER TABLE ONLY tenure.common_owners
    ADD CONSTRAINT common_owners_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.content_transfers
    ADD CONSTRAINT content_transfers_tenant_id_operation_id_fkey FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations(tenant_id, operation_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_rest_on_a_claim FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims(tenant_id, claim_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES tenure.accounts(tenant_id, account_id) DEFERRABLE;
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_tenant_id_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases(tenant_id, case_id);
ALTER TABLE ONLY tenure.domain_contests
    ADD CONSTRAINT domain_contests_tenant_id_claim_id_fkey FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims(tenant_id, claim_id);
ALTER TABLE ONLY tenure.domain_observations
    ADD CONSTRAINT domain_observations_tenant_id_claim_id_fkey FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims(tenant_id, claim_id);
ALTER TABLE ONLY tenure.hold_custodians
    ADD CONSTRAINT hold_custodians_tenant_id_hold_id_fkey FOREIGN KEY (tenant_id, hold_id) REFERENCES tenure.holds(tenant_id, hold_id);
ALTER TABLE ONLY tenure.import_chunks
    ADD CONSTRAINT import_chunks_tenant_id_operation_id_fkey FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations(tenant_id, operation_id);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.memberships
    ADD CONSTRAINT memberships_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.notice_destinations
    ADD CONSTRAINT notice_destinations_tenant_id_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases(tenant_id, case_id);
ALTER TABLE ONLY tenure.objections
    ADD CONSTRAINT objections_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests(tenant_id, request_id);
ALTER TABLE ONLY tenure.package_files
    ADD CONSTRAINT package_files_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.packages(tenant_id, request_id);
ALTER TABLE ONLY tenure.packages
    ADD CONSTRAINT packages_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests(tenant_id, request_id);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_tenant_id_case_id_destination_id_fkey FOREIGN KEY (tenant_id, case_id, destination_id) REFERENCES tenure.notice_destinations(tenant_id, case_id, destination_id);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_tenant_id_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases(tenant_id, case_id);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_tenant_id_notice_id_fkey FOREIGN KEY (tenant_id, notice_id) REFERENCES tenure.account_notices(tenant_id, notice_id);
ALTER TABLE ONLY tenure.retention_results
    ADD CONSTRAINT retention_results_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES tenure.retention_runs(tenant_id, run_id);
ALTER TABLE ONLY tenure.takeover_cases
    ADD CONSTRAINT takeover_cases_tenant_id_takeover_id_fkey FOREIGN KEY (tenant_id, takeover_id) REFERENCES tenure.takeovers(tenant_id, takeover_id);
ALTER TABLE ONLY tenure.takeovers
    ADD CONSTRAINT takeovers_tenant_id_claim_id_fkey FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims(tenant_id, claim_id);
ALTER TABLE ONLY tenure.tenant_keys
    ADD CONSTRAINT tenant_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenure.tenants(tenant_id);
ALTER TABLE ONLY tenure.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_tenant_id_endpoint_id_fkey FOREIGN KEY (tenant_id, endpoint_id) REFERENCES tenure.webhook_endpoints(tenant_id, endpoint_id) ON DELETE CASCADE;
ALTER TABLE tenure.acceptances ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_dates ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.account_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_trees ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.common_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.content_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.content_transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.controls ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.disputes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_contests ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_observations ENABLE ROW LEVEL SECURITY;
CREATE POLICY ending ON tenure.hold_custodians FOR UPDATE TO tenure_router USING (true);
CREATE POLICY ending ON tenure.holds FOR UPDATE TO tenure_router USING (true);
ALTER TABLE tenure.erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY guarding ON tenure.controls FOR SELECT TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.hold_custodians FOR SELECT TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.holds FOR SELECT TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.memberships TO tenure_router USING (true);
ALTER TABLE tenure.hold_custodians ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY keeping ON tenure.kept_values TO tenure_router USING (true);
ALTER TABLE tenure.kept_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY leaving ON tenure.hold_custodians FOR DELETE TO tenure_router USING (true);
ALTER TABLE tenure.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.notice_destinations ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.objections ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.package_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.packages ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.personal_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.receipts ENABLE ROW LEVEL SECURITY;
CREATE POLICY recording ON tenure.account_notices FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.common_owners FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.domain_claims FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.keys FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.notice_destinations TO tenure_recorder USING (true) WITH CHECK (true);
CREATE POLICY recording ON tenure.receipts TO tenure_recorder USING (true) WITH CHECK (true);
CREATE POLICY recording ON tenure.takeover_cases FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.takeovers FOR SELECT TO tenure_recorder USING (true);
ALTER TABLE tenure.reminders ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.retention_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.suppressions ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeover_cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeover_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.takeovers ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_guard ON tenure.acceptances AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.account_changes AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.account_dates AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.account_notices AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.accounts AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.approvals AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_batches AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_checkpoints AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_entries AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_nodes AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.audit_trees AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.common_owners AS RESTRICTIVE USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_guard ON tenure.content_items AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.content_transfers AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.controls AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.disputes AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.domain_claims AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.domain_contests AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.domain_observations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.erasures AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.events AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.hold_custodians AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.holds AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.idempotency_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.import_chunks AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.kept_values AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.memberships AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.notice_destinations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.objections AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.operations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.package_files AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.packages AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.personal_records AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.policies AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.preferences AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.receipts AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.reminders AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.requests AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_results AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_rules AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_runs AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.suppressions AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeover_cases AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeover_plans AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeovers AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenant_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenant_names AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenants AS RESTRICTIVE USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_guard ON tenure.webhook_deliveries AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.webhook_endpoints AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.withdrawn_policies AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.acceptances TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.account_changes TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.account_dates TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.account_notices TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.accounts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.approvals TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_batches TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_checkpoints TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_entries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_nodes TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.audit_trees TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.common_owners TO tenure_app USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_isolation ON tenure.content_items TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.content_transfers TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.controls TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.disputes TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.domain_claims TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.domain_contests TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.domain_observations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.erasures TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.events TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.hold_custodians TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.holds TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.idempotency_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.import_chunks TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.memberships TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.notice_destinations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.objections TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.operations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.package_files TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.packages TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.personal_records TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.policies TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.preferences TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.receipts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.reminders TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.requests TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_results TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_rules TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_runs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.suppressions TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeover_cases TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeover_plans TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeovers TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenant_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenant_names TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenants TO tenure_app USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_isolation ON tenure.webhook_deliveries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.webhook_endpoints TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.withdrawn_policies TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
ALTER TABLE tenure.tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenant_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.withdrawn_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.account_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.code_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.confidants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domain_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.erasure_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY keeping ON tenure_global.receipt_keys TO tenure_owner USING (true) WITH CHECK (true);
ALTER TABLE tenure_global.key_epochs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.receipt_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY recording ON tenure_global.receipt_keys FOR SELECT TO tenure_recorder USING (true);
ALTER TABLE tenure_global.requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.resting_addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY routing ON tenure_global.account_notices TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.accounts TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.addresses TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.cases TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.code_counts TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.confidants TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.deliveries TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.domain_grants TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.domains TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.erasure_ledger TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.jobs TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.key_epochs TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.keys TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.members TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.receipt_keys TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.requests TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.resting_addresses TO tenure_router USING (true);
CREATE POLICY tenant_isolation ON tenure_global.account_notices TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.accounts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.addresses TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.cases TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.code_counts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.confidants TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.deliveries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.domain_grants TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.domains TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.erasure_ledger TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.jobs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.key_epochs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.members TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.receipt_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.requests TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.resting_addresses TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
GRANT USAGE ON SCHEMA tenure TO tenure_app;
GRANT USAGE ON SCHEMA tenure TO tenure_router;
GRANT USAGE ON SCHEMA tenure TO tenure_recorder;
GRANT USAGE ON SCHEMA tenure_global TO tenure_app;
GRANT USAGE ON SCHEMA tenure_global TO tenure_router;
GRANT USAGE ON SCHEMA tenure_global TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.claim_counts(state text, state_since timestamp with time zone, began timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.claim_counts(state text, state_since timestamp with time zone, began timestamp with time zone) TO tenure_app;
GRANT ALL ON FUNCTION tenure.claim_counts(state text, state_since timestamp with time zone, began timestamp with time zone) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamp with time zone) TO tenure_app;
GRANT ALL ON FUNCTION tenure.claimed_names(tenant uuid, domains text[], began timestamp with time zone) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) TO tenure_app;
GRANT ALL ON FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.claims_beside(tenant uuid, began timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.claims_beside(tenant uuid, began timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.cooled_from_now() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.cooled_from_now() TO tenure_app;
GRANT ALL ON FUNCTION tenure.cooled_from_now() TO tenure_router;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_app;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_router;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.destinations_told(tenant uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.destinations_told(tenant uuid, wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.doubt(state text, verified_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.doubt(state text, verified_at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamp with time zone) TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.first_claimed(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.first_claimed(tenant uuid) TO tenure_app;
GRANT ALL ON FUNCTION tenure.first_claimed(tenant uuid) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.first_open_transaction() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.first_open_transaction() TO tenure_app;
REVOKE ALL ON FUNCTION tenure.forget_kept(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.forget_kept(tenant uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.has_evidence(tenant uuid, wanted uuid, takeover uuid, answer text, outcome text, deadline_at timestamp with time zone, exported_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.has_evidence(tenant uuid, wanted uuid, takeover uuid, answer text, outcome text, deadline_at timestamp with time zone, exported_at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.hashes(joined bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.hashes(joined bytea) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) TO tenure_app;
GRANT ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) TO tenure_app;
GRANT ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamp with time zone) TO tenure_app;
GRANT ALL ON FUNCTION tenure.is_claimed(tenant uuid, names text[], began timestamp with time zone) TO tenure_recorder;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.holds TO tenure_app;
GRANT SELECT ON TABLE tenure.holds TO tenure_router;
GRANT UPDATE(state) ON TABLE tenure.holds TO tenure_router;
GRANT UPDATE(cools_until) ON TABLE tenure.holds TO tenure_router;
GRANT UPDATE(updated_at) ON TABLE tenure.holds TO tenure_router;
GRANT UPDATE(version) ON TABLE tenure.holds TO tenure_router;
REVOKE ALL ON FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) TO tenure_app;
GRANT ALL ON FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) TO tenure_router;
REVOKE ALL ON FUNCTION tenure.is_now(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.is_now(at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.is_seen(tenant uuid, claim uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.is_seen(tenant uuid, claim uuid) TO tenure_app;
REVOKE ALL ON PROCEDURE tenure.isolate(IN target regclass) FROM PUBLIC;
REVOKE ALL ON PROCEDURE tenure.isolate_directory(IN target regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION tenure.keep_account_values() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_account_values() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text, link uuid, proof bytea, session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text, link uuid, proof bytea, session uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.keep_audit_values() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_audit_values() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_content_values() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_content_values() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_delivery(id uuid, wanted_case uuid, wanted_notice uuid, said_kind text, said_hash bytea, said_failed boolean, said_template bytea, said_at timestamp with time zone, signer bytea, signed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_delivery(id uuid, wanted_case uuid, wanted_notice uuid, said_kind text, said_hash bytea, said_failed boolean, said_template bytea, said_at timestamp with time zone, signer bytea, signed bytea) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.keep_held_content() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_held_content() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_held_rows() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_held_rows() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_personal_values() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_personal_values() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.keep_sent(ids uuid[], cases uuid[], notices uuid[], channels text[], destinations uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_sent(ids uuid[], cases uuid[], notices uuid[], channels text[], destinations uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.keep_tenant_values() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.keep_tenant_values() TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.make_destinations(cases uuid[], ids uuid[], kinds text[], hashes bytea[], names text[], verified boolean[], links bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.make_destinations(cases uuid[], ids uuid[], kinds text[], hashes bytea[], names text[], verified boolean[], links bytea[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.name_digest(tenant uuid, name text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.name_digest(tenant uuid, name text) TO tenure_app;
GRANT ALL ON FUNCTION tenure.name_digest(tenant uuid, name text) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.name_digests(tenant uuid, domain text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.name_digests(tenant uuid, domain text) TO tenure_app;
GRANT ALL ON FUNCTION tenure.name_digests(tenant uuid, domain text) TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.notice_period(days bigint, exported_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.notice_period(days bigint, exported_at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.now() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.now() TO tenure_app;
GRANT ALL ON FUNCTION tenure.now() TO tenure_router;
GRANT ALL ON FUNCTION tenure.now() TO tenure_recorder;
REVOKE ALL ON FUNCTION tenure.person_of(tenant uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.person_of(tenant uuid, wanted uuid) TO tenure_app;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_app;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_router;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_recorder;
GRANT ALL ON FUNCTION tenure.refuse_approval() TO tenure_app;
GRANT ALL ON FUNCTION tenure.refuse_held() TO tenure_app;
GRANT ALL ON FUNCTION tenure.refuse_held() TO tenure_router;
GRANT ALL ON FUNCTION tenure.refuse_key(said text, broken text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.stand_still(tenant uuid, accounts uuid[], stands boolean) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.told(tenant uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.told(tenant uuid, wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.transaction_number() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.transaction_number() TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.account_notice_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.account_notice_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.accounts_of_addresses(hmacs bytea[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.case_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.case_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.cases_of(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.cases_of(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.confidants_of(accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.confidants_of(accounts uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.custodian(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.custodian(wanted uuid) TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure_global.domain_grants TO tenure_app;
GRANT SELECT ON TABLE tenure_global.domain_grants TO tenure_router;
GRANT UPDATE(state) ON TABLE tenure_global.domain_grants TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure_global.domain_grants TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.domain_grants_of(wanted uuid, after uuid, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.domain_holder(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.domain_holder(wanted text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.finish_job(tenant uuid, job uuid, next timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.finish_job(tenant uuid, job uuid, next timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.forget_former_holders(gone uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.forget_former_holders(gone uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.gone(accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.gone(accounts uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.holder_of(names bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.holder_of(names bytea[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.is_held_below(wanted text, tenant uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.key_tenant(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.key_tenant(wanted text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.looks_held(looks text[], names text[], tenant uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.member_tenants(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.member_tenants(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.oldest_key_epoch() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.oldest_key_epoch() TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.owners_beside(tenant uuid, accounts uuid[]) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.request_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.request_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.rest_addresses(hmacs bytea[], former uuid[], until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.rest_addresses(hmacs bytea[], former uuid[], until timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.take_deliveries(at timestamp with time zone, lease_seconds bigint, per_endpoint bigint, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.take_deliveries(at timestamp with time zone, lease_seconds bigint, per_endpoint bigint, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.with_open_request(accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.with_open_request(accounts uuid[]) TO tenure_app;
GRANT ALL ON FUNCTION tenure_global.with_open_request(accounts uuid[]) TO tenure_owner;
GRANT SELECT,INSERT ON TABLE tenure.acceptances TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.account_changes TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.account_dates TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.account_notices TO tenure_app;
GRANT SELECT ON TABLE tenure.account_notices TO tenure_recorder;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.accounts TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.approvals TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.audit_batches TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.audit_checkpoints TO tenure_app;
GRANT SELECT ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(tenant_id) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(entry_id) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(at) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(actor) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(action) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(object) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(subject_id) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(request_id) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(details) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(on_behalf_of) ON TABLE tenure.audit_entries TO tenure_app;
GRANT INSERT(approved_by) ON TABLE tenure.audit_entries TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(wrapped) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(commitment) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(key_epoch) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(parent_version) ON TABLE tenure.audit_keys TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.audit_nodes TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.audit_trees TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.common_owners TO tenure_app;
GRANT SELECT ON TABLE tenure.common_owners TO tenure_recorder;
GRANT UPDATE(ended_at) ON TABLE tenure.common_owners TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.content_items TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(place) ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(chunk) ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure.content_transfers TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.controls TO tenure_app;
GRANT SELECT ON TABLE tenure.controls TO tenure_router;
GRANT UPDATE(suspended_at) ON TABLE tenure.controls TO tenure_app;
GRANT UPDATE(claim_id) ON TABLE tenure.controls TO tenure_app;
GRANT UPDATE(suspension_told) ON TABLE tenure.controls TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.disputes TO tenure_app;
GRANT UPDATE(state) ON TABLE tenure.disputes TO tenure_app;
GRANT UPDATE(statement) ON TABLE tenure.disputes TO tenure_app;
GRANT UPDATE(reason) ON TABLE tenure.disputes TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure.disputes TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.domain_claims TO tenure_app;
GRANT SELECT ON TABLE tenure.domain_claims TO tenure_recorder;
GRANT SELECT,INSERT ON TABLE tenure.domain_contests TO tenure_app;
GRANT UPDATE(state) ON TABLE tenure.domain_contests TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure.domain_contests TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.domain_observations TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.erasures TO tenure_app;
GRANT UPDATE(recorded_at) ON TABLE tenure.erasures TO tenure_app;
GRANT UPDATE(ledger_entry) ON TABLE tenure.erasures TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.events TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.hold_custodians TO tenure_app;
GRANT SELECT,DELETE ON TABLE tenure.hold_custodians TO tenure_router;
GRANT UPDATE(cools_until) ON TABLE tenure.hold_custodians TO tenure_app;
GRANT UPDATE(cools_until) ON TABLE tenure.hold_custodians TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.idempotency_keys TO tenure_app;
GRANT UPDATE(response) ON TABLE tenure.idempotency_keys TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.import_chunks TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.kept_values TO tenure_router;
GRANT SELECT,INSERT ON TABLE tenure.keys TO tenure_app;
GRANT SELECT ON TABLE tenure.keys TO tenure_recorder;
GRANT UPDATE(digest) ON TABLE tenure.keys TO tenure_app;
GRANT UPDATE(revoked_at) ON TABLE tenure.keys TO tenure_app;
GRANT UPDATE(successor_id) ON TABLE tenure.keys TO tenure_app;
GRANT UPDATE(version) ON TABLE tenure.keys TO tenure_app;
GRANT UPDATE(collected_at) ON TABLE tenure.keys TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.memberships TO tenure_app;
GRANT SELECT ON TABLE tenure.memberships TO tenure_router;
GRANT UPDATE(version) ON TABLE tenure.memberships TO tenure_router;
GRANT SELECT ON TABLE tenure.notice_destinations TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.notice_destinations TO tenure_recorder;
GRANT UPDATE(link_used_at) ON TABLE tenure.notice_destinations TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.objections TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.operations TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.package_files TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.packages TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.personal_records TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.policies TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.preferences TO tenure_app;
GRANT SELECT ON TABLE tenure.receipts TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.receipts TO tenure_recorder;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.reminders TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(state) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(details) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(due_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(paused_for) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(paused_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(extended_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(lifted_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(erasure_id) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(updated_at) ON TABLE tenure.requests TO tenure_app;
GRANT UPDATE(version) ON TABLE tenure.requests TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.retention_results TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.retention_rules TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.retention_runs TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.suppressions TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.takeover_cases TO tenure_app;
GRANT SELECT ON TABLE tenure.takeover_cases TO tenure_recorder;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.takeover_plans TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.takeovers TO tenure_app;
GRANT SELECT ON TABLE tenure.takeovers TO tenure_recorder;
GRANT SELECT,INSERT ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(root_id) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(wrapped) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(commitment) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.tenant_names TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.tenants TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.webhook_deliveries TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.webhook_endpoints TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.withdrawn_policies TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure_global.account_notices TO tenure_app;
GRANT SELECT ON TABLE tenure_global.account_notices TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.accounts TO tenure_app;
GRANT SELECT ON TABLE tenure_global.accounts TO tenure_router;
GRANT UPDATE(status) ON TABLE tenure_global.accounts TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.addresses TO tenure_app;
GRANT SELECT ON TABLE tenure_global.addresses TO tenure_router;
GRANT SELECT,INSERT ON TABLE tenure_global.cases TO tenure_app;
GRANT SELECT ON TABLE tenure_global.cases TO tenure_router;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.code_counts TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.confidants TO tenure_app;
GRANT SELECT ON TABLE tenure_global.confidants TO tenure_router;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.deliveries TO tenure_app;
GRANT SELECT,UPDATE ON TABLE tenure_global.deliveries TO tenure_router;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.domains TO tenure_app;
GRANT SELECT ON TABLE tenure_global.domains TO tenure_router;
GRANT SELECT,UPDATE ON TABLE tenure_global.erasure_ledger TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.jobs TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure_global.jobs TO tenure_router;
GRANT SELECT,UPDATE ON TABLE tenure_global.key_epochs TO tenure_app;
GRANT SELECT ON TABLE tenure_global.key_epochs TO tenure_router;
GRANT SELECT,INSERT ON TABLE tenure_global.keys TO tenure_app;
GRANT SELECT ON TABLE tenure_global.keys TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.members TO tenure_app;
GRANT SELECT ON TABLE tenure_global.members TO tenure_router;
GRANT SELECT ON TABLE tenure_global.receipt_keys TO tenure_app;
GRANT SELECT ON TABLE tenure_global.receipt_keys TO tenure_recorder;
GRANT SELECT,INSERT ON TABLE tenure_global.requests TO tenure_app;
GRANT SELECT ON TABLE tenure_global.requests TO tenure_router;
GRANT UPDATE(is_open) ON TABLE tenure_global.requests TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.resting_addresses TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.resting_addresses TO tenure_router;
