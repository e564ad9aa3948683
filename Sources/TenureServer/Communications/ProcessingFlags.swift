import Postgres
import Tenure
import TenureKernel

/// What products must not do with somebody's data.
struct ProcessingFlags: Sendable {
  var isRestricted = false
  /// The purposes that the person objects to.
  var objections: Set<String> = []

  /// Those of people, by whoever has custody of each; who has none is left out.
  ///
  /// Objections that were made to the operator hold whoever has custody now.
  static func find(
    _ custodians: [AccountID: TenantID], _ database: Database
  ) async throws -> [AccountID: ProcessingFlags] {
    let caller = SystemCaller(job: "processing")
    var places = Dictionary(grouping: custodians.keys) { custodians[$0] ?? .platform }
    places[.platform] = Array(custodians.keys)
    let rows = try await database.run(
      places.flatMap { tenant, accounts in
        let access = caller.access(to: tenant)
        return [
          access.context, ObjectionStore.list(accounts, access),
          DisposalStore.restricted(accounts, access),
        ]
      })
    var flags: [AccountID: ProcessingFlags] = [:]
    for start in stride(from: 0, to: rows.count, by: 3) {
      for (account, purpose) in try rows[start + 1].map({
        (try $0.identifier(0, AccountID.self), try $0.string(1))
      }) {
        flags[account, default: .init()].objections.insert(purpose)
      }
      for account in try rows[start + 2].map({ try $0.identifier(0, AccountID.self) }) {
        flags[account, default: .init()].isRestricted = true
      }
    }
    return flags
  }
}
