import Foundation
import Postgres
import Tenure

/// SQL of `tenure.audit_entries`: inserted and read, never changed.
enum AuditStore {
  static let columns: StaticString =
    "entry_id, at, actor, action, object, subject_id, request_id, details"
  static let columnCount = 8

  static func insert(_ entries: [AuditEntry], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.audit_entries
      (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, details)
    SELECT \(access.tenant), entry.* FROM unnest(
      \(entries.map(\.id)), \(entries.map(\.at)), \(entries.map(\.actor)),
      \(entries.map(\.action)), \(entries.map(\.object)), \(entries.map(\.subject)),
      \(entries.map(\.requestID)), \(entries.map { $0.details.map { Bytes($0) } })) AS entry
    """
  }

  /// Some of the log after an entry, narrowed to whom it is about, or to what was done.
  static func page(
    after: UUID?, limit: Int, subject: AccountID?, action: String?, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns)
    FROM tenure.audit_entries
    WHERE tenant_id = \(access.tenant) AND entry_id > \(after ?? UUID.zero)
      AND (\(nullable: subject)::uuid IS NULL OR subject_id = \(nullable: subject))
      AND (\(nullable: action)::text IS NULL OR action = \(nullable: action))
    ORDER BY entry_id
    LIMIT \(limit)
    """
  }

  static func entry(_ row: Row, _ access: Access) throws -> AuditEntry {
    AuditEntry(
      id: try row.identifier(0, AuditEntryID.self), tenant: access.tenant, at: try row.time(1),
      actor: try row.string(2), action: try row.string(3), object: try row.string(4),
      subject: try row.optionalUUID(5).map { AccountID(uuid: $0) },
      requestID: try row.string(6), details: try row.optionalBytes(7))
  }
}

extension UUID {
  static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

extension Database {
  /// Runs one statement of a list on the leased lane, in the tenant's context.
  func read(_ access: Access, _ statement: SQL) async throws -> Rows {
    try await transaction(in: access) { transaction in
      try await transaction.run(statement)
    }
  }

  /// Runs one point statement on the shared lane, in the tenant's context: one round trip.
  func find(_ access: Access, _ statement: SQL) async throws -> Rows {
    let rows = try await run([access.context, statement])
    return rows[1]
  }
}
