import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Gives a controlled account back to the person.
struct AccountRelease: Sendable {
  let worker: Worker
  let access: Access
  let now: Timestamp

  /// Gives the account back, and records that in the audit log.
  ///
  /// Throws a `Problem` where something keeps the account under control; the caller must then roll
  /// back, because a part may be done.
  ///
  /// Where control is suspended, an account that the tenant has deleted or isolated is brought back
  /// first. `DisposalAct.leave` says what can refuse that.
  func run(
    _ account: AccountID, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    // The case first, in the order in which everybody locks; then the control is read, now locked.
    try await transaction.run(CaseStore.lockControlling([account], access))
    let control = try await transaction.run(
      TakeoverStore.findControl(account, access).forUpdate
    ).first
    guard let id = try control?.identifier(0, CaseID.self),
      let row = try await transaction.run(CaseStore.lock(id, access)).first
    else { throw Problem(.notFound) }
    let item = try CaseStore.item(row, access)
    guard let takeover = try await TakeoverStore.load(item.takeover, access, transaction) else {
      throw Problem(.notFound)
    }
    let isSuspended = try control?.optionalTime(3) != nil
    if isSuspended { try await bringBack(account, telling, transaction) }
    do {
      try await TakeoverEffect(worker: worker, access: access, takeover: takeover)
        .release(item, isSuspended: isSuspended, at: now, telling, transaction)
    } catch let refusal as TakeoverCase.Refusal {
      throw Problem(refusal)
    } catch let error as PostgresError {
      throw AccountStore.problem(error) ?? error as any Error
    }
    telling.record("account.released", account, subject: account, in: access)
  }

  /// Brings an account back that the tenant has isolated or deleted, so that it can be released.
  private func bringBack(
    _ account: AccountID, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    let row = try await transaction.run(AccountStore.find(account, access)).first
    let verb: AccountVerb
    switch try row.map(AccountStore.stored)?.status {
    case .isolated: verb = .reactivate
    case .deleted: verb = .restore
    case .active, .blocked, .restricted, .deactivated, .anonymised, .erased, nil: return
    }
    var lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: verb, reason: "the control of the account ends",
      now: now)
    lifecycle.isForPerson = true
    let outcomes = try await lifecycle.perform(
      [account], at: nil, isDryRun: false, telling, transaction)
    if case .refused(let problem) = outcomes[account] { throw problem }
  }
}
