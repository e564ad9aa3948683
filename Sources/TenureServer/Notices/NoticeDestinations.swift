import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Makes the destinations of cases whose first notice is sent: every address and contact of the
/// account, each with its own link.
struct NoticeDestinations: Sendable {
  let worker: Worker
  /// The access to the claimant.
  let claimant: Access

  /// Makes the destinations of cases whose person was not sent a notice yet, many at a time.
  ///
  /// The platform has the accounts that nobody controls. An account that somebody else has by now
  /// gets no destinations.
  func make(
    for cases: [(id: CaseID, account: AccountID)], at now: Timestamp, _ transaction: Transaction
  ) async throws {
    if cases.isEmpty { return }
    let platform = SystemCaller(job: "takeover").access(to: .platform)
    let key = try await worker.tenantKey(platform)
    let caseOf = Dictionary(cases.map { ($0.account, $0.id) }) { first, _ in first }
    let rows = try await transaction.within(platform) {
      try await transaction.run(AccountStore.find(cases.map(\.account), platform))
    }
    var new: [DestinationStore.New] = []
    for stored in try rows.map(AccountStore.stored) where stored.status.hasPerson {
      guard let item = caseOf[stored.id] else { continue }
      do {
        let profile = try AccountProfile.stored(
          try worker.openProfile(stored.profile, of: stored.id, wrapped: stored.key, under: key))
        new += try destinations(of: profile, item, now)
      } catch {
        // A profile that cannot be decrypted leaves only its own case without destinations.
        worker.log.error("a notice has nowhere to go", metadata: ["case": "\(item)"])
      }
    }
    if new.isEmpty { return }
    try await transaction.within(claimant) {
      _ = try await transaction.run(DestinationStore.make(new))
    }
  }

  private func destinations(
    of profile: AccountProfile, _ item: CaseID, _ now: Timestamp
  ) throws -> [DestinationStore.New] {
    let addresses = try profile.addresses.map { address in
      try destination(
        .email, identity: address.email.identity,
        names: Destination.names(of: address.email.domain), isVerified: address.isVerified, item,
        now)
    }
    return try addresses
      + profile.contacts.map { contact in
        try destination(
          contact.kind, identity: contact.identity, names: [], isVerified: contact.isVerified,
          item, now)
      }
  }

  private func destination(
    _ kind: Destination.Kind, identity: String, names: [String], isVerified: Bool,
    _ item: CaseID, _ now: Timestamp
  ) throws -> DestinationStore.New {
    let digests = worker.sealer.digests
    let id = DestinationID(at: now)
    return DestinationStore.New(
      id: id, item: item, kind: kind,
      addressHash: try digests.sha256(
        ReceiptStatement.addressMessage(.takeover(item), identity)),
      names: try DestinationStore.nameDigests(names, claimant.tenant, digests),
      isVerified: isVerified,
      linkDigest: try digests.sha256(try worker.token(of: .notice(item, id)).digest))
  }
}
