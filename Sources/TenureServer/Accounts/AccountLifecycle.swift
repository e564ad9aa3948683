import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

/// Does one verb to accounts of one tenant, for a request, for a list, and when its time has come.
struct AccountLifecycle: Sendable {
  /// What became of one account.
  enum Outcome: Sendable {
    case changed(AccountStatus, version: Int, AccountChangeID)
    /// It is to be done later, or by the background.
    case scheduled(AccountChangeView)
    case unchanged(AccountStatus, version: Int)
    case refused(Problem)
  }

  let worker: Worker
  let access: Access
  let verb: AccountVerb
  let reason: String
  let now: Timestamp
  /// Whether what is done is kept as a change; not where it is carried out for one.
  var keepsChange = true
  /// Who wants it; nil where that is the caller.
  var requestedBy: String?

  /// An account as it was found and locked.
  private struct Found {
    let account: AccountStore.Stored
    let isSuspended: Bool
    /// What a deleted account was, and when its data goes.
    let pending: (before: AccountStatus, effectiveAt: Timestamp)?
  }

  /// What a decision about accounts looks at.
  private struct Situation {
    var accounts: [AccountID: Found]
    /// Those of the tenant's owners who can sign in.
    var owners: Set<AccountID>
    let openlyHeld: Set<AccountID>
    /// Who waits for the answer to a request.
    let waiting: Set<AccountID>
  }

