import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Carries out one verb on accounts of one tenant: for a call, for a list, or for a scheduled
/// change.
struct AccountLifecycle: Sendable {
  /// The outcome for one account.
  enum Outcome: Sendable {
    case changed(AccountStatus, version: Int, AccountChangeID)
    /// It is scheduled for later, or was accepted and is carried out by the job.
    case scheduled(AccountChange)
    case unchanged(AccountStatus, version: Int)
    /// Something stands in the way: it is tried again later.
    ///
    /// Nothing says what it is.
    case waits
    case refused(Problem)
  }

  let worker: Worker
  let access: Access
  let verb: AccountVerb
  let reason: String
  let now: Timestamp
  /// What the disposal gate judges instead of the verb: a rule's act, or `purge` for something
  /// accepted earlier; nil for the verb itself.
  var act: DisposalAct?
  var moment = DisposalGate.Moment.asked
  /// Whether what is done is stored as a change; false where it carries out a stored one.
  var keepsChange = true
  /// The actor that wants it; nil for the caller.
  var requestedBy: String?
  /// Whether it may end a restriction that the person asked for, because their request is being
  /// lifted.
  var liftsRestriction = false
  /// Whether it is done for a person whose control is suspended.
  ///
  /// The suspension keeps the tenant away; it does not stop what the person wants.
  var isForPerson = false

  private var isLeave: Bool { isForPerson && verb == .release }

  /// An account on which the verb can be carried out.
  struct Accepted: Sendable {
    let account: AccountStore.Stored
    let next: AccountStatus
    /// Its status; for a deleted account, the status before the deletion.
    let before: AccountStatus
  }

