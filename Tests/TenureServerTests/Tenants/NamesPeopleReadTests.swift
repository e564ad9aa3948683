import JSON
import TenureTesting
import Testing

/// Names that people read show what they hold, and who changes theirs is told of by both.
@Suite struct NamesPeopleReadTests {
  private static let hidden = #"\u202eemcA"#

  @Test func `a name that hides something is refused, wherever people read it`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    for name in [Self.hidden, #"\u200b"#, #"\u3164"#, #"Ac\u2066me"#, " ", #"\u0301"#] {
      let made = try await server.send("POST", "/v1/tenants", body: #"{"name":"\#(name)"}"#)
      #expect(made.status == 422 && made.code == "validation_failed", "\(name): \(made.text)")
      let renamed = try await server.send(
        "PATCH", "/v1/tenants/\(acme.id)", key: acme.key, body: #"{"name":"\#(name)"}"#)
      #expect(renamed.status == 422, "\(name): \(renamed.text)")
    }
    let account = try await server.send(
      "POST", "/v1/accounts",
      body: #"{"display_name":"\#(Self.hidden)","addresses":[{"address":"a@home.test"}]}"#)
    #expect(account.status == 422, "\(account.text)")
    let key = try await server.send(
      "POST", "/v1/keys", key: acme.key, body: #"{"name":"\#(Self.hidden)","role":"auditor"}"#)
    #expect(key.status == 422, "\(key.text)")
    let policy = try await server.send(
      "POST", "/v1/policies", key: acme.key,
      body: """
        {"name":"terms","version":1,"language":"en","title":"\(Self.hidden)","body":"x",
         "needs":"notice"}
        """)
    #expect(policy.status == 422, "\(policy.text)")
    // What is typed with space around it, or in parts, is kept as it reads.
    let tidy = try await server.send(
      "POST", "/v1/tenants", body: #"{"name":"  Mu\u0308ller   GmbH "}"#)
    #expect(tidy.json["name"]?.string == "Müller GmbH", "\(tidy.text)")
    try await server.stop()
  }

  @Test func `who was told of a takeover by another name hears both in the reminder`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start("detach_address")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    _ = try await fixture.receipt(id, "ada@acme.test")
    _ = try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):acknowledge", key: try await fixture.person(account))
    // The notice had the name of its moment.
    fixture.server.clock.advance(seconds: 1)
    let renamed = try await fixture.server.send(
      "PATCH", "/v1/tenants/\(fixture.acme.id)", key: fixture.acme.key,
      body: #"{"name":"Benevolent Bank"}"#)
    #expect(renamed.status == 200, "\(renamed.text)")
    fixture.days(23)
    #expect(
      try await eventually {
        let feed = try await fixture.server.get("/v1/events?type=takeover.notice_reminder")
        let data = feed.json["data"]?.array?.first?["data"]
        return data?["tenant_name"]?.string == "Benevolent Bank"
          && data?["tenant_name_before"]?.string == "Acme"
          && data?["domain"]?.string == "acme.test"
      })
    try await fixture.stop()
  }
}
