import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Decides, in the transaction of a check, between claims on the same domain: by grants, by
/// contests, and by the operator's review.
///
/// A change of another tenant's claim is written, recorded and sent in the context of that tenant.
final class DomainRivals {
  /// Thrown where a claim is contested but its contest does not exist, which is a fault.
  struct MissingContest: Error { let claim: DomainClaimID }

  private let check: DomainClaimCheck
  private let transaction: Transaction
  private let now: Timestamp
  private var moves: [DomainClaimMove] = []

  private var access: Access { check.access }

  init(check: DomainClaimCheck, transaction: Transaction, now: Timestamp) {
    self.check = check
    self.transaction = transaction
    self.now = now
  }

  /// The mover that changes this tenant's claims, with its own telling.
  func move(in receiver: Access) -> DomainClaimMove {
    if let known = moves.first(where: { $0.access.tenant == receiver.tenant }) { return known }
    let move = DomainClaimMove(
      worker: check.worker, access: receiver, telling: check.telling(receiver, at: now), now: now)
    moves.append(move)
    return move
  }

  /// Statements that write what is to be told in all tenants; afterwards the context is another
  /// one.
  func statements(by worker: Worker) async throws -> [SQL] {
    var statements: [SQL] = []
    for move in moves { statements += try await move.telling.statements(by: worker, transaction) }
    return statements
  }

  private func other(_ tenant: TenantID) -> DomainClaimMove {
    move(in: SystemCaller(job: "domain_check").access(to: tenant))
  }

  /// Another tenant's claim, locked; nil where it does not exist.
  private func lock(_ id: DomainClaimID, _ theirs: Access) async throws -> DomainClaim? {
    try await transaction.within(theirs) {
      try await transaction.run(DomainClaimStore.lock(id, theirs)).first
    }.map { try DomainClaimStore.claim($0, theirs) }
  }

  // MARK: Taking a domain

  /// Gives a claim that was proven its domain, unless another tenant or the operator has a say in
  /// it.
  func take(_ outcome: inout DomainClaimCheck.Outcome) async throws {
    let claim = outcome.claim
    let isRenewal = claim.state == .lapsed
    if isRenewal {
      let rows = try await transaction.run(DomainClaimStore.hasLiving(besides: claim, access))
      // The tenant has a newer claim on the domain.
      if try rows.first?.bool(0) == true { return outcome.blocker = .domainClaimExists }
    }
    if try await waitsForReview(&outcome.claim) { return outcome.blocker = .domainReviewNeeded }
    let rows = try await transaction.run(DomainClaimStore.holder(of: claim.domain))
    guard let holder = try rows.first.map(DomainClaimStore.holder), holder.tenant != access.tenant
    else { return outcome.claim.enter(.verified, at: now) }
    if try await useGrant(of: holder, claim) {
      if holder.domain == claim.domain.text { try await handOver(holder) }
      return outcome.claim.enter(.verified, at: now)
    }
    guard holder.domain == claim.domain.text else { return outcome.blocker = .parentConsentNeeded }
    outcome.blocker = .domainHeld
    // A lapsed claim that is renewed cannot contest the domain; only a new claim can.
    if !isRenewal { try await contest(&outcome, holder) }
  }

  /// Whether the operator must look at the domain first, because it mixes scripts or looks like one
  /// that another tenant holds.
  ///
  /// The operator is told once.
  private func waitsForReview(_ claim: inout DomainClaim) async throws -> Bool {
    if claim.review == .allowed { return false }
    if claim.review == nil, !Confusables.mixesScripts(claim.domain.text) {
      let rows = try await transaction.run(DomainClaimStore.looksHeld(claim.domain, by: access))
      if try rows.first?.bool(0) != true { return false }
    }
    if claim.review == nil {
      claim.review = .needed
      move(in: access).telling.tellReviewNeeded(claim, of: access)
    }
    return true
  }

  /// Uses the holder's grant to this tenant; false where there is none, or this tenant is not active.
  private func useGrant(
    of holder: DomainClaimStore.Holder, _ claim: DomainClaim
  ) async throws -> Bool {
    let tenant = try await transaction.run(TenantStore.find(access.tenant, access)).first
    guard try tenant.map(TenantStore.tenant)?.state == .active else { return false }
    let theirs = other(holder.tenant)
    let rows = try await transaction.within(theirs.access) {
      try await transaction.run(
        DomainGrantStore.use(
          holder.claim, claim.domain, by: access.tenant, at: now, theirs.access))
    }
    guard let grant = try rows.first.map(DomainGrantStore.grant) else { return false }
    theirs.telling.record("domain_grant.used", grant.id, subject: nil, in: theirs.access)
    theirs.telling.tell(grant, .domainGrantUsed, at: now, by: theirs.access)
    return true
  }

