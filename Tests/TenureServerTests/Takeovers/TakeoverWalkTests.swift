import Foundation
import JSON
import Postgres
import TenureTesting
import Testing

/// Reproducible randomness (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Everything anybody can do in a takeover, in any order: control is never without its receipt.
@Suite(.serialized) struct TakeoverWalkTests {
  private static let walks =
    Int(ProcessInfo.processInfo.environment["TENURE_WALKS"] ?? "").map { 0..<UInt64($0) } ?? 0..<4
  private static let steps = 70
  /// Keys live for 90 days.
  private static let daysMax = 80

  @Test func `no order of events leads to control without its receipt`() async throws {
    var violations: [String] = []
    var outcomes: Set<String> = []
    for seed in Self.walks {
      var walk = try await Walk(seed: seed)
      for step in 0..<Self.steps {
        let action = try await walk.step(daysMax: Self.daysMax)
        violations += try walk.violations().map { "walk \(seed) step \(step) \(action): \($0)" }
        outcomes.formUnion(try walk.outcomes())
      }
      try await walk.fixture.stop()
    }
    #expect(violations == [])
    // Walks in which nothing happened would prove nothing.
    #expect(outcomes.isSuperset(of: ["effective assume_control", "cancelled", "undone"]))
  }

  /// The judge itself: it sees what the database would not let in.
  @Test func `the judge of the walks sees control without a receipt`() async throws {
    let walk = try await Walk(seed: 0)
    _ = try await walk.fixture.start()
    let admin = try walk.fixture.server.database.administrator()
    try await eventually {
      try admin.run("SELECT count(*) FROM tenure.takeover_cases") == ["3"]
    }
    try admin.run(
      """
      ALTER TABLE tenure.controls DISABLE TRIGGER ALL;
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
      SELECT tenant_id, account_id, case_id, now(), now() FROM tenure.takeover_cases LIMIT 1
      """)
    #expect(try walk.violations().contains { $0.hasPrefix("control without receipt") })
    try await walk.fixture.stop()
  }
}

private struct Walk {
  let fixture: TakeoverFixture
  private var random: SplitMix
  private let accounts: [(id: String, addresses: [String])]
  private let admin: BlockingSession
  private var days = 0

  init(seed: UInt64) async throws {
    fixture = try await TakeoverFixture()
    random = SplitMix(state: seed)
    var accounts: [(String, [String])] = []
    for addresses in [
      ["ada@acme.test", "ada@home.test"], ["bob@acme.test"], ["cy@acme.test", "cy@b.acme.test"],
    ] {
      let id =
        addresses.count == 2
        ? try await fixture.account(addresses[0], addresses[1])
        : try await fixture.account(addresses[0])
      accounts.append((id, addresses))
    }
    self.accounts = accounts
    admin = try fixture.server.database.administrator()
  }

