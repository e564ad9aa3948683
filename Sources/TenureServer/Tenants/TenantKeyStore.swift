import Postgres
import Tenure
import Vault

/// SQL of `tenure.tenant_keys`.
enum TenantKeyStore {
  static func current(_ database: Database, _ access: Access) async throws -> WrappedKey? {
    let rows = try await database.find(
      access,
      """
      SELECT version, wrapped, commitment FROM tenure.tenant_keys
      WHERE tenant_id = \(access.tenant) ORDER BY version DESC LIMIT 1
      """)
    guard let row = rows.first else { return nil }
    return WrappedKey(
      version: try row.int(0), wrapped: try row.bytes(1), commitment: try row.bytes(2))
  }

  static func insert(_ key: WrappedKey, rootID: String, at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.tenant_keys (tenant_id, version, root_id, wrapped, commitment, created_at)
    VALUES (\(access.tenant), \(key.version), \(rootID), \(Bytes(key.wrapped)),
      \(Bytes(key.commitment)), \(at))
    """
  }
}
