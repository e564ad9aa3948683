import Postgres
import Tenure
import TenureKernel

/// SQL of the code that proves a personal address during a case; only the last one holds.
extension CaseStore {
  /// Stores to which address a code was sent; an earlier code does not hold any more.
  ///
  /// `address` is sealed under the person's key.
  static func keepCode(
    _ id: CaseID, addressHMAC: [UInt8], address: [UInt8], until: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.takeover_cases
    SET code_address_hmac = \(Bytes(addressHMAC)), code_address = \(Bytes(address)),
      code_expires_at = \(until)
    WHERE tenant_id = \(access.tenant) AND case_id = \(id)
    """
  }

  /// The code of a case: the address's HMAC, until when the code holds, the sealed address, and the
  /// account.
  static func code(_ id: CaseID, _ access: Access) -> SQL {
    """
    SELECT code_address_hmac, code_expires_at, code_address, account_id
    FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND case_id = \(id)
    """
  }

  /// Deletes the code of a case, because it was used.
  static func forgetCode(_ id: CaseID, _ access: Access) -> SQL {
    """
    UPDATE tenure.takeover_cases
    SET code_address_hmac = NULL, code_address = NULL, code_expires_at = NULL
    WHERE tenant_id = \(access.tenant) AND case_id = \(id)
    """
  }
}
