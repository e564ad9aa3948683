import JSON
import Tenure
import TenureTesting
import Testing

/// Accounts that go back to their people.
@Suite struct AccountReleaseTests {
  @Test func `an account is given back under the person's own address`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let bob = try await fixture.account("bob@acme.test")
    let cat = try await fixture.account([("cat@acme.test", true), ("cat@home.test", false)])
    let takeover = try await fixture.start()
    for item in try await fixture.cases(takeover.id) {
      let token = try await fixture.person(item["account_id"]?.string ?? "")
      _ = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept", key: token)
    }
    let path = "/v1/accounts/\(ada)"
    #expect(
      try await eventually {
        try await fixture.server.get(path, key: fixture.acme.key).status == 200
      })
    fixture.server.clock.advance(seconds: 1)
    func release(_ id: String, _ members: String = "", query: String = "") async throws
      -> TestAnswer
    {
      try await fixture.server.send(
        "POST", "/v1/accounts/\(id):release\(query)", key: fixture.acme.key,
        body: #"{"reason":"left"\#(members)}"#)
    }
    #expect(try await eventually { try await release(bob).code == "address_not_personal" })
    // An address that was never proven may be anybody's.
    #expect(try await eventually { try await release(cat).code == "address_not_personal" })
    let tried = try await release(ada, query: "?dry_run=true")
    #expect(tried.json["dry_run"]?.bool == true, "\(tried.text)")
    let released = try await release(ada)
    #expect(released.json["status"]?.string == "active", "\(released.text)")
    #expect(try await fixture.server.get(path, key: fixture.acme.key).status == 404)
    let account = try await fixture.server.get(path)
    #expect(account.text.contains("ada@home.test") && !account.text.contains("ada@acme.test"))
    #expect(account.json["controller_id"]?.string == nil)
    // The person is told, with a notice that takes receipts.
    let notices = try await fixture.server.get(
      "/v1/me/account_notices", key: try await fixture.person(ada))
    #expect(notices.json["data"]?.array?.first?["type"]?.string == "control.released")
    // Once more there is nothing to give back; and it cannot be taken again at once.
    #expect(try await release(ada).status == 404)
    let ended = try await fixture.list(takeover.id).first { $0["account_id"]?.string == ada }
    #expect(ended?["state"]?.string == "released")
    #expect(
      try await fixture.server.send(
        "POST", "/v1/takeover_cases/\(ended?["id"]?.string ?? ""):undo", key: fixture.acme.key
      ).code == "case_state_conflict")
    // Bob's stays as it was: a refusal changes nothing.
    let bobs = try await fixture.server.get("/v1/accounts/\(bob)", key: fixture.acme.key)
    #expect(bobs.json["controller_id"]?.string == fixture.acme.id)
    try await fixture.stop()
  }

  @Test func `accounts are given back many at a time, later, and by whoever may take them`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    var people: [String] = []
    for name in ["ada", "cyd", "dan"] {
      people.append(try await fixture.account("\(name)@acme.test", "\(name)@home.test"))
    }
    let bob = try await fixture.account("bob@acme.test")
    let takeover = try await fixture.start()
    for item in try await fixture.cases(takeover.id) {
      let token = try await fixture.person(item["account_id"]?.string ?? "")
      _ = try await server.send(
        "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept", key: token)
    }
    #expect(
      try await eventually {
        server.clock.advance(seconds: 1)
        return try await fixture.list(takeover.id).allSatisfy { $0["state"]?.string == "effective" }
      })
    func body(_ ids: [String], _ members: String = "") -> String {
      let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
      return #"{"verb":"release","reason":"left","account_ids":[\#(list)]\#(members)}"#
    }
    let narrow = try await server.send(
      "POST", "/v1/keys", key: fixture.acme.key,
      body: #"{"name":"n","role":"owner","scopes":["accounts:read","accounts:write"]}"#)
    let token = narrow.json["token"]?.string
    let refused = try await server.send(
      "POST", "/v1/account_changes", key: token, body: body([people[0]]))
    #expect(refused.status == 403, "\(refused.text)")
    let file = try await server.send(
      "POST", "/v1/account_changes:import", key: token,
      body: #"{"account_id":"\#(people[0])","verb":"release","reason":"left"}"#,
      contentType: "application/x-ndjson")
    #expect(file.status == 403, "\(file.text)")
    // One that cannot be given back does not keep the others.
    let list = try await server.send(
      "POST", "/v1/account_changes", key: fixture.acme.key, body: body([people[0], bob, people[1]]))
    #expect(
      list.json["data"]?.array?.map { $0["outcome"]?.string } == ["changed", "failed", "changed"],
      "\(list.text)")
    #expect(list.json["data"]?.array?.dropFirst().first?["code"]?.string == "address_not_personal")
    #expect(
      try await server.get("/v1/accounts/\(bob)", key: fixture.acme.key).json["status"]?.string
        == "active")
    let later = server.clock.now.adding(seconds: 3_600)
    let putOff = try await server.send(
      "POST", "/v1/accounts/\(people[2]):release", key: fixture.acme.key,
      body: #"{"reason":"left","effective_at":"\#(later)"}"#)
    #expect(putOff.status == 202, "\(putOff.text)")
    #expect(try await server.get("/v1/accounts/\(people[2])", key: fixture.acme.key).status == 200)
    server.clock.advance(seconds: 3_601)
    #expect(
      try await eventually {
        try await server.get("/v1/account_changes/\(putOff.id)", key: fixture.acme.key)
          .json["state"]?.string == "done"
      })
    for id in people {
      let account = try await server.get("/v1/accounts/\(id)")
      #expect(account.json["controller_id"] == .null, "\(account.text)")
    }
    try await fixture.stop()
  }
}
