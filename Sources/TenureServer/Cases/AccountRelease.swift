import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Gives a controlled account back to its person.
struct AccountRelease: Sendable {
  let worker: Worker
  let access: Access
  let now: Timestamp

  /// Gives the account back, with its entry in the log.
  ///
  /// Throws a `Problem` where something keeps the account under control. The caller rolls back
  /// then: a part may have been done.
  ///
  /// Where the control is suspended, what its holder did to the account (deleted it, sealed it
  /// away) is taken back first; `DisposalAct.leave` says what may still refuse.
  func run(
    _ account: AccountID, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    // The case first, as everybody locks who acts on one; then the control is looked at again.
    try await transaction.run(CaseStore.lockControlling([account], access))
    let control = try await transaction.run(
      TakeoverStore.findControl(account, access).forUpdate
    ).first
    guard let id = try control?.identifier(0, CaseID.self),
      let row = try await transaction.run(CaseStore.lock(id, access)).first
    else { throw Problem(.notFound) }
    let item = try CaseStore.view(row, access)
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

  /// Brings back what the holder has sealed away or deleted: its clocks stand, and it goes along.
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
