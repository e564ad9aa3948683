package import Postgres
package import Tenure
package import Vault

/// SQL of `tenure.audit_keys`.
package enum AuditKeyStore {
  /// Keeps these keys for accounts that have none yet; of people who are gone nothing more is kept.
  package static func insert(_ keys: [(account: AccountID, key: WrappedKey)], _ access: Access)
    -> SQL
  {
    """
    INSERT INTO tenure.audit_keys (tenant_id, account_id, version, wrapped, commitment, key_epoch,
      parent_version)
    SELECT \(access.tenant), new.* FROM unnest(\(keys.map(\.account)), \(keys.map(\.key.version)),
      \(keys.map { Bytes($0.key.wrapped) }), \(keys.map { Bytes($0.key.commitment) }),
      \(keys.map(\.key.epoch)), \(keys.map(\.key.parent)))
      AS new (account_id, version, wrapped, commitment, key_epoch, parent_version)
    WHERE new.account_id NOT IN (SELECT tenure_global.gone(\(keys.map(\.account))))
    ON CONFLICT (tenant_id, account_id) DO NOTHING
    """
  }

  package static func find(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT wanted.id, held.* FROM unnest(\(accounts)) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT version, wrapped, commitment, key_epoch, parent_version FROM tenure.audit_keys
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id
      LIMIT 1) AS held
    """
  }

  /// Makes what was confided about these people unreadable.
  package static func delete(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.audit_keys AS held USING unnest(\(accounts)) AS gone (id)
    WHERE held.tenant_id = \(access.tenant) AND held.account_id = gone.id
    """
  }

  /// The tenants that have keys for what they say of these people.
  package static func confidants(of accounts: [AccountID]) -> SQL {
    "SELECT tenure_global.confidants_of(\(accounts))"
  }

  package static func key(_ row: Row) throws -> (AccountID, WrappedKey) {
    (
      try row.identifier(0, AccountID.self),
      WrappedKey(
        version: try row.int(1), epoch: try row.int(4), parent: try row.int(5),
        wrapped: try row.bytes(2), commitment: try row.bytes(3))
    )
  }
}