  /// Carries the verb out on those accounts that allow it, and returns the outcome of each.
  ///
  /// What destroys data is only accepted here: it can be taken back for a while, and the job
  /// carries it out later. So nobody can see whether a secret hold keeps the data. With `isDryRun`
  /// it is carried out at once, in a transaction that is rolled back.
  func perform(
    _ accounts: [AccountID], at effectiveAt: Timestamp?, isDryRun: Bool, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [AccountID: Outcome] {
    if let effectiveAt, effectiveAt > now {
      return try await schedule(accounts, at: effectiveAt, telling, transaction)
    }
    try await Self.lockCases(endedBy: [verb], of: accounts, access, transaction)
    var situation = try await DisposalSituation.find(accounts, at: now, access, transaction)
    var outcomes: [AccountID: Outcome] = [:]
    var accepted: [Accepted] = []
    for id in accounts where outcomes[id] == nil {
      guard let account = situation.accounts[id] else {
        outcomes[id] = .refused(Problem(.notFound))
        continue
      }
      do throws(Problem) {
        switch try decide(account, situation) {
        case .does(let item):
          if !item.next.allowsSignIn { situation.endsSignIn(of: id) }
          accepted.append(item)
        case .isSo: outcomes[id] = .unchanged(account.status, version: account.version)
        case .waits: outcomes[id] = .waits
        }
      } catch { outcomes[id] = .refused(error) }
    }
    try await carryOut(accepted, isDryRun: isDryRun, telling, transaction, &outcomes)
    if verb == .release && moment == .asked {
      try await waitForHolds(accounts, telling, transaction, &outcomes)
    }
    return outcomes
  }

  /// Schedules the release of accounts that a hold keeps, open or secret.
  ///
  /// It is carried out when no hold is left, and can be taken back until then.
  private func waitForHolds(
    _ accounts: [AccountID], _ telling: Telling, _ transaction: Transaction,
    _ outcomes: inout [AccountID: Outcome]
  ) async throws {
    let waiting = accounts.filter { if case .waits = outcomes[$0] { true } else { false } }
    if waiting.isEmpty { return }
    let kept = try await schedule(waiting, at: now, isWaiting: true, telling, transaction)
    outcomes.merge(kept) { _, new in new }
  }

  /// Carries the verb out on each account of a list.
  ///
  /// Isolated accounts are refused: bringing one back needs a second person, who approves one
  /// account at a time.
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

  /// Locks the takeover cases that the verbs may end.
  ///
  /// Everybody locks cases first, then owners, then accounts: call this before locking accounts, if
  /// that happens before `perform`.
  static func lockCases(
    endedBy verbs: Set<AccountVerb>, of accounts: [AccountID], _ access: Access,
    _ transaction: Transaction
  ) async throws {
    if verbs.contains(.release) {
      try await transaction.run(CaseStore.lockControlling(accounts, access))
    }
    if verbs.contains(.reactivate) {
      try await BlockLift.lockCases(of: accounts, transaction)
    }
  }

  // MARK: Deciding

  private enum Decision {
    case does(Accepted)
    case isSo
    case waits
  }

  private func decide(
    _ account: AccountStore.Stored, _ situation: DisposalSituation
  ) throws(Problem) -> Decision {
    var answer = situation.judge(act ?? (isLeave ? .leave : verb.act), account.id, moment)
    if isForPerson, case .refused(.suspended) = answer { answer = .allowed }
    // The tenant cannot reach the account: the answer says that, and nothing else about it.
    if case .refused(.suspended) = answer { throw Problem(.controlSuspended) }
    let before = situation.before(account.id)
    var next: AccountStatus
    do throws(AccountVerb.Refusal) {
      // A person who leaves is active again first, whatever the controller has done to the account.
      let status = isLeave && account.status.hasPerson ? .active : account.status
      guard let after = try verb.status(after: status, before: before) else { return .isSo }
      next = after
    } catch {
      switch error {
      case .notFrom(let status):
        throw Problem(.accountStateConflict, "the account is \(status.rawValue)")
      }
    }
    switch answer {
    case .allowed: break
    case .waits: return .waits
    case .refused(let obstacle): throw situation.problem(obstacle, account.id)
    }
    if next == .active, verb != .release, !liftsRestriction,
      situation.restrictedByPerson.contains(account.id)
    {
      // A restriction that the person asked for ends only with their request, even if the account
      // was deleted or isolated meanwhile.
      if account.status == .restricted {
        throw Problem(
          .accountRestricted, "the person asked for the restriction: lift their request")
      }
      next = .restricted
    }
    return .does(Accepted(account: account, next: next, before: before ?? account.status))
  }

  // MARK: Doing

  private func carryOut(
    _ accepted: [Accepted], isDryRun: Bool, _ telling: Telling, _ transaction: Transaction,
    _ outcomes: inout [AccountID: Outcome]
  ) async throws {
    switch verb {
    case .release: try await release(accepted, telling, transaction, &outcomes)
    case .reactivate:
      let blocked = accepted.filter { $0.account.status == .blocked }.map(\.account.id)
      try await BlockLift(worker: worker, now: now).run(blocked, telling, transaction)
      try await apply(accepted, isDryRun: isDryRun, telling, transaction, &outcomes)
    case .restrict, .deactivate, .isolate, .delete, .restore, .anonymise, .erase:
      try await apply(accepted, isDryRun: isDryRun, telling, transaction, &outcomes)
    }
  }

  private func apply(
    _ accepted: [Accepted], isDryRun: Bool,
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
        AccountStore.setStatus(
          items.map(\.account.id), next, from: verb.from, at: now, access))
    }
    let rows = try await transaction.run(
      statements + dates(accepted) + [AccountStore.versions(accounts, access)])
    let purgeAt = try await keep(
      accepted, versions: rows[rows.count - 1], telling, transaction, &outcomes)
    if isDryRun && verb.isIrreversible {
      let erasure = AccountErasure(worker: worker, access: access, method: verb, now: now)
      let sealed = accepted.map(\.account)
      try await erasure.run(sealed, requestedAt: now, telling, transaction, isRehearsal: true)
      return
    }
    for item in accepted {
      let (id, verb) = (item.account.id, self.verb.isIrreversible ? AccountVerb.delete : self.verb)
      telling.record(verb.event.rawValue, id, subject: id, in: access)
      telling.tell(verb, id, shown(item.next), purgeAt: purgeAt, of: access)
    }
  }

  /// Releases the accounts one by one, each in its own savepoint.
  ///
  /// Only trying shows whether an account can be released, and one that cannot must not stop the
  /// others.
  private func release(
    _ accepted: [Accepted], _ telling: Telling,
    _ transaction: Transaction, _ outcomes: inout [AccountID: Outcome]
  ) async throws {
    let release = AccountRelease(worker: worker, access: access, now: now)
    var released: [Accepted] = []
    for item in accepted {
      do {
        try await transaction.attempt {
          try await release.run(item.account.id, telling, transaction)
        }
        released.append(item)
      } catch let problem as Problem { outcomes[item.account.id] = .refused(problem) }
    }
    if released.isEmpty { return }
    // The platform has them again.
    let platform = SystemCaller(job: "release").access(to: .platform)
    let versions = try await transaction.within(platform) {
      try await transaction.run(AccountStore.versions(released.map(\.account.id), platform))
    }
    _ = try await keep(released, versions: versions, telling, transaction, &outcomes)
  }

  /// Records the dates that retention periods count from.
  private func dates(_ accepted: [Accepted]) -> [SQL] {
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

  /// The status that others see: an account whose data is to go shows as deleted until the job has
  /// done it.
  private func shown(_ status: AccountStatus) -> AccountStatus {
    verb.isIrreversible ? .deleted : status
  }
}
