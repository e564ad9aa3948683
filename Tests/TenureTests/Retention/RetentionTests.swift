import Foundation
import Tenure
import Testing

@Suite struct RetentionTests {
  private static let utc = TimeZone(identifier: "UTC") ?? .gmt

  private static func time(_ text: String) throws -> Timestamp {
    try #require(Timestamp(parsing: text.count == 10 ? text + "T00:00:00Z" : text))
  }

  private static func rule(
    _ period: String?, _ action: RetentionRule.Action = .delete, named name: String = "rule",
    on className: String = "account", from trigger: String = "left", accounts: [AccountID] = [],
    lockedUntil: Timestamp? = nil, isDeleted: Bool = false
  ) throws -> RetentionRule {
    RetentionRule(
      id: RetentionRuleID(at: try time("2026-01-01")), version: 1, name: name,
      appliesTo: className, accounts: accounts, trigger: RetentionRule.Trigger(trigger),
      period: try period.map { try #require(CalendarPeriod(parsing: $0)) }, action: action,
      lockedUntil: lockedUntil, isDeleted: isDeleted, effectiveAt: try time("2026-01-01"))
  }

  @Test func `periods are calendar time`() throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let auckland = try #require(TimeZone(identifier: "Pacific/Auckland"))
    let cases: [(String, String, String, TimeZone)] = [
      ("2026-01-31", "P1M", "2026-02-28", Self.utc), ("2028-01-31", "P1M", "2028-02-29", Self.utc),
      ("2028-02-29", "P1Y", "2029-02-28", Self.utc), ("2026-12-31", "P2M", "2027-02-28", Self.utc),
      ("2026-03-15", "P2W", "2026-03-29", Self.utc),
      ("2026-05-31", "P1Y1M1D", "2027-07-01", Self.utc),
      ("1999-11-30", "P3M", "2000-02-29", Self.utc),
      // 31 January in Berlin is 30 January, 23:00 in UTC.
      ("2026-01-30T23:00:00Z", "P1M", "2026-02-27T23:00:00Z", berlin),
      // Over the change of the clocks, midnight stays midnight.
      ("2026-03-28T23:00:00Z", "P1D", "2026-03-29T22:00:00Z", berlin),
      ("2026-10-24T22:00:00Z", "P1D", "2026-10-25T23:00:00Z", berlin),
      ("2026-01-30T11:00:00Z", "P1M", "2026-02-27T11:00:00Z", auckland),
    ]
    for (start, period, end, zone) in cases {
      let found = try #require(CalendarPeriod(parsing: period)).after(
        try Self.time(start), in: zone)
      let expected = try Self.time(end)
      #expect(found == expected, "\(start) + \(period) is \(found)")
    }
    for text in ["", "P", "P1", "1Y", "PT1H", "P1M1Y", "P-1D", "P0D", "P1Y1Y", "P999Y", "p1y"] {
      #expect(CalendarPeriod(parsing: text) == nil, "\(text)")
    }
    #expect(CalendarPeriod(parsing: "P1Y14M3W")?.description == "P2Y2M21D")
  }

  @Test func `nothing that is due is overlooked by the earliest look`() throws {
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    var time = try Self.time("2023-12-01")
    for text in ["P1M", "P3M", "P1Y", "P6Y", "P45D", "P1Y1M1D"] {
      let period = try #require(CalendarPeriod(parsing: text))
      for _ in 0..<800 {
        time = time.adding(seconds: 86_400 + 7_919)
        let end = period.after(time, in: zone)
        #expect(period.latestStart(for: end, in: zone) >= time, "\(text) from \(time)")
      }
    }
  }

  @Test func `a day begins where the tenant is`() throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let midnight = try Self.time("2026-06-30T22:00:00Z")
    #expect(Timestamp(day: "2026-07-01", in: berlin) == midnight)
    #expect(Timestamp(day: "2026-02-30", in: berlin) == nil)
    #expect(Timestamp(day: "tomorrow", in: berlin) == nil)
  }

  /// The schedules a works council and a data protection officer agree on, word for word.
  private static let schedules:
    [(words: String, category: String, trigger: String, period: String?, due: String?)] = [
      ("employment file: leaving date + 6 years", "employment_file", "left", "P6Y", "2032-01-31"),
      ("payroll + 7 years", "payroll", "left", "P7Y", "2033-01-31"),
      ("bank details + 1 year", "bank_details", "left", "P1Y", "2027-01-31"),
      ("next of kin + 3 months", "next_of_kin", "left", "P3M", "2026-04-30"),
      (
        "unsuccessful applicant 6 months after the campaign closes", "applicant",
        "campaign_closed", "P6M", "2026-08-31"
      ),
      ("interview notes likewise", "interview_notes", "campaign_closed", "P6M", "2026-08-31"),
      ("marketing preference for ever", "marketing_preference", "created", nil, nil),
      ("anonymised statistics for ever", "anonymised_statistics", "created", nil, nil),
    ]

  @Test(arguments: schedules.indices)
  func `real schedules are expressed exactly`(index: Int) throws {
    let schedule = Self.schedules[index]
    let rules = try Self.schedules.map { item in
      try Self.rule(
        item.period, item.period == nil ? .retain : .delete, named: item.words,
        on: item.category, from: item.trigger)
    }
    let subject = RetentionSubject(
      id: "x", className: schedule.category, account: nil, createdAt: try Self.time("2020-05-05"),
      dates: [
        "left": try Self.time("2026-01-31"), "campaign_closed": try Self.time("2026-02-28"),
      ])
    func decide(_ text: String) throws -> RetentionDecision {
      RetentionDecision(subject, rules: rules, at: try Self.time(text), in: Self.utc)
    }
    guard let due = schedule.due else {
      let decision = try decide("2999-01-01")
      #expect(decision.level == .retain && decision.winner?.name == schedule.words)
      return
    }
    // Six months after the last of February is the twenty-eighth of August, not its last day.
    let day = schedule.trigger == "campaign_closed" ? "2026-08-28" : due
    let before = try Self.time(day).adding(seconds: -1)
    let early = RetentionDecision(subject, rules: rules, at: before, in: Self.utc)
    #expect(early.level == .notDue && early.action == .retain)
    #expect(early.dueAt == before.adding(seconds: 1))
    let late = try decide(day)
    #expect(late.level == .disposal && late.action == .delete)
    #expect(late.winner?.name == schedule.words && late.considered.count == 1)
  }

  @Test
  func `the order of decision is hold, lock, restriction, retain, erasure, disposal, default`()
    throws
  {
    let ada = AccountID(at: try Self.time("2026-01-01"))
    let now = try Self.time("2030-01-01")
    func subject(
      isHeld: Bool = false, isRestricted: Bool = false, isGranted: Bool = false
    ) throws -> RetentionSubject {
      RetentionSubject(
        id: "x", className: "account", account: ada, createdAt: try Self.time("2020-01-01"),
        dates: ["left": try Self.time("2026-01-01")], isHeld: isHeld, isRestricted: isRestricted,
        isErasureGranted: isGranted)
    }
    let standard = try Self.rule("P1Y", .anonymise, named: "default", on: "*", from: "created")
    let disposal = try Self.rule("P1Y", .delete, named: "disposal")
    let earlier = try Self.rule("P6M", .isolate, named: "earlier")
    let explicit = try Self.rule("P3Y", .anonymise, named: "explicit", accounts: [ada])
    let retain = try Self.rule("P10Y", .retain, named: "retain")
    let longer = try Self.rule(nil, .retain, named: "longer")
    let locked = try Self.rule(
      "P5Y", .retain, named: "locked", lockedUntil: try Self.time("2031-01-01"))
    // Each step adds what comes before all that was there.
    var rules: [RetentionRule] = []
    func expect(
      _ level: RetentionDecision.Level, _ winner: String?, _ subject: RetentionSubject
    ) {
      let decision = RetentionDecision(subject, rules: rules, at: now, in: Self.utc)
      #expect(decision.level == level && decision.winner?.name == winner, "\(decision)")
      #expect(decision.considered.count == rules.count)
    }
    expect(.noRule, nil, try subject())
    rules = [standard]
    expect(.tenantDefault, "default", try subject())
    rules += [disposal]
    expect(.disposal, "disposal", try subject())
    rules += [earlier]
    expect(.disposal, "earlier", try subject())
    rules += [explicit]
    expect(.disposal, "explicit", try subject())
    expect(.erasure, nil, try subject(isGranted: true))
    rules += [retain]
    expect(.retain, "retain", try subject(isGranted: true))
    rules += [longer]
    expect(.retain, "longer", try subject(isGranted: true))
    expect(.restriction, nil, try subject(isRestricted: true, isGranted: true))
    rules += [locked]
    expect(.lockedRetain, "locked", try subject(isRestricted: true, isGranted: true))
    expect(.hold, nil, try subject(isHeld: true, isRestricted: true, isGranted: true))
  }

  @Test func `a rule is weaker where data may go earlier by it`() throws {
    let base = try Self.rule("P6Y", .isolate)
    let lock = try Self.time("2030-01-01")
    let locked = try Self.rule("P6Y", .retain, lockedUntil: lock)
    let cases: [(RetentionRule, RetentionRule, Bool)] = [
      (base, base, false), (base, try Self.rule("P5Y", .isolate), true),
      (base, try Self.rule("P7Y", .isolate), false), (base, try Self.rule(nil, .isolate), false),
      (try Self.rule(nil, .isolate), base, true), (base, try Self.rule("P6Y", .delete), true),
      (base, try Self.rule("P6Y", .retain), false),
      (base, try Self.rule("P6Y", .isolate, from: "created"), true),
      (base, try Self.rule("P6Y", .isolate, on: "payroll"), true),
      // Seventy-two months are six years; 2,191 days may be fewer.
      (base, try Self.rule("P72M", .isolate), false),
      (base, try Self.rule("P2191D", .isolate), true),
      (locked, try Self.rule("P6Y", .retain), true),
      (locked, try Self.rule("P6Y", .retain, lockedUntil: lock.adding(seconds: 1)), false),
      (locked, try Self.rule("P6Y", .retain, isDeleted: true), true),
      (base, try Self.rule("P6Y", .isolate, isDeleted: true), false),
    ]
    for (index, (old, new, isWeaker)) in cases.enumerated() {
      #expect(new.isWeaker(than: old) == isWeaker, "case \(index)")
    }
  }
}
