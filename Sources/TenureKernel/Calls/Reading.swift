package import Foundation
package import Tenure
package import TenureAPI

/// What an answer says of somebody else: each leaves an entry in the log, or is not answered.
package struct Reading: Sendable {
  /// What was read: a noun and `.read`.
  package let action: String
  package let object: String
  /// Whom it is about; nil where that must not show, or nobody knows.
  package let subject: AccountID?

  package init(_ action: String, _ object: some CustomStringConvertible, subject: AccountID?) {
    self.action = action
    self.object = object.description
    self.subject = subject
  }

  /// Something of an account's own.
  package init(_ action: String, _ account: AccountID) {
    self.init(action, account, subject: account)
  }
}

extension Call {
  /// Leaves an entry for each; throwing means that the read must not be answered.
  ///
  /// `log`: whose log it stands in, where that is not the caller's own tenant's: the person's
  /// custodian reads who looked.
  package func record(_ readings: [Reading], in log: Access) async throws {
    if readings.isEmpty { return }
    let access = try access
    let entries = readings.map { reading in
      AuditEntry(
        id: AuditEntryID(at: now), tenant: log.tenant, at: now, actor: access.caller.actor,
        action: reading.action, object: reading.object, subject: reading.subject,
        requestID: requestID)
    }
    try await worker.readAudit.record(try await explained(entries, log), log)
  }

  /// A list of what is somebody else's: as `list`, with an entry for each item of the answer.
  package func list<Item: View>(
    _ access: Access, filter: String = "", id: @escaping @Sendable (Item) -> UUID,
    reading: @escaping @Sendable (Item) -> Reading,
    page: @escaping @Sendable (_ after: UUID?, _ limit: Int) async throws -> [Item]
  ) async throws -> Reply {
    try await list(access, filter: filter, id: id) { after, limit in
      let items = try await page(after, limit)
      try await self.record(items.map(reading), in: access)
      return items
    }
  }
}
