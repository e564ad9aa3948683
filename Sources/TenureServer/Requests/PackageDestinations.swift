import Postgres
import Tenure
import TenureAPI
import Vault

/// Where the link to a package may go: to places that are the person's own, and to no other.
///
/// Whoever has none collects it with a session of theirs.
struct PackageDestinations: Sendable {
  /// A claim that has ended counts for so long: who had the name may read its mail still.
  private static let claimSeconds: Int64 = 90 * 86_400

  struct Place: Sendable {
    let kind: Destination.Kind
    /// SHA-256 of the request's id, a line feed, and what identifies the destination.
    let addressHash: [UInt8]
  }

  let worker: Worker

  /// Those of the account that a request is about, as things are now: none once the person is gone.
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
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: account, wrapped: stored.key,
        under: try await worker.tenantKey(custodian)))
    // What is the person's own lies with the platform while somebody controls the account.
    let own =
      tenant == .platform ? nil : try await PersonalRecords(worker: worker).find(account)
    let claimants = try await claimants(of: account, tenant)
    var places: [Place] = []
    for address in profile.addresses + (own?.addresses ?? []) where address.isVerified {
      if try await isSomebodyElses(address.email, claimants) { continue }
      places.append(try place(.email, address.email.identity, id))
    }
    for contact in profile.contacts + (own?.contacts ?? []) where contact.isVerified {
      places.append(try place(contact.kind, contact.identity, id))
    }
    return places
  }

  private func place(
    _ kind: Destination.Kind, _ identity: String, _ id: SubjectRequestID
  ) throws -> Place {
    let message = Array("\(id)\n\(identity)".utf8)
    return Place(kind: kind, addressHash: try worker.sealer.digests.sha256(message))
  }

  /// Who controls the account, and whose takeovers are or were about it.
  private func claimants(of account: AccountID, _ custodian: TenantID) async throws -> Set<TenantID> {
    let cases = try await CaseStore.cases(of: account, worker.database)
    return Set(cases.map(\.tenant) + [custodian]).subtracting([.platform])
  }

  /// Whether an address lies on a name that anybody holds, or that one of these claims or has claimed
  /// lately.
  private func isSomebodyElses(
    _ address: EmailAddress, _ claimants: Set<TenantID>
  ) async throws -> Bool {
    let database = worker.database
    let holders = try await database.run([AccountStore.holders(of: [address.domain])])
    if try holders[0].first?.optionalUUID(1) != nil { return true }
    let since = worker.clock.now.adding(seconds: -Self.claimSeconds)
    for tenant in claimants {
      let claimant = SystemCaller(job: "package").access(to: tenant)
      let names = try DestinationStore.nameDigests(
        Destination.names(of: address.domain), tenant, worker.sealer.digests)
      let found = try await database.find(
        claimant, DestinationStore.isClaimed(names, since: since, claimant))
      if try found.first?.bool(0) ?? true { return true }
    }
    return false
  }
}
