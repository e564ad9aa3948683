import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// The audit log, for the tenant's auditor.
package enum AuditRoutes {
  @Sendable
  package static func listAuditEntries(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let filter = try filter(call)
    return try await call.list(access, filter: filter.text, id: \AuditEntryView.entry.id.uuid) {
      after, limit in
      let entries = try await worker.database.read(
        access, AuditStore.page(after: after, limit: limit, filter, access)
      ).map { try AuditStore.entry($0, access) }
      let details = try await worker.openDetails(of: entries, access)
      return zip(entries, details).map { AuditEntryView(entry: $0, details: $1) }
    }
  }

  private static func filter(_ call: Call) throws(Problem) -> AuditStore.Filter {
    var filter = AuditStore.Filter()
    filter.actor = try text("actor", call, most: 100)
    filter.object = try text("object", call, most: 200)
    filter.action = try text("action", call, most: 40)
    if let action = filter.action {
      let name = action.hasSuffix(".*") ? action.dropLast(2) : action[...]
      guard name.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 == 0x5F || $0 == 0x2E }), !name.isEmpty
      else {
        throw Call.invalid(
          "action", "an action such as 'account.read', or all such as 'account.*', is expected")
      }
    }
    if let text = call.parameter("subject_id") {
      do throws(IdentifierError) { filter.subject = try AccountID(parsing: text) } catch {
        throw Call.invalid("subject_id", "an id that begins with 'acc_' is expected")
      }
    }
    filter.from = try time("from", call)
    filter.to = try time("to", call)
    switch call.parameter("order") {
    case nil, "desc": filter.isNewestFirst = true
    case "asc": filter.isNewestFirst = false
    default: throw Call.invalid("order", "'desc', the newest first, or 'asc' is expected")
    }
    return filter
  }

  private static func text(_ name: String, _ call: Call, most: Int) throws(Problem) -> String? {
    guard let text = call.parameter(name) else { return nil }
    guard (1...most).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { throw Call.invalid(name, "1 to \(most) characters of ASCII are expected") }
    return text
  }

  private static func time(_ name: String, _ call: Call) throws(Problem) -> Timestamp? {
    guard let text = call.parameter(name) else { return nil }
    guard let time = Timestamp(parsing: text) ?? Timestamp(parsing: text + "T00:00:00Z") else {
      throw Call.invalid(name, "an RFC 3339 date-time, or a day in UTC, is expected")
    }
    return time
  }
}
