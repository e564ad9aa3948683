import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

extension Worker {
  /// The record that proves a claim.
  ///
  /// Nothing is stored: label and token are keyed digests of what they are bound to.
  func challenge(of claim: DomainClaim) throws -> DomainChallenge {
    let label = try blindIndex("domain_label", claim.tenant.description)
    let token = try blindIndex(
      "domain_token",
      [
        claim.tenant.description, claim.domain.text, claim.id.description,
        claim.scope.rawValue, claim.tokenExpiresAt.description, "\(claim.tokenNumber)",
      ].joined(separator: "\0"))
    return DomainChallenge(
      claim, label: Base32.digits(of: label, count: 16),
      token: Data(token).base64URL.replacing("=", with: ""))
  }
}

/// Asks resolvers about a claim and does what follows: the one place where a claim's state moves.
struct DomainClaimCheck: Sendable {
  let worker: Worker
  let access: Access

  /// A claim after a check, and what keeps a proven one from holding its name.
  struct Outcome: Sendable {
    var claim: DomainClaim
    var blocker: ProblemCode?
  }

  /// Checks now; nil where there is no such claim.
  ///
  /// Resolvers are asked between two transactions: no connection waits for them.
  @discardableResult
  func run(_ id: DomainClaimID) async throws -> Outcome? {
    let rows = try await worker.database.find(access, DomainClaimStore.find(id, access))
    guard let row = rows.first else {
      try await forget(id)
      return nil
    }
    let before = try DomainClaimStore.claim(row, access)
    if before.method == .attestation, before.state != .contested {
      return Outcome(claim: try await review(before))
    }
    guard before.state.isChecked else {
      try await forget(id)
      return Outcome(claim: before)
    }
    let observations = try await worker.outbound.resolvers.observe(
      try worker.challenge(of: before))
    do {
      return try await conclude(id, observations)
    } catch let error as PostgresError where error.constraint == Self.oneHolder {
      // Somebody was faster in this very moment: now there is a holder to contest.
      return try await conclude(id, observations)
    }
  }

  static let oneHolder = "domain_claims_one_verified_holder"

  private func forget(_ id: DomainClaimID) async throws {
    _ = try await worker.database.run(
      [access.context, JobStore.finish(id.uuid, next: nil, access)], commits: true)
  }

  /// An attestation is never asked of DNS; on its day the operator is asked to look again.
  private func review(_ claim: DomainClaim) async throws -> DomainClaim {
    let now = worker.clock.now
    let isDue = claim.state.holds && claim.reviewOn.map { $0 <= now } ?? false
    let next = claim.state.holds ? claim.nextCheck(after: .none, at: now, jitter: 0) : nil
    var statements = [access.context, JobStore.finish(claim.id.uuid, next: next, access)]
    if isDue {
      let platform = SystemCaller(job: "domain_check").access(to: .platform)
      for receiver in [access, platform] {
        let event = Event(
          .domainClaimReviewDue, claim.id, at: now,
          [
            ("domain_claim_id", claim.id.description), ("tenant_id", access.tenant.description),
            ("domain", claim.domain.text), ("review_on", claim.reviewOn?.description),
          ])
        statements += [receiver.context, EventStore.insert([event], receiver)]
      }
    }
    _ = try await worker.database.run(statements, commits: true)
    return claim
  }

  private func conclude(
    _ id: DomainClaimID, _ observations: [DomainClaim.Observation]
  ) async throws -> Outcome? {
    try await worker.database.transaction(in: access) { transaction in
      let now = worker.clock.now
      guard let row = try await transaction.run(DomainClaimStore.lock(id, access)).first else {
        return nil
      }
      let before = try DomainClaimStore.claim(row, access)
      let evidence = DomainClaim.evidence(observations)
      var outcome = Outcome(claim: before)
      outcome.claim.checkedAt = now
      outcome.claim.checks += 1
      var statements: [SQL] = [
        DomainClaimStore.insert(observations, id, at: now, access)
      ]
      if before.state == .contested {
        statements += try await settleContest(&outcome, evidence, now, transaction)
      } else {
        let next = before.state(after: evidence, at: now)
        if next == .verified && !before.state.holds {
          statements += try await take(&outcome, now, transaction)
        } else if next != before.state {
          statements += move(&outcome.claim, to: next, at: now)
        }
      }
      let nextCheck = outcome.claim.nextCheck(
        after: evidence, at: now, jitter: .random(in: 0...1))
      try await transaction.run(
        statements + [
          access.context, DomainClaimStore.save(&outcome.claim, at: now, access),
          JobStore.finish(id.uuid, next: nextCheck, access),
        ])
      return outcome
    }
  }

  /// A state's change with its event, its audit entry, and what it means for the name.
  func move(_ claim: inout DomainClaim, to state: DomainClaim.State, at now: Timestamp) -> [SQL] {
    let before = claim.state
    claim.state = state
    claim.stateSince = now
    if state == .verified && claim.verifiedAt == nil { claim.verifiedAt = now }
    var statements: [SQL] = []
    switch state {
    case .verified where before.holds || before == .contested:
      statements.append(DomainClaimStore.setRights(claim, access))
    case .verified: statements.append(DomainClaimStore.hold(claim, access))
    case .atRisk, .grace, .contested:
      statements.append(DomainClaimStore.setRights(claim, access))
    case .lapsed, .ownershipChanged, .released:
      statements += DomainClaimStore.letGo(claim, access)
      statements.append(TakeoverStore.suspendControls(on: claim.domain, at: now, access))
    default: break
    }
    if state == .verified {
      statements.append(TakeoverStore.suspendControls(on: claim.domain, at: nil, access))
    }
    return statements + record(claim, at: now)
  }

