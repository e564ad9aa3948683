import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Contests and grants: who has a name that two want.
@Suite struct DomainContestTests {
  /// A name that Acme holds and Rival has proven.
  private static func contested(
    _ fixture: DomainFixture, _ domain: String = "acme.test"
  ) async throws -> (held: TestAnswer, rival: TestAnswer) {
    let held = try await fixture.claim(domain, fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    let rival = try await fixture.claim(domain, fixture.rival.key)
    try await fixture.publish(rival)
    _ = try await fixture.check(rival.id, fixture.rival.key)
    return (held, rival)
  }

  /// The incumbent publishes its fresh token, and keeps the name.
  private static func defend(_ fixture: DomainFixture, _ held: String) async throws {
    let fresh = try await fixture.server.get("/v1/domain_claims/\(held)", key: fixture.acme.key)
    try await fixture.zone.remove(fresh.json["record"]?["name"]?.string ?? "")
    try await fixture.publish(fresh)
    let kept = try await fixture.check(held, fixture.acme.key)
    #expect(kept.json["state"]?.string == "verified", "\(kept.text)")
  }

  @Test func `a rival that lost cannot open another contest about the name for ninety days`()
    async throws
  {
    let fixture = try await DomainFixture()
    let (held, _) = try await Self.contested(fixture)
    let opened = fixture.server.clock.now
    try await Self.defend(fixture, held.id)
    func again(_ scope: String) async throws -> TestAnswer {
      // Keys live for 90 days, as long as the wait.
      let made = try await fixture.server.makeKey(in: fixture.rival.id, role: "owner")
      let key = made.json["token"]?.string ?? ""
      let claim = try await fixture.claim("acme.test", key, scope: scope)
      try await fixture.publish(claim)
      let answer = try await fixture.check(claim.id, key)
      if answer.json["state"]?.string == "pending" {
        _ = try await fixture.server.send(
          "POST", "/v1/domain_claims/\(claim.id):release", key: key)
      }
      return answer
    }
    // Neither a new claim nor another scope is another rival.
    for scope in ["exact", "subtree"] {
      let tooSoon = try await again(scope)
      #expect(tooSoon.json["state"]?.string == "pending", "\(tooSoon.text)")
      #expect(tooSoon.json["blocker"]?.string == "contest_too_soon")
    }
    #expect(try await fixture.state(held.id, fixture.acme.key) == "verified")
    fixture.server.clock.advance(
      seconds: opened.adding(seconds: 90 * 86_400 - 30).seconds(since: fixture.server.clock.now))
    #expect(try await again("exact").json["blocker"]?.string == "contest_too_soon")
    fixture.server.clock.advance(seconds: 60)
    #expect(try await again("exact").json["state"]?.string == "contested")
    try await fixture.stop()
  }

  @Test func `a tenant has three contests open at once`() async throws {
    let fixture = try await DomainFixture()
    var held: [TestAnswer] = []
    for name in ["a.test", "b.test", "c.test"] {
      held.append(try await Self.contested(fixture, name).held)
    }
    let (fourth, rival) = try await Self.contested(fixture, "d.test")
    let waiting = try await fixture.check(rival.id, fixture.rival.key)
    #expect(waiting.json["state"]?.string == "pending")
    #expect(waiting.json["blocker"]?.string == "too_many_contests", "\(waiting.text)")
    #expect(try await fixture.state(fourth.id, fixture.acme.key) == "verified")
    try await Self.defend(fixture, held[0].id)
    let opened = try await fixture.check(rival.id, fixture.rival.key)
    #expect(opened.json["state"]?.string == "contested", "\(opened.text)")
    try await fixture.stop()
  }

  @Test func `a contest ends for all when the name goes to whom it was granted`() async throws {
    let fixture = try await DomainFixture()
    let third = try await fixture.server.makeTenant("Third")
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(held.id):grant", key: fixture.acme.key,
      body: #"{"tenant_id":"\#(third.id)"}"#)
    let rival = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(rival)
    let contest = try await fixture.check(rival.id, fixture.rival.key)
    #expect(contest.json["state"]?.string == "contested", "\(contest.text)")
    #expect(contest.json["deadline"]?.string != nil)
    let granted = try await fixture.claim("acme.test", third.key)
    try await fixture.publish(granted)
    let taken = try await fixture.check(granted.id, third.key)
    #expect(taken.json["state"]?.string == "verified", "\(taken.text)")
    #expect(try await fixture.state(held.id, fixture.acme.key) == "released")
    #expect(try await fixture.state(rival.id, fixture.rival.key) == "refused")
    let admin = try fixture.server.database.administrator()
    #expect(try admin.run("SELECT state FROM tenure.domain_contests") == ["moved"])
    // Its deadline brings nothing: all is settled.
    fixture.server.clock.advance(seconds: 11 * 86_400)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(granted.id, third.key) == "verified")
    try await fixture.stop()
  }

