import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What becomes of controlled accounts when the proof of their domain is gone.
@Suite struct DomainLapseTests {
  /// An account that Acme controls, by its person's own consent.
  private static func controlled(
    _ fixture: TakeoverFixture, _ addresses: String = "ada@acme.test"
  ) async throws -> String {
    let account = try await fixture.account(addresses)
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(account)
    _ = try await fixture.server.send("POST", "/v1/me/notices/\(id):accept", key: token)
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    return account
  }

  private static func record(_ fixture: TakeoverFixture) async throws -> (String, String) {
    let claim = try await fixture.server.get(
      "/v1/domain_claims/\(fixture.claim)", key: fixture.acme.key)
    return (
      claim.json["record"]?["name"]?.string ?? "", claim.json["record"]?["value"]?.string ?? ""
    )
  }

  /// Keys live for 90 days, and these stories longer.
  private static func freshKey(_ fixture: TakeoverFixture) async throws -> String {
    try await fixture.server.makeKey(in: fixture.acme.id, role: "owner").json["token"]?.string ?? ""
  }

  private static func check(
    _ fixture: TakeoverFixture, afterHours hours: Int64
  ) async throws -> TestAnswer {
    fixture.server.clock.advance(seconds: hours * 3_600)
    return try await fixture.server.send(
      "POST", "/v1/domain_claims/\(fixture.claim):check", key: fixture.acme.key)
  }

  /// Takes the record away, and lets the claim lapse.
  private static func lapse(_ fixture: TakeoverFixture) async throws {
    try await fixture.zone.remove(try await record(fixture).0)
    for (hours, state) in [(24, "at_risk"), (72, "grace"), (14 * 24, "lapsed")] {
      let answer = try await check(fixture, afterHours: Int64(hours))
      #expect(answer.json["state"]?.string == state, "\(answer.text)")
      #expect(answer.json["deadline"]?.string != nil, "\(state)")
    }
  }

  /// The types of what the person was told of their account, in order.
  private static func told(_ fixture: TakeoverFixture, _ account: String) async throws -> [String] {
    let feed = try await fixture.server.get("/v1/events?type=control.*")
    return (feed.json["data"]?.array ?? []).filter {
      $0["data"]?["account_id"]?.string == account
    }.compactMap { $0["type"]?.string }
  }

  private static func isTold(
    _ fixture: TakeoverFixture, _ account: String, _ types: [String]
  ) async throws {
    try await fixture.server.drainJobs()
    let isTold = try await eventually { try await told(fixture, account) == types }
    let heard = try await told(fixture, account)
    #expect(isTold, "\(heard)")
  }

