import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What stood at the beginning is judged again when it happens, row by row.
@Suite struct CaseJudgementTests {
  /// A takeover whose cases all run to their deadline, and their ids by account.
  private func running(
    _ fixture: TakeoverFixture, _ noAnswer: String, _ accounts: [String: String]
  ) async throws -> (id: String, cases: [String: String]) {
    let takeover = try await fixture.start(noAnswer)
    var cases: [String: String] = [:]
    for item in try await fixture.cases(takeover.id) {
      cases[item["account_id"]?.string ?? ""] = item["id"]?.string
    }
    for (account, address) in accounts {
      let answer = try await fixture.receipt(cases[account] ?? "", address)
      #expect(answer.status == 201, "\(answer.text)")
      let known = try await fixture.server.send(
        "POST", "/v1/me/notices/\(cases[account] ?? ""):acknowledge",
        key: try await fixture.person(account))
      #expect(known.status == 200, "\(known.text)")
    }
    return (takeover.id, cases)
  }

  private func item(
    _ fixture: TakeoverFixture, _ takeover: String, _ account: String
  ) async throws -> JSONValue? {
    try await fixture.list(takeover).first { $0["account_id"]?.string == account }
  }

  @Test func `one secretly held account keeps no other, and does not show itself`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let cyd = try await fixture.account("cyd@acme.test", "cyd@home.test")
    let (takeover, _) = try await running(
      fixture, "assume_control",
      [ada: "ada@home.test", bob: "bob@home.test", cyd: "cyd@home.test"])
    let hold = try await fixture.server.send(
      "POST", "/v1/holds",
      body: #"{"matter":"M","reason":"r","secret":true,"custodian_ids":["\#(ada)"]}"#)
    #expect(hold.status == 201, "\(hold.text)")
    fixture.days(31)
    try await fixture.server.drainJobs()
    for other in [bob, cyd] {
      #expect(try await item(fixture, takeover, other)?["state"]?.string == "effective")
    }
    let held = try await item(fixture, takeover, ada)
    #expect(held?["state"]?.string == "running" && held?["blocker"]?.string == "later")
    let events = try await fixture.server.get("/v1/events", key: fixture.acme.key)
    #expect(!events.text.contains("case_put_aside"))
    // It is tried again, and nobody else waits for it.
    fixture.server.clock.advance(seconds: 3_601)
    try await fixture.server.drainJobs()
    #expect(try await item(fixture, takeover, ada)?["blocker"]?.string == "later")
    try await fixture.stop()
  }

