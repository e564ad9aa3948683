import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.keys` and its line in the directory.
enum KeyStore {
  /// The channel on which loops hear which keys to forget.
  static let channel = "tenure_keys"

  private static let columns: StaticString = """
    key_id, tenant_id, reference, name, role, scopes, created_at, created_by, expires_at,
    revoked_at, successor_id, version
    """

  /// The key a reference names, for the authenticator: first whose it is, then what it is.
  static func record(_ reference: String, _ database: Database) async throws -> KeyRecord? {
    let route = try await database.run(["SELECT tenure_global.key_tenant(\(reference))"])
    guard let tenant = try route[0].first?.optionalUUID(0) else { return nil }
    let access = SystemCaller(job: "authenticator").access(to: TenantID(uuid: tenant))
    let rows = try await database.find(
      access,
      """
      SELECT k.key_id, k.digest, k.role, k.scopes, k.account_id, k.expires_at, k.revoked_at, t.state,
        k.assurance, k.signed_in_at, k.has_second_factor
      FROM tenure.keys k JOIN tenure.tenants t ON t.tenant_id = k.tenant_id
      WHERE k.tenant_id = \(access.tenant) AND k.reference = \(reference)
      """)
    return try rows.first.map { try record($0, tenant: access.tenant) }
  }

  private static func record(_ row: Row, tenant: TenantID) throws -> KeyRecord {
    let id = try row.identifier(0, KeyID.self)
    let account = try row.optionalUUID(4).map { AccountID(uuid: $0) }
    let role = Role(rawValue: try row.string(2))
    var permissions = role?.permissions ?? []
    let scopes = try row.strings(3).compactMap(Permission.init(rawValue:))
    if !scopes.isEmpty { permissions.formIntersection(PermissionSet(scopes)) }
    let plane: Caller.Plane =
      account.map { .person($0) } ?? (role == .platformOperator ? .platform : .tenant)
    return KeyRecord(
      id: id, tenant: tenant, digest: try row.bytes(1),
      caller: Caller(
        plane: plane, key: id, assurance: try assurance(row), home: tenant, role: role ?? .auditor,
        permissions: permissions),
      expiresAt: try row.time(5), revokedAt: try row.optionalTime(6),
      isTenantSuspended: try row.string(7) == "suspended")
  }

  /// How the holder of a person's token came to it: from the end of a row of `record`.
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
    _ key: KeyView, role: String, digest: [UInt8], account: AccountID? = nil,
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
         created_by, expires_at, version, assurance, signed_in_at, has_second_factor)
      VALUES (\(access.tenant), \(key.id), \(key.reference), \(Bytes(digest)), \(key.name),
        \(role), \(nullable: key.scopes), \(nullable: account), \(key.createdAt), \(key.createdBy),
        \(key.expiresAt), 1, \(nullable: name), \(nullable: signedInAt), \(hasSecondFactor))
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

  /// The tenant's keys, whatever became of them, the oldest first.
  static func all(limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.keys
    WHERE tenant_id = \(access.tenant) AND role <> 'person'
    ORDER BY key_id
    LIMIT \(limit)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [KeyView] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND key_id > \(after ?? .zero) AND role <> 'person'
      ORDER BY key_id
      LIMIT \(limit)
      """
    ).map(view)
  }

  /// Locks the tenant's live owner keys: two revocations at once cannot each believe the other key
  /// stays.
  static func lockOwners(at: Timestamp, _ access: Access) -> SQL {
    """
    SELECT key_id FROM tenure.keys
    WHERE tenant_id = \(access.tenant) AND role = \(ownerRole(access))
      AND revoked_at IS NULL AND expires_at > \(at)
    ORDER BY key_id
    FOR UPDATE
    """
  }

  private static func ownerRole(_ access: Access) -> String {
    access.tenant == .platform ? Role.platformOperator.rawValue : Role.owner.rawValue
  }

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

  /// Revokes the tokens of people; `notifyAll` has every process forget them.
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

  /// Has every process forget every key.
  static func notifyAll() -> SQL { "SELECT pg_notify(\(channel), '')" }

  static func view(_ row: Row) throws -> KeyView {
    let scopes = try row.strings(5)
    return KeyView(
      id: try row.identifier(0, KeyID.self), tenant: try row.identifier(1, TenantID.self),
      reference: try row.string(2), name: try row.string(3),
      role: Role(rawValue: try row.string(4)) ?? .auditor,
      scopes: scopes.isEmpty ? nil : scopes, createdAt: try row.time(6),
      createdBy: try row.string(7), expiresAt: try row.time(8),
      revokedAt: try row.optionalTime(9),
      successor: try row.optionalUUID(10).map { KeyID(uuid: $0) })
  }
}
