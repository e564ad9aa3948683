-- Takeovers: cases, notices with their receipts, disputes, and control.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.takeovers (
  tenant_id uuid NOT NULL,
  takeover_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  domain text NOT NULL,
  scope text NOT NULL,
  -- What follows where a person does not answer.
  no_answer text NOT NULL,
  notice_days bigint NOT NULL,
  state text NOT NULL,
  extended_at timestamptz,
  excluded_ids uuid[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- NULL: everybody whom the plan found. Addresses are not kept: they outlive nobody here.
  selected_ids uuid[],
  PRIMARY KEY (tenant_id, takeover_id),
  FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  CONSTRAINT takeovers_give_notice CHECK (notice_days BETWEEN 7 AND 90),
  CONSTRAINT takeovers_no_answer_is_known
    CHECK (no_answer IN ('detach_address', 'block_sign_in', 'assume_control')),
  CONSTRAINT takeovers_state_is_known CHECK (state IN ('running', 'completed', 'cancelled'))
);
CALL tenure.isolate('tenure.takeovers');
GRANT SELECT, INSERT, UPDATE ON tenure.takeovers TO tenure_app;
GRANT SELECT ON tenure.takeovers TO tenure_recorder;

CREATE TABLE tenure.takeover_plans (
  tenant_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  -- Sorted; what the takeover that quotes the plan must still find.
  account_ids uuid[] NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, plan_id)
);
CALL tenure.isolate('tenure.takeover_plans');
GRANT SELECT, INSERT, DELETE ON tenure.takeover_plans TO tenure_app;

CREATE TABLE tenure.takeover_cases (
  tenant_id uuid NOT NULL,
  case_id uuid NOT NULL,
  takeover_id uuid NOT NULL,
  account_id uuid NOT NULL,
  state text NOT NULL,
  outcome text,
  -- What keeps it from going on, where something does.
  blocker text,
  answer text,
  answered_at timestamptz,
  notice_at timestamptz,
  reminders bigint NOT NULL,
  -- Set when the receipts suffice for what is to follow: not when the notice was queued.
  clock_started_at timestamptz,
  deadline_at timestamptz,
  exported_at timestamptz,
  -- When the background has something to do; NULL while it waits for somebody.
  next_at timestamptz,
  effect_at timestamptz,
  -- What undoing needs, sealed under the account's key.
  undo bytea,
  -- The one-time link was used.
  link_used_at timestamptz,
  -- A personal address that is being proven: its HMAC, until when, and how often a code was wrong.
  code_address_hmac bytea,
  code_expires_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- The address that a code was sent to, sealed under the person's key.
  code_address bytea,
  -- How often it was disputed.
  disputes bigint NOT NULL,
  PRIMARY KEY (tenant_id, case_id),
  CONSTRAINT takeover_cases_one_for_each_account UNIQUE (tenant_id, takeover_id, account_id),
  FOREIGN KEY (tenant_id, takeover_id) REFERENCES tenure.takeovers,
  CONSTRAINT takeover_cases_answer_is_known CHECK (answer IN ('accept', 'detach', 'dispute')),
  CONSTRAINT takeover_cases_blocker_is_known CHECK (blocker IN (
    'other_tenant_controls', 'already_controlled', 'address_secondary_only', 'open_case',
    'recently_released', 'domain_not_held', 'restricted', 'open_request', 'account_gone',
    'address_gone', 'last_owner', 'no_other_destination', 'not_notified', 'later')),
  CONSTRAINT takeover_cases_have_an_effect_with_an_outcome CHECK (
    (effect_at IS NULL) = (outcome IS NULL) AND CASE
      WHEN state IN ('effective', 'undone', 'released') THEN outcome IS NOT NULL
      WHEN state = 'disputed' THEN coalesce(outcome = 'block_sign_in', true)
      ELSE outcome IS NULL
    END),
  CONSTRAINT takeover_cases_outcome_is_known CHECK (
    outcome IN ('detach_address', 'block_sign_in', 'assume_control')),
  CONSTRAINT takeover_cases_state_is_known CHECK (state IN (
    'notice_pending', 'running', 'disputed', 'effective', 'cancelled', 'undone', 'released',
    'blocked'))
);
CREATE INDEX takeover_cases_by_next ON tenure.takeover_cases (tenant_id, takeover_id, next_at)
  WHERE next_at IS NOT NULL;
