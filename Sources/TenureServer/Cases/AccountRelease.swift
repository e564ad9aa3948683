import Postgres
import Tenure
import TenureAPI

/// Gives a controlled account back to its person.
struct AccountRelease: Sendable {
  let worker: Worker
  let access: Access
  let now: Timestamp

  /// Does it; throwing a `Problem`, it may have done a part.
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
    do {
      try await TakeoverEffect(worker: worker, access: access, takeover: takeover)
        .release(item, isSuspended: isSuspended, at: now, telling, transaction)
    } catch let refusal as TakeoverCase.Refusal { throw Problem(refusal) }
    telling.record("account.released", account, subject: account, in: access)
  }
}
