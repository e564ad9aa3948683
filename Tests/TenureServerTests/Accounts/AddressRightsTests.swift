import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What a controller may know and change of where a person is reached.
@Suite struct AddressRightsTests {
  /// A person under Acme's control, who has an address of their own as well.
  struct World: Sendable {
    let fixture: TakeoverFixture
    let ada: String
    var server: TestServer { fixture.server }
    var key: String { fixture.acme.key }
    var path: String { "/v1/accounts/\(ada)" }

    init(_ fixture: TakeoverFixture, _ ada: String) {
      (self.fixture, self.ada) = (fixture, ada)
    }

    init() async throws {
      fixture = try await TakeoverFixture()
      let created = try await fixture.server.send(
        "POST", "/v1/accounts",
        body: #"""
          {"external_id":"u1","display_name":"Ada","locale":"en","attributes":{"iban":"DE-CANARY"},
           "addresses":[{"address":"ada@acme.test","verified":true},
             {"address":"ada@home.test","verified":true}],
           "contacts":[{"kind":"sms","value":"+49 CANARY","verified":true}]}
          """#)
      #expect(created.status == 201, "\(created.text)")
      ada = created.id
      try await Self.take(ada, fixture)
    }

    /// Has Acme take control of somebody who accepts.
    static func take(_ account: String, _ fixture: TakeoverFixture) async throws {
      let takeover = try await fixture.start()
      for item in try await fixture.cases(takeover.id)
      where item["account_id"]?.string == account {
        let answer = try await fixture.server.send(
          "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept",
          key: try await fixture.person(account))
        #expect(answer.status == 200, "\(answer.text)")
      }
      let isTaken = try await eventually {
        try await fixture.server.get("/v1/accounts/\(account)", key: fixture.acme.key).status == 200
      }
      #expect(isTaken)
      fixture.server.clock.advance(seconds: 1)
    }

    func patch(_ body: String, query: String = "", key: String? = nil) async throws -> TestAnswer {
      try await server.send(
        "PATCH", path + query, key: key ?? self.key, body: body,
        contentType: "application/merge-patch+json",
        headers: [("X-Request-Id", "the-same")])
    }

    func addresses(_ list: String...) -> String {
      let items = list.map { #"{"address":"\#($0)","verified":true}"# }
      return #"{"addresses":[\#(items.joined(separator: ","))]}"#
    }
  }

  @Test func `a controller reads the addresses on its own names, and nothing from before`()
    async throws
  {
    let world = try await World()
    let server = world.server
    let read = try await server.get(world.path, key: world.key)
    #expect(read.json["addresses"]?.array?.map { $0["address"]?.string } == ["ada@acme.test"])
    #expect(read.json["addresses"]?.array?.first?["primary"]?.bool == true)
    #expect(read.json["display_name"]?.string == "Ada")
    for path in [world.path, "/v1/accounts", "/v1/events", "/v1/audit_entries"] {
      let text = try await server.get(path, key: world.key).text
      #expect(!text.contains("home.test") && !text.contains("CANARY"), "\(path)")
    }
    // A look-up does not tell the person's own address from one that nobody has.
    func lookup(_ address: String) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/accounts:lookup", key: world.key, body: #"{"address":"\#(address)"}"#,
        headers: [("X-Request-Id", "the-same")])
    }
    let (own, unknown) = (try await lookup("ada@home.test"), try await lookup("no@home.test"))
    #expect(own.status == 404 && own.bytes == unknown.bytes)
    #expect(try await lookup("ada@acme.test").id == world.ada)
    // The address is still the person's, and nobody else's.
    #expect(try await server.makeAccount("ada@home.test").code == "address_taken")
    // The person sees all of it.
    let me = try await server.get("/v1/me", key: try await world.fixture.person(world.ada))
    #expect(me.text.contains("ada@home.test") && me.text.contains("DE-CANARY"), "\(me.text)")
    #expect(me.text.contains("+49 CANARY"))
    // Whoever could read the claimed mailbox does not.
    let minted = try await server.send(
      "POST", "/v1/person_tokens", body: #"{"account_id":"\#(world.ada)"}"#)
    let seen = try await server.get("/v1/me", key: minted.json["token"]?.string)
    #expect(seen.code == "destination_not_personal", "\(seen.text)")
    #expect(!seen.text.contains("CANARY"))
    try await world.fixture.stop()
  }

  @Test func `what is the person's own comes back when control ends`() async throws {
    for verb in ["release", "undo"] {
      let world = try await World()
      let server = world.server
      let wrote = try await world.patch(#"{"attributes":{"desk":"7"}}"#)
      #expect(wrote.text.contains(#""attributes":{"desk":"7"}"#), "\(wrote.text)")
      server.clock.advance(seconds: 1)
      let ended: TestAnswer
      if verb == "release" {
        ended = try await server.send(
          "POST", world.path + ":release", key: world.key, body: #"{"reason":"left"}"#)
      } else {
        let takeovers = try await server.get("/v1/takeovers", key: world.key)
        let cases = try await world.fixture.list(
          takeovers.json["data"]?.array?.first?["id"]?.string ?? "")
        ended = try await server.send(
          "POST", "/v1/takeover_cases/\(cases.first?["id"]?.string ?? ""):undo", key: world.key)
      }
      #expect(ended.status == 200, "\(verb): \(ended.text)")
      let account = try await server.get(world.path)
      #expect(account.text.contains(#""iban":"DE-CANARY""#), "\(verb): \(account.text)")
      #expect(!account.text.contains("desk"), "\(verb): what the controller wrote was its own")
      let addresses = account.json["addresses"]?.array ?? []
      #expect(
        Set(addresses.compactMap { $0["address"]?.string })
          == (verb == "undo" ? ["ada@home.test", "ada@acme.test"] : ["ada@home.test"]))
      let primary = addresses.first { $0["primary"]?.bool == true }
      #expect(
        primary?["address"]?.string == (verb == "undo" ? "ada@acme.test" : "ada@home.test"))
      let found = try await server.send(
        "POST", "/v1/accounts:lookup", body: #"{"address":"ada@home.test"}"#)
      #expect(found.id == world.ada, "\(verb): \(found.text)")
      let admin = try server.database.administrator()
      #expect(try admin.run("SELECT count(*) FROM tenure.personal_records") == ["0"])
      try await world.fixture.stop()
    }
  }

  @Test func `a controller changes addresses on its own names only, whoever has the others`()
    async throws
  {
    let world = try await World()
    let server = world.server
    // A rival with a proven name, a stranger's account, and somebody who was erased.
    let rival = try await server.makeTenant("Rival")
    let claim = try await server.send(
      "POST", "/v1/domain_claims", key: rival.key, body: #"{"domain":"rival.test"}"#)
    let record = claim.json["record"]
    try await world.fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    let proven = try await server.send(
      "POST", "/v1/domain_claims/\(claim.id):check", key: rival.key)
    #expect(proven.json["state"]?.string == "verified")
    _ = try await world.fixture.account("eve@free.test")
    _ = try await world.fixture.account("eve@rival.test")
    let gone = try await world.fixture.account("gone@free.test")
    _ = try await server.send("POST", "/v1/accounts/\(gone):erase", body: #"{"reason":"asked"}"#)
    let isGone = try await eventually {
      try await server.get("/v1/accounts/\(gone)/sign_in_status").text.contains("erased")
    }
    #expect(isGone)

    var answers: [TestAnswer] = []
    for address in [
      "new@free.test", "eve@free.test", "gone@free.test", "ada@home.test", "new@rival.test",
      "eve@rival.test", "eve@below.rival.test", "x@below.acme.test", "x@gmail.com",
    ] {
      for query in ["", "?dry_run=true"] {
        let answer = try await world.patch(world.addresses("ada@acme.test", address), query: query)
        #expect(answer.status == 409 && answer.code == "domain_not_held", "\(address)")
        answers.append(answer)
      }
    }
    #expect(Set(answers.map(\.text)).count == 1, "no answer tells more than another")
    let names = answers.map { $0.headers.map(\.name).joined(separator: ",") }
    #expect(Set(names).count == 1)
    for contact in ["", #"{"kind":"sms","value":"+1 2"}"#] {
      let answer = try await world.patch(#"{"contacts":[\#(contact)]}"#)
      #expect(contact == "" ? answer.status == 200 : answer.text == answers[0].text)
    }
    // The rival's own registration is not in anybody's way.
    #expect(try await world.fixture.account("new@rival.test") != "")

    let changed = try await world.patch(world.addresses("ada.king@acme.test"))
    #expect(changed.status == 200, "\(changed.text)")
    // What it cannot see stays.
    let me = try await server.get("/v1/me", key: try await world.fixture.person(world.ada))
    #expect(me.text.contains("ada@home.test") && !me.text.contains("ada@acme.test"), "\(me.text)")
    try await world.fixture.stop()
  }

  @Test func `a name below one's own that a rival has proven is the rival's`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let wide = try await server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key,
      body: #"{"domain":"wide.test","scope":"subtree"}"#)
    let record = wide.json["record"]
    try await fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    _ = try await server.send("POST", "/v1/domain_claims/\(wide.id):check", key: fixture.acme.key)
    let admin = try server.database.administrator()
    let rival = try await server.makeTenant("Rival")
    try admin.run(
      """
      SET session_replication_role = replica;
      INSERT INTO tenure_global.domains (domain, name_hmac, scope, tenant_id, claim_id, rights)
      VALUES ('lab.wide.test', sha256('lab.wide.test'), 'exact',
        '\(try TenantID(parsing: rival.id).uuid)', gen_random_uuid(), 'full');
      RESET session_replication_role
      """)
    let ada = try await server.makeAccount(inCustodyOf: fixture.acme.id, "ada@acme.test")
    func patch(_ address: String) async throws -> TestAnswer {
      try await server.send(
        "PATCH", "/v1/accounts/\(ada)", key: fixture.acme.key,
        body: #"{"addresses":[{"address":"ada@acme.test"},{"address":"\#(address)"}]}"#,
        contentType: "application/merge-patch+json")
    }
    #expect(try await patch("ada@lab.wide.test").code == "domain_not_held")
    #expect(try await patch("ada@sub.wide.test").status == 200)
    try await fixture.stop()
  }

  @Test func `where somebody was reached before is told that they are reached otherwise`()
    async throws
  {
    let world = try await World()
    let server = world.server
    _ = try await world.patch(world.addresses("ada.king@acme.test"))
    let events = try await world.fixture.events("account.addresses_changed")
    let data = events.first?["data"]
    #expect(
      Set(data?["destinations"]?.array?.compactMap { $0["value"]?.string } ?? [])
        == ["ada@acme.test", "ada@home.test", "+49 CANARY"], "\(events)")
    let own = try await server.get(
      "/v1/events?type=account.addresses_changed", key: world.key)
    #expect(own.json["data"]?.array?.count == 1 && !own.text.contains("destinations"))
    let notices = try await server.get(
      "/v1/me/account_notices", key: try await world.fixture.person(world.ada))
    #expect(notices.text.contains("account.addresses_changed"), "\(notices.text)")
    // The operator's changes are told like anybody's; what concerns no address is not.
    let bob = try await world.fixture.account("bob@free.test")
    server.clock.advance(seconds: 1)
    for body in [#"{"locale":"de"}"#, world.addresses("bob@else.test")] {
      let answer = try await server.send(
        "PATCH", "/v1/accounts/\(bob)", body: body, contentType: "application/merge-patch+json")
      #expect(answer.status == 200, "\(answer.text)")
    }
    let all = try await server.get("/v1/events?type=account.addresses_changed")
    let bobs = all.json["data"]?.array?.filter { $0["subject"]?.string == bob } ?? []
    #expect(bobs.count == 1)
    #expect(bobs.first?["data"]?["destinations"]?.array?.first?["value"]?.string == "bob@free.test")
    try await world.fixture.stop()
  }

  @Test func `the person's own is erased with them, under whomever's control`() async throws {
    let world = try await World()
    let server = world.server
    let erased = try await server.send(
      "POST", world.path + ":erase", key: world.key, body: #"{"reason":"asked"}"#)
    #expect(erased.status == 202, "\(erased.text)")
    let isGone = try await eventually {
      try await server.get(world.path + "/sign_in_status").text.contains("erased")
    }
    #expect(isGone)
    let admin = try server.database.administrator()
    let id = try AccountID(parsing: world.ada).uuid
    for table in ["tenure.personal_records", "tenure_global.addresses", "tenure.audit_keys"] {
      #expect(
        try admin.run("SELECT count(*) FROM \(table) WHERE account_id = '\(id)'") == ["0"],
        "\(table)")
    }
    // The address rests like the others.
    #expect(try await server.makeAccount("ada@home.test").code == "address_resting")
    let event = try await server.get("/v1/events?type=account.addresses_changed")
    #expect(!event.text.contains("home.test"))
    try await world.fixture.stop()
  }
}