-- One open case of a tenant about an account: what the person answers in it holds, and no other
-- goes on beside it.
CREATE UNIQUE INDEX takeover_cases_one_open_for_each_account
  ON tenure.takeover_cases (tenant_id, account_id)
  WHERE state IN ('notice_pending', 'running', 'disputed');
CALL tenure.isolate('tenure.takeover_cases');
GRANT SELECT, INSERT, UPDATE ON tenure.takeover_cases TO tenure_app;
GRANT SELECT ON tenure.takeover_cases TO tenure_recorder;
ALTER TABLE tenure.account_changes
  -- Nothing is in either table yet.
  -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
  ADD FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases;

-- Which tenant a case belongs to, for the person and the operator.
CREATE TABLE tenure_global.cases (
  case_id uuid NOT NULL,
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (case_id)
);
CREATE INDEX cases_by_account ON tenure_global.cases (account_id);
CALL tenure.isolate_directory('tenure_global.cases');
GRANT SELECT, INSERT ON tenure_global.cases TO tenure_app;
GRANT SELECT ON tenure_global.cases TO tenure_router;

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
  CONSTRAINT notice_destinations_are_told_apart UNIQUE (tenant_id, case_id, address_hash),
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  CONSTRAINT notice_destinations_have_digests
    CHECK (octet_length(address_hash) = 32 AND octet_length(link_digest) = 32),
  CONSTRAINT notice_destinations_kind_is_known
    CHECK (kind IN ('email', 'sms', 'push', 'in_app', 'post'))
);
CALL tenure.isolate('tenure.notice_destinations');
GRANT SELECT ON tenure.notice_destinations TO tenure_app;
GRANT SELECT, INSERT ON tenure.notice_destinations TO tenure_recorder;
GRANT UPDATE (link_used_at) ON tenure.notice_destinations TO tenure_app;

CREATE TABLE tenure_global.code_counts (
  tenant_id uuid NOT NULL DEFAULT tenure.platform_tenant(),
  -- HMAC of the address, or of the case or claim.
  subject bytea NOT NULL,
  sent_at timestamptz[] NOT NULL,
  wrong_at timestamptz[] NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (subject)
);
CREATE INDEX code_counts_by_age ON tenure_global.code_counts (updated_at);
CALL tenure.isolate_directory('tenure_global.code_counts');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure_global.code_counts TO tenure_app;

-- The public keys with which the operator signs what was delivered: put here by whoever migrates,
-- from the configuration.
CREATE TABLE tenure_global.receipt_keys (
  tenant_id uuid NOT NULL DEFAULT tenure.platform_tenant(),
  public_key bytea NOT NULL,
  added_at timestamptz NOT NULL,
  PRIMARY KEY (public_key),
  CONSTRAINT receipt_keys_are_ed25519 CHECK (octet_length(public_key) = 32)
);
CALL tenure.isolate_directory('tenure_global.receipt_keys');
GRANT SELECT ON tenure_global.receipt_keys TO tenure_app;
GRANT SELECT ON tenure_global.receipt_keys TO tenure_recorder;

-- Evidence that a person was told. Insert-only.
CREATE TABLE tenure.receipts (
  tenant_id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  case_id uuid,
  -- 1: an endpoint took the notice; 2: the operator signed that it was delivered; 3: the person
  -- acted on it.
  level bigint NOT NULL,
  channel text NOT NULL,
  -- SHA-256 of the case and the address: says which, to whoever knows it.
  address_hash bytea,
  is_outside_domain boolean NOT NULL,
  template_hash bytea,
  delivered_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  public_key bytea,
  signature bytea,
  notice_id uuid,
  destination_id uuid,
  -- The person's token that showed who acted.
  session_id uuid,
  -- The operator says that nothing arrives there.
  has_failed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, receipt_id),
  FOREIGN KEY (tenant_id, case_id, destination_id) REFERENCES tenure.notice_destinations,
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  FOREIGN KEY (tenant_id, notice_id) REFERENCES tenure.account_notices,
  CONSTRAINT receipts_are_of_a_notice CHECK ((case_id IS NULL) <> (notice_id IS NULL)),
  CONSTRAINT receipts_channel_is_known CHECK (CASE level
    WHEN 1 THEN channel IN (
      'operator_webhook', 'person_webhook', 'acknowledge', 'export', 'dispute')
    WHEN 2 THEN channel IN ('email', 'sms', 'push', 'in_app', 'post')
    ELSE channel IN ('acknowledge', 'accept', 'detach', 'export', 'dispute') END),
  CONSTRAINT receipts_level_is_known CHECK (level BETWEEN 1 AND 3),
  CONSTRAINT receipts_of_a_person_say_from_where
    CHECK (level <> 3 OR (destination_id IS NULL) <> (session_id IS NULL)),
  CONSTRAINT receipts_of_the_operator_are_signed CHECK (level <> 2 OR coalesce(
    octet_length(signature) = 64 AND octet_length(public_key) = 32
    AND octet_length(address_hash) = 32 AND octet_length(template_hash) = 32
    AND (notice_id IS NOT NULL OR destination_id IS NOT NULL), false)),
  CONSTRAINT receipts_only_the_operator_says_failed CHECK (level = 2 OR NOT has_failed)
);
CREATE INDEX receipts_by_case ON tenure.receipts (tenant_id, case_id);
CREATE INDEX receipts_by_notice ON tenure.receipts (tenant_id, notice_id)
  WHERE notice_id IS NOT NULL;
