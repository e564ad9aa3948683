import JSON
import Tenure
import TenureTesting
import Testing

@Suite struct TakeoverBlockerTests {
  @Test func `accounts that are restricted or gone stand in the way of a takeover`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    for (name, verb) in [("ada", nil), ("bob", "restrict"), ("cyd", "delete"), ("dan", "isolate")]
      as [(String, String?)]
    {
      let id = try await fixture.account("\(name)@acme.test")
      guard let verb else { continue }
      let done = try await server.send(
        "POST", "/v1/accounts/\(id):\(verb)", body: #"{"reason":"x"}"#)
      #expect(done.status == 200, "\(done.text)")
    }
    let counts = try await fixture.preview().json["counts"]
    #expect(counts?["eligible"]?.int == 1, "\(String(describing: counts))")
    #expect(counts?["restricted"]?.int == 1 && counts?["account_gone"]?.int == 2)
    try await fixture.stop()
  }

  @Test func `control of an account that was deleted since is not given back by undoing`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start()
    let item = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(ada)
    #expect(
      try await fixture.server.send("POST", "/v1/me/notices/\(item):accept", key: token).status
        == 200)
    let isTaken = try await eventually {
      try await fixture.server.get("/v1/accounts/\(ada)", key: fixture.acme.key).status == 200
    }
    #expect(isTaken)
    let deleted = try await fixture.server.send(
      "POST", "/v1/accounts/\(ada):delete", key: fixture.acme.key, body: #"{"reason":"x"}"#)
    #expect(deleted.status == 200, "\(deleted.text)")
    let undone = try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(item):undo", key: fixture.acme.key)
    #expect(undone.code == "account_state_conflict", "\(undone.text)")
    let restored = try await fixture.server.send(
      "POST", "/v1/accounts/\(ada):restore", key: fixture.acme.key, body: #"{"reason":"x"}"#)
    #expect(restored.status == 200, "\(restored.text)")
    #expect(
      try await fixture.server.get("/v1/accounts/\(ada)", key: fixture.acme.key).status == 200)
    try await fixture.stop()
  }
}
