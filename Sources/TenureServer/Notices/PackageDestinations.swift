import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Where the link to a package may be sent: to destinations that are the person's own.
///
/// A person without one collects the package with a session.
struct PackageDestinations: Sendable {
  struct Place: Shaped {
    let kind: Destination.Kind
    /// SHA-256 of the request's id, a line feed, and the identity of the destination.
    let addressHash: [UInt8]

    static let shape = Shape<Place>("PackageDestination", "Where the link to a package may go.") {
      Member("channel", \.kind, .choice())
      Member("address_hash", \.addressHash, .sha256)
    }
  }

  let worker: Worker

  /// The destinations for the package of a request, as of now; none where the person is gone.
  func find(_ id: SubjectRequestID) async throws -> [Place] {
    let database = worker.database
    guard let account = try await SubjectRequestStore.tenant(of: id, database)?.account,
      let tenant = try await AccountStore.custodian(account, database)
    else { return [] }
    let custodian = SystemCaller(job: "package").access(to: tenant)
    let rows = try await database.find(custodian, AccountStore.find(account, custodian))
    guard let stored = try rows.first.map(AccountStore.stored), stored.status.hasPerson else {
      return []
    }
    let own = try await own(stored, custodian)
    let addresses = own.addresses.filter(\.isVerified)
    let others = try await namesOfOthers(
      Set(addresses.map(\.email.domain)).sorted(), account, custodian: tenant)
    var places: [Place] = []
    for address in addresses where !others.contains(address.email.domain) {
      places.append(try place(.email, address.email.identity, id))
    }
    for contact in own.contacts where contact.isVerified {
      places.append(try place(contact.kind, contact.identity, id))
    }
    return places
  }

  /// The destinations of an account that are the person's own.
  ///
  /// While a tenant controls the account, these are with the platform: the addresses in the profile
  /// are the controller's, whatever their domains.
  private func own(
    _ stored: AccountStore.Stored, _ custodian: Access
  ) async throws -> PersonalRecord {
    if custodian.tenant != .platform {
      return try await PersonalRecords(worker: worker).find(stored.id) ?? PersonalRecord()
    }
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: stored.id, wrapped: stored.key,
        under: try await worker.tenantKey(custodian)))
    return PersonalRecord(addresses: profile.addresses, contacts: profile.contacts)
  }

  private func place(
    _ kind: Destination.Kind, _ identity: String, _ id: SubjectRequestID
  ) throws -> Place {
    let message = Array("\(id)\n\(identity)".utf8)
    return Place(kind: kind, addressHash: try worker.sealer.digests.sha256(message))
  }

  /// The tenants that control the account, or have or had cases about it.
  private func claimants(of account: AccountID, _ custodian: TenantID) async throws -> Set<TenantID>
  {
    let cases = try await CaseStore.cases(of: account, worker.database)
    return Set(cases.map(\.tenant) + [custodian]).subtracting([.platform])
  }

  /// Those of these domains that any tenant holds, or that one of the claimants claims or has
  /// lately claimed.
  private func namesOfOthers(
    _ domains: [String], _ account: AccountID, custodian: TenantID
  ) async throws -> Set<String> {
    if domains.isEmpty { return [] }
    let database = worker.database
    let holders = try await database.run([AccountStore.holders(of: domains)])[0]
    let held = try holders.map { (name: try $0.string(0), holder: try $0.optionalUUID(1)) }
    var names = Set(held.filter { $0.holder != nil }.map(\.name))
    for tenant in try await claimants(of: account, custodian) {
      let claimant = SystemCaller(job: "package").access(to: tenant)
      let found = try await database.find(
        claimant, ClaimedNames.find(domains, around: account, at: worker.clock.now, claimant))
      names.formUnion(try found.map { try $0.string(0) })
    }
    return names
  }
}
