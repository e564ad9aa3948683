import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Nothing is taken for a tenant that the operator has suspended; its people keep their ways out.
@Suite struct SuspendedTenantTests {
  /// A takeover with a case for each of these, whose clock runs; the ids of the cases by account.
  private func running(
    _ fixture: TakeoverFixture, _ accounts: [String: String]
  ) async throws -> (id: String, cases: [String: String]) {
    let takeover = try await fixture.start()
    var cases: [String: String] = [:]
    for item in try await fixture.cases(takeover.id) {
      let (id, account) = (item["id"]?.string ?? "", item["account_id"]?.string ?? "")
      cases[account] = id
      let answer = try await fixture.receipt(id, accounts[account] ?? "")
      #expect(answer.status == 201, "\(answer.text)")
    }
    return (takeover.id, cases)
  }

  private func suspend(_ fixture: TakeoverFixture, _ verb: String) async throws {
    let answer = try await fixture.server.send("POST", "/v1/tenants/\(fixture.acme.id):\(verb)")
    #expect(answer.status == 200, "\(answer.text)")
  }

  /// The case's row; its tenant cannot ask meanwhile.
  private func row(_ fixture: TakeoverFixture, _ id: String, _ column: String) throws -> String {
    let admin = try fixture.server.database.administrator()
    return try admin.run(
      "SELECT \(column) FROM tenure.takeover_cases WHERE case_id = '\(CaseID(parsing: id).uuid)'"
    ).first ?? ""
  }

  @Test func `a deadline waits for the end of a suspension with the time that was left`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (_, cases) = try await running(fixture, [ada: "ada@home.test"])
    let id = cases[ada] ?? ""
    fixture.days(20)
    try await server.drainJobs()
    let deadline = try row(fixture, id, "deadline_at")
    try await suspend(fixture, "suspend")
    for _ in 0..<5 {
      fixture.days(10)
      try await server.drainJobs()
      #expect(try row(fixture, id, "state") == "running")
    }
    #expect(try row(fixture, id, "deadline_at") == deadline)
    try await suspend(fixture, "resume")
    #expect(
      try row(fixture, id, "deadline_at = '\(deadline)'::timestamptz + interval '50 days'") == "t")
    // Ten days were left: one second before they are over nothing happens.
    server.clock.advance(seconds: 10 * 86_400 - 1)
    try await server.drainJobs()
    #expect(try row(fixture, id, "state") == "running")
    server.clock.advance(seconds: 1)
    try await server.drainJobs()
    #expect(try row(fixture, id, "state || ' ' || outcome") == "effective assume_control")
    try await fixture.stop()
  }

  @Test func `people accept, leave, dispute and export meanwhile, and only who leaves is served`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    var people: [String: String] = [:]
    var names: [String: String] = [:]
    for name in ["ada", "bob", "cyd", "dan"] {
      let id = try await fixture.account("\(name)@acme.test", "\(name)@home.test")
      people[id] = "\(name)@home.test"
      names[name] = id
    }
    let (_, cases) = try await running(fixture, people)
    try await suspend(fixture, "suspend")
    server.clock.advance(seconds: 60)
    func act(_ name: String, _ verb: String, _ body: String? = nil) async throws {
      let account = names[name] ?? ""
      let answer = try await server.send(
        "POST", "/v1/me/notices/\(cases[account] ?? ""):\(verb)",
        key: try await fixture.person(account), body: body)
      #expect(answer.status == 200, "\(verb): \(answer.text)")
    }
    try await act("ada", "accept")
    try await act("bob", "detach", "{}")
    try await act("cyd", "dispute", #"{"reason":"I never worked there"}"#)
    try await act("dan", "export")
    func state(_ name: String) throws -> String {
      try row(fixture, cases[names[name] ?? ""] ?? "", "state")
    }
    server.clock.advance(seconds: 3_601)
    try await server.drainJobs()
    #expect(try state("ada") == "running" && state("bob") == "effective")
    #expect(try state("cyd") == "disputed" && state("dan") == "running")
    #expect(
      try await server.get("/v1/accounts/\(names["ada"] ?? "")").json["controller_id"]?.string
        == nil)
    try await suspend(fixture, "resume")
    server.clock.advance(seconds: 1)
    try await server.drainJobs()
    #expect(try state("ada") == "effective")
    try await fixture.stop()
  }

  @Test func `what a suspended tenant had set for its accounts stands, and goes on`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let fixture = DisposalFixture(server: server, acme: acme)
    let ada = try await fixture.account("ada@x.test")
    let kept = try await fixture.account("kept@x.test")
    #expect(try await fixture.perform("delete", ada).status == 200)
    server.clock.advance(seconds: 20 * 86_400)
    _ = try await server.send("POST", "/v1/tenants/\(acme.id):suspend")
    server.clock.advance(seconds: 40 * 86_400)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "deleted")
    _ = try await server.send("POST", "/v1/tenants/\(acme.id):resume")
    server.clock.advance(seconds: 10 * 86_400 - 2)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "deleted")
    server.clock.advance(seconds: 2)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "erased")
    #expect(try await fixture.status(kept) == "active")
    try await server.stop()
  }
}
