import Postgres
import Tenure
import TenureAPI
import Vault

/// Keys: made, rotated and revoked within what their maker may do.
enum KeyRoutes {
  static let lifetimeSecondsDefault: Int64 = 90 * 86_400
  static let lifetimeSecondsMax: Int64 = 365 * 86_400

  @Sendable
  static func createKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(KeyBody.self)
    try check(body, access)
    let expiresAt = body.expiresAt ?? call.now.adding(seconds: lifetimeSecondsDefault)
    guard expiresAt > call.now, expiresAt.seconds(since: call.now) <= lifetimeSecondsMax else {
      throw Problem.invalid("/expires_at", "a time within the next 365 days is expected")
    }
    let (key, digest) = try make(
      call, access, name: body.name, role: body.role, scopes: body.scopes?.map(\.rawValue),
      expiresAt: expiresAt)
    return try await call.change(access) { change in
      try await change.transaction.run(
        KeyStore.insert(key, role: key.role.rawValue, digest: digest, access))
      change.record("key.created", key.id)
      return Reply(status: 201, key, version: 1, location: "/v1/keys/\(key.id)")
    }
  }

  /// Nobody gives a role above their own, nor a scope they lack.
  private static func check(_ body: KeyBody, _ access: Access) throws(Problem) {
    let isOperatorRole = body.role == .platformOperator
    guard isOperatorRole == (access.tenant == .platform) else {
      throw Problem.invalid(
        "/role",
        isOperatorRole
          ? "the role 'operator' exists on the platform only"
          : "choose a tenant with the header Tenure-Tenant to give it a key")
    }
    guard access.caller.role.mayGrant(body.role) else {
      throw Problem(.forbidden, "your role may not give the role '\(body.role.rawValue)'")
    }
    for scope in body.scopes ?? [] where !body.role.permissions.contains(scope) {
      throw Problem.invalid(
        "/scopes", "the role '\(body.role.rawValue)' does not have '\(scope.rawValue)'")
    }
    let wanted = body.scopes.map { PermissionSet($0) } ?? body.role.permissions
    if access.caller.plane == .tenant, access.caller.role == body.role,
      !access.caller.permissions.isSuperset(of: wanted)
    {
      throw Problem(.forbidden, "a key cannot give a scope that it lacks itself")
    }
  }

  private static func make(
    _ call: Call, _ access: Access, name: String, role: Role, scopes: [String]?,
    expiresAt: Timestamp
  ) throws -> (KeyView, digest: [UInt8]) {
    let token = KeyToken(kind: .key)
    let key = KeyView(
      id: KeyID(at: call.now), tenant: access.tenant, reference: token.reference, name: name,
      role: role, scopes: scopes, createdAt: call.now, createdBy: access.caller.actor,
      expiresAt: expiresAt, revokedAt: nil, successor: nil, token: token.text)
    return (key, try call.worker.sealer.digests.sha256(token.secret))
  }

  @Sendable
  static func listKeys(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \KeyView.id.uuid) { after, limit in
      try await KeyStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  static func getKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    let rows = try await call.worker.database.find(access, KeyStore.find(id, access))
    guard let row = rows.first else { throw Problem(.notFound) }
    return Reply(try KeyStore.view(row), version: try row.int(11))
  }

  /// Makes a second key beside a live one, with the same role, scopes and length of life.
  ///
  /// Both live until the old one is revoked or expires.
  @Sendable
  static func rotateKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    return try await call.change(access) { change in
      guard let row = try await change.transaction.run(KeyStore.find(id, access)).first else {
        throw Problem(.notFound)
      }
      let old = try KeyStore.view(row)
      guard access.caller.role.mayGrant(old.role) else { throw Problem(.forbidden) }
      guard old.revokedAt == nil, old.expiresAt > call.now else { throw Problem(.keyNotLive) }
      if old.successor != nil { throw Problem(.keyAlreadyRotated) }
      let lifetime = old.expiresAt.seconds(since: old.createdAt)
      let (key, digest) = try make(
        call, access, name: old.name, role: old.role, scopes: old.scopes,
        expiresAt: call.now.adding(seconds: lifetime))
      try await change.transaction.run(
        KeyStore.insert(key, role: key.role.rawValue, digest: digest, access)
          + [KeyStore.setSuccessor(old.id, key.id, access)])
      change.record("key.rotated", old.id)
      change.record("key.created", key.id)
      return Reply(status: 201, key, version: 1, location: "/v1/keys/\(key.id)")
    }
  }

  /// Revokes a key.
  ///
  /// Repeating it changes nothing. The last owner's key stays.
  @Sendable
  static func revokeKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    return try await call.change(access) { change in
      let owners = try await change.transaction.run(
        KeyStore.lockOwners(at: call.now, access)
      ).map { try $0.identifier(0, KeyID.self) }
      guard let row = try await change.transaction.run(KeyStore.find(id, access)).first else {
        throw Problem(.notFound)
      }
      let key = try KeyStore.view(row)
      guard access.caller.role.mayGrant(key.role) else { throw Problem(.forbidden) }
      if key.revokedAt != nil { return .noContent }
      if owners == [id] { throw Problem(.lastOwner) }
      try await change.transaction.run(KeyStore.revoke(id, at: call.now, access))
      change.record("key.revoked", id)
      return .noContent
    }
  }

  /// Revokes a key by the token itself: for whoever finds one where it should not be.
  ///
  /// The answer is the same whether the token was real or not.
  @Sendable
  static func revokeLeakedKey(_ call: Call) async throws -> Reply {
    let body = try call.body(LeakedKeyBody.self)
    let worker = call.worker
    guard let token = KeyToken(parsing: Array(body.token.utf8)),
      let record = try await KeyStore.record(token.reference, worker.database),
      constantTimeEqual(try worker.sealer.digests.sha256(token.secret), record.digest),
      record.revokedAt == nil
    else { return .noContent }
    let access = SystemCaller(job: "leaked_key").access(to: record.tenant)
    return try await call.change(access) { change in
      try await change.transaction.run(KeyStore.revoke(record.id, at: call.now, access))
      change.record("key.revoked_as_leaked", record.id)
      return .noContent
    }
  }

  @Sendable
  static func whoAmI(_ call: Call) async throws -> Reply {
    guard let caller = call.caller else { throw Problem(.unauthenticated) }
    return Reply(WhoAmIView(caller: caller))
  }

  @Sendable
  static func listRoles(_ call: Call) async throws -> Reply {
    Reply(RoleList())
  }
}
