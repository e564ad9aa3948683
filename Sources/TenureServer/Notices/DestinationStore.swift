import Foundation
import Postgres
import Tenure
import TenureKernel
import Vault

/// SQL of `tenure.notice_destinations`: made once a case by a function of the database, which stamps
/// them; afterwards only the use of their links is written.
enum DestinationStore {
  /// A destination before it is kept.
  struct New: Sendable {
    let id: DestinationID
    let item: CaseID
    let kind: Destination.Kind
    let addressHash: [UInt8]
    /// Digests as `tenure.name_digest` makes them.
    let names: [String]
    let isVerified: Bool
    /// SHA-256 of the digest in the link's token.
    let linkDigest: [UInt8]
  }

  /// Makes the destinations of cases of which nobody was told yet; those of others stay as they are.
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

  /// One destination; whose it is is judged now.
  static func find(_ id: DestinationID, of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.notice_destinations AS place
    WHERE place.tenant_id = \(access.tenant) AND place.case_id = \(item)
      AND place.destination_id = \(id)
    """
  }

  /// The one that a receipt names.
  static func find(addressHash: [UInt8], of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.notice_destinations AS place
    WHERE place.tenant_id = \(access.tenant) AND place.case_id = \(item)
      AND place.address_hash = \(Bytes(addressHash))
    """
  }

  /// Those of all these cases; the last column names the case.
  static func list(_ items: [CaseID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(items)) AS wanted (id)
    JOIN tenure.notice_destinations AS place
      ON place.tenant_id = \(access.tenant) AND place.case_id = wanted.id
    ORDER BY place.case_id, place.destination_id
    """
  }

  /// Uses one link up: whoever held it has said what can be said once from there.
  static func useLink(
    _ id: DestinationID, of item: CaseID, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.notice_destinations SET link_used_at = \(at)
    WHERE tenant_id = \(access.tenant) AND case_id = \(item) AND destination_id = \(id)
      AND link_used_at IS NULL
    """
  }

  /// Makes the links of a case good again: what used them up was dismissed.
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

  /// The case of a row that `list` answered.
  static func item(_ row: Row) throws -> CaseID { try row.identifier(6, CaseID.self) }

  // MARK: Whose names

  /// How names are known among those of a destination: as `tenure.name_digest` makes them.
  static func nameDigests(
    _ names: [String], _ tenant: TenantID, _ digests: Digests
  ) throws -> [String] {
    try names.map { name in
      let message = "\(tenant.uuid.uuidString.lowercased())\n\(name)"
      return Hexadecimal.encode(Array(try digests.sha256(Array(message.utf8)).prefix(16)))
    }
  }

  // MARK: Evidence

  /// Since when the evidence of each of these cases suffices for the milder outcomes and for control,
  /// as the database judges it now: NULL while it does not.
  static func told(_ items: [CaseID], _ access: Access) -> SQL {
    """
    SELECT wanted.id, told.for_address, told.for_control
    FROM unnest(\(items)) AS wanted (id)
    CROSS JOIN LATERAL tenure.told(\(access.tenant), wanted.id) AS told
    """
  }

  /// Since when the claimant of a case, or a tenant under common ownership with it, has claimed a name
  /// that the case is about, or that one of its destinations lies on; NULL where none has.
  static func claimedSince(_ item: CaseID, _ access: Access) -> SQL {
    "SELECT tenure.claimed_since(\(access.tenant), \(item))"
  }
}
