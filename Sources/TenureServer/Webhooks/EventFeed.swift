import Foundation
import Postgres
import Tenure
import TenureKernel

/// Reading events, by cursor and by id.
extension EventStore {
  private static let columns: StaticString =
    "event_id, type, subject, sequence, account_id, data, at"

  /// One page of events after one, in the order of their transactions: only such as no open one can
  /// still come before.
  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, type: String?
  ) async throws -> [NumberedEvent] {
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
    ).map(event)
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

  static func event(_ row: Row) throws -> NumberedEvent {
    NumberedEvent(
      id: try row.identifier(0, EventID.self), type: try row.string(1),
      subject: try row.string(2), sequence: try row.int(3),
      account: try row.optionalUUID(4).map { AccountID(uuid: $0) },
      data: Array(try row.string(5).utf8), at: try row.time(6))
  }
}
