import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What a link may do follows from where it was sent, and what a token may from how its holder came
/// to it: whoever reads every mailbox of the claimed names decides nothing.
@Suite struct DestinationTests {
  /// A case with two addresses: one on the claimed name, one of the person's own.
  private struct World {
    let fixture: TakeoverFixture
    let account: String
    let takeover: String
    let item: String

    init(_ noAnswer: String = "detach_address", own: String = "ada@home.test") async throws {
      fixture = try await TakeoverFixture()
      account = try await fixture.account("ada@acme.test", own)
      takeover = try await fixture.start(noAnswer).id
      item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
      fixture.server.clock.advance(seconds: 1)
    }

    func act(_ verb: String, _ key: String) async throws -> TestAnswer {
      fixture.server.clock.advance(seconds: 1)
      return try await fixture.server.send(
        "POST", "/v1/me/notices/\(item):\(verb)", key: key,
        body: ["detach": "{}", "dispute": #"{"reason":"they are not my employer"}"#][verb])
    }

    func state() async throws -> String? { try await fixture.state(takeover) }

    func actions(_ key: String) async throws -> Set<String> {
      let notice = try await fixture.server.get("/v1/me/notices/\(item)", key: key)
      return Set(notice.json["actions"]?.array?.compactMap(\.string) ?? [])
    }

    /// A claim of the claimant's, proven or not.
    func claim(_ domain: String) async throws -> TestAnswer {
      fixture.server.clock.advance(seconds: 1)
      return try await fixture.server.send(
        "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"\#(domain)"}"#)
    }
  }

  private static let readers: Set<String> = ["acknowledge", "export", "dispute"]
  private static let everything: Set<String> = [
    "acknowledge", "accept", "detach", "export", "dispute",
  ]

  @Test func `every destination has a link of its own that does what follows from where it went`()
    async throws
  {
    let world = try await World()
    let claimed = try await world.fixture.link(world.item, "ada@acme.test")
    let own = try await world.fixture.link(world.item, "ada@home.test")
    #expect(claimed.hasPrefix("tnrn_") && own.hasPrefix("tnrn_") && claimed != own)
    #expect(try await world.actions(claimed) == Self.readers)
    #expect(try await world.actions(own) == Self.everything)
    for verb in ["accept", "detach"] {
      let answer = try await world.act(verb, claimed)
      #expect(answer.status == 403 && answer.code == "destination_not_personal", "\(answer.text)")
    }
    // Neither proves an address of the reader's own.
    let address = try await world.fixture.server.send(
      "POST", "/v1/me/notices/\(world.item):detach", key: claimed,
      body: #"{"address":"eve@evil.test"}"#)
    #expect(address.code == "destination_not_personal")
    try await world.fixture.server.drainJobs()
    #expect(try await world.state() == "notice_pending")
    // The person's own does.
    #expect(try await world.act("accept", own).status == 200)
    #expect(try await eventually { try await world.state() == "effective" })
    try await world.fixture.stop()
  }

  @Test(arguments: ["detach_address", "block_sign_in", "assume_control"])
  func `that the claimed mailbox has read it starts no clock, whatever is to follow`(
    _ noAnswer: String
  ) async throws {
    let world = try await World(noAnswer)
    let claimed = try await world.fixture.link(world.item, "ada@acme.test")
    let mailbox = try await world.fixture.mailbox(world.account)
    for key in [claimed, mailbox] {
      #expect(try await world.act("acknowledge", key).status == 200)
    }
    #expect(try await world.act("export", claimed).status == 200)
    world.fixture.days(60)
    try await world.fixture.server.drainJobs()
    #expect(try await world.state() == "notice_pending")
    let receipts = try await world.fixture.server.get(
      "/v1/takeover_cases/\(world.item)/receipts", key: world.fixture.acme.key)
    let levels = receipts.json["data"]?.array?.compactMap { $0["level"]?.int } ?? []
    #expect(levels.count == 3 && Set(levels) == [1], "\(receipts.text)")
    // Where the person reads it themselves, the clock of control starts.
    let own = try await world.fixture.link(world.item, "ada@home.test")
    #expect(try await world.act("acknowledge", own).status == 200)
    #expect(
      try await world.state() == (noAnswer == "assume_control" ? "running" : "notice_pending"))
    try await world.fixture.stop()
  }

  @Test func `one decision uses up all links of the case`() async throws {
    let world = try await World("assume_control")
    let claimed = try await world.fixture.link(world.item, "ada@acme.test")
    let own = try await world.fixture.link(world.item, "ada@home.test")
    #expect(try await world.act("accept", own).status == 200)
    for key in [claimed, own] {
      let again = try await world.act("dispute", key)
      #expect(again.status == 401, "\(again.text)")
    }
    try await world.fixture.stop()
  }

  @Test func `a dispute from the claimed mailbox takes no link from the person`() async throws {
    let world = try await World("assume_control")
    let claimed = try await world.fixture.link(world.item, "ada@acme.test")
    let own = try await world.fixture.link(world.item, "ada@home.test")
    #expect(try await world.act("dispute", claimed).json["state"]?.string == "disputed")
    #expect(try await world.act("dispute", claimed).code == "key_revoked")
    #expect(try await world.actions(own).contains("acknowledge"))
    let dismissed = try await world.fixture.server.send(
      "POST", "/v1/takeover_cases/\(world.item):decide",
      body: #"{"decision":"dismiss","reason":"no ground"}"#)
    #expect(dismissed.status == 200, "\(dismissed.text)")
    #expect(try await world.act("detach", own).status == 200)
    try await world.fixture.stop()
  }

  @Test func `a second claimed name is the claimant's as well, from the moment it is claimed`()
    async throws
  {
    // Claimed before the notice: not proven, and yet the claimant's.
    let fixture = try await TakeoverFixture()
    let early = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"corp.test"}"#)
    #expect(early.status == 201)
    _ = try await fixture.account("ada@acme.test", "ada@mail.corp.test")
    let takeover = try await fixture.start().id
    let item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
    fixture.server.clock.advance(seconds: 1)
    for address in ["ada@acme.test", "ada@mail.corp.test"] {
      let receipt = try await fixture.receipt(item, address)
      #expect(receipt.status == 201 && receipt.json["is_outside_domain"]?.bool == false)
    }
    #expect(try await fixture.state(takeover) == "notice_pending")
    let link = try await fixture.link(item, "ada@mail.corp.test")
    let accepted = try await fixture.server.send(
      "POST", "/v1/me/notices/\(item):accept", key: link)
    #expect(accepted.code == "destination_not_personal", "\(accepted.text)")
    try await fixture.stop()

    // Claimed after it: judged again when the link is used, and when control is taken.
    let world = try await World("assume_control")
    let own = try await world.fixture.link(world.item, "ada@home.test")
    #expect(try await world.fixture.receipt(world.item, "ada@home.test").status == 201)
    #expect(try await world.state() == "running")
    let late = try await world.claim("home.test")
    #expect(late.status == 201)
    for verb in ["accept", "detach"] {
      #expect(try await world.act(verb, own).code == "destination_not_personal")
    }
    #expect(try await world.actions(own) == Self.readers)
    // Giving the claim up does not make the mailbox the person's again for this case.
    _ = try await world.fixture.server.send(
      "POST", "/v1/domain_claims/\(late.id):release", key: world.fixture.acme.key)
    #expect(try await world.act("accept", own).code == "destination_not_personal")
    world.fixture.days(31)
    try await world.fixture.server.drainJobs()
    #expect(try await world.state() != "effective")
    try await world.fixture.stop()
  }

  @Test func `what was not verified before is nobody's proof`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account(
      [("ada@acme.test", true), ("ada@home.test", false)],
      contacts: [("sms", "+4930123456", false), ("push", "device-9", true)])
    let takeover = try await fixture.start().id
    let item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
    fixture.server.clock.advance(seconds: 1)
    let link = try await fixture.link(item, "ada@home.test")
    let accepted = try await fixture.server.send(
      "POST", "/v1/me/notices/\(item):accept", key: link)
    #expect(accepted.code == "destination_not_personal", "\(accepted.text)")
    for (place, channel) in [
      ("ada@acme.test", "email"), ("ada@home.test", "email"), ("+4930123456", "sms"),
    ] {
      #expect(try await fixture.receipt(item, place, channel: channel).status == 201)
    }
    #expect(try await fixture.state(takeover) == "notice_pending")
    #expect(try await fixture.receipt(item, "device-9", channel: "push").status == 201)
    #expect(try await fixture.state(takeover) == "running")
    try await fixture.stop()
  }

  @Test
  func `one address told out of three suffices for nothing mild, a signed failure settles one`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test", "ada@old.test")
    let takeover = try await fixture.start("detach_address").id
    let item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
    fixture.server.clock.advance(seconds: 1)
    #expect(try await fixture.receipt(item, "ada@acme.test").status == 201)
    #expect(try await fixture.receipt(item, "ada@home.test").status == 201)
    #expect(try await fixture.state(takeover) == "notice_pending")
    let failed = try await fixture.receipt(item, "ada@old.test", hasFailed: true)
    #expect(failed.json["outcome"]?.string == "failed", "\(failed.text)")
    #expect(try await fixture.state(takeover) == "running")
    try await fixture.stop()
  }

