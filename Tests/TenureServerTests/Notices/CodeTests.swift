import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Codes that prove an address: eight digits, few of them, few tries, and gone with their person.
@Suite struct CodeTests {
  private struct World {
    let fixture: TakeoverFixture
    let account: String
    let item: String
    let token: String

    init() async throws {
      let fixture = try await TakeoverFixture()
      try await self.init(fixture, "ada@acme.test")
    }

    /// Another person of the same claimant's.
    init(_ fixture: TakeoverFixture, _ address: String) async throws {
      self.fixture = fixture
      account = try await fixture.account(address)
      let id = account
      let takeover = try await fixture.start().id
      item =
        try await fixture.cases(takeover).first { $0["account_id"]?.string == id }?["id"]?
        .string ?? ""
      token = try await fixture.person(account)
    }

    func detach(
      _ address: String = "ada@home.test", code: String? = nil, query: String = ""
    ) async throws -> TestAnswer {
      let code = code.map { #","code":"\#($0)""# } ?? ""
      return try await fixture.server.send(
        "POST", "/v1/me/notices/\(item):detach\(query)", key: token,
        body: #"{"address":"\#(address)"\#(code)}"#)
    }

    /// The last of so many codes that were sent.
    func sent(_ count: Int = 1) async throws -> JSONValue? {
      var events: [JSONValue] = []
      try await eventually {
        events = try await fixture.events("takeover.address_code_required")
        return events.count == count
      }
      return events.last?["data"]
    }
  }

  @Test func `five wrong codes a day, however often another is asked for`() async throws {
    let world = try await World()
    let clock = world.fixture.server.clock
    #expect(try await world.detach().status == 202)
    for number in 0..<5 {
      let wrong = try await world.detach(code: "0000000\(number)")
      #expect(wrong.code == "code_wrong", "\(wrong.text)")
      if number == 2 {
        clock.advance(seconds: 1)
        #expect(try await world.detach().status == 202)
      }
    }
    let right = try #require(try await world.sent(2)?["code"]?.string)
    let late = try await world.detach(code: right)
    #expect(late.status == 429 && late.code == "codes_exhausted", "\(late.text)")
    #expect(Int(late.header("retry-after") ?? "") ?? 0 > 86_000)
    // Another address does not help the case, and a dry run is a try like others.
    #expect(try await world.detach("x@home.test", code: right).code == "codes_exhausted")
    #expect(
      try await world.detach(code: right, query: "?dry_run=true").code == "codes_exhausted")
    // A day after the first wrong one there is one more try.
    clock.advance(seconds: 86_400 - 1)
    let token = try await world.fixture.person(world.account)
    func again(_ body: String) async throws -> TestAnswer {
      try await world.fixture.server.send(
        "POST", "/v1/me/notices/\(world.item):detach", key: token, body: body)
    }
    #expect(try await again(#"{"address":"ada@home.test"}"#).status == 202)
    let fresh = try #require(try await world.sent(3)?["code"]?.string)
    let body = #"{"address":"ada@home.test","code":"\#(fresh)"}"#
    clock.advance(seconds: 1)
    let done = try await again(body)
    #expect(done.json["outcome"]?.string == "detach_address", "\(done.text)")
    try await world.fixture.stop()
  }

  @Test func `guesses at once get no more tries than one after another`() async throws {
    let world = try await World()
    #expect(try await world.detach().status == 202)
    let answers = try await withThrowingTaskGroup(of: String?.self) { group in
      for number in 0..<30 {
        group.addTask { try await world.detach(code: String(format: "%08d", number)).code }
      }
      return try await group.reduce(into: [String: Int]()) { $0[$1 ?? "", default: 0] += 1 }
    }
    #expect(answers["code_wrong"] ?? 0 <= 5 && answers["codes_exhausted"] ?? 0 >= 20, "\(answers)")
    try await world.fixture.stop()
  }

  @Test func `three codes an hour and ten a day go to one address, whoever asks`() async throws {
    let world = try await World()
    let clock = world.fixture.server.clock
    let other = try await World(world.fixture, "bob@acme.test")
    for asker in [world, other, world] {
      clock.advance(seconds: 1)
      #expect(try await asker.detach().status == 202)
    }
    for asker in [world, other] {
      let more = try await asker.detach()
      #expect(more.status == 429 && more.code == "codes_exhausted", "\(more.text)")
      #expect(Int(more.header("retry-after") ?? "") == 3_598)
    }
    // Another address has its own count.
    #expect(try await other.detach("bob@home.test").status == 202)
    clock.advance(seconds: 3_597)
    #expect(try await world.detach().code == "codes_exhausted")
    clock.advance(seconds: 1)
    #expect(try await other.detach().status == 202)
    func ask() async throws -> TestAnswer {
      try await world.fixture.server.send(
        "POST", "/v1/me/notices/\(world.item):detach",
        key: try await world.fixture.person(world.account), body: #"{"address":"ada@home.test"}"#)
    }
    for _ in 0..<6 {
      clock.advance(seconds: 3_600)
      #expect(try await ask().status == 202)
    }
    clock.advance(seconds: 3_600)
    let last = try await ask()
    #expect(last.code == "codes_exhausted", "ten in a day")
    #expect(Int(last.header("retry-after") ?? "") ?? 0 > 3_600)
    try await world.fixture.stop()
  }

  @Test func `the address of a code goes with its person, and lies in no event`() async throws {
    let world = try await World()
    #expect(try await world.detach().status == 202)
    let sent = try #require(try await world.sent())
    #expect(sent["address"]?.string == "ada@home.test" && sent["code"]?.string?.count == 8)
    #expect(sent["sealed_address"] == nil)
    let admin = try world.fixture.server.database.administrator()
    let stored = try admin.run("SELECT data FROM tenure.events").joined()
    #expect(!stored.contains("home.test") && !stored.contains("sealed_address"))
    // As an erasure does it.
    try admin.run(
      """
      UPDATE tenure.accounts SET status = 'erased', wrapped_key = NULL, key_commitment = NULL,
        profile = ''
      """)
    let after = try #require(try await world.sent())
    #expect(after["address"] == nil && after["code"] == nil, "\(after)")
    try await world.fixture.stop()
  }

  @Test func `a code is good once, for its address, and for an hour`() async throws {
    let world = try await World()
    #expect(try await world.detach().status == 202)
    let code = try #require(try await world.sent()?["code"]?.string)
    #expect(try await world.detach("x@home.test", code: code).code == "code_wrong")
    world.fixture.server.clock.advance(seconds: 3_600)
    let token = try await world.fixture.person(world.account)
    let late = try await world.fixture.server.send(
      "POST", "/v1/me/notices/\(world.item):detach", key: token,
      body: #"{"address":"ada@home.test","code":"\#(code)"}"#)
    #expect(late.code == "code_wrong", "\(late.text)")
    try await world.fixture.stop()
  }
}
