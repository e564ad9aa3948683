/// A tenant's claim on a domain: what is known of it, and what follows from what resolvers say.
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
    /// The operator vouched for it; never re-checked by DNS.
    case attestation
  }

  package enum State: String, CaseIterable, Sendable {
    case pending, verified
    case atRisk = "at_risk"
    case grace, lapsed, expired, contested
    case ownershipChanged = "ownership_changed"
    case released, refused

    /// Whether the tenant holds the name, uncontested: nobody else can.
    package var holds: Bool { [.verified, .atRisk, .grace].contains(self) }
    /// Whether it still takes part: proven, to be proven, or contested.
    package var isLiving: Bool { holds || self == .pending || self == .contested }
  }

  /// Whether the operator looks at a name before it can be held.
  package enum Review: String, CaseIterable, Sendable {
    /// It mixes scripts, or looks like a name that somebody else holds.
    case needed
    case allowed
  }

  /// What proved that somebody on the domain knows of the claim: enough to suggest and invite, never
  /// to take over.
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
  /// How long a lapsed claim can be proven anew, and control that rests on it stays suspended before
  /// it ends.
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
  /// Counted up when a fresh token is asked for.
  package var tokenNumber: Int
  package var tokenExpiresAt: Timestamp
  package var verifiedAt: Timestamp?
  package var checkedAt: Timestamp?
  package var checks: Int
  /// What the last look found in the place of the proof, in a sentence; nil where it found that.
  package var finding: String?
  /// In a contest, the claim on the other side.
  package var rival: Rival?
  /// Since when what cannot be undone must wait on this name; nil while it need not.
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

  /// When the state ends by itself, unless something else happens before; nil where it does not.
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

  /// Whether the tenant holds the name, be it contested: others have to wait, or to win the contest.
  package var holdsName: Bool { state.holds || (state == .contested && verifiedAt != nil) }

  /// Whether resolvers are asked about it: a lapsed one for as long as it can be proven anew.
  package func isChecked(at now: Timestamp) -> Bool {
    state.isLiving || (state == .lapsed && deadline.map { now < $0 } ?? false)
  }

  /// Whether it is a claim on this name, or one that its scope reaches.
  package func covers(_ name: String) -> Bool {
    name == domain.text || (scope == .subtree && name.hasSuffix("." + domain.text))
  }

  /// Goes over to another state, with what each state says of itself.
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

  /// It was kept as it is now: the database has counted its version up.
  package mutating func saved(at now: Timestamp) {
    version += 1
    updatedAt = now
  }

  // MARK: Looking

  /// What a question to the world was asked for: its answer counts for a claim that is still the
  /// same, and has not been looked at since.
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

  /// What several resolvers together say.
  package enum Evidence: Sendable, Equatable {
    case proof
    case against
    /// Too few answered: moves no state.
    case none
  }

  /// What one resolver said.
  package struct Observation: Sendable, Equatable {
    package enum Outcome: String, CaseIterable, Sendable {
      case found, nxdomain, nodata, servfail, timeout
    }
    package let resolver: String
    package let outcome: Outcome
    package let isProof: Bool
    /// The texts that were seen, so many and so much of each as is kept.
    package let records: [String]

    package static let recordsMax = 10
    package static let recordLengthMax = 255

    package init(resolver: String, outcome: Outcome, isProof: Bool, records: [String] = []) {
      self.resolver = resolver
      self.outcome = outcome
      self.isProof = isProof
      self.records = records.prefix(Self.recordsMax).map(Self.kept)
    }

    /// Anybody can write anything into a zone: characters that nobody sees are written out.
    private static func kept(_ text: String) -> String {
      var kept = ""
      for scalar in text.unicodeScalars.prefix(recordLengthMax) {
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
          kept += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          kept.unicodeScalars.append(scalar)
        }
      }
      return kept
    }
  }

  /// More than half of the resolvers asked must agree; those that did not answer agree with nobody.
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
  /// `.verified` from a claim that does not hold the name yet means that it was proven: whether it
  /// may have the name is decided with the rivals in view.
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
  /// `jitter` is between 0 and 1: claims made together are not re-checked together.
  package func nextCheck(after evidence: Evidence, at now: Timestamp, jitter: Double) -> Timestamp?
  {
    let spread = 0.9 + 0.2 * jitter
    func later(_ seconds: Double) -> Timestamp { now.adding(seconds: Int64(seconds * spread)) }
    guard isChecked(at: now) else { return nil }
    if state == .contested {
      // The holder may settle it, and the deadline does; the rival waits.
      guard verifiedAt != nil else { return later(3_600) }
      return max(now.adding(seconds: 1), min(later(900), deadline ?? now))
    }
    // The operator is asked again once, on the day that was set.
    if method == .attestation { return reviewOn.flatMap { $0 > now ? $0 : nil } }
    switch state {
    case .pending:
      // At its end once more, and no more often where the end brought no decision.
      let next = later(min(60 * pow2(checks), 21_600))
      return deadline.map { $0 > now ? min(next, $0) : next } ?? next
    case .verified, .lapsed: return later(evidence == .none ? 3_600 : 86_400)
    default: return later(3_600)
    }
  }

  private func pow2(_ exponent: Int) -> Double { Double(1 << min(max(exponent, 0), 16)) }
}
