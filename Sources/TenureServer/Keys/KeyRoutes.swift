import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of keys: they are made, rotated and revoked, within the permissions of the caller.
package enum KeyRoutes {
  static let lifetimeSecondsDefault: Int64 = 90 * 86_400
  static let lifetimeSecondsMax: Int64 = 365 * 86_400

  @Sendable
  package static func createKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(KeyBody.self)
    try check(body, access)
    let expiresAt = try expiry(body.expiresAt, call, access)
    let (key, token, digest) = try make(
      call, access, name: body.name, role: body.role, scopes: body.scopes,
      expiresAt: expiresAt, holder: body.account)
    return try await call.change(access) { change in
      if let account = body.account { try await checkHolder(account, change) }
      try await change.transaction.run(
        KeyStore.insert(key, role: key.role.rawValue, digest: digest, access))
      change.record(
        body.account == nil ? "key.created" : "key.offered", key.id, subject: body.account)
      return made(key, token)
    }
  }

  /// Refuses to give a key more permissions than the caller has.
  private static func check(_ body: KeyBody, _ access: Access) throws(Problem) {
    let isOperatorRole = body.role == .platformOperator
    guard isOperatorRole == (access.tenant == .platform) else {
      throw Problem.invalid(
        "/role",
        isOperatorRole
          ? "the role 'operator' exists on the platform only"
          : "choose a tenant with the header Tenure-Tenant to give it a key")
    }
    for scope in body.scopes ?? [] where !body.role.permissions.contains(scope) {
      throw Problem.invalid(
        "/scopes", "the role '\(body.role.rawValue)' does not have '\(scope.rawValue)'")
    }
    if body.account != nil, access.caller.home != access.tenant {
      throw Problem.invalid("/account_id", "a tenant's own key offers keys to its people")
    }
    do throws(GrantRefusal) {
      try access.caller.give(body.role.permissions(scopes: body.scopes))
    } catch { throw Problem(error) }
  }

  /// When a new key expires: as asked, or after ninety days; never later than the caller's key.
  private static func expiry(
    _ wanted: Timestamp?, _ call: Call, _ access: Access
  ) throws(Problem) -> Timestamp {
    let expiresAt = wanted ?? call.now.adding(seconds: lifetimeSecondsDefault)
    guard expiresAt > call.now, expiresAt.seconds(since: call.now) <= lifetimeSecondsMax else {
      throw Problem.invalid("/expires_at", "a time within the next 365 days is expected")
    }
    return access.caller.end(expiresAt)
  }

  /// Refuses a key for a person without a role in the tenant: the key has the permissions of that
  /// role.
  private static func checkHolder(_ account: AccountID, _ change: Change) async throws {
    let rows = try await change.transaction.run(MembershipStore.find(account, change.access))
    guard try rows.first.map(MembershipStore.membership)?.role.role != nil else {
      throw Problem.invalid("/account_id", "an account with a role in the tenant is expected")
    }
  }

  private static func make(
    _ call: Call, _ access: Access, name: String, role: Role, scopes: [Permission]?,
    expiresAt: Timestamp, holder: AccountID? = nil, collectedAt: Timestamp? = nil
  ) throws -> (Key, token: String, digest: [UInt8]) {
    let token = KeyToken(kind: .key)
    let key = Key(
      id: KeyID(at: call.now), tenant: access.tenant, reference: token.reference, name: name,
      role: role, scopes: scopes, createdAt: call.now, createdBy: access.caller.actor,
      expiresAt: expiresAt, holder: holder, collectedAt: collectedAt, maker: access.caller.key)
    return (key, token.text, try call.worker.sealer.digests.sha256(token.secret))
  }

  private static func made(_ key: Key, _ token: String) -> Reply {
    Reply(
      status: 201, KeyView(key, token: token), version: key.version,
      location: "/v1/keys/\(key.id)")
  }

  @Sendable
  package static func listKeys(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \KeyView.key.id.uuid) { after, limit in
      try await KeyStore.list(database, access, after: after, limit: limit).map { KeyView($0) }
    }
  }

  @Sendable
  package static func getKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    let rows = try await call.worker.database.find(access, KeyStore.find(id, access))
    guard let key = try rows.first.map(KeyStore.key) else { throw Problem(.notFound) }
    return Reply(KeyView(key), version: key.version)
  }

  /// Makes a successor of a key, with the same role, scopes, holder and length of life.
  ///
  /// Both keys work until the old one is revoked or expires. Only the key itself, or the key that
  /// made it, can ask for that and get the token.
  @Sendable
  package static func rotateKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    return try await call.change(access) { change in
      guard let row = try await change.transaction.run(KeyStore.find(id, access).forUpdate).first
      else { throw Problem(.notFound) }
      let old = try KeyStore.key(row)
      let earlier = try await earlierKeys(change)
      do throws(GrantRefusal) {
        try access.caller.rotate(descent(old), earlier: earlier)
      } catch { throw Problem(error) }
      guard old.revokedAt == nil, old.expiresAt > call.now, !isOffered(old) else {
        throw Problem(.keyNotLive)
      }
      if old.successor != nil { throw Problem(.keyAlreadyRotated) }
      let end = try await successorExpiry(old, change)
      let (key, token, digest) = try make(
        call, access, name: old.name, role: old.role, scopes: old.scopes,
        expiresAt: end, holder: old.holder,
        collectedAt: old.holder == nil ? nil : call.now)
      try await change.transaction.run(
        KeyStore.insert(key, role: key.role.rawValue, digest: digest, access)
          + [KeyStore.setSuccessor(old.id, key.id, access)])
      change.record("key.rotated", old.id)
      change.record("key.created", key.id)
      return made(key, token)
    }
  }

  /// When the successor of a key expires: after the same time as the key, and no later than the
  /// caller's key.
  ///
  /// A key that renews itself expires no later than its maker, or the successor of its maker:
  /// otherwise a key of three days could make one that renews itself for ever. A person's key
  /// depends on the person instead, and a key that the operator has made on no key of the tenant.
  private static func successorExpiry(
    _ old: Key, _ change: Change
  ) async throws -> Timestamp {
    let access = change.access
    let end = change.call.now.adding(seconds: old.expiresAt.seconds(since: old.createdAt))
    if old.id != access.caller.key { return access.caller.end(end) }
    if old.holder != nil { return end }
    let rows = try await change.transaction.run(KeyStore.endOfMaker(of: old.id, access))
    guard let last = try rows.first?.optionalTime(0) else { return end }
    return max(min(end, last), old.expiresAt)
  }

  private static func isOffered(_ key: Key) -> Bool {
    key.holder != nil && key.collectedAt == nil
  }

  /// The predecessors of the caller's key: what they made counts as made by it.
  private static func earlierKeys(_ change: Change) async throws -> Set<KeyID> {
    guard let key = change.access.caller.key else { return [] }
    let home = SystemCaller(job: "keys").access(to: change.access.caller.home)
    let rows = try await change.transaction.within(home) {
      try await change.transaction.run(KeyStore.predecessors(of: key, home))
    }
    return Set(try rows.map { try $0.identifier(0, KeyID.self) })
  }

  private static func descent(_ key: Key) -> KeyDescent {
    KeyDescent(
      id: key.id, maker: key.maker, holder: key.holder,
      permissions: key.role.permissions(scopes: key.scopes))
  }

  /// Revokes a key.
  ///
  /// A repeated call changes nothing. The last owner's key cannot be revoked.
  @Sendable
  package static func revokeKey(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, KeyID.self)
    return try await call.change(access) { change in
      let owners = try await change.transaction.run(
        KeyStore.lockOwners(at: call.now, access)
      ).map { try $0.identifier(0, KeyID.self) }
      guard let row = try await change.transaction.run(KeyStore.find(id, access)).first else {
        throw Problem(.notFound)
      }
      let key = try KeyStore.key(row)
      let earlier = try await earlierKeys(change)
      let descent = descent(key)
      do throws(GrantRefusal) {
        try access.caller.take(descent.permissions, of: descent, earlier: earlier)
      } catch { throw Problem(error) }
      if key.revokedAt != nil { return .noContent }
      if owners == [id] { throw Problem(.lastOwner) }
      try await change.transaction.run(KeyStore.revoke(id, at: call.now, access))
      change.record("key.revoked", id, subject: key.holder)
      return .noContent
    }
  }

  /// Revokes a key by its token, for whoever has found one where it should not be.
  ///
  /// The reply is the same whether the token was real or not.
  @Sendable
  package static func revokeLeakedKey(_ call: Call) async throws -> Reply {
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
  package static func whoAmI(_ call: Call) async throws -> Reply {
    guard let caller = call.caller else { throw Problem(.unauthenticated) }
    return Reply(WhoAmIView(caller: caller))
  }

  @Sendable
  package static func listRoles(_ call: Call) async throws -> Reply {
    Reply(RoleList())
  }
}
