import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Decides, in the transaction of a check, between those who want one name: consent and transfer,
/// contests, and names that the operator looks at first.
///
/// What befalls the other side's claim is written, and told, in their own scope.
final class DomainRivals {
  /// A contest that a claim speaks of and that is not there.
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

  /// How a tenant's claims are changed here, and told of.
  func move(in receiver: Access) -> DomainClaimMove {
    if let known = moves.first(where: { $0.access.tenant == receiver.tenant }) { return known }
    let move = DomainClaimMove(
      worker: check.worker, access: receiver, telling: check.telling(receiver, at: now), now: now)
    moves.append(move)
    return move
  }

  /// What is to be said on all sides; leaves another context.
  func statements(by worker: Worker) async throws -> [SQL] {
    var statements: [SQL] = []
    for move in moves { statements += try await move.telling.statements(by: worker, transaction) }
    return statements
  }

  private func other(_ tenant: TenantID) -> DomainClaimMove {
    move(in: SystemCaller(job: "domain_check").access(to: tenant))
  }

  /// A claim in its own tenant's scope, locked.
  private func lock(_ id: DomainClaimID, _ theirs: Access) async throws -> DomainClaim? {
    try await transaction.within(theirs) {
      try await transaction.run(DomainClaimStore.lock(id, theirs)).first
    }.map { try DomainClaimStore.claim($0, theirs) }
  }

  // MARK: Taking a name

  /// A claim that was proven takes its name, unless somebody else has a say in it.
  func take(_ outcome: inout DomainClaimCheck.Outcome) async throws {
    let claim = outcome.claim
    let isRenewal = claim.state == .lapsed
    if isRenewal {
      let rows = try await transaction.run(DomainClaimStore.hasLiving(besides: claim, access))
      // The newer claim stands for it.
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
    // What has lapsed contests nothing: a new claim does.
    if !isRenewal { try await contest(&outcome, holder) }
  }

  /// Whether the operator must look at the name first: it mixes scripts, or looks like one that
  /// somebody else holds.
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

  /// Uses up what the holder granted to this tenant, where it did and the tenant may act.
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

  /// The handshake: the holder granted the name, and this tenant proved it.
  ///
  /// A contest about it ends for all.
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

  /// Opens a contest where the rules let the rival; else says what keeps it.
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
      // One at a time: a third tenant waits until it is settled.
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

  /// In a contest: the incumbent's fresh proof ends it, and so does the deadline; the rival waits.
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

  /// Ends the contest that a rival's claim opened, by `body`, and saves the rival's side.
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
        // The rival's next check follows at once: it takes what has come free.
        JobStore.enqueue(rival.claim.uuid, .domainCheck, at: now, theirs.access),
      ])
    }
    guard let before, var claim = after else { return }
    try await theirs.run(from: before, to: &claim, transaction)
  }
}

extension Telling {
  /// Asks the operator to look at a name, and says so to the tenant.
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
