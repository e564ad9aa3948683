import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// A service whose resolvers are a zone the test writes, and two tenants.
struct DomainFixture {
  let zone: TestZone
  let server: TestServer
  let acme: (id: String, key: String)
  let rival: (id: String, key: String)

  init(resolvers: ((TestZone) -> String)? = nil) async throws {
    zone = try await TestZone()
    server = try await TestServer(settings: ["resolvers": resolvers?(zone) ?? zone.address])
    acme = try await server.makeTenant("Acme")
    rival = try await server.makeTenant("Rival")
  }

  func stop() async throws {
    try await server.stop()
    zone.stop()
  }

  func claim(_ domain: String, _ key: String, scope: String = "exact") async throws -> TestAnswer {
    try await server.send(
      "POST", "/v1/domain_claims", key: key, body: #"{"domain":"\#(domain)","scope":"\#(scope)"}"#)
  }

  func publish(_ claim: TestAnswer) async throws {
    let record = claim.json["record"]
    try await zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
  }

  func check(_ id: String, _ key: String) async throws -> TestAnswer {
    server.clock.advance(seconds: 1)
    return try await server.send("POST", "/v1/domain_claims/\(id):check", key: key)
  }

  func state(_ id: String, _ key: String) async throws -> String? {
    try await server.get("/v1/domain_claims/\(id)", key: key).json["state"]?.string
  }

  /// The types of a tenant's events, once the feed ends with one: it shows what no open transaction
  /// can come before.
  func events(_ key: String, until last: String) async throws -> [String] {
    var types: [String] = []
    try await eventually {
      let feed = try await server.get("/v1/events?type=domain_claim.*", key: key)
      types = (feed.json["data"]?.array ?? []).compactMap { $0["type"]?.string }
      return types.last == last
    }
    return types
  }
}

@Suite struct DomainClaimTests {
  @Test func `a claim is proven by its record, and told of`() async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("Acme.test", fixture.acme.key)
    #expect(claim.status == 201 && claim.json["state"]?.string == "pending", "\(claim.text)")
    let record = claim.json["record"]
    let name = record?["name"]?.string ?? ""
    #expect(name.wholeMatch(of: /_[0-9a-z]{16}\._tenure-challenge\.acme\.test/) != nil, "\(name)")
    let value = record?["value"]?.string ?? ""
    #expect(value.wholeMatch(of: /token=[A-Za-z0-9_-]{43} expiry=\d{4}-\d\d-\d\d/) != nil)

