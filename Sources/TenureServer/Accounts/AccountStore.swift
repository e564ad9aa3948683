import Foundation
package import Postgres
package import Tenure
import TenureAPI
import TenureKernel
import Vault

/// SQL of `tenure.accounts` and of the addresses in the directory.
package enum AccountStore {
  private static let columns: StaticString = """
    account_id, status, key_version, wrapped_key, key_commitment, profile, created_at, updated_at,
    version, key_epoch, parent_version
    """

  /// A row of the table; its profile is still sealed.
  struct Stored: Sendable {
    let id: AccountID
    let status: AccountStatus
    let key: WrappedKey
    let profile: [UInt8]
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let version: Int

    /// The account with another key, and its profile sealed under it.
    func with(key: WrappedKey, profile: [UInt8]) -> Stored {
      Stored(
        id: id, status: status, key: key, profile: profile, createdAt: createdAt,
        updatedAt: updatedAt, version: version)
    }
  }

  /// Inserts accounts with one statement each for the rows, the custodian, and the addresses.
  package static func insert(_ accounts: [SealedAccount], at: Timestamp, _ access: Access) -> [SQL]
  {
    let external = accounts.map { $0.externalIDHMAC.map { Bytes($0) } }
    return [
      """
      INSERT INTO tenure.accounts (tenant_id, account_id, status, external_id_hmac, key_version,
        wrapped_key, key_commitment, key_epoch, parent_version, profile, created_at, updated_at,
        version)
      SELECT \(access.tenant), account.id, 'active', account.external_id, account.key_version,
        account.wrapped_key, account.key_commitment, account.key_epoch, account.parent,
        account.profile, \(at), \(at), 1
      FROM unnest(\(accounts.map(\.id)), \(external), \(accounts.map(\.key.version)),
        \(accounts.map { Bytes($0.key.wrapped) }), \(accounts.map { Bytes($0.key.commitment) }),
        \(accounts.map(\.key.epoch)), \(accounts.map(\.key.parent)),
        \(accounts.map { Bytes($0.profile) }))
        AS account (id, external_id, key_version, wrapped_key, key_commitment, key_epoch, parent,
          profile)
      """,
      """
      INSERT INTO tenure_global.accounts (account_id, tenant_id)
      SELECT id, \(access.tenant) FROM unnest(\(accounts.map(\.id))) AS id
      """,
    ] + insertAddresses(accounts, at: at, access)
  }

  static func insertAddresses(
    _ accounts: [SealedAccount], at: Timestamp, _ access: Access
  ) -> [SQL] {
    let rows = accounts.flatMap { account in account.addresses.map { (account.id, $0) } }
    return [
      AddressRestStore.recycle(rows.map { ($0.1.restingHMAC, $0.0) }, at: at),
      """
      INSERT INTO tenure_global.addresses
        (address_hmac, tenant_id, account_id, name_hmacs, is_verified, is_primary)
      SELECT address.hmac, \(access.tenant), address.account_id, tenure.hashes(address.names),
        address.is_verified, address.is_primary
      FROM unnest(\(rows.map { Bytes($0.1.hmac) }), \(rows.map(\.0)),
        \(rows.map { Bytes($0.1.names) }), \(rows.map(\.1.isVerified)),
        \(rows.map(\.1.isPrimary)))
        AS address (hmac, account_id, names, is_verified, is_primary)
      """,
    ]
  }

  /// One account.
  ///
  /// The last column says whether control of it is suspended.
  static func find(_ id: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns), \(text: suspended(access)) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND account_id = \(id)
    """
  }

  /// Those of the accounts that the tenant has custody of, whatever their status; not locked.
  static func findAll(_ ids: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND account_id = ANY (\(ids))
    """
  }

  /// Whether control of an account is suspended, because the proof of its domain has lapsed.
  ///
  /// Accounts of the platform are under nobody's control.
  private static func suspended(_ access: Access) -> StaticString {
    if access.tenant == .platform { return "false" }
    return """
      EXISTS (SELECT FROM tenure.controls AS control
        WHERE control.tenant_id = accounts.tenant_id AND control.account_id = accounts.account_id
          AND control.suspended_at IS NOT NULL)
      """
  }

  /// Reads the last column of `find`.
  static func isSuspended(_ row: Row) throws -> Bool { try row.bool(11) }

  /// The account that has an address, if it is in this tenant's custody.
  static func find(addressHMAC: [UInt8], _ access: Access) -> SQL {
    """
    SELECT \(text: columns), \(text: suspended(access)) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND account_id = (
      SELECT account_id FROM tenure_global.addresses
      WHERE address_hmac = \(Bytes(addressHMAC)) AND tenant_id = \(access.tenant))
    """
  }

  /// The account with an external id, which the tenant or the operator chose.
  static func find(externalIDHMAC: [UInt8], _ access: Access) -> SQL {
    """
    SELECT \(text: columns), \(text: suspended(access)) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND external_id_hmac = \(Bytes(externalIDHMAC))
    """
  }

  /// Saves a changed profile; returns no row where the version has moved on.
  static func update(
    _ account: SealedAccount, from version: Int, at: Timestamp, _ access: Access
  ) -> [SQL] {
    [
      """
      UPDATE tenure.accounts
      SET external_id_hmac = \(nullable: account.externalIDHMAC.map { Bytes($0) }),
        profile = \(Bytes(account.profile)), updated_at = \(at), version = version + 1
      WHERE tenant_id = \(access.tenant) AND account_id = \(account.id) AND version = \(version)
      RETURNING \(text: columns)
      """
    ] + replaceAddresses([account], at: at, access)
  }

  /// Saves changed profiles of many accounts, whose rows must be locked.
  static func update(_ accounts: [SealedAccount], at: Timestamp, _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure.accounts AS account
      SET profile = new.profile, external_id_hmac = new.external_id, updated_at = \(at),
        version = version + 1
      FROM unnest(\(accounts.map(\.id)), \(accounts.map { Bytes($0.profile) }),
        \(accounts.map { $0.externalIDHMAC.map { Bytes($0) } }))
        AS new (account_id, profile, external_id)
      WHERE account.tenant_id = \(access.tenant) AND account.account_id = new.account_id
      """
    ] + replaceAddresses(accounts, at: at, access)
  }

  private static func replaceAddresses(
    _ accounts: [SealedAccount], at: Timestamp, _ access: Access
  ) -> [SQL] {
    let left = accounts.flatMap { account in
      account.left.map { AddressRestStore.Left(hmac: $0, former: account.id) }
    }
    return [deleteAddresses(accounts.map(\.id), access)]
      + (left.isEmpty ? [] : [AddressRestStore.rest(left, at: at)])
      + insertAddresses(accounts, at: at, access)
  }

  static func deleteAddresses(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.addresses AS address USING unnest(\(accounts)) AS changed (id)
    WHERE address.tenant_id = \(access.tenant) AND address.account_id = changed.id
    """
  }

  /// The tenant that holds each of these domains, by longest match among all tenants', with its
  /// rights.
  ///
  /// There is a row for each; tenant and rights are NULL where nobody holds it.
  static func holders(of domains: [String]) -> SQL {
    """
    SELECT wanted.domain, held.tenant_id, held.rights
    FROM unnest(\(domains)) AS wanted (domain)
    LEFT JOIN LATERAL tenure_global.domain_holder(wanted.domain) AS held ON true
    """
  }

  // MARK: Disposal

  /// Destroys the keys of accounts, and so what was sealed under them.
  static func destroyKeys(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.accounts AS account
    SET status = 'erased', wrapped_key = NULL, key_commitment = NULL, profile = '',
      external_id_hmac = NULL, updated_at = \(at), version = version + 1
    FROM unnest(\(accounts)) AS gone (id)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = gone.id
    """
  }

  /// Replaces profiles and keys, after the people's own were destroyed.
  static func replaceProfiles(
    _ accounts: [SealedAccount], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.accounts AS account
    SET status = 'anonymised', key_version = new.key_version, wrapped_key = new.wrapped_key,
      key_commitment = new.key_commitment, key_epoch = new.key_epoch,
      parent_version = new.parent, key_made_at = \(at), profile = new.profile,
      external_id_hmac = NULL, updated_at = \(at), version = version + 1
    FROM unnest(\(accounts.map(\.id)), \(accounts.map(\.key.version)),
      \(accounts.map { Bytes($0.key.wrapped) }), \(accounts.map { Bytes($0.key.commitment) }),
      \(accounts.map(\.key.epoch)), \(accounts.map(\.key.parent)),
      \(accounts.map { Bytes($0.profile) }))
      AS new (id, key_version, wrapped_key, key_commitment, key_epoch, parent, profile)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = new.id
    """
  }

  /// Some accounts whose key is older than a time, locked.
  static func withKeys(before: Timestamp, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND wrapped_key IS NOT NULL
      AND coalesce(key_made_at, created_at) <= \(before)
    ORDER BY account_id
    LIMIT \(limit)
    FOR UPDATE SKIP LOCKED
    """
  }

  /// Replaces the keys of accounts.
  ///
  /// It also counts the version up, so that nobody who has read the account before can save
  /// something sealed under the old key.
  static func saveKeys(_ accounts: [Stored], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.accounts AS account
    SET key_version = new.key_version, wrapped_key = new.wrapped_key,
      key_commitment = new.key_commitment, key_epoch = new.key_epoch,
      parent_version = new.parent, key_made_at = \(at), profile = new.profile,
      version = account.version + 1
    FROM unnest(\(accounts.map(\.id)), \(accounts.map(\.key.version)),
      \(accounts.map { Bytes($0.key.wrapped) }), \(accounts.map { Bytes($0.key.commitment) }),
      \(accounts.map(\.key.epoch)), \(accounts.map(\.key.parent)),
      \(accounts.map { Bytes($0.profile) }))
      AS new (id, key_version, wrapped_key, key_commitment, key_epoch, parent, profile)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = new.id
    """
  }

  /// Locks accounts in the order of their ids; the last column is that of `find`.
  static func lock(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns), \(text: suspended(access)) FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.accounts
      ON tenant_id = \(access.tenant) AND account_id = wanted.id
    ORDER BY account_id
    FOR UPDATE OF accounts
    """
  }

  /// Those of the accounts that are isolated.
  static func isolated(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT account_id FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.accounts ON tenant_id = \(access.tenant) AND account_id = wanted.id
    WHERE status = 'isolated'
    """
  }

  /// Sets the status of those accounts that have one of the statuses `from`; returns which.
  static func setStatus(
    _ accounts: [AccountID], _ status: AccountStatus, from: Set<AccountStatus>, at: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.accounts AS account
    SET status = \(status.rawValue), updated_at = \(at), version = version + 1
    FROM unnest(\(accounts)) AS wanted (id)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
      AND account.status = ANY (\(from.map(\.rawValue).sorted()))
    RETURNING account.account_id
    """
  }

  /// The versions of accounts, as the transaction has made them.
  static func versions(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT account.account_id, account.version FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.accounts AS account
      ON account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, withDeleted: Bool = false,
    filter: SQL?
  ) async throws -> [Stored] {
    var statement: SQL = """
      SELECT \(text: columns) FROM tenure.accounts
      WHERE tenant_id = \(access.tenant) AND account_id > \(after ?? .zero)
        AND status NOT IN ('isolated', 'erased')
      """
    if !withDeleted { statement.append(" AND status <> 'deleted'") }
    if access.tenant != .platform { statement.append(" AND NOT \(text: suspended(access))") }
    if let filter {
      statement.append(" AND ")
      statement.append(filter)
    }
    statement.append(" ORDER BY account_id LIMIT \(limit)")
    return try await database.read(access, statement).map(stored)
  }

  /// For imports: which of these external ids and addresses belong to an account already, and
  /// which.
  ///
  /// Each is looked up by itself, because with row-level security `= ANY` reads the whole table.
  static func matches(
    externalIDs: [[UInt8]], addresses: [[UInt8]], _ access: Access
  ) -> [SQL] {
    [
      """
      SELECT wanted.hmac, held.account_id
      FROM unnest(\(externalIDs.map { Bytes($0) })) AS wanted (hmac)
      CROSS JOIN LATERAL (
        SELECT account_id FROM tenure.accounts
        WHERE tenant_id = \(access.tenant) AND external_id_hmac = wanted.hmac
        LIMIT 1) AS held
      """,
      """
      SELECT wanted.hmac, held.account_id
      FROM unnest(\(addresses.map { Bytes($0) })) AS wanted (hmac)
      CROSS JOIN LATERAL (
        SELECT account_id FROM tenure_global.addresses
        WHERE tenant_id = \(access.tenant) AND address_hmac = wanted.hmac
        LIMIT 1) AS held
      """,
    ]
  }

  /// Locks accounts so that their keys stay until the transaction ends, while something is sealed
  /// under them.
  static func share(_ ids: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.accounts
      ON tenant_id = \(access.tenant) AND account_id = wanted.id
    ORDER BY account_id
    FOR SHARE OF accounts
    """
  }

  /// Those of the accounts that the tenant has custody of; each is looked up by itself.
  static func find(_ ids: [AccountID], _ access: Access) -> SQL {
    """
    SELECT held.* FROM unnest(\(ids)) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT \(text: columns) FROM tenure.accounts
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id
      LIMIT 1) AS held
    """
  }

  /// The custodian of an account, among all tenants; nil where there is no such account.
  static func custodian(_ id: AccountID, _ database: Database) async throws -> TenantID? {
    let rows = try await database.run(["SELECT tenure_global.custodian(\(id))"])
    return try rows[0].first?.optionalUUID(0).map { TenantID(uuid: $0) }
  }

  /// The custodian of each of these accounts; accounts that do not exist are left out.
  static func custodians(
    _ ids: [AccountID], _ database: Database
  ) async throws -> [AccountID: TenantID] {
    try custodians(try await database.run([custodians(ids)])[0])
  }

  static func custodians(_ ids: [AccountID]) -> SQL {
    "SELECT id, tenure_global.custodian(id) FROM unnest(\(ids)) AS id"
  }

  /// The custodian of each account, from rows of `custodians(_:)`.
  static func custodians(_ rows: Rows) throws -> [AccountID: TenantID] {
    let pairs = try rows.map { row in
      (try row.identifier(0, AccountID.self), try row.optionalUUID(1).map { TenantID(uuid: $0) })
    }
    return Dictionary(pairs) { first, _ in first }.compactMapValues { $0 }
  }

  /// The account that has each address, whoever its custodian: a row with the address's position,
  /// from 1, and the account.
  static func having(addresses hmacs: [[UInt8]]) -> SQL {
    """
    SELECT place, account_id
    FROM tenure_global.accounts_of_addresses(\(hmacs.map { Bytes($0) }))
    """
  }

  /// The status of each account, read with the context of its custodian; accounts that are gone,
  /// and so have none, are left out.
  static func statuses(
    _ custodians: [AccountID: TenantID], _ database: Database
  ) async throws -> [AccountID: AccountStatus] {
    let caller = SystemCaller(job: "processing")
    let places = Dictionary(grouping: custodians.keys) { custodians[$0] ?? .platform }
    if places.isEmpty { return [:] }
    let rows = try await database.run(
      places.flatMap { tenant, accounts -> [SQL] in
        let access = caller.access(to: tenant)
        return [
          access.context,
          """
          SELECT account.account_id, account.status FROM unnest(\(accounts)) AS wanted (id)
          JOIN tenure.accounts AS account
            ON account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
          """,
        ]
      })
    var statuses: [AccountID: AccountStatus] = [:]
    for index in stride(from: 1, to: rows.count, by: 2) {
      for (account, status) in try rows[index].map({
        (try $0.identifier(0, AccountID.self), try $0.choice(1, AccountStatus.self))
      }) { statuses[account] = status }
    }
    return statuses
  }

  static func stored(_ row: Row) throws -> Stored {
    Stored(
      id: try row.identifier(0, AccountID.self),
      status: try row.choice(1),
      key: try key(row),
      profile: try row.bytes(5), createdAt: try row.time(6), updatedAt: try row.time(7),
      version: try row.int(8))
  }

  /// The wrapped key; after its destruction it is empty, and opens nothing.
  private static func key(_ row: Row) throws -> WrappedKey {
    WrappedKey(
      version: try row.int(2), epoch: try row.int(9), parent: try row.int(10),
      wrapped: try row.optionalBytes(3) ?? [],
      commitment: try row.optionalBytes(4) ?? [])
  }

  /// The problem that a violated constraint means to the caller; nil for constraints that only a
  /// fault can violate.
  static func problem(_ error: PostgresError) -> Problem? {
    switch error.constraint {
    case "addresses_belong_to_one_account": Problem(.addressTaken)
    case "addresses_rest_before_reuse": Problem(.addressResting)
    // It must not show that a secret hold is the reason.
    case "held_data_stays": Problem(.accountStateConflict, "the account cannot be moved now")
    case "accounts_one_external_id": Problem(.externalIDTaken)
    default: nil
    }
  }
}