CREATE UNIQUE INDEX receipts_count_once ON tenure.receipts
  (tenant_id, case_id, notice_id, level, channel, destination_id) NULLS NOT DISTINCT
  WHERE level <> 2;
-- The operator may say one thing after another of the same destination.
CREATE UNIQUE INDEX receipts_of_the_operator_count_once ON tenure.receipts
  (tenant_id, case_id, notice_id, channel, address_hash, has_failed, delivered_at)
  NULLS NOT DISTINCT WHERE level = 2;
CALL tenure.isolate('tenure.receipts');
GRANT SELECT ON tenure.receipts TO tenure_app;
GRANT SELECT, INSERT ON tenure.receipts TO tenure_recorder;

CREATE TABLE tenure.disputes (
  -- The platform: the operator decides.
  tenant_id uuid NOT NULL,
  dispute_id uuid NOT NULL,
  case_id uuid NOT NULL,
  -- Who wants the account.
  claimant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Which one of its case.
  number bigint NOT NULL,
  state text NOT NULL,
  -- The person's words, and the operator's: sealed under the person's key.
  statement bytea NOT NULL,
  reason bytea,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- Whether it is certain that the person said it: what a mailbox's reader said takes nothing from
  -- them.
  is_persons boolean NOT NULL,
  PRIMARY KEY (tenant_id, dispute_id),
  CONSTRAINT disputes_of_a_case_are_numbered UNIQUE (tenant_id, case_id, number),
  CONSTRAINT disputes_are_decided_with_words
    CHECK (state NOT IN ('upheld', 'dismissed') OR reason IS NOT NULL),
  CONSTRAINT disputes_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT disputes_state_is_known
    CHECK (state IN ('open', 'upheld', 'dismissed', 'closed'))
);
CREATE INDEX disputes_by_account ON tenure.disputes (tenant_id, account_id, dispute_id);
CREATE UNIQUE INDEX disputes_one_open_of_a_case ON tenure.disputes (tenant_id, case_id)
  WHERE state = 'open';
CALL tenure.isolate('tenure.disputes');
-- Who disputes what is written once.
GRANT SELECT, INSERT ON tenure.disputes TO tenure_app;
GRANT UPDATE (state, statement, reason, ended_at) ON tenure.disputes TO tenure_app;

-- Control of an account. It refers to the account in the tenant's own custody: two tenants cannot
-- control one account.
CREATE TABLE tenure.controls (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  taken_at timestamptz NOT NULL,
  -- Private content older than this stays private to the person.
  cutoff_at timestamptz NOT NULL,
  suspended_at timestamptz,
  claim_id uuid,
  -- What its person was told of the suspension: 0 nothing, 1 that it began, 2 that control ends in
  -- two weeks, 3 that it ends in a day.
  suspension_told bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, account_id),
  CONSTRAINT controls_rest_on_a_claim
    FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  -- Whoever gives an account back takes it before its control ends: what keeps asks the control.
  FOREIGN KEY (tenant_id, account_id) REFERENCES tenure.accounts DEFERRABLE,
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  CONSTRAINT controls_tell_in_steps CHECK (suspension_told BETWEEN 0 AND 3)
);
CREATE INDEX controls_by_claim ON tenure.controls (tenant_id, claim_id);
CALL tenure.isolate('tenure.controls');
GRANT SELECT, INSERT, DELETE ON tenure.controls TO tenure_app;
GRANT SELECT ON tenure.controls TO tenure_router;
GRANT UPDATE (suspended_at, claim_id, suspension_told) ON tenure.controls TO tenure_app;

