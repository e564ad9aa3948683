import Foundation
import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

extension Worker {
  /// The record that proves a claim.
  ///
  /// It is computed, not stored: label and token are keyed digests.
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

/// Asks resolvers about a claim, and changes the claim by their answers.
package struct DomainClaimCheck: Sendable {
  /// How often a check is repeated because the claim changed while resolvers were asked.
  private static let triesMax = 5

  let worker: Worker
  package let access: Access
  /// The id of the API request that asks for the check; empty for the job.
  var requestID = ""
  var reason: String?

  /// A claim after a check, and what keeps a proven claim from holding its domain.
  struct Outcome: Sendable {
    var claim: DomainClaim
    var blocker: ProblemCode?
    /// Whether the claim changed while resolvers were asked, so that their answers decide nothing.
    var isStale = false
  }

  /// Checks a claim now; nil where there is no such claim.
  ///
  /// Resolvers are asked between two transactions, so that no connection waits for them. If the
  /// claim has changed meanwhile, the answers are stored as evidence only, and the resolvers are
  /// asked again.
  @discardableResult
  func run(_ id: DomainClaimID) async throws -> Outcome? {
    var outcome: Outcome?
    for _ in 0..<Self.triesMax {
      let rows = try await worker.database.find(access, DomainClaimStore.find(id, access))
      guard let row = rows.first else {
        try await finish(id, next: nil)
        return nil
      }
      let before = try DomainClaimStore.claim(row, access)
      if before.method == .attestation, before.state.holds {
        return Outcome(claim: try await review(before))
      }
      guard before.isChecked(at: worker.clock.now) else {
        return Outcome(claim: try await rest(before))
      }
      let observations = try await worker.outbound.resolvers.observe(
        try worker.challenge(of: before))
      do { outcome = try await conclude(before, observations) } catch let error as PostgresError
        where Self.races.contains(error.constraint)
      {
        // Another claim took the domain at the same time: try again, with its holder known.
        continue
      }
      if outcome?.isStale != true { break }
    }
    if let claim = outcome?.claim, claim.state == .lapsed || claim.holdsName {
      try await followControls(of: claim)
    }
    return outcome
  }

  static let oneHolder = "domain_claims_one_verified_holder"
  private static let races = [
    oneHolder, "domain_contests_one_in_a_place", "domain_contests_rest",
  ]

  private func finish(_ id: DomainClaimID, next: Timestamp?) async throws {
    _ = try await worker.database.run(
      [access.context, JobStore.finish(id.uuid, next: next, access)], commits: true)
  }

  /// Deals with the suspended controls that rest on the claim, always as the job.
  private var suspended: SuspendedControls {
    SuspendedControls(
      worker: worker, access: SystemCaller(job: "domain_check").access(to: access.tenant))
  }

  /// A claim that is not checked any more: only its suspended controls may still need messages, or
  /// end.
  private func rest(_ claim: DomainClaim) async throws -> DomainClaim {
    let next = try await suspended.run(claim)
    try await finish(claim.id, next: next)
    return claim
  }

  /// Deals with the suspended controls of a claim that is checked as well, and plans the next time.
  private func followControls(of claim: DomainClaim) async throws {
    guard let next = try await suspended.run(claim) else { return }
    _ = try await worker.database.run(
      [access.context, JobStore.enqueue(claim.id.uuid, .domainCheck, at: next, access)],
      commits: true)
  }

  /// Asks the operator once, on the day that was set, to look at an attestation again; DNS is never
  /// asked.
  private func review(_ claim: DomainClaim) async throws -> DomainClaim {
    try await followControls(of: claim)
    return try await worker.database.transaction(in: access) { transaction in
      let now = worker.clock.now
      let row = try await transaction.run(DomainClaimStore.lock(claim.id, access)).first
      guard var claim = try row.map({ try DomainClaimStore.claim($0, access) }),
        claim.method == .attestation, claim.state.holds
      else { return claim }
      let telling = self.telling(access, at: now)
      var statements: [SQL] = []
      if let day = claim.reviewOn, day <= now, claim.checkedAt.map({ $0 < day }) ?? true {
        claim.checkedAt = now
        statements.append(DomainClaimStore.save(&claim, at: now, access))
        telling.tell(
          .domainClaimReviewDue, claim.id, account: nil, of: access,
          [
            ("domain_claim_id", claim.id.description), ("tenant_id", access.tenant.description),
            ("domain", claim.domain.text), ("review_on", claim.reviewOn?.description),
          ])
      }
      let next = claim.nextCheck(after: .none, at: now, jitter: 0)
      try await transaction.run(
        statements + telling.statements(by: worker, transaction)
          + [access.context, JobStore.finish(claim.id.uuid, next: next, access)])
      return claim
    }
  }

  private func conclude(
    _ asked: DomainClaim, _ observations: [DomainClaim.Observation]
  ) async throws -> Outcome? {
    let id = asked.id
    return try await worker.database.transaction(in: access) { transaction in
      let now = worker.clock.now
      guard let row = try await transaction.run(DomainClaimStore.lock(id, access)).first else {
        return nil
      }
      let before = try DomainClaimStore.claim(row, access)
      try await transaction.run(DomainClaimStore.insert(observations, id, at: now, access))
      guard before.basis == asked.basis else { return Outcome(claim: before, isStale: true) }
      let evidence = DomainClaim.evidence(observations)
      let rivals = DomainRivals(check: self, transaction: transaction, now: now)
      var outcome = Outcome(claim: before)
      outcome.claim.checkedAt = now
      outcome.claim.checks += 1
      outcome.claim.finding = try worker.challenge(of: before).finding(observations)
      let next = before.state(after: evidence, at: now)
      if before.state == .contested {
        try await rivals.settle(&outcome, evidence)
      } else if next == .verified && !before.state.holds {
        try await rivals.take(&outcome)
      } else if next != before.state {
        outcome.claim.enter(next, at: now)
      }
      if before.state == .pending, outcome.claim.state == .pending,
        before.deadline.map({ now >= $0 }) ?? false
      {
        // It was proven, but something kept it from the domain until its time was over.
        outcome.claim.enter(.expired, at: now)
      }
      let nextCheck = outcome.claim.nextCheck(
        after: evidence, at: now, jitter: .random(in: 0...1))
      let own = rivals.move(in: access)
      try await own.run(from: before, to: &outcome.claim, transaction)
      let isOver = !outcome.claim.isChecked(at: now)
      try await transaction.run(
        rivals.statements(by: worker)
          + [
            access.context,
            // A claim that is not checked any more gets one last run, for its suspended controls.
            JobStore.finish(id.uuid, next: isOver ? now : nextCheck, access),
          ])
      return outcome
    }
  }

  /// The telling for one tenant's audit log and events: with the caller and the request for the
  /// claim's own tenant, with the job for others.
  func telling(_ receiver: Access, at now: Timestamp) -> Telling {
    let isOwn = receiver.tenant == access.tenant
    return Telling(
      at: now, actor: receiver.caller.actor, requestID: isOwn ? requestID : "",
      reason: isOwn ? reason : nil)
  }
}

extension JobKind {
  package static let domainCheck = JobKind("domain_check")
}

extension DomainClaimCheck {
  package static let job = Job(
    .domainCheck, subject: { DomainClaimID(uuid: $0.id).description },
    .whole { worker, access, taken in
      try await DomainClaimCheck(worker: worker, access: access).run(DomainClaimID(uuid: taken.id))
    })
}
