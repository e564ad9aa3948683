import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

@Suite struct RetentionRouteTests {
  private func rule(
    _ fixture: DisposalFixture, _ members: String
  ) async throws -> TestAnswer {
    let answer = try await fixture.post("/v1/retention_rules", "{\(members)}")
    #expect(answer.status == 201, "\(answer.text)")
    return answer
  }

  private func left(_ fixture: DisposalFixture, _ id: AccountID, _ day: String) async throws {
    let answer = try await fixture.server.send(
      "PUT", "/v1/accounts/\(id)/dates", key: fixture.acme.key,
      body: #"{"dates":{"left":"\#(day)"}}"#)
    #expect(answer.status == 200, "\(answer.text)")
  }

  private func run(_ fixture: DisposalFixture, budget: Int = 1_000) async throws -> JSONValue {
    let started = try await fixture.post("/v1/retention_runs", #"{"budget":\#(budget)}"#)
    #expect(started.status == 202, "\(started.text)")
    return try await ended(fixture, started.id)
  }

  private func ended(_ fixture: DisposalFixture, _ id: String) async throws -> JSONValue {
    var last = JSONValue.null
    _ = try await eventually {
      last = try await fixture.server.get("/v1/retention_runs/\(id)", key: fixture.acme.key).json
      return last["state"]?.string != "running"
    }
    return last
  }

  @Test func `a run disposes of what is due, keeps what is held, and signs what it did`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let (ada, bob, eve) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test"),
      try await fixture.account("eve@x.test")
    )
    _ = try await rule(
      fixture,
      #""name":"leavers","applies_to":"account","trigger":"left","period":"P1Y","action":"delete""#)
    for (id, day) in [(ada, "2024-01-31"), (bob, "2024-02-01"), (eve, "2099-01-01")] {
      try await left(fixture, id, day)
    }
    let hold = try await fixture.post(
      "/v1/holds",
      #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(bob)"]}"#)
    #expect(hold.status == 201)
    let tried = try await fixture.post("/v1/retention_runs?dry_run=true", "{}")
    #expect(tried.json["effects"]?.array?.first?["action"]?.string == "retention_run.created")

    // What is held in secret is accepted like the rest, so that no list shows it, and kept.
    let done = try await run(fixture)
    #expect(done["state"]?.string == "completed" && done["disposed"]?.int == 2, "\(done)")
    #expect(done["certificate"]?.string?.hasPrefix("tenure/retention/\(fixture.acme.id)\n") == true)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "erased")
    #expect(try await fixture.status(bob) == "deleted")
    #expect(try await fixture.status(eve) == "active")
    let results = try await server.get(
      "/v1/retention_runs/\(done["id"]?.string ?? "")/results", key: fixture.acme.key)
    let subjects = results.json["data"]?.array?.compactMap { $0["subject_id"]?.string } ?? []
    #expect(Set(subjects) == [ada.description, bob.description])
    // Once more: nothing is done twice.
    #expect(try await run(fixture)["disposed"]?.int == 0)

    // Whoever may know of the hold is told of it; whoever may not sees a rule that is due.
    let auditor = try await server.makeKey(in: fixture.acme.id, role: "admin").json["token"]?.string
    func explain(_ key: String?) async throws -> (level: String?, holds: [String?]) {
      let answer = try await server.get("/v1/accounts/\(bob)/retention", key: key)
      return (
        answer.json["decisions"]?.array?.first?["level"]?.string,
        answer.json["holds"]?.array?.map(\.string) ?? []
      )
    }
    #expect(try await explain(fixture.acme.key) == ("hold", [hold.id]))
    #expect(try await explain(auditor) == ("disposal", []))
    try await server.stop()
  }

  @Test func `a run stops at its budget, and goes on when somebody has looked`() async throws {
    let fixture = try await DisposalFixture()
    for name in ["a", "b", "c"] {
      try await left(fixture, try await fixture.account("\(name)@x.test"), "2020-01-01")
    }
    _ = try await rule(
      fixture,
      #""name":"leavers","applies_to":"account","trigger":"left","period":"P1Y","action":"isolate""#
    )
    let paused = try await run(fixture, budget: 2)
    #expect(paused["state"]?.string == "paused" && paused["disposed"]?.int == 0, "\(paused)")
    #expect(try await fixture.post("/v1/retention_runs", "{}").code == "retention_running")
    let id = paused["id"]?.string ?? ""
    let resumed = try await fixture.post("/v1/retention_runs/\(id):resume", #"{"budget":3}"#)
    #expect(resumed.status == 200, "\(resumed.text)")
    let done = try await ended(fixture, id)
    #expect(done["state"]?.string == "completed" && done["disposed"]?.int == 3, "\(done)")
    let late = try await fixture.post("/v1/retention_runs/\(id):cancel", nil)
    #expect(late.code == "retention_state_conflict")
    try await fixture.server.stop()
  }

  @Test func `content goes by its category, and what no rule is about is reported`() async throws {
    let fixture = try await DisposalFixture()
    let ada = try await fixture.account("ada@x.test")
    let items = ["payroll", "bank_details", "sketches"].map { category in
      #"{"account_id":"\#(ada)","tenant_id":"\#(fixture.acme.id)","product":"hr","kind":"file","#
        + #""external_id":"\#(category)","visibility":"tenant","category":"\#(category)","#
        + #""title":"t"}"#
    }
    let registered = try await fixture.server.send(
      "POST", "/v1/content_items", body: #"{"items":[\#(items.joined(separator: ","))]}"#)
    #expect(registered.status == 200, "\(registered.text)")
    try await left(fixture, ada, "2024-01-31")
    for (category, period) in [("payroll", "P7Y"), ("bank_details", "P1Y")] {
      _ = try await rule(
        fixture,
        #""name":"\#(category)","applies_to":"\#(category)","trigger":"left","#
          + #""period":"\#(period)","action":"delete""#)
    }
    let now = try await fixture.server.get("/v1/retention:simulate", key: fixture.acme.key)
    #expect(
      now.json["groups"]?.array?.map { $0["class"]?.string } == ["bank_details"], "\(now.text)")
    let gaps = now.json["gaps"]?.array?.map { $0["class"]?.string }
    #expect(gaps == ["account", "sketches"])
    let later = try await fixture.server.get(
      "/v1/retention:simulate?at=2031-01-31", key: fixture.acme.key)
    #expect(later.json["groups"]?.array?.count == 2, "\(later.text)")
    let calendar = try await fixture.server.send(
      "GET", "/v1/retention:calendar", key: fixture.acme.key,
      headers: [("Accept", "text/calendar")])
    #expect(
      calendar.text.contains("SUMMARY:delete 1 × bank_details: bank_details"), "\(calendar.text)")
    let picture = try await fixture.server.send(
      "GET", "/v1/retention:calendar", key: fixture.acme.key,
      headers: [("Accept", "image/svg+xml")])
    #expect(picture.text.hasPrefix("<svg ") && picture.text.contains("bank_details"))

    #expect(try await run(fixture)["disposed"]?.int == 1)
    let kept = try await fixture.server.get("/v1/content_items", key: fixture.acme.key)
    let left = kept.json["data"]?.array?.compactMap { $0["category"]?.string }.sorted()
    #expect(left == ["payroll", "sketches"])
    let why = try await fixture.server.get(
      "/v1/accounts/\(ada)/retention", key: fixture.acme.key)
    let levels = (why.json["decisions"]?.array ?? []).map {
      "\($0["class"]?.string ?? "") \($0["level"]?.string ?? "")"
    }
    #expect(levels.sorted() == ["account no_rule", "payroll not_due", "sketches no_rule"])
    try await fixture.server.stop()
  }

  @Test func `content that a rule seals away opens to two people only`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let registered = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(ada)","tenant_id":"\#(fixture.acme.id)","product":"hr","#
        + #""kind":"file","external_id":"1","visibility":"tenant","category":"payroll","#
        + #""title":"Pay of Ada"}]}"#)
    let id = registered.json["data"]?.array?.first?["id"]?.string ?? ""
    try await left(fixture, ada, "2020-01-31")
    _ = try await rule(
      fixture,
      #""name":"pay","applies_to":"payroll","trigger":"left","period":"P1Y","action":"isolate""#)
    #expect(try await run(fixture)["disposed"]?.int == 1)
    #expect(try await run(fixture)["disposed"]?.int == 0, "once")
    let path = "/v1/content_items/\(id)"
    #expect(try await server.get(path, key: fixture.acme.key).status == 404)
    let list = try await server.get("/v1/content_items", key: fixture.acme.key)
    #expect(list.json["data"]?.array?.isEmpty == true)
    let asked = try await fixture.post("\(path):open", #"{"reason":"audit"}"#)
    #expect(asked.status == 202 && !asked.text.contains("Pay of Ada"), "\(asked.text)")
    let agreed = try await server.agree(
      to: asked.id, in: fixture.acme.id, offeredBy: fixture.acme.key)
    #expect(agreed.json["state"]?.string == "approved", "\(agreed.text)")
    let opened = try await fixture.post("\(path):open", #"{"reason":"audit"}"#)
    #expect(opened.json["title"]?.string == "Pay of Ada", "\(opened.text)")
    let again = try await fixture.post("\(path):open", #"{"reason":"audit"}"#)
    #expect(again.status == 202, "an agreement is good for one time")
    try await server.stop()
  }

  @Test func `a weaker rule takes two people and a week, a stronger one neither`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let old =
      #""name":"keep","applies_to":"payroll","trigger":"left","period":"P7Y","action":"retain""#
    let made = try await rule(fixture, old)
    let path = "/v1/retention_rules/\(made.id)"
    func put(_ members: String, _ version: Int?, key: String? = nil) async throws -> TestAnswer {
      try await server.send(
        "PUT", path, key: key ?? fixture.acme.key, body: "{\(members)}",
        headers: version.map { [("If-Match", "\"v\($0)\"")] } ?? [])
    }
    let stronger = old.replacing("P7Y", with: "P8Y")
    #expect(try await put(stronger, nil).code == "precondition_required")
    let first = try await put(stronger, 1)
    #expect(first.json["version"]?.int == 2, "\(first.text)")
    #expect(first.json["effective_at"]?.string == server.clock.now.description)
    #expect(try await put(stronger, 1).code == "precondition_failed")

    let weaker = old.replacing("P7Y", with: "P1Y")
    let asked = try await put(weaker, 2)
    #expect(asked.status == 202, "\(asked.text)")
    let agreed = try await server.agree(
      to: asked.id, in: fixture.acme.id, offeredBy: fixture.acme.key)
    #expect(agreed.json["state"]?.string == "approved", "\(agreed.text)")
    let weakened = try await put(weaker, 2)
    #expect(weakened.json["version"]?.int == 3, "\(weakened.text)")
    let week = server.clock.now.adding(seconds: 7 * 86_400)
    #expect(weakened.json["effective_at"]?.string == week.description)
    let versions = try await server.get("\(path)/versions", key: fixture.acme.key)
    #expect(versions.json["data"]?.array?.count == 3)

    // Stronger than what is to come next week, and weaker than what is in force: two people as well.
    let between = try await put(old.replacing("P7Y", with: "P2Y"), 3)
    #expect(between.status == 202, "\(between.text)")

    let lock = server.clock.now.adding(seconds: 86_400)
    let locked = try await put(stronger + #","locked_until":"\#(lock)""#, 3)
    #expect(locked.json["version"]?.int == 4, "\(locked.text)")
    #expect(try await put(weaker, 4).code == "rule_locked")
    try await server.stop()
  }

  @Test func `with a budget of its own a tenant's run comes daily`() async throws {
    let fixture = try await DisposalFixture()
    let budget = try await fixture.server.send(
      "PATCH", "/v1/tenants/\(fixture.acme.id)", key: fixture.acme.key,
      body: #"{"retention_budget":10}"#, contentType: "application/merge-patch+json")
    #expect(budget.json["retention_budget"]?.int == 10, "\(budget.text)")
    func runs() async throws -> Int {
      for _ in 0..<2 { try await fixture.server.startDailyRetention() }
      var count = 0
      _ = try await eventually {
        let list = try await fixture.server.get("/v1/retention_runs", key: fixture.acme.key)
        count = list.json["data"]?.array?.count ?? 0
        return list.json["data"]?.array?.allSatisfy { $0["state"]?.string == "completed" } == true
      }
      return count
    }
    #expect(try await runs() == 1)
    fixture.server.clock.advance(seconds: 86_400)
    #expect(try await runs() == 2)
    try await fixture.server.stop()
  }

  @Test func `rules ask before they run for the first time, and go on once somebody has answered`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let acme = fixture.acme.key
    func runs() async throws -> [JSONValue] {
      try await server.startDailyRetention()
      try await server.drainJobs()
      return try await server.get("/v1/retention_runs", key: acme).json["data"]?.array ?? []
    }
    func rule(_ action: String) async throws {
      server.clock.advance(seconds: 1)
      let rule = try await server.send(
        "POST", "/v1/retention_rules", key: acme,
        body: #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","#
          + #""action":"\#(action)"}"#)
      #expect(rule.status == 201, "\(rule.text)")
    }
    func state(_ run: JSONValue?) -> String {
      "\(run?["state"]?.string ?? "") \(run?["waits_for"]?.string ?? "-")"
    }
    // Without a rule that disposes of something nothing asks.
    try await rule("retain")
    #expect(try await runs().isEmpty)
    for name in ["a1", "a2"] {
      let left = try await fixture.account("\(name)@x.test")
      _ = try await server.send(
        "PUT", "/v1/accounts/\(left)/dates", key: acme, body: #"{"dates":{"left":"2020-01-01"}}"#)
    }
    try await rule("isolate")
    server.clock.advance(seconds: 8 * 86_400)
    for _ in 0..<2 {
      let asked = try await runs()
      #expect(asked.map(state) == ["paused first_run"])
      #expect(asked.first?["disposed"]?.int == 0 && asked.first?["expected"]?.int == 2)
    }
    var told: [JSONValue] = []
    try await eventually {
      let events = try await server.get("/v1/events?type=retention_run.paused", key: acme)
      told = events.json["data"]?.array ?? []
      return !told.isEmpty
    }
    #expect(told.map { $0["data"]?["waits_for"]?.string } == ["first_run"])
    let first = try await runs().first
    let resumed = try await server.send(
      "POST", "/v1/retention_runs/\(first?["id"]?.string ?? ""):resume", key: acme,
      body: #"{"budget":10}"#)
    #expect(resumed.status == 200 && state(resumed.json) == "running -", "\(resumed.text)")
    try await server.drainJobs()
    // From now on it comes by itself, once a day.
    #expect(try await runs().map(state) == ["completed -"])
    server.clock.advance(seconds: 86_400)
    for _ in 0..<2 { #expect(try await runs().map(state) == ["completed -", "completed -"]) }
    // Another rule asks anew; no is an answer too.
    try await rule("anonymise")
    let again = try await runs()
    #expect(again.map(state).last == "paused first_run")
    _ = try await server.send(
      "POST", "/v1/retention_runs/\(again.last?["id"]?.string ?? ""):cancel", key: acme)
    server.clock.advance(seconds: 2 * 86_400)
    #expect(try await runs().map(state) == ["completed -", "completed -", "cancelled -"])
    try await server.stop()
  }
}
