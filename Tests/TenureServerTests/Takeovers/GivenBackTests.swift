import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What a controller wrote ends with its control: the account goes back as it was found, whoever has
/// its addresses' names by then.
@Suite struct GivenBackTests {
  /// Ends the control of the world's account.
  private func end(_ world: AddressRightsTests.World, by way: String) async throws -> TestAnswer {
    world.server.clock.advance(seconds: 1)
    let key = try await key(world)
    if way == "release" {
      return try await world.server.send(
        "POST", world.path + ":release", key: key, body: #"{"reason":"left"}"#)
    }
    let takeovers = try await world.server.get("/v1/takeovers", key: key)
    let takeover = takeovers.json["data"]?.array?.first?["id"]?.string ?? ""
    let cases = try await world.server.get("/v1/takeovers/\(takeover)/cases", key: key)
    let id = cases.json["data"]?.array?.first?["id"]?.string ?? ""
    return try await world.server.send("POST", "/v1/takeover_cases/\(id):undo", key: key)
  }

  /// A key of Acme's that is good at this time: those of its first day end after ninety.
  private func key(_ world: AddressRightsTests.World) async throws -> String {
    try await world.server.makeKey(in: world.fixture.acme.id, role: "owner")
      .json["token"]?.string ?? ""
  }

  private func addresses(_ answer: TestAnswer) -> Set<String> {
    Set((answer.json["addresses"]?.array ?? []).compactMap { $0["address"]?.string })
  }

  /// Has Acme prove a second name; the claim's id.
  private func prove(_ name: String, _ world: AddressRightsTests.World) async throws -> String {
    let claim = try await world.server.send(
      "POST", "/v1/domain_claims", key: world.key, body: #"{"domain":"\#(name)"}"#)
    let record = claim.json["record"]
    try await world.fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    let proven = try await world.server.send(
      "POST", "/v1/domain_claims/\(claim.id):check", key: world.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    return claim.id
  }

  /// A world in which Acme put an address on a second name of its own, and gave that name up.
  private func planted() async throws -> AddressRightsTests.World {
    let world = try await AddressRightsTests.World()
    let second = try await prove("second.test", world)
    let wrote = try await world.patch(world.addresses("ada@acme.test", "evil@second.test"))
    #expect(wrote.status == 200, "\(wrote.text)")
    let freed = try await world.server.send(
      "POST", "/v1/domain_claims/\(second):release", key: world.key)
    #expect(freed.json["state"]?.string == "released", "\(freed.text)")
    return world
  }

  @Test(arguments: ["undo", "release"])
  func `an address that a controller put there goes with it, on whatever name it lies by then`(
    way: String
  ) async throws {
    let world = try await planted()
    // Nobody counts the name as Acme's by then.
    world.fixture.days(way == "undo" ? 29 : 100)
    let ended = try await end(world, by: way)
    #expect(ended.status == 200, "\(ended.text)")
    let account = try await world.server.get(world.path)
    #expect(
      addresses(account)
        == (way == "undo" ? ["ada@acme.test", "ada@home.test"] : ["ada@home.test"]))
    // Nor does it find the account; once it has rested, it stands in nobody's way.
    #expect(try await world.server.makeAccount("evil@second.test").code == "address_resting")
    try world.server.endRest()
    #expect(try await world.server.makeAccount("evil@second.test").status == 201)
    try await world.fixture.stop()
  }

  @Test func `nobody is released to an address that the controller put there, and to no other`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test")
    try await AddressRightsTests.World.take(ada, fixture)
    let world = AddressRightsTests.World(fixture, ada)
    let second = try await prove("second.test", world)
    #expect(try await world.patch(world.addresses("evil@second.test")).status == 200)
    _ = try await world.server.send("POST", "/v1/domain_claims/\(second):release", key: world.key)
    fixture.days(100)
    #expect(try await end(world, by: "release").code == "address_not_personal")
    #expect(try await world.server.get(world.path, key: try await key(world)).status == 200)
    try await fixture.stop()
  }

  @Test(arguments: ["undo", "release"])
  func `what the controller was answered is not given again once it has the account no more`(
    way: String
  ) async throws {
    let world = try await AddressRightsTests.World()
    func restrict() async throws -> TestAnswer {
      try await world.server.send(
        "POST", world.path + ":restrict", key: world.key, body: #"{"reason":"asked"}"#,
        idempotencyKey: "once")
    }
    let first = try await restrict()
    #expect(first.status < 300, "\(first.text)")
    #expect(try await restrict().text == first.text)
    let ended = try await end(world, by: way)
    #expect(ended.status == 200, "\(ended.text)")
    let again = try await restrict()
    #expect(again.status == 404, "\(again.text)")
    try await world.fixture.stop()
  }

  @Test func `a package goes to no address that the controller has at hand`() async throws {
    let world = try await planted()
    world.fixture.days(100)
    let person = try await world.fixture.person(world.ada)
    let made = try await world.server.send(
      "POST", "/v1/me/requests", key: person, body: #"{"type":"access"}"#)
    #expect(made.status == 201, "\(made.text)")
    let done = try await world.server.send(
      "POST", "/v1/requests/\(made.id):fulfil", key: try await key(world))
    #expect(done.status < 300, "\(done.text)")
    try await world.server.drainJobs()
    let ready = try await world.fixture.events("request.package_ready")
    let places = ready.first?["data"]?["destinations"]?.array ?? []
    // The person's own address, and their phone.
    #expect(places.count == 2, "\(ready)")
    try await world.fixture.stop()
  }

  @Test(arguments: ["undo", "release"])
  func `a controller's id of the account is its own, and the operator's comes back`(
    way: String
  ) async throws {
    let world = try await AddressRightsTests.World()
    let server = world.server
    let theirs = try await server.get(world.path, key: world.key)
    #expect(theirs.json["external_id"] == .null, "\(theirs.text)")
    // The operator knows somebody else by what Acme calls Ada.
    let zed = try await server.send(
      "POST", "/v1/accounts", body: #"{"external_id":"e1","addresses":[{"address":"z@free.test"}]}"#
    )
    #expect(zed.status == 201, "\(zed.text)")
    let wrote = try await world.patch(#"{"external_id":"e1","display_name":"X","locale":"xx"}"#)
    #expect(wrote.json["external_id"]?.string == "e1", "\(wrote.text)")
    let ended = try await end(world, by: way)
    #expect(ended.status == 200, "\(ended.text)")
    let account = try await server.get(world.path)
    #expect(account.json["external_id"]?.string == "u1", "\(account.text)")
    // What somebody is called may have been put right meanwhile; undone is as it was found.
    #expect(account.json["display_name"]?.string == (way == "undo" ? "Ada" : "X"))
    #expect(account.json["locale"]?.string == (way == "undo" ? "en" : "xx"))
    let again = try await server.send(
      "POST", "/v1/accounts", body: #"{"external_id":"u1","addresses":[{"address":"y@free.test"}]}"#
    )
    #expect(again.code == "external_id_taken", "it is found by it again: \(again.text)")
    try await world.fixture.stop()
  }

  @Test(arguments: ["undo", "release"])
  func `an id or an address that is somebody else's by now keeps nobody`(way: String) async throws {
    let world = try await AddressRightsTests.World()
    let server = world.server
    let other = try await server.send(
      "POST", "/v1/accounts", body: #"{"external_id":"u1","addresses":[{"address":"z@free.test"}]}"#
    )
    #expect(other.status == 201, "\(other.text)")
    // Acme takes her address and gives it to a colleague.
    #expect(try await world.patch(world.addresses("ada.king@acme.test")).status == 200)
    try server.endRest()
    _ = try await server.makeAccount(inCustodyOf: world.fixture.acme.id, "ada@acme.test")
    let ended = try await end(world, by: way)
    #expect(ended.status == 200, "\(ended.text)")
    let account = try await server.get(world.path)
    #expect(account.json["external_id"] == .null, "\(account.text)")
    #expect(addresses(account) == ["ada@home.test"])
    #expect(account.json["addresses"]?.array?.first?["primary"]?.bool == true)
    try await world.fixture.stop()
  }

  @Test func `an account with nothing of the person's own keeps nothing that a controller wrote`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test")
    try await AddressRightsTests.World.take(ada, fixture)
    let world = AddressRightsTests.World(fixture, ada)
    #expect(try await world.patch(#"{"attributes":{"desk":"7"},"external_id":"e1"}"#).status == 200)
    #expect(try await end(world, by: "undo").status == 200)
    let account = try await world.server.get(world.path)
    #expect(
      account.json["attributes"] == .object([]) && account.json["external_id"] == .null,
      "\(account.text)")
    try await fixture.stop()
  }

  @Test(arguments: ["undo", "release"])
  func `a controller's restriction ends with its control`(way: String) async throws {
    let world = try await AddressRightsTests.World()
    let restricted = try await world.server.send(
      "POST", world.path + ":restrict", key: world.key, body: #"{"reason":"so"}"#)
    #expect(restricted.json["status"]?.string == "restricted", "\(restricted.text)")
    #expect(try await end(world, by: way).status == 200)
    #expect(try await world.server.get(world.path).json["status"]?.string == "active")
    try await world.fixture.stop()
  }

  @Test(arguments: ["undo", "release"])
  func `a restriction that the person asked for goes with them`(way: String) async throws {
    let world = try await AddressRightsTests.World()
    let made = try await world.server.send(
      "POST", "/v1/me/requests", key: try await world.fixture.person(world.ada),
      body: #"{"type":"restriction"}"#)
    let done = try await world.server.send(
      "POST", "/v1/requests/\(made.id):fulfil", key: world.key)
    #expect(done.status < 300, "\(done.text)")
    #expect(try await end(world, by: way).status == 200)
    #expect(try await world.server.get(world.path).json["status"]?.string == "restricted")
    try await world.fixture.stop()
  }
}
