-- Takeovers of accounts: plans, cases, receipts of notice, and the control that follows.
SET ROLE tenure_owner;

ALTER TABLE tenure.accounts DROP CONSTRAINT accounts_status_is_known;
ALTER TABLE tenure.accounts
  ADD CONSTRAINT accounts_status_is_known CHECK (status IN ('active', 'blocked'));
-- Custody moves by taking the row out of one tenant and putting it into the other, in one
-- transaction: no statement sees two tenants.
GRANT DELETE ON tenure.accounts, tenure_global.accounts TO tenure_app;
CREATE INDEX addresses_by_domain ON tenure_global.addresses (domain, account_id);
-- For all names below one: a reversed name has the name above as its prefix.
CREATE INDEX addresses_by_parent ON tenure_global.addresses (reverse(domain) text_pattern_ops);
GRANT SELECT ON tenure_global.addresses TO tenure_router;

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
  PRIMARY KEY (tenant_id, takeover_id),
  FOREIGN KEY (tenant_id, claim_id) REFERENCES tenure.domain_claims,
  CONSTRAINT takeovers_no_answer_is_known
    CHECK (no_answer IN ('detach_address', 'block_sign_in', 'assume_control')),
  CONSTRAINT takeovers_state_is_known CHECK (state IN ('running', 'completed', 'cancelled')),
  CONSTRAINT takeovers_give_notice CHECK (notice_days BETWEEN 7 AND 90)
);
CALL tenure.isolate('tenure.takeovers');
GRANT SELECT, INSERT, UPDATE ON tenure.takeovers TO tenure_app;

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
  code_failures bigint NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, case_id),
  FOREIGN KEY (tenant_id, takeover_id) REFERENCES tenure.takeovers,
  CONSTRAINT takeover_cases_one_for_each_account UNIQUE (tenant_id, takeover_id, account_id),
  CONSTRAINT takeover_cases_state_is_known CHECK (state IN (
    'notice_pending', 'running', 'disputed', 'effective', 'cancelled', 'undone', 'blocked')),
  CONSTRAINT takeover_cases_outcome_is_known CHECK (
    outcome IN ('detach_address', 'block_sign_in', 'assume_control')),
  CONSTRAINT takeover_cases_have_an_effect_with_an_outcome
    CHECK ((state IN ('effective', 'undone')) = (effect_at IS NOT NULL AND outcome IS NOT NULL))
);
CALL tenure.isolate('tenure.takeover_cases');
GRANT SELECT, INSERT, UPDATE ON tenure.takeover_cases TO tenure_app;
CREATE INDEX takeover_cases_by_next ON tenure.takeover_cases (tenant_id, takeover_id, next_at)
  WHERE next_at IS NOT NULL;

-- Which tenant a case belongs to, for the person and the operator.
CREATE TABLE tenure_global.cases (
  case_id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL
);
CREATE INDEX cases_by_account ON tenure_global.cases (account_id);
CALL tenure.isolate_directory('tenure_global.cases');
GRANT SELECT, INSERT ON tenure_global.cases TO tenure_app;
GRANT SELECT ON tenure_global.cases TO tenure_router;

-- Evidence that a person was told. Insert-only.
CREATE TABLE tenure.receipts (
  tenant_id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  case_id uuid NOT NULL,
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
  PRIMARY KEY (tenant_id, receipt_id),
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  CONSTRAINT receipts_level_is_known CHECK (level BETWEEN 1 AND 3),
  CONSTRAINT receipts_of_the_operator_are_signed CHECK (
    level <> 2 OR (signature IS NOT NULL AND public_key IS NOT NULL AND address_hash IS NOT NULL
      AND template_hash IS NOT NULL)),
  CONSTRAINT receipts_count_once UNIQUE NULLS NOT DISTINCT (tenant_id, case_id, level, channel, address_hash)
);
CALL tenure.isolate('tenure.receipts');
GRANT SELECT, INSERT ON tenure.receipts TO tenure_app;
CREATE INDEX receipts_by_case ON tenure.receipts (tenant_id, case_id);

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
  PRIMARY KEY (tenant_id, account_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES tenure.accounts,
  FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases
);
CALL tenure.isolate('tenure.controls');
GRANT SELECT, INSERT, DELETE, UPDATE (suspended_at) ON tenure.controls TO tenure_app;