    let early = try await fixture.check(claim.id, fixture.acme.key)
    #expect(early.json["state"]?.string == "pending")
    try await fixture.publish(claim)
    let proven = try await fixture.check(claim.id, fixture.acme.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    #expect(
      try await fixture.events(fixture.acme.key, until: "domain_claim.verified") == [
        "domain_claim.created", "domain_claim.verified",
      ])
    let seen = try await fixture.server.get(
      "/v1/domain_claims/\(claim.id)/observations", key: fixture.acme.key)
    let outcomes = seen.json["data"]?.array?.compactMap { $0["outcome"]?.string } ?? []
    #expect(outcomes.contains("nxdomain") && outcomes.contains("found"))
    #expect(try await fixture.claim("acme.test", fixture.acme.key).code == "domain_claim_exists")
    // Another tenant's key sees nothing of it.
    #expect(
      try await fixture.server.get("/v1/domain_claims/\(claim.id)", key: fixture.rival.key).status
        == 404)
    try await fixture.stop()
  }

  @Test func `a name that cannot be claimed is refused by its kind`() async throws {
    let fixture = try await DomainFixture()
    for (name, code) in [
      ("co.uk", "domain_is_public_suffix"), ("test", "domain_is_public_suffix"),
      ("github.io", "domain_is_private_suffix"), ("gmail.com", "domain_is_mail_provider"),
      ("mail.gmail.com", "domain_is_mail_provider"), ("192.0.2.1", "domain_is_address"),
      ("[::1]", "domain_is_address"), ("a b.test", "domain_malformed"),
      ("-a.test", "domain_malformed"),
      ("\(String(repeating: "a", count: 64)).test", "domain_too_long"),
      ("\(String(repeating: "a.", count: 130))test", "domain_too_long"),
    ] {
      let answer = try await fixture.claim(name, fixture.acme.key)
      #expect(answer.status == 422 && answer.code == code, "\(name): \(answer.text)")
    }
    #expect(try await fixture.claim("acme.test", fixture.server.operatorKey).status == 403)
    try await fixture.stop()
  }

  @Test func `one tenant's record proves nothing for another`() async throws {
    let fixture = try await DomainFixture()
    let ours = try await fixture.claim("acme.test", fixture.acme.key)
    let theirs = try await fixture.claim("acme.test", fixture.rival.key)
    #expect(theirs.status == 201)
    // The rival publishes our value under its own name, and its own value under ours.
    let (a, b) = (ours.json["record"], theirs.json["record"])
    try await fixture.zone.add(
      b?["name"]?.string ?? "", "TXT", a?["value"]?.string ?? "")
    try await fixture.zone.add(
      a?["name"]?.string ?? "", "TXT", b?["value"]?.string ?? "")
    #expect(
      try await fixture.check(theirs.id, fixture.rival.key).json["state"]?.string == "pending")
    #expect(try await fixture.check(ours.id, fixture.acme.key).json["state"]?.string == "pending")
    try await fixture.stop()
  }

  @Test func `what resolvers do not answer moves no state`() async throws {
    let fixture = try await DomainFixture { "127.0.0.1:9,\($0.address),127.0.0.1:10" }
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(claim)
    // One of three sees it: no quorum.
    #expect(try await fixture.check(claim.id, fixture.acme.key).json["state"]?.string == "pending")
    try await fixture.stop()
  }

  @Test func `a record that is gone leads to grace and lapse, step by step, and back`()
    async throws
  {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(claim)
    _ = try await fixture.check(claim.id, fixture.acme.key)
    try await fixture.zone.remove(claim.json["record"]?["name"]?.string ?? "")
    func check(afterHours hours: Int64) async throws -> String? {
      fixture.server.clock.advance(seconds: hours * 3_600)
      let answer = try await fixture.check(claim.id, fixture.acme.key)
      return answer.json["state"]?.string ?? answer.text
    }
    #expect(try await check(afterHours: 24) == "at_risk")
    #expect(try await check(afterHours: 71) == "at_risk")
    #expect(try await check(afterHours: 2) == "grace")
    #expect(try await check(afterHours: 24) == "grace")
    try await fixture.publish(claim)
    #expect(try await check(afterHours: 1) == "verified")
    try await fixture.zone.remove(claim.json["record"]?["name"]?.string ?? "")
    #expect(try await check(afterHours: 24) == "at_risk")
    #expect(try await check(afterHours: 73) == "grace")
    #expect(try await check(afterHours: 14 * 24) == "lapsed")
    #expect(
      try await fixture.events(fixture.acme.key, until: "domain_claim.lapsed").suffix(3) == [
        "domain_claim.at_risk", "domain_claim.grace", "domain_claim.lapsed",
      ])
    // Nobody holds it now: the next to prove it has it, uncontested.
    let other = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(other)
    #expect(
      try await fixture.check(other.id, fixture.rival.key).json["state"]?.string == "verified")
    try await fixture.stop()
  }

  @Test func `a rival that proves a held name opens a contest, which a fresh proof ends`()
    async throws
  {
    let fixture = try await DomainFixture()
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    let rival = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(rival)
    let contest = try await fixture.check(rival.id, fixture.rival.key)
    #expect(contest.json["state"]?.string == "contested", "\(contest.text)")
    #expect(contest.json["blocker"]?.string == "domain_held")
    let ours = try await fixture.server.get("/v1/domain_claims/\(held.id)", key: fixture.acme.key)
    #expect(ours.json["state"]?.string == "contested")
    #expect(ours.json["record"]?["value"] != held.json["record"]?["value"], "a fresh token")
    #expect(
      try await fixture.server.send(
        "POST", "/v1/domain_claims/\(held.id):release", key: fixture.acme.key
      ).code == "domain_state_conflict")
    // The old record proves nothing any more; the fresh one does.
    #expect(try await fixture.check(held.id, fixture.acme.key).json["state"]?.string == "contested")
    try await fixture.publish(ours)
    #expect(try await fixture.check(held.id, fixture.acme.key).json["state"]?.string == "verified")
    #expect(try await fixture.state(rival.id, fixture.rival.key) == "refused")
    try await fixture.stop()
  }

  @Test func `a contest nobody answers ends at its deadline with the name changing hands`()
    async throws
  {
    let fixture = try await DomainFixture()
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    let rival = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(rival)
    _ = try await fixture.check(rival.id, fixture.rival.key)
    fixture.server.clock.advance(seconds: 10 * 86_400 + 60)
    // The background does it: nobody asks.
    #expect(
      try await eventually {
        try await fixture.state(held.id, fixture.acme.key) == "ownership_changed"
      })
    #expect(
      try await eventually {
        try await fixture.state(rival.id, fixture.rival.key) == "verified"
      })
    try await fixture.stop()
  }

  @Test func `a name below a verified subtree needs the consent of whoever holds it`()
    async throws
  {
    let fixture = try await DomainFixture()
    let parent = try await fixture.claim("acme.test", fixture.acme.key, scope: "subtree")
    try await fixture.publish(parent)
    #expect(
      try await fixture.check(parent.id, fixture.acme.key).json["state"]?.string == "verified")
    let child = try await fixture.claim("lab.acme.test", fixture.rival.key)
    try await fixture.publish(child)
    let blocked = try await fixture.check(child.id, fixture.rival.key)
    #expect(blocked.json["state"]?.string == "pending")
    #expect(blocked.json["blocker"]?.string == "parent_consent_needed")
    let grant = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(parent.id):grant", key: fixture.acme.key,
      body: #"{"tenant_id":"\#(fixture.rival.id)","domain":"lab.acme.test"}"#)
    #expect(grant.status == 200, "\(grant.text)")
    #expect(
      try await fixture.check(child.id, fixture.rival.key).json["state"]?.string == "verified")
    // The name itself is handed over by the same handshake.
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(parent.id):grant", key: fixture.acme.key,
      body: #"{"tenant_id":"\#(fixture.rival.id)"}"#)
    let whole = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(whole)
    #expect(
      try await fixture.check(whole.id, fixture.rival.key).json["state"]?.string == "verified")
    #expect(try await fixture.state(parent.id, fixture.acme.key) == "released")
    try await fixture.stop()
  }

  @Test func `of two hundred attempts at once exactly one verifies`() async throws {
    let fixture = try await DomainFixture()
    var claims: [(id: String, key: String)] = []
    for index in 0..<20 {
      let tenant = try await fixture.server.makeTenant("T\(index)")
      let claim = try await fixture.claim("race.test", tenant.key)
      let record = claim.json["record"]
      try await fixture.zone.add(
        record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
      claims.append((claim.id, tenant.key))
    }
    let server = fixture.server
    await withTaskGroup(of: Void.self) { group in
      for attempt in 0..<200 {
        let claim = claims[attempt % claims.count]
        group.addTask {
          _ = try? await server.send(
            "POST", "/v1/domain_claims/\(claim.id):check", key: claim.key)
        }
      }
    }
    let admin = try fixture.server.database.administrator()
    #expect(try admin.run("SELECT count(*) FROM tenure_global.domains") == ["1"])
    let states = try admin.run("SELECT state FROM tenure.domain_claims ORDER BY state")
    #expect(states.count { $0 == "verified" } <= 1)
    #expect(states.count { $0 == "contested" } <= 2)
    try await fixture.stop()
  }

  @Test func `the operator may vouch for a name, with a reason and a date`() async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    let path = "/v1/domain_claims/\(claim.id):attest"
    let body = #"{"reason":"register extract seen","review_on":"2099-01-01T00:00:00Z"}"#
    #expect(
      try await fixture.server.send("POST", path, key: fixture.acme.key, body: body).status == 403)
    let attested = try await fixture.server.send(
      "POST", path, body: body, headers: [("Tenure-Tenant", fixture.acme.id)])
    #expect(attested.json["state"]?.string == "verified", "\(attested.text)")
    #expect(attested.json["method"]?.string == "attestation")
    let released = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(claim.id):release", key: fixture.acme.key)
    #expect(released.json["state"]?.string == "released")
    try await fixture.stop()
  }
}
