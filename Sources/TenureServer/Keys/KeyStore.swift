import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.keys` and of the directory of keys.
package enum KeyStore {
  /// The channel by which event loops hear which cached keys to forget.
  package static let channel = "tenure_keys"

  private static let columns: StaticString = """
    key_id, tenant_id, reference, name, role, scopes, created_at, created_by, expires_at,
    revoked_at, successor_id, version, holder_id, collected_at, made_by
    """

  /// The key with this reference, for the authenticator: first its tenant, then its row in that
  /// tenant.
  static func record(_ reference: String, _ database: Database) async throws -> KeyRecord? {
    let route = try await database.run(["SELECT tenure_global.key_tenant(\(reference))"])
    guard let tenant = try route[0].first?.optionalUUID(0) else { return nil }
    let access = SystemCaller(job: "authenticator").access(to: TenantID(uuid: tenant))
    let rows = try await database.find(
      access,
      """
      SELECT k.key_id, k.digest, k.role, k.scopes, k.account_id, k.expires_at, k.revoked_at, t.state,
        k.assurance, k.signed_in_at, k.has_second_factor, k.holder_id, k.collected_at, m.role
      FROM tenure.keys k JOIN tenure.tenants t ON t.tenant_id = k.tenant_id
      LEFT JOIN tenure.memberships m
        ON m.tenant_id = k.tenant_id AND m.account_id = k.holder_id
      WHERE k.tenant_id = \(access.tenant) AND k.reference = \(reference)
      """)
    guard let row = rows.first else { return nil }
    return try await record(row, tenant: access.tenant, database)
  }

  private static func record(
    _ row: Row, tenant: TenantID, _ database: Database
  ) async throws -> KeyRecord {
    let id = try row.identifier(0, KeyID.self)
    let account = try row.optionalUUID(4).map { AccountID(uuid: $0) }
    let holder = try row.optionalUUID(11).map { AccountID(uuid: $0) }
    // A person's token has no role: it gives access to the person's own account only.
    let role: Role = account == nil ? try row.choice(2) : .auditor
    var permissions = account == nil ? role.permissions(scopes: try scopes(row, 3)) : []
    var standing = KeyRecord.Standing.own
    if let holder {
      let theirs = try row.optionalChoice(13, MembershipRole.self)?.role
      permissions.formIntersection(theirs?.permissions(in: tenant) ?? [])
      let maySignIn = try await maySignIn(holder, database)
      standing =
        try row.optionalTime(12) == nil ? .offered : theirs != nil && maySignIn ? .own : .gone
    }
    let expiresAt = try row.time(5)
    let plane: Caller.Plane =
      account.map { .person($0) } ?? (role == .platformOperator ? .platform : .tenant)
    return KeyRecord(
      id: id, tenant: tenant, digest: try row.bytes(1),
      caller: Caller(
        plane: plane, key: id, assurance: try assurance(row), home: tenant, role: role,
        permissions: permissions, expiresAt: expiresAt, holder: holder),
      expiresAt: expiresAt, revokedAt: try row.optionalTime(6),
      isTenantSuspended: try row.choice(7, Tenant.State.self) == .suspended, standing: standing)
  }

  /// Whether the holder of a key may sign in, whoever has custody of their account.
  private static func maySignIn(_ holder: AccountID, _ database: Database) async throws -> Bool {
    guard let custodian = try await AccountStore.custodian(holder, database) else { return false }
    let access = SystemCaller(job: "authenticator").access(to: custodian)
    let rows = try await database.find(access, AccountStore.find(holder, access))
    return try rows.first.map(AccountStore.stored)?.status.allowsSignIn ?? false
  }

  private static func scopes(_ row: Row, _ index: Int) throws -> [Permission]? {
    let scopes = try row.strings(index).map { text in
      guard let scope = Permission(rawValue: text) else {
        throw PostgresError(kind: .decoding, message: "keys.scopes")
      }
      return scope
    }
    return scopes.isEmpty ? nil : scopes
  }

  /// How the holder of a person's token has obtained it.
  private static func assurance(_ row: Row) throws -> Assurance {
    switch try row.optionalString(8) {
    case nil, "mailbox": return .mailbox
    case "session":
      return .session(
        signedInAt: try row.optionalTime(9), hasSecondFactor: try row.bool(10))
    default: throw PostgresError(kind: .decoding, message: "a token of an unknown assurance")
    }
  }

  static func insert(
    _ key: Key, role: String, digest: [UInt8], account: AccountID? = nil,
    assurance: Assurance? = nil, _ access: Access
  ) -> [SQL] {
    let (name, signedInAt, hasSecondFactor): (String?, Timestamp?, Bool) =
      switch assurance {
      case nil: (nil, nil, false)
      case .mailbox: ("mailbox", nil, false)
      case .session(let signedInAt, let hasSecondFactor): ("session", signedInAt, hasSecondFactor)
      }
    return [
      """
      INSERT INTO tenure.keys
        (tenant_id, key_id, reference, digest, name, role, scopes, account_id, created_at,
         created_by, expires_at, version, assurance, signed_in_at, has_second_factor, holder_id,
         collected_at, made_by)
      VALUES (\(access.tenant), \(key.id), \(key.reference), \(Bytes(digest)), \(key.name),
        \(role), \(nullable: key.scopes?.map(\.rawValue)), \(nullable: account),
        \(key.createdAt), \(key.createdBy), \(key.expiresAt), 1, \(nullable: name),
        \(nullable: signedInAt), \(hasSecondFactor),
        \(nullable: key.holder), \(nullable: key.collectedAt), \(nullable: key.maker))
      """,
      """
      INSERT INTO tenure_global.keys (reference, tenant_id)
      VALUES (\(key.reference), \(access.tenant))
      """,
    ]
  }

  static func find(_ id: KeyID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.keys
    WHERE tenant_id = \(access.tenant) AND key_id = \(id) AND role <> 'person'
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Key] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND key_id > \(after ?? .zero) AND role <> 'person'
      ORDER BY key_id
      LIMIT \(limit)
      """
    ).map(key)
  }

  /// The predecessors of a key, with each one's own predecessor.
  static func predecessors(of id: KeyID, _ access: Access) -> SQL {
    """
    WITH RECURSIVE earlier (key_id) AS (
      SELECT key_id FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND successor_id = \(id)
      UNION
      SELECT old.key_id FROM earlier
      JOIN tenure.keys AS old
        ON old.tenant_id = \(access.tenant) AND old.successor_id = earlier.key_id)
    SELECT key_id FROM earlier
    """
  }

  /// When the maker of a key expires, or the last of the maker's successors.
  ///
  /// NULL where no key of the tenant made it. A successor has the maker of its predecessor. A key
  /// that was revoked expired then.
  static func endOfMaker(of id: KeyID, _ access: Access) -> SQL {
    """
    WITH RECURSIVE earlier (key_id, made_by) AS (
      SELECT key_id, made_by FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND key_id = \(id)
      UNION
      SELECT old.key_id, old.made_by FROM earlier
      JOIN tenure.keys AS old
        ON old.tenant_id = \(access.tenant) AND old.successor_id = earlier.key_id),
    later (key_id, successor_id, ends_at) AS (
      SELECT key_id, successor_id, least(expires_at, revoked_at) FROM tenure.keys
      WHERE tenant_id = \(access.tenant)
        AND key_id IN (SELECT made_by FROM earlier)
        AND key_id NOT IN (SELECT key_id FROM earlier)
      UNION
      SELECT new.key_id, new.successor_id, least(new.expires_at, new.revoked_at) FROM later
      JOIN tenure.keys AS new
        ON new.tenant_id = \(access.tenant) AND new.key_id = later.successor_id)
    SELECT max(ends_at) FROM later
    """
  }

  /// Gives an offered key to its holder, with a new secret; no row where it was collected, has
  /// expired, or was offered too long ago.
  static func collect(
    _ id: KeyID, by holder: AccountID, digest: [UInt8], at: Timestamp, offeredAfter: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.keys
    SET digest = \(Bytes(digest)), collected_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND key_id = \(id) AND holder_id = \(holder)
      AND collected_at IS NULL AND revoked_at IS NULL AND expires_at > \(at)
      AND created_at > \(offeredAfter)
    RETURNING \(text: columns)
    """
  }

  /// Tells every process to forget one key.
  static func notify(_ reference: String) -> SQL { "SELECT pg_notify(\(channel), \(reference))" }

  /// How many people of a tenant can approve, or could within the last `graceSeconds`: removing the
  /// second person must not make the next step easier at once.
  static func personsWhoApprove(graceSeconds: Int, _ access: Access) -> SQL {
    let roles = Role.allCases.filter { $0.permissions.contains(.approvalsWrite) }.map(\.rawValue)
    return """
      SELECT count(DISTINCT holder_id) FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND holder_id IS NOT NULL AND collected_at IS NOT NULL
        AND role = ANY (\(roles))
        AND (scopes IS NULL OR \(Permission.approvalsWrite.rawValue) = ANY (scopes))
        AND least(revoked_at, expires_at) > tenure.now() - make_interval(secs => \(graceSeconds))
      """
  }

  /// Locks the tenant's keys that are live and have all of an owner's permissions, so that two
  /// revocations at once cannot each rely on the other key.
  static func lockOwners(at: Timestamp, _ access: Access) -> SQL {
    """
    SELECT key_id FROM tenure.keys
    WHERE tenant_id = \(access.tenant) AND role = \(ownerRole(access))
      AND revoked_at IS NULL AND expires_at > \(at) AND scopes IS NULL
      AND (holder_id IS NULL OR collected_at IS NOT NULL)
    ORDER BY key_id
    FOR UPDATE
    """
  }

  private static func ownerRole(_ access: Access) -> String {
    access.tenant == .platform ? Role.platformOperator.rawValue : Role.owner.rawValue
  }

  /// Revokes a key, and tells every process to forget it.
  static func revoke(_ id: KeyID, at: Timestamp, _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure.keys SET revoked_at = \(at), version = version + 1
      WHERE tenant_id = \(access.tenant) AND key_id = \(id) AND revoked_at IS NULL
      """,
      """
      SELECT pg_notify(\(channel), reference) FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND key_id = \(id)
      """,
    ]
  }

  /// Revokes the tokens of people; run `notifyAll` with it, so that every process forgets them.
  static func revokePersons(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.keys AS key SET revoked_at = \(at), version = version + 1
    FROM unnest(\(accounts)) AS gone (id)
    WHERE key.tenant_id = \(access.tenant) AND key.account_id = gone.id
      AND key.revoked_at IS NULL
    """
  }

  static func setSuccessor(_ id: KeyID, _ successor: KeyID, _ access: Access) -> SQL {
    """
    UPDATE tenure.keys SET successor_id = \(successor), version = version + 1
    WHERE tenant_id = \(access.tenant) AND key_id = \(id)
    """
  }

  /// Tells every process to forget all keys.
  static func notifyAll() -> SQL { "SELECT pg_notify(\(channel), '')" }

  static func key(_ row: Row) throws -> Key {
    Key(
      id: try row.identifier(0, KeyID.self), tenant: try row.identifier(1, TenantID.self),
      reference: try row.string(2), name: try row.string(3), role: try row.choice(4),
      scopes: try scopes(row, 5), createdAt: try row.time(6),
      createdBy: try row.string(7), expiresAt: try row.time(8),
      revokedAt: try row.optionalTime(9),
      successor: try row.optionalUUID(10).map { KeyID(uuid: $0) },
      holder: try row.optionalUUID(12).map { AccountID(uuid: $0) },
      collectedAt: try row.optionalTime(13),
      maker: try row.optionalUUID(14).map { KeyID(uuid: $0) }, version: try row.int(11))
  }
}
