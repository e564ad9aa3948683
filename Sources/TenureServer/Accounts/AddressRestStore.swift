import Postgres
import Tenure
import TenureKernel

/// SQL of the addresses that became free because a person is gone or gave them up.
///
/// They rest for a while.
enum AddressRestStore {
  /// Days in which nobody but the former holder can register such an address.
  private static let days: Int64 = 30

  /// An address that became free, by its resting hash; `former` is the account that gave it up, nil
  /// where that is gone.
  struct Left: Sendable {
    let hmac: [UInt8]
    let former: AccountID?
  }

  /// Starts the rest of addresses.
  static func rest(_ left: [Left], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.rest_addresses(\(left.map { Bytes($0.hmac) }), \(left.map(\.former)),
      \(at.adding(seconds: days * 86_400)))
    """
  }

  /// Deletes from the resting addresses that these accounts, which are gone, had them.
  static func forget(_ accounts: [AccountID]) -> SQL {
    "SELECT tenure_global.forget_former_holders(\(accounts))"
  }

  /// Refuses addresses that still rest, except for their former holders, and marks those that
  /// somebody new has now.
  static func recycle(_ addresses: [(hmac: [UInt8], account: AccountID)], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.recycle_addresses(\(addresses.map { Bytes($0.hmac) }),
      \(addresses.map(\.account)), \(at))
    """
  }

  /// The positions, from 1, of the addresses that rest.
  static func resting(_ hmacs: [[UInt8]], _ access: Access) -> SQL {
    """
    SELECT wanted.place FROM unnest(\(hmacs.map { Bytes($0) }))
      WITH ORDINALITY AS wanted (hmac, place)
    JOIN tenure_global.resting_addresses AS resting
      ON resting.tenant_id = \(access.tenant) AND resting.address_hmac = wanted.hmac
    WHERE resting.recycled_by IS NULL
    """
  }

  /// Deletes marks of addresses with a new holder; returns their accounts, for events to the
  /// operator.
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
