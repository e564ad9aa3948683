import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

@Suite struct AccountLifecycleRouteTests {
  private func status(_ server: TestServer, _ id: AccountID) async throws -> JSONValue {
    try await server.get("/v1/accounts/\(id)/sign_in_status").json
  }

  @Test func `a tenant's verbs decide whether somebody signs in, and everybody hears of it`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let ada = try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test")
    func perform(_ verb: String, _ query: String = "") async throws -> TestAnswer {
      server.clock.advance(seconds: 1)
      return try await server.send(
        "POST", "/v1/accounts/\(ada):\(verb)\(query)", key: acme.key,
        body: #"{"reason":"a reason of ours"}"#)
    }
    #expect(try await status(server, ada)["sign_in"]?.string == "allowed")
    let tried = try await perform("deactivate", "?dry_run=true")
    #expect(tried.json["effects"]?.array?.first?["action"]?.string == "account.deactivated")
    #expect(try await status(server, ada)["sign_in"]?.string == "allowed")

    let restricted = try await perform("restrict")
    #expect(restricted.json["sign_in"]?.string == "allowed", "\(restricted.text)")
    let refused = try await server.send(
      "PATCH", "/v1/accounts/\(ada)", key: acme.key, body: #"{"display_name":"Eve"}"#,
      contentType: "application/merge-patch+json")
    #expect(refused.code == "account_state_conflict")

    #expect(try await perform("deactivate").json["sign_in"]?.string == "denied")
    #expect(try await status(server, ada)["status"]?.string == "deactivated")
    #expect(try await perform("restrict").code == "account_state_conflict")
    // Once more: the same answer, and nobody is told twice.
    #expect(try await perform("deactivate").status == 200)
    for key in [nil, acme.key] {
      #expect(
        try await eventually {
          let feed = try await server.get("/v1/events?type=account.deactivated", key: key)
          return feed.json["data"]?.array?.count == 1
        })
    }
    #expect(try await perform("reactivate").json["status"]?.string == "active")
    // The reason is in the log, and nowhere else.
    let log = try await server.get("/v1/audit_entries?action=account.deactivated", key: acme.key)
    #expect(log.json["data"]?.array?.count == 1)
    #expect(
      log.json["data"]?.array?.first?["details"]?["reason"]?.string == "a reason of ours",
      "\(log.text)")
    try await server.stop()
  }

  @Test func `products keep the answer by its ETag; only the operator asks about anybody`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let rival = try await server.makeTenant("Rival")
    let ada = try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test")
    let path = "/v1/accounts/\(ada)/sign_in_status"
    let first = try await server.get(path)
    let etag = try #require(first.header("etag"))
    let again = try await server.send("GET", path, headers: [("If-None-Match", etag)])
    #expect(again.status == 304)
    _ = try await server.send(
      "POST", "/v1/accounts/\(ada):deactivate", key: acme.key, body: #"{"reason":"left"}"#)
    let changed = try await server.send("GET", path, headers: [("If-None-Match", etag)])
    #expect(changed.status == 200 && changed.json["sign_in"]?.string == "denied")
    #expect(try await server.get(path, key: acme.key).status == 200)
    #expect(try await server.get(path, key: rival.key).status == 404)
    #expect(
      try await server.send(
        "POST", "/v1/accounts/\(ada):reactivate", key: rival.key, body: #"{"reason":"x"}"#
      ).status == 404)
    #expect(
      try await server.send(
        "POST", "/v1/accounts/\(ada):reactivate", key: acme.key, body: "{}"
      ).code == "validation_failed")
    try await server.stop()
  }

  @Test func `the last owner who can sign in is not deactivated`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let owners = [
      try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test"),
      try await server.makeAccount(inCustodyOf: acme.id, "bob@x.test"),
    ]
    for owner in owners {
      let put = try await server.send(
        "PUT", "/v1/memberships/\(owner)", key: acme.key, body: #"{"role":"owner"}"#)
      #expect(put.status == 201, "\(put.text)")
    }
    func deactivate(_ id: AccountID) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/accounts/\(id):deactivate", key: acme.key, body: #"{"reason":"left"}"#)
    }
    // Both at once: one of them stays.
    async let one = deactivate(owners[0])
    async let other = deactivate(owners[1])
    let answers = try await [one, other]
    #expect(answers.map(\.status).sorted() == [200, 409], "\(answers.map(\.text))")
    #expect(answers.contains { $0.code == "last_owner" })
    try await server.stop()
  }
}
