import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// A person who acts, and the tenants that may keep something of theirs: their custodian, the
/// platform, and the tenants that they are a member of.
struct PersonPlaces: Sendable {
  let account: AccountID
  /// The account with its wrapped key; `custodian` is the access to it.
  let stored: AccountStore.Stored
  let custodian: Access
  let places: [Access]

  /// Refuses people who may not sign in.
  init(_ call: Call) async throws {
    guard let caller = call.caller, case .person(let id) = caller.plane,
      let custodian = try await AccountStore.custodian(id, call.worker.database),
      let (account, access) = caller.authorizeOwnAccount(custodian: custodian)
    else { throw Problem(.notFound) }
    let rows = try await call.worker.database.find(access, AccountStore.find(account, access))
    guard let stored = try rows.first.map(AccountStore.stored) else { throw Problem(.notFound) }
    guard stored.status.allowsSignIn else {
      throw Problem(.accountStateConflict, "the account is \(stored.status.rawValue)")
    }
    self.account = account
    self.stored = stored
    self.custodian = access
    var places = [access]
    if custodian != .platform, let (_, platform) = caller.authorizeOwnRecords() {
      places.append(platform)
    }
    for tenant in try await MembershipStore.tenants(of: account, call.worker.database)
    where !places.contains(where: { $0.tenant == tenant }) {
      guard let (_, access) = caller.authorizeOwnAccount(custodian: tenant) else { continue }
      places.append(access)
    }
    self.places = places
  }
}
