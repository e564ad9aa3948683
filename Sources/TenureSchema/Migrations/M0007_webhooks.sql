-- Events, who receives them, and what is on its way.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.events (
  tenant_id uuid NOT NULL,
  event_id uuid NOT NULL,
  -- Readers by cursor stop before the oldest transaction still open: none that commits late is
  -- skipped.
  transaction_number bigint NOT NULL DEFAULT tenure.transaction_number(),
  type text NOT NULL,
  -- The id of what the event is about, and its number among the events about it.
  subject text NOT NULL,
  sequence bigint NOT NULL,
  -- The person concerned, whose own callbacks hear of it as well.
  account_id uuid,
  -- Ids, states and times: thin, so that erasing a person leaves nothing with receivers.
  data text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, event_id),
  CONSTRAINT events_are_numbered_by_subject UNIQUE (tenant_id, subject, sequence)
);
-- Half of all events concern no person's callbacks.
CREATE INDEX events_by_account ON tenure.events (tenant_id, account_id, event_id)
  WHERE account_id IS NOT NULL;
CREATE INDEX events_by_transaction ON tenure.events (tenant_id, transaction_number, event_id);
CALL tenure.isolate('tenure.events');
GRANT SELECT, INSERT, DELETE ON tenure.events TO tenure_app;

CREATE TABLE tenure.webhook_endpoints (
  tenant_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  -- Set for a person's own callback; it lies with the platform, out of every tenant's reach.
  account_id uuid,
  -- The URL and the signing keys, sealed under the tenant's key.
  configuration bytea NOT NULL,
  -- Patterns such as 'takeover.*'; empty for all.
  event_types text[] NOT NULL,
  state text NOT NULL,
  disabled_reason text,
  failing_since timestamptz,
  failures bigint NOT NULL,
  warned bigint NOT NULL,
  last_success_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- 'object': the events of one subject one after the other.
  ordering text NOT NULL DEFAULT 'none',
  disabled_at timestamptz,
  PRIMARY KEY (tenant_id, endpoint_id),
  CONSTRAINT webhook_endpoints_of_people_are_the_platforms
    CHECK (account_id IS NULL OR tenant_id = tenure.platform_tenant()),
  CONSTRAINT webhook_endpoints_ordering_is_known CHECK (ordering IN ('none', 'object')),
  CONSTRAINT webhook_endpoints_state_is_known
    CHECK (state IN ('enabled', 'disabled', 'probing'))
);
CREATE INDEX webhook_endpoints_by_account ON tenure.webhook_endpoints (tenant_id, account_id)
  WHERE account_id IS NOT NULL;
CALL tenure.isolate('tenure.webhook_endpoints');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.webhook_endpoints TO tenure_app;

-- What became of each event at each endpoint.
CREATE TABLE tenure.webhook_deliveries (
  tenant_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  state text NOT NULL,
  attempts bigint NOT NULL,
  last_status bigint,
  last_error text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id, event_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES tenure.webhook_endpoints ON DELETE CASCADE,
  CONSTRAINT webhook_deliveries_state_is_known CHECK (state IN ('pending', 'delivered', 'dead'))
);
-- For the purge of what is old.
CREATE INDEX webhook_deliveries_by_time ON tenure.webhook_deliveries (tenant_id, updated_at);
CALL tenure.isolate('tenure.webhook_deliveries');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.webhook_deliveries TO tenure_app;

-- What is still to be delivered, to whom and when: ids and times alone.
CREATE TABLE tenure_global.deliveries (
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  attempt bigint NOT NULL,
  next_at timestamptz NOT NULL,
  leased_until timestamptz,
  -- The id the event is about, where the endpoint wants order; its number among those.
  subject text,
  sequence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (endpoint_id, event_id)
);
CREATE INDEX deliveries_by_subject ON tenure_global.deliveries (endpoint_id, subject, sequence)
  WHERE subject IS NOT NULL;
-- What waits equally long goes in the order of its making.
CREATE INDEX deliveries_by_time ON tenure_global.deliveries (endpoint_id, next_at, event_id);
CREATE INDEX deliveries_on_their_way ON tenure_global.deliveries (endpoint_id)
  WHERE leased_until IS NOT NULL;
CALL tenure.isolate_directory('tenure_global.deliveries');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure_global.deliveries TO tenure_app;
GRANT SELECT, UPDATE ON tenure_global.deliveries TO tenure_router;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

-- Takes what is due, endpoint by endpoint: whoever works on an endpoint has all of it that is due,
-- up to a bound, and nobody else takes of it meanwhile. A worker that dies leaves its deliveries
-- to whoever asks after the lease. No tenant has more than eight endpoints worked on at a time, so
-- that many slow ones delay no other tenant's; the platform is exempt: the callbacks of all people
-- are its endpoints.
CREATE FUNCTION tenure_global.take_deliveries(
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
REVOKE EXECUTE ON FUNCTION tenure_global.take_deliveries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.take_deliveries TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
