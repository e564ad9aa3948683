import JSON
import Postgres
import Tenure
import TenureAPI
import TenureTesting
import Testing

@testable import TenureServer

/// Back is where it was, and a block is not the end.
@Suite struct CaseUndoTests {
  /// A case of one account, accepted by its person, or at its deadline.
  private func effective(
    _ fixture: TakeoverFixture, _ noAnswer: String, _ account: String, _ addresses: [String],
    accepts: Bool = false
  ) async throws -> (takeover: String, id: String) {
    let takeover = try await fixture.start(noAnswer)
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    if accepts {
      let answer = try await act(fixture, account, id, "accept")
      #expect(answer.status == 200, "\(answer.text)")
    } else {
      for address in addresses {
        let answer = try await fixture.receipt(id, address)
        #expect(answer.status == 201, "\(answer.text)")
      }
      fixture.days(31)
    }
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "effective")
    fixture.server.clock.advance(seconds: 1)
    return (takeover.id, id)
  }

  private func act(
    _ fixture: TakeoverFixture, _ account: String, _ id: String, _ verb: String,
    _ body: String? = nil
  ) async throws -> TestAnswer {
    fixture.server.clock.advance(seconds: 1)
    return try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):\(verb)", key: try await fixture.person(account), body: body)
  }

  private func undo(_ fixture: TakeoverFixture, _ id: String) async throws -> TestAnswer {
    try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(id):undo", key: fixture.acme.key)
  }

  private func verb(
    _ fixture: TakeoverFixture, _ verb: String, _ account: String
  ) async throws {
    let answer = try await fixture.server.send(
      "POST", "/v1/accounts/\(account):\(verb)", body: #"{"reason":"x"}"#)
    #expect(answer.status < 300, "\(answer.text)")
    fixture.server.clock.advance(seconds: 1)
  }

  private func status(_ fixture: TakeoverFixture, _ account: String) async throws -> String? {
    try await fixture.server.get("/v1/accounts/\(account)").json["status"]?.string
  }

  @Test func `what the operator had deactivated stays so after control, and after a block`()
    async throws
  {
    for (policy, accepts) in [("assume_control", true), ("block_sign_in", false)] {
      let fixture = try await TakeoverFixture()
      let ada = try await fixture.account("ada@acme.test", "ada@home.test")
      try await verb(fixture, "deactivate", ada)
      let (_, id) = try await effective(
        fixture, policy, ada, ["ada@acme.test", "ada@home.test"], accepts: accepts)
      let undone = try await undo(fixture, id)
      #expect(undone.json["state"]?.string == "undone", "\(undone.text)")
      #expect(try await status(fixture, ada) == "deactivated", "\(policy)")
      try await fixture.stop()
    }
  }

  /// Both end the same case: they must lock in one order, or each waits for the other until both are
  /// refused.
  @Test func `of undo and release at once, one does it and none is refused for having waited`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    for round in 0..<6 {
      let ada = try await fixture.account("ada\(round)@acme.test", "ada\(round)@home.test")
      let (_, id) = try await effective(fixture, "assume_control", ada, [], accepts: true)
      async let first = undo(fixture, id)
      async let release = fixture.server.send(
        "POST", "/v1/accounts/\(ada):release", key: fixture.acme.key, body: #"{"reason":"r"}"#)
      async let second = undo(fixture, id)
      let answers = try await [first, release, second]
      // Undoing again answers the same again.
      #expect(answers.contains { $0.status == 200 }, "\(answers.map(\.text))")
      #expect(
        answers[1].status != 200 || answers[0].status == 409 && answers[2].status == 409,
        "\(answers.map(\.text))")
      #expect(
        answers.allSatisfy { $0.status != 503 && $0.code != "idempotency_in_flight" },
        "\(answers.map(\.text))")
    }
    try await fixture.stop()
  }

  /// The same, for a block that is undone and lifted.
  @Test func `of undo and reactivation at once, one does it and none is refused for having waited`()
    async throws
  {
    for _ in 0..<3 {
      let fixture = try await TakeoverFixture()
      let (work, home) = ("ada@acme.test", "ada@home.test")
      let ada = try await fixture.account(work, home)
      let (_, id) = try await effective(fixture, "block_sign_in", ada, [work, home])
      async let first = undo(fixture, id)
      async let lift = fixture.server.send(
        "POST", "/v1/accounts/\(ada):reactivate", body: #"{"reason":"r"}"#)
      let answers = try await [first, lift]
      #expect(answers.allSatisfy { $0.status == 200 || $0.status == 409 }, "\(answers.map(\.text))")
      #expect(
        answers.allSatisfy { $0.status != 503 && $0.code != "idempotency_in_flight" },
        "\(answers.map(\.text))")
      #expect(try await status(fixture, ada) == "active")
      try await fixture.stop()
    }
  }

  @Test(arguments: ["delete", "isolate", "deactivate", "erase"])
  func `undoing a block wakes nobody whom something else has put to sleep`(verb: String)
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (_, id) = try await effective(
      fixture, "block_sign_in", ada, ["ada@acme.test", "ada@home.test"])
    try await self.verb(fixture, verb, ada)
    try await fixture.server.drainJobs()
    let before = try fixture.server.database.administrator().run(
      "SELECT status FROM tenure.accounts")
    let undone = try await undo(fixture, id)
    #expect(
      verb == "deactivate" ? undone.status == 200 : undone.code == "account_state_conflict",
      "\(undone.text)")
    let after = try fixture.server.database.administrator().run(
      "SELECT status FROM tenure.accounts")
    #expect(after == before && after != ["active"], "\(verb): \(after)")
    #expect(try await fixture.server.get("/v1/accounts").status == 200)
    try await fixture.stop()
  }

  @Test func `what was erased stays so, whoever writes`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test")
    let admin = try fixture.server.database.administrator()
    try admin.run("SET session_replication_role = replica")
    try admin.run("UPDATE tenure.accounts SET status = 'erased', wrapped_key = NULL")
    try admin.run("SET session_replication_role = origin")
    for statement in [
      "UPDATE tenure.accounts SET status = 'active'", "DELETE FROM tenure.accounts",
      "UPDATE tenure.accounts SET wrapped_key = ''",
    ] {
      #expect(try admin.refusal(of: statement) == "23514 erased_is_final", "\(statement)")
    }
    try await fixture.stop()
  }

  @Test func `addresses come back as they were, verified or not, and no others`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account([
      ("ada@acme.test", true), ("lovelace@acme.test", false), ("ada@home.test", true),
    ])
    let (_, id) = try await effective(
      fixture, "detach_address", ada, ["ada@acme.test", "ada@home.test"])
    let path = "/v1/accounts/\(ada)"
    #expect(!(try await fixture.server.get(path).text.contains("acme.test")))
    let undone = try await undo(fixture, id)
    #expect(undone.status == 200, "\(undone.text)")
    let addresses = try await fixture.server.get(path).json["addresses"]?.array ?? []
    func flags(_ address: String) -> [Bool?] {
      let found = addresses.first { $0["address"]?.string == address }
      return [found?["verified"]?.bool, found?["primary"]?.bool]
    }
    #expect(addresses.count == 3)
    #expect(flags("ada@acme.test") == [true, true])
    #expect(flags("lovelace@acme.test") == [false, false])
    #expect(flags("ada@home.test") == [true, false])
    try await fixture.stop()
  }

  @Test func `an address that is somebody else's by now does not come back`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (_, id) = try await effective(
      fixture, "detach_address", ada, ["ada@acme.test", "ada@home.test"])
    // While it can be undone the address rests: nobody else has it, but by a mistake.
    let early = try await fixture.server.makeAccount("ada@acme.test")
    #expect(early.code == "address_resting")
    try fixture.server.endRest()
    _ = try await fixture.account("ada@acme.test")
    #expect(try await undo(fixture, id).code == "address_taken")
    #expect(!(try await fixture.server.get("/v1/accounts/\(ada)").text.contains("acme.test")))
    try await fixture.stop()
  }

  @Test func `an effect can be undone on day 30, and a second later no more`() async throws {
    for (seconds, isUndone) in [(30 * 86_400 - 1, true), (30 * 86_400, false)] as [(Int64, Bool)] {
      let fixture = try await TakeoverFixture()
      let ada = try await fixture.account("ada@acme.test", "ada@home.test")
      let (_, id) = try await effective(
        fixture, "block_sign_in", ada, ["ada@acme.test", "ada@home.test"])
      // A second has gone by since.
      fixture.server.clock.advance(seconds: seconds)
      let undone = try await undo(fixture, id)
      #expect(isUndone ? undone.status == 200 : undone.code == "case_state_conflict")
      try await fixture.stop()
    }
  }

  // MARK: While sign-in is blocked

  @Test func `whoever is blocked accepts, leaves, or is heard`() async throws {
    for (verb, body, after) in [
      ("accept", nil, nil), ("detach", "{}", "active"),
      ("dispute", #"{"reason":"mine"}"#, "blocked"),
    ] as [(String, String?, String?)] {
      let fixture = try await TakeoverFixture()
      let ada = try await fixture.account("ada@acme.test", "ada@home.test")
      let (takeover, id) = try await effective(
        fixture, "block_sign_in", ada, ["ada@acme.test", "ada@home.test"])
      let answer = try await act(fixture, ada, id, verb, body)
      #expect(answer.status == 200, "\(verb): \(answer.text)")
      try await fixture.server.drainJobs()
      let item = try await fixture.list(takeover).first
      switch verb {
      case "accept":
        #expect(item?["outcome"]?.string == "assume_control")
        let account = try await fixture.server.get("/v1/accounts/\(ada)", key: fixture.acme.key)
        #expect(account.json["status"]?.string == "active", "\(account.text)")
      case "detach": #expect(item?["outcome"]?.string == "detach_address")
      default:
        #expect(item?["state"]?.string == "disputed")
        let decided = try await fixture.server.send(
          "POST", "/v1/takeover_cases/\(id):decide", body: #"{"decision":"uphold","reason":"so"}"#)
        #expect(decided.json["state"]?.string == "undone", "\(decided.text)")
        #expect(try await status(fixture, ada) == "active")
      }
      if let after, verb != "dispute" { #expect(try await status(fixture, ada) == after) }
      try await fixture.stop()
    }
  }

  @Test func `the operator lifts a block, however long it has stood`() async throws {
    for path in ["/v1/takeover_cases/{case}:lift", "/v1/accounts/{account}:reactivate"] {
      let fixture = try await TakeoverFixture()
      let ada = try await fixture.account("ada@acme.test", "ada@home.test")
      let (takeover, id) = try await effective(
        fixture, "block_sign_in", ada, ["ada@acme.test", "ada@home.test"])
      fixture.days(40)
      let real = path.replacing("{case}", with: id).replacing("{account}", with: ada)
      let lifted = try await fixture.server.send("POST", real, body: #"{"reason":"she called"}"#)
      #expect(lifted.status == 200, "\(lifted.text)")
      #expect(try await status(fixture, ada) == "active")
      #expect(try await fixture.state(takeover) == "undone")
      try await fixture.stop()
    }
  }

  // MARK: Disputes

  @Test func `what a mailbox disputes holds the person up no longer than they want`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    func say(_ words: String, _ key: String) async throws -> TestAnswer {
      server.clock.advance(seconds: 1)
      return try await server.send(
        "POST", "/v1/me/notices/\(id):dispute", key: key, body: #"{"reason":"\#(words)"}"#)
    }
    func dismiss() async throws {
      let answer = try await server.send(
        "POST", "/v1/takeover_cases/\(id):decide",
        body: #"{"decision":"dismiss","reason":"no"}"#)
      #expect(answer.status == 200, "\(answer.text)")
    }
    for words in ["one", "two", "three"] {
      #expect(try await say(words, try await fixture.mailbox(ada)).status == 200)
      try await dismiss()
    }
    #expect(try await say("four", try await fixture.mailbox(ada)).code == "case_state_conflict")
    // The same words are the person's first ones.
    #expect(try await say("one", try await fixture.person(ada)).status == 200)
    // Nobody else's dispute gives way to theirs, nor theirs to anything.
    #expect(try await act(fixture, ada, id, "detach", "{}").code == "case_state_conflict")
    try await dismiss()
    try await fixture.stop()
  }

  @Test(arguments: ["detach", "accept", "dispute"])
  func `a dispute from a mailbox gives way to the person`(verb: String) async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let opened = try await server.send(
      "POST", "/v1/me/notices/\(id):dispute", key: try await fixture.mailbox(ada),
      body: #"{"reason":"look again"}"#)
    #expect(opened.json["state"]?.string == "disputed", "\(opened.text)")
    let body = ["detach": "{}", "dispute": #"{"reason":"It is mine."}"#][verb]
    let acted = try await act(fixture, ada, id, verb, body)
    #expect(acted.status == 200, "\(acted.text)")
    let all = try await server.get("/v1/takeover_cases/\(id)/disputes", key: fixture.acme.key)
    let states = (all.json["data"]?.array ?? []).map { $0["state"]?.string }
    #expect(states == (verb == "dispute" ? ["closed", "open"] : ["closed"]), "\(all.text)")
    try await server.drainJobs()
    #expect(
      try await fixture.state(takeover.id) == (verb == "dispute" ? "disputed" : "effective"))
    try await fixture.stop()
  }

  @Test(arguments: [true, false])
  func `what was upheld, or called off in a dispute, is not begun anew for thirty days`(
    isUpheld: Bool
  ) async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    _ = try await act(fixture, ada, id, "dispute", #"{"reason":"It is mine."}"#)
    let ended =
      isUpheld
      ? try await server.send(
        "POST", "/v1/takeover_cases/\(id):decide", body: #"{"decision":"uphold","reason":"yes"}"#)
      : try await server.send(
        "POST", "/v1/takeovers/\(takeover.id):cancel", key: fixture.acme.key)
    #expect(ended.status == 200, "\(ended.text)")
    func blocker() async throws -> String? {
      let preview = try await fixture.preview()
      return preview.json["blocked"]?.array?.first?["blocker"]?.string
    }
    try await server.drainJobs()
    server.clock.advance(seconds: 30 * 86_400 - 1)
    #expect(try await blocker() == "recently_released")
    server.clock.advance(seconds: 1)
    #expect(try await blocker() == nil)
    try await fixture.stop()
  }

  @Test func `plans used at once begin one takeover of an account`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test")
    var plans: [String] = []
    for _ in 0..<4 { plans.append(try await fixture.preview().json["plan"]?.string ?? "") }
    let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
      for plan in plans { group.addTask { try await fixture.start(plan: plan) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count { $0.status == 201 } == 1, "\(answers.map(\.text))")
    #expect(answers.count { $0.code == "plan_stale" } == 3, "\(answers.map(\.text))")
    let cases = try fixture.server.database.administrator().run(
      "SELECT count(*) FROM tenure.takeover_cases")
    #expect(cases == ["1"])
    try await fixture.stop()
  }

  @Test func `a dispute has words, is told, listed and decided with words`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let path = "/v1/takeover_cases/\(id)"
    #expect(try await act(fixture, ada, id, "dispute").status >= 400)
    #expect(try await act(fixture, ada, id, "dispute", #"{"reason":"..."}"#).status == 422)
    let opened = try await act(fixture, ada, id, "dispute", #"{"reason":"It is mine."}"#)
    #expect(opened.json["state"]?.string == "disputed", "\(opened.text)")
    let open = try await server.get("/v1/disputes?state=open")
    let dispute = open.json["data"]?.array?.first
    #expect(dispute?["reason"]?.string == "It is mine.", "\(open.text)")
    #expect(dispute?["case_id"]?.string == id && dispute?["number"]?.int == 1)
    // Nothing of what was said lies open.
    let admin = try server.database.administrator()
    #expect(try admin.run("SELECT count(*) FROM tenure.events WHERE data LIKE '%mine%'") == ["0"])
    #expect(
      try await server.send("POST", path + ":decide", body: #"{"decision":"dismiss"}"#).status
        == 422)
    let decided = try await server.send(
      "POST", path + ":decide", body: #"{"decision":"dismiss","reason":"It is theirs."}"#)
    #expect(decided.status == 200, "\(decided.text)")
    for key in [nil, fixture.acme.key] {
      let events = try await server.get("/v1/events", key: key)
      #expect(events.text.contains("dispute_opened") && events.text.contains("dispute_decided"))
    }
    let theirs = try await server.get(path + "/disputes", key: fixture.acme.key)
    let seen = theirs.json["data"]?.array?.first
    #expect(seen?["decision_reason"]?.string == "It is theirs.", "\(theirs.text)")
    #expect(seen?["reason"]?.string == nil)
    let mine = try await server.get("/v1/me/notices/\(id)", key: try await fixture.person(ada))
    #expect(mine.text.contains("It is theirs.") && mine.text.contains("It is mine."))
    let others = try await server.get("/v1/me/notices/\(id)", key: try await fixture.mailbox(ada))
    #expect(!others.text.contains("It is mine."))
    // Again only with something new.
    #expect(
      try await act(fixture, ada, id, "dispute", #"{"reason":"it is MINE"}"#).code
        == "case_state_conflict")
    #expect(
      try await act(fixture, ada, id, "dispute", #"{"reason":"here is the contract"}"#).status
        == 200)
    #expect(try await server.get("/v1/disputes", key: fixture.acme.key).status == 403)
    try await fixture.stop()
  }

  @Test func `what a case found is written as it was read`() throws {
    let address = #"{"address":"ada@acme.test","verified":true,"primary":false}"#
    let texts = [
      #"{"status":"active","role":null,"addresses":[]}"#,
      #"{"status":"restricted","role":"admin","names":{"external_id":"e1","display_name":null,"#
        + #""locale":"en-GB"},"addresses":[\#(address)]}"#,
    ]
    for text in texts {
      let found = try AccountFound.shape.stored(Array(text.utf8))
      let written = AccountFound.shape.bytes(of: found)
      #expect(String(decoding: written, as: UTF8.self) == text)
    }
  }

  private static func found(address: String) -> String {
    #"{"status":"active","role":null,"addresses":[\#(address)]}"#
  }

  @Test(arguments: [
    (#"{"status":"awake","role":null,"addresses":[]}"#, "/status"),
    (#"{"status":"active","role":"king","addresses":[]}"#, "/role"),
    (#"{"status":"active","addresses":[]}"#, "/role"),
    (#"{"status":"active","role":null}"#, "/addresses"),
    (found(address: #"{"address":"a@x.test","verified":true}"#), "/addresses/0/primary"),
    (
      found(address: #"{"address":"a@x.test","verified":"yes","primary":true}"#),
      "/addresses/0/verified"
    ),
  ])
  func `what a case cannot have found is a failure`(text: String, pointer: String) throws {
    let failure = #expect(throws: StoredFormError.self) {
      try AccountFound.shape.stored(Array(text.utf8))
    }
    #expect(failure?.pointer == pointer)
  }
}
