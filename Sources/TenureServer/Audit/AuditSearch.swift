import Foundation
import Postgres
import Tenure
import TenureKernel

/// Reading the log.
extension AuditStore {
  static let columns: StaticString = """
    entry_id, at, actor, action, object, subject_id, request_id, on_behalf_of, approved_by, details
    """
  static let columnCount = 10

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
