import Tenure
import Testing

@Suite struct DomainClaimLifeTests {
  private static let start = Timestamp(microseconds: 1_900_000_000_000_000)
  private static let day: Int64 = 86_400

  private static func claim(_ state: DomainClaim.State) -> DomainClaim {
    var claim = DomainClaim(
      id: DomainClaimID(at: start), tenant: TenantID(at: start),
      domain: DomainName(stored: "acme.test"), scope: .exact, at: start)
    if state != .pending {
      claim.enter(.verified, at: start)
      claim.enter(state, at: start)
    }
    return claim
  }

  private typealias Outcome = DomainClaim.Observation.Outcome

  private static func evidence(
    proofs: Int, denials: Int, silent: Int, denial: Outcome = .nodata, silence: Outcome = .servfail
  ) -> DomainClaim.Evidence {
    func many(_ count: Int, _ outcome: Outcome, _ isProof: Bool) -> [DomainClaim.Observation] {
      (0..<count).map { .init(resolver: "\($0)", outcome: outcome, isProof: isProof) }
    }
    return DomainClaim.evidence(
      many(proofs, .found, true) + many(denials, denial, false) + many(silent, silence, false))
  }

  @Test(arguments: 1...5) func `more than half of the resolvers decide, half does not`(
    count: Int
  ) {
    for agreeing in 0...count {
      let isMajority = agreeing > count - agreeing
      for other in [Outcome.servfail, .timeout] {
        let rest = count - agreeing
        #expect(
          (Self.evidence(proofs: agreeing, denials: 0, silent: rest, silence: other) == .proof)
            == isMajority)
        for denial in [Outcome.found, .nodata, .nxdomain] {
          let against = Self.evidence(
            proofs: 0, denials: agreeing, silent: rest, denial: denial, silence: other)
          #expect((against == .against) == isMajority)
        }
      }
      let mixed = Self.evidence(proofs: agreeing, denials: count - agreeing, silent: 0)
      #expect((mixed == .proof) == isMajority, "\(agreeing) of \(count)")
    }
    #expect(Self.evidence(proofs: 0, denials: 0, silent: count) == .none)
  }

  @Test func `two of four are no majority, on either side`() {
    #expect(Self.evidence(proofs: 2, denials: 2, silent: 0) == .none)
    #expect(Self.evidence(proofs: 2, denials: 0, silent: 2) == .none)
    #expect(Self.evidence(proofs: 0, denials: 2, silent: 2) == .none)
    #expect(Self.evidence(proofs: 3, denials: 1, silent: 0) == .proof)
  }

  @Test func `nobody asked is no evidence`() { #expect(DomainClaim.evidence([]) == .none) }

  @Test(arguments: [
    (DomainClaim.State.pending, 14 * day), (.atRisk, 72 * 3_600), (.grace, 14 * day),
    (.contested, 10 * day), (.lapsed, 90 * day),
  ])
  func `a state that ends by itself says when`(state: DomainClaim.State, seconds: Int64) {
    #expect(Self.claim(state).deadline == Self.start.adding(seconds: seconds))
  }

  @Test(arguments: [
    DomainClaim.State.verified, .expired, .ownershipChanged, .released, .refused,
  ])
  func `a state that stays says nothing`(state: DomainClaim.State) {
    #expect(Self.claim(state).deadline == nil)
  }

  @Test(arguments: [
    (DomainClaim.State.atRisk, DomainClaim.State.grace), (.grace, .lapsed), (.pending, .expired),
  ])
  func `a missing proof leads on at the deadline, not a second before`(
    state: DomainClaim.State, next: DomainClaim.State
  ) throws {
    let claim = Self.claim(state)
    let deadline = try #require(claim.deadline)
    #expect(claim.state(after: .against, at: deadline.adding(seconds: -1)) == state)
    #expect(claim.state(after: .against, at: deadline) == next)
    if state != .pending { #expect(claim.state(after: .none, at: deadline) == state) }
  }

  @Test func `a lapsed claim is proven anew within ninety days`() throws {
    let claim = Self.claim(.lapsed)
    let deadline = try #require(claim.deadline)
    let last = deadline.adding(seconds: -1)
    #expect(claim.state(after: .proof, at: last) == .verified && claim.isChecked(at: last))
    #expect(claim.state(after: .proof, at: deadline) == .lapsed)
    #expect(!claim.isChecked(at: deadline))
    #expect(claim.state(after: .against, at: last) == .lapsed)
    #expect(claim.nextCheck(after: .against, at: Self.start, jitter: 0) != nil)
    #expect(claim.nextCheck(after: .against, at: deadline, jitter: 0) == nil)
  }

  @Test func `clocks stand from grace on until the name is proven anew`() {
    var claim = Self.claim(.atRisk)
    #expect(claim.frozenAt == nil)
    let later = Self.start.adding(seconds: 9)
    claim.enter(.grace, at: later)
    #expect(claim.frozenAt == later)
    claim.enter(.lapsed, at: later.adding(seconds: 9))
    #expect(claim.frozenAt == later)
    claim.enter(.verified, at: later.adding(seconds: 10))
    #expect(claim.frozenAt == nil)
  }

  @Test func `what was asked for another state, token or turn is another question`() {
    let claim = Self.claim(.verified)
    var others = [claim, claim, claim, claim]
    others[0].enter(.atRisk, at: Self.start)
    others[1].tokenNumber += 1
    others[2].checks += 1
    others[3].method = .attestation
    for other in others { #expect(other.basis != claim.basis) }
    var same = claim
    same.version += 1
    same.affiliation = .file
    #expect(same.basis == claim.basis)
  }

  @Test func `a grant is good for fourteen days`() {
    let grant = DomainGrant(
      id: DomainGrantID(at: Self.start), Self.claim(.verified), DomainName(stored: "acme.test"),
      to: TenantID(at: Self.start), at: Self.start)
    let end = Self.start.adding(seconds: 14 * Self.day)
    #expect(grant.isGood(at: end.adding(seconds: -1)) && !grant.isGood(at: end))
  }

  @Test func `a suspension is told when it begins, two weeks and a day before it ends`() {
    func told(_ days: Int64, _ seconds: Int64 = 0) -> ControlSuspension.Told {
      ControlSuspension.due(
        since: Self.start, at: Self.start.adding(seconds: days * Self.day + seconds))
    }
    #expect(told(0) == .suspended && told(76, -1) == .suspended)
    #expect(told(76) == .endsInTwoWeeks && told(89, -1) == .endsInTwoWeeks)
    #expect(told(89) == .endsTomorrow)
    #expect(ControlSuspension.end(of: Self.start) == Self.start.adding(seconds: 90 * Self.day))
  }
}
