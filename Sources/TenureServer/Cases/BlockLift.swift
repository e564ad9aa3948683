import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Ends the blocks of takeover cases when accounts are reactivated, so that no case says sign-in is
/// blocked where it is not.
struct BlockLift: Sendable {
  let worker: Worker
  let now: Timestamp

  /// Locks the cases that block sign-in to these accounts.
  ///
  /// It must be called before the accounts are locked, because everybody locks cases first.
  static func lockCases(of accounts: [AccountID], _ transaction: Transaction) async throws {
    let tenants = try await transaction.run(CaseStore.claimants(of: accounts)).map {
      try $0.identifier(0, TenantID.self)
    }
    for tenant in tenants {
      let access = SystemCaller(job: "takeover").access(to: tenant)
      try await transaction.within(access) {
        _ = try await transaction.run(CaseStore.lockBlocking(accounts, access))
      }
    }
  }

  /// Ends the blocks.
  ///
  /// The accounts must be the platform's, and locked.
  func run(
    _ accounts: [AccountID], _ telling: Telling, _ transaction: Transaction
  ) async throws {
    for account in accounts {
      let cases = try await transaction.run(CaseStore.cases(of: account)).map {
        (try $0.identifier(0, CaseID.self), try $0.identifier(1, TenantID.self))
      }
      for (id, tenant) in cases { try await lift(id, tenant, telling, transaction) }
    }
  }

  private func lift(
    _ id: CaseID, _ tenant: TenantID, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    let access = SystemCaller(job: "takeover").access(to: tenant)
    let rows = try await transaction.within(access) {
      try await transaction.run([
        TakeoverStore.share(of: id, access), CaseStore.lock(id, access),
      ])
    }
    guard let takeover = try rows[0].first.map({ try TakeoverStore.takeover($0, access) }),
      let item = try rows[1].first.map({ try CaseStore.item($0, access) }), item.isBlocking
    else { return }
    let effect = TakeoverEffect(worker: worker, access: access, takeover: takeover)
    do {
      _ = try await effect.lift(item, at: now, telling, transaction)
    } catch let refusal as TakeoverCase.Refusal {
      throw Problem(refusal)
    }
  }
}
