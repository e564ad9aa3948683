package import Foundation
package import Tenure
package import TenureAPI

/// A read of something about somebody else.
///
/// Each one is recorded in the audit log, or the reply is not sent.
package struct Reading: Sendable {
  /// The kind of what was read, with `.read`.
  package let action: String
  package let object: String
  /// The person it is about; nil where that must not show, or is unknown.
  package let subject: AccountID?

  package init(_ action: String, _ object: some CustomStringConvertible, subject: AccountID?) {
    self.action = action
    self.object = object.description
    self.subject = subject
  }

  /// A read of something that belongs to an account itself.
  package init(_ action: String, _ account: AccountID) {
    self.init(action, account, subject: account)
  }
}

/// A view of one person's data.
///
/// Where a change is answered with it and has left no entry about the person, as it found nothing to
/// do, a read is recorded: a change must not be a way to read unnoticed.
package protocol PersonalView: View {
  var reading: Reading { get }
}

extension Call {
  /// Records reads in the audit log; throws where that fails, and the reply must not be sent then.
  ///
  /// `log` is the tenant whose log gets the entries, such as the person's custodian, who may see
  /// who has looked.
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

  /// A list of what is about other people: like `list`, with an audit entry for each item of the
  /// reply.
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