  /// Does it to those that allow it.
  ///
  /// What takes data for ever is accepted here and carried out in the background: whether a hold
  /// that nobody is to know of keeps the data does not show. `isDryRun` carries it out at once,
  /// for a transaction that is rolled back.
  func perform(
    _ accounts: [AccountID], at effectiveAt: Timestamp?, isDryRun: Bool, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [AccountID: Outcome] {
    if let effectiveAt, effectiveAt > now {
      return try await schedule(accounts, at: effectiveAt, telling, transaction)
    }
    var situation = try await find(accounts, transaction)
    var outcomes: [AccountID: Outcome] = [:]
    var accepted: [(account: AccountStore.Stored, next: AccountStatus)] = []
    for id in accounts {
      guard let item = situation.accounts.removeValue(forKey: id) else {
        outcomes[id] = .refused(Problem(.notFound))
        continue
      }
      do {
        if verb.disposes && situation.openlyHeld.contains(id) { throw Problem(.accountHeld) }
        if verb.disposes && situation.waiting.contains(id) { throw Problem(.requestOpen) }
        if let next = try decide(item, isLastOwner: situation.owners == [id]) {
          if !next.allowsSignIn { situation.owners.remove(id) }
          accepted.append((item.account, next))
        } else {
          outcomes[id] = .unchanged(item.account.status, version: item.account.version)
        }
      } catch let problem as Problem { outcomes[id] = .refused(problem) }
    }
    if verb == .release {
      try await release(accepted, telling, transaction, &outcomes)
    } else {
      try await apply(accepted, isDryRun: isDryRun, telling, transaction, &outcomes)
    }
    return outcomes
  }

  /// Does it to each of a list.
  ///
  /// Bringing an isolated account back takes two people, and is not done so.
  func performEach(
    _ accounts: [AccountID], at effectiveAt: Timestamp?, isDryRun: Bool, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [AccountID: Outcome] {
    var closed: Set<AccountID> = []
    if verb == .reactivate {
      closed = Set(
        try await transaction.run(AccountStore.isolated(accounts, access))
          .map { try $0.identifier(0, AccountID.self) })
    }
    var outcomes = try await perform(
      accounts.filter { !closed.contains($0) }, at: effectiveAt, isDryRun: isDryRun, telling,
      transaction)
    for id in closed { outcomes[id] = .refused(Problem(.accountIsolated)) }
    return outcomes
  }

  /// Locks the accounts.
  private func find(
    _ accounts: [AccountID], _ transaction: Transaction
  ) async throws -> Situation {
    // The owners first, as whoever changes memberships locks: one of them stays.
    let rows = try await transaction.run([
      MembershipStore.lockOwners(access), AccountStore.lock(accounts, access),
      AccountStore.signInOwners(access), AccountChangeStore.pending(accounts, access),
      HoldStore.held(accounts, alsoSecretly: false, access),
      SubjectRequestStore.open(accounts, access),
    ])
    let pending = Dictionary(
      try rows[3].map { row in
        (
          try row.identifier(0, AccountID.self),
          (AccountStatus(rawValue: try row.string(1)) ?? .deactivated, try row.time(2))
        )
      }
    ) { first, _ in first }
    let found = try rows[1].map { row in
      let account = try AccountStore.stored(row)
      return (
        account.id,
        Found(
          account: account, isSuspended: try AccountStore.isSuspended(row),
          pending: pending[account.id])
      )
    }
    func ids(_ rows: Rows) throws -> Set<AccountID> {
      Set(try rows.map { try $0.identifier(0, AccountID.self) })
    }
    return Situation(
      accounts: Dictionary(found) { first, _ in first }, owners: try ids(rows[2]),
      openlyHeld: try ids(rows[4]), waiting: try ids(rows[5]))
  }

  private func decide(_ item: Found, isLastOwner: Bool) throws(Problem) -> AccountStatus? {
    // What is given back needs no proof of the domain any more.
    if item.isSuspended && verb != .release { throw Problem(.controlSuspended) }
    if verb == .restore, item.account.status == .deleted {
      guard let pending = item.pending, pending.effectiveAt > now else {
        throw Problem(.accountStateConflict, "the time to restore the account is over")
      }
    }
    do throws(AccountVerb.Refusal) {
      return try verb.status(
        after: item.account.status, before: item.pending?.before, isLastOwner: isLastOwner)
    } catch {
      switch error {
      case .notFrom(let status):
        throw Problem(.accountStateConflict, "the account is \(status.rawValue)")
      case .lastOwner: throw Problem(.lastOwner)
      }
    }
  }

  private func apply(
    _ accepted: [(account: AccountStore.Stored, next: AccountStatus)], isDryRun: Bool,
    _ telling: Telling, _ transaction: Transaction, _ outcomes: inout [AccountID: Outcome]
  ) async throws {
    if accepted.isEmpty { return }
    let accounts = accepted.map(\.account.id)
    let groups = Dictionary(grouping: accepted) { shown($0.next) }
    var statements: [SQL] = []
    if verb.disposes || verb == .restore {
      statements.append(AccountChangeStore.cancelPending(accounts, at: now, access))
    }
    for (next, items) in groups {
      statements.append(
        AccountStore.setStatus(items.map(\.account.id), next, at: now, access))
    }
    try await transaction.run(statements + dates(accepted))
    let purgeAt = try await keep(accepted, transaction, &outcomes)
    if isDryRun && verb.isIrreversible {
      let erasure = AccountErasure(worker: worker, access: access, method: verb, now: now)
      let sealed = accepted.map(\.account)
      try await erasure.run(sealed, requestedAt: now, telling, transaction, isRehearsal: true)
      return
    }
    for (account, next) in accepted {
      let verb = self.verb.isIrreversible ? AccountVerb.delete : self.verb
      telling.record(verb.event.rawValue, account.id, subject: account.id, in: access)
      telling.tell(verb, account.id, shown(next), purgeAt: purgeAt, of: access)
    }
  }

  /// Each by itself: what stands in the way of one shows only on the way.
  private func release(
    _ accepted: [(account: AccountStore.Stored, next: AccountStatus)], _ telling: Telling,
    _ transaction: Transaction, _ outcomes: inout [AccountID: Outcome]
  ) async throws {
    let release = AccountRelease(worker: worker, access: access, now: now)
    var released: [(account: AccountStore.Stored, next: AccountStatus)] = []
    for item in accepted {
      do {
        try await transaction.attempt {
          try await release.run(item.account.id, telling, transaction)
        }
        released.append(item)
      } catch let problem as Problem {
        outcomes[item.account.id] = .refused(problem)
      } catch let error as PostgresError {
        guard let problem = AccountStore.problem(error) else { throw error }
        outcomes[item.account.id] = .refused(problem)
      }
    }
    _ = try await keep(released, transaction, &outcomes)
  }

  /// The dates that periods of retention count from.
  private func dates(
    _ accepted: [(account: AccountStore.Stored, next: AccountStatus)]
  ) -> [SQL] {
    let accounts = accepted.map(\.account.id)
    switch verb {
    case .restrict, .release: return []
    case .reactivate, .restore:
      return [
        RetentionRuleStore.remove(Array(RetentionRule.Trigger.ownDates), of: accounts, access)
      ]
    case .deactivate, .isolate:
      return [RetentionRuleStore.put(accounts.map { ($0, "deactivated", now) }, access)]
    case .delete, .anonymise, .erase:
      return [RetentionRuleStore.put(accounts.map { ($0, "deleted", now) }, access)]
    }
  }

  /// Until the background has done it, what goes for ever is out of sight like what was deleted.
  private func shown(_ status: AccountStatus) -> AccountStatus {
    verb.isIrreversible ? .deleted : status
  }

  /// Keeps what was done and what is to come; answers when the data of what was deleted goes.
  private func keep(
    _ accepted: [(account: AccountStore.Stored, next: AccountStatus)], _ transaction: Transaction,
    _ outcomes: inout [AccountID: Outcome]
  ) async throws -> Timestamp? {
    func change(
      _ account: AccountID, _ verb: AccountVerb, at effectiveAt: Timestamp?
    ) -> AccountChangeView {
      AccountChangeView(
        id: AccountChangeID(at: now), account: account, verb: verb,
        state: effectiveAt == nil ? .done : .scheduled,
        requestedBy: requestedBy ?? access.caller.actor, requestedAt: now,
        effectiveAt: effectiveAt ?? now,
        endedAt: effectiveAt == nil ? now : nil)
    }
    var changes: [AccountChangeView] = []
    var before: [AccountStatus] = []
    var purgeAt: Timestamp?
    if verb == .delete {
      let policy = try await TenantStore.policy(access, transaction)
      purgeAt = now.adding(seconds: Int64(policy.purgeDays) * 86_400)
    } else if verb.isIrreversible {
      purgeAt = now
    }
    for (account, next) in accepted {
      let done = change(account.id, verb, at: verb.isIrreversible ? now : nil)
      if keepsChange {
        changes.append(done)
        before.append(account.status)
      }
      if verb.isIrreversible {
        outcomes[account.id] = .scheduled(done)
      } else {
        outcomes[account.id] = .changed(next, version: account.version + 1, done.id)
      }
      if verb == .delete {
        changes.append(change(account.id, .erase, at: purgeAt))
        before.append(account.status)
      }
    }
    if !changes.isEmpty { try await insert(changes, before: before, transaction) }
    return purgeAt
  }

  private func insert(
    _ changes: [AccountChangeView], before: [AccountStatus], _ transaction: Transaction
  ) async throws {
    let key = try await worker.tenantKey(access)
    let reasons = try changes.map { change -> [UInt8] in
      if change.state != .scheduled { return [] }
      return try worker.sealer.seal(
        Array(reason.utf8), under: key,
        at: Self.place(change.id, access))
    }
    var statements = [AccountChangeStore.insert(changes, before: before, reasons: reasons, access)]
    let next = changes.compactMap { $0.state == .scheduled ? $0.effectiveAt : nil }.min()
    if let next {
      statements.append(JobStore.enqueue(access.tenant.uuid, .accountChange, at: next, access))
    }
    try await transaction.run(statements)
  }

  /// Keeps the verb for a later day, once; whether it can be done is decided then.
  private func schedule(
    _ accounts: [AccountID], at effectiveAt: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [AccountID: Outcome] {
    let found = try await find(accounts, transaction).accounts
    let known = try await transaction.run(
      AccountChangeStore.scheduled(verb, accounts, at: effectiveAt, access)
    ).map(AccountChangeStore.view)
    var outcomes = Dictionary(known.map { ($0.account, Outcome.scheduled($0)) }) { first, _ in first
    }
    var changes: [AccountChangeView] = []
    var before: [AccountStatus] = []
    for id in accounts where outcomes[id] == nil {
      guard let item = found[id] else {
        outcomes[id] = .refused(Problem(.notFound))
        continue
      }
      let change = AccountChangeView(
        id: AccountChangeID(at: now), account: id, verb: verb, state: .scheduled,
        requestedBy: requestedBy ?? access.caller.actor, requestedAt: now, effectiveAt: effectiveAt)
      changes.append(change)
      before.append(item.account.status)
      outcomes[id] = .scheduled(change)
      telling.record("account_change.scheduled", change.id, subject: id, in: access)
    }
    if !changes.isEmpty { try await insert(changes, before: before, transaction) }
    return outcomes
  }

  static func place(_ id: AccountChangeID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: "account_changes", column: "reason", tenant: access.tenant.uuid, row: id.uuid,
      subject: access.tenant.uuid)
  }
}
