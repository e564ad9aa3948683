import Tenure
import Testing

/// A hundred thousand lives of a case, each another order of what claimants, people, operators, names
/// and clocks do; after every step a judge who knows nothing of the rules looks at what happened.
///
/// The sentence: nobody takes an account without its person having been told, with a way out.
@Suite struct TakeoverWalkTests {
  private static let walks: UInt64 = 100_000
  private static let parts: UInt64 = 4

  @Test(arguments: 0..<parts)
  func `no order of events takes an account without its person having been told, with a way out`(
    _ part: UInt64
  ) {
    var seen: Set<String> = []
    var violations: [String] = []
    for seed in stride(from: part, to: Self.walks, by: Int(Self.parts)) {
      var walk = Walk(seed: seed)
      violations += walk.run().map { "walk \(seed): \($0)" }
      seen.formUnion(walk.seen)
      if violations.count > 5 { break }
    }
    #expect(violations == [])
    // Walks in which nothing happened would prove nothing.
    #expect(
      seen.isSuperset(of: [
        "assume_control by silence", "detach_address by silence", "block_sign_in by silence",
        "assume_control by accept", "detach_address by detach", "assume_control after a block",
        "detach_address after a block", "undone", "cancelled", "upheld", "dismissed", "lifted",
        "not notified", "put off", "refused to a mailbox",
      ]))
  }

  /// The judge itself: whatever is planted in what the walks do, it sees.
  @Test(arguments: Fault.allCases)
  private func `the judge of the walks sees what is planted`(_ fault: Fault) {
    let found = (0..<20_000 as Range<UInt64>).contains { (seed: UInt64) in
      var walk = Walk(seed: seed, fault: fault)
      return walk.run().contains { $0.hasPrefix(fault.violation) }
    }
    #expect(found, "nobody noticed")
  }
}

/// What the walks plant to see whether the judge notices.
private enum Fault: CaseIterable {
  case sentCounts, unverifiedCounts, claimantsMailboxIsTheirs, failureIsForgotten, oneOfManyIsEnough
  case noPeriod, mailboxDecides, staleEvidence, frozenTakes, goneAddressTakes, requestIsIgnored
  case holdIsIgnored, lastOwnerIsIgnored, disputeIsIgnored, lateUndo, undoWakes, nothingIsLeft

  var violation: String {
    switch self {
    case .sentCounts, .unverifiedCounts, .claimantsMailboxIsTheirs, .failureIsForgotten,
      .oneOfManyIsEnough, .noPeriod, .staleEvidence:
      "not told"
    case .mailboxDecides: "somebody else decided"
    case .frozenTakes, .goneAddressTakes, .requestIsIgnored, .holdIsIgnored, .lastOwnerIsIgnored:
      "not now"
    case .disputeIsIgnored: "in a dispute"
    case .lateUndo: "too late"
    case .undoWakes: "not where it was"
    case .nothingIsLeft: "unreachable"
    }
  }
}

/// Reproducible randomness (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
private struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(sides)) }
  mutating func isTrue(one sides: Int = 2) -> Bool { roll(sides) == 0 }
}

// MARK: - The walk

/// Does what the service does, by the rules alone.
private struct Walk {
  private static let steps = 22
  private static let start = Timestamp(microseconds: 1_700_000_000_000_000)
  private static let ids = (
    CaseID(at: start), TenantID(at: start), TakeoverID(at: start), AccountID(at: start)
  )

  private var dice: Dice
  private let fault: Fault?
  private var facts = WalkFacts()
  private var item: TakeoverCase
  private var evidenceAtStart: Evidence?
  /// What the effect found, and what it made of it.
  private var found: AccountStatus?
  private(set) var seen: Set<String> = []
  private var violations: [String] = []

  init(seed: UInt64, fault: Fault? = nil) {
    dice = Dice(state: seed)
    self.fault = fault
    item = TakeoverCase(
      id: Self.ids.0, tenant: Self.ids.1, takeover: Self.ids.2, account: Self.ids.3, at: Self.start)
    drawPerson()
  }

