import Postgres
import Tenure
import Vault

/// SQL of `tenure.tenant_keys`.
enum TenantKeyStore {
  /// The key, and the id of the root key it is wrapped under.
  static func current(
    _ database: Database, _ access: Access
  ) async throws -> (key: WrappedKey, rootID: String)? {
    let rows = try await database.find(
      access,
      """
      SELECT version, wrapped, commitment, root_id FROM tenure.tenant_keys
      WHERE tenant_id = \(access.tenant) ORDER BY version DESC LIMIT 1
      """)
    return try rows.first.map(key)
  }

  static func key(_ row: Row) throws -> (key: WrappedKey, rootID: String) {
    (
      WrappedKey(version: try row.int(0), wrapped: try row.bytes(1), commitment: try row.bytes(2)),
      try row.string(3)
    )
  }

  /// The tenant's keys that are wrapped under another root key, locked.
  static func foreign(rootID: String, _ access: Access) -> SQL {
    """
    SELECT version, wrapped, commitment, root_id FROM tenure.tenant_keys
    WHERE tenant_id = \(access.tenant) AND root_id <> \(rootID)
    FOR UPDATE
    """
  }

  static func rewrap(_ key: WrappedKey, rootID: String, _ access: Access) -> SQL {
    """
    UPDATE tenure.tenant_keys
    SET root_id = \(rootID), wrapped = \(Bytes(key.wrapped)),
      commitment = \(Bytes(key.commitment))
    WHERE tenant_id = \(access.tenant) AND version = \(key.version)
    """
  }

  static func insert(_ key: WrappedKey, rootID: String, at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.tenant_keys (tenant_id, version, root_id, wrapped, commitment, created_at)
    VALUES (\(access.tenant), \(key.version), \(rootID), \(Bytes(key.wrapped)),
      \(Bytes(key.commitment)), \(at))
    """
  }
}
