import Tenure

/// Everything that is so, and since when, in plain words; hours since the case began.
struct WalkFacts {
  /// Where an address lies: on the claimed name, on another that the claimant may claim, on nobody's.
  enum Name: Int { case claimed, second, nobodys }

  struct Place {
    var kind: Destination.Kind
    var name: Name?
    var isVerified: Bool
    /// When the operator signed it first; a word said again says nothing new.
    var delivered: Int64?
    var failed: Int64?
    var sent: Int64?
    /// What the person did by its link while it was theirs alone, and when.
    var acts: [(action: NoticeAction, at: Int64)] = []
  }

  var hour: Int64 = 0
  var places: [Place] = []
  /// From when to when the claimant had a claim on its second name: pending or proven.
  var second: [(from: Int64, until: Int64?)] = []
  var rights = DomainRights.full
  var status = AccountStatus.active
  var hasClaimedAddress = true
  var isClaimedVerified = true
  var hasOpenRequest = false
  var isHeld = false
  var isLastOwnerElsewhere = false
  /// What the person did in a session that no mailbox could open.
  var sessionActs: [(action: NoticeAction, at: Int64)] = []
  var exported: Int64?
  /// Whether a dispute is undecided.
  var isDisputed = false
  var days: Int64 = 30
  var policy = Takeover.Outcome.assumeControl
}

extension WalkFacts {
  /// Whoever reads the mailboxes of the claimant reads what arrives there: a name that it had any
  /// claim on since the case began.
  func isClaimants(_ place: Place) -> Bool {
    switch place.name {
    case .claimed: true
    case .second: second.contains { $0.until.map { $0 >= 0 } ?? true }
    case .nobodys, nil: false
    }
  }

  func isPersons(_ place: Place) -> Bool { place.isVerified && !isClaimants(place) }

  /// When something arrived somewhere, as far as the operator's last word goes.
  private func arrival(_ place: Place) -> Int64? {
    let acted = place.acts.map(\.at).min()
    guard let delivered = place.delivered else { return acted }
    if let failed = place.failed, failed > delivered { return acted }
    return min(delivered, acted ?? delivered)
  }

  private var decided: [Int64] {
    sessionActs.map(\.at) + places.flatMap { $0.acts.map(\.at) }
  }

  /// Since when the person knows, for sure enough to lose their account by silence.
  var toldForControl: Int64? {
    let known = places.filter(\.isVerified)
    var ways = decided + known.filter { !isClaimants($0) }.compactMap(arrival)
    for one in known {
      for two in known where one.kind != two.kind && !(isClaimants(one) && isClaimants(two)) {
        if let first = arrival(one), let second = arrival(two) { ways.append(max(first, second)) }
      }
    }
    return ways.min()
  }

  /// Since when everything was tried, and something arrived.
  var toldForLess: Int64? {
    let known = places.filter(\.isVerified)
    let arrived = known.compactMap(arrival)
    guard let first = arrived.min() else { return nil }
    var settled = first
    for place in known {
      guard let at = [arrival(place), place.failed].compactMap(\.self).min() else { return nil }
      settled = max(settled, at)
    }
    return settled
  }

  func told(for outcome: Takeover.Outcome) -> Int64? {
    outcome == .assumeControl ? toldForControl : toldForLess
  }

  /// How long a notice must have run.
  var period: Int64 { days * 24 + (exported == nil ? 0 : 14 * 24) }

  /// Whether the person themselves chose it, by a hand that nobody else has.
  func wasChosen(_ action: NoticeAction) -> Bool {
    (sessionActs + places.flatMap(\.acts)).contains { $0.action == action }
  }

  var reachesSomebody: Bool { places.contains { isPersons($0) } }
}

// MARK: - The judge

/// Looks at an effect with the facts of its moment; knows none of the rules.
struct WalkJudge {
  static func violations(
    _ outcome: Takeover.Outcome, chosen: TakeoverCase.Answer?, _ facts: WalkFacts
  ) -> [String] {
    var violations: [String] = []
    switch chosen {
    case .accept, .detach:
      let action: NoticeAction = chosen == .accept ? .accept : .detach
      if !facts.wasChosen(action) { violations.append("somebody else decided \(outcome)") }
    case .dispute: violations.append("in a dispute: \(outcome)")
    case nil:
      if facts.isDisputed { violations.append("in a dispute: \(outcome)") }
      if outcome != facts.policy { violations.append("not the policy: \(outcome)") }
      if let since = facts.told(for: outcome) {
        if since + facts.period > facts.hour {
          violations.append("not told long enough: \(outcome)")
        }
      } else {
        violations.append("not told: \(outcome)")
      }
    }
    if facts.rights != .full { violations.append("not now: the name is \(facts.rights)") }
    if !facts.hasClaimedAddress || !facts.isClaimedVerified {
      violations.append("not now: the address is gone")
    }
    let isWayOut = outcome == .detachAddress && chosen == .detach
    if facts.hasOpenRequest && !isWayOut { violations.append("not now: a request is open") }
    if facts.status == .restricted && !isWayOut { violations.append("not now: it is restricted") }
    if facts.isHeld { violations.append("not now: it is held") }
    if facts.isLastOwnerElsewhere && outcome != .detachAddress {
      violations.append("not now: somebody's last owner")
    }
    if [.isolated, .deleted, .anonymised, .erased].contains(facts.status) {
      violations.append("not now: the account is \(facts.status)")
    }
    if outcome == .detachAddress && !facts.reachesSomebody {
      violations.append("unreachable afterwards")
    }
    return violations
  }
}
