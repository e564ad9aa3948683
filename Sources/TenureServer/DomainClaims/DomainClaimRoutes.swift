import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of claims on domains.
package enum DomainClaimRoutes {
  @Sendable
  package static func createDomainClaim(_ call: Call) async throws -> Reply {
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
  package static func listDomainClaims(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    return try await call.list(access, id: \DomainClaimView.claim.id.uuid) { after, limit in
      try await DomainClaimStore.list(worker.database, access, after: after, limit: limit).map {
        DomainClaimView($0, challenge: try worker.challenge(of: $0))
      }
    }
  }

  @Sendable
  package static func getDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let rows = try await call.worker.database.find(access, DomainClaimStore.find(id, access))
    guard let row = rows.first else { throw Problem(.notFound) }
    return try reply(try DomainClaimStore.claim(row, access), call.worker)
  }

  @Sendable
  package static func listDomainObservations(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let worker = call.worker
    let rows = try await worker.database.find(access, DomainClaimStore.find(id, access))
    if rows.isEmpty { throw Problem(.notFound) }
    return try await call.list(
      access, filter: id.description, id: \DomainObservation.id
    ) { after, limit in
      try await DomainClaimStore.observations(
        worker.database, id, access, after: after, limit: limit)
    }
  }

  /// Asks the resolvers now instead of at the job's next turn.
  @Sendable
  package static func checkDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let check = DomainClaimCheck(
      worker: call.worker, access: access, requestID: call.requestID, reason: call.reason)
    guard let outcome = try await check.run(id) else { throw Problem(.notFound) }
    return try reply(outcome.claim, call.worker, blocker: outcome.blocker)
  }

  /// Gives the domain up.
  ///
  /// Control of accounts that rests on the claim is suspended, and the claim's grants end. A
  /// repeated call changes nothing.
  @Sendable
  package static func releaseDomainClaim(_ call: Call) async throws -> Reply {
    try await changing(call, nil) { claim, _ in
      if claim.state == .released { return false }
      if claim.state == .contested {
        throw Problem(.domainStateConflict, "the claim is contested until its deadline")
      }
      guard claim.state.isLiving || claim.state == .lapsed else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue)")
      }
      claim.enter(.released, at: call.now)
      return true
    }
  }

  /// The operator vouches for a claim that cannot be proven by DNS.
  ///
  /// It never overrides another tenant's claim on the same domain, on a parent domain whose subtree
  /// reaches it, or (for a subtree) on a domain below.
  @Sendable
  package static func attestDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(AttestationBody.self)
    guard body.reviewOn > call.now else {
      throw Problem.invalid("/review_on", "a time to come is expected")
    }
    let tenantKey = try await call.worker.tenantKey(access)
    return try await changing(call, "domain_claim.attested") { claim, change in
      guard claim.state == .pending else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not pending")
      }
      let rows = try await change.transaction.run([
        DomainClaimStore.holder(of: claim.domain),
        DomainClaimStore.isHeldBelow(claim.domain, access),
      ])
      if let holder = try rows[0].first.map(DomainClaimStore.holder), holder.tenant != access.tenant
      {
        throw Problem(.domainHeld)
      }
      if claim.scope == .subtree, try rows[1].first?.bool(0) == true { throw Problem(.domainHeld) }
      claim.method = .attestation
      claim.reviewOn = body.reviewOn
      // Whoever vouches for the domain has looked at it.
      claim.review = claim.review.map { _ in .allowed }
      claim.enter(.verified, at: call.now)
      let sealed = try call.worker.sealer.seal(
        Array(body.reason.utf8), under: tenantKey,
        at: FieldPlace(
          table: "domain_claims", column: "attestation", tenant: access.tenant.uuid,
          row: claim.id.uuid, subject: access.tenant.uuid))
      try await change.transaction.run([
        DomainClaimStore.keep(attestation: sealed, claim.id, access),
        JobStore.move(claim.id.uuid, to: body.reviewOn, access),
      ])
      return true
    }
  }

  /// The operator allows a claim on a domain that mixes scripts or looks like another one.
  @Sendable
  package static func allowDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(DomainReviewBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await changing(call, "domain_claim.allowed") { claim, change in
      if claim.review == .allowed { return false }
      guard claim.state == .pending || claim.state == .lapsed else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not pending")
      }
      claim.review = .allowed
      try await change.transaction.run(
        JobStore.enqueue(claim.id.uuid, .domainCheck, at: call.now, access))
      return true
    }
  }

  // MARK: Pieces

  /// Changes a claim under its lock, with all that follows; where `body` returns false, nothing is
  /// changed.
  ///
  /// `action` is recorded in the audit log, nil for none. A change of state is recorded in any
  /// case.
  static func changing(
    _ call: Call, _ action: String?,
    _ body: @escaping @Sendable (inout DomainClaim, Change) async throws -> Bool
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    do {
      return try await call.change(access) { change in
        guard let row = try await change.transaction.run(DomainClaimStore.lock(id, access)).first
        else { throw Problem(.notFound) }
        let before = try DomainClaimStore.claim(row, access)
        try call.checkPrecondition(version: before.version)
        var claim = before
        if try await body(&claim, change) {
          let move = DomainClaimMove(
            worker: call.worker, access: access, telling: change.telling, now: call.now)
          try await move.run(from: before, to: &claim, change.transaction)
          if let action { change.record(action, id) }
        }
        return try reply(claim, call.worker)
      }
    } catch let error as PostgresError where error.constraint == DomainClaimCheck.oneHolder {
      throw Problem(.domainHeld)
    }
  }

  /// A claim with its challenge and, if something keeps it from its domain, with the reason.
  static func reply(
    _ claim: DomainClaim, _ worker: Worker, blocker: ProblemCode? = nil
  ) throws -> Reply {
    Reply(
      DomainClaimView(claim, challenge: try worker.challenge(of: claim), blocker: blocker),
      version: claim.version)
  }

  /// Checks a domain as somebody typed it; throws the problem that says why it cannot be claimed.
  static func judge(_ text: String, _ worker: Worker) throws(Problem) -> DomainName {
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
