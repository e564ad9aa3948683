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

    /// Whether the tenant holds the name: nobody else can.
    package var holds: Bool { [.verified, .atRisk, .grace].contains(self) }
    /// Whether resolvers are asked about it.
    package var isChecked: Bool { holds || self == .pending || self == .contested }
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
  package static let contestDays: Int64 = 10
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
  package var deadline: Timestamp?
  /// In a contest, the claim on the other side.
  package var rival: Rival?
  package var reviewOn: Timestamp?
  package var affiliation: Affiliation?
  package var affiliatedAt: Timestamp?
  package let createdAt: Timestamp
  package var updatedAt: Timestamp
  package var version: Int

  package init(
    id: DomainClaimID, tenant: TenantID, domain: DomainName, scope: Scope, method: Method,
    state: State, stateSince: Timestamp, tokenNumber: Int, tokenExpiresAt: Timestamp,
    verifiedAt: Timestamp?, checkedAt: Timestamp?, checks: Int, deadline: Timestamp?,
    rival: Rival?, reviewOn: Timestamp?, affiliation: Affiliation?, affiliatedAt: Timestamp?,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
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
    self.deadline = deadline
    self.rival = rival
    self.reviewOn = reviewOn
    self.affiliation = affiliation
    self.affiliatedAt = affiliatedAt
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  /// A new claim, to be proven within 14 days.
  package init(
    id: DomainClaimID, tenant: TenantID, domain: DomainName, scope: Scope, at now: Timestamp
  ) {
    self.init(
      id: id, tenant: tenant, domain: domain, scope: scope, method: .dns, state: .pending,
      stateSince: now, tokenNumber: 1,
      tokenExpiresAt: now.adding(seconds: Self.pendingDays * 86_400), verifiedAt: nil,
      checkedAt: nil, checks: 0, deadline: nil, rival: nil, reviewOn: nil, affiliation: nil,
      affiliatedAt: nil, createdAt: now, updatedAt: now, version: 1)
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

    package init(resolver: String, outcome: Outcome, isProof: Bool) {
      self.resolver = resolver
      self.outcome = outcome
      self.isProof = isProof
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
    func passed(_ seconds: Int64) -> Bool { now >= stateSince.adding(seconds: seconds) }
    switch (state, evidence) {
    case (.pending, .proof), (.atRisk, .proof), (.grace, .proof): return .verified
    case (.pending, _): return now >= tokenExpiresAt ? .expired : .pending
    case (.verified, .against): return .atRisk
    case (.atRisk, .against): return passed(Self.atRiskHours * 3_600) ? .grace : .atRisk
    case (.grace, .against): return passed(Self.graceDays * 86_400) ? .lapsed : .grace
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
    guard state.isChecked else { return nil }
    if state == .contested {
      // The holder may settle it, and the deadline does; the rival waits.
      guard verifiedAt != nil else { return later(3_600) }
      return max(now.adding(seconds: 1), min(later(900), deadline ?? now))
    }
    // The operator is asked again once, on the day that was set.
    if method == .attestation { return reviewOn.flatMap { $0 > now ? $0 : nil } }
    switch state {
    case .pending: return min(later(min(60 * pow2(checks), 21_600)), tokenExpiresAt)
    case .verified: return later(evidence == .none ? 3_600 : 86_400)
    default: return later(3_600)
    }
  }

  private func pow2(_ exponent: Int) -> Double { Double(1 << min(max(exponent, 0), 16)) }
}
