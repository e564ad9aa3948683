import Foundation
import JSON
package import Postgres
package import Tenure
import TenureAPI
import Vault

/// A change in progress: its transaction, and the entries and events that are written when it
/// commits.
package final class Change: @unchecked Sendable {
  package let call: Call
  package let access: Access
  package let transaction: Transaction
  package let telling: Telling
  /// Whether the reply is stored for a repeated request; false where it shows somebody's data,
  /// which must be permitted and audited each time.
  package var keepsAnswer = true

  fileprivate init(_ call: Call, _ access: Access, _ transaction: Transaction) {
    self.call = call
    self.access = access
    self.transaction = transaction
    telling = call.telling(access)
  }

  /// Sends an event to the endpoints of the change's tenant, or of another one, once the change
  /// commits.
  package func emit(_ event: Event, in other: Access? = nil) {
    telling.emit(event, in: other ?? access)
  }

  /// Sends an event to the tenant, and from the platform to the operator and the person.
  package func tell(
    _ type: EventType, _ subject: some CustomStringConvertible, account: AccountID?,
    of tenant: Access, _ members: EventMembers
  ) {
    telling.tell(type, subject, account: account, of: tenant, members)
  }

  /// Adds an audit entry; a dry run returns its entries as effects.
  package func record(
    _ action: String, _ object: some CustomStringConvertible, subject: AccountID? = nil,
    in other: Access? = nil
  ) {
    telling.record(action, object, subject: subject, in: other ?? access)
  }
}

extension Call {
  /// Makes a change in one transaction with its audit entries and, if the request has an
  /// Idempotency-Key, with its reply.
  ///
  /// A dry run does all of it and rolls back. What the reply shows of a person is audited as a read,
  /// where no entry says of the person what was done.
  package func change(
    _ access: Access, _ body: @escaping @Sendable (Change) async throws -> Reply
  ) async throws -> Reply {
    let idempotency = try await Idempotency(self, access)
    return try await idempotency.guarding {
      let told = telling(access)
      let reply = try await worker.database.transaction(in: access, keep: !isDryRun) {
        transaction in
        if let replay = try await idempotency.replay(transaction) { return replay }
        let change = Change(self, access, transaction)
        let reply = try await body(change)
        try await transaction.run(
          change.telling.statements(by: worker, transaction) + [access.context]
            + (change.keepsAnswer
              ? idempotency.keep(reply, of: subjects(change.telling)) : []))
        told.adopt(change.telling)
        return isDryRun ? try reply.tried(with: change.telling.entries.map(\.entry)) : reply
      }
      if reply.status < 400 {
        if isDryRun { try await recordReads(of: told) }
        try await recordRead(of: reply, told, access)
      }
      return reply
    }
  }

  /// Audits the reply of a dry run as reads of the people it shows: the change itself leaves no
  /// entry, and a dry run must not be a way to read unnoticed.
  private func recordReads(of told: Telling) async throws {
    for (entry, access) in told.entries {
      guard let subject = entry.subject, caller?.plane != .person(subject) else { continue }
      let noun = entry.action.prefix { $0 != "." }
      try await worker.readAudit.record(
        [auditEntry("\(noun).read", entry.object, in: access, subject: subject)], access)
    }
  }

  /// Audits what a reply shows of somebody of whom the change has said nothing.
  private func recordRead(of reply: Reply, _ told: Telling, _ access: Access) async throws {
    guard let reading = reply.personal?.reading, let subject = reading.subject,
      caller?.plane != .person(subject),
      !told.entries.contains(where: { $0.entry.subject == subject })
    else { return }
    try await record([reading], in: access)
  }

  /// Makes a change whose reply is not stored, because the body is a stream: its digest, by which
  /// repeated requests are compared, is not known.
  package func changeByStream(
    _ access: Access, _ body: @escaping @Sendable (Change) async throws -> Reply
  ) async throws -> Reply {
    try await worker.database.transaction(in: access) { transaction in
      let change = Change(self, access, transaction)
      let reply = try await body(change)
      try await transaction.run(change.telling.statements(by: worker, transaction))
      return reply
    }
  }

  /// Makes a change whose statements do not depend on each other's results: one round trip, one
  /// commit.
  ///
  /// `tell` adds the audit entries and events.
  package func commit(
    _ access: Access, _ statements: [SQL], _ reply: Reply, tell: (Telling) -> Void
  ) async throws -> Reply {
    let idempotency = try await Idempotency(self, access)
    let telling = telling(access)
    tell(telling)
    let told = try await telling.statements(by: worker) { access, statements in
      try await worker.database.transaction(in: access) { try await $0.run(statements) }
    }
    return try await idempotency.guarding {
      // The key is inserted first, so that a repeated request fails there and not for another
      // reason.
      let all =
        [access.context] + (try idempotency.keep(reply, of: subjects(telling))) + statements + told
      if isDryRun {
        try await worker.database.transaction(in: access, keep: false) { transaction in
          _ = try await transaction.run(all)
        }
        return try reply.tried(with: telling.entries.map(\.entry))
      }
      _ = try await worker.database.run(all, commits: true)
      return reply
    }
  }

  /// The people whom the reply says something of: those it was done to, and a person who calls
  /// themselves.
  private func subjects(_ telling: Telling) -> Set<AccountID> {
    var subjects = Set(telling.entries.compactMap(\.entry.subject))
    if let caller, case .person(let account) = caller.plane { subjects.insert(account) }
    return subjects
  }
}

extension Reply {
  /// Members of a reply that are secrets where they are strings.
  private static let secrets: Set = ["token", "secret"]

  /// The reply of a dry run: that of the change itself, with its effects.
  ///
  /// A refusal stays as it is. The reply has no Location, no version, and no secret, because
  /// nothing was created.
  fileprivate func tried(with entries: [AuditEntry]) throws -> Reply {
    if status >= 400 { return self }
    var members: [(name: String, value: JSONValue)] = []
    if !body.isEmpty, case .object(let own) = try JSONValue(parsing: body) { members = own }
    var writer = JSONWriter(capacity: body.count + 64 * (entries.count + 1))
    writer.object { writer in
      for (name, value) in members where !Self.secrets.contains(name) || value.string == nil {
        writer.key(name)
        writer.value(value)
      }
      let effects = entries.map { Effect(action: $0.action, object: $0.object) }
      Tried.shape.writeMembers(of: Tried(effects: effects), &writer)
    }
    var reply = Reply(body: writer.bytes)
    reply.personal = personal
    return reply
  }
}
