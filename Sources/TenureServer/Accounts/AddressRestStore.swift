import Postgres
import Tenure
import TenureKernel

/// Addresses of people who are gone.
enum AddressRestStore {
  static func rest(_ hmacs: [[UInt8]], until: Timestamp) -> SQL {
    "SELECT tenure_global.rest_addresses(\(hmacs.map { Bytes($0) }), \(until))"
  }

  /// Refuses addresses that still rest, and marks those that somebody new has now.
  static func recycle(_ addresses: [(hmac: [UInt8], account: AccountID)], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.recycle_addresses(\(addresses.map { Bytes($0.hmac) }),
      \(addresses.map(\.account)), \(at))
    """
  }

  /// Which of these rest, by their places from 1 on: whoever had them is gone.
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