  @Test func `the links go to the operator alone`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let own = try await fixture.server.send(
      "POST", "/v1/me/webhook_endpoints", key: try await fixture.person(account),
      body: #"{"url":"\#(fixture.sink.url)"}"#)
    #expect(own.status == 201, "\(own.text)")
    let takeover = try await fixture.start().id
    let item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
    #expect(try await eventually { !fixture.sink.received.isEmpty })
    for received in fixture.sink.received {
      let text = String(decoding: received.body, as: UTF8.self)
      #expect(!text.contains("tnrn_") && !text.contains("destinations"), "\(text)")
    }
    let feed = try await fixture.server.get("/v1/events", key: fixture.acme.key)
    #expect(!feed.text.contains("tnrn_"))
    let receipts = try await fixture.server.get(
      "/v1/takeover_cases/\(item)/receipts", key: fixture.acme.key)
    #expect(!receipts.text.contains("tnrn_"))
    // The table does not hold them either.
    let link = try await fixture.link(item, "ada@home.test")
    let admin = try fixture.server.database.administrator()
    let rows = try admin.run("SELECT place::text FROM tenure.notice_destinations AS place")
    let proof = link.dropLast(6).suffix(32)
    #expect(rows.count == 2 && !rows.contains { $0.contains(proof) })
    try await fixture.stop()
  }

