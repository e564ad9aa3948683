import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.events`: written with what they tell of, read by cursor, never changed.
enum EventStore {
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

  private static let columns: StaticString =
    "event_id, type, subject, sequence, account_id, data, at"

  /// One page of events after one, in the order of their transactions: only such as no open one can
  /// still come before.
  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, type: String?
  ) async throws -> [EventView] {
    let pattern = type.map { $0.hasSuffix(".*") ? String($0.dropLast()) + "%" : $0 }
    return try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.events
      WHERE tenant_id = \(access.tenant)
        AND (transaction_number, event_id) > (coalesce((
          SELECT last.transaction_number FROM tenure.events AS last
          WHERE last.tenant_id = \(access.tenant) AND last.event_id = \(after ?? .zero)), 0),
          \(after ?? .zero))
        AND transaction_number < tenure.first_open_transaction()
        AND (\(nullable: pattern)::text IS NULL OR type LIKE \(nullable: pattern))
      ORDER BY transaction_number, event_id
      LIMIT \(limit)
      """
    ).map(view)
  }

  static func find(_ id: EventID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.events
    WHERE tenant_id = \(access.tenant) AND event_id = \(id)
    """
  }

  static func find(_ ids: [EventID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.events ON tenant_id = \(access.tenant) AND event_id = wanted.id
    """
  }

  static func view(_ row: Row) throws -> EventView {
    EventView(
      id: try row.identifier(0, EventID.self), type: try row.string(1),
      subject: try row.string(2), sequence: try row.int(3),
      account: try row.optionalUUID(4).map { AccountID(uuid: $0) },
      data: Array(try row.string(5).utf8), at: try row.time(6))
  }
}
