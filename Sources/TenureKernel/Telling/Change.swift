import Foundation
import JSON
package import Postgres
package import Tenure
import TenureAPI
import Vault

/// A change being made: its transaction, and what will be said of it when it commits.
package final class Change: @unchecked Sendable {
  package let call: Call
  package let access: Access
  package let transaction: Transaction
  package let telling: Telling
  /// Whether a repetition of the request gets the same answer again; not where the answer is a read
  /// of somebody's data, which is allowed and logged each time.
  package var keepsAnswer = true

  fileprivate init(_ call: Call, _ access: Access, _ transaction: Transaction) {
    self.call = call
    self.access = access
    self.transaction = transaction
    telling = call.telling(access)
  }

  /// Tells of it: to whoever asked to hear, once this commits.
  package func emit(_ event: Event, in other: Access? = nil) {
    telling.emit(event, in: other ?? access)
  }

  /// Tells both sides: the tenant, and from the platform the operator and the person.
  package func tell(
    _ type: EventType, _ subject: some CustomStringConvertible, account: AccountID?,
    of tenant: Access, _ members: EventMembers
  ) {
    telling.tell(type, subject, account: account, of: tenant, members)
  }

  /// Says what was done; a dry run answers these as its effects.
  package func record(
    _ action: String, _ object: some CustomStringConvertible, subject: AccountID? = nil,
    in other: Access? = nil
  ) {
    telling.record(action, object, subject: subject, in: other ?? access)
  }
}

extension Call {
  /// Makes a change in one transaction with its audit entries and, where the request carries an
  /// Idempotency-Key, with the answer that a repetition will get.
  ///
  /// A dry run does all of it and rolls back; what it then shows of a person leaves an entry as a read.
  package func change(
    _ access: Access, _ body: @escaping @Sendable (Change) async throws -> Reply
  ) async throws -> Reply {
    let idempotency = try await Idempotency(self, access)
    return try await idempotency.guarding {
      let tried = telling(access)
      let reply = try await worker.database.transaction(in: access, keep: !isDryRun) {
        transaction in
        if let replay = try await idempotency.replay(transaction) { return replay }
        let change = Change(self, access, transaction)
        let reply = try await body(change)
        try await transaction.run(
          change.telling.statements(by: worker, transaction) + [access.context]
            + (change.keepsAnswer
              ? idempotency.keep(reply, of: subjects(change.telling)) : []))
        if !isDryRun { return reply }
        tried.adopt(change.telling)
        return try reply.tried(with: change.telling.entries.map(\.entry))
      }
      if isDryRun, reply.status < 400 { try await recordReads(of: tried) }
      return reply
    }
  }

  /// Says of whom the answer of a dry run shows something: of the change itself nothing is kept, and it
  /// must not be a way to read unseen.
  private func recordReads(of tried: Telling) async throws {
    for (entry, access) in tried.entries {
      guard let subject = entry.subject, caller?.plane != .person(subject) else { continue }
      let noun = entry.action.prefix { $0 != "." }
      try await worker.readAudit.record(
        [auditEntry("\(noun).read", entry.object, in: access, subject: subject)], access)
    }
  }

  /// Makes a change whose answer is not kept: what came is a stream, which no digest of the request
  /// tells from another.
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

  /// Makes a change whose statements need no answer in between: one round trip, one commit; `tell` says
  /// what was done.
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
      // The key goes first: a repetition fails there, before it can fail for another reason.
      let all =
        [access.context] + (try idempotency.keep(reply, of: subjects(telling))) + statements + told
      if isDryRun {
        try await worker.database.transaction(prelude: [], keep: false) { transaction in
          _ = try await transaction.run(all)
        }
        return try reply.tried(with: telling.entries.map(\.entry))
      }
      _ = try await worker.database.run(all, commits: true)
      return reply
    }
  }

  /// Whom an answer says something of: whoever it was done to, and who asks about themselves.
  private func subjects(_ telling: Telling) -> Set<AccountID> {
    var subjects = Set(telling.entries.compactMap(\.entry.subject))
    if let caller, case .person(let account) = caller.plane { subjects.insert(account) }
    return subjects
  }
}

extension Reply {
  /// Members that hold a secret wherever they are text.
  private static let secrets: Set = ["token", "secret"]

  /// What a dry run answers: what the change itself would have, with the effects it would have had.
  ///
  /// A refusal stays as it is; what would have been created has neither a place nor a version, and no
  /// secret that would open anything.
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
    return Reply(body: writer.bytes)
  }
}
