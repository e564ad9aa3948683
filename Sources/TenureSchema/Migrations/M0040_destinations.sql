-- Where the notices of a takeover go, whose each of these places is, and what shows that somebody
-- was told there. Receipts are written by functions that judge them, and by nobody else.
DO $$
BEGIN
  PERFORM pg_advisory_xact_lock(84213697);
  -- Owns the functions that write evidence down, and nothing else.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenure_recorder') THEN
    CREATE ROLE tenure_recorder NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
  END IF;
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT tenure_recorder TO %I', current_user);
  END IF;
  GRANT tenure_recorder TO tenure_owner;
END $$;
SET ROLE tenure_owner;

CREATE TABLE tenure.notice_destinations (
  tenant_id uuid NOT NULL,
  case_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  kind text NOT NULL,
  -- SHA-256 of the case and of what is reached there: says which, to whoever knows it.
  address_hash bytea NOT NULL,
  -- Of an address: digests of the name it lies on and of those above, see `tenure.name_digest`.
  names text[] NOT NULL,
  -- Before the case began.
  is_verified boolean NOT NULL,
  -- Whether it was the claimant's when the row was made; a claim that came later counts as well.
  is_claimants boolean NOT NULL,
  -- SHA-256 of what proves its link.
  link_digest bytea NOT NULL,
  link_used_at timestamptz,
  made_at timestamptz NOT NULL,
  made_in xid8 NOT NULL,
  PRIMARY KEY (tenant_id, case_id, destination_id),
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  CONSTRAINT notice_destinations_kind_is_known
    CHECK (kind IN ('email', 'sms', 'push', 'in_app', 'post')),
  CONSTRAINT notice_destinations_have_digests
    CHECK (octet_length(address_hash) = 32 AND octet_length(link_digest) = 32),
  CONSTRAINT notice_destinations_are_told_apart UNIQUE (tenant_id, case_id, address_hash)
);
CALL tenure.isolate('tenure.notice_destinations');
GRANT SELECT, UPDATE (link_used_at) ON tenure.notice_destinations TO tenure_app;

-- The public keys with which the operator signs what was delivered: put here by whoever migrates,
-- from the configuration.
CREATE TABLE tenure_global.receipt_keys (
  tenant_id uuid NOT NULL DEFAULT tenure.platform_tenant(),
  public_key bytea PRIMARY KEY,
  added_at timestamptz NOT NULL,
  CONSTRAINT receipt_keys_are_ed25519 CHECK (octet_length(public_key) = 32)
);
CALL tenure.isolate_directory('tenure_global.receipt_keys');
CREATE POLICY keeping ON tenure_global.receipt_keys FOR ALL TO tenure_owner
  USING (true) WITH CHECK (true);
GRANT SELECT ON tenure_global.receipt_keys TO tenure_app;

ALTER TABLE tenure.receipts
  ADD COLUMN destination_id uuid,
  -- The person's token that showed who acted.
  ADD COLUMN session_id uuid,
  -- The operator says that nothing arrives there.
  ADD COLUMN has_failed boolean NOT NULL DEFAULT false,
  ADD FOREIGN KEY (tenant_id, case_id, destination_id) REFERENCES tenure.notice_destinations,
  DROP CONSTRAINT receipts_of_the_operator_are_signed,
  ADD CONSTRAINT receipts_of_the_operator_are_signed CHECK (level <> 2 OR coalesce(
    octet_length(signature) = 64 AND octet_length(public_key) = 32
    AND octet_length(address_hash) = 32 AND octet_length(template_hash) = 32
    AND (notice_id IS NOT NULL OR destination_id IS NOT NULL), false)),
  ADD CONSTRAINT receipts_of_a_person_say_from_where
    CHECK (level <> 3 OR (destination_id IS NULL) <> (session_id IS NULL)),
  ADD CONSTRAINT receipts_channel_is_known CHECK (CASE level
    WHEN 1 THEN channel IN (
      'operator_webhook', 'person_webhook', 'acknowledge', 'export', 'dispute')
    WHEN 2 THEN channel IN ('email', 'sms', 'push', 'in_app', 'post')
    ELSE channel IN ('acknowledge', 'accept', 'detach', 'export', 'dispute') END),
  ADD CONSTRAINT receipts_only_the_operator_says_failed CHECK (level = 2 OR NOT has_failed),
  DROP CONSTRAINT receipts_count_once;
CREATE UNIQUE INDEX receipts_count_once ON tenure.receipts
  (tenant_id, case_id, notice_id, level, channel, destination_id) NULLS NOT DISTINCT
  WHERE level <> 2;