  @Test func `a grant names a tenant that exists and may act`() async throws {
    let fixture = try await DomainFixture()
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    func grant(_ tenant: String) async throws -> TestAnswer {
      try await fixture.server.send(
        "POST", "/v1/domain_claims/\(held.id):grant", key: fixture.acme.key,
        body: #"{"tenant_id":"\#(tenant)"}"#)
    }
    let nobody = "ten_01m7zxyxbtf46rjshedaq7k2em"
    let missing = try await grant(nobody)
    #expect(missing.status == 422, "\(missing.text)")
    #expect(try await grant(fixture.acme.id).status == 422)
    #expect(try await grant(fixture.rival.id).status == 200)
    _ = try await fixture.server.send("POST", "/v1/tenants/\(fixture.rival.id):suspend")
    let idle = try await fixture.server.makeTenant("Idle")
    _ = try await fixture.server.send("POST", "/v1/tenants/\(idle.id):suspend")
    let suspended = try await grant(idle.id)
    #expect(suspended.status == 422)
    #expect(
      suspended.text.replacing(idle.id, with: "").count
        == missing.text.replacing(nobody, with: "").count, "nothing tells them apart")
    try await fixture.stop()
  }

  @Test func `a grant is listed and told to both sides, and gives nothing once withdrawn`()
    async throws
  {
    let fixture = try await DomainFixture()
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    let path = "/v1/domain_claims/\(held.id):grant"
    let body = #"{"tenant_id":"\#(fixture.rival.id)"}"#
    let rehearsed = try await fixture.server.send(
      "POST", path + "?dry_run=true", key: fixture.acme.key, body: body)
    #expect(rehearsed.text.contains("domain_claim.granted"), "\(rehearsed.text)")
    for _ in 0..<2 {
      _ = try await fixture.server.send("POST", path, key: fixture.acme.key, body: body)
    }
    func grants(_ key: String) async throws -> [JSONValue] {
      try await fixture.server.get("/v1/domain_grants", key: key).json["data"]?.array ?? []
    }
    let (given, received) = (
      try await grants(fixture.acme.key), try await grants(fixture.rival.key)
    )
    #expect(given.count == 1 && received.count == 1, "giving twice gives once")
    #expect(given.first?["direction"]?.string == "given")
    #expect(received.first?["direction"]?.string == "received")
    let id = given.first?["id"]?.string ?? ""
    // Only who gave it takes it back.
    let foreign = try await fixture.server.send(
      "DELETE", "/v1/domain_grants/\(id)", key: fixture.rival.key)
    #expect(foreign.status == 404)
    for _ in 0..<2 {
      let withdrawn = try await fixture.server.send(
        "DELETE", "/v1/domain_grants/\(id)", key: fixture.acme.key)
      #expect(withdrawn.status == 204, "\(withdrawn.text)")
    }
    #expect(try await grants(fixture.rival.key).first?["state"]?.string == "withdrawn")
    for key in [fixture.acme.key, fixture.rival.key] {
      #expect(
        try await eventually {
          let feed = try await fixture.server.get("/v1/events?type=domain_grant.*", key: key)
          return feed.json["data"]?.array?.compactMap { $0["type"]?.string }
            == ["domain_grant.created", "domain_grant.withdrawn"]
        })
    }
    let whole = try await fixture.claim("acme.test", fixture.rival.key)
    try await fixture.publish(whole)
    let contest = try await fixture.check(whole.id, fixture.rival.key)
    #expect(contest.json["state"]?.string == "contested", "a contest in place of a transfer")
    try await fixture.stop()
  }

  @Test func `a grant ends after fourteen days, with one use, and with its claim`() async throws {
    let fixture = try await DomainFixture()
    let parent = try await fixture.claim("acme.test", fixture.acme.key, scope: "subtree")
    try await fixture.publish(parent)
    _ = try await fixture.check(parent.id, fixture.acme.key)
    func grant(_ name: String) async throws {
      let answer = try await fixture.server.send(
        "POST", "/v1/domain_claims/\(parent.id):grant", key: fixture.acme.key,
        body: #"{"tenant_id":"\#(fixture.rival.id)","domain":"\#(name)"}"#)
      #expect(answer.status == 200, "\(answer.text)")
    }
    func states() async throws -> [String] {
      try await fixture.server.get("/v1/domain_grants", key: fixture.acme.key)
        .json["data"]?.array?.compactMap { $0["state"]?.string } ?? []
    }
    func prove(_ name: String) async throws -> TestAnswer {
      let claim = try await fixture.claim(name, fixture.rival.key)
      try await fixture.publish(claim)
      return try await fixture.check(claim.id, fixture.rival.key)
    }
    try await grant("old.acme.test")
    fixture.server.clock.advance(seconds: 14 * 86_400 - 60)
    try await grant("used.acme.test")
    let used = try await prove("used.acme.test")
    #expect(used.json["state"]?.string == "verified", "\(used.text)")
    fixture.server.clock.advance(seconds: 120)
    #expect(
      try await prove("old.acme.test").json["blocker"]?.string == "parent_consent_needed")
    // Used up: the same name needs another.
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(used.id):release", key: fixture.rival.key)
    #expect(
      try await prove("used.acme.test").json["blocker"]?.string == "parent_consent_needed")
    try await grant("left.acme.test")
    let rehearsed = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(parent.id):release?dry_run=true", key: fixture.acme.key)
    #expect(rehearsed.text.contains("domain_claim.released"), "\(rehearsed.text)")
    #expect(rehearsed.text.contains("domain_grant.ended"))
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(parent.id):release", key: fixture.acme.key)
    #expect(try await states() == ["ended", "used", "ended"])
    try await fixture.stop()
  }
}
