import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.events`: written with what they tell of, never changed; their own feature reads them.
package enum EventStore {
  /// Numbers and keeps events, and queues them for every endpoint that asked for them.
  ///
  /// The subject's own row is locked by the change the event tells of: two transactions do not
  /// number the same subject at once.
  static func insert(_ events: [Event], _ access: Access) -> SQL {
    """
    WITH new AS (
      SELECT * FROM unnest(\(events.map(\.id)), \(events.map(\.type.rawValue)),
        \(events.map(\.subject)), \(events.map(\.account)),
        \(events.map { String(decoding: $0.data, as: UTF8.self) }), \(events.map(\.at)))
        WITH ORDINALITY AS e (event_id, type, subject, account_id, data, at, place)
    ), kept AS (
      INSERT INTO tenure.events (tenant_id, event_id, type, subject, sequence, account_id, data, at)
      SELECT \(access.tenant), new.event_id, new.type, new.subject,
        coalesce(last.sequence, 0) + row_number() OVER (PARTITION BY new.subject ORDER BY place),
        new.account_id, new.data, new.at
      FROM new
      LEFT JOIN LATERAL (
        SELECT sequence FROM tenure.events
        WHERE tenant_id = \(access.tenant) AND subject = new.subject
        ORDER BY sequence DESC
        LIMIT 1) AS last ON true
      RETURNING event_id, type, subject, sequence, account_id, at
    ), wanted AS (
      SELECT kept.event_id, endpoint.endpoint_id, kept.at, kept.sequence,
        CASE endpoint.ordering WHEN 'object' THEN kept.subject END AS subject
      FROM kept
      JOIN tenure.webhook_endpoints AS endpoint
        ON endpoint.tenant_id = \(access.tenant) AND endpoint.state = 'enabled'
        AND (endpoint.account_id IS NULL OR endpoint.account_id = kept.account_id)
        AND (cardinality(endpoint.event_types) = 0 OR EXISTS (
          SELECT FROM unnest(endpoint.event_types) AS pattern
          WHERE pattern = kept.type
            OR (right(pattern, 2) = '.*' AND starts_with(kept.type, left(pattern, -1)))))
      -- A test is for the one endpoint that it tests.
      WHERE kept.type <> 'webhook_endpoint.test'
    ), logged AS (
      INSERT INTO tenure.webhook_deliveries
        (tenant_id, endpoint_id, event_id, state, attempts, created_at, updated_at)
      SELECT \(access.tenant), endpoint_id, event_id, 'pending', 0, at, at FROM wanted
    )
    INSERT INTO tenure_global.deliveries
      (endpoint_id, event_id, tenant_id, attempt, next_at, subject, sequence)
    SELECT endpoint_id, event_id, \(access.tenant), 1, at, subject, sequence FROM wanted
    """
  }
}
