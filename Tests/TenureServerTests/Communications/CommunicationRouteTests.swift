import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

@Suite struct CommunicationRouteTests {
  private func check(
    _ server: TestServer, _ topic: String, _ recipient: String, purpose: String = "direct_marketing"
  ) async throws -> String {
    let answer = try await server.send(
      "POST", "/v1/communications:check",
      body: #"{"topic":"\#(topic)","channel":"email","purpose":"\#(purpose)","#
        + #""recipients":[{\#(recipient)}]}"#)
    let first = answer.json["data"]?.array?.first
    return "\(first?["outcome"]?.string ?? answer.text) \(first?["reason"]?.string ?? "")"
  }

  private func suppress(_ server: TestServer, _ members: String) async throws -> TestAnswer {
    try await server.send("POST", "/v1/suppressions", body: "{\(members)}")
  }

  @Test func `a person says what they want to be told, and senders ask before they send`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let token = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(ada)","assurance":"session","second_factor":true}"#)
    let person = token.json["token"]?.string ?? ""
    func put(_ preferences: String) async throws -> TestAnswer {
      try await server.send(
        "PUT", "/v1/me/preferences", key: person, body: #"{"preferences":[\#(preferences)]}"#)
    }
    let account = #""account_id":"\#(ada)""#
    #expect(try await check(server, "newsletter", account) == "deliver no_preference")
    #expect(
      try await put(#"{"topic":"newsletter","channel":"email","allowed":false}"#).status == 200)
    #expect(try await check(server, "newsletter", account) == "suppress preference")
    #expect(try await check(server, "surveys", account) == "deliver no_preference")
    let mine = try await server.get("/v1/me/preferences", key: person)
    #expect(mine.json["preferences"]?.array?.count == 1)
    // Nobody opts out of what they must be told.
    for topic in Communication.mandatoryTopics {
      #expect(
        try await put(#"{"topic":"\#(topic)","allowed":false}"#).code == "validation_failed")
      #expect(
        try await suppress(
          server, #""address":"ada@x.test","topic":"\#(topic)","reason":"opt_out""#
        ).code == "validation_failed")
    }
    #expect(try await put(#"{"allowed":false}"#).status == 200)
    #expect(try await check(server, "takeover", account) == "deliver mandatory")
    // What the law gave the person is asked for in the same question.
    #expect(try await put("").status == 200)
    let objection = try await server.send(
      "POST", "/v1/me/requests", key: person,
      body: #"{"type":"objection","purposes":["direct_marketing"]}"#)
    _ = try await fixture.post("/v1/requests/\(objection.id):fulfil", nil)
    #expect(try await check(server, "newsletter", account) == "suppress objection")
    #expect(
      try await check(server, "newsletter", account, purpose: "service") == "deliver no_preference")
    // Tenants have no part in it.
    #expect(
      try await server.send(
        "POST", "/v1/communications:check", key: fixture.acme.key,
        body: #"{"topic":"t","channel":"c","purpose":"p","recipients":[{"address":"a@x.test"}]}"#
      ).status == 403)
    try await server.stop()
  }

  @Test func `nobody writes to who is away, at any status`() async throws {
    let fixture = try await DisposalFixture()
    for (verb, status, told) in [
      ("restrict", "restricted", "deliver mandatory"),
      ("deactivate", "deactivated", "deliver mandatory"),
      ("isolate", "isolated", "deliver mandatory"), ("delete", "deleted", "deliver mandatory"),
      ("anonymise", "anonymised", "undeliverable anonymised"),
      ("erase", "erased", "undeliverable erased"),
    ] {
      let person = try await fixture.account("\(verb)@x.test")
      let account = #""account_id":"\#(person)""#
      #expect(try await check(fixture.server, "newsletter", account) == "deliver no_preference")
      let done = try await fixture.perform(verb, person)
      #expect(done.status < 300, "\(done.text)")
      #expect(try await fixture.becomes(status, person))
      let reason = verb == "restrict" ? "restriction" : status
      #expect(try await check(fixture.server, "newsletter", account) == "suppress \(reason)")
      #expect(try await check(fixture.server, "takeover", account) == told)
      // By the address it is the same, but that of who is gone nobody knows how they went.
      let address = #""address":"\#(verb)@x.test""#
      let byAddress =
        switch status {
        case "restricted": "suppress restriction"
        case "anonymised", "erased": "suppress erased"
        default: "suppress \(status)"
        }
      #expect(try await check(fixture.server, "newsletter", address) == byAddress)
    }
    try await fixture.server.stop()
  }

  @Test func `somebody who opted out is not written to again, not even once erased`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let put = try await server.send(
      "PUT", "/v1/accounts/\(ada)/preferences",
      body: #"{"preferences":[{"topic":"newsletter","channel":"email","allowed":false}]}"#)
    #expect(put.status == 200, "\(put.text)")
    let address = #""address":"Ada@X.test""#
    #expect(try await check(server, "newsletter", address) == "deliver no_preference")
    #expect(try await fixture.perform("erase", ada).status == 202)
    #expect(try await fixture.becomes("erased", ada))
    #expect(try await check(server, "newsletter", address) == "suppress opt_out")
    // Nobody is there: not even what they had not opted out of is sent.
    #expect(try await check(server, "surveys", address) == "suppress erased")
    // What is left of the person is a hash that nothing else has.
    let admin = try server.database.administrator()
    #expect(try admin.run("SELECT count(*) FROM tenure.preferences") == ["0"])
    #expect(
      try admin.run(
        """
        SELECT count(*) FROM tenure.suppressions s WHERE address_hmac IN (
          SELECT address_hmac FROM tenure_global.resting_addresses UNION ALL
          SELECT address_hmac FROM tenure_global.addresses)
        """) == ["0"])
    let found = try await server.send(
      "POST", "/v1/suppressions:lookup", body: #"{"address":"ada@x.test"}"#)
    let id = found.json["data"]?.array?.first?["id"]?.string ?? ""
    #expect(id.hasPrefix("sup_") && !found.text.contains("x.test"), "\(found.text)")
    #expect(try await server.send("DELETE", "/v1/suppressions/\(id)").status == 204)
    #expect(try await server.send("DELETE", "/v1/suppressions/\(id)").status == 404)
    #expect(try await check(server, "newsletter", address) == "suppress erased")
    #expect(try await suppress(server, "\(address),\"reason\":\"complaint\"").status == 201)
    #expect(
      try await suppress(server, "\(address),\"reason\":\"complaint\"").code
        == "suppression_exists")
    try await server.stop()
  }

  @Test func `a bounce makes a notice fail: its receipt is refused there`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    _ = try await fixture.account(
      [("ada@acme.test", true), ("ada@home.test", true)],
      contacts: [("sms", "+4930123456", true)])
    let takeover = try await fixture.start()
    let item = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let bounced = try await suppress(server, #""address":"ada@home.test","reason":"bounce""#)
    #expect(bounced.status == 201, "\(bounced.text)")
    #expect(
      try await check(server, "takeover", #""address":"ada@home.test""#)
        == "undeliverable bounce")
    #expect(try await fixture.receipt(item, "ada@home.test").code == "receipt_refused")
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    // That nothing arrives there can be said.
    #expect(try await fixture.receipt(item, "ada@home.test", hasFailed: true).status == 201)
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    // By another channel it arrives.
    #expect(try await fixture.receipt(item, "+4930123456", channel: "sms").status == 201)
    #expect(try await fixture.state(takeover.id) == "running")
    try await fixture.stop()
  }
}
