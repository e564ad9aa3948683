-- What happened, told: events in the transaction of what they tell of, endpoints that want to hear
-- them, and the queue of deliveries.
SET ROLE tenure_owner;

CREATE TABLE tenure.events (
  tenant_id uuid NOT NULL,
  event_id uuid NOT NULL,
  -- Readers by cursor stop before the oldest transaction still open: none that commits late is
  -- skipped.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
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
CALL tenure.isolate('tenure.events');
GRANT SELECT, INSERT, DELETE ON tenure.events TO tenure_app;
CREATE INDEX events_by_commit ON tenure.events (tenant_id, xid, event_id);
CREATE INDEX events_by_account ON tenure.events (tenant_id, account_id, event_id);

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
  probe_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id),
  CONSTRAINT webhook_endpoints_state_is_known CHECK (state IN ('enabled', 'disabled')),
  CONSTRAINT webhook_endpoints_of_people_are_the_platforms
    CHECK (account_id IS NULL OR tenant_id = tenure.platform_tenant())
);
CALL tenure.isolate('tenure.webhook_endpoints');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.webhook_endpoints TO tenure_app;

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
CALL tenure.isolate('tenure.webhook_deliveries');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.webhook_deliveries TO tenure_app;

-- What is still to be delivered, to whom and when: ids and times alone.
CREATE TABLE tenure_global.deliveries (
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  attempt bigint NOT NULL,
  next_at timestamptz NOT NULL,
  leased_until timestamptz,
  PRIMARY KEY (endpoint_id, event_id)
);
CREATE INDEX deliveries_by_time ON tenure_global.deliveries (endpoint_id, next_at);
CREATE INDEX deliveries_on_their_way ON tenure_global.deliveries (endpoint_id)
  WHERE leased_until IS NOT NULL;
CALL tenure.isolate_directory('tenure_global.deliveries');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure_global.deliveries TO tenure_app;
GRANT SELECT, UPDATE ON tenure_global.deliveries TO tenure_router;

-- Takes what is due, a few for each endpoint: however long one endpoint's queue, the next endpoint
-- is not behind it. A worker that dies leaves its deliveries to whoever asks after the lease.
GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
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
  ), due AS (
    SELECT taken.endpoint_id, taken.event_id
    FROM endpoints e
    CROSS JOIN LATERAL (
      SELECT d.endpoint_id, d.event_id FROM tenure_global.deliveries d
      WHERE d.endpoint_id = e.endpoint_id AND d.next_at <= at
        AND (d.leased_until IS NULL OR d.leased_until < at)
      ORDER BY d.next_at
      LIMIT greatest(0, per_endpoint - (
        SELECT count(*) FROM tenure_global.deliveries busy
        WHERE busy.endpoint_id = e.endpoint_id AND busy.leased_until >= at))
      FOR UPDATE SKIP LOCKED
    ) AS taken
    LIMIT most
  )
  UPDATE tenure_global.deliveries d
  SET leased_until = at + make_interval(secs => lease_seconds)
  FROM due
  WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
  RETURNING d.endpoint_id, d.event_id, d.tenant_id, d.attempt
$$;
ALTER FUNCTION tenure_global.take_deliveries(timestamptz, bigint, bigint, bigint)
  OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.take_deliveries(timestamptz, bigint, bigint, bigint)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.take_deliveries(timestamptz, bigint, bigint, bigint)
  TO tenure_app;
