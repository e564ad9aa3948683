import Tenure
import Testing

@Suite struct ClaimContestTests {
  private static let start = Timestamp(microseconds: 1_900_000_000_000_000)
  private static let day: Int64 = 86_400

  private static func claim(at now: Timestamp) -> DomainClaim {
    DomainClaim(
      id: DomainClaimID(at: now), tenant: TenantID(at: now),
      domain: DomainName(stored: "acme.test"), scope: .exact, at: now)
  }

  private static func held() -> DomainClaim {
    var claim = claim(at: start)
    claim.enter(.verified, at: start)
    return claim
  }

  private static let never = ClaimContest.Past(lastOpenedAt: nil, places: [])

  private static func open(
    past: ClaimContest.Past = never, at now: Timestamp = start
  ) throws -> (contest: ClaimContest, held: DomainClaim, rival: DomainClaim) {
    var (held, rival) = (held(), claim(at: start))
    let contest = try ClaimContest.open(&held, by: &rival, past: past, at: now)
    return (contest, held, rival)
  }

  @Test func `opening one freezes both sides, and asks the incumbent for a fresh token`() throws {
    let before = Self.held()
    let (contest, held, rival) = try Self.open()
    #expect(held.state == .contested && rival.state == .contested)
    #expect(held.state.rights == .frozen && held.frozenAt == Self.start)
    #expect(held.tokenNumber == before.tokenNumber + 1)
    #expect(held.deadline == contest.deadline && rival.deadline == contest.deadline)
    #expect(contest.deadline.seconds(since: Self.start) == 10 * Self.day)
    #expect(held.holdsName && !rival.holdsName)
  }

  @Test func `the same rival opens the next about a name after ninety days, not before`() throws {
    let past = ClaimContest.Past(lastOpenedAt: Self.start, places: [])
    let end = Self.start.adding(seconds: 90 * Self.day)
    #expect(throws: ClaimContest.Refusal.tooSoon(until: end)) {
      _ = try Self.open(past: past, at: end.adding(seconds: -1))
    }
    #expect(try Self.open(past: past, at: end).contest.state == .open)
  }

  @Test func `three may be open at once, and a fourth waits for a place`() throws {
    let two = ClaimContest.Past(lastOpenedAt: nil, places: [1, 3])
    #expect(try Self.open(past: two).contest.place == 2)
    let three = ClaimContest.Past(lastOpenedAt: nil, places: [1, 2, 3])
    #expect(throws: ClaimContest.Refusal.tooMany) { _ = try Self.open(past: three) }
  }

  @Test func `one at a time is open about a name`() throws {
    var (_, held, _) = try Self.open()
    var third = Self.claim(at: Self.start)
    #expect(throws: ClaimContest.Refusal.alreadyOpen) {
      _ = try ClaimContest.open(&held, by: &third, past: Self.never, at: Self.start)
    }
    #expect(third.state == .pending)
  }

  @Test func `the incumbent's fresh proof ends it, and the rival is refused`() throws {
    let opened = try Self.open()
    var (contest, held, rival) = (opened.contest, opened.held, Optional(opened.rival))
    try contest.defend(&held, against: &rival, at: Self.start.adding(seconds: 5))
    #expect(contest.state == .defended && contest.endedAt != nil)
    #expect(held.state == .verified && held.rival == nil && held.frozenAt == nil)
    #expect(rival?.state == .refused && rival?.rival == nil)
    #expect(throws: ClaimContest.Refusal.notOpen) {
      try contest.defend(&held, against: &rival, at: Self.start)
    }
  }

  @Test func `the deadline ends it, not a second before`() throws {
    let opened = try Self.open()
    var (contest, held, rival) = (opened.contest, opened.held, Optional(opened.rival))
    #expect(throws: ClaimContest.Refusal.notOver) {
      try contest.expire(&held, against: &rival, at: contest.deadline.adding(seconds: -1))
    }
    #expect(held.state == .contested)
    try contest.expire(&held, against: &rival, at: contest.deadline)
    #expect(contest.state == .lost)
    #expect(held.state == .ownershipChanged && held.state.rights == .suspended)
    #expect(rival?.state == .pending && rival?.rival == nil)
    // The rival has its fourteen days to prove the name, whenever it made its claim.
    #expect(rival?.deadline == contest.deadline.adding(seconds: 14 * Self.day))
  }

  @Test func `a name that moves in the middle ends it for all`() throws {
    let opened = try Self.open()
    var (contest, held, rival) = (opened.contest, opened.held, Optional(opened.rival))
    try contest.move(&held, against: &rival, at: Self.start)
    #expect(contest.state == .moved)
    #expect(held.state == .released && held.rival == nil)
    #expect(rival?.state == .refused && rival?.rival == nil)
  }

  @Test func `a rival's claim that has left stays as it is`() throws {
    let opened = try Self.open()
    var (contest, held, rival) = (opened.contest, opened.held, Optional(opened.rival))
    rival?.enter(.released, at: Self.start)
    try contest.defend(&held, against: &rival, at: Self.start)
    #expect(rival?.state == .released && held.state == .verified)
  }
}
