import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

/// What stands in the way binds every way to destroy: single calls, lists, files, and what was set
/// for a later day.
@Suite struct DisposalTests {
  static let verbs = ["delete", "anonymise", "erase"]

  /// The answer of every way in which somebody asks for a verb now: the call, the list, the file.
  private func codes(
    _ verb: String, _ id: AccountID, _ fixture: DisposalFixture
  ) async throws -> [String?] {
    let destroys = verb != "delete"
    let call = try await fixture.perform(verb, id)
    let list = try await fixture.post(
      "/v1/account_changes\(destroys ? ":erase" : "")",
      #"{"verb":"\#(verb)","account_ids":["\#(id)"],"reason":"r"}"#)
    let file = try await fixture.server.send(
      "POST", "/v1/account_changes:import\(destroys ? "_erasures" : "")", key: fixture.acme.key,
      body: #"{"account_id":"\#(id)","verb":"\#(verb)","reason":"r"}"# + "\n",
      contentType: "application/x-ndjson")
    _ = try await fixture.server.finish(file.id, key: fixture.acme.key)
    let results = try await fixture.server.get(
      "/v1/operations/\(file.id)/results", key: fixture.acme.key)
    let row = try JSONValue(parsing: Array(results.text.split(separator: "\n")[0].utf8))
    return [call.code, list.json["data"]?.array?.first?["code"]?.string, row["code"]?.string]
  }

  private func rule(_ fixture: DisposalFixture, _ appliesTo: String, _ members: String = "")
    async throws
  {
    let answer = try await fixture.post(
      "/v1/retention_rules",
      #"{"name":"kept","applies_to":"\#(appliesTo)","trigger":"created","period":"P10Y","#
        + #""action":"retain","locked_until":"2033-01-01T00:00:00Z"\#(members)}"#)
    #expect(answer.status == 201, "\(answer.text)")
  }

  @Test func `a locked rule keeps the account from every way that destroys it`() async throws {
    let fixture = try await DisposalFixture()
    let ada = try await fixture.account("ada@x.test")
    try await rule(fixture, "account")
    for verb in Self.verbs {
      let codes = try await codes(verb, ada, fixture)
      #expect(codes == ["rule_locked", "rule_locked", "rule_locked"], "\(verb)")
      let scheduled = try await fixture.perform(
        verb, ada, #","effective_at":"2032-12-31T23:59:59Z""#)
      #expect(scheduled.code == "rule_locked", "\(scheduled.text)")
    }
    // Once the lock is over: the verb may be put off to that day.
    let later = try await fixture.perform("erase", ada, #","effective_at":"2033-01-01T00:00:01Z""#)
    #expect(later.status == 202, "\(later.text)")
    #expect(try await fixture.status(ada) == "active")
    #expect(try await fixture.perform("deactivate", ada).status == 200)
    try await fixture.server.stop()
  }

  @Test func `no date lets go of what a locked rule keeps`() async throws {
    let fixture = try await DisposalFixture()
    let ada = try await fixture.account("ada@x.test")
    func left(_ day: String) async throws -> TestAnswer {
      try await fixture.server.send(
        "PUT", "/v1/accounts/\(ada)/dates", key: fixture.acme.key,
        body: #"{"dates":{"left":\#(day)}}"#)
    }
    let rule = try await fixture.post(
      "/v1/retention_rules",
      #"{"name":"file","applies_to":"account","trigger":"left","period":"P6Y","action":"retain","#
        + #""locked_until":"2033-01-01T00:00:00Z"}"#)
    #expect(rule.status == 201, "\(rule.text)")
    #expect(try await left(#""1999-12-31""#).code == "rule_locked")
    #expect(try await left(#""2025-06-30""#).status == 200)
    #expect(try await left(#""2025-06-29""#).code == "rule_locked")
    #expect(try await left("null").code == "rule_locked")
    #expect(try await left(#""2025-07-01""#).status == 200)
    #expect(try await fixture.perform("erase", ada).code == "rule_locked")
    try await fixture.server.stop()
  }

  @Test func `a locked rule for what somebody made keeps its author as well`() async throws {
    let fixture = try await DisposalFixture()
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    let item =
      #"{"account_id":"\#(ada)","tenant_id":"\#(fixture.acme.id)","product":"hr","kind":"file","#
      + #""external_id":"1","visibility":"private","category":"payroll","title":"t"}"#
    let made = try await fixture.server.send(
      "POST", "/v1/content_items", body: #"{"items":[\#(item)]}"#)
    #expect(made.status == 200, "\(made.text)")
    try await rule(fixture, "payroll")
    #expect(try await fixture.perform("erase", ada).code == "rule_locked")
    #expect(try await fixture.perform("erase", bob).status == 202)
    try await fixture.server.stop()
  }

  @Test func `a lock that came after the deletion stops the purge, and gives way when it ends`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let ada = try await fixture.account("ada@x.test")
    #expect(try await fixture.perform("delete", ada).status == 200)
    try await rule(fixture, "account")
    fixture.server.clock.advance(seconds: 31 * 86_400)
    try await fixture.server.drainJobs()
    #expect(try await fixture.status(ada) == "deleted")
    // What waits can be taken back.
    #expect(try await fixture.perform("restore", ada).json["status"]?.string == "active")
    try await fixture.server.stop()
  }

  @Test func `what is restricted is not destroyed, whoever restricted it`() async throws {
    let fixture = try await DisposalFixture()
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    #expect(try await fixture.perform("restrict", ada).status == 200)
    for verb in Self.verbs {
      let codes = try await codes(verb, ada, fixture)
      #expect(codes == Array(repeating: "account_restricted", count: 3), "\(verb)")
    }
    #expect(try await fixture.perform("reactivate", ada).status == 200)
    #expect(try await fixture.perform("erase", ada).status == 202)

    // What the person asked for lasts until their request is lifted, whatever the account becomes.
    let asked = try await fixture.post(
      "/v1/requests", #"{"account_id":"\#(bob)","type":"restriction"}"#)
    #expect(asked.status == 201, "\(asked.text)")
    #expect(try await fixture.post("/v1/requests/\(asked.id):fulfil", nil).status == 200)
    #expect(try await fixture.status(bob) == "restricted")
    #expect(try await fixture.perform("reactivate", bob).code == "account_restricted")
    #expect(try await fixture.perform("deactivate", bob).status == 200)
    #expect(try await fixture.perform("erase", bob).code == "account_restricted")
    #expect(try await fixture.perform("reactivate", bob).json["status"]?.string == "restricted")
    let lifted = try await fixture.post(
      "/v1/requests/\(asked.id):lift", #"{"reason":"settled"}"#)
    #expect(lifted.status == 200, "\(lifted.text)")
    #expect(try await fixture.status(bob) == "active")
    #expect(try await fixture.perform("erase", bob).status == 202)
    try await fixture.server.stop()
  }

  @Test func `an open request keeps the data: asked before, and while an erasure waits`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    let asked = try await fixture.post(
      "/v1/requests", #"{"account_id":"\#(ada)","type":"objection","purposes":["ads"]}"#)
    for verb in Self.verbs {
      let codes = try await codes(verb, ada, fixture)
      #expect(codes == Array(repeating: "request_open", count: 3), "\(verb)")
    }
    #expect(try await fixture.post("/v1/requests/\(asked.id):fulfil", nil).status == 200)
    #expect(try await fixture.perform("delete", bob).status == 200)
    let late = try await fixture.post(
      "/v1/requests", #"{"account_id":"\#(bob)","type":"objection","purposes":["ads"]}"#)
    #expect(late.status == 201, "\(late.text)")
    fixture.server.clock.advance(seconds: 31 * 86_400)
    try await fixture.server.drainJobs()
    #expect(try await fixture.status(bob) == "deleted")
    let answered = try await fixture.post(
      "/v1/requests/\(late.id):refuse", #"{"reason":"no ads are sent"}"#)
    #expect(answered.status == 200, "\(answered.text)")
    fixture.server.clock.advance(seconds: 3_601)
    try await fixture.server.drainJobs()
    #expect(try await fixture.status(bob) == "erased")
    try await fixture.server.stop()
  }

  @Test func `the last owner of another tenant stays, and nobody learns which tenant it is`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let other = try await server.makeTenant("Other")
    func own(_ id: AccountID) async throws -> Int {
      try await server.send(
        "PUT", "/v1/memberships/\(id)", body: #"{"role":"owner"}"#,
        headers: [("Tenure-Tenant", other.id)]
      ).status
    }
    #expect(try await own(ada) == 201)
    for verb in Self.verbs {
      let codes = try await codes(verb, ada, fixture)
      #expect(codes == Array(repeating: "last_owner", count: 3), "\(verb)")
    }
    for verb in ["deactivate", "isolate", "erase"] {
      let answer = try await fixture.perform(verb, ada)
      #expect(answer.code == "last_owner" && !answer.text.contains(other.id), "\(verb)")
    }
    // With a second owner who can sign in there is no last one; and then that one is.
    let bob = try await fixture.account("bob@x.test")
    #expect(try await own(bob) == 201)
    #expect(try await fixture.perform("deactivate", ada).status == 200)
    #expect(try await fixture.perform("deactivate", bob).code == "last_owner")
    let list = try await fixture.post(
      "/v1/account_changes:erase",
      #"{"verb":"erase","account_ids":["\#(ada)","\#(bob)"],"reason":"r"}"#)
    #expect(
      list.json["data"]?.array?.map { $0["code"]?.string ?? "-" } == ["-", "last_owner"],
      "\(list.text)")
    try await server.stop()
  }

  @Test func `two owners of one list do not both go`() async throws {
    let fixture = try await DisposalFixture()
    var ids: [AccountID] = []
    for name in ["ada", "bob"] {
      let id = try await fixture.account("\(name)@x.test")
      let put = try await fixture.server.send(
        "PUT", "/v1/memberships/\(id)", key: fixture.acme.key, body: #"{"role":"owner"}"#)
      #expect(put.status == 201)
      ids.append(id)
    }
    let list = try await fixture.post(
      "/v1/account_changes",
      #"{"verb":"deactivate","account_ids":["\#(ids[0])","\#(ids[1])"],"reason":"r"}"#)
    #expect(list.json["data"]?.array?.map { $0["code"]?.string ?? "-" } == ["-", "last_owner"])
    try await fixture.server.stop()
  }
}
