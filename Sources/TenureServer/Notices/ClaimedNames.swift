import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Whose the names of addresses are, for whoever has the addresses at hand: detach, release and
/// packages.
///
/// `tenure.is_claimed` judges, as it does for evidence and for hands.
/// A name is the claimant's where the claimant, or a tenant under common ownership with it, holds it
/// or one above it, has a running claim on that, or gave it up or lost it in the 90 days before.
struct ClaimedNames: Sendable {
  private let takeover: Takeover
  private let names: Set<String>

  /// Judges these addresses against the claimant of a takeover, for something that `began` then; what
  /// has ended since counts as well.
  ///
  /// nil leaves out all claims that have ended.
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

  /// Whether an address is the person's own: on no name of the claimant's, nor on the one that the
  /// takeover is about.
  func isPersons(_ address: EmailAddress) -> Bool {
    takeover.isPersonal(address) && !isClaimed(address)
  }

  /// Whether the address lies on a name of the claimant's.
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

  /// Those of these names that are a tenant's who controls an account, or whose takeovers are about
  /// it: since the first of its cases that is open or in effect began, or from now.
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
