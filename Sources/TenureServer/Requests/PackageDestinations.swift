import Postgres
import Tenure
import TenureAPI
import Vault

/// Where the link to a package may go: to places that are the person's own, and to no other.
///
/// Whoever has none collects it with a session of theirs.
struct PackageDestinations: Sendable {
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
    var places: [Place] = []
    for address in profile.addresses + (own?.addresses ?? []) where address.isVerified {
      if try await isSomebodyElses(address.email, custodian) { continue }
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

  /// Whether an address lies on a name that the controller holds or claims, or, while nobody controls
  /// the account, on one that anybody holds.
  private func isSomebodyElses(
    _ address: EmailAddress, _ custodian: Access
  ) async throws -> Bool {
    if custodian.tenant == .platform {
      return try await worker.database.find(
        custodian, "SELECT 1 FROM tenure_global.domain_holder(\(address.domain))"
      ).first != nil
    }
    let names = try DestinationStore.nameDigests(
      Destination.names(of: address.domain), custodian.tenant, worker.sealer.digests)
    return try await worker.database.find(
      custodian, DestinationStore.isClaimed(names, since: worker.clock.now, custodian)
    ).first?.bool(0) ?? true
  }
}
