package import Postgres
package import Tenure

/// What is to be said of a change when it commits: audit entries and events, in whose log and feed
/// they belong.
package final class Telling: @unchecked Sendable {
  private let at: Timestamp
  private let actor: String
  /// Which request is carried out; "" where nobody made one.
  package let requestID: String
  /// Why, in the actor's words: sealed into the entries.
  private let reason: String?
  /// Whose request it carries out, where the actor is not who asked.
  private let onBehalfOf: String?
  /// The second person who agreed to it, once they are known.
  package var approvedBy: String?
  package private(set) var entries: [(entry: AuditEntry, access: Access)] = []
  private var events: [(event: Event, access: Access)] = []
  private var notices: [(notice: NewAccountNotice, access: Access)] = []

  /// `requestID` names the request that is carried out; "" where nobody made one.
  package init(
    at: Timestamp, actor: String, requestID: String, reason: String?, onBehalfOf: String? = nil
  ) {
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.reason = reason
    self.onBehalfOf = onBehalfOf
  }

  /// Says what was done, in one tenant's log.
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

  /// Has the entries of another, whose change was not kept.
  func adopt(_ other: Telling) { entries = other.entries }

  /// Tells whoever asked one tenant to hear.
  package func emit(_ event: Event, in access: Access) { events.append((event, access)) }

  /// Tells both sides: the tenant, and from the platform the operator and the person, whose own
  /// callbacks lie there; `account` is nil where no person is concerned.
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

  /// Tells both sides, and keeps that the person is to be told: receipts show that they were.
  ///
  /// `reached` is where they were until now, sealed, where that changes: the notice goes there.
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

  /// The statements that write it all, tenant by tenant; they leave the last one's context.
  package func statements(by worker: Worker, _ transaction: Transaction) async throws -> [SQL] {
    try await statements(by: worker) { access, statements in
      try await Array(transaction.run([access.context] + statements).dropFirst())
    }
  }

  /// The statements that write it all where no transaction is open yet; `run` sends statements in a
  /// tenant's context.
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

  /// Groups by tenant; within one, and between the first of each, the order stays.
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
  /// An entry about a read, for `ReadAudit`: changes say what they do through their `Telling`.
  package func auditEntry(
    _ action: String, _ object: some CustomStringConvertible, in access: Access,
    subject: AccountID? = nil
  ) -> AuditEntry {
    AuditEntry(
      id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
      action: action, object: object.description, subject: subject, requestID: requestID)
  }

  /// What is said of a change that this request makes: who, which request, and why.
  package func telling(_ access: Access) -> Telling {
    Telling(
      at: now, actor: access.caller.actor, requestID: requestID, reason: isDryRun ? nil : reason)
  }
}