-- When the receipts of a case first sufficed for what is to follow; NULL while they do not. For
-- control the person must have been told for certain: L3, or L2 at an address outside the claimed
-- domain, or L2 on two channels.
CREATE FUNCTION tenure.told_at(tenant uuid, wanted uuid, outcome text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT min(since) FROM (
    SELECT min(r.received_at) AS since FROM tenure.receipts r
    WHERE r.tenant_id = tenant AND r.case_id = wanted
      AND (r.level = 3
        OR (r.level = 2 AND (r.is_outside_domain OR outcome <> 'assume_control')))
    UNION ALL
    SELECT second.since FROM (
      SELECT min(r.received_at) AS since FROM tenure.receipts r
      WHERE r.tenant_id = tenant AND r.case_id = wanted AND r.level = 2
      GROUP BY r.channel ORDER BY since OFFSET 1 LIMIT 1) AS second) AS ways
$$;
GRANT EXECUTE ON FUNCTION tenure.told_at(uuid, uuid, text) TO tenure_app;

-- Control cannot exist without its receipt: either the person accepted, or the takeover's policy
-- says so, the person was told, and the notice period has run from that receipt on.
CREATE FUNCTION tenure.require_receipt() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  told_at timestamptz;
  found record;
BEGIN
  SELECT c.answer, c.deadline_at, t.no_answer, t.notice_days INTO found
  FROM tenure.takeover_cases c
  JOIN tenure.takeovers t ON t.tenant_id = c.tenant_id AND t.takeover_id = c.takeover_id
  WHERE c.tenant_id = NEW.tenant_id AND c.case_id = NEW.case_id
    AND c.account_id = NEW.account_id AND c.state IN ('running', 'effective');
  IF found.answer = 'accept' AND EXISTS (
    SELECT FROM tenure.receipts r
    WHERE r.tenant_id = NEW.tenant_id AND r.case_id = NEW.case_id AND r.level = 3
      AND r.channel = 'accept' AND r.received_at <= NEW.taken_at)
  THEN
    RETURN NEW;
  END IF;
  told_at := tenure.told_at(NEW.tenant_id, NEW.case_id, 'assume_control');
  IF found.no_answer = 'assume_control' AND found.answer IS NULL AND told_at IS NOT NULL
    AND NEW.taken_at >= found.deadline_at
    AND NEW.taken_at >= told_at + make_interval(days => found.notice_days::integer)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'control needs a receipt of notice, and its notice period'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_need_a_receipt',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;
CREATE TRIGGER controls_need_a_receipt BEFORE INSERT OR UPDATE OF case_id, taken_at, account_id
  ON tenure.controls FOR EACH ROW EXECUTE FUNCTION tenure.require_receipt();

-- Nothing else may happen to an account without a receipt either: the milder outcomes need L2.
CREATE FUNCTION tenure.require_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM tenure.receipts r
    WHERE r.tenant_id = NEW.tenant_id AND r.case_id = NEW.case_id AND r.level >= 2
      AND r.received_at <= NEW.effect_at)
  THEN
    RAISE EXCEPTION 'an effect needs a receipt of notice'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER takeover_cases_need_a_receipt
  BEFORE INSERT OR UPDATE OF state, effect_at ON tenure.takeover_cases
  FOR EACH ROW WHEN (NEW.state = 'effective') EXECUTE FUNCTION tenure.require_notice();

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- The accounts with an address on a name, or below it; who has custody; whether it is their
-- primary address.
CREATE FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean)
RETURNS TABLE (account_id uuid, tenant_id uuid, is_primary boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT found.account_id, min(found.tenant_id::text)::uuid, bool_or(found.is_primary)
  FROM (
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE a.domain = wanted
    UNION ALL
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE is_subtree AND reverse(a.domain) LIKE reverse('.' || wanted) || '%'
  ) AS found
  GROUP BY found.account_id
$$;
CREATE FUNCTION tenure_global.case_tenant(wanted uuid)
RETURNS TABLE (tenant_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.tenant_id, c.account_id FROM tenure_global.cases c WHERE c.case_id = wanted
$$;
CREATE FUNCTION tenure_global.cases_of(wanted uuid)
RETURNS TABLE (case_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.case_id, c.tenant_id FROM tenure_global.cases c WHERE c.account_id = wanted
  ORDER BY c.case_id
$$;
ALTER FUNCTION tenure_global.accounts_on(text, boolean) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.case_tenant(uuid) OWNER TO tenure_router;
ALTER FUNCTION tenure_global.cases_of(uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.accounts_on(text, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.case_tenant(uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure_global.cases_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.accounts_on(text, boolean) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.case_tenant(uuid) TO tenure_app;
GRANT EXECUTE ON FUNCTION tenure_global.cases_of(uuid) TO tenure_app;