  private var now: Timestamp { Self.time(facts.hour) }
  private static func time(_ hour: Int64) -> Timestamp { start.adding(seconds: hour * 3_600) }

  private mutating func drawPerson() {
    facts.policy = Takeover.Outcome.allCases[dice.roll(3)]
    facts.days = [7, 14, 30][dice.roll(3)]
    facts.places = [.init(kind: .email, name: .claimed, isVerified: true)]
    for _ in 0..<dice.roll(4) {
      let kind: Destination.Kind = dice.isTrue() ? .email : [.sms, .push, .post][dice.roll(3)]
      let name: WalkFacts.Name? =
        kind == .email ? [.claimed, .second, .nobodys][dice.roll(3)] : nil
      facts.places.append(.init(kind: kind, name: name, isVerified: !dice.isTrue(one: 4)))
    }
    if dice.isTrue(one: 3) { facts.second = [(from: -100, until: dice.isTrue() ? nil : -50)] }
    if dice.isTrue(one: 6) { facts.status = dice.isTrue() ? .deactivated : .restricted }
  }

  mutating func run() -> [String] {
    work()
    for _ in 0..<Self.steps {
      step()
      work()
      lookForWaysOut()
      if !violations.isEmpty { return violations }
    }
    return violations
  }

  private mutating func step() {
    switch dice.roll(16) {
    case 0...3: facts.hour += [1, 23, 24, 100, 200, 336][dice.roll(6)]
    case 4...6: operatorSays()
    case 7, 8: linkIsUsed()
    case 9: sessionActs()
    case 10: nameChanges()
    case 11, 12: accountChanges()
    case 13: operatorDecides()
    case 14: claimantStops()
    default: claimsSecondName()
    }
  }

  private mutating func operatorSays() {
    let index = dice.roll(facts.places.count)
    guard item.noticeAt != nil else { return }
    switch dice.roll(4) {
    case 0: facts.places[index].sent = facts.places[index].sent ?? facts.hour
    case 1: facts.places[index].failed = facts.places[index].failed ?? facts.hour
    default: facts.places[index].delivered = facts.places[index].delivered ?? facts.hour
    }
  }

  private mutating func linkIsUsed() {
    let index = dice.roll(facts.places.count)
    let action = NoticeAction.allCases[dice.roll(NoticeAction.allCases.count)]
    let standing: Standing =
      facts.isPersons(facts.places[index]) || fault == .mailboxDecides ? .person : .mailbox
    guard perform(action, standing) else { return }
    if facts.isPersons(facts.places[index]) {
      facts.places[index].acts.append((action, facts.hour))
    }
  }

  private mutating func sessionActs() {
    let claimedSince = Self.time(-240)
    let assurance: Assurance =
      switch dice.roll(4) {
      case 0: .mailbox
      case 1: .session(signedInAt: now, hasSecondFactor: false)
      case 2: .session(signedInAt: claimedSince.adding(seconds: -1), hasSecondFactor: false)
      default: .session(signedInAt: nil, hasSecondFactor: true)
      }
    // The judge's own view of whose hand it is.
    let isTheirs =
      switch assurance {
      case .mailbox: false
      case .session(let at, let hasSecondFactor):
        hasSecondFactor || at.map { $0 < claimedSince } ?? false
      }
    let action = NoticeAction.allCases[dice.roll(NoticeAction.allCases.count)]
    let standing: Standing =
      assurance.isPersons(claimedSince: claimedSince) || fault == .mailboxDecides
      ? .person : .mailbox
    guard perform(action, standing), isTheirs else { return }
    facts.sessionActs.append((action, facts.hour))
  }