CREATE FUNCTION tenure.begin_cases() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- A takeover is about the name of its claim, which is held when it begins; its cases begin with
-- nothing said and nothing done.
CREATE FUNCTION tenure.begin_takeover() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- Since when the claimant of a case, or one under common ownership with it, has claimed the names
-- that the case is about, those of the destinations included: whoever signed in before was not let
-- in by the claimant's mailbox.
CREATE FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) RETURNS timestamptz
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
REVOKE EXECUTE ON FUNCTION tenure.claimed_since FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claimed_since TO tenure_app, tenure_recorder;

-- Control is suspended, or is back, by whichever claim.
CREATE FUNCTION tenure.controls_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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
REVOKE EXECUTE ON FUNCTION tenure.destinations_told FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.destinations_told TO tenure_app;

-- On which claim the control of each account rests, and what that claim allows: 'suspended' where
-- the name is not held any more. Accounts that nobody controls have no row.
CREATE FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[])
RETURNS TABLE (account_id uuid, claim_id uuid, rights text)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT control.account_id, control.claim_id,
    CASE WHEN control.suspended_at IS NULL THEN coalesce(name.rights, 'suspended')
      ELSE 'suspended' END
  FROM unnest(accounts) AS wanted (account_id)
  JOIN tenure.controls control
    ON control.tenant_id = tenant AND control.account_id = wanted.account_id
  LEFT JOIN tenure_global.domains name
    ON name.tenant_id = tenant AND name.claim_id = control.claim_id
$$;
REVOKE EXECUTE ON FUNCTION tenure.domain_rights FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.domain_rights TO tenure_app;

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
REVOKE EXECUTE ON FUNCTION tenure.has_evidence FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.has_evidence TO tenure_app;

