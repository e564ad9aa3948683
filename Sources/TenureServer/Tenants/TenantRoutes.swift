import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of tenants: the operator makes and changes them, a tenant reads itself.
package enum TenantRoutes {
  @Sendable
  package static func createTenant(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(TenantBody.self)
    let worker = call.worker
    let tenant = Tenant(
      id: TenantID(at: call.now), name: body.name, state: .active,
      policy: body.choices.policy(after: TenantPolicy()), createdAt: call.now,
      updatedAt: call.now, version: 1)
    return try await call.change(access) { change in
      let key = try worker.keyring.makeTenantKey(
        tenant.id.uuid, version: 1, sealer: worker.sealer)
      let own = SystemCaller(job: "create_tenant").access(to: tenant.id)
      try await change.transaction.run([
        TenantStore.insert(tenant), own.context,
        TenantKeyStore.insert(key, rootID: worker.keyring.root.id, at: call.now, own),
        access.context,
      ])
      change.record("tenant.created", tenant.id)
      _ = try await CommonOwnership(change: change).set(
        body.choices.commonOwnership ?? [], of: tenant)
      let made = try await change.transaction.run(TenantStore.find(tenant.id, access)).first
        .map(TenantStore.tenant)
      return Reply(
        status: 201, made ?? tenant, version: tenant.version,
        location: "/v1/tenants/\(tenant.id)")
    }
  }

  @Sendable
  package static func listTenants(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \Tenant.id.uuid) { after, limit in
      try await TenantStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getTenant(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, TenantID.self)
    let rows = try await call.worker.database.find(access, TenantStore.find(id, access))
    guard let tenant = try rows.first.map(TenantStore.tenant) else { throw Problem(.notFound) }
    if let reply = call.notModified(version: tenant.version) { return reply }
    return Reply(tenant, version: tenant.version)
  }

  @Sendable
  package static func updateTenant(_ call: Call) async throws -> Reply {
    let body = try call.body(TenantPatch.self)
    return try await update(call, action: "tenant.updated", owners: body.commonOwnership) {
      (body.name ?? $0.name, $0.state, body.policy(after: $0.policy))
    }
  }

  @Sendable
  package static func suspendTenant(_ call: Call) async throws -> Reply {
    try await setState(call, .suspended, action: "tenant.suspended")
  }

  @Sendable
  package static func resumeTenant(_ call: Call) async throws -> Reply {
    try await setState(call, .active, action: "tenant.resumed")
  }

  private static func setState(
    _ call: Call, _ state: Tenant.State, action: String
  ) async throws -> Reply {
    if try call.id(0, TenantID.self) == .platform { throw Problem(.forbidden) }
    return try await update(call, action: action) { ($0.name, state, $0.policy) }
  }

  /// Reads a tenant, changes it by `decide`, and saves it if something is different.
  ///
  /// `owners` is the whole list of tenants under common ownership; nil leaves it as it is.
  private static func update(
    _ call: Call, action: String, owners: [TenantID]? = nil,
    _ decide:
      @escaping @Sendable (Tenant) -> (
        name: String, state: Tenant.State, policy: TenantPolicy
      )
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, TenantID.self)
    return try await call.change(access) { change in
      guard let row = try await change.transaction.run(TenantStore.find(id, access)).first else {
        throw Problem(.notFound)
      }
      let tenant = try TenantStore.tenant(row)
      try call.checkPrecondition(version: tenant.version)
      let (name, state, policy) = decide(tenant)
      let hasMoved = try await CommonOwnership(change: change).set(
        owners ?? tenant.commonOwnership, of: tenant)
      if !hasMoved && name == tenant.name && state == tenant.state && policy == tenant.policy {
        return Reply(tenant, version: tenant.version)
      }
      let rows = try await change.transaction.run(
        TenantStore.update(
          id, name: name, state: state, policy: policy, version: tenant.version, at: call.now,
          access))
      guard let updated = try rows.first.map(TenantStore.tenant) else {
        throw Problem(.preconditionFailed)
      }
      change.record(action, id)
      if updated.name != tenant.name {
        let own = SystemCaller(job: "update_tenant").access(to: id)
        _ = try await change.transaction.within(own) {
          try await change.transaction.run(
            TenantStore.keepFormer(name: tenant.name, until: call.now, own))
        }
      }
      // A suspension must apply at once, so every process forgets all cached keys.
      if updated.state != tenant.state { try await change.transaction.run(KeyStore.notifyAll()) }
      return Reply(updated, version: updated.version)
    }
  }
}
