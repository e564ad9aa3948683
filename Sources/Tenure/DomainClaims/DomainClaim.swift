/// A tenant's claim on a domain, and the rules by which it changes with what DNS resolvers answer.
///
/// Pure: the caller brings the observations and the time.
package struct DomainClaim: Sendable, Equatable {
  package enum Scope: String, CaseIterable, Sendable {
    /// The name itself.
    case exact
    /// The name and all below it.
    case subtree
  }

  package enum Method: String, CaseIterable, Sendable {
    case dns
    /// The operator vouched for it; DNS is never asked.
    case attestation
  }

  package enum State: String, CaseIterable, Sendable {
    case pending, verified
    case atRisk = "at_risk"
    case grace, lapsed, expired, contested
    case ownershipChanged = "ownership_changed"
    case released, refused

    /// Whether the tenant holds the domain without a contest; no other tenant can then.
    package var holds: Bool { [.verified, .atRisk, .grace].contains(self) }
    /// Whether the claim is not over: it holds the domain, waits for its proof, or is contested.
    package var isLiving: Bool { holds || self == .pending || self == .contested }
  }

  /// Whether the operator must look at the domain before the claim can hold it; nil where not.
  package enum Review: String, CaseIterable, Sendable {
    /// It mixes scripts, or looks like a name that somebody else holds.
    case needed
    case allowed
  }

  /// What proved that somebody at the domain knows of the claim.
  ///
  /// It is enough to suggest accounts and to invite, never to take over.
  package enum Affiliation: String, CaseIterable, Sendable {
    /// A file that the domain's web server serves.
    case file
    /// A code that came back from one of its well-known mailboxes.
    case mailbox
  }

  /// Mailboxes that only whoever runs a domain can read (CA/Browser Forum Baseline Requirements
  /// section 3.2.2.4.4).
  package enum Mailbox: String, CaseIterable, Sendable {
    case admin, administrator, hostmaster, postmaster, webmaster
  }

  package struct Rival: Sendable, Equatable {
    package let tenant: TenantID
    package let claim: DomainClaimID
    package init(tenant: TenantID, claim: DomainClaimID) {
      self.tenant = tenant
      self.claim = claim
    }
  }

  package static let pendingDays: Int64 = 14
  package static let atRiskHours: Int64 = 72
  package static let graceDays: Int64 = 14
  /// How long a lapsed claim can be proven anew, and how long control that rests on it stays
  /// suspended before it ends.
  package static let suspensionDays: Int64 = 90
  /// How long a mailbox code is good.
  package static let codeSeconds: Int64 = 3_600

  package let id: DomainClaimID
  package let tenant: TenantID
  package let domain: DomainName
  package let scope: Scope
  package var method: Method
  package var state: State
  package var stateSince: Timestamp
  /// Grows by one with each fresh token; tokens of earlier numbers prove nothing.
  package var tokenNumber: Int
  package var tokenExpiresAt: Timestamp
  package var verifiedAt: Timestamp?
  package var checkedAt: Timestamp?
  package var checks: Int
  /// What the last check found instead of the proof, in a sentence; nil where it found the proof.
  package var finding: String?
  /// The other tenant's claim while the two are in a contest.
  package var rival: Rival?
  /// Since when the rights on the domain are frozen, so that nothing irreversible happens; nil
  /// where they are not.
  package var frozenAt: Timestamp?
  package var review: Review?
  package var reviewOn: Timestamp?
  package var affiliation: Affiliation?
  package var affiliatedAt: Timestamp?
  package let createdAt: Timestamp
  package var updatedAt: Timestamp
  package var version: Int

  package init(
    id: DomainClaimID, tenant: TenantID, domain: DomainName, scope: Scope, method: Method,
    state: State, stateSince: Timestamp, tokenNumber: Int, tokenExpiresAt: Timestamp,
    verifiedAt: Timestamp?, checkedAt: Timestamp?, checks: Int, finding: String?, rival: Rival?,
    frozenAt: Timestamp?, review: Review?, reviewOn: Timestamp?, affiliation: Affiliation?,
    affiliatedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.tenant = tenant
    self.domain = domain
    self.scope = scope
    self.method = method
    self.state = state
    self.stateSince = stateSince
    self.tokenNumber = tokenNumber
    self.tokenExpiresAt = tokenExpiresAt
    self.verifiedAt = verifiedAt
    self.checkedAt = checkedAt
    self.checks = checks
    self.finding = finding
    self.rival = rival
    self.frozenAt = frozenAt
    self.review = review
    self.reviewOn = reviewOn
    self.affiliation = affiliation
    self.affiliatedAt = affiliatedAt
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  /// A new claim, to be proven within 14 days.
  package init(
    id: DomainClaimID, tenant: TenantID, domain: DomainName, scope: Scope, review: Review? = nil,
    at now: Timestamp
  ) {
    self.init(
      id: id, tenant: tenant, domain: domain, scope: scope, method: .dns, state: .pending,
      stateSince: now, tokenNumber: 1,
      tokenExpiresAt: now.adding(seconds: Self.pendingDays * 86_400), verifiedAt: nil,
      checkedAt: nil, checks: 0, finding: nil, rival: nil, frozenAt: nil, review: review,
      reviewOn: nil,
      affiliation: nil, affiliatedAt: nil, createdAt: now, updatedAt: now, version: 1)
  }

  /// When the state ends by itself unless something happens before; nil for states without an end.
  package var deadline: Timestamp? {
    switch state {
    case .pending: stateSince.adding(seconds: Self.pendingDays * 86_400)
    case .atRisk: stateSince.adding(seconds: Self.atRiskHours * 3_600)
    case .grace: stateSince.adding(seconds: Self.graceDays * 86_400)
    case .contested: stateSince.adding(seconds: ClaimContest.days * 86_400)
    case .lapsed: stateSince.adding(seconds: Self.suspensionDays * 86_400)
    case .verified, .expired, .ownershipChanged, .released, .refused: nil
    }
  }

  /// Whether the tenant holds the domain, even if it is contested: others must wait, or win the
  /// contest.
  package var holdsName: Bool { state.holds || (state == .contested && verifiedAt != nil) }

  /// Whether resolvers are still asked about the claim; a lapsed one is until it cannot be proven
  /// anew.
  package func isChecked(at now: Timestamp) -> Bool {
    state.isLiving || (state == .lapsed && deadline.map { now < $0 } ?? false)
  }

  /// Whether the claim is about this name: its domain, or below it where the scope is `subtree`.
  package func covers(_ name: String) -> Bool {
    name == domain.text || (scope == .subtree && name.hasSuffix("." + domain.text))
  }

  /// Moves to another state and sets the dates that go with it.
  package mutating func enter(_ next: State, at now: Timestamp) {
    state = next
    stateSince = now
    if next == .verified && verifiedAt == nil { verifiedAt = now }
    if next != .contested { rival = nil }
    if next.rights.allowsDestruction {
      frozenAt = nil
    } else if verifiedAt != nil && frozenAt == nil {
      frozenAt = now
    }
  }

  /// Marks it as saved: the database has counted its version up.
  package mutating func saved(at now: Timestamp) {
    version += 1
    updatedAt = now
  }

  // MARK: Looking

  /// What a claim was when a check of it began.
  ///
  /// The check's answer counts only if the claim is still the same by then, and no other check has
  /// come in between.
  package struct Basis: Sendable, Equatable {
    let method: Method
    let state: State
    let stateSince: Timestamp
    let tokenNumber: Int
    let rival: Rival?
    let checks: Int
  }

  package var basis: Basis {
    Basis(
      method: method, state: state, stateSince: stateSince, tokenNumber: tokenNumber,
      rival: rival, checks: checks)
  }

  // MARK: Evidence

  /// What the answers of several resolvers amount to.
  package enum Evidence: Sendable, Equatable {
    case proof
    case against
    /// Too few resolvers answered: the state stays.
    case none
  }

  /// What one resolver answered.
  package struct Observation: Sendable, Equatable {
    package enum Outcome: String, CaseIterable, Sendable {
      case found, nxdomain, nodata, servfail, timeout
    }
    package let resolver: String
    package let outcome: Outcome
    package let isProof: Bool
    /// The texts of the records, at most `recordsMax` of them, each cut to `recordLengthMax`.
    package let records: [String]

    package static let recordsMax = 10
    package static let recordLengthMax = 255

    package init(resolver: String, outcome: Outcome, isProof: Bool, records: [String] = []) {
      self.resolver = resolver
      self.outcome = outcome
      self.isProof = isProof
      self.records = records.prefix(Self.recordsMax).map(Self.kept)
    }

    /// Anybody can put anything into a zone: what nobody sees, or what turns other text around, is
    /// escaped.
    private static func kept(_ text: String) -> String {
      var kept = ""
      for scalar in text.unicodeScalars.prefix(recordLengthMax) {
        if scalar.isInvisible {
          kept += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          kept.unicodeScalars.append(scalar)
        }
      }
      return kept
    }
  }

  /// More than half of the resolvers asked must agree.
  ///
  /// Those that did not answer count as asked, and for neither side.
  package static func evidence(_ observations: [Observation]) -> Evidence {
    let proofs = observations.count(where: \.isProof)
    let denials = observations.count {
      !$0.isProof && [.found, .nxdomain, .nodata].contains($0.outcome)
    }
    if proofs * 2 > observations.count { return .proof }
    if denials * 2 > observations.count { return .against }
    return .none
  }

  // MARK: What follows

  /// The state after a check.
  ///
  /// `.verified` for a claim that does not hold the domain yet means only that it was proven: the
  /// caller decides with the rivals in view whether it gets the domain.
  package func state(after evidence: Evidence, at now: Timestamp) -> State {
    let isOver = deadline.map { now >= $0 } ?? false
    switch (state, evidence) {
    case (.lapsed, .proof): return isOver ? .lapsed : .verified
    case (.pending, .proof), (.atRisk, .proof), (.grace, .proof): return .verified
    case (.pending, _): return isOver ? .expired : .pending
    case (.verified, .against): return .atRisk
    case (.atRisk, .against): return isOver ? .grace : .atRisk
    case (.grace, .against): return isOver ? .lapsed : .grace
    default: return state
    }
  }

  /// When resolvers are to be asked again; nil for never.
  ///
  /// `jitter` is between 0 and 1, and spreads the checks of claims that were made together.
  package func nextCheck(after evidence: Evidence, at now: Timestamp, jitter: Double) -> Timestamp?
  {
    let spread = 0.9 + 0.2 * jitter
    func later(_ seconds: Double) -> Timestamp { now.adding(seconds: Int64(seconds * spread)) }
    guard isChecked(at: now) else { return nil }
    if state == .contested {
      // The incumbent's check may settle the contest, and so does the deadline; the rival has
      // nothing to prove meanwhile.
      guard verifiedAt != nil else { return later(3_600) }
      return max(now.adding(seconds: 1), min(later(900), deadline ?? now))
    }
    // An attestation is looked at again once, on the day that the operator has set.
    if method == .attestation { return reviewOn.flatMap { $0 > now ? $0 : nil } }
    switch state {
    case .pending:
      // Once more at the deadline; afterwards as rarely as before, where that check was undecided.
      let next = later(min(60 * pow2(checks), 21_600))
      return deadline.map { $0 > now ? min(next, $0) : next } ?? next
    case .verified, .lapsed: return later(evidence == .none ? 3_600 : 86_400)
    default: return later(3_600)
    }
  }

  private func pow2(_ exponent: Int) -> Double { Double(1 << min(max(exponent, 0), 16)) }
}
