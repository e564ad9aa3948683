import Foundation
import Postgres
import Tenure

/// SQL of `tenure.audit_entries`: inserted and read, never changed.
enum AuditStore {
  static let columns: StaticString = """
    entry_id, at, actor, action, object, subject_id, request_id, on_behalf_of, approved_by, details
    """
  static let columnCount = 10

  static func insert(_ entries: [AuditEntry], _ access: Access) -> SQL {
    // Reads are most of the log: nobody agreed to them, and mostly nobody else wanted them.
    if entries.allSatisfy({ $0.onBehalfOf == nil && $0.approvedBy == nil && $0.details == nil }) {
      return """
        INSERT INTO tenure.audit_entries
          (tenant_id, entry_id, at, actor, action, object, subject_id, request_id)
        SELECT \(access.tenant), entry.* FROM unnest(
          \(entries.map(\.id)), \(entries.map(\.at)), \(entries.map(\.actor)),
          \(entries.map(\.action)), \(entries.map(\.object)), \(entries.map(\.subject)),
          \(entries.map(\.requestID))) AS entry
        """
    }
    return """
      INSERT INTO tenure.audit_entries
        (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, on_behalf_of,
          approved_by, details)
      SELECT \(access.tenant), entry.* FROM unnest(
        \(entries.map(\.id)), \(entries.map(\.at)), \(entries.map(\.actor)),
        \(entries.map(\.action)), \(entries.map(\.object)), \(entries.map(\.subject)),
        \(entries.map(\.requestID)), \(entries.map(\.onBehalfOf)),
        \(entries.map(\.approvedBy)), \(entries.map { $0.details.map { Bytes($0) } })) AS entry
      """
  }

  /// What a search of the log is narrowed to.
  struct Filter: Sendable {
    var actor: String?
    /// An action such as `account.read`, or all that begin like `account.*`.
    var action: String?
    var object: String?
    var subject: AccountID?
    var from: Timestamp?
    /// Before then.
    var to: Timestamp?
    var isNewestFirst = true

    /// What a cursor is bound to.
    var text: String {
      let order = isNewestFirst ? "desc" : "asc"
      return [
        actor, action, object, subject?.description, from?.description, to?.description, order,
      ].map { $0 ?? "" }.joined(separator: "\0")
    }
  }

  /// Some of the log beyond an entry, in the order of the entries' ids, which are made in the order of
  /// time.
  ///
  /// Composed of what is asked for, so that each search finds its index.
  static func page(after: UUID?, limit: Int, _ filter: Filter, _ access: Access) -> SQL {
    var sql: SQL = """
      SELECT \(text: columns)
      FROM tenure.audit_entries
      WHERE tenant_id = \(access.tenant)
      """
    if let subject = filter.subject { sql.append(" AND subject_id = \(subject)") }
    if let actor = filter.actor { sql.append(" AND actor = \(actor)") }
    if let object = filter.object {
      sql.append(" AND object = \(object)")
      // What is done to an account is about its person, and found so; the index of objects has the rest.
      if let account = try? AccountID(parsing: object) {
        sql.append(" AND subject_id = \(account)")
      } else {
        sql.append(" AND NOT starts_with(object, 'acc_')")
      }
    }
    if let action = filter.action {
      if action.hasSuffix(".*") {
        sql.append(" AND starts_with(action, \(String(action.dropLast())))")
      } else {
        sql.append(" AND action = \(action)")
        // Reads are most of the log, and their own index would be as large: it is walked for them.
        if !action.hasSuffix(".read") { sql.append(" AND action NOT LIKE '%.read'") }
      }
    }
    if let from = filter.from {
      sql.append(" AND at >= \(from) AND entry_id >= \(UUID.first(at: from))")
    }
    if let to = filter.to {
      sql.append(" AND at < \(to) AND entry_id < \(UUID.first(at: to.adding(seconds: 1)))")
    }
    if filter.isNewestFirst {
      if let after { sql.append(" AND entry_id < \(after)") }
      sql.append(" ORDER BY entry_id DESC LIMIT \(limit)")
    } else {
      if let after { sql.append(" AND entry_id > \(after)") }
      sql.append(" ORDER BY entry_id LIMIT \(limit)")
    }
    return sql
  }

  /// What the log says of one person, the oldest first.
  static func page(
    about subject: AccountID, after: UUID?, limit: Int, _ access: Access
  ) -> SQL {
    page(after: after, limit: limit, Filter(subject: subject, isNewestFirst: false), access)
  }

  static func entry(_ row: Row, _ access: Access) throws -> AuditEntry {
    AuditEntry(
      id: try row.identifier(0, AuditEntryID.self), tenant: access.tenant, at: try row.time(1),
      actor: try row.string(2), action: try row.string(3), object: try row.string(4),
      subject: try row.optionalUUID(5).map { AccountID(uuid: $0) },
      requestID: try row.string(6), onBehalfOf: try row.optionalString(7),
      approvedBy: try row.optionalString(8), details: try row.optionalBytes(9))
  }
}

extension UUID {
  static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  /// The smallest id of version 7 that can be made at a time, to the millisecond.
  static func first(at time: Timestamp) -> UUID {
    let high = UInt64(max(time.microseconds, 0) / 1_000) << 16 | 0x7000
    var bytes = zero.uuid
    withUnsafeMutableBytes(of: &bytes) { raw in
      raw.storeBytes(of: high.bigEndian, as: UInt64.self)
      raw.storeBytes(of: UInt64(0x8000_0000_0000_0000).bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: bytes)
  }
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