  @Test func `a token is as good as the operator says its holder came to it`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test")
    let admin = try fixture.server.database.administrator()
    let text = try admin.run("SELECT min(created_at) FROM tenure.domain_claims").first ?? ""
    #expect(!text.isEmpty)
    let claimedAt = fixture.server.clock.now
    fixture.server.clock.advance(seconds: 60)
    let takeover = try await fixture.start().id
    let item = try await fixture.cases(takeover).first?["id"]?.string ?? ""
    func actions(_ key: String) async throws -> Set<String> {
      let notice = try await fixture.server.get("/v1/me/notices/\(item)", key: key)
      return Set(notice.json["actions"]?.array?.compactMap(\.string) ?? [])
    }
    #expect(try await actions(fixture.mailbox(account)) == Self.readers)
    #expect(try await actions(fixture.session(account, since: claimedAt)) == Self.readers)
    #expect(
      try await actions(fixture.session(account, since: claimedAt.adding(seconds: 30)))
        == Self.readers)
    #expect(
      try await actions(fixture.session(account, since: claimedAt.adding(seconds: -1)))
        == Self.everything)
    #expect(try await actions(fixture.person(account)) == Self.everything)
    let plain = try await fixture.server.send(
      "POST", "/v1/person_tokens", body: #"{"account_id":"\#(account)"}"#)
    #expect(plain.json["assurance"]?.string == "mailbox")
    #expect(try await actions(plain.json["token"]?.string ?? "") == Self.readers)
    for body in [
      #""assurance":"session""#, #""assurance":"strong""#,
      #""assurance":"session","signed_in_at":"2999-01-01T00:00:00Z""#,
    ] {
      let refused = try await fixture.server.send(
        "POST", "/v1/person_tokens", body: #"{"account_id":"\#(account)",\#(body)}"#)
      #expect(refused.code == "validation_failed", "\(body): \(refused.text)")
    }
    try await fixture.stop()
  }

  @Test func `what is private or decides needs the person's own hand`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let weak = [
      try await fixture.mailbox(account),
      // Signed in after somebody had proven the name, by whichever mailbox that was.
      try await fixture.session(account, since: fixture.server.clock.now),
    ]
    let strong = try await fixture.person(account)
    let anything = DestinationTests.path("dsr")
    let refused: [(String, String, String?)] = [
      ("GET", "/v1/me", nil), ("GET", "/v1/me/content_items", nil),
      ("GET", "/v1/me/webhook_endpoints", nil), ("GET", "/v1/me/preferences", nil),
      ("POST", "/v1/me/webhook_endpoints", #"{"url":"\#(fixture.sink.url)"}"#),
      ("POST", "/v1/me/requests", #"{"type":"erasure"}"#),
      ("POST", "/v1/me/requests", #"{"type":"restriction"}"#),
      ("POST", "/v1/me/requests/\(anything):withdraw", nil),
    ]
    for key in weak {
      for (method, path, body) in refused {
        let answer = try await fixture.server.send(method, path, key: key, body: body)
        #expect(answer.code == "destination_not_personal", "\(method) \(path): \(answer.text)")
      }
      // What harms nobody is open to them.
      for path in ["/v1/me/control", "/v1/me/notices", "/v1/me/account_notices"] {
        #expect(try await fixture.server.get(path, key: key).status == 200, "\(path)")
      }
    }
    for (method, path, body) in refused {
      let answer = try await fixture.server.send(method, path, key: strong, body: body)
      #expect(answer.code != "destination_not_personal", "\(method) \(path): \(answer.text)")
    }
    try await fixture.stop()
  }

  @Test func `the link to a package goes to the person's own places, and to no other`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let own = try await fixture.account("ada@acme.test", "ada@home.test")
    let none = try await fixture.account(
      [("bob@acme.test", true), ("bob@home.test", false)])
    for account in [own, none] {
      let asked = try await fixture.server.send(
        "POST", "/v1/me/requests", key: try await fixture.person(account),
        body: #"{"type":"access"}"#)
      #expect(asked.status == 201, "\(asked.text)")
      let granted = try await fixture.server.send("POST", "/v1/requests/\(asked.id):fulfil")
      #expect(granted.status == 202, "\(granted.text)")
      var ready: JSONValue?
      try await eventually {
        ready = try await fixture.events("request.package_ready").first {
          $0["subject"]?.string == asked.id
        }?["data"]
        return ready != nil
      }
      let places = ready?["destinations"]?.array ?? []
      #expect(places.count == (account == own ? 1 : 0), "\(String(describing: ready))")
      #expect((ready?["link_token"]?.string != nil) == (account == own))
      let collected = try await fixture.server.send(
        "POST", "/v1/me/requests/\(asked.id):collect", key: try await fixture.mailbox(account))
      #expect(collected.code == "destination_not_personal", "\(collected.text)")
    }
    try await fixture.stop()
  }

  private static func path(_ prefix: String) -> String {
    "\(prefix)_01m7zxyxbtf46rjshedaq7k2em"
  }
}
