-- Deliveries in order for whoever asks, a bound on what one tenant has on its way, and endpoints on
-- trial: disabled ones that a daily probe may bring back.
SET ROLE tenure_owner;

ALTER TABLE tenure.webhook_endpoints
  -- 'object': the events of one subject one after the other.
  ADD COLUMN ordering text NOT NULL DEFAULT 'none',
  ADD COLUMN disabled_at timestamptz,
  ADD CONSTRAINT webhook_endpoints_ordering_is_known CHECK (ordering IN ('none', 'object')),
  DROP COLUMN probe_at,
  DROP CONSTRAINT webhook_endpoints_state_is_known,
  ADD CONSTRAINT webhook_endpoints_state_is_known
    CHECK (state IN ('enabled', 'disabled', 'probing'));

ALTER TABLE tenure_global.deliveries
  -- The id the event is about, where the endpoint wants order; its number among those.
  ADD COLUMN subject text,
  ADD COLUMN sequence bigint NOT NULL DEFAULT 0;
-- What waits equally long goes in the order of its making.
DROP INDEX tenure_global.deliveries_by_time;
CREATE INDEX deliveries_by_time ON tenure_global.deliveries (endpoint_id, next_at, event_id);
CREATE INDEX deliveries_by_subject ON tenure_global.deliveries (endpoint_id, subject, sequence)
  WHERE subject IS NOT NULL;

-- For the purge of what is old.
CREATE INDEX webhook_deliveries_by_time ON tenure.webhook_deliveries (tenant_id, updated_at);

GRANT USAGE ON SCHEMA tenure TO tenure_router;
GRANT EXECUTE ON FUNCTION tenure.platform_tenant() TO tenure_router;
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;
-- Takes what is due, endpoint by endpoint: whoever works on an endpoint has all of it that is due, up
-- to a bound, and nobody else takes of it meanwhile. A worker that dies leaves its deliveries to
-- whoever asks after the lease. No tenant has more than eight endpoints worked on at a time, so that
-- many slow ones delay no other tenant's; the platform is exempt: the callbacks of all people are
-- its endpoints.
CREATE OR REPLACE FUNCTION tenure_global.take_deliveries(
  at timestamptz, lease_seconds bigint, per_endpoint bigint, most bigint)
RETURNS TABLE (endpoint_id uuid, event_id uuid, tenant_id uuid, attempt bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