-- How far the clock of a process may be from the database's.
CREATE FUNCTION tenure.is_now(at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT at BETWEEN tenure.now() - interval '5 minutes' AND tenure.now() + interval '5 minutes'
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_now TO tenure_app;

CREATE FUNCTION tenure.keep_case_life() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- What a case says of its own times is when it happens: a clock does not start in the future nor go
-- back, an answer is given once and now, and an effect is now, from which thirty days are counted.
CREATE FUNCTION tenure.keep_case_times() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'a case happens when it happens' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeover_cases_keep_their_times', SCHEMA = 'tenure', TABLE = 'takeover_cases';
END $$;

-- A name and those above it down to two labels, as they are known among those of a destination.
-- `Destination.names` in Swift goes through the same.
CREATE FUNCTION tenure.name_digests(tenant uuid, domain text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(tenure.name_digest(tenant, array_to_string(labels[first:], '.')))
  FROM string_to_array(domain, '.') AS labels,
    generate_series(1, greatest(cardinality(labels) - 1, 1)) AS first
$$;
REVOKE EXECUTE ON FUNCTION tenure.name_digests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.name_digests TO tenure_app, tenure_recorder;

-- How long a notice period must have run: the takeover's days, and the time an export took.
CREATE FUNCTION tenure.notice_period(days bigint, exported_at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
  SELECT make_interval(days =>
    days::integer + CASE WHEN exported_at IS NULL THEN 0 ELSE 14 END)
$$;
REVOKE EXECUTE ON FUNCTION tenure.notice_period FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.notice_period TO tenure_app;

-- One function, so that tests can hold it still.
CREATE FUNCTION tenure.now() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$ SELECT statement_timestamp() $$;
REVOKE EXECUTE ON FUNCTION tenure.now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.now TO tenure_app, tenure_router, tenure_recorder;

-- The terms of a takeover are those its people were told; only their time may become longer.
CREATE FUNCTION tenure.refuse_other_terms() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'the terms of a takeover stand' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'takeovers_keep_their_terms', SCHEMA = 'tenure', TABLE = 'takeovers';
END $$;

-- What was taken is not rewritten into something else.
CREATE FUNCTION tenure.refuse_rewriting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'a control is made and ended, not rewritten'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_are_not_rewritten',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;

-- Nothing happens to an account without its evidence.
CREATE FUNCTION tenure.require_notices() RETURNS trigger
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

-- A change of what happens is judged by the same evidence: when the effect comes, and not again
-- while it lasts, because claims change afterwards.
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

-- Control cannot exist without its evidence.
CREATE FUNCTION tenure.require_receipts() RETURNS trigger
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

-- No control by a name whose proof is in doubt, whoever writes it.
CREATE FUNCTION tenure.require_sure_names() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- A new control rests on the claim that its takeover was made under.
CREATE FUNCTION tenure.rest_on_claim() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  SELECT t.claim_id INTO NEW.claim_id
  FROM tenure.takeover_cases c
  JOIN tenure.takeovers t ON t.tenant_id = c.tenant_id AND t.takeover_id = c.takeover_id
  WHERE c.tenant_id = NEW.tenant_id AND c.case_id = NEW.case_id;
  RETURN NEW;
END $$;

-- Receipts are judged by this time: whoever could say it would not have to wait. What is said
-- besides is put right, and what is far off is refused like a control without its receipt.
CREATE FUNCTION tenure.stamp_control() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT tenure.is_now(NEW.taken_at) OR NOT tenure.is_now(NEW.cutoff_at) THEN
    RAISE EXCEPTION 'control begins now' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'controls_need_a_receipt', SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  NEW.taken_at := tenure.now();
  NEW.cutoff_at := NEW.taken_at;
  RETURN NEW;
END $$;

-- A control is suspended once and now, and goes on by a claim on the same name that holds it.
-- Beside that it stays with the claim that it rests on.
CREATE FUNCTION tenure.stamp_control_suspension() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

-- When the evidence of a case first sufficed; NULL while it does not. `Evidence` in Swift says the
-- same, and a test holds both against one table.
--
-- For the milder outcomes every verified destination is settled: something arrived there, or the
-- operator signed that nothing does; and at one at least it arrived. For control the person acted,
-- or it arrived at a destination of their own, or at two of different kinds, one of them not the
-- claimant's. What was not verified before the case counts for nothing.
CREATE FUNCTION tenure.told(tenant uuid, wanted uuid)
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
REVOKE EXECUTE ON FUNCTION tenure.told FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.told TO tenure_app;

-- Nobody takes control of an account whose holder waits for an answer: `controller_at_receipt`
-- would answer for data that another one has.
CREATE FUNCTION tenure.wait_for_requests() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

CREATE FUNCTION tenure_global.case_tenant(wanted uuid)
RETURNS TABLE (tenant_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.tenant_id, c.account_id FROM tenure_global.cases c WHERE c.case_id = wanted
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.case_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.case_tenant TO tenure_app;

CREATE FUNCTION tenure_global.cases_of(wanted uuid)
RETURNS TABLE (case_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.case_id, c.tenant_id FROM tenure_global.cases c WHERE c.account_id = wanted
  ORDER BY c.case_id
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.cases_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.cases_of TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;

GRANT CREATE ON SCHEMA tenure TO tenure_recorder;
SET ROLE tenure_recorder;

-- What a person did about a notice from a place of their own: level 3. It is shown by what proves
-- the link to a destination of the person's own, or by a token that no mailbox opens; either was
-- there before this transaction.
CREATE FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text,
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
REVOKE EXECUTE ON FUNCTION tenure.keep_act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_act TO tenure_app;

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
REVOKE EXECUTE ON FUNCTION tenure.keep_delivery FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_delivery TO tenure_app;

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
REVOKE EXECUTE ON FUNCTION tenure.keep_sent FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_sent TO tenure_app;

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
REVOKE EXECUTE ON FUNCTION tenure.make_destinations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.make_destinations TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure FROM tenure_recorder;

CREATE POLICY recording ON tenure.takeovers FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.takeover_cases FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY recording ON tenure.notice_destinations FOR ALL TO tenure_recorder
  USING (true) WITH CHECK (true);
CREATE POLICY keeping ON tenure_global.receipt_keys FOR ALL TO tenure_owner
  USING (true) WITH CHECK (true);
CREATE POLICY recording ON tenure_global.receipt_keys FOR SELECT TO tenure_recorder USING (true);
-- The restrictive guard narrows all of these to the tenant in context.
CREATE POLICY recording ON tenure.receipts FOR ALL TO tenure_recorder
  USING (true) WITH CHECK (true);
CREATE POLICY guarding ON tenure.controls FOR SELECT TO tenure_router USING (true);

CREATE TRIGGER takeovers_begin_on_a_sure_name BEFORE INSERT ON tenure.takeovers
  FOR EACH ROW EXECUTE FUNCTION tenure.begin_takeover();
-- Who was chosen, and who was left out, stays as it was when people were told.
CREATE TRIGGER takeovers_keep_their_choice BEFORE UPDATE ON tenure.takeovers
  FOR EACH ROW WHEN (NEW.selected_ids IS DISTINCT FROM OLD.selected_ids
    OR NEW.excluded_ids <> OLD.excluded_ids OR NEW.plan_id <> OLD.plan_id)
  EXECUTE FUNCTION tenure.refuse_other_terms();
CREATE TRIGGER takeovers_keep_their_terms BEFORE UPDATE ON tenure.takeovers
  FOR EACH ROW WHEN (NEW.no_answer <> OLD.no_answer OR NEW.notice_days < OLD.notice_days
    OR NEW.claim_id <> OLD.claim_id OR NEW.domain <> OLD.domain OR NEW.scope <> OLD.scope)
  EXECUTE FUNCTION tenure.refuse_other_terms();
CREATE TRIGGER takeover_cases_begin_untold AFTER INSERT ON tenure.takeover_cases
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.begin_cases();
CREATE TRIGGER takeover_cases_keep_their_life BEFORE UPDATE ON tenure.takeover_cases
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tenure.keep_case_life();
CREATE TRIGGER takeover_cases_keep_their_terms AFTER UPDATE ON tenure.takeover_cases
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_terms();
CREATE TRIGGER takeover_cases_keep_their_times BEFORE UPDATE ON tenure.takeover_cases
  FOR EACH ROW WHEN (NEW.case_id <> OLD.case_id OR NEW.created_at <> OLD.created_at
    OR NEW.clock_started_at < OLD.clock_started_at
    OR (NEW.clock_started_at IS DISTINCT FROM OLD.clock_started_at
      AND NEW.clock_started_at > tenure.now() + interval '5 minutes')
    OR (NEW.answer IS DISTINCT FROM OLD.answer AND NEW.answer IS NOT NULL
      AND (OLD.answer IS NOT NULL OR NOT coalesce(tenure.is_now(NEW.answered_at), false)))
    OR (NEW.effect_at IS DISTINCT FROM OLD.effect_at
      AND NOT coalesce(tenure.is_now(NEW.effect_at), false)))
  EXECUTE FUNCTION tenure.keep_case_times();
CREATE TRIGGER takeover_cases_need_a_receipt AFTER INSERT ON tenure.takeover_cases
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();
CREATE TRIGGER takeover_cases_still_need_a_receipt AFTER UPDATE ON tenure.takeover_cases
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_notices_anew();
CREATE TRIGGER disputes_are_of_now BEFORE INSERT ON tenure.disputes
  FOR EACH ROW EXECUTE FUNCTION tenure.require_now('opened_at');
CREATE TRIGGER controls_are_not_rewritten
  BEFORE UPDATE OF tenant_id, account_id, case_id, taken_at, cutoff_at ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.refuse_rewriting();
CREATE TRIGGER controls_are_suspended_now BEFORE UPDATE OF suspended_at, claim_id ON tenure.controls
  FOR EACH ROW WHEN (NEW.suspended_at IS DISTINCT FROM OLD.suspended_at
    OR NEW.claim_id IS DISTINCT FROM OLD.claim_id)
  EXECUTE FUNCTION tenure.stamp_control_suspension();
CREATE TRIGGER controls_begin_now BEFORE INSERT ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_control();
CREATE TRIGGER controls_begin_unsuspended BEFORE INSERT ON tenure.controls
  FOR EACH ROW WHEN (NEW.suspended_at IS NOT NULL) EXECUTE FUNCTION tenure.stamp_control_suspension();
CREATE TRIGGER controls_hold_clocks AFTER UPDATE ON tenure.controls
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.controls_hold_clocks();
CREATE TRIGGER controls_need_a_receipt AFTER INSERT ON tenure.controls
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_receipts();
CREATE TRIGGER controls_need_a_sure_name AFTER INSERT ON tenure.controls
  REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_sure_names();
CREATE TRIGGER controls_rest_on_a_claim BEFORE INSERT ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.rest_on_claim();
CREATE TRIGGER controls_wait_for_requests AFTER INSERT ON tenure.controls
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.wait_for_requests();
