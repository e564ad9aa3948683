import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureTesting
import Testing
import Vault

@Suite struct SubjectRequestRouteTests {
  private struct World: Sendable {
    let fixture: DisposalFixture
    let ada: AccountID
    let person: String
    var server: TestServer { fixture.server }
    var key: String { fixture.acme.key }

    init() async throws {
      fixture = try await DisposalFixture()
      ada = try await fixture.account("ada@x.test", own: "ada@home.test")
      person = try await Self.person(ada, fixture.server)
    }

    static func person(_ id: AccountID, _ server: TestServer) async throws -> String {
      let token = try await server.send(
        "POST", "/v1/person_tokens",
        body:
          #"{"account_id":"\#(id)","assurance":"session","second_factor":true}"#)
      return token.json["token"]?.string ?? ""
    }

    func ask(_ members: String) async throws -> TestAnswer {
      let answer = try await server.send(
        "POST", "/v1/me/requests", key: person, body: "{\(members)}")
      #expect(answer.status == 201, "\(answer.text)")
      return answer
    }

    func decide(_ id: String, _ verb: String, reason: String? = nil) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/requests/\(id):\(verb)", key: key,
        body: reason.map { #"{"reason":"\#($0)"}"# })
    }

    func state(_ id: String) async throws -> String? {
      try await server.get("/v1/requests/\(id)", key: key).json["state"]?.string
    }

    func becomes(_ state: String, _ id: String) async throws -> Bool {
      try await eventually { try await self.state(id) == state }
    }

    func processing() async throws -> JSONValue {
      try await server.get("/v1/accounts/\(ada)/processing").json
    }
  }

  @Test func `access ends in a signed package that a link opens once and the person always`()
    async throws
  {
    let world = try await World()
    let server = world.server
    let content = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(world.ada)","product":"docs","kind":"note","#
        + #""external_id":"1","visibility":"private","category":"note","title":"Dear diary"}]}"#)
    #expect(content.json["data"]?.array?.first?["outcome"]?.string == "created")
    let asked = try await world.ask(#""type":"access","details":"everything, please""#)
    #expect(asked.json["controller_at_receipt"]?.string == world.fixture.acme.id)
    let read = try await server.get("/v1/requests/\(asked.id)", key: world.key)
    #expect(read.json["details"]?.string == "everything, please")
    #expect(
      try await server.get("/v1/requests/\(asked.id)/package", key: world.key).code
        == "package_pending")
    let granted = try await world.decide(asked.id, "fulfil")
    #expect(granted.status == 202 && granted.json["state"]?.string == "granted", "\(granted.text)")
    #expect(try await world.becomes("fulfilled", asked.id))
    // Whoever answers sees what is in it, and not what it says.
    let seen = try await server.get("/v1/requests/\(asked.id)/package", key: world.key)
    #expect(seen.json["manifest"]?.string?.contains("account.json") == true, "\(seen.text)")
    #expect(!seen.text.contains("Dear diary") && !seen.text.contains("ada@x.test"))

    var ready: JSONValue?
    #expect(
      try await eventually {
        let feed = try await server.get("/v1/events?type=request.package_ready")
        ready = feed.json["data"]?.array?.first
        return ready != nil
      })
    let link = try #require(ready?["data"]?["link_token"]?.string)
    let path = "/v1/me/requests/\(asked.id):collect"
    let package = try await server.send("POST", path, key: link)
    #expect(package.status == 200, "\(package.text)")
    try verify(package.json, tenant: world.fixture.acme.id)
    let text = package.json["files"]?.array?.compactMap { $0["content"]?.string }.joined() ?? ""
    for expected in ["ada@x.test", "Dear diary", "account.created", "everything, please"] {
      #expect(text.contains(expected), "\(expected)")
    }
    // A download that broke off is repeated within the hour; then the link is used up.
    #expect(try await server.send("POST", path, key: link).status == 200)
    server.clock.advance(seconds: 3_601)
    #expect(try await server.send("POST", path, key: link).code == "key_revoked")
    let stranger = try await World.person(try await world.fixture.account("eve@x.test"), server)
    #expect(try await server.send("POST", path, key: stranger).status == 404)
    // The person's token lasts for an hour.
    let later = try await World.person(world.ada, server)
    #expect(try await server.send("POST", path, key: later).status == 200)
    // A link opens nothing but its package.
    let other = try await server.send(
      "POST", "/v1/me/requests", key: later, body: #"{"type":"portability"}"#)
    for (method, foreign) in [
      ("POST", "/v1/me/requests/\(other.id):collect"), ("GET", "/v1/me/control"),
      ("GET", "/v1/me/notices"), ("GET", "/v1/me"),
    ] {
      #expect(
        [401, 403, 404].contains(try await server.send(method, foreign, key: link).status),
        "\(foreign)")
    }
    server.clock.advance(seconds: 14 * 86_400)
    let tooLate = try await World.person(world.ada, server)
    #expect(try await server.send("POST", path, key: tooLate).code == "package_pending")
    try await server.stop()
  }

