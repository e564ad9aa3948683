import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Whether domains of addresses are the claimant's, where the addresses are at hand: for detaching,
/// for release and for packages.
///
/// `tenure.is_claimed` decides, as it does for evidence and answers. A domain is the claimant's if
/// the claimant or a tenant under common ownership holds it or a parent of it, has a running claim
/// on that, or has given it up or lost it in the last 90 days.
struct ClaimedNames: Sendable {
  private let takeover: Takeover
  private let names: Set<String>

  /// Judges addresses against the claimant of a takeover, for something that began at `began`:
  /// claims that have ended since then count, too.
  ///
  /// With nil, claims that have ended do not count.
  init(
    of addresses: [EmailAddress], _ takeover: Takeover, began: Timestamp?,
    _ transaction: Transaction
  ) async throws {
    self.takeover = takeover
    let claimant = SystemCaller(job: "takeover").access(to: takeover.tenant)
    let domains = Set(addresses.map(\.domain)).sorted()
    if domains.isEmpty {
      names = []
      return
    }
    let rows = try await transaction.within(claimant) {
      try await transaction.run(Self.find(domains, began: began, claimant))
    }
    names = Set(try rows.map { try $0.string(0) })
  }

  /// Whether an address is the person's own: neither at a domain of the claimant's, nor at the
  /// takeover's domain.
  func isPersons(_ address: EmailAddress) -> Bool {
    takeover.isPersonal(address) && !isClaimed(address)
  }

  /// Whether an address is at a domain of the claimant's.
  func isClaimed(_ address: EmailAddress) -> Bool { names.contains(address.domain) }

  // MARK: SQL

  private static func find(
    _ domains: [String], began: Timestamp?, _ claimant: Access
  ) -> SQL {
    """
    SELECT domain FROM tenure.claimed_names(\(claimant.tenant), \(domains),
      coalesce(\(nullable: began)::timestamptz, 'infinity'))
    """
  }

  /// Those of these domains that are a claimant's who controls the account or has cases about it.
  ///
  /// Claims count that ended after the first such case began that is open or in effect; without
  /// one, after `now`.
  static func find(
    _ domains: [String], around account: AccountID, at now: Timestamp, _ claimant: Access
  ) -> SQL {
    """
    SELECT domain FROM tenure.claimed_names(\(claimant.tenant), \(domains),
      least(\(now)::timestamptz, (
        SELECT min(item.created_at) FROM tenure.takeover_cases AS item
        WHERE item.tenant_id = \(claimant.tenant) AND item.account_id = \(account)
          AND item.state IN ('notice_pending', 'running', 'disputed', 'effective'))))
    """
  }
}
