import Postgres
import Tenure
import TenureKernel

/// Saves a change of a claim with all that follows from it: in the directory of domains, for grants
/// and controls that rest on the claim, and by events.
struct DomainClaimMove: Sendable {
  let worker: Worker
  /// The access to the claim's tenant.
  let access: Access
  let telling: Telling
  let now: Timestamp

  /// Saves the claim, whose row must be locked, as its next version; does what follows if its state
  /// has changed.
  ///
  /// Throws `domain_claims_one_verified_holder` where another claim takes the domain at the same
  /// time.
  func run(
    from before: DomainClaim, to after: inout DomainClaim, _ transaction: Transaction
  ) async throws {
    let save = DomainClaimStore.save(&after, at: now, access)
    let claim = after
    try await transaction.within(access) {
      try await transaction.run([save] + (try directory(before, claim)))
      guard claim.state != before.state else {
        if claim.holdsName { try await endGrants(of: claim, all: false, transaction) }
        return
      }
      telling.record("domain_claim.\(claim.state.rawValue)", claim.id, subject: nil, in: access)
      if let type = claim.state.event { telling.emit(event(type, claim), in: access) }
      if before.holdsName && !claim.holdsName {
        try await endGrants(of: claim, all: true, transaction)
      }
      try await followControls(before, claim, transaction)
      if claim.holdsName && !before.holdsName { try await succeed(claim, transaction) }
    }
  }

  /// The statements that change the directory of domains.
  private func directory(_ before: DomainClaim, _ after: DomainClaim) throws -> [SQL] {
    switch (before.holdsName, after.holdsName) {
    case (false, true):
      [
        DomainClaimStore.hold(
          after, name: try worker.nameHash(after.domain.text), access)
      ]
    case (true, false): [DomainClaimStore.letGo(after, access)]
    case (true, true) where before.state != after.state:
      [DomainClaimStore.setRights(after, access)]
    default: []
    }
  }

  private func followControls(
    _ before: DomainClaim, _ after: DomainClaim, _ transaction: Transaction
  ) async throws {
    let controls = SuspendedControls(worker: worker, access: access)
    if before.holdsName && !after.holdsName {
      try await controls.suspend(after, telling, transaction, at: now)
    } else if after.state == .verified && !before.holdsName {
      try await controls.resume(after, telling, transaction, at: now)
    }
  }

  /// Ends the tenant's lapsed claims on the same domain, because this claim takes their place.
  private func succeed(_ claim: DomainClaim, _ transaction: Transaction) async throws {
    let lapsed = try await transaction.run(
      DomainClaimStore.lapsed(besides: claim, access)
    ).map { try DomainClaimStore.claim($0, access) }
    for before in lapsed {
      var after = before
      after.enter(.released, at: now)
      try await run(from: before, to: &after, transaction)
    }
  }

  private func endGrants(
    of claim: DomainClaim, all: Bool, _ transaction: Transaction
  ) async throws {
    let ended = try await transaction.run(
      DomainGrantStore.end(of: claim.id, all: all, at: now, access)
    ).map(DomainGrantStore.grant)
    for grant in ended {
      telling.record("domain_grant.ended", grant.id, subject: nil, in: access)
      telling.tell(grant, .domainGrantEnded, at: now, by: access)
    }
  }

  private func event(_ type: EventType, _ claim: DomainClaim) -> Event {
    Event(
      type, claim.id, at: now,
      [
        ("domain_claim_id", claim.id.description), ("domain", claim.domain.text),
        ("scope", claim.scope.rawValue), ("state", claim.state.rawValue),
        ("deadline", claim.deadline?.description),
      ])
  }
}

extension DomainClaim.State {
  /// What is told of a claim that comes into this state; nil where nothing is.
  fileprivate var event: EventType? {
    switch self {
    // `domain_claim.created` has told of it.
    case .pending: nil
    case .verified: .domainClaimVerified
    case .atRisk: .domainClaimAtRisk
    case .grace: .domainClaimGrace
    case .lapsed: .domainClaimLapsed
    case .expired: .domainClaimExpired
    case .contested: .domainClaimContested
    case .ownershipChanged: .domainClaimOwnershipChanged
    case .released: .domainClaimReleased
    case .refused: .domainClaimRefused
    }
  }
}

extension Telling {
  /// Sends the tenants on both sides an event about a grant.
  func tell(_ grant: DomainGrant, _ type: EventType, at now: Timestamp, by giver: Access) {
    let grantee = SystemCaller(job: "domain_grant").access(to: grant.grantee)
    for receiver in [giver, grantee] {
      emit(
        Event(
          type, grant.id, at: now,
          [
            ("grant_id", grant.id.description), ("domain_claim_id", grant.claim.description),
            ("tenant_id", grant.tenant.description), ("grantee_id", grant.grantee.description),
            ("domain", grant.domain.text), ("state", grant.state.rawValue),
            ("expires_at", grant.expiresAt.description),
          ]), in: receiver)
    }
  }
}