  @Test func `an account whose address has gone is not taken any more`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let (takeover, _) = try await running(
      fixture, "assume_control", [ada: "ada@home.test", bob: "bob@home.test"])
    let patched = try await fixture.server.send(
      "PATCH", "/v1/accounts/\(ada)",
      body: #"{"addresses":[{"address":"ada@home.test","verified":true}]}"#,
      contentType: "application/merge-patch+json")
    #expect(patched.status == 200, "\(patched.text)")
    fixture.days(31)
    try await fixture.server.drainJobs()
    let gone = try await item(fixture, takeover, ada)
    #expect(gone?["state"]?.string == "blocked" && gone?["blocker"]?.string == "address_gone")
    #expect(try await item(fixture, takeover, bob)?["state"]?.string == "effective")
    #expect(try await fixture.server.get("/v1/accounts/\(ada)").status == 200)
    try await fixture.stop()
  }

  @Test func `a takeover ends with the claim it was begun under, and another claim is not it`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, cases) = try await running(fixture, "assume_control", [ada: "ada@home.test"])
    let server = fixture.server
    _ = try await server.send(
      "POST", "/v1/domain_claims/\(fixture.claim):release", key: fixture.acme.key)
    let again = try await server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"acme.test"}"#)
    let record = again.json["record"]
    try await fixture.zone.remove(record?["name"]?.string ?? "")
    try await fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    server.clock.advance(seconds: 1)
    let proven = try await server.send(
      "POST", "/v1/domain_claims/\(again.id):check", key: fixture.acme.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    _ = try await server.send(
      "POST", "/v1/me/notices/\(cases[ada] ?? ""):accept", key: try await fixture.person(ada))
    try await server.drainJobs()
    let ended = try await item(fixture, takeover, ada)
    #expect(ended?["state"]?.string == "blocked" && ended?["blocker"]?.string == "domain_not_held")
    #expect(try await server.get("/v1/accounts/\(ada)").status == 200)
    try await fixture.stop()
  }

  @Test func `nothing takes effect while the name is in doubt`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, cases) = try await running(fixture, "detach_address", [ada: "ada@home.test"])
    let admin = try fixture.server.database.administrator()
    // No check of the proof, which is there, changes what is set here.
    try admin.run("DELETE FROM tenure_global.jobs WHERE kind = 'domain_check'")
    try admin.run("UPDATE tenure.domain_claims SET state = 'at_risk'")
    let accepted = try await fixture.server.send(
      "POST", "/v1/me/notices/\(cases[ada] ?? ""):accept", key: try await fixture.person(ada))
    #expect(accepted.status == 200, "\(accepted.text)")
    for state in ["at_risk", "grace", "contested"] {
      try admin.run("UPDATE tenure.domain_claims SET state = '\(state)'")
      fixture.server.clock.advance(seconds: 3_601)
      try await fixture.server.drainJobs()
      #expect(try await fixture.state(takeover) == "running", "\(state)")
    }
    try admin.run(
      """
      INSERT INTO tenure.domain_observations (tenant_id, claim_id, observation_id, at, resolver,
        outcome, is_proof)
      SELECT tenant_id, claim_id, gen_random_uuid(), tenure.now(), '', 'found', true
      FROM tenure.domain_claims;
      UPDATE tenure.domain_claims SET state = 'verified'
      """)
    fixture.server.clock.advance(seconds: 3_601)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover) == "effective")
    try await fixture.stop()
  }

  @Test func `whoever waits for an answer is not taken over meanwhile, and then is`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, cases) = try await running(fixture, "assume_control", [ada: "ada@home.test"])
    let token = try await fixture.person(ada)
    let asked = try await server.send(
      "POST", "/v1/me/requests", key: token, body: #"{"type":"access"}"#)
    #expect(asked.status == 201, "\(asked.text)")
    _ = try await server.send(
      "POST", "/v1/me/notices/\(cases[ada] ?? ""):accept", key: token)
    try await server.drainJobs()
    let waiting = try await item(fixture, takeover, ada)
    #expect(waiting?["state"]?.string == "running")
    #expect(waiting?["blocker"]?.string == "open_request")
    let told = try await fixture.events("takeover.case_put_aside")
    #expect(told.count == 1 && told[0]["data"]?["blocker"]?.string == "open_request")
    _ = try await server.send("POST", "/v1/me/requests/\(asked.id):withdraw", key: token)
    server.clock.advance(seconds: 3_601)
    try await server.drainJobs()
    #expect(try await fixture.state(takeover) == "effective")
    try await fixture.stop()
  }

  @Test func `a sole owner of another tenant, and an address that nobody verified, are in the way`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    _ = try await fixture.account([("bob@acme.test", false), ("bob@home.test", true)])
    let rival = try await fixture.server.makeTenant("Rival")
    let made = try await fixture.server.send(
      "PUT", "/v1/memberships/\(ada)", body: #"{"role":"owner"}"#,
      headers: [("Tenure-Tenant", rival.id)])
    #expect(made.status < 300, "\(made.text)")
    let counts = try await fixture.preview().json["counts"]
    #expect(counts?["eligible"]?.int == 0 && counts?["last_owner"]?.int == 1)
    #expect(counts?["blocked"]?.int == 1)
    try await fixture.stop()
  }

  @Test func `a subtree leaves accounts on a name that another tenant has proven`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let rival = try await server.makeTenant("Rival")
    func prove(_ domain: String, _ scope: String, _ key: String) async throws -> String {
      let claim = try await server.send(
        "POST", "/v1/domain_claims", key: key,
        body: #"{"domain":"\#(domain)","scope":"\#(scope)"}"#)
      let record = claim.json["record"]
      try await fixture.zone.add(
        record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
      server.clock.advance(seconds: 1)
      let proven = try await server.send("POST", "/v1/domain_claims/\(claim.id):check", key: key)
      #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
      return claim.id
    }
    _ = try await prove("lab.wide.test", "exact", rival.key)
    let wide = try await prove("wide.test", "subtree", fixture.acme.key)
    _ = try await fixture.account("ada@lab.wide.test")
    _ = try await fixture.account("bob@wide.test")
    _ = try await fixture.account("cyd@far.wide.test")
    let preview = try await server.send(
      "POST", "/v1/takeovers:preview", key: fixture.acme.key,
      body: #"{"domain_claim_id":"\#(wide)"}"#)
    #expect(preview.json["counts"]?["eligible"]?.int == 2, "\(preview.text)")
    #expect(preview.json["counts"]?["blocked"]?.int == 0)
    try await fixture.stop()
  }

  @Test func `a detach that would leave nothing is put aside and told`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test")
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let takeover = try await fixture.start("detach_address")
    for item in try await fixture.cases(takeover.id) {
      let id = item["id"]?.string ?? ""
      let isAda = item["account_id"]?.string == ada
      #expect(try await fixture.receipt(id, "\(isAda ? "ada" : "bob")@acme.test").status == 201)
      if !isAda { #expect(try await fixture.receipt(id, "bob@home.test").status == 201) }
    }
    fixture.days(31)
    try await fixture.server.drainJobs()
    let put = try await item(fixture, takeover.id, ada)
    #expect(put?["state"]?.string == "running")
    #expect(put?["blocker"]?.string == "no_other_destination")
    #expect(try await item(fixture, takeover.id, bob)?["state"]?.string == "effective")
    let told = try await fixture.server.get("/v1/events", key: fixture.acme.key)
    #expect(told.text.contains("no_other_destination"))
    try await fixture.stop()
  }

  @Test func `a case that cannot be told ends after 90 days, or once nothing arrives`() async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let takeover = try await fixture.start("detach_address")
    let cases = try await fixture.cases(takeover.id)
    let bobs = cases.first { $0["account_id"]?.string == bob }?["id"]?.string ?? ""
    #expect(try await fixture.receipt(bobs, "bob@acme.test", hasFailed: true).status == 201)
    #expect(try await item(fixture, takeover.id, bob)?["state"]?.string == "notice_pending")
    #expect(try await fixture.receipt(bobs, "bob@home.test", hasFailed: true).status == 201)
    let failed = try await item(fixture, takeover.id, bob)
    #expect(failed?["state"]?.string == "blocked" && failed?["blocker"]?.string == "not_notified")
    // The tenant's key does not live as long.
    let admin = try fixture.server.database.administrator()
    let state = """
      SELECT state || '|' || coalesce(blocker, '') FROM tenure.takeover_cases
      WHERE account_id = '\(try AccountID(parsing: ada).uuid)'
      """
    fixture.days(89)
    try await fixture.server.drainJobs()
    #expect(try admin.run(state) == ["notice_pending|"])
    fixture.days(1)
    try await fixture.server.drainJobs()
    #expect(try admin.run(state) == ["blocked|not_notified"])
    try await fixture.stop()
  }
}
