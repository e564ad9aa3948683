import Postgres
import Tenure
import TenureAPI

/// Gives a controlled account back to its person.
enum AccountRelease {
  /// Membership and control end, the key goes back under the platform's, and the person keeps the
  /// account under an address of their own; the addresses on the claimed name stay the tenant's.
  @Sendable
  static func releaseAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let account = try call.id(0, AccountID.self)
    do {
      return try await call.change(access) { change in
        let transaction = change.transaction
        let control = try await transaction.run(
          TakeoverStore.findControl(account, access).forUpdate
        ).first
        guard let id = try control?.identifier(0, CaseID.self),
          let row = try await transaction.run(CaseStore.lock(id, access)).first
        else { throw Problem(.notFound) }
        let item = try CaseStore.view(row, access)
        guard let takeover = try await TakeoverStore.load(item.takeover, access, transaction)
        else { throw Problem(.notFound) }
        let effect = TakeoverEffect(worker: call.worker, access: access, takeover: takeover)
        guard var after = try await effect.release(item, at: call.now, transaction) else {
          throw Problem(
            .addressNotPersonal, "the person has no verified address outside the claimed domain")
        }
        after.version += 1
        change.record("account.released", account, subject: account)
        return Reply(TakeoverCaseView(after), version: after.version)
      }
    } catch let error as PostgresError {
      throw AccountStore.problem(error) ?? error as any Error
    }
  }
}
