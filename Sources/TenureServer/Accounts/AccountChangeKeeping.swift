import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Stores what verbs did to accounts, and what they have scheduled.
extension AccountLifecycle {
  /// Stores the changes that were made, and those that follow later; returns when the data goes,
  /// nil where none does.
  ///
  /// `versions` are those of the accounts, which the database has counted.
  func keep(
    _ accepted: [Accepted], versions rows: Rows, _ telling: Telling, _ transaction: Transaction,
    _ outcomes: inout [AccountID: Outcome]
  ) async throws -> Timestamp? {
    if accepted.isEmpty { return nil }
    let versions = Dictionary(
      try rows.map { (try $0.identifier(0, AccountID.self), try $0.int(1)) }
    ) { $1 }
    var changes: [AccountChange] = []
    var before: [AccountStatus] = []
    let purgeAt = try await purgeAt(transaction)
    for item in accepted {
      let id = item.account.id
      let done = change(id, verb, at: verb.isIrreversible ? purgeAt : nil)
      if keepsChange {
        changes.append(done)
        before.append(item.before)
      }
      if verb.isIrreversible {
        outcomes[id] = .scheduled(done)
      } else {
        guard let version = versions[id] else {
          throw PostgresError(kind: .decoding, message: "an account that was changed is gone")
        }
        outcomes[id] = .changed(item.next, version: version, done.id)
      }
      if verb == .delete {
        changes.append(change(id, .erase, at: purgeAt))
        before.append(item.before)
      }
    }
    if !changes.isEmpty { try await insert(changes, before: before, telling, transaction) }
    return purgeAt
  }

  /// When the data goes for ever if the verb is accepted now; nil for verbs that keep it.
  private func purgeAt(_ transaction: Transaction) async throws -> Timestamp? {
    if verb == .delete {
      let policy = try await TenantStore.policy(access, transaction)
      return now.adding(seconds: Int64(policy.purgeDays) * 86_400)
    }
    if !verb.isIrreversible { return nil }
    return now.adding(seconds: try await DisposalWait.seconds(worker, access, transaction))
  }

  private func change(
    _ account: AccountID, _ verb: AccountVerb, at effectiveAt: Timestamp?
  ) -> AccountChange {
    AccountChange(
      id: AccountChangeID(at: now), account: account, verb: verb,
      state: effectiveAt == nil ? .done : .scheduled,
      requestedBy: requestedBy ?? access.caller.actor, requestedAt: now,
      effectiveAt: effectiveAt ?? now,
      endedAt: effectiveAt == nil ? now : nil)
  }

  private func insert(
    _ changes: [AccountChange], before: [AccountStatus], _ telling: Telling,
    _ transaction: Transaction
  ) async throws {
    let keys = try await worker.personKeys(
      of: changes.filter { $0.state == .scheduled }.map(\.account), access
    ) { try await transaction.run($0) }
    let reasons = try changes.map { change -> [UInt8] in
      guard change.state == .scheduled, let key = keys[change.account] else { return [] }
      return try worker.sealer.seal(
        Array(reason.utf8), key: key, keyVersion: 1,
        at: Self.place(change.id, change.account, access))
    }
    var statements = [
      AccountChangeStore.insert(changes, before: before, reasons: reasons, telling, access)
    ]
    let next = changes.compactMap { $0.state == .scheduled ? $0.effectiveAt : nil }.min()
    if let next {
      statements.append(JobStore.enqueue(access.tenant.uuid, .accountChange, at: next, access))
    }
    try await transaction.run(statements)
  }

  /// Schedules the verb for a later time, unless it is scheduled for that time already.
  ///
  /// Whether it can be done is decided then. Only what is known to last until then refuses it
  /// today: a domain whose rights are frozen or lost, or a rule that is locked until later.
  ///
  /// `isWaiting`: the verb was asked for now but has to wait; a change that waits already, for
  /// whatever time, counts as the same.
  func schedule(
    _ accounts: [AccountID], at effectiveAt: Timestamp, isWaiting: Bool = false,
    of item: CaseID? = nil, _ telling: Telling, _ transaction: Transaction
  ) async throws -> [AccountID: Outcome] {
    let situation = try await DisposalSituation.find(
      accounts, at: now, asOf: effectiveAt, access, transaction)
    let known = try await transaction.run(
      AccountChangeStore.scheduled(
        verb, accounts, at: isWaiting ? nil : effectiveAt, of: item, access)
    ).map(AccountChangeStore.change)
    var outcomes = Dictionary(known.map { ($0.account, Outcome.scheduled($0)) }) { first, _ in first
    }
    var changes: [AccountChange] = []
    var before: [AccountStatus] = []
    for id in accounts where outcomes[id] == nil {
      guard let account = situation.accounts[id] else {
        outcomes[id] = .refused(Problem(.notFound))
        continue
      }
      if case .refused(let obstacle) = situation.judge(verb.act, id), obstacle.isLasting {
        outcomes[id] = .refused(situation.problem(obstacle, id))
        continue
      }
      let change = AccountChange(
        id: AccountChangeID(at: now), account: id, verb: verb, state: .scheduled,
        requestedBy: requestedBy ?? access.caller.actor, requestedAt: now,
        effectiveAt: effectiveAt, item: item)
      changes.append(change)
      before.append(situation.before(id) ?? account.status)
      outcomes[id] = .scheduled(change)
      telling.record("account_change.scheduled", change.id, subject: id, in: access)
    }
    if !changes.isEmpty { try await insert(changes, before: before, telling, transaction) }
    return outcomes
  }

  /// The reason that was given for a change; nil where the person's key is gone, under which it was
  /// sealed.
  ///
  /// The transaction must have the tenant's context.
  static func reason(
    of change: AccountChangeStore.Due, _ worker: Worker, _ access: Access,
    _ transaction: Transaction
  ) async throws -> String? {
    let keys = try await worker.existingPersonKeys(of: [change.account], access, transaction)
    guard let key = keys[change.account] else { return nil }
    let bytes = try worker.sealer.open(
      change.reason, key: key, at: place(change.id, change.account, access))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func place(
    _ id: AccountChangeID, _ account: AccountID, _ access: Access
  ) -> FieldPlace {
    FieldPlace(
      table: "account_changes", column: "reason", tenant: access.tenant.uuid, row: id.uuid,
      subject: account.uuid)
  }
}

extension DisposalObstacle {
  /// Whether it is known today that it will still be there on a later day.
  fileprivate var isLasting: Bool {
    switch self {
    case .suspended, .frozen, .locked: true
    case .held, .restricted, .asked, .lastOwner, .handing, .heldSecretly: false
    }
  }
}
