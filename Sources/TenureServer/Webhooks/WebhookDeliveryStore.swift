import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.webhook_deliveries` and their queue.
enum WebhookDeliveryStore {
  /// A delivery that somebody took.
  struct Taken: Sendable {
    let endpoint: WebhookEndpointID
    let event: EventID
    let tenant: TenantID
    let attempt: Int
  }

  /// Takes what is due of some endpoints that nobody works on, the one that waits longest first.
  static func take(
    at: Timestamp, leaseSeconds: Int, perEndpoint: Int, endpoints: Int
  ) -> SQL {
    """
    SELECT endpoint_id, event_id, tenant_id, attempt FROM tenure_global.take_deliveries(
      \(at), \(leaseSeconds), \(perEndpoint), \(endpoints))
    """
  }

  static func taken(_ row: Row) throws -> Taken {
    Taken(
      endpoint: try row.identifier(0, WebhookEndpointID.self),
      event: try row.identifier(1, EventID.self), tenant: try row.identifier(2, TenantID.self),
      attempt: try row.int(3))
  }

  /// A delivery's last try: without an error it arrived.
  struct Ended: Sendable {
    let taken: Taken
    let status: Int?
    let error: String?
  }

  /// A try that failed, and when the next one is.
  static func postpone(
    _ taken: Taken, status: Int?, error: String, next: Timestamp, at: Timestamp, _ access: Access
  ) -> [SQL] {
    [
      """
      UPDATE tenure.webhook_deliveries
      SET attempts = attempts + 1, last_status = \(nullable: status), last_error = \(error),
        updated_at = \(at)
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(taken.endpoint)
        AND event_id = \(taken.event)
      """,
      """
      UPDATE tenure_global.deliveries
      SET attempt = attempt + 1, next_at = \(next), leased_until = NULL
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(taken.endpoint)
        AND event_id = \(taken.event)
      """,
    ]
  }

  /// What of one endpoint's is not tried again.
  static func end(
    _ ended: [Ended], _ endpoint: WebhookEndpointID, at: Timestamp, _ access: Access
  ) -> [SQL] {
    let ids = ended.map(\.taken.event)
    return [
      """
      UPDATE tenure.webhook_deliveries AS delivery
      SET state = CASE WHEN ended.error IS NULL THEN 'delivered' ELSE 'dead' END,
        attempts = attempts + 1, last_status = ended.status, last_error = ended.error,
        updated_at = \(at)
      FROM unnest(\(ids), \(ended.map(\.status)), \(ended.map(\.error)))
        AS ended (event_id, status, error)
      WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
        AND delivery.event_id = ended.event_id
      """,
      """
      DELETE FROM tenure_global.deliveries AS delivery USING unnest(\(ids)) AS ended (event_id)
      WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
        AND delivery.event_id = ended.event_id
      """,
    ]
  }

  /// Leaves what was taken and not begun to whoever takes it next.
  static func giveBack(
    _ endpoint: WebhookEndpointID, _ events: [EventID], _ access: Access
  ) -> SQL {
    """
    UPDATE tenure_global.deliveries AS delivery SET leased_until = NULL
    FROM unnest(\(events)) AS rest (event_id)
    WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
      AND delivery.event_id = rest.event_id
    """
  }

  /// Queues events anew for an endpoint: one, or those of a time; the ids stay the same.
  ///
  /// What is being written down in this moment is left alone: it has just arrived, or comes again by
  /// itself; neither waits for the other's locks.
  static func replay(
    _ endpoint: WebhookEndpointID, event: EventID?, since: Timestamp?, until: Timestamp?,
    account: AccountID?, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    WITH wanted AS (
      SELECT event_id, sequence,
        (SELECT event.subject FROM tenure.webhook_endpoints
          WHERE tenant_id = \(access.tenant) AND endpoint_id = \(endpoint)
            AND ordering = 'object') AS subject
      FROM tenure.events AS event
      WHERE event.tenant_id = \(access.tenant)
        AND (\(nullable: event)::uuid IS NULL OR event_id = \(nullable: event))
        AND (\(nullable: since)::timestamptz IS NULL OR at >= \(nullable: since))
        AND (\(nullable: until)::timestamptz IS NULL OR at <= \(nullable: until))
        AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
    ), free AS (
      SELECT delivery.event_id FROM tenure.webhook_deliveries AS delivery
      JOIN wanted ON wanted.event_id = delivery.event_id
      WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
      ORDER BY delivery.event_id
      FOR UPDATE OF delivery SKIP LOCKED
    ), chosen AS (
      SELECT wanted.* FROM wanted
      WHERE wanted.event_id IN (SELECT event_id FROM free) OR NOT EXISTS (
        SELECT FROM tenure.webhook_deliveries AS delivery
        WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
          AND delivery.event_id = wanted.event_id)
    ), logged AS (
      INSERT INTO tenure.webhook_deliveries AS delivery
        (tenant_id, endpoint_id, event_id, state, attempts, created_at, updated_at)
      SELECT \(access.tenant), \(endpoint), event_id, 'pending', 0, \(at), \(at) FROM chosen
      ORDER BY event_id
      ON CONFLICT (tenant_id, endpoint_id, event_id) DO UPDATE
      SET state = 'pending', updated_at = excluded.updated_at
    ), queued AS (
      INSERT INTO tenure_global.deliveries AS queue
        (endpoint_id, event_id, tenant_id, attempt, next_at, subject, sequence)
      SELECT \(endpoint), event_id, \(access.tenant), 1, \(at), subject, sequence FROM chosen
      ORDER BY event_id
      ON CONFLICT (endpoint_id, event_id) DO UPDATE SET attempt = 1, next_at = excluded.next_at
    )
    SELECT count(*) FROM wanted
    """
  }

  static func list(
    _ database: Database, _ access: Access, _ endpoint: WebhookEndpointID, after: UUID?,
    limit: Int
  ) async throws -> [EventDelivery] {
    try await database.read(
      access,
      """
      SELECT delivery.event_id, event.type, delivery.state, delivery.attempts,
        delivery.last_status, delivery.last_error, delivery.created_at, delivery.updated_at,
        queue.next_at
      FROM tenure.webhook_deliveries AS delivery
      JOIN tenure.events AS event
        ON event.tenant_id = \(access.tenant) AND event.event_id = delivery.event_id
      LEFT JOIN tenure_global.deliveries AS queue
        ON queue.tenant_id = \(access.tenant) AND queue.endpoint_id = delivery.endpoint_id
        AND queue.event_id = delivery.event_id
      WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = \(endpoint)
        AND delivery.event_id > \(after ?? .zero)
      ORDER BY delivery.event_id
      LIMIT \(limit)
      """
    ).map { row in
      EventDelivery(
        event: try row.identifier(0, EventID.self), type: try row.string(1),
        state: try row.choice(2), attempts: try row.int(3), lastStatus: try row.optionalInt(4),
        lastError: try row.optionalString(5), createdAt: try row.time(6),
        updatedAt: try row.time(7), nextAttemptAt: try row.optionalTime(8))
    }
  }
}
