import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

/// Moves accounts from one custodian to another: rows, keys and lines of the directory together.
///
/// Each statement runs in one tenant's context: the rows leave under the one and arrive under the
/// other. The transaction's context is `to`'s afterwards.
struct AccountCustody: Sendable {
  let worker: Worker
  let from: Access
  let to: Access

  /// Moves those of `accounts` that `from` has custody of, and that are not isolated or gone;
  /// answers which.
  ///
  /// A key is wrapped anew under its new custodian's; nothing that is sealed under it changes.
  func move(_ accounts: [AccountID], _ transaction: Transaction) async throws -> [AccountID] {
    let (fromKey, toKey) = (try await worker.tenantKey(from), try await worker.tenantKey(to))
    let taken = try await transaction.run([from.context, Self.take(accounts, from)])
    let rows = try taken[1].map { row in
      let id = try row.identifier(0, AccountID.self)
      let old = WrappedKey(
        version: try row.int(3), epoch: try row.int(10), parent: try row.int(11),
        wrapped: try row.bytes(4), commitment: try row.bytes(5))
      let key = try worker.keyring.unwrapAccountKey(
        old, account: id.uuid, under: fromKey, sealer: worker.sealer)
      return Moved(
        id: id, status: try row.string(1), externalID: try row.optionalBytes(2),
        key: try worker.keyring.wrapAccountKey(
          key, id.uuid, version: old.version, under: toKey, sealer: worker.sealer),
        profile: try row.bytes(6), createdAt: try row.time(7), updatedAt: try row.time(8),
        version: try row.int(9), keyMadeAt: try row.optionalTime(12))
    }
    let moved = rows.map(\.id)
    let left = try await transaction.run([
      Self.takeDirectory(moved, from), Self.takeAddresses(moved, from), to.context,
    ])
    let addresses = try left[1].map { row in
      Address(
        hmac: try row.bytes(0), account: try row.identifier(1, AccountID.self),
        domain: try row.string(2), isVerified: try row.bool(3), isPrimary: try row.bool(4))
    }
    try await transaction.run([
      Self.put(rows, to), Self.putDirectory(moved, to), Self.put(addresses, to),
    ])
    return moved
  }

  private struct Moved {
    let id: AccountID
    let status: String
    let externalID: [UInt8]?
    let key: WrappedKey
    let profile: [UInt8]
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let version: Int
    let keyMadeAt: Timestamp?
  }

  private struct Address {
    let hmac: [UInt8]
    let account: AccountID
    let domain: String
    let isVerified: Bool
    let isPrimary: Bool
  }

  private static func take(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.accounts AS account USING unnest(\(accounts)) AS wanted (id)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
      AND account.status IN ('active', 'blocked', 'restricted', 'deactivated')
    RETURNING account.account_id, account.status, account.external_id_hmac, account.key_version,
      account.wrapped_key, account.key_commitment, account.profile, account.created_at,
      account.updated_at, account.version, account.key_epoch, account.parent_version,
      account.key_made_at
    """
  }

  private static func takeDirectory(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.accounts AS account USING unnest(\(accounts)) AS wanted (id)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
    """
  }

  private static func takeAddresses(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.addresses AS address USING unnest(\(accounts)) AS wanted (id)
    WHERE address.tenant_id = \(access.tenant) AND address.account_id = wanted.id
    RETURNING address.address_hmac, address.account_id, address.domain, address.is_verified,
      address.is_primary
    """
  }

  private static func put(_ rows: [Moved], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.accounts (tenant_id, account_id, status, external_id_hmac, key_version,
      wrapped_key, key_commitment, key_epoch, parent_version, profile, created_at, updated_at,
      version, key_made_at)
    SELECT \(access.tenant), moved.*
    FROM unnest(\(rows.map(\.id)), \(rows.map(\.status)),
      \(rows.map { $0.externalID.map { Bytes($0) } }), \(rows.map(\.key.version)),
      \(rows.map { Bytes($0.key.wrapped) }), \(rows.map { Bytes($0.key.commitment) }),
      \(rows.map(\.key.epoch)), \(rows.map(\.key.parent)), \(rows.map { Bytes($0.profile) }),
      \(rows.map(\.createdAt)), \(rows.map(\.updatedAt)), \(rows.map(\.version)),
      \(rows.map(\.keyMadeAt))) AS moved
    """
  }

  private static func putDirectory(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    INSERT INTO tenure_global.accounts (account_id, tenant_id, status)
    SELECT account.account_id, \(access.tenant), account.status
    FROM unnest(\(accounts)) AS moved (id)
    JOIN tenure.accounts AS account
      ON account.tenant_id = \(access.tenant) AND account.account_id = moved.id
    """
  }

  private static func put(_ rows: [Address], _ access: Access) -> SQL {
    """
    INSERT INTO tenure_global.addresses
      (address_hmac, account_id, domain, is_verified, is_primary, tenant_id)
    SELECT moved.*, \(access.tenant)
    FROM unnest(\(rows.map { Bytes($0.hmac) }), \(rows.map(\.account)), \(rows.map(\.domain)),
      \(rows.map(\.isVerified)), \(rows.map(\.isPrimary))) AS moved
    """
  }
}
