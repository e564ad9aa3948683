package import Postgres
package import Tenure

/// What is written when a change commits: audit entries and events, each for the tenant that it
/// belongs to.
package final class Telling: @unchecked Sendable {
  private let at: Timestamp
  private let actor: String
  /// The id of the request that is carried out; "" where there is none.
  package let requestID: String
  /// The actor's reason, which is sealed into the entries.
  private let reason: String?
  /// The actor that has asked, where that is not the one who acts.
  private let onBehalfOf: String?
  /// The second person who has approved it; nil where nobody has yet, or had to.
  package var approvedBy: String?
  package private(set) var entries: [(entry: AuditEntry, access: Access)] = []
  private var events: [(event: Event, access: Access)] = []
  private var notices: [(notice: NewAccountNotice, access: Access)] = []

  /// `requestID` is the id of the request that is carried out; "" where there is none.
  package init(
    at: Timestamp, actor: String, requestID: String, reason: String?, onBehalfOf: String? = nil
  ) {
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.reason = reason
    self.onBehalfOf = onBehalfOf
  }

  /// Adds an entry to one tenant's audit log.
  package func record(
    _ action: String, _ object: some CustomStringConvertible, subject: AccountID?,
    in access: Access
  ) {
    let entry = AuditEntry(
      id: AuditEntryID(at: at), tenant: access.tenant, at: at, actor: actor, action: action,
      object: object.description, subject: subject, requestID: requestID,
      onBehalfOf: onBehalfOf)
    entries.append((entry, access))
  }

  /// Takes over the entries of a telling whose change was rolled back.
  func adopt(_ other: Telling) { entries = other.entries }

  /// Sends an event to the endpoints of one tenant.
  package func emit(_ event: Event, in access: Access) { events.append((event, access)) }

  /// Sends an event to the tenant, and from the platform to the operator and the person, whose own
  /// callbacks the platform has.
  ///
  /// `account` is nil where no person is concerned.
  ///
  /// `toOperator` are members that only the platform's event has.
  package func tell(
    _ type: EventType, _ subject: some CustomStringConvertible, account: AccountID?,
    of tenant: Access, _ members: EventMembers, toOperator: EventMembers = []
  ) {
    let platform = SystemCaller(job: "events").access(to: .platform)
    emit(Event(type, subject, account: account, at: at, members + toOperator), in: platform)
    if tenant.tenant != .platform { emit(Event(type, subject, at: at, members), in: tenant) }
  }

  /// Sends an event like `tell`, and stores a notice for the person, whose receipts will show that
  /// they were told.
  ///
  /// `reached` is where the person was reached before, sealed, if that changes: the notice is sent
  /// there.
  package func notify(
    _ type: EventType, _ subject: some CustomStringConvertible, account: AccountID,
    of tenant: Access, _ members: EventMembers, toOperator: EventMembers = [],
    reached: [UInt8]? = nil
  ) {
    let notice = NewAccountNotice(
      id: NoticeID(at: at), account: account, type: type, subject: subject.description, at: at,
      reached: reached)
    notices.append((notice, tenant))
    tell(
      type, subject, account: account, of: tenant,
      [("notice_id", notice.id.description)] + members, toOperator: toOperator)
  }

  /// The statements that write everything, tenant by tenant; afterwards the context is the last
  /// tenant's.
  package func statements(by worker: Worker, _ transaction: Transaction) async throws -> [SQL] {
    try await statements(by: worker) { access, statements in
      try await Array(transaction.run([access.context] + statements).dropFirst())
    }
  }

  /// The statements that write everything, where no transaction is open yet; `run` runs statements
  /// in a tenant's context.
  package func statements(
    by worker: Worker, run: (Access, [SQL]) async throws -> [Rows]
  ) async throws -> [SQL] {
    var statements: [SQL] = []
    for (access, entries) in Self.byTenant(entries) {
      var entries = entries
      for index in entries.indices { entries[index].approvedBy = approvedBy }
      if let reason {
        entries = try await worker.sealing(reason, into: entries, access) { statements in
          try await run(access, statements)
        }
      }
      statements += [access.context, AuditStore.insert(entries, access)]
    }
    for (access, notices) in Self.byTenant(notices) {
      statements += [access.context, AccountNoticeStore.insert(notices, access)]
    }
    for (access, events) in Self.byTenant(events) {
      statements += [access.context, EventStore.insert(events, access)]
    }
    return statements
  }

  /// Groups items by tenant.
  ///
  /// The order stays, within a tenant and among the tenants' first items.
  private static func byTenant<Item>(_ items: [(Item, Access)]) -> [(Access, [Item])] {
    var groups: [(access: Access, items: [Item])] = []
    for (item, access) in items {
      if let index = groups.firstIndex(where: { $0.access.tenant == access.tenant }) {
        groups[index].items.append(item)
      } else {
        groups.append((access, [item]))
      }
    }
    return groups
  }
}

extension Call {
  /// An audit entry of a read, for `ReadAudit`; entries of changes are made by a `Telling`.
  package func auditEntry(
    _ action: String, _ object: some CustomStringConvertible, in access: Access,
    subject: AccountID? = nil
  ) -> AuditEntry {
    AuditEntry(
      id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
      action: action, object: object.description, subject: subject, requestID: requestID)
  }

  /// The telling of a change that this request makes: with its caller, its id and its reason.
  package func telling(_ access: Access) -> Telling {
    Telling(
      at: now, actor: access.caller.actor, requestID: requestID, reason: isDryRun ? nil : reason)
  }
}
