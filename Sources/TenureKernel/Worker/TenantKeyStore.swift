package import Postgres
package import Tenure
package import Vault

/// SQL of `tenure.tenant_keys`.
package enum TenantKeyStore {
  /// All versions of a tenant's key, and the one that new data is sealed with.
  package struct Versions: Sendable {
    package let keys: [(key: WrappedKey, rootID: String?)]
    package let writing: Int

    package var numbers: Set<Int> { Set(keys.map(\.key.version)) }
  }

  /// The versions of a tenant's key; nil where it has none.
  package static func versions(
    at now: Timestamp, _ database: Database, _ access: Access
  ) async throws -> Versions? {
    let rows = try await database.find(
      access,
      """
      SELECT version, wrapped, commitment, root_id, usable_at FROM tenure.tenant_keys
      WHERE tenant_id = \(access.tenant) ORDER BY version
      """)
    if rows.isEmpty { return nil }
    let keys = try rows.map { row in
      let (key, rootID) = try key(row)
      return (key: key, rootID: Optional(rootID), usableAt: try row.time(4))
    }
    // If no version is usable yet by this clock, it is the first one: it was usable before there
    // was anything to seal.
    let writing = keys.last { $0.usableAt <= now } ?? keys[0]
    return Versions(keys: keys.map { ($0.key, $0.rootID) }, writing: writing.key.version)
  }

  /// The newest version, and the time from which new data is sealed with it, past or future.
  package static func newest(_ access: Access) -> SQL {
    """
    SELECT version, created_at, usable_at FROM tenure.tenant_keys
    WHERE tenant_id = \(access.tenant)
    ORDER BY version DESC
    LIMIT 1
    FOR UPDATE
    """
  }

  package static func key(_ row: Row) throws -> (key: WrappedKey, rootID: String) {
    (
      WrappedKey(version: try row.int(0), wrapped: try row.bytes(1), commitment: try row.bytes(2)),
      try row.string(3)
    )
  }

  /// The tenant's keys that are wrapped under another root key, locked.
  package static func foreign(rootID: String, _ access: Access) -> SQL {
    """
    SELECT version, wrapped, commitment, root_id FROM tenure.tenant_keys
    WHERE tenant_id = \(access.tenant) AND root_id <> \(rootID)
    FOR UPDATE
    """
  }

  package static func rewrap(_ key: WrappedKey, rootID: String, _ access: Access) -> SQL {
    """
    UPDATE tenure.tenant_keys
    SET root_id = \(rootID), wrapped = \(Bytes(key.wrapped)),
      commitment = \(Bytes(key.commitment))
    WHERE tenant_id = \(access.tenant) AND version = \(key.version)
    """
  }

  /// Inserts a version.
  ///
  /// `usableAt` is the time from which new data is sealed with it; nil for now.
  package static func insert(
    _ key: WrappedKey, rootID: String, at: Timestamp, usableAt: Timestamp? = nil,
    _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.tenant_keys
      (tenant_id, version, root_id, wrapped, commitment, created_at, usable_at)
    VALUES (\(access.tenant), \(key.version), \(rootID), \(Bytes(key.wrapped)),
      \(Bytes(key.commitment)), \(at), \(usableAt ?? at))
    """
  }
}
