package import Foundation
import Logging
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Carries out a tenant's scheduled changes that are due, some hundred at a time.
///
/// There is one job for each tenant, whose id is the tenant's; the changes themselves are in their
/// table.
package struct AccountChangeWork: PiecewiseWork {
  private static let changesAtOnce = 500
  /// Seconds until a change that something stood in the way of is tried again.
  private static let waitSeconds: Int64 = 3_600

  let worker: Worker
  package let access: Access

  package var job: UUID { access.tenant.uuid }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    if access.tenant == .platform { try await announceRecycled(now, transaction) }
    let due = try await transaction.run(
      AccountChangeStore.due(at: now, limit: Self.changesAtOnce, access)
    ).map(AccountChangeStore.due)
    if due.isEmpty {
      let next = try await transaction.run(
        AccountChangeStore.outlook(
          lookingAgainAt: now.adding(seconds: Self.waitSeconds), access)
      ).first?.optionalTime(0)
      try await transaction.run(JobStore.finish(job, next: next, access))
      return false
    }
    let groups = try await lock(due, transaction).runs(of: \.account) {
      $0.verb == $1.verb && $0.requestedBy == $1.requestedBy && $0.requestedAt == $1.requestedAt
        && $0.requestID == $1.requestID && $0.item == nil && $1.item == nil
    }
    for group in groups { try await carryOutAlone(group, now, transaction) }
    return true
  }

  /// Carries out changes so that one that fails does not stop the others.
  ///
  /// If several fail together, each is tried by itself; one that fails alone is postponed where it
  /// cannot be taken back, and otherwise ends as refused.
  private func carryOutAlone(
    _ changes: [AccountChangeStore.Due], _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    do {
      try await transaction.attempt { try await carryOut(changes, now, transaction) }
    } catch {
      // An error that passes by itself, such as a lost connection, is left to the job, which tries
      // again.
      guard let failure = Job.failure(of: error) else { throw error }
      if changes.count > 1 {
        for change in changes { try await carryOutAlone([change], now, transaction) }
        return
      }
      worker.log.warning(
        "a change of an account failed",
        metadata: ["change": "\(changes[0].id)", "failure": "\(failure)"])
      if changes[0].verb.isIrreversible {
        try await postpone(changes.map(\.id), now, transaction)
      } else {
        let code = (error as? Problem)?.code ?? .internalError
        try await transaction.run(
          AccountChangeStore.end([(changes[0].id, code.rawValue)], at: now, access))
      }
    }
  }

  /// Locks owners, accounts and changes, in the order in which everybody locks, and returns the
  /// changes that are still due: some may have been cancelled meanwhile.
  private func lock(
    _ due: [AccountChangeStore.Due], _ transaction: Transaction
  ) async throws -> [AccountChangeStore.Due] {
    let accounts = Array(Set(due.map(\.account)))
    try await AccountLifecycle.lockCases(
      endedBy: Set(due.map(\.verb)), of: accounts, access, transaction)
    let rows = try await transaction.run([
      DisposalStore.lockOwners(beside: accounts, access), AccountStore.lock(accounts, access),
      AccountChangeStore.lockScheduled(due.map(\.id), access),
    ])
    let locked = Set(try rows[2].map { try $0.identifier(0, AccountChangeID.self) })
    return due.filter { locked.contains($0.id) }
  }

  private func carryOut(
    _ changes: [AccountChangeStore.Due], _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let first = changes[0]
    let telling = Telling(
      at: now, actor: first.requestedBy, requestID: first.requestID ?? first.id.description,
      reason: first.verb.isIrreversible
        ? nil : try await AccountLifecycle.reason(of: first, worker, access, transaction))
    telling.approvedBy = first.approvedBy
    let ended =
      if first.item != nil {
        try await undo(first, telling, now, transaction)
      } else if first.verb.isIrreversible {
        try await dispose(changes, telling, now, transaction)
      } else {
        try await perform(changes, telling, now, transaction)
      }
    try await transaction.run(
      telling.statements(by: worker, transaction)
        + [access.context, AccountChangeStore.end(ended, at: now, access)])
  }

  private func perform(
    _ changes: [AccountChangeStore.Due], _ telling: Telling, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [(id: AccountChangeID, refusal: String?)] {
    let lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: changes[0].verb,
      reason: try await AccountLifecycle.reason(of: changes[0], worker, access, transaction)
        ?? "",
      now: now, moment: .due,
      keepsChange: changes[0].verb.isIrreversible)
    let outcomes = try await lifecycle.perform(
      changes.map(\.account), at: nil, isDryRun: false, telling, transaction)
    var ended: [(id: AccountChangeID, refusal: String?)] = []
    var waiting: [AccountChangeID] = []
    for change in changes {
      switch outcomes[change.account] {
      case .waits: waiting.append(change.id)
      case .refused(let problem): ended.append((change.id, problem.code.rawValue))
      default: ended.append((change.id, nil))
      }
    }
    try await postpone(waiting, now, transaction)
    return ended
  }

  /// Undoes a takeover's case that had waited for a hold.
  private func undo(
    _ change: AccountChangeStore.Due, _ telling: Telling, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [(id: AccountChangeID, refusal: String?)] {
    let situation = try await DisposalSituation.find(
      [change.account], at: now, access, transaction)
    switch situation.judge(.undo, change.account, .due) {
    case .waits:
      try await postpone([change.id], now, transaction)
      return []
    case .refused(let obstacle):
      return [(change.id, situation.problem(obstacle, change.account).code.rawValue)]
    case .allowed: break
    }
    guard let id = change.item,
      let item = try await transaction.run(CaseStore.lock(id, access)).first.map({
        try CaseStore.item($0, access)
      }), let takeover = try await TakeoverStore.load(item.takeover, access, transaction)
    else { return [(change.id, ProblemCode.notFound.rawValue)] }
    let effect = TakeoverEffect(worker: worker, access: access, takeover: takeover)
    do {
      // The 30 days to undo it count until the request, not until today.
      _ = try await effect.undo(
        item, askedAt: change.requestedAt, at: now, telling, transaction)
    } catch let refusal as TakeoverCase.Refusal { throw Problem(refusal) }
    telling.record("takeover.undone", id, subject: item.account, in: access)
    return [(change.id, nil)]
  }

  /// Erases or anonymises the accounts where nothing stands in the way.
  ///
  /// The others wait, and nothing shows why.
  private func dispose(
    _ changes: [AccountChangeStore.Due], _ telling: Telling, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [(id: AccountChangeID, refusal: String?)] {
    let situation = try await DisposalSituation.find(
      changes.map(\.account), at: now, access, transaction)
    let verb = changes[0].verb
    let gone = verb == .erase ? AccountStatus.erased : .anonymised
    var ended: [(id: AccountChangeID, refusal: String?)] = []
    var (unaccepted, waiting): ([AccountChangeStore.Due], [AccountChangeID]) = ([], [])
    var free: [AccountStore.Stored] = []
    for change in changes {
      guard let account = situation.accounts[change.account] else {
        ended.append((change.id, ProblemCode.notFound.rawValue))
        continue
      }
      if !account.status.isAccepted {
        unaccepted.append(change)
      } else if account.status == gone || account.status == .erased {
        ended.append((change.id, nil))
      } else if situation.judge(.purge, account.id, .due) == .allowed {
        free.append(account)
        ended.append((change.id, nil))
      } else {
        waiting.append(change.id)
      }
    }
    try await postpone(waiting, now, transaction)
    let erasure = AccountErasure(worker: worker, access: access, method: verb, now: now)
    try await erasure.run(free, requestedAt: changes[0].requestedAt, telling, transaction)
    // Changes that were scheduled for today are accepted first, with all checks, and then wait like
    // those asked for now.
    return unaccepted.isEmpty
      ? ended : try await ended + perform(unaccepted, telling, now, transaction)
  }

  private func postpone(
    _ changes: [AccountChangeID], _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    if changes.isEmpty { return }
    try await transaction.run(
      AccountChangeStore.postpone(
        changes, to: now.adding(seconds: Self.waitSeconds), access))
  }

  /// Sends the operator the events about addresses that belong to a new account.
  private func announceRecycled(_ now: Timestamp, _ transaction: Transaction) async throws {
    let recycled = try await transaction.run(
      AddressRestStore.takeRecycled(limit: Self.changesAtOnce, access)
    ).map { try $0.identifier(0, AccountID.self) }
    if recycled.isEmpty { return }
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    for account in recycled {
      telling.emit(
        Event(.identifierRecycled, account, at: now, [("account_id", account)]), in: access)
    }
    try await transaction.run(telling.statements(by: worker, transaction))
  }
}

extension AccountStatus {
  /// Whether the account is hidden or gone already, so that its disposal was checked when it was
  /// accepted.
  fileprivate var isAccepted: Bool { self == .deleted || self == .anonymised || self == .erased }
}

extension JobKind {
  package static let accountChange = JobKind("account_change")
}

extension AccountChangeWork {
  package static let job = Job(
    .accountChange, subject: { $0.tenant.description },
    .pieces { worker, access, taken in AccountChangeWork(worker: worker, access: access) })
}
