import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Moves accounts from one custodian to another, with their rows, their keys and their addresses in
/// the directory.
///
/// When a tenant takes control, the person's own addresses stay with the platform; when control
/// ends, they go back into the profile. Each function leaves the transaction's context as it was.
struct AccountCustody: Sendable {
  let worker: Worker
  let from: Access
  let to: Access

  private var now: Timestamp { worker.clock.now }

  /// Moves those of `accounts` that `from` has custody of and that are not isolated or gone;
  /// returns their ids.
  ///
  /// Each key is wrapped anew under the new custodian's. Of what is sealed under it, only the
  /// profile changes, where it is divided or joined.
  func move(_ accounts: [AccountID], _ transaction: Transaction) async throws -> [AccountID] {
    let taken = try await transaction.within(from) {
      try await transaction.run(Self.take(accounts, from))
    }
    if taken.isEmpty { return [] }
    // A stored reply about the account must not be replayed to a tenant that no longer has it.
    if from.tenant != .platform {
      try await transaction.within(from) {
        _ = try await transaction.run(
          Idempotency.forget(taken.map { try $0.identifier(0, AccountID.self) }, from))
      }
    }
    var opened = try await open(taken)
    let moved = opened.map(\.row.id)
    if to.tenant == .platform {
      try await join(&opened, transaction)
    } else {
      try await divide(&opened, transaction)
    }
    let own = Set(try opened.flatMap { try hmacs($0.own) })
    let addresses = try await transaction.within(from) {
      try await transaction.run([
        Self.takeDirectory(moved, from), Self.takeAddresses(moved, from),
      ])[1].map(Self.address)
    }.map(try flags(of: opened))
    let rows = try opened.map { try seal($0) }
    if !own.isEmpty {
      // The addresses that stay belong to the platform in the directory, too: the controller cannot
      // look the account up by them.
      try await transaction.within(from) {
        _ = try await transaction.run(Self.put(addresses.filter { own.contains($0.hmac) }, from))
      }
    }
    try await transaction.within(to) {
      _ = try await transaction.run([
        Self.put(rows, to), Self.putDirectory(moved, to),
        Self.put(addresses.filter { !own.contains($0.hmac) }, to),
      ])
    }
    return moved
  }

  // MARK: The profile

  /// An account that is being moved, with its profile open.
  private struct Opened {
    var row: Moved
    let key: KeyMaterial
    var profile: AccountProfile
    /// The addresses that stay with the platform.
    var own: [AccountAddress] = []
    /// Whether the profile has changed, and must be sealed again.
    private(set) var isChanged = false

    /// Changes the profile.
    ///
    /// The new custodian has no external id for the account yet.
    mutating func change(to profile: AccountProfile) {
      row.externalID = nil
      isChanged = isChanged || profile != self.profile
      self.profile = profile
    }
  }

  private func open(_ taken: Rows) async throws -> [Opened] {
    let (fromKey, toKey) = (try await worker.tenantKey(from), try await worker.tenantKey(to))
    return try taken.map { row in
      let id = try row.identifier(0, AccountID.self)
      let old = WrappedKey(
        version: try row.int(3), epoch: try row.int(10), parent: try row.int(11),
        wrapped: try row.bytes(4), commitment: try row.bytes(5))
      let key = try worker.keyring.unwrapAccountKey(
        old, account: id.uuid, under: fromKey, sealer: worker.sealer)
      let moved = Moved(
        id: id, status: try row.string(1), externalID: try row.optionalBytes(2),
        key: try worker.keyring.wrapAccountKey(
          key, id.uuid, version: old.version, under: toKey, sealer: worker.sealer),
        profile: try row.bytes(6), createdAt: try row.time(7), updatedAt: try row.time(8),
        version: try row.int(9), keyMadeAt: try row.optionalTime(12))
      return Opened(
        row: moved, key: key,
        profile: try AccountProfile.stored(
          try worker.openProfile(moved.profile, of: id, key: key)))
    }
  }

