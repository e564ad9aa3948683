import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing
import Vault

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

/// Everything anybody can do in a takeover, in any order, against the real service: nobody's account
/// is taken without its person having been told, with a way out.
@Suite struct TakeoverWalkTests {
  private static let walks =
    Int(ProcessInfo.processInfo.environment["TENURE_WALKS"] ?? "").map { 0..<UInt64($0) } ?? 0..<8
  private static let steps = 50
  /// Keys live for 90 days.
  private static let daysMax = 80

  @Test func `no order of events takes an account without its person having been told`()
    async throws
  {
    let (violations, outcomes) = try await withThrowingTaskGroup(
      of: ([String], Set<String>).self
    ) { group in
      for seed in Self.walks { group.addTask { try await Self.walk(seed) } }
      return try await group.reduce(([String](), Set<String>())) {
        ($0.0 + $1.0, $0.1.union($1.1))
      }
    }
    #expect(violations == [])
    // Walks in which nothing happened would prove nothing.
    #expect(outcomes.isSuperset(of: ["effective assume_control", "cancelled", "undone"]))
  }

  /// One walk: what it violated, and how its cases ended.
  private static func walk(_ seed: UInt64) async throws -> ([String], Set<String>) {
    var violations: [String] = []
    var outcomes: Set<String> = []
    var walk = try await Walk(seed: seed)
    for step in 0..<steps {
      let action = try await walk.step(daysMax: daysMax)
      violations += try walk.violations().map { "walk \(seed) step \(step) \(action): \($0)" }
      outcomes.formUnion(try walk.outcomes())
    }
    try await walk.fixture.stop()
    return (violations, outcomes)
  }

  /// The judge itself: it sees what the database would not let in.
  @Test(arguments: PlantedViolation.allCases)
  func `the judge of the walks sees what is planted`(_ planted: PlantedViolation) async throws {
    var walk = try await Walk(seed: 0)
    _ = try await walk.fixture.start()
    try await eventually {
      try walk.admin.run("SELECT count(*) FROM tenure.takeover_cases WHERE notice_at IS NOT NULL")
        == ["5"]
    }
    try await walk.learn()
    #expect(try walk.violations() == [])
    try walk.admin.run("SET session_replication_role = replica;" + planted.sql)
    #expect(try walk.violations().contains { $0.hasPrefix(planted.violation) })
    try await walk.fixture.stop()
  }
}

private struct Person {
  let id: String
  /// Verified ones, and whether they are another's to read.
  let addresses: [String]
  let phone: String?
}

private struct Walk {
  let fixture: TakeoverFixture
  let admin: BlockingSession
  private var random: SplitMix
  private var people: [Person] = []
  private var known: Set<String> = []
  private var days = 0
  /// The record that proves the claimed name; nil while it is taken away.
  private var record: (name: String, value: String)?
  private var isRecordThere = true
  private var second: String?
  private var hold: String?

  init(seed: UInt64) async throws {
    fixture = try await TakeoverFixture()
    random = SplitMix(state: seed)
    admin = try fixture.server.database.administrator()
    try admin.run(
      """
      CREATE TABLE public.walk_places (case_id uuid, address_hash bytea, kind text, name text,
        is_verified boolean, PRIMARY KEY (case_id, address_hash));
      CREATE TABLE public.walk_erased (account_id uuid PRIMARY KEY);
      SET search_path = pg_catalog, public
      """)
    let plans: [([(String, isVerified: Bool)], String?)] = [
      ([("ada@acme.test", true), ("ada@home.test", true)], nil), ([("bob@acme.test", true)], nil),
      ([("cy@acme.test", true), ("cy@b.acme.test", true)], nil),
      ([("dot@acme.test", true), ("dot@second.test", true)], "+4930123"),
      ([("eve@acme.test", true), ("eve@home.test", false)], nil),
    ]
    for (addresses, phone) in plans {
      let id = try await fixture.account(
        addresses, contacts: phone.map { [(kind: "sms", value: $0, isVerified: true)] } ?? [])
      people.append(Person(id: id, addresses: addresses.map(\.0), phone: phone))
    }
    let claim = try await fixture.server.get(
      "/v1/domain_claims/\(fixture.claim)", key: fixture.acme.key)
    record = (
      claim.json["record"]?["name"]?.string ?? "", claim.json["record"]?["value"]?.string ?? ""
    )
    _ = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints",
      body: #"{"url":"\#(fixture.sink.url)","event_types":["takeover.*"]}"#)
  }

