import Foundation
import Postgres
import Tenure
import TenureKernel
import Vault

/// SQL of `tenure.notice_destinations`.
///
/// A function of the database makes them once for each case and stamps them; afterwards only the
/// use of their links is written.
enum DestinationStore {
  /// A destination that is not stored yet.
  struct New: Sendable {
    let id: DestinationID
    let item: CaseID
    let kind: Destination.Kind
    let addressHash: [UInt8]
    /// The domain and its parents, as digests of `tenure.name_digest`.
    let names: [String]
    let isVerified: Bool
    /// SHA-256 of the digest in the link's token.
    let linkDigest: [UInt8]
  }

  /// Stores the destinations of cases whose person was not sent a notice yet; for other cases
  /// nothing changes.
  static func make(_ new: [New]) -> SQL {
    """
    SELECT tenure.make_destinations(\(new.map(\.item)), \(new.map(\.id)),
      \(new.map(\.kind.rawValue)), \(new.map { Bytes($0.addressHash) }),
      \(new.map { $0.names.joined(separator: ",") }), \(new.map(\.isVerified)),
      \(new.map { Bytes($0.linkDigest) }))
    """
  }

  private static let columns: StaticString = """
    place.destination_id, place.kind, place.address_hash, place.is_verified,
    place.is_claimants OR tenure.is_claimed(place.tenant_id, place.names, place.made_at),
    place.link_used_at, place.case_id
    """

  /// One destination; whether it is the claimant's is judged now.
  static func find(_ id: DestinationID, of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.notice_destinations AS place
    WHERE place.tenant_id = \(access.tenant) AND place.case_id = \(item)
      AND place.destination_id = \(id)
    """
  }

  /// The destination with the hash that a receipt names.
  static func find(addressHash: [UInt8], of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.notice_destinations AS place
    WHERE place.tenant_id = \(access.tenant) AND place.case_id = \(item)
      AND place.address_hash = \(Bytes(addressHash))
    """
  }

  /// The destinations of all these cases; the last column is the case.
  static func list(_ items: [CaseID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(items)) AS wanted (id)
    JOIN tenure.notice_destinations AS place
      ON place.tenant_id = \(access.tenant) AND place.case_id = wanted.id
    ORDER BY place.case_id, place.destination_id
    """
  }

  /// Marks a link as used: what can be answered only once was answered by it.
  static func useLink(
    _ id: DestinationID, of item: CaseID, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.notice_destinations SET link_used_at = \(at)
    WHERE tenant_id = \(access.tenant) AND case_id = \(item) AND destination_id = \(id)
      AND link_used_at IS NULL
    """
  }

  /// Makes the used links of a case work again, because the dispute that they were used for is
  /// dismissed.
  static func renewLinks(of item: CaseID, _ access: Access) -> SQL {
    """
    UPDATE tenure.notice_destinations SET link_used_at = NULL
    WHERE tenant_id = \(access.tenant) AND case_id = \(item) AND link_used_at IS NOT NULL
    """
  }

  static func destination(_ row: Row) throws -> Destination {
    Destination(
      id: try row.identifier(0, DestinationID.self), kind: try row.choice(1),
      addressHash: try row.bytes(2), isVerified: try row.bool(3), isClaimants: try row.bool(4),
      linkUsedAt: try row.optionalTime(5))
  }

  /// The case of a row of `list`.
  static func item(_ row: Row) throws -> CaseID { try row.identifier(6, CaseID.self) }

  // MARK: Digests of domains

  /// The digests by which a destination knows its domains, as `tenure.name_digest` makes them.
  static func nameDigests(
    _ names: [String], _ tenant: TenantID, _ digests: Digests
  ) throws -> [String] {
    try names.map { name in
      let message = "\(tenant.uuid.uuidString.lowercased())\n\(name)"
      return Hexadecimal.encode(Array(try digests.sha256(Array(message.utf8)).prefix(16)))
    }
  }

  // MARK: Evidence

  /// Since when the evidence of each case is enough: first for outcomes that leave the account
  /// alone, then for control.
  ///
  /// The database judges it now; NULL where it is not enough.
  static func told(_ items: [CaseID], _ access: Access) -> SQL {
    """
    SELECT wanted.id, told.for_address, told.for_control
    FROM unnest(\(items)) AS wanted (id)
    CROSS JOIN LATERAL tenure.told(\(access.tenant), wanted.id) AS told
    """
  }

  /// Since when the claimant, or a tenant under common ownership with it, has claimed the case's
  /// domain or one of its destinations'; NULL where none has.
  static func claimedSince(_ item: CaseID, _ access: Access) -> SQL {
    "SELECT tenure.claimed_since(\(access.tenant), \(item))"
  }
}
