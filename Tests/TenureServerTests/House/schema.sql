CREATE SCHEMA tenure;
ALTER SCHEMA tenure OWNER TO tenure_owner;
CREATE SCHEMA tenure_global;
ALTER SCHEMA tenure_global OWNER TO tenure_owner;
CREATE FUNCTION tenure.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (current_setting('tenure.tenant'::text))::uuid;
ALTER FUNCTION tenure.current_tenant() OWNER TO tenure_owner;
CREATE FUNCTION tenure.first_open_transaction() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0$$;
ALTER FUNCTION tenure.first_open_transaction() OWNER TO tenure_owner;
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
CREATE FUNCTION tenure.keep_all() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_all() OWNER TO tenure_owner;
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
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF tenure.holds_content(OLD.tenant_id, OLD.account_id, OLD.category, OLD.created_at) THEN
    PERFORM tenure.refuse_held();
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
ALTER FUNCTION tenure.keep_held_content() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_held_rows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  place record;
BEGIN
  FOR place IN SELECT g.tenant_id, array_agg(g.account_id) AS accounts FROM gone g GROUP BY 1 LOOP
    IF EXISTS (SELECT tenure.held(place.tenant_id, place.accounts)) THEN
      PERFORM tenure.refuse_held();
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_held_rows() OWNER TO tenure_owner;
CREATE FUNCTION tenure.keep_hold() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF TG_TABLE_NAME = 'hold_custodians' THEN
    IF OLD.cools_until IS NOT NULL THEN RETURN OLD; END IF;
  ELSIF TG_OP = 'UPDATE' AND (NEW.state <> 'ended' OR OLD.state <> 'active') THEN
    RETURN NEW;
  END IF;
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_hold() OWNER TO tenure_owner;
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
CREATE FUNCTION tenure.now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$ SELECT statement_timestamp() $$;
ALTER FUNCTION tenure.now() OWNER TO tenure_owner;
CREATE FUNCTION tenure.platform_tenant() RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT '00000000-0000-7000-8000-000000000001'::uuid
$$;
ALTER FUNCTION tenure.platform_tenant() OWNER TO tenure_owner;
CREATE FUNCTION tenure.refuse_held() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION 'held data stays' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'held_data_stays', SCHEMA = 'tenure';
END $$;
ALTER FUNCTION tenure.refuse_held() OWNER TO tenure_owner;
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
ALTER FUNCTION tenure.require_notices() OWNER TO tenure_owner;
CREATE FUNCTION tenure.require_receipts() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure.require_receipts() OWNER TO tenure_owner;
CREATE FUNCTION tenure.told(tenant uuid, wanted uuid) RETURNS TABLE(for_address timestamp with time zone, for_control timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
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
CREATE FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean) RETURNS TABLE(account_id uuid, tenant_id uuid, is_primary boolean, status text, has_open_request boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT found.account_id, min(found.tenant_id::text)::uuid, bool_or(found.is_primary),
    min(account.status), EXISTS (
      SELECT FROM tenure_global.requests r WHERE r.account_id = found.account_id AND r.is_open)
  FROM (
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE a.domain = wanted
    UNION ALL
    SELECT a.account_id, a.tenant_id, a.is_primary FROM tenure_global.addresses a
    WHERE is_subtree AND reverse(a.domain) LIKE reverse('.' || wanted) || '%'
  ) AS found
  JOIN tenure_global.accounts account ON account.account_id = found.account_id
  GROUP BY found.account_id
$$;
ALTER FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean) OWNER TO tenure_router;
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
CREATE FUNCTION tenure_global.custodian(wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.accounts WHERE account_id = wanted
$$;
ALTER FUNCTION tenure_global.custodian(wanted uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.domain_holder(wanted text) RETURNS TABLE(domain text, scope text, tenant_id uuid, claim_id uuid, is_frozen boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
ALTER FUNCTION tenure_global.domain_holder(wanted text) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.is_domain_granted(holder uuid, claim uuid, wanted text, grantee uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT EXISTS (SELECT FROM tenure_global.domain_grants g
    WHERE g.tenant_id = holder AND g.claim_id = claim AND g.domain = wanted
      AND g.grantee_id = grantee)
$$;
ALTER FUNCTION tenure_global.is_domain_granted(holder uuid, claim uuid, wanted text, grantee uuid) OWNER TO tenure_router;
CREATE FUNCTION tenure_global.key_tenant(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT tenant_id FROM tenure_global.keys WHERE reference = wanted
$$;
ALTER FUNCTION tenure_global.key_tenant(wanted text) OWNER TO tenure_router;
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
CREATE FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  woken bigint;
BEGIN
  IF EXISTS (
    SELECT FROM unnest(hmacs) AS wanted (hmac) CROSS JOIN LATERAL (
      SELECT rests_until FROM tenure_global.resting_addresses r
      WHERE r.address_hmac = wanted.hmac LIMIT 1) AS found
    WHERE found.rests_until > at)
  THEN
    RAISE EXCEPTION 'the address rests' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'addresses_rest_before_reuse', SCHEMA = 'tenure_global';
  END IF;
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
CREATE FUNCTION tenure_global.rest_addresses(hmacs bytea[], until timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  INSERT INTO tenure_global.resting_addresses (address_hmac, tenant_id, rests_until)
  SELECT DISTINCT h, '00000000-0000-7000-8000-000000000001'::uuid, until FROM unnest(hmacs) AS h
  ON CONFLICT (address_hmac) DO UPDATE
  SET rests_until = greatest(excluded.rests_until, resting_addresses.rests_until),
    recycled_by = NULL
$$;
ALTER FUNCTION tenure_global.rest_addresses(hmacs bytea[], until timestamp with time zone) OWNER TO tenure_router;
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
CREATE FUNCTION tenure_global.take_job(at timestamp with time zone, lease_seconds bigint) RETURNS TABLE(job_id uuid, tenant_id uuid, kind text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  UPDATE tenure_global.jobs AS job
  SET lease_until = at + make_interval(secs => lease_seconds)
  WHERE job.job_id = (
    SELECT waiting.job_id FROM tenure_global.jobs AS waiting
    WHERE waiting.run_at <= at AND (waiting.lease_until IS NULL OR waiting.lease_until < at)
    ORDER BY waiting.run_at
    FOR UPDATE SKIP LOCKED
    LIMIT 1)
  RETURNING job.job_id, job.tenant_id, job.kind
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
    CONSTRAINT account_changes_end_once CHECK ((((state = 'scheduled'::text) = (next_at IS NOT NULL)) AND ((next_at IS NULL) = (ended_at IS NOT NULL)))),
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
    at timestamp with time zone NOT NULL
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
    CONSTRAINT approvals_are_decided_by_somebody CHECK (((state = 'pending'::text) = (decided_by IS NULL))),
    CONSTRAINT approvals_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'declined'::text, 'used'::text]))),
    CONSTRAINT approvals_take_two CHECK ((decided_by <> requested_by))
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
    details_digest bytea
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
    checkpoint_at timestamp with time zone
);
ALTER TABLE ONLY tenure.audit_trees FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.audit_trees OWNER TO tenure_owner;
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
    suspended_at timestamp with time zone
);
ALTER TABLE ONLY tenure.controls FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.controls OWNER TO tenure_owner;
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
    code_failures bigint DEFAULT 0 NOT NULL,
    CONSTRAINT domain_claims_affiliation_has_a_time CHECK (((affiliation IS NULL) = (affiliated_at IS NULL))),
    CONSTRAINT domain_claims_affiliation_is_known CHECK ((affiliation = ANY (ARRAY['file'::text, 'mailbox'::text]))),
    CONSTRAINT domain_claims_are_proven_to_be_verified CHECK (((state <> ALL (ARRAY['verified'::text, 'at_risk'::text, 'grace'::text])) OR (verified_at IS NOT NULL))),
    CONSTRAINT domain_claims_method_is_known CHECK ((method = ANY (ARRAY['dns'::text, 'attestation'::text]))),
    CONSTRAINT domain_claims_scope_is_known CHECK ((scope = ANY (ARRAY['exact'::text, 'subtree'::text]))),
    CONSTRAINT domain_claims_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'verified'::text, 'at_risk'::text, 'grace'::text, 'lapsed'::text, 'expired'::text, 'contested'::text, 'ownership_changed'::text, 'released'::text, 'refused'::text])))
);
ALTER TABLE ONLY tenure.domain_claims FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_claims OWNER TO tenure_owner;
CREATE TABLE tenure.domain_observations (
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    observation_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    resolver text NOT NULL,
    outcome text NOT NULL,
    is_proof boolean NOT NULL,
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
CREATE TABLE tenure.idempotency_keys (
    tenant_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    status bigint NOT NULL,
    response bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
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
    results bytea
);
ALTER TABLE ONLY tenure.import_chunks FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks OWNER TO tenure_owner;
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
    CONSTRAINT keys_of_operators_are_the_platforms CHECK (((role = ANY (ARRAY['operator'::text, 'person'::text])) = (tenant_id = tenure.platform_tenant()))),
    CONSTRAINT keys_of_people_name_them CHECK (((role = 'person'::text) = (account_id IS NOT NULL))),
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
    CONSTRAINT receipts_are_of_a_notice CHECK (((case_id IS NULL) <> (notice_id IS NULL))),
    CONSTRAINT receipts_level_is_known CHECK (((level >= 1) AND (level <= 3))),
    CONSTRAINT receipts_of_the_operator_are_signed CHECK (((level <> 2) OR ((signature IS NOT NULL) AND (public_key IS NOT NULL) AND (address_hash IS NOT NULL) AND (template_hash IS NOT NULL))))
);
ALTER TABLE ONLY tenure.receipts FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure.receipts OWNER TO tenure_owner;
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
    CONSTRAINT retention_runs_are_certified CHECK (((state = 'completed'::text) = (certificate IS NOT NULL))),
    CONSTRAINT retention_runs_state_is_known CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text])))
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
    code_failures bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT takeover_cases_have_an_effect_with_an_outcome CHECK (((state = ANY (ARRAY['effective'::text, 'undone'::text, 'released'::text])) = ((effect_at IS NOT NULL) AND (outcome IS NOT NULL)))),
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
    domain text NOT NULL,
    is_verified boolean NOT NULL,
    is_primary boolean NOT NULL
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
CREATE TABLE tenure_global.domain_grants (
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    domain text NOT NULL,
    grantee_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY tenure_global.domain_grants FORCE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domain_grants OWNER TO tenure_owner;
CREATE TABLE tenure_global.domains (
    domain text NOT NULL,
    scope text NOT NULL,
    tenant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    is_frozen boolean NOT NULL
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
    lease_until timestamp with time zone
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
    recycled_by uuid
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
ALTER TABLE ONLY tenure.content_items
    ADD CONSTRAINT content_items_are_registered_once UNIQUE (tenant_id, product, external_id);
ALTER TABLE ONLY tenure.content_items
    ADD CONSTRAINT content_items_pkey PRIMARY KEY (tenant_id, item_id);
ALTER TABLE ONLY tenure.content_transfers
    ADD CONSTRAINT content_transfers_pkey PRIMARY KEY (tenant_id, operation_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.domain_claims
    ADD CONSTRAINT domain_claims_pkey PRIMARY KEY (tenant_id, claim_id);
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
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_one_reference UNIQUE (tenant_id, reference);
ALTER TABLE ONLY tenure.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (tenant_id, key_id);
ALTER TABLE ONLY tenure.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, account_id);
ALTER TABLE ONLY tenure.objections
    ADD CONSTRAINT objections_pkey PRIMARY KEY (tenant_id, account_id, purpose);
ALTER TABLE ONLY tenure.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (tenant_id, operation_id);
ALTER TABLE ONLY tenure.package_files
    ADD CONSTRAINT package_files_pkey PRIMARY KEY (tenant_id, request_id, number);
ALTER TABLE ONLY tenure.packages
    ADD CONSTRAINT packages_pkey PRIMARY KEY (tenant_id, request_id);
ALTER TABLE ONLY tenure.policies
    ADD CONSTRAINT policies_have_one_text_a_language UNIQUE (tenant_id, name, version, language);
ALTER TABLE ONLY tenure.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (tenant_id, policy_id);
ALTER TABLE ONLY tenure.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (tenant_id, account_id, topic, channel, purpose);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_count_once UNIQUE NULLS NOT DISTINCT (tenant_id, case_id, notice_id, level, channel, address_hash);
ALTER TABLE ONLY tenure.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (tenant_id, receipt_id);
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
ALTER TABLE ONLY tenure.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY tenure.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, endpoint_id, event_id);
ALTER TABLE ONLY tenure.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (tenant_id, endpoint_id);
ALTER TABLE ONLY tenure_global.account_notices
    ADD CONSTRAINT account_notices_pkey PRIMARY KEY (notice_id);
ALTER TABLE ONLY tenure_global.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY tenure_global.addresses
    ADD CONSTRAINT addresses_belong_to_one_account PRIMARY KEY (address_hmac);
ALTER TABLE ONLY tenure_global.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (case_id);
ALTER TABLE ONLY tenure_global.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (endpoint_id, event_id);
ALTER TABLE ONLY tenure_global.domains
    ADD CONSTRAINT domain_claims_one_verified_holder PRIMARY KEY (domain);
ALTER TABLE ONLY tenure_global.domain_grants
    ADD CONSTRAINT domain_grants_pkey PRIMARY KEY (tenant_id, claim_id, domain, grantee_id);
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
ALTER TABLE ONLY tenure_global.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (request_id);
ALTER TABLE ONLY tenure_global.resting_addresses
    ADD CONSTRAINT resting_addresses_pkey PRIMARY KEY (address_hmac);
CREATE INDEX acceptances_by_account ON tenure.acceptances USING btree (tenant_id, account_id);
CREATE INDEX account_changes_by_account ON tenure.account_changes USING btree (tenant_id, account_id);
CREATE INDEX account_changes_due ON tenure.account_changes USING btree (tenant_id, next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX account_dates_by_time ON tenure.account_dates USING btree (tenant_id, name, at, account_id);
CREATE INDEX account_notices_by_account ON tenure.account_notices USING btree (tenant_id, account_id, notice_id);
CREATE UNIQUE INDEX approvals_one_for_each_request ON tenure.approvals USING btree (tenant_id, requested_by, fingerprint) WHERE (state = ANY (ARRAY['pending'::text, 'approved'::text]));
CREATE INDEX audit_entries_by_transaction ON tenure.audit_entries USING btree (tenant_id, transaction_number, entry_id);
CREATE INDEX content_items_by_author ON tenure.content_items USING btree (tenant_id, account_id, item_id);
CREATE INDEX content_items_by_category ON tenure.content_items USING btree (tenant_id, category, item_id);
CREATE INDEX content_items_by_owner ON tenure.content_items USING btree (tenant_id, owner_id, item_id) WHERE (owner_id IS NOT NULL);
CREATE INDEX content_items_removed ON tenure.content_items USING btree (tenant_id, removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX content_transfers_running ON tenure.content_transfers USING btree (tenant_id, from_id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX domain_claims_one_living ON tenure.domain_claims USING btree (tenant_id, domain) WHERE (state = ANY (ARRAY['pending'::text, 'verified'::text, 'at_risk'::text, 'grace'::text, 'contested'::text]));
CREATE INDEX erasures_by_account ON tenure.erasures USING btree (tenant_id, account_id);
CREATE INDEX erasures_to_record ON tenure.erasures USING btree (tenant_id) WHERE (recorded_at IS NULL);
CREATE INDEX events_by_account ON tenure.events USING btree (tenant_id, account_id, event_id) WHERE (account_id IS NOT NULL);
CREATE INDEX events_by_transaction ON tenure.events USING btree (tenant_id, transaction_number, event_id);
CREATE INDEX hold_custodians_by_account ON tenure.hold_custodians USING btree (tenant_id, account_id);
CREATE INDEX holds_in_force ON tenure.holds USING btree (tenant_id) WHERE (state <> 'ended'::text);
CREATE INDEX idempotency_keys_by_age ON tenure.idempotency_keys USING btree (tenant_id, created_at);
CREATE INDEX keys_by_account ON tenure.keys USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX receipts_by_case ON tenure.receipts USING btree (tenant_id, case_id);
CREATE INDEX receipts_by_notice ON tenure.receipts USING btree (tenant_id, notice_id) WHERE (notice_id IS NOT NULL);
CREATE INDEX requests_by_account ON tenure.requests USING btree (tenant_id, account_id, request_id);
CREATE UNIQUE INDEX requests_one_open_of_a_type ON tenure.requests USING btree (tenant_id, account_id, type) WHERE (state = ANY (ARRAY['received'::text, 'paused'::text, 'granted'::text]));
CREATE INDEX retention_results_by_run ON tenure.retention_results USING btree (tenant_id, run_id, subject_id);
CREATE UNIQUE INDEX retention_runs_one_at_a_time ON tenure.retention_runs USING btree (tenant_id) WHERE (state = ANY (ARRAY['running'::text, 'paused'::text]));
CREATE INDEX takeover_cases_by_next ON tenure.takeover_cases USING btree (tenant_id, takeover_id, next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX webhook_deliveries_by_time ON tenure.webhook_deliveries USING btree (tenant_id, updated_at);
CREATE INDEX webhook_endpoints_by_account ON tenure.webhook_endpoints USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX account_notices_by_account ON tenure_global.account_notices USING btree (account_id, notice_id);
CREATE INDEX addresses_by_account ON tenure_global.addresses USING btree (tenant_id, account_id);
CREATE INDEX addresses_by_domain ON tenure_global.addresses USING btree (domain, account_id);
CREATE INDEX addresses_by_parent ON tenure_global.addresses USING btree (reverse(domain) text_pattern_ops);
CREATE INDEX cases_by_account ON tenure_global.cases USING btree (account_id);
CREATE INDEX deliveries_by_subject ON tenure_global.deliveries USING btree (endpoint_id, subject, sequence) WHERE (subject IS NOT NULL);
CREATE INDEX deliveries_by_time ON tenure_global.deliveries USING btree (endpoint_id, next_at, event_id);
CREATE INDEX deliveries_on_their_way ON tenure_global.deliveries USING btree (endpoint_id) WHERE (leased_until IS NOT NULL);
CREATE INDEX jobs_by_time ON tenure_global.jobs USING btree (run_at);
CREATE INDEX requests_by_account ON tenure_global.requests USING btree (account_id);
CREATE TRIGGER account_notices_are_listed AFTER INSERT ON tenure.account_notices REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_account_notices();
CREATE TRIGGER accounts_are_not_emptied BEFORE TRUNCATE ON tenure.accounts FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER accounts_have_a_living_epoch AFTER INSERT ON tenure.accounts REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER accounts_held_are_kept BEFORE UPDATE ON tenure.accounts FOR EACH ROW WHEN ((((old.wrapped_key IS NOT NULL) AND (new.wrapped_key IS NULL)) OR ((new.status = ANY (ARRAY['anonymised'::text, 'erased'::text])) AND (old.status <> new.status)))) EXECUTE FUNCTION tenure.keep_held_account();
CREATE TRIGGER accounts_held_stay AFTER DELETE ON tenure.accounts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_held_rows();
CREATE TRIGGER accounts_list_their_status AFTER UPDATE OF status ON tenure.accounts FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION tenure.list_status();
CREATE TRIGGER audit_batches_are_of_entries BEFORE INSERT ON tenure.audit_batches FOR EACH ROW EXECUTE FUNCTION tenure.require_batch();
CREATE TRIGGER audit_entries_do_not_change BEFORE UPDATE ON tenure.audit_entries FOR EACH ROW EXECUTE FUNCTION tenure.keep_entry();
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON tenure.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_entries();
CREATE TRIGGER audit_keys_have_a_living_epoch AFTER INSERT ON tenure.audit_keys REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_key_epoch();
CREATE TRIGGER content_items_are_not_emptied BEFORE TRUNCATE ON tenure.content_items FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER content_items_held_keep_their_author BEFORE UPDATE ON tenure.content_items FOR EACH ROW WHEN (((new.account_id IS NULL) AND (old.account_id IS NOT NULL))) EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_held_stay BEFORE DELETE ON tenure.content_items FOR EACH ROW EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER controls_are_not_rewritten BEFORE UPDATE OF tenant_id, account_id, case_id, taken_at, cutoff_at ON tenure.controls FOR EACH ROW EXECUTE FUNCTION tenure.refuse_rewriting();
CREATE TRIGGER controls_need_a_receipt AFTER INSERT ON tenure.controls REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_receipts();
CREATE TRIGGER controls_wait_for_requests AFTER INSERT ON tenure.controls REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tenure.wait_for_requests();
CREATE TRIGGER hold_custodians_are_not_emptied BEFORE TRUNCATE ON tenure.hold_custodians FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER hold_custodians_cool BEFORE DELETE ON tenure.hold_custodians FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();
CREATE TRIGGER holds_are_not_emptied BEFORE TRUNCATE ON tenure.holds FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER holds_cool BEFORE DELETE OR UPDATE OF state ON tenure.holds FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();
CREATE TRIGGER memberships_are_listed AFTER INSERT ON tenure.memberships REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_struck AFTER DELETE ON tenure.memberships REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER requests_are_listed AFTER INSERT ON tenure.requests FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
CREATE TRIGGER requests_list_their_end AFTER UPDATE OF state ON tenure.requests FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
CREATE TRIGGER takeover_cases_need_a_receipt AFTER INSERT ON tenure.takeover_cases REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();
CREATE TRIGGER takeover_cases_still_need_a_receipt AFTER UPDATE ON tenure.takeover_cases REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.require_notices();
ALTER TABLE ONLY tenure.content_transfers
    ADD CONSTRAINT content_transfers_tenant_id_operation_id_fkey FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations(tenant_id, operation_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES tenure.accounts(tenant_id, account_id);
ALTER TABLE ONLY tenure.controls
    ADD CONSTRAINT controls_tenant_id_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases(tenant_id, case_id);
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
ALTER TABLE ONLY tenure.objections
    ADD CONSTRAINT objections_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests(tenant_id, request_id);
ALTER TABLE ONLY tenure.package_files
    ADD CONSTRAINT package_files_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.packages(tenant_id, request_id);
ALTER TABLE ONLY tenure.packages
    ADD CONSTRAINT packages_tenant_id_request_id_fkey FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests(tenant_id, request_id);
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
ALTER TABLE tenure.content_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.content_transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.controls ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.domain_observations ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY guarding ON tenure.hold_custodians FOR SELECT TO tenure_router USING (true);
CREATE POLICY guarding ON tenure.holds FOR SELECT TO tenure_router USING (true);
ALTER TABLE tenure.hold_custodians ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.import_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.objections ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.package_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.packages ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.receipts ENABLE ROW LEVEL SECURITY;
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
CREATE POLICY tenant_guard ON tenure.content_items AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.content_transfers AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.controls AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.domain_claims AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.domain_observations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.erasures AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.events AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.hold_custodians AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.holds AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.idempotency_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.import_chunks AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.memberships AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.objections AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.operations AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.package_files AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.packages AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.policies AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.preferences AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.receipts AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.requests AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_results AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_rules AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.retention_runs AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.suppressions AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeover_cases AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeover_plans AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.takeovers AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenant_keys AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.tenants AS RESTRICTIVE USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_guard ON tenure.webhook_deliveries AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_guard ON tenure.webhook_endpoints AS RESTRICTIVE USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
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
CREATE POLICY tenant_isolation ON tenure.content_items TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.content_transfers TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.controls TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.domain_claims TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.domain_observations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.erasures TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.events TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.hold_custodians TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.holds TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.idempotency_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.import_chunks TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.memberships TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.objections TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.operations TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.package_files TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.packages TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.policies TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.preferences TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.receipts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.requests TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_results TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_rules TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.retention_runs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.suppressions TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeover_cases TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeover_plans TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.takeovers TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenant_keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.tenants TO tenure_app USING (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant()))) WITH CHECK (((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)) OR (( SELECT tenure.current_tenant() AS current_tenant) = tenure.platform_tenant())));
CREATE POLICY tenant_isolation ON tenure.webhook_deliveries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure.webhook_endpoints TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
ALTER TABLE tenure.tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.webhook_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.account_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domain_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.erasure_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.key_epochs ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure_global.resting_addresses ENABLE ROW LEVEL SECURITY;
CREATE POLICY routing ON tenure_global.account_notices TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.accounts TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.addresses TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.cases TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.deliveries TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.domain_grants TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.domains TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.erasure_ledger TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.jobs TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.key_epochs TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.keys TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.members TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.requests TO tenure_router USING (true);
CREATE POLICY routing ON tenure_global.resting_addresses TO tenure_router USING (true);
CREATE POLICY tenant_isolation ON tenure_global.account_notices TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.accounts TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.addresses TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.cases TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.deliveries TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.domain_grants TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.domains TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.erasure_ledger TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.jobs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.key_epochs TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.keys TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.members TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.requests TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
CREATE POLICY tenant_isolation ON tenure_global.resting_addresses TO tenure_app USING ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant))) WITH CHECK ((tenant_id = ( SELECT tenure.current_tenant() AS current_tenant)));
GRANT USAGE ON SCHEMA tenure TO tenure_app;
GRANT USAGE ON SCHEMA tenure TO tenure_router;
GRANT USAGE ON SCHEMA tenure_global TO tenure_app;
GRANT USAGE ON SCHEMA tenure_global TO tenure_router;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_app;
GRANT ALL ON FUNCTION tenure.current_tenant() TO tenure_router;
REVOKE ALL ON FUNCTION tenure.first_open_transaction() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.first_open_transaction() TO tenure_app;
REVOKE ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) TO tenure_app;
GRANT ALL ON FUNCTION tenure.held(tenant uuid, accounts uuid[]) TO tenure_owner;
REVOKE ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) TO tenure_app;
GRANT ALL ON FUNCTION tenure.holds_content(tenant uuid, account uuid, category text, created timestamp with time zone) TO tenure_owner;
REVOKE ALL ON PROCEDURE tenure.isolate(IN target regclass) FROM PUBLIC;
REVOKE ALL ON PROCEDURE tenure.isolate_directory(IN target regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION tenure.now() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.now() TO tenure_app;
GRANT ALL ON FUNCTION tenure.now() TO tenure_router;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_app;
GRANT ALL ON FUNCTION tenure.platform_tenant() TO tenure_router;
GRANT ALL ON FUNCTION tenure.refuse_held() TO tenure_app;
REVOKE ALL ON FUNCTION tenure.told(tenant uuid, wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.told(tenant uuid, wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure.transaction_number() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure.transaction_number() TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.account_notice_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.account_notice_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.account_notices_of(wanted uuid, after uuid, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.accounts_on(wanted text, is_subtree boolean) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.case_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.case_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.cases_of(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.cases_of(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.custodian(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.custodian(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.domain_holder(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.domain_holder(wanted text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.is_domain_granted(holder uuid, claim uuid, wanted text, grantee uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.is_domain_granted(holder uuid, claim uuid, wanted text, grantee uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.key_tenant(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.key_tenant(wanted text) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.member_tenants(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.member_tenants(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.oldest_key_epoch() FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.oldest_key_epoch() TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.recycle_addresses(hmacs bytea[], accounts uuid[], at timestamp with time zone) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.request_tenant(wanted uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.request_tenant(wanted uuid) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint) TO tenure_app;
REVOKE ALL ON FUNCTION tenure_global.rest_addresses(hmacs bytea[], until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tenure_global.rest_addresses(hmacs bytea[], until timestamp with time zone) TO tenure_app;
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
GRANT SELECT,INSERT,DELETE ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(wrapped) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(commitment) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(key_epoch) ON TABLE tenure.audit_keys TO tenure_app;
GRANT UPDATE(parent_version) ON TABLE tenure.audit_keys TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.audit_nodes TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.audit_trees TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.content_items TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(place) ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(chunk) ON TABLE tenure.content_transfers TO tenure_app;
GRANT UPDATE(ended_at) ON TABLE tenure.content_transfers TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.controls TO tenure_app;
GRANT UPDATE(suspended_at) ON TABLE tenure.controls TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.domain_claims TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.domain_observations TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.erasures TO tenure_app;
GRANT UPDATE(recorded_at) ON TABLE tenure.erasures TO tenure_app;
GRANT UPDATE(ledger_entry) ON TABLE tenure.erasures TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.events TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.hold_custodians TO tenure_app;
GRANT SELECT ON TABLE tenure.hold_custodians TO tenure_router;
GRANT UPDATE(cools_until) ON TABLE tenure.hold_custodians TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.holds TO tenure_app;
GRANT SELECT ON TABLE tenure.holds TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.idempotency_keys TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.import_chunks TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.keys TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.memberships TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.objections TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.operations TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.package_files TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.packages TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.policies TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure.preferences TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.receipts TO tenure_app;
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
GRANT SELECT,INSERT,DELETE ON TABLE tenure.takeover_plans TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.takeovers TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(root_id) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(wrapped) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT UPDATE(commitment) ON TABLE tenure.tenant_keys TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure.tenants TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.webhook_deliveries TO tenure_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure.webhook_endpoints TO tenure_app;
GRANT SELECT,INSERT ON TABLE tenure_global.account_notices TO tenure_app;
GRANT SELECT ON TABLE tenure_global.account_notices TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.accounts TO tenure_app;
GRANT SELECT ON TABLE tenure_global.accounts TO tenure_router;
GRANT UPDATE(status) ON TABLE tenure_global.accounts TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.addresses TO tenure_app;
GRANT SELECT ON TABLE tenure_global.addresses TO tenure_router;
GRANT SELECT,INSERT ON TABLE tenure_global.cases TO tenure_app;
GRANT SELECT ON TABLE tenure_global.cases TO tenure_router;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tenure_global.deliveries TO tenure_app;
GRANT SELECT,UPDATE ON TABLE tenure_global.deliveries TO tenure_router;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.domain_grants TO tenure_app;
GRANT SELECT ON TABLE tenure_global.domain_grants TO tenure_router;
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
GRANT SELECT,INSERT ON TABLE tenure_global.requests TO tenure_app;
GRANT SELECT ON TABLE tenure_global.requests TO tenure_router;
GRANT UPDATE(is_open) ON TABLE tenure_global.requests TO tenure_app;
GRANT SELECT,INSERT,DELETE ON TABLE tenure_global.resting_addresses TO tenure_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tenure_global.resting_addresses TO tenure_router;