-- The operator may say one thing after another of the same destination.
CREATE UNIQUE INDEX receipts_of_the_operator_count_once ON tenure.receipts
  (tenant_id, case_id, notice_id, channel, address_hash, has_failed, delivered_at)
  NULLS NOT DISTINCT WHERE level = 2;
REVOKE INSERT ON tenure.receipts FROM tenure_app;

GRANT USAGE ON SCHEMA tenure, tenure_global TO tenure_recorder;
GRANT EXECUTE ON FUNCTION tenure.now(), tenure.current_tenant(), tenure.platform_tenant()
  TO tenure_recorder;
GRANT SELECT, INSERT ON tenure.receipts, tenure.notice_destinations TO tenure_recorder;
GRANT SELECT ON tenure.takeover_cases, tenure.takeovers, tenure.domain_claims,
  tenure.account_notices, tenure_global.receipt_keys TO tenure_recorder;
-- The restrictive guard narrows all of these to the tenant in context.
CREATE POLICY recording ON tenure.receipts FOR ALL TO tenure_recorder
  USING (true) WITH CHECK (true);
CREATE POLICY recording ON tenure.notice_destinations FOR ALL TO tenure_recorder
  USING (true) WITH CHECK (true);
CREATE POLICY recording ON tenure.takeover_cases FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.takeovers FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.domain_claims FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.account_notices FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure_global.receipt_keys FOR SELECT TO tenure_recorder USING (true);