  /// What the judge needs of cases that are new: where each destination lies.
  mutating func learn() async throws {
    let digests = try Digests()
    let rows = try admin.run(
      """
      SELECT DISTINCT c.case_id::text || ' ' || c.account_id::text FROM tenure.takeover_cases c
      JOIN tenure.notice_destinations d USING (tenant_id, case_id)
      """)
    for row in rows where known.insert(row).inserted {
      let ids = row.split(separator: " ").compactMap { UUID(uuidString: String($0)) }
      let item = CaseID(uuid: ids[0])
      let account = AccountID(uuid: ids[1]).description
      guard let person = people.first(where: { $0.id == account }) else { continue }
      for place in person.addresses.map({ ($0, "email") })
        + (person.phone.map { [("sms:\($0)", "sms")] } ?? [])
      {
        let hash = try digests.sha256(Array("\(item)\n\(place.0)".utf8))
        let hex = hash.map { String(format: "%02x", $0) }.joined()
        let name = place.0.split(separator: "@").dropFirst().last.map { "'\($0)'" } ?? "NULL"
        try admin.run(
          """
          INSERT INTO walk_places VALUES ('\(ids[0])', '\\x\(hex)', '\(place.1)', \(name),
            \(place.0 != "eve@home.test")) ON CONFLICT DO NOTHING
          """)
      }
    }
  }

