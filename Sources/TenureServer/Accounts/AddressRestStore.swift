import Postgres
import Tenure
import TenureKernel

/// Addresses that became free: of people who are gone, and those that somebody gave up.
enum AddressRestStore {
  /// For how long an address rests before somebody else may register it.
  private static let days: Int64 = 30

  /// An address that became free, by its resting hash; `former` is nil where its holder is gone.
  struct Left: Sendable {
    let hmac: [UInt8]
    let former: AccountID?
  }

  /// Lays addresses to rest, from a time on.
  static func rest(_ left: [Left], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.rest_addresses(\(left.map { Bytes($0.hmac) }), \(left.map(\.former)),
      \(at.adding(seconds: days * 86_400)))
    """
  }

  /// Says of whoever is gone no longer what they once gave up.
  static func forget(_ accounts: [AccountID]) -> SQL {
    "SELECT tenure_global.forget_former_holders(\(accounts))"
  }

  /// Refuses addresses that still rest, but for whoever had them; marks those that somebody new has now.
  static func recycle(_ addresses: [(hmac: [UInt8], account: AccountID)], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.recycle_addresses(\(addresses.map { Bytes($0.hmac) }),
      \(addresses.map(\.account)), \(at))
    """
  }

  /// Which of these rest, by their places from 1 on: nobody has them.
  static func resting(_ hmacs: [[UInt8]], _ access: Access) -> SQL {
    """
    SELECT wanted.place FROM unnest(\(hmacs.map { Bytes($0) }))
      WITH ORDINALITY AS wanted (hmac, place)
    JOIN tenure_global.resting_addresses AS resting
      ON resting.tenant_id = \(access.tenant) AND resting.address_hmac = wanted.hmac
    WHERE resting.recycled_by IS NULL
    """
  }

  /// Forgets those that were taken up again; answers by whom.
  static func takeRecycled(limit: Int, _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.resting_addresses
    WHERE tenant_id = \(access.tenant) AND address_hmac IN (
      SELECT address_hmac FROM tenure_global.resting_addresses
      WHERE tenant_id = \(access.tenant) AND recycled_by IS NOT NULL
      LIMIT \(limit))
    RETURNING recycled_by
    """
  }
}