  private func record(_ claim: DomainClaim, at now: Timestamp) -> [SQL] {
    let type = EventType(rawValue: "domain_claim.\(claim.state.rawValue)")
    let entry = AuditEntry(
      id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
      action: "domain_claim.\(claim.state.rawValue)", object: claim.id.description, subject: nil,
      requestID: "")
    guard let type else { return [AuditStore.insert([entry], access)] }
    let event = Event(
      type, claim.id, at: now,
      [
        ("domain_claim_id", claim.id.description), ("domain", claim.domain.text),
        ("scope", claim.scope.rawValue), ("state", claim.state.rawValue),
        ("deadline", claim.deadline?.description),
      ])
    return [AuditStore.insert([entry], access), EventStore.insert([event], access)]
  }

  // MARK: Rivals

  /// A claim that was proven takes its name, unless somebody else has a say in it.
  private func take(
    _ outcome: inout Outcome, _ now: Timestamp, _ transaction: Transaction
  ) async throws -> [SQL] {
    let domain = outcome.claim.domain
    let rows = try await transaction.run(DomainClaimStore.holder(of: domain))
    guard let holder = try rows.first.map(DomainClaimStore.holder), holder.tenant != access.tenant
    else { return move(&outcome.claim, to: .verified, at: now) }
    let granted = try await transaction.run(
      DomainClaimStore.isGranted(holder, domain, to: access.tenant))
    let isGranted = try granted.first?.bool(0) ?? false
    if holder.domain != domain.text {
      if isGranted { return move(&outcome.claim, to: .verified, at: now) }
      outcome.blocker = .parentConsentNeeded
      return []
    }
    if isGranted {
      // The handshake: the holder granted the name, and the other tenant proved it.
      let theirs = try await end(holder, as: .released, now, transaction)
      return theirs + [access.context] + move(&outcome.claim, to: .verified, at: now)
    }
    outcome.blocker = .domainHeld
    return try await contest(&outcome.claim, holder, now, transaction)
  }

  private func other(_ tenant: TenantID) -> DomainClaimCheck {
    DomainClaimCheck(
      worker: worker, access: SystemCaller(job: "domain_check").access(to: tenant))
  }

  /// A claim of this check's tenant, locked in a transaction that goes on in `back`'s context.
  private func lock(
    _ id: DomainClaimID, _ transaction: Transaction, back: Access
  ) async throws -> DomainClaim? {
    let rows = try await transaction.run([
      access.context, DomainClaimStore.lock(id, access), back.context,
    ])
    return try rows[1].first.map { try DomainClaimStore.claim($0, access) }
  }

  /// Ends the holder's claim, in the holder's own context.
  private func end(
    _ holder: DomainClaimStore.Holder, as state: DomainClaim.State, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [SQL] {
    let theirs = other(holder.tenant)
    guard var claim = try await theirs.lock(holder.claim, transaction, back: access) else {
      return []
    }
    let moves = theirs.move(&claim, to: state, at: now)
    return [theirs.access.context] + moves + [
      DomainClaimStore.save(&claim, at: now, theirs.access)
    ]
  }

  /// Opens a contest: both sides' rights freeze, and the holder proves anew with a fresh token.
  private func contest(
    _ claim: inout DomainClaim, _ holder: DomainClaimStore.Holder, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [SQL] {
    let theirs = other(holder.tenant)
    let deadline = now.adding(seconds: DomainClaim.contestDays * 86_400)
    // One contest at a time: a third tenant waits as pending until it is settled.
    guard var held = try await theirs.lock(holder.claim, transaction, back: access),
      held.state != .contested
    else { return [] }
    held.rival = .init(tenant: access.tenant, claim: claim.id)
    held.deadline = deadline
    held.tokenNumber += 1
    held.tokenExpiresAt = deadline
    let theirMoves = theirs.move(&held, to: .contested, at: now)
    claim.rival = .init(tenant: holder.tenant, claim: holder.claim)
    claim.deadline = deadline
    return [theirs.access.context] + theirMoves + [
      DomainClaimStore.save(&held, at: now, theirs.access),
      JobStore.enqueue(held.id.uuid, .domainCheck, at: now, theirs.access), access.context,
    ] + move(&claim, to: .contested, at: now)
  }

  /// In a contest: the holder's fresh proof ends it, and so does the deadline.
  private func settleContest(
    _ outcome: inout Outcome, _ evidence: DomainClaim.Evidence, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [SQL] {
    // Only the holder's side settles: the rival waits.
    guard outcome.claim.verifiedAt != nil, let rival = outcome.claim.rival else {
      outcome.blocker = .domainHeld
      return []
    }
    let isOver = outcome.claim.deadline.map { now >= $0 } ?? false
    guard evidence == .proof || isOver else { return [] }
    let theirs = other(rival.tenant)
    let locked = try await theirs.lock(rival.claim, transaction, back: access)
    outcome.claim.rival = nil
    outcome.claim.deadline = nil
    var statements = move(
      &outcome.claim, to: evidence == .proof ? .verified : .ownershipChanged, at: now)
    guard var claim = locked, claim.state == .contested else { return statements }
    claim.rival = nil
    claim.deadline = nil
    statements.append(theirs.access.context)
    if evidence == .proof {
      statements += theirs.move(&claim, to: .refused, at: now)
    } else {
      // Nobody holds the name now: the rival's next check, at once, takes it. Its token stays the
      // one that is published.
      claim.state = .pending
      claim.stateSince = now
      claim.checks = 0
      statements.append(JobStore.enqueue(claim.id.uuid, .domainCheck, at: now, theirs.access))
    }
    return statements + [
      DomainClaimStore.save(&claim, at: now, theirs.access), access.context,
    ]
  }
}