  /// Leaves those addresses with the platform that are not at a domain of the new controller.
  private func divide(_ opened: inout [Opened], _ transaction: Transaction) async throws {
    let names = try await AccountEdit.holdings(
      opened.flatMap { $0.profile.addresses.map(\.email) }, of: to, transaction)
    var records: [(account: AccountID, record: PersonalRecord)] = []
    for index in opened.indices {
      let (theirs, own) = opened[index].profile.divided { names.isTheirs($0) }
      opened[index].change(to: theirs)
      if own.isEmpty { continue }
      opened[index].own = own.addresses
      records.append((opened[index].row.id, own))
    }
    try await PersonalRecords(worker: worker).keep(records, at: now, transaction)
  }

  /// Puts the addresses that the platform kept back into the profile; they are in the directory
  /// already.
  private func join(_ opened: inout [Opened], _ transaction: Transaction) async throws {
    let records = try await PersonalRecords(worker: worker).take(
      opened.map(\.row.id), custodian: from, transaction)
    for index in opened.indices {
      // An account without own addresses has no record.
      let own = records[opened[index].row.id] ?? PersonalRecord()
      opened[index].change(to: opened[index].profile.joined(with: own))
    }
  }

  private func seal(_ opened: Opened) throws -> Moved {
    var row = opened.row
    if opened.isChanged {
      row.profile = try worker.seal(
        profileJSON: opened.profile.json, as: row.id, key: opened.key, version: row.key.version)
    }
    return row
  }

  /// Sets the flags of addresses in the directory to those of the changed profiles.
  private func flags(of opened: [Opened]) throws -> (Address) -> Address {
    var primary: [[UInt8]: Bool] = [:]
    for account in opened where account.isChanged {
      let addresses = account.profile.addresses
      for (hmac, address) in zip(try hmacs(addresses), addresses) {
        primary[hmac] = address.isPrimary
      }
    }
    return { line in
      Address(
        hmac: line.hmac, account: line.account, names: line.names,
        isVerified: line.isVerified, isPrimary: primary[line.hmac] ?? line.isPrimary)
    }
  }

  private func hmacs(_ addresses: [AccountAddress]) throws -> [[UInt8]] {
    try addresses.map { try worker.blindIndex("address", $0.email.identity) }
  }

  // MARK: Rows

  private struct Moved {
    let id: AccountID
    let status: String
    var externalID: [UInt8]?
    let key: WrappedKey
    var profile: [UInt8]
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let version: Int
    let keyMadeAt: Timestamp?
  }

  private struct Address {
    let hmac: [UInt8]
    let account: AccountID
    /// Hashes of the name it lies on and of those above it, one after the other.
    let names: [UInt8]
    let isVerified: Bool
    let isPrimary: Bool
  }

  private static func address(_ row: Row) throws -> Address {
    Address(
      hmac: try row.bytes(0), account: try row.identifier(1, AccountID.self),
      names: try row.bytes(2), isVerified: try row.bool(3), isPrimary: try row.bool(4))
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
    RETURNING address.address_hmac, address.account_id, (
        SELECT string_agg(name.hmac, ''::bytea ORDER BY name.place)
        FROM unnest(address.name_hmacs) WITH ORDINALITY AS name (hmac, place)),
      address.is_verified, address.is_primary
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
      (address_hmac, account_id, name_hmacs, is_verified, is_primary, tenant_id)
    SELECT moved.hmac, moved.account_id, tenure.hashes(moved.names), moved.is_verified,
      moved.is_primary, \(access.tenant)
    FROM unnest(\(rows.map { Bytes($0.hmac) }), \(rows.map(\.account)),
      \(rows.map { Bytes($0.names) }), \(rows.map(\.isVerified)), \(rows.map(\.isPrimary)))
      AS moved (hmac, account_id, names, is_verified, is_primary)
    """
  }
}