  /// Takes the domain from its holder, who has granted it to this tenant.
  ///
  /// An open contest about the domain ends as well.
  private func handOver(_ holder: DomainClaimStore.Holder) async throws {
    let theirs = other(holder.tenant)
    guard let before = try await lock(holder.claim, theirs.access) else { return }
    var held = before
    if let rival = before.rival {
      try await withContest(of: rival) { contest, claim throws(ClaimContest.Refusal) in
        try contest.move(&held, against: &claim, at: self.now)
      }
    } else {
      held.enter(.released, at: now)
    }
    try await theirs.run(from: before, to: &held, transaction)
  }

  // MARK: Contests

  /// Opens a contest, if the rules allow that; otherwise sets the blocker that says why not.
  private func contest(
    _ outcome: inout DomainClaimCheck.Outcome, _ holder: DomainClaimStore.Holder
  ) async throws {
    let theirs = other(holder.tenant)
    guard let before = try await lock(holder.claim, theirs.access) else { return }
    var held = before
    let past = try DomainContestStore.past(
      try await transaction.run(DomainContestStore.past(held.domain, access)))
    let contest: ClaimContest
    do throws(ClaimContest.Refusal) {
      contest = try ClaimContest.open(&held, by: &outcome.claim, past: past, at: now)
    } catch {
      switch error {
      case .tooSoon: outcome.blocker = .contestTooSoon
      case .tooMany: outcome.blocker = .tooManyContests
      // There is a contest already: a third tenant waits until it is over.
      case .alreadyOpen, .notOver, .notOpen: break
      }
      return
    }
    try await transaction.run(DomainContestStore.insert(contest, access))
    try await theirs.run(from: before, to: &held, transaction)
    _ = try await transaction.within(theirs.access) {
      try await transaction.run(
        JobStore.enqueue(held.id.uuid, .domainCheck, at: now, theirs.access))
    }
  }

  /// Settles a contest: the incumbent's fresh proof or the deadline ends it; the rival's check
  /// changes nothing.
  func settle(
    _ outcome: inout DomainClaimCheck.Outcome, _ evidence: DomainClaim.Evidence
  ) async throws {
    guard outcome.claim.holdsName, let rival = outcome.claim.rival else {
      return outcome.blocker = .domainHeld
    }
    let isOver = outcome.claim.deadline.map { now >= $0 } ?? false
    guard evidence == .proof || isOver else { return }
    var held = outcome.claim
    try await withContest(of: rival) { contest, claim throws(ClaimContest.Refusal) in
      if evidence == .proof {
        try contest.defend(&held, against: &claim, at: self.now)
      } else {
        try contest.expire(&held, against: &claim, at: self.now)
      }
    }
    outcome.claim = held
  }

  /// Ends the contest that a rival's claim has opened, by `body`, and saves the rival's claim.
  private func withContest(
    of rival: DomainClaim.Rival,
    _ body: (inout ClaimContest, inout DomainClaim?) throws(ClaimContest.Refusal) -> Void
  ) async throws {
    let theirs = other(rival.tenant)
    let before = try await lock(rival.claim, theirs.access)
    let row = try await transaction.within(theirs.access) {
      try await transaction.run(DomainContestStore.lockOpen(rival.claim, theirs.access)).first
    }
    guard let row else { throw MissingContest(claim: rival.claim) }
    var contest = try DomainContestStore.contest(row, theirs.access)
    var after = before
    try body(&contest, &after)
    _ = try await transaction.within(theirs.access) {
      try await transaction.run([
        DomainContestStore.saveEnd(contest, theirs.access),
        // The rival's next check runs at once, because it can take the domain now.
        JobStore.enqueue(rival.claim.uuid, .domainCheck, at: now, theirs.access),
      ])
    }
    guard let before, var claim = after else { return }
    try await theirs.run(from: before, to: &claim, transaction)
  }
}

extension Telling {
  /// Sends the operator and the tenant the event that the operator must look at a domain.
  func tellReviewNeeded(_ claim: DomainClaim, of tenant: Access) {
    record("domain_claim.review_needed", claim.id, subject: nil, in: tenant)
    tell(
      .domainClaimReviewNeeded, claim.id, account: nil, of: tenant,
      [
        ("domain_claim_id", claim.id.description), ("tenant_id", tenant.tenant.description),
        ("domain", claim.domain.text),
        ("name", InternationalName.unicode(claim.domain.text).name),
      ])
  }
}