  /// The manifest is signed by the controller's key, and names each file with its digest.
  private func verify(_ package: JSONValue, tenant: String) throws {
    let digests = try Digests()
    let verifier = try #require(
      SignedNote.Verifier(parsing: package["verifier_key"]?.string ?? "", digests: digests))
    #expect(verifier.name == "tenure/package/\(tenant)")
    let note = try #require(
      try SignedNote.open(package["manifest"]?.string ?? "", by: verifier, digests: digests))
    let line = try #require(note.split(separator: "\n").last)
    let manifest = try #require(PackageManifest(parsing: String(line)))
    let files = package["files"]?.array ?? []
    #expect(!files.isEmpty && files.count == manifest.files.count)
    for (file, named) in zip(files, manifest.files) {
      #expect(file["name"]?.string == named.name)
      let digest = try digests.sha256(Array((file["content"]?.string ?? "").utf8))
      #expect(Hexadecimal.encode(digest) == named.digest, "\(named.name)")
    }
  }

  @Test func `portability hands out what the person gave, and nothing about them`() async throws {
    let world = try await World()
    let asked = try await world.ask(#""type":"portability""#)
    _ = try await world.decide(asked.id, "fulfil")
    #expect(try await world.becomes("fulfilled", asked.id))
    let package = try await world.server.send(
      "POST", "/v1/me/requests/\(asked.id):collect", key: world.person)
    let names = package.json["files"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(names == ["1-account.json"], "\(package.text)")
    try await world.server.stop()
  }

  @Test func `a correction is applied when it is granted`() async throws {
    let world = try await World()
    let asked = try await world.ask(
      #""type":"rectification","correction":{"display_name":"Ada King"}"#)
    let done = try await world.decide(asked.id, "fulfil")
    #expect(done.json["state"]?.string == "fulfilled", "\(done.text)")
    let account = try await world.server.get("/v1/accounts/\(world.ada)", key: world.key)
    #expect(account.json["display_name"]?.string == "Ada King")
    // Nobody vouches for an address by asking.
    let forged = try await world.server.send(
      "POST", "/v1/me/requests", key: world.person,
      body:
        #"{"type":"rectification","correction":{"addresses":[{"address":"x@y.test","verified":true}]}}"#
    )
    #expect(forged.status == 422, "\(forged.text)")
    try await world.server.stop()
  }

  @Test func `restriction and objection are flags that products ask for, until they are lifted`()
    async throws
  {
    let world = try await World()
    let restriction = try await world.ask(#""type":"restriction""#)
    let objection = try await world.ask(
      #""type":"objection","purposes":["direct_marketing","profiling"]"#)
    #expect(try await world.processing()["restricted"]?.bool == false)
    for id in [restriction.id, objection.id] {
      let done = try await world.decide(id, "fulfil")
      #expect(done.status == 200, "\(done.text)")
    }
    let flags = try await world.processing()
    #expect(flags["restricted"]?.bool == true)
    #expect(
      flags["objections"]?.array?.map(\.string) == ["direct_marketing", "profiling"])
    #expect(try await world.fixture.status(world.ada) == "restricted")
    for id in [restriction.id, objection.id] {
      #expect(try await world.decide(id, "lift", reason: "settled").status == 200)
      #expect(
        try await world.decide(id, "lift", reason: "again").code == "request_state_conflict")
    }
    let none = try await world.processing()
    #expect(none["restricted"]?.bool == false && none["objections"]?.array?.isEmpty == true)
    // Only the operator asks about anybody.
    let rival = try await world.server.makeTenant("Rival")
    #expect(
      try await world.server.get("/v1/accounts/\(world.ada)/processing", key: rival.key).status
        == 404)
    try await world.server.stop()
  }

  @Test func `a granted erasure waits for what keeps the data, and ends in its certificate`()
    async throws
  {
    let world = try await World()
    let server = world.server
    let rule = try await world.fixture.post(
      "/v1/retention_rules",
      #"{"name":"keep","applies_to":"account","trigger":"created","period":"P30D","action":"retain"}"#
    )
    #expect(rule.status == 201, "\(rule.text)")
    let hold = try await world.fixture.post(
      "/v1/holds",
      #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(world.ada)"]}"#)
    let asked = try await world.ask(#""type":"erasure","details":"all of it""#)
    #expect(try await world.decide(asked.id, "fulfil").status == 202)
    let explained = try await server.get("/v1/accounts/\(world.ada)/retention", key: world.key)
    #expect(
      explained.json["decisions"]?.array?.first?["level"]?.string == "hold", "\(explained.text)")
    try await server.drainJobs()
    #expect(try await world.fixture.status(world.ada) == "active", "the rule keeps it")
    // A month later the rule has nothing to keep: the account is out of sight, and the hold still
    // keeps its data, which nobody sees.
    server.clock.advance(seconds: 31 * 86_400)
    #expect(try await world.fixture.becomes("deleted", world.ada))
    func state() async throws -> JSONValue {
      try await server.get("/v1/requests/\(asked.id)", key: world.key).json
    }
    #expect(try await state()["state"]?.string == "granted")
    let released = try await world.fixture.post(
      "/v1/holds/\(hold.id):release", #"{"reason":"over"}"#, ifMatch: hold.header("etag"))
    #expect(released.status == 200, "\(released.text)")
    server.clock.advance(seconds: 31 * 86_400)
    try await server.coolHolds()
    // Who looked before the hold had cooled looks again a day later.
    server.clock.advance(seconds: 86_400)
    #expect(try await eventually { try await state()["state"]?.string == "fulfilled" })
    let done = try await state()
    #expect(done["details"]?.string == nil, "what was said is gone with the person")
    let erasure = try #require(done["erasure_id"]?.string)
    let certified = try await server.get("/v1/erasures/\(erasure)", key: world.key)
    #expect(certified.json["account_id"]?.string == world.ada.description, "\(certified.text)")
    try await server.stop()
  }

  @Test func `nobody's data is disposed of while they wait for an answer`() async throws {
    let world = try await World()
    let asked = try await world.ask(#""type":"access""#)
    for verb in ["delete", "erase", "anonymise"] {
      #expect(
        try await world.fixture.perform(verb, world.ada).code == "request_open", "\(verb)")
    }
    let path = "/v1/me/requests/\(asked.id)"
    #expect(
      try await world.server.send("POST", path + ":withdraw", key: world.person)
        .json["state"]?.string == "withdrawn")
    #expect(try await world.fixture.perform("delete", world.ada).status == 200)
    try await world.server.stop()
  }

  @Test func `the clock stands and is extended as the person is told; refusals say why`()
    async throws
  {
    let world = try await World()
    let asked = try await world.ask(#""type":"access","jurisdiction":"uk""#)
    let due = asked.json["due_at"]?.string ?? ""
    #expect(
      try await world.decide(asked.id, "pause", reason: "who?").json["paused_at"]?.string != nil)
    #expect(try await world.decide(asked.id, "fulfil").code == "request_state_conflict")
    world.server.clock.advance(seconds: 86_400)
    let resumed = try await world.decide(asked.id, "resume")
    let later = Timestamp(parsing: due)?.adding(seconds: 86_400).description
    #expect(resumed.json["due_at"]?.string == later)
    let extended = try await world.decide(asked.id, "extend", reason: "many archives")
    #expect(extended.json["answer"]?.string == "many archives")
    let refused = try await world.decide(asked.id, "refuse", reason: "answered last week")
    #expect(refused.json["state"]?.string == "refused")
    let person = try await World.person(world.ada, world.server)
    let mine = try await world.server.get("/v1/me/requests/\(asked.id)", key: person)
    #expect(mine.json["answer"]?.string == "answered last week")
    let list = try await world.server.get("/v1/me/requests", key: person)
    #expect(list.json["data"]?.array?.map { $0["id"]?.string } == [asked.id])
    // A letter that came before; none from the future, none for nobody.
    func enter(_ members: String) async throws -> TestAnswer {
      try await world.server.send(
        "POST", "/v1/requests", key: world.key, body: "{\(members)}")
    }
    let now = world.server.clock.now
    let letter = try await enter(
      #""account_id":"\#(world.ada)","type":"access","received_at":"\#(now.adding(seconds: -86_400))""#
    )
    #expect(letter.status == 201, "\(letter.text)")
    for wrong in [
      #""type":"access""#, #""account_id":"\#(AccountID(at: now))","type":"access""#,
      #""account_id":"\#(world.ada)","type":"access","received_at":"\#(now.adding(seconds: 9))""#,
      #""account_id":"\#(world.ada)","type":"objection""#,
      #""account_id":"\#(world.ada)","type":"access","jurisdiction":"mars""#,
    ] {
      #expect(try await enter(wrong).code == "validation_failed", "\(wrong)")
    }
    try await world.server.stop()
  }

  @Test func `one request of a type is open at a time; erasing takes its own permission`()
    async throws
  {
    let world = try await World()
    let asked = try await world.ask(#""type":"erasure""#)
    let again = try await world.server.send(
      "POST", "/v1/me/requests", key: world.person, body: #"{"type":"erasure"}"#)
    #expect(again.code == "request_open", "\(again.text)")
    let narrow = try await world.server.send(
      "POST", "/v1/keys", key: world.key,
      body: #"{"name":"n","role":"owner","scopes":["requests:read","requests:write"]}"#)
    let fulfilled = try await world.server.send(
      "POST", "/v1/requests/\(asked.id):fulfil", key: narrow.json["token"]?.string)
    #expect(fulfilled.status == 403, "\(fulfilled.text)")
    #expect(try await world.state(asked.id) == "received")
    #expect(try await world.decide(asked.id, "refuse", reason: "no").status == 200)
    _ = try await world.ask(#""type":"erasure""#)
    try await world.server.stop()
  }

  @Test func `who answers never changes, whoever asks the database`() async throws {
    let world = try await World()
    let asked = try await world.ask(#""type":"access""#)
    let admin = try world.server.database.administrator()
    let tenant = try TenantID(parsing: world.fixture.acme.id).uuid
    for column in [
      "tenant_id = '\(TenantID.platform.uuid)'", "account_id = gen_random_uuid()",
      "type = 'erasure'", "received_at = now()",
    ] {
      try admin.run("SET ROLE tenure_app")
      try admin.run("SET tenure.tenant = '\(tenant)'")
      #expect(try admin.refusal(of: "UPDATE tenure.requests SET \(column)") == "42501", "\(column)")
      try admin.run("RESET ROLE")
    }
    #expect(try await world.state(asked.id) == "received")
    try await world.server.stop()
  }

  @Test func `an open request stands in the way of a takeover until it is answered`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let asked = try await server.send(
      "POST", "/v1/me/requests", key: try await fixture.person(ada), body: #"{"type":"access"}"#)
    #expect(asked.json["controller_at_receipt"] == .null, "\(asked.text)")
    #expect(try await fixture.preview().json["counts"]?["open_request"]?.int == 1)
    let withdrawn = try await server.send(
      "POST", "/v1/me/requests/\(asked.id):withdraw", key: try await fixture.person(ada))
    #expect(withdrawn.status == 200)
    let takeover = try await fixture.start()
    let item = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await fixture.receipt(item, "ada@home.test").status == 201)
    // Asked while the notice period runs: it ends without an effect, until there is an answer.
    server.clock.advance(seconds: 1)
    let again = try await server.send(
      "POST", "/v1/me/requests", key: try await fixture.person(ada), body: #"{"type":"access"}"#)
    server.clock.advance(seconds: 31 * 86_400)
    try await server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "running")
    // Nor does the database let anybody take control by hand.
    let admin = try server.database.administrator()
    let (tenant, account) = (
      try TenantID(parsing: fixture.acme.id).uuid, try AccountID(parsing: ada).uuid
    )
    try admin.run("BEGIN; SET tenure.tenant = '\(tenant)'")
    #expect(
      try admin.refusal(
        of: """
          INSERT INTO tenure.controls VALUES ('\(tenant)', '\(account)',
            '\(try CaseID(parsing: item).uuid)', now(), now(), NULL)
          """) == "23514 controls_need_a_receipt")
    _ = try? admin.run("ROLLBACK")
    let refused = try await server.send(
      "POST", "/v1/requests/\(again.id):refuse", body: #"{"reason":"it was answered before"}"#)
    #expect(refused.status == 200, "\(refused.text)")
    server.clock.advance(seconds: 3_601)
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    // What was asked of either controller is one list, page by page.
    let person = try await fixture.person(ada)
    let third = try await server.send(
      "POST", "/v1/me/requests", key: person, body: #"{"type":"access"}"#)
    #expect(third.json["controller_at_receipt"]?.string == fixture.acme.id, "\(third.text)")
    var (ids, cursor): ([String?], String?) = ([], "")
    while let next = cursor {
      let page = try await server.get(
        "/v1/me/requests?limit=1" + (next.isEmpty ? "" : "&cursor=\(next)"), key: person)
      ids += page.json["data"]?.array?.map { $0["id"]?.string } ?? []
      cursor = page.json["next_cursor"]?.string
    }
    #expect(ids == [asked.id, again.id, third.id])
    let other = try await fixture.person(try await fixture.account("bob@home.test"))
    #expect(
      try await server.get("/v1/me/requests", key: other).json["data"]?.array?.isEmpty == true)
    try await fixture.stop()
  }
}
