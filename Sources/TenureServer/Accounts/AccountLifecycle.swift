import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Does one verb to accounts of one tenant, for a request, for a list, and when its time has come.
struct AccountLifecycle: Sendable {
  /// What became of one account.
  enum Outcome: Sendable {
    case changed(AccountStatus, version: Int, AccountChangeID)
    /// It is to be done later, or by the background.
    case scheduled(AccountChange)
    case unchanged(AccountStatus, version: Int)
    /// Something stands in its way: it is looked at again. No word says what.
    case waits
    case refused(Problem)
  }

  let worker: Worker
  let access: Access
  let verb: AccountVerb
  let reason: String
  let now: Timestamp
  /// What the gate judges, where that is not the verb of somebody who asks: a rule's act, or one
  /// whose day has come.
  var act: DisposalAct?
  var moment = DisposalGate.Moment.asked
  /// Whether what is done is kept as a change; not where it is carried out for one.
  var keepsChange = true
  /// Who wants it; nil where that is the caller.
  var requestedBy: String?
  /// Whether a restriction that the person asked for ends with it: their request is being lifted.
  var liftsRestriction = false
  /// Whether it is done for a person whose control is suspended, and not for the tenant: that is
  /// what the tenant's lost reach protects.
  var isForPerson = false

  private var isLeave: Bool { isForPerson && verb == .release }

  /// What is to be done to one account that allows it.
  struct Accepted: Sendable {
    let account: AccountStore.Stored
    let next: AccountStatus
    /// What it was before it was deleted, or is.
    let before: AccountStatus
  }

  /// Carries the verb out on those of the accounts that allow it, and answers what became of each.
  ///
  /// What takes data for ever is accepted here, can be taken back for a while, and is carried out
  /// in the background after that: whether a hold that nobody is to know of keeps the data does not
  /// show meanwhile. `isDryRun` carries it out at once, for a transaction that is rolled back.
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

  /// Keeps the release of what a hold keeps where it is, be it one that few may know of: it is done
  /// when nothing keeps it any more, and can be taken back until then.
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
  /// An isolated account is refused here: bringing it back takes two people, who are asked one
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

  /// Locks the cases that verbs may end.
  ///
  /// Everybody who acts on a case locks it first, then owners, then accounts: whoever locks
  /// accounts before `perform` calls this before that.
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
    // Out of the tenant's reach: nothing else is said of it.
    if case .refused(.suspended) = answer { throw Problem(.controlSuspended) }
    let before = situation.before(account.id)
    var next: AccountStatus
    do throws(AccountVerb.Refusal) {
      // Who leaves is brought back first from wherever the holder has put the account.
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
      // What the person asked for ends with their request, whatever the account was meanwhile.
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
    try await transaction.run(statements + dates(accepted))
    let purgeAt = try await keep(accepted, telling, transaction, &outcomes)
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

  /// Releases the accounts one by one, each in a savepoint of its own: whether one can be released
  /// is known only by trying, and one that cannot be keeps none of the others.
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
    _ = try await keep(released, telling, transaction, &outcomes)
  }

  /// The dates that periods of retention count from.
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

  /// Until the background has done it, what goes for ever is out of sight like what was deleted.
  private func shown(_ status: AccountStatus) -> AccountStatus {
    verb.isIrreversible ? .deleted : status
  }
}
