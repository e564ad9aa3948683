import Postgres
import Tenure

/// Addresses of people who are gone.
enum AddressRest {
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