  /// One thing somebody does; says what.
  mutating func step(daysMax: Int) async throws -> String {
    fixture.server.clock.advance(seconds: 1)
    let person = accounts.randomElement(using: &random) ?? accounts[0]
    let token = try await fixture.person(person.id)
    let ids = try await fixture.server.get("/v1/me/notices", key: token)
    let item = ids.json["data"]?.array?.last?["id"]?.string ?? ""
    let takeovers = try await fixture.server.get("/v1/takeovers", key: fixture.acme.key)
    let takeover = takeovers.json["data"]?.array?.last?["id"]?.string ?? ""
    let action = Int.random(in: 0..<16, using: &random)
    if item.isEmpty, ![0, 1, 2, 7, 8, 9].contains(action) { return "nobody was told yet" }
    switch action {
    case 0, 1, 2:
      let policies = ["assume_control", "assume_control", "detach_address", "block_sign_in"]
      return await note(
        "start", try await fixture.start(policies.randomElement(using: &random) ?? ""))
    case 3, 4, 5, 6:
      let address = person.addresses.randomElement(using: &random) ?? ""
      let channel = ["email", "sms", "app"].randomElement(using: &random) ?? ""
      return await note(
        "receipt \(address) \(channel)",
        try await fixture.receipt(item, address, channel: channel))
    case 7, 8, 9:
      let jump = Int.random(in: 1...18, using: &random)
      if days + jump > daysMax { return "no days left" }
      days += jump
      fixture.days(Int64(jump))
      // What is due happens in the background.
      try await Task.sleep(for: .milliseconds(350))
      return "\(jump) days"
    case 10: return await act("acknowledge", item, token, nil)
    case 11: return await act("accept", item, token, nil)
    case 12:
      let verb = ["detach", "export", "dispute"].randomElement(using: &random) ?? ""
      let bodies = ["detach": "{}", "dispute": #"{"reason":"mine, because of \#(days)"}"#]
      return await act(verb, item, token, bodies[verb])
    case 13:
      let decision = Bool.random(using: &random) ? "uphold" : "dismiss"
      return await note(
        decision,
        try await fixture.server.send(
          "POST", "/v1/takeover_cases/\(item):decide", body: #"{"decision":"\#(decision)","reason":"x"}"#))
    case 14:
      let verb = ["cancel", "extend"].randomElement(using: &random) ?? ""
      return await note(
        verb,
        try await fixture.server.send(
          "POST", "/v1/takeovers/\(takeover):\(verb)", key: fixture.acme.key))
    default:
      if Bool.random(using: &random) {
        return await note(
          "undo",
          try await fixture.server.send(
            "POST", "/v1/takeover_cases/\(item):undo", key: fixture.acme.key))
      }
      return tryByHand()
    }
  }

  private mutating func act(
    _ verb: String, _ item: String, _ token: String, _ body: String?
  ) async -> String {
    do {
      return await note(
        verb,
        try await fixture.server.send(
          "POST", "/v1/me/notices/\(item):\(verb)", key: token, body: body))
    } catch { return "\(verb): \(error)" }
  }

  private mutating func note(_ action: String, _ answer: TestAnswer) async -> String {
    #expect(answer.status < 500, "\(action): \(answer.text)")
    return "\(action) \(answer.status)"
  }

  /// Control written by hand, as the application's own role in psql.
  private func tryByHand() -> String {
    _ = try? admin.run("SET ROLE tenure_app")
    defer { _ = try? admin.run("RESET ROLE") }
    _ = try? admin.run(
      """
      SELECT set_config('tenure.tenant', t.tenant_id::text, false) FROM (
        SELECT tenant_id FROM tenure.tenants WHERE name = 'Acme') AS t
      """)
    _ = try? admin.run(
      """
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
      SELECT tenant_id, account_id, case_id, now() + interval '1 year', now()
      FROM tenure.takeover_cases ORDER BY random() LIMIT 1
      """)
    return "by hand"
  }

  func outcomes() throws -> [String] {
    try admin.run(
      """
      SELECT DISTINCT CASE state WHEN 'effective' THEN 'effective ' || outcome ELSE state END
      FROM tenure.takeover_cases
      """)
  }

  /// What must never be, judged from the rows alone and not by the function that lets them in.
  func violations() throws -> [String] {
    try admin.run(
      """
      SELECT 'control without receipt ' || c.case_id
      FROM tenure.controls c
      JOIN tenure.takeover_cases i USING (tenant_id, case_id)
      JOIN (
        -- An extension afterwards does not make what was taken before it too early.
        SELECT t.*, t.notice_days - CASE WHEN t.extended_at > c.taken_at THEN 14 ELSE 0 END AS days,
          c.case_id AS taken
        FROM tenure.controls c
        JOIN tenure.takeover_cases i USING (tenant_id, case_id)
        JOIN tenure.takeovers t USING (tenant_id, takeover_id)) AS t ON t.taken = c.case_id
      WHERE c.account_id <> i.account_id OR NOT (
        (i.answer = 'accept' AND EXISTS (SELECT FROM tenure.receipts r
          WHERE r.case_id = c.case_id AND r.channel = 'accept' AND r.received_at <= c.taken_at))
        OR (t.no_answer = 'assume_control' AND (
          EXISTS (SELECT FROM tenure.receipts r WHERE r.case_id = c.case_id
            AND (r.level = 3 OR (r.level = 2 AND r.is_outside_domain))
            AND r.received_at + t.days * interval '1 day' <= c.taken_at)
          OR (SELECT count(DISTINCT r.channel) FROM tenure.receipts r
            WHERE r.case_id = c.case_id AND r.level = 2
            AND r.received_at + t.days * interval '1 day' <= c.taken_at) >= 2)))
      UNION ALL
      SELECT 'effect without receipt ' || i.case_id FROM tenure.takeover_cases i
      WHERE i.state = 'effective' AND NOT EXISTS (SELECT FROM tenure.receipts r
        WHERE r.case_id = i.case_id AND r.level >= 2 AND r.received_at <= i.effect_at)
      UNION ALL
      SELECT 'two controllers of ' || account_id FROM tenure.controls
      GROUP BY account_id HAVING count(*) > 1
      UNION ALL
      SELECT 'control outside its custody ' || c.account_id FROM tenure.controls c
      WHERE NOT EXISTS (SELECT FROM tenure_global.accounts a
        WHERE a.account_id = c.account_id AND a.tenant_id = c.tenant_id)
      """)
  }
}