  @Test func `suspended control is told, warned of, and ends by itself after ninety days`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await Self.controlled(fixture)
    try await Self.lapse(fixture)
    let path = "/v1/accounts/\(account)"
    #expect(
      try await fixture.server.get(path, key: fixture.acme.key).code == "control_suspended")
    try await Self.isTold(fixture, account, ["control.taken", "control.suspended"])
    fixture.server.clock.advance(seconds: 76 * 86_400 - 120)
    try await Self.isTold(fixture, account, ["control.taken", "control.suspended"])
    fixture.server.clock.advance(seconds: 240)
    try await Self.isTold(
      fixture, account, ["control.taken", "control.suspended", "control.ending"])
    fixture.server.clock.advance(seconds: 13 * 86_400)
    let warned = ["control.taken", "control.suspended", "control.ending", "control.ending"]
    try await Self.isTold(fixture, account, warned)
    fixture.server.clock.advance(seconds: 86_400 - 600)
    try await Self.isTold(fixture, account, warned)
    let key = try await Self.freshKey(fixture)
    #expect(try await fixture.server.get(path, key: key).code == "control_suspended")
    fixture.server.clock.advance(seconds: 1_200)
    try await Self.isTold(fixture, account, warned + ["control.released"])
    #expect(try await fixture.server.get(path, key: key).status == 404)
    // The person's again, with the address as it was: nobody is left without one.
    let own = try await fixture.server.get("/v1/me", key: try await fixture.person(account))
    #expect(own.text.contains("ada@acme.test"), "\(own.text)")
    #expect(own.json["controller"]?.string == nil)
    try await fixture.stop()
  }

  @Test func `a lapsed claim that is proven anew in time resumes control, and says so`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await Self.controlled(fixture)
    let (name, value) = try await Self.record(fixture)
    try await Self.lapse(fixture)
    try await fixture.zone.add(name, "TXT", value)
    // Nobody asks: a lapsed claim is looked at for as long as it can come back. On day 76 the person
    // is warned as well, before or after the look, as it comes.
    fixture.server.clock.advance(seconds: 75 * 86_400)
    try await fixture.server.drainJobs()
    let key = try await Self.freshKey(fixture)
    let claim = try await fixture.server.get("/v1/domain_claims/\(fixture.claim)", key: key)
    #expect(claim.json["state"]?.string == "verified", "\(claim.text)")
    #expect(try await fixture.server.get("/v1/accounts/\(account)", key: key).status == 200)
    try await Self.isTold(
      fixture, account, ["control.taken", "control.suspended", "control.resumed"])
    try await fixture.stop()
  }

  @Test func `a dry run of a release shows what it suspends, and a release keeps its reason`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await Self.controlled(fixture)
    let path = "/v1/domain_claims/\(fixture.claim):release"
    let rehearsed = try await fixture.server.send(
      "POST", path + "?dry_run=true", key: fixture.acme.key)
    let effects = rehearsed.json["effects"]?.array ?? []
    #expect(
      effects.compactMap { $0["action"]?.string }
        == ["domain_claim.released", "control.suspended"], "\(rehearsed.text)")
    #expect(effects.last?["object"]?.string == account)
    #expect(
      try await fixture.server.get("/v1/accounts/\(account)", key: fixture.acme.key).status == 200)
    let released = try await fixture.server.send(
      "POST", path, key: fixture.acme.key, headers: [("Tenure-Reason", "sold")])
    #expect(released.json["state"]?.string == "released", "\(released.text)")
    let admin = try fixture.server.database.administrator()
    #expect(
      try admin.run(
        """
        SELECT bool_and(request_id <> '') FROM tenure.audit_entries
        WHERE action IN ('domain_claim.released', 'control.suspended')
        """) == ["t"])
    try await fixture.stop()
  }

  @Test func `another claim resumes what it covers, and nothing else`() async throws {
    let fixture = try await TakeoverFixture(settings: [:])
    let subtree = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key,
      body: #"{"domain":"beta.test","scope":"subtree"}"#)
    func publish(_ claim: TestAnswer) async throws {
      let record = claim.json["record"]
      try await fixture.zone.remove(record?["name"]?.string ?? "")
      try await fixture.zone.add(
        record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
      fixture.server.clock.advance(seconds: 1)
      let proven = try await fixture.server.send(
        "POST", "/v1/domain_claims/\(claim.id):check", key: fixture.acme.key)
      #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    }
    try await publish(subtree)
    let (top, below) = (
      try await fixture.account("a@beta.test"), try await fixture.account("b@lab.beta.test")
    )
    let body = #""domain_claim_id":"\#(subtree.id)""#
    let plan = try await fixture.server.send(
      "POST", "/v1/takeovers:preview", key: fixture.acme.key, body: "{\(body)}")
    let takeover = try await fixture.server.send(
      "POST", "/v1/takeovers", key: fixture.acme.key,
      body: #"{"plan":"\#(plan.json["plan"]?.string ?? "")",\#(body),"no_answer":"assume_control"}"#
    )
    for item in try await fixture.cases(takeover.id) {
      let token = try await fixture.person(item["account_id"]?.string ?? "")
      _ = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept", key: token)
    }
    func status(_ account: String) async throws -> Int {
      try await fixture.server.get("/v1/accounts/\(account)", key: fixture.acme.key).status
    }
    #expect(
      try await eventually { (try await status(top), try await status(below)) == (200, 200) })
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(subtree.id):release", key: fixture.acme.key)
    #expect(try await status(top) == 409)
    try await publish(
      try await fixture.server.send(
        "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"beta.test"}"#))
    #expect(try await status(top) == 200)
    #expect(try await status(below) == 409, "the narrower claim does not reach it")
    try await fixture.stop()
  }

  @Test func `what suspended control holds can be given back at once`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await Self.controlled(fixture)
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(fixture.claim):release", key: fixture.acme.key)
    let released = try await fixture.server.send(
      "POST", "/v1/accounts/\(account):release", key: fixture.acme.key,
      body: #"{"reason":"the domain is sold"}"#)
    #expect(released.status == 200, "\(released.text)")
    let own = try await fixture.server.get("/v1/me", key: try await fixture.person(account))
    #expect(own.text.contains("ada@acme.test"), "\(own.text)")
    try await fixture.stop()
  }
}