  /// One thing somebody does; says what.
  mutating func step(daysMax: Int) async throws -> String {
    fixture.server.clock.advance(seconds: 1)
    let person = people.randomElement(using: &random) ?? people[0]
    let strong = try await fixture.person(person.id)
    let ids = try await fixture.server.get("/v1/me/notices", key: strong)
    let item = ids.json["data"]?.array?.last?["id"]?.string ?? ""
    let takeovers = try await fixture.server.get("/v1/takeovers", key: fixture.acme.key)
    let takeover = takeovers.json["data"]?.array?.last?["id"]?.string ?? ""
    let action = Int.random(in: 0..<24, using: &random)
    let did: String
    switch action {
    case 0, 1, 2:
      let policies = ["assume_control", "assume_control", "detach_address", "block_sign_in"]
      did = await note("start", try await fixture.start(pick(policies)))
    case 3: did = try await nameChanges()
    case 4: did = try await secondName()
    case 5: did = try await accountChanges(person)
    case 6, 7, 8: did = try await passes(daysMax)
    case 9: did = tryByHand()
    case _ where item.isEmpty: did = "nobody was told yet"
    case 10, 11, 12, 13: did = try await operatorSays(person, item)
    case 14, 15: did = try await linkIsUsed(person, item)
    case 16: did = await act(pick(["acknowledge", "accept", "detach"]), item, strong)
    case 17:
      let token = try await fixture.mailbox(person.id)
      did = "mailbox " + (await act(pick(["accept", "detach", "acknowledge"]), item, token))
    case 18: did = await act(pick(["export", "dispute"]), item, strong)
    case 19:
      let words = #","reason":"the operator has looked at it""#
      did = await note(
        "decide",
        try await fixture.server.send(
          "POST", "/v1/takeover_cases/\(item):decide",
          body: #"{"decision":"\#(pick(["uphold", "dismiss"]))"\#(words)}"#))
    case 20:
      did = await note(
        "takeover",
        try await fixture.server.send(
          "POST", "/v1/takeovers/\(takeover):\(pick(["cancel", "extend"]))", key: fixture.acme.key))
    default:
      did = await note(
        "undo",
        try await fixture.server.send(
          "POST", "/v1/takeover_cases/\(item):undo", key: fixture.acme.key))
    }
    // What follows from it is mostly done before the next thing happens, as it is in real life.
    if Int.random(in: 0..<4, using: &random) > 0 { try await fixture.server.drainJobs() }
    try await learn()
    return did
  }

  private mutating func pick(_ words: [String]) -> String {
    words.randomElement(using: &random) ?? ""
  }

  private mutating func passes(_ daysMax: Int) async throws -> String {
    let jump = Int.random(in: 1...18, using: &random)
    if days + jump > daysMax { return "no days left" }
    days += jump
    fixture.days(Int64(jump))
    try await fixture.server.drainJobs()
    return "\(jump) days"
  }

  private mutating func operatorSays(_ person: Person, _ item: String) async throws -> String {
    let hasFailed = Int.random(in: 0..<4, using: &random) == 0
    if let phone = person.phone, Bool.random(using: &random) {
      return await note(
        "receipt sms",
        try await fixture.receipt(item, phone, channel: "sms", hasFailed: hasFailed))
    }
    let address = pick(person.addresses)
    return await note(
      "receipt \(address) \(hasFailed)",
      try await fixture.receipt(
        item, address, channel: pick(["email", "email", "email", "sms"]), hasFailed: hasFailed))
  }

  private mutating func linkIsUsed(_ person: Person, _ item: String) async throws -> String {
    let address = pick(person.addresses)
    let link = try await fixture.link(item, address)
    if link.isEmpty { return "no link to \(address)" }
    return "link of \(address) "
      + (await act(pick(["accept", "detach", "acknowledge", "export", "dispute"]), item, link))
  }

  private func act(_ verb: String, _ item: String, _ hand: String) async -> String {
    let body: String? =
      switch verb {
      case "detach": "{}"
      case "dispute": #"{"reason":"it is my own"}"#
      default: nil
      }
    do {
      return await note(
        verb,
        try await fixture.server.send(
          "POST", "/v1/me/notices/\(item):\(verb)", key: hand, body: body))
    } catch { return "\(verb): \(error)" }
  }

  /// The record that proves the name goes, or comes back.
  private mutating func nameChanges() async throws -> String {
    guard let record else { return "there is no record" }
    if isRecordThere {
      try await fixture.zone.remove(record.name)
    } else {
      try await fixture.zone.add(record.name, "TXT", record.value)
    }
    isRecordThere.toggle()
    return await note(
      "the record \(isRecordThere ? "is back" : "goes")",
      try await fixture.server.send(
        "POST", "/v1/domain_claims/\(fixture.claim):check", key: fixture.acme.key))
  }

  /// The claimant asks for the name of a person's other address, or gives it up.
  private mutating func secondName() async throws -> String {
    if let id = second {
      second = nil
      return await note(
        "gives up second.test",
        try await fixture.server.send(
          "POST", "/v1/domain_claims/\(id):release", key: fixture.acme.key))
    }
    let made = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"second.test"}"#)
    if made.status == 201 { second = made.id }
    return await note("claims second.test", made)
  }

  private mutating func accountChanges(_ person: Person) async throws -> String {
    let path = "/v1/accounts/\(person.id)"
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      let kept = person.addresses.count > 1 ? person.addresses[1] : person.addresses[0]
      return await note(
        "addresses",
        try await fixture.server.send(
          "PATCH", path, body: #"{"addresses":[{"address":"\#(kept)","verified":true}]}"#))
    case 1:
      if let id = hold {
        hold = nil
        return await note(
          "release the hold",
          try await fixture.server.send(
            "POST", "/v1/holds/\(id):release", body: #"{"reason":"settled"}"#))
      }
      let placed = try await fixture.server.send(
        "POST", "/v1/holds",
        body: #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(person.id)"]}"#)
      if placed.status == 201 { hold = placed.id }
      return await note("hold", placed)
    case 2:
      return await note(
        "request",
        try await fixture.server.send(
          "POST", "/v1/me/requests", key: try await fixture.person(person.id),
          body: #"{"type":"access"}"#))
    case 3 where Int.random(in: 0..<3, using: &random) == 0:
      let answer = try await fixture.server.send(
        "POST", "\(path):erase", body: #"{"reason":"asked"}"#)
      try await fixture.server.drainJobs()
      try admin.run(
        """
        INSERT INTO walk_erased SELECT account_id FROM tenure.accounts WHERE status = 'erased'
        ON CONFLICT DO NOTHING
        """)
      return await note("erase", answer)
    default:
      let verb = pick(["deactivate", "reactivate", "restrict", "reactivate", "isolate"])
      return await note(
        verb, try await fixture.server.send("POST", "\(path):\(verb)", body: #"{"reason":"x"}"#))
    }
  }

  private func note(_ action: String, _ answer: TestAnswer) async -> String {
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

  /// What must never be, judged from the rows and from what the walk itself knows of each address,
  /// and by none of the functions that let things in.
  func violations() throws -> [String] {
    try admin.run(TakeoverJudge.rows)
  }
}
