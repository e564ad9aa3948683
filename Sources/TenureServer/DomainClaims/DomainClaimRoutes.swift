import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// Claims of a tenant on domains.
enum DomainClaimRoutes {
  @Sendable
  static func createDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    if access.tenant == .platform { throw Problem(.forbidden, "the platform claims no domain") }
    let body = try call.body(DomainClaimBody.self)
    let worker = call.worker
    let domain = try judge(body.domain, worker)
    let claim = DomainClaim(
      id: DomainClaimID(at: call.now), tenant: access.tenant, domain: domain, scope: body.scope,
      at: call.now)
    do {
      return try await call.change(access) { change in
        try await change.transaction.run([
          DomainClaimStore.insert(claim, listVersion: worker.domains.version, access),
          JobStore.enqueue(claim.id.uuid, .domainCheck, at: call.now, access),
        ])
        change.record("domain_claim.created", claim.id)
        change.emit(
          Event(
            .domainClaimCreated, claim.id, at: call.now,
            [
              ("domain_claim_id", claim.id.description), ("domain", domain.text),
              ("scope", claim.scope.rawValue), ("state", claim.state.rawValue),
            ]))
        return Reply(
          status: 201, DomainClaimView(claim, challenge: try worker.challenge(of: claim)),
          version: 1, location: "/v1/domain_claims/\(claim.id)")
      }
    } catch let error as PostgresError where error.constraint == "domain_claims_one_living" {
      throw Problem(.domainClaimExists)
    }
  }

  @Sendable
  static func listDomainClaims(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    return try await call.list(access, id: \DomainClaimView.claim.id.uuid) { after, limit in
      try await DomainClaimStore.list(worker.database, access, after: after, limit: limit).map {
        DomainClaimView($0, challenge: try worker.challenge(of: $0))
      }
    }
  }

  @Sendable
  static func getDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let rows = try await call.worker.database.find(access, DomainClaimStore.find(id, access))
    guard let row = rows.first else { throw Problem(.notFound) }
    return try reply(try DomainClaimStore.claim(row, access), call.worker)
  }

  @Sendable
  static func listDomainObservations(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let worker = call.worker
    let rows = try await worker.database.find(access, DomainClaimStore.find(id, access))
    if rows.isEmpty { throw Problem(.notFound) }
    return try await call.list(
      access, filter: id.description, id: \DomainObservationView.id
    ) { after, limit in
      try await DomainClaimStore.observations(
        worker.database, id, access, after: after, limit: limit)
    }
  }

  /// Asks the resolvers now, rather than at the next turn of the background.
  @Sendable
  static func checkDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    if call.isDryRun { throw Call.invalid("dry_run", "a check cannot be tried without asking") }
    guard let outcome = try await DomainClaimCheck(worker: call.worker, access: access).run(id)
    else { throw Problem(.notFound) }
    return try reply(outcome.claim, call.worker, blocker: outcome.blocker)
  }

  /// Gives the name up.
  ///
  /// Control of accounts on it is suspended with it; repeating changes nothing.
  @Sendable
  static func releaseDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    return try await changing(call, nil) { claim, check, _ in
      if claim.state == .released { return nil }
      guard claim.state.isChecked || claim.state == .lapsed else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue)")
      }
      if claim.state == .contested {
        throw Problem(.domainStateConflict, "the claim is contested until its deadline")
      }
      return check.move(&claim, to: .released, at: call.now)
        + [JobStore.drop(claim.id.uuid, access)]
    }
  }

  /// The operator vouches for a claim that DNS cannot prove.
  @Sendable
  static func attestDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(AttestationBody.self)
    guard body.reviewOn > call.now else {
      throw Problem.invalid("/review_on", "a time to come is expected")
    }
    let tenantKey = try await call.worker.tenantKey(access)
    return try await changing(call, "domain_claim.attested") { claim, check, transaction in
      guard claim.state == .pending else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not pending")
      }
      let rows = try await transaction.run(DomainClaimStore.holder(of: claim.domain))
      if let holder = try rows.first.map(DomainClaimStore.holder), holder.tenant != access.tenant {
        throw Problem(.domainHeld)
      }
      claim.method = .attestation
      claim.reviewOn = body.reviewOn
      let statements = check.move(&claim, to: .verified, at: call.now)
      let sealed = try call.worker.sealer.seal(
        Array(body.reason.utf8), under: tenantKey,
        at: FieldPlace(
          table: "domain_claims", column: "attestation", tenant: access.tenant.uuid,
          row: claim.id.uuid, subject: access.tenant.uuid))
      return statements + [
        DomainClaimStore.keep(attestation: sealed, claim.id, access),
        JobStore.move(claim.id.uuid, to: body.reviewOn, access),
      ]
    }
  }

  /// Lets another tenant have the name (transfer) or one below it (consent), once it proves it.
  @Sendable
  static func grantDomain(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(DomainGrantBody.self)
    let worker = call.worker
    return try await changing(call, "domain_claim.granted") { claim, _, _ in
      guard claim.state == .verified else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not verified")
      }
      let domain = try body.domain.map { try judge($0, worker) } ?? claim.domain
      let isBelow = claim.scope == .subtree && domain.text.hasSuffix("." + claim.domain.text)
      guard domain == claim.domain || isBelow else {
        throw Problem.invalid("/domain", "the name itself, or one below it, is expected")
      }
      if body.tenant == access.tenant {
        throw Problem.invalid("/tenant_id", "another tenant is expected")
      }
      return [DomainClaimStore.grant(claim, domain, to: body.tenant, at: call.now, access)]
    }
  }

  // MARK: Pieces

  /// Changes a claim under its lock; nil from `body` leaves it as it is.
  ///
  /// `action` is what the audit log says besides the new state, which is recorded where it moves.
  static func changing(
    _ call: Call, _ action: String?,
    _ body:
      @escaping @Sendable (inout DomainClaim, DomainClaimCheck, Transaction) async throws
      -> [SQL]?
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let check = DomainClaimCheck(worker: call.worker, access: access)
    do {
      return try await call.change(access) { change in
        guard let row = try await change.transaction.run(DomainClaimStore.lock(id, access)).first
        else { throw Problem(.notFound) }
        var claim = try DomainClaimStore.claim(row, access)
        try call.checkPrecondition(version: claim.version)
        if let statements = try await body(&claim, check, change.transaction) {
          try await change.transaction.run(
            statements + [DomainClaimStore.save(&claim, at: call.now, access)])
          if let action { change.record(action, id) }
        }
        return try reply(claim, call.worker)
      }
    } catch let error as PostgresError where error.constraint == DomainClaimCheck.oneHolder {
      throw Problem(.domainHeld)
    }
  }

  static func reply(
    _ claim: DomainClaim, _ worker: Worker, blocker: ProblemCode? = nil
  ) throws -> Reply {
    Reply(
      DomainClaimView(claim, challenge: try worker.challenge(of: claim), blocker: blocker),
      version: claim.version)
  }

  private static func judge(_ text: String, _ worker: Worker) throws(Problem) -> DomainName {
    do throws(DomainName.Refusal) { return try worker.domains.judge(text) } catch {
      let code: ProblemCode =
        switch error {
        case .malformed: .domainMalformed
        case .tooLong: .domainTooLong
        case .addressLiteral: .domainIsAddress
        case .publicSuffix: .domainIsPublicSuffix
        case .privateSuffix: .domainIsPrivateSuffix
        case .publicMailProvider: .domainIsMailProvider
        }
      throw Problem(code, "'\(text.prefix(80))' cannot be claimed")
    }
  }
}
