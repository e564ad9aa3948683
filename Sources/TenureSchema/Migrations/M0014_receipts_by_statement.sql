-- The receipts that control and effects need are looked for once a statement, not once a row: a
-- takeover of 100,000 accounts spent a third of its time in row triggers.
SET ROLE tenure_owner;

-- When the receipts of a case first sufficed: for the milder outcomes, and for control, for which
-- the person must have been told for certain: L3, or L2 at an address outside the claimed domain, or
-- L2 on two channels. Without a pinned search path, so that it is planned as part of the query.
CREATE FUNCTION tenure.told(tenant uuid, wanted uuid)
RETURNS TABLE (for_address timestamptz, for_control timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT min(way.l2_or_l3),
    least(min(way.certain), (array_agg(way.l2 ORDER BY way.l2))[2])
  FROM (
    SELECT min(r.received_at) FILTER (WHERE r.level >= 2) AS l2_or_l3,
      min(r.received_at) FILTER (WHERE r.level = 2) AS l2,
      min(r.received_at) FILTER (WHERE r.level = 3 OR (r.level = 2 AND r.is_outside_domain))
        AS certain
    FROM tenure.receipts r
    WHERE r.tenant_id = tenant AND r.case_id = wanted
    GROUP BY r.channel) AS way
$$;
REVOKE EXECUTE ON FUNCTION tenure.told(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.told(uuid, uuid) TO tenure_app;

DROP TRIGGER controls_need_a_receipt ON tenure.controls;
DROP FUNCTION tenure.require_receipt();
-- Control cannot exist without its receipt: either the person accepted, or the takeover's policy
-- says so, the person was told, and the notice period has run from that receipt on.
CREATE FUNCTION tenure.require_receipts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    LEFT JOIN tenure.takeover_cases c ON c.tenant_id = n.tenant_id AND c.case_id = n.case_id
      AND c.account_id = n.account_id AND c.state IN ('running', 'effective')
    LEFT JOIN tenure.takeovers t ON t.tenant_id = n.tenant_id AND t.takeover_id = c.takeover_id
    LEFT JOIN LATERAL tenure.told(n.tenant_id, n.case_id) AS told ON c.answer IS NULL
    WHERE NOT coalesce(
      CASE WHEN c.answer = 'accept' THEN EXISTS (
        SELECT FROM tenure.receipts r
        WHERE r.tenant_id = n.tenant_id AND r.case_id = n.case_id AND r.level = 3
          AND r.channel = 'accept' AND r.received_at <= n.taken_at)
      ELSE t.no_answer = 'assume_control' AND c.answer IS NULL
        AND n.taken_at >= c.deadline_at
        AND n.taken_at >= told.for_control + make_interval(days => t.notice_days::integer)
      END, false))
  THEN
    RAISE EXCEPTION 'control needs a receipt of notice, and its notice period'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'controls';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER controls_need_a_receipt AFTER INSERT ON tenure.controls
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.require_receipts();
-- What was taken is not rewritten into something else.
CREATE FUNCTION tenure.refuse_rewriting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'a control is made and ended, not rewritten'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_are_not_rewritten',
      SCHEMA = 'tenure', TABLE = 'controls';
END $$;
CREATE TRIGGER controls_are_not_rewritten
  BEFORE UPDATE OF tenant_id, account_id, case_id, taken_at, cutoff_at ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.refuse_rewriting();

DROP TRIGGER takeover_cases_need_a_receipt ON tenure.takeover_cases;
DROP FUNCTION tenure.require_notice();
-- Nothing else may happen to an account without a receipt either: the milder outcomes need L2.
CREATE FUNCTION tenure.require_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM changed n
    WHERE n.state = 'effective' AND NOT EXISTS (
      SELECT FROM tenure.receipts r
      WHERE r.tenant_id = n.tenant_id AND r.case_id = n.case_id AND r.level >= 2
        AND r.received_at <= n.effect_at))
  THEN
    RAISE EXCEPTION 'an effect needs a receipt of notice'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'takeover_cases_need_a_receipt',
        SCHEMA = 'tenure', TABLE = 'takeover_cases';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER takeover_cases_need_a_receipt AFTER INSERT ON tenure.takeover_cases
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();
CREATE TRIGGER takeover_cases_still_need_a_receipt AFTER UPDATE ON tenure.takeover_cases
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();

DROP FUNCTION tenure.told_at(uuid, uuid, text);

-- Half of all events concern no person's callbacks.
DROP INDEX tenure.events_by_account;
CREATE INDEX events_by_account ON tenure.events (tenant_id, account_id, event_id)
  WHERE account_id IS NOT NULL;
