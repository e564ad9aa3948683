import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints by which the holder of a domain lets other tenants have it.
package enum DomainGrantRoutes {
  /// Lets another tenant have the domain (transfer) or one below it (consent) once it proves it.
  ///
  /// A repeated call changes nothing while the first grant is open.
  @Sendable
  package static func grantDomain(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(DomainGrantBody.self)
    let worker = call.worker
    return try await DomainClaimRoutes.changing(call, nil) { claim, change in
      guard claim.state == .verified else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not verified")
      }
      let domain = try body.domain.map { try DomainClaimRoutes.judge($0, worker) } ?? claim.domain
      guard claim.covers(domain.text) else {
        throw Problem.invalid("/domain", "the name itself, or one below it, is expected")
      }
      try await requireTenant(body.tenant, besides: access, change)
      let open = try await change.transaction.run(
        DomainGrantStore.findOpen(claim.id, domain, to: body.tenant, access)
      ).first.map(DomainGrantStore.grant)
      if open?.isGood(at: call.now) == true { return false }
      // Grants whose time is over are ended here, so that an equal one can be inserted.
      try await end(of: claim, change)
      let grant = DomainGrant(
        id: DomainGrantID(at: call.now), claim, domain, to: body.tenant, at: call.now)
      try await change.transaction.run(DomainGrantStore.insert(grant, access))
      change.record("domain_claim.granted", claim.id)
      change.telling.tell(grant, .domainGrantCreated, at: call.now, by: access)
      return true
    }
  }

  /// The grants that the tenant has given, and those that it was given.
  @Sendable
  package static func listDomainGrants(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \DomainGrantView.grant.id.uuid) { after, limit in
      try await DomainGrantStore.list(database, access, after: after, limit: limit).map {
        DomainGrantView(grant: $0, reader: access.tenant)
      }
    }
  }

  /// Withdraws a grant that has not been used.
  @Sendable
  package static func withdrawDomainGrant(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainGrantID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run([
        DomainGrantStore.withdraw(id, at: call.now, access), DomainGrantStore.find(id, access),
      ])
      guard let grant = try rows[1].first.map(DomainGrantStore.grant) else {
        throw Problem(.notFound)
      }
      if grant.state == .used {
        throw Problem(.domainStateConflict, "the grant has been used")
      }
      if !rows[0].isEmpty {
        change.record("domain_grant.withdrawn", id)
        change.telling.tell(grant, .domainGrantWithdrawn, at: call.now, by: access)
      }
      return .noContent
    }
  }

  private static func end(of claim: DomainClaim, _ change: Change) async throws {
    let rows = try await change.transaction.run(
      DomainGrantStore.end(of: claim.id, all: false, at: change.call.now, change.access))
    for grant in try rows.map(DomainGrantStore.grant) {
      change.record("domain_grant.ended", grant.id)
      change.telling.tell(grant, .domainGrantEnded, at: change.call.now, by: change.access)
    }
  }

  /// Checks that another tenant exists and is active.
  ///
  /// For one that is not, the answer is that of one that does not exist.
  private static func requireTenant(
    _ tenant: TenantID, besides access: Access, _ change: Change
  ) async throws {
    if tenant == access.tenant || tenant == .platform {
      throw Problem.invalid("/tenant_id", "another tenant is expected")
    }
    let theirs = SystemCaller(job: "domain_grant").access(to: tenant)
    let row = try await change.transaction.within(theirs) {
      try await change.transaction.run(TenantStore.find(tenant, theirs)).first
    }
    guard try row.map(TenantStore.tenant)?.state == .active else {
      throw Problem.invalid("/tenant_id", "there is no such tenant")
    }
  }
}