-- How a name is known among the names of a destination: not in the clear, for most are nobody's
-- but the person's.
CREATE FUNCTION tenure.name_digest(tenant uuid, name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT left(encode(sha256(convert_to(tenant::text || E'\n' || name, 'UTF8')), 'hex'), 32)
$$;

ALTER TABLE tenure.domain_claims
  ADD COLUMN name_digest text NOT NULL GENERATED ALWAYS AS (tenure.name_digest(tenant_id, domain))
    STORED;
CREATE INDEX domain_claims_by_name_digest ON tenure.domain_claims (tenant_id, name_digest);

-- Whether a tenant holds one of these names or has a running claim on it, whatever the claim's
-- scope: whoever has a name can make names below it. A claim that ended since then counts too.
CREATE FUNCTION tenure.is_claimed(tenant uuid, names text[], since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM tenure.domain_claims claim
    WHERE claim.tenant_id = tenant
      AND (claim.state IN ('pending', 'verified', 'at_risk', 'grace', 'contested')
        OR (claim.state <> 'refused' AND claim.state_since >= since))
      AND claim.name_digest = ANY (names))
$$;
REVOKE EXECUTE ON FUNCTION tenure.name_digest(uuid, text),
  tenure.is_claimed(uuid, text[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.name_digest(uuid, text),
  tenure.is_claimed(uuid, text[], timestamptz) TO tenure_app, tenure_recorder;

-- What has become of each destination of a case: whose it is now, since when it is known that
-- somebody was told there, and since when that nobody is. What the operator says last holds.
CREATE FUNCTION tenure.destinations_told(tenant uuid, wanted uuid)
RETURNS TABLE (destination_id uuid, kind text, is_verified boolean, is_claimants boolean,
  arrived_at timestamptz, failed_at timestamptz)
LANGUAGE sql STABLE AS $$
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

-- When the evidence of a case first sufficed; NULL while it does not. `Evidence` in Swift says the
-- same, and a test holds both against one table.
--
-- For the milder outcomes every verified destination is settled: something arrived there, or the
-- operator signed that nothing does; and at one at least it arrived. For control the person acted,
-- or it arrived at a destination of their own, or at two of different kinds, one of them not the
-- claimant's. What was not verified before the case counts for nothing.
CREATE OR REPLACE FUNCTION tenure.told(tenant uuid, wanted uuid)
RETURNS TABLE (for_address timestamptz, for_control timestamptz)
LANGUAGE sql STABLE AS $$
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
REVOKE EXECUTE ON FUNCTION tenure.destinations_told(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.destinations_told(uuid, uuid) TO tenure_app;

GRANT CREATE ON SCHEMA tenure, tenure_global TO tenure_recorder;

-- Makes the destinations of cases of which nobody was told yet: once a case, all together, at the
-- database's time. `names` holds those of each destination, joined by commas.
CREATE FUNCTION tenure.make_destinations(cases uuid[], ids uuid[], kinds text[], hashes bytea[],
  names text[], verified boolean[], links bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

-- That something went out, or that somebody unknown saw it: level 1. What it is about must still
-- be there; what says the same again changes nothing.
CREATE FUNCTION tenure.keep_sent(ids uuid[], cases uuid[], notices uuid[], channels text[],
  destinations uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

-- What the operator signed of one destination: level 2. The signature itself is checked by the
-- service, and offline by whoever doubts it.
CREATE FUNCTION tenure.keep_delivery(id uuid, wanted_case uuid, wanted_notice uuid, said_kind text,
  said_hash bytea, said_failed boolean, said_template bytea, said_at timestamptz, signer bytea,
  signed bytea)
RETURNS TABLE (destination_id uuid, is_outside boolean, received_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

ALTER FUNCTION tenure.make_destinations(uuid[], uuid[], text[], bytea[], text[], boolean[],
  bytea[]) OWNER TO tenure_recorder;
ALTER FUNCTION tenure.keep_sent(uuid[], uuid[], uuid[], text[], uuid[]) OWNER TO tenure_recorder;
ALTER FUNCTION tenure.keep_delivery(uuid, uuid, uuid, text, bytea, boolean, bytea, timestamptz,
  bytea, bytea) OWNER TO tenure_recorder;
REVOKE CREATE ON SCHEMA tenure, tenure_global FROM tenure_recorder;
SET ROLE tenure_recorder;
REVOKE EXECUTE ON FUNCTION tenure.make_destinations(uuid[], uuid[], text[], bytea[], text[],
  boolean[], bytea[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure.keep_sent(uuid[], uuid[], uuid[], text[], uuid[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure.keep_delivery(uuid, uuid, uuid, text, bytea, boolean, bytea,
  timestamptz, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.make_destinations(uuid[], uuid[], text[], bytea[], text[],
  boolean[], bytea[]) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure.keep_sent(uuid[], uuid[], uuid[], text[], uuid[]) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure.keep_delivery(uuid, uuid, uuid, text, bytea, boolean, bytea,
  timestamptz, bytea, bytea) TO tenure_app;
SET ROLE tenure_owner;

-- How long a notice period must have run: the takeover's days, and the time an export took.
CREATE FUNCTION tenure.notice_period(days bigint, exported_at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
  SELECT make_interval(days =>
    days::integer + CASE WHEN exported_at IS NULL THEN 0 ELSE 14 END)
$$;
REVOKE EXECUTE ON FUNCTION tenure.notice_period(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.notice_period(bigint, timestamptz) TO tenure_app;

-- Whether a case may have this outcome now: the person said so, or nobody answered, the policy says
-- so, the person was told, and the notice period has run since.
CREATE FUNCTION tenure.has_evidence(tenant uuid, wanted uuid, takeover uuid, answer text,
  outcome text, deadline_at timestamptz, exported_at timestamptz)
RETURNS TABLE (suffices boolean)
-- A table of one row, without a pinned search path, so that it is planned as part of the query.
LANGUAGE sql STABLE AS $$
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
REVOKE EXECUTE ON FUNCTION tenure.has_evidence(uuid, uuid, uuid, text, text, timestamptz,
  timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.has_evidence(uuid, uuid, uuid, text, text, timestamptz,
  timestamptz) TO tenure_app;

-- Control cannot exist without its evidence.
CREATE OR REPLACE FUNCTION tenure.require_receipts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- Nothing else happens to an account without its evidence either.
CREATE OR REPLACE FUNCTION tenure.require_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- The same of a change: judged when the effect comes, and not again while it lasts, because claims
-- change afterwards.
CREATE FUNCTION tenure.require_notices_anew() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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
DROP TRIGGER takeover_cases_still_need_a_receipt ON tenure.takeover_cases;
CREATE TRIGGER takeover_cases_still_need_a_receipt AFTER UPDATE ON tenure.takeover_cases
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_notices_anew();

-- What a case says of its own time only grows: what was said to the person is not made less.
CREATE FUNCTION tenure.require_terms() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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
CREATE TRIGGER takeover_cases_keep_their_terms AFTER UPDATE ON tenure.takeover_cases
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_terms();

-- The terms of a takeover are those its people were told; only their time may become longer.
CREATE FUNCTION tenure.refuse_other_terms() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'the terms of a takeover stand' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeovers_keep_their_terms', SCHEMA = 'tenure', TABLE = 'takeovers';
END $$;
CREATE TRIGGER takeovers_keep_their_terms BEFORE UPDATE ON tenure.takeovers
  FOR EACH ROW WHEN (NEW.no_answer <> OLD.no_answer OR NEW.notice_days < OLD.notice_days
    OR NEW.claim_id <> OLD.claim_id OR NEW.domain <> OLD.domain OR NEW.scope <> OLD.scope)
  EXECUTE FUNCTION tenure.refuse_other_terms();