  /// Answers whether it was done.
  private mutating func perform(_ action: NoticeAction, _ standing: Standing) -> Bool {
    guard standing.allows(action) else {
      seen.insert("refused to a mailbox")
      return false
    }
    do throws(TakeoverCase.Refusal) {
      switch action {
      case .acknowledge: guard item.isAnswerable else { return false }
      case .accept: try item.accept(at: now)
      case .detach: try item.detach(at: now)
      case .export:
        try item.export(at: now)
        facts.exported = facts.hour
      case .dispute:
        try item.dispute(isNew: true, isPersons: true, at: now)
        facts.isDisputed = true
      }
      return true
    } catch { return false }
  }

  private mutating func nameChanges() {
    facts.rights = [.full, .full, .kept, .frozen, .suspended][dice.roll(5)]
  }

  private mutating func claimsSecondName() {
    if let last = facts.second.indices.last, facts.second[last].until == nil {
      facts.second[last].until = facts.hour
    } else {
      facts.second.append((from: facts.hour, until: nil))
    }
  }

  private mutating func accountChanges() {
    switch dice.roll(8) {
    case 0: facts.hasClaimedAddress.toggle()
    case 1: facts.isClaimedVerified.toggle()
    case 2: facts.hasOpenRequest.toggle()
    case 3: facts.isHeld.toggle()
    case 4: facts.isLastOwnerElsewhere.toggle()
    case 5, 6:
      if facts.status != .erased {
        facts.status =
          [.active, .restricted, .deactivated, .isolated, .deleted, .erased][
            dice.roll(6)]
      }
    default: break
    }
  }

  private mutating func operatorDecides() {
    if facts.isDisputed {
      let decision: TakeoverCase.Decision = dice.isTrue() ? .uphold : .dismiss
      let wasBlocking = item.isBlocking
      guard (try? item.decide(decision, at: now)) != nil else { return }
      facts.isDisputed = false
      seen.insert(decision == .uphold ? "upheld" : "dismissed")
      if decision == .uphold && wasBlocking { putBack() }
    } else if dice.isTrue(one: 3), (try? item.lift(at: now)) != nil {
      seen.insert("lifted")
      putBack()
    }
  }

  private mutating func claimantStops() {
    if dice.isTrue(one: 3) {
      if (try? item.cancel(at: now)) != nil { seen.insert("cancelled") }
      return
    }
    guard let effectAt = item.effectAt, item.state == .effective else { return }
    let isLate = now > effectAt.adding(seconds: 30 * 86_400)
    let isUndone = fault == .lateUndo || (try? item.undo(at: now)) != nil
    guard isUndone else {
      if !isLate { violations.append("no undo within thirty days") }
      return
    }
    if isLate { violations.append("too late to undo") }
    seen.insert("undone")
    putBack()
  }

  /// The account is what the effect found, where it still is what the effect made of it.
  private mutating func putBack() {
    guard let found else { return }
    let before = facts.status
    if fault == .undoWakes || before == .blocked {
      facts.status = fault == .undoWakes ? .active : found
    }
    let expected = before == .blocked ? found : before
    if facts.status != expected {
      violations.append("not where it was: \(before) became \(facts.status)")
    }
    self.found = nil
  }

  // MARK: What the service does by itself

  private mutating func work() {
    if item.noticeAt == nil { _ = try? item.send(at: now) }
    if item.state == .noticePending, let since = evidence().sufficed(for: facts.policy) {
      try? item.told(since: since, noticeDays: Int(facts.days), at: now)
      if let deadline = item.deadlineAt,
        deadline < Self.time((facts.told(for: facts.policy) ?? 0) + facts.period), fault == nil
      {
        violations.append("a deadline before its time")
      }
      evidenceAtStart = evidence()
    }
    if item.isOverdueForNotice(at: now), (try? item.endUnnotified(failed: false, at: now)) != nil {
      seen.insert("not notified")
    }
    if fault == .disputeIsIgnored && facts.isDisputed, let deadline = item.deadlineAt,
      deadline <= now
    {
      violations += WalkJudge.violations(facts.policy, chosen: item.answer, facts)
    }
    takeEffect()
  }

