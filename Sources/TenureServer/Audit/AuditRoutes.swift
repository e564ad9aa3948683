import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// The audit log, for the tenant's auditor.
enum AuditRoutes {
  @Sendable
  static func listAuditEntries(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let action = call.parameter("action")
    if let action,
      !action.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 == 0x5F || $0 == 0x2E }) || action.isEmpty
        || action.utf8.count > 40
    {
      throw Call.invalid("action", "the name of an action such as 'account.read' is expected")
    }
    let subject = try call.parameter("subject_id").map { text throws(Problem) in
      do throws(IdentifierError) { return try AccountID(parsing: text) } catch {
        throw Call.invalid("subject_id", "an id that begins with 'acc_' is expected")
      }
    }
    let filter = "\(action ?? "")\0\(subject?.description ?? "")"
    return try await call.list(access, filter: filter, id: \AuditEntryView.entry.id.uuid) {
      after, limit in
      let entries = try await worker.database.read(
        access,
        AuditStore.page(after: after, limit: limit, subject: subject, action: action, access)
      ).map { try AuditStore.entry($0, access) }
      let details = try await worker.openDetails(of: entries, access)
      return zip(entries, details).map { AuditEntryView(entry: $0, details: $1) }
    }
  }
}
