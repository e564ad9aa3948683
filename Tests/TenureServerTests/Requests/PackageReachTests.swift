import Foundation
import JSON
import Tenure
import TenureTesting
import Testing
import Vault

/// Where packages go, and what is in them, by who asked.
@Suite struct PackageReachTests {
  private static func note(of account: String, _ server: TestServer) async throws {
    let made = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(account)","product":"docs","kind":"note","#
        + #""external_id":"1","visibility":"private","category":"note","title":"Dear diary"}]}"#)
    #expect(made.json["data"]?.array?.first?["outcome"]?.string == "created", "\(made.text)")
  }

  /// The link to the package of an account, and to which of these places it goes.
  private static func link(
    _ account: String, among known: [String], _ fixture: TakeoverFixture
  ) async throws -> (token: String?, places: Set<String>) {
    let data = try await fixture.events("request.package_ready").last {
      $0["data"]?["account_id"]?.string == account
    }?["data"]
    let hashes = Set(data?["destinations"]?.array?.compactMap { $0["address_hash"]?.string } ?? [])
    let request = data?["dsr_id"]?.string ?? ""
    let digests = try Digests()
    let places = try known.filter { place in
      let digest = try digests.sha256(Array("\(request)\n\(place)".utf8))
      return hashes.contains(digest.map { String(format: "%02x", $0) }.joined())
    }
    #expect(places.count == hashes.count, "every place is one of those known")
    return (data?["link_token"]?.string, Set(places))
  }

  private static func contents(_ package: TestAnswer) -> String {
    package.json["files"]?.array?.compactMap { $0["content"]?.string }.joined() ?? ""
  }

  private static func answered(
    _ request: String, _ fixture: TakeoverFixture
  ) async throws -> Bool {
    let granted = try await fixture.server.send(
      "POST", "/v1/requests/\(request):fulfil", key: fixture.acme.key)
    #expect(granted.status == 202, "\(granted.text)")
    return try await eventually {
      try await fixture.server.get("/v1/requests/\(request)", key: fixture.acme.key)
        .json["state"]?.string == "fulfilled"
    }
  }

  @Test func `a controller's request for somebody brings nothing that is private to them`()
    async throws
  {
    let world = try await AddressRightsTests.World()
    let (server, fixture) = (world.server, world.fixture)
    try await Self.note(of: world.ada, server)
    let asked = try await server.send(
      "POST", "/v1/requests", key: world.key,
      body: #"{"account_id":"\#(world.ada)","type":"access"}"#)
    #expect(asked.status == 201, "\(asked.text)")
    #expect(try await Self.answered(asked.id, fixture))
    let package = try await server.send(
      "POST", "/v1/me/requests/\(asked.id):collect", key: try await fixture.person(world.ada))
    #expect(package.status == 200, "\(package.text)")
    let text = Self.contents(package)
    #expect(text.contains("ada@acme.test"))
    for hidden in ["Dear diary", "ada@home.test", "CANARY"] {
      #expect(!text.contains(hidden), "\(hidden)")
    }
    try await fixture.stop()
  }

  @Test func `a person's own request brings all, by a link to places of their own alone`()
    async throws
  {
    let world = try await AddressRightsTests.World()
    let (server, fixture) = (world.server, world.fixture)
    try await Self.note(of: world.ada, server)
    let person = try await fixture.person(world.ada)
    let asked = try await server.send(
      "POST", "/v1/me/requests", key: person,
      body: #"{"type":"access","details":"about my divorce"}"#)
    #expect(try await Self.answered(asked.id, fixture))
    for path in ["/v1/me/requests", "/v1/me/requests/\(asked.id)"] {
      let seen = try await server.get(path, key: try await fixture.mailbox(world.ada))
      #expect(seen.text.contains(asked.id) && !seen.text.contains("divorce"), "\(seen.text)")
      #expect(try await server.get(path, key: person).text.contains("divorce"))
    }
    let known = ["ada@acme.test", "ada@home.test", "sms:+49 CANARY"]
    let link = try await Self.link(world.ada, among: known, fixture)
    #expect(link.places == ["ada@home.test", "sms:+49 CANARY"], "\(link)")
    // Whoever reads the claimed mailbox gets neither a link nor the package.
    let path = "/v1/me/requests/\(asked.id):collect"
    let mailbox = try await server.send("POST", path, key: try await fixture.mailbox(world.ada))
    #expect(mailbox.code == "destination_not_personal", "\(mailbox.text)")
    let package = try await server.send("POST", path, key: link.token)
    let text = Self.contents(package)
    for expected in ["Dear diary", "ada@home.test", "DE-CANARY", "ada@acme.test"] {
      #expect(text.contains(expected), "\(expected)")
    }
    try await fixture.stop()
  }

  @Test func `an export in a takeover makes a package that the claimed mailbox does not get`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    try await Self.note(of: ada, server)
    let takeover = try await fixture.start()
    let item = try #require(try await fixture.cases(takeover.id).first?["id"]?.string)
    // It may be asked for from there; it is delivered elsewhere.
    let asked = try await server.send(
      "POST", "/v1/me/notices/\(item):export", key: try await fixture.link(item, "ada@acme.test"))
    #expect(asked.status == 200, "\(asked.text)")
    try await server.drainJobs()
    let known = ["ada@acme.test", "ada@home.test"]
    let link = try await Self.link(ada, among: known, fixture)
    #expect(link.places == ["ada@home.test"])
    let requests = try await server.get("/v1/me/requests", key: try await fixture.person(ada))
    let request = try #require(requests.json["data"]?.array?.first)
    #expect(request["type"]?.string == "portability")
    #expect(request["state"]?.string == "fulfilled")
    let package = try await server.send(
      "POST", "/v1/me/requests/\(request["id"]?.string ?? ""):collect",
      key: link.token)
    #expect(Self.contents(package).contains("Dear diary"), "\(package.text)")
    // It is answered, and stands in nobody's way.
    let accepted = try await server.send(
      "POST", "/v1/me/notices/\(item):accept", key: try await fixture.link(item, "ada@home.test"))
    #expect(accepted.status == 200, "\(accepted.text)")
    try await server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "effective")
    try await fixture.stop()
  }
}
