import JSON
import Postgres
import Tenure
import TenureTesting
import Testing
import Vault

@Suite struct PolicyTests {
  private func publish(
    _ fixture: DisposalFixture, version: Int = 1, language: String = "en",
    body: String = "Be kind.", needs: String = "acceptance", more: String = ""
  ) async throws -> TestAnswer {
    try await fixture.post(
      "/v1/policies",
      #"{"name":"terms","version":\#(version),"language":"\#(language)","title":"Terms","#
        + #""body":"\#(body)","needs":"\#(needs)"\#(more)}"#)
  }

  private func person(_ id: AccountID, _ server: TestServer) async throws -> String {
    let token = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(id)","assurance":"session","second_factor":true}"#)
    return token.json["token"]?.string ?? ""
  }

  @Test func `people accept a version once, and it outlives the document`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let bob = try await fixture.account("bob@x.test")
    let terms = try await publish(fixture)
    #expect(terms.status == 201, "\(terms.text)")
    let digest = Hexadecimal.encode(try Digests().sha256(Array("Be kind.".utf8)))
    #expect(terms.json["sha256"]?.string == digest)
    let key = try await person(ada, server)
    let mine = try await server.get("/v1/me/policies", key: key)
    #expect(mine.json["data"]?.array?.first?["id"]?.string == terms.id)
    #expect(mine.json["data"]?.array?.first?["accepted_at"] == .null)

    let path = "/v1/me/policies/\(terms.id):accept"
    let accepted = try await server.send("POST", path, key: key)
    #expect(accepted.status == 201, "\(accepted.text)")
    server.clock.advance(seconds: 60)
    let again = try await server.send("POST", path, key: key)
    #expect(again.status == 200)
    #expect(again.json["accepted_at"]?.string == accepted.json["accepted_at"]?.string)
    func pending() async throws -> [String?] {
      try await server.get("/v1/policies/\(terms.id)/pending", key: fixture.acme.key)
        .json["data"]?.array?.map { $0["account_id"]?.string } ?? []
    }
    #expect(try await pending() == [bob.description])
    let recorded = try await fixture.post(
      "/v1/policies/\(terms.id)/acceptances", #"{"account_id":"\#(bob)"}"#)
    #expect(recorded.status == 201, "\(recorded.text)")
    #expect(try await pending().isEmpty)

    // The document goes, what was accepted stays, with what it said.
    #expect(
      try await server.send("DELETE", "/v1/policies/\(terms.id)", key: fixture.acme.key).status
        == 428)
    let gone = try await server.send(
      "DELETE", "/v1/policies/\(terms.id)", key: fixture.acme.key,
      headers: [("If-Match", terms.header("etag") ?? "")])
    #expect(gone.status == 204, "\(gone.text)")
    #expect(try await server.get("/v1/policies/\(terms.id)", key: fixture.acme.key).status == 404)
    let kept = try await server.get(
      "/v1/policies/\(terms.id)/acceptances", key: fixture.acme.key)
    #expect(kept.json["data"]?.array?.count == 2, "\(kept.text)")
    let admin = try server.database.administrator()
    #expect(
      try admin.run(
        "SELECT count(*) FROM tenure.acceptances WHERE encode(sha256, 'hex') = '\(digest)'") == [
          "2"
        ])
    for statement in [
      "UPDATE tenure.acceptances SET version = 9", "DELETE FROM tenure.acceptances",
      "UPDATE tenure.policies SET body = 'x'",
    ] {
      try admin.run("SET ROLE tenure_app")
      #expect(try admin.refusal(of: statement) == "42501", "\(statement)")
      try admin.run("RESET ROLE")
    }
    try await server.stop()
  }

  @Test func `what was published stays: later versions, other languages, nothing earlier`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    #expect(try await publish(fixture, version: 2).status == 201)
    #expect(try await publish(fixture, version: 2, body: "Else.").code == "policy_version_taken")
    #expect(try await publish(fixture, version: 1).code == "policy_version_taken")
    #expect(
      try await publish(fixture, version: 2, language: "de", needs: "notice").code
        == "validation_failed")
    #expect(try await publish(fixture, version: 2, language: "de").status == 201)
    let later = server.clock.now.adding(seconds: 86_400)
    let next = try await publish(fixture, version: 3, more: #","effective_at":"\#(later)""#)
    #expect(next.status == 201)
    let key = try await person(ada, server)
    func versions(_ key: String) async throws -> [Int?] {
      try await server.get("/v1/me/policies", key: key).json["data"]?.array?
        .map { $0["version"]?.int } ?? []
    }
    #expect(try await versions(key) == [2, 2], "both languages of what is in force")
    let second = try await server.get("/v1/me/policies", key: key).json["data"]?.array?.first
    let accepted = try await server.send(
      "POST", "/v1/me/policies/\(second?["id"]?.string ?? ""):accept", key: key)
    #expect(accepted.status == 201, "\(accepted.text)")
    server.clock.advance(seconds: 86_401)
    let anew = try await person(ada, server)
    #expect(try await versions(anew) == [3])
    let third = try await server.get("/v1/me/policies", key: anew).json["data"]?.array?.first
    #expect(third?["accepted_at"] == .null, "it was another version that was accepted")
    // A stranger's policy is nobody else's to accept.
    let rival = try await server.makeTenant("Rival")
    let eve = try await server.makeAccount(inCustodyOf: rival.id, "eve@x.test")
    let refused = try await server.send(
      "POST", "/v1/me/policies/\(next.id):accept", key: try await person(eve, server))
    #expect(refused.status == 404)
    #expect(
      try await fixture.post(
        "/v1/policies/\(next.id)/acceptances", #"{"account_id":"\#(eve)"}"#
      ).code
        == "validation_failed")
    try await server.stop()
  }
}