  private mutating func takeEffect() {
    guard let outcome = item.outcomeDue(facts.policy, at: now) else { return }
    let chosen = item.answer
    let wasBlocking = item.isBlocking
    switch standing(outcome).verdict(
      on: outcome, isBlocking: wasBlocking, isPersons: chosen != nil)
    {
    case .never(let reason):
      try? item.block(reason, at: now)
      return
    case .waits(let reason):
      _ = try? item.putOff(reason, until: now)
      seen.insert("put off")
      return
    case .clear: break
    }
    if chosen == nil && !isProven(outcome) {
      _ = try? item.putOff(.later, until: now)
      return
    }
    guard (try? item.takeEffect(facts.policy, at: now)) != nil else { return }
    violations += WalkJudge.violations(outcome, chosen: chosen, facts)
    let by = wasBlocking ? "after a block" : "by \(chosen?.rawValue ?? "silence")"
    seen.insert("\(outcome.rawValue) \(by)")
    if !wasBlocking { found = facts.status }
    switch outcome {
    case .blockSignIn: if facts.status == .active { facts.status = .blocked }
    case .assumeControl, .detachAddress:
      if wasBlocking, facts.status == .blocked, let found { facts.status = found }
    }
  }

  /// What the database asks again in the moment of the effect.
  private func isProven(_ outcome: Takeover.Outcome) -> Bool {
    let evidence = fault == .staleEvidence ? evidenceAtStart ?? evidence() : evidence()
    guard let since = evidence.sufficed(for: outcome) else { return false }
    return fault == .noPeriod || since.adding(seconds: facts.period * 3_600) <= now
  }

  private func evidence() -> Evidence {
    let places = facts.places.map { place in
      let sent = fault == .sentCounts ? place.sent : nil
      return Evidence.Place(
        place.kind, isVerified: place.isVerified || fault == .unverifiedCounts,
        isClaimants: facts.isClaimants(place) && fault != .claimantsMailboxIsTheirs,
        deliveredAt: (place.delivered ?? sent).map(Self.time),
        failedAt: fault == .failureIsForgotten ? nil : place.failed.map(Self.time),
        actedAt: place.acts.map(\.at).min().map(Self.time))
    }
    let acted = (facts.sessionActs + facts.places.flatMap(\.acts)).map(\.at).min()
    if fault == .oneOfManyIsEnough, let one = places.first(where: { $0.deliveredAt != nil }) {
      return Evidence(places: [one], actedAt: acted.map(Self.time))
    }
    return Evidence(places: places, actedAt: acted.map(Self.time))
  }

  private func standing(_ outcome: Takeover.Outcome) -> CaseStanding {
    CaseStanding(
      rights: fault == .frozenTakes ? .full : facts.rights, custody: .platform,
      status: facts.status,
      hasAddress: fault == .goneAddressTakes
        || (facts.hasClaimedAddress && facts.isClaimedVerified),
      isPrimary: true,
      hasOtherDestination: facts.reachesSomebody || fault == .nothingIsLeft,
      isRestricted: facts.status == .restricted,
      hasOpenRequest: facts.hasOpenRequest && fault != .requestIsIgnored,
      ownsElsewhere: facts.isLastOwnerElsewhere && fault != .lastOwnerIsIgnored,
      ownsClaimant: false, isHeld: facts.isHeld && fault != .holdIsIgnored)
  }

  // MARK: Ways out

  /// While nothing is decided, the person can decide, and anybody who was told can dispute.
  private mutating func lookForWaysOut() {
    guard item.noticeAt != nil else { return }
    let isOpen = item.state == .noticePending || item.state == .running
    let isShutOut = item.state == .effective && item.outcome == .blockSignIn
    guard isOpen || isShutOut, item.answer == nil, !facts.isDisputed else { return }
    for way in ["accept", "detach", "acknowledge"] + (facts.exported == nil ? ["export"] : [])
    where !item.actions.contains(way) {
      violations.append("no way out: \(way) while \(item.state)")
    }
    if item.disputes == 0 && !item.actions.contains("dispute") {
      violations.append("no way out: dispute while \(item.state)")
    }
  }
}
