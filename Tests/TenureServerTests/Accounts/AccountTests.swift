import JSON
import Postgres
import TenureTesting
import Testing

@Suite struct AccountTests {
  @Test func `an account is registered, read, looked up, changed and listed`() async throws {
    let server = try await TestServer()
    let created = try await server.send(
      "POST", "/v1/accounts",
      body: """
        {"external_id":"u1","display_name":"Ada","locale":"en-GB","attributes":{"team":{"a":1,"b":2}},
         "addresses":[{"address":"Ada@Acme.test","verified":true},{"address":"ada@home.test"}]}
        """)
    #expect(created.status == 201)
    #expect(created.header("etag") == "\"v1\"")
    #expect(created.header("location") == "/v1/accounts/\(created.id)")
    #expect(created.json["addresses"]?.array?[0]["primary"]?.bool == true)

    let read = try await server.get("/v1/accounts/\(created.id)")
    #expect(read.status == 200 && read.bytes == created.bytes)

    let found = try await server.send(
      "POST", "/v1/accounts:lookup", body: #"{"address":"ADA@ACME.TEST"}"#)
    #expect(found.status == 200 && found.id == created.id)

    let changed = try await server.send(
      "PATCH", "/v1/accounts/\(created.id)",
      body:
        #"{"locale":null,"attributes":{"team":{"b":null,"c":3}},"addresses":[{"address":"ada@new.test"}]}"#,
      contentType: "application/merge-patch+json", headers: [("If-Match", "\"v1\"")])
    #expect(changed.status == 200 && changed.header("etag") == "\"v2\"")
    #expect(changed.json["locale"] == .null && changed.json["display_name"]?.string == "Ada")
    #expect(changed.text.contains(#""attributes":{"team":{"a":1,"c":3}}"#))

    let gone = try await server.send(
      "POST", "/v1/accounts:lookup", body: #"{"address":"ada@acme.test"}"#)
    #expect(gone.status == 404)
    let list = try await server.get("/v1/accounts?filter=status+eq+%22active%22")
    #expect(list.json["data"]?.array?.count == 1)
    try await server.stop()
  }

  @Test func `an address and an external id belong to one account`() async throws {
    let server = try await TestServer()
    let first = try await server.send(
      "POST", "/v1/accounts", body: #"{"external_id":"u1","addresses":[{"address":"a@x.test"}]}"#)
    let taken = try await server.makeAccount("A@X.test")
    #expect(taken.status == 409 && taken.code == "address_taken")
    let external = try await server.send(
      "POST", "/v1/accounts", body: #"{"external_id":"u1","addresses":[{"address":"b@x.test"}]}"#)
    #expect(external.status == 409 && external.code == "external_id_taken")
    let other = try await server.makeAccount("c@x.test")
    let moved = try await server.send(
      "PATCH", "/v1/accounts/\(other.id)", body: #"{"addresses":[{"address":"a@x.test"}]}"#)
    #expect(moved.code == "address_taken")
    #expect(try await server.get("/v1/accounts/\(first.id)").status == 200)
    try await server.stop()
  }

  @Test func `versions guard against lost updates`() async throws {
    let server = try await TestServer()
    let account = try await server.makeAccount("a@x.test")
    let path = "/v1/accounts/\(account.id)"
    let stale = try await server.send(
      "PATCH", path, body: #"{"locale":"de"}"#, headers: [("If-Match", "\"v9\"")])
    #expect(stale.status == 412 && stale.code == "precondition_failed")
    let same = try await server.send("GET", path, headers: [("If-None-Match", "\"v1\"")])
    #expect(same.status == 304 && same.bytes.isEmpty)
    // A patch that changes nothing makes no new version.
    // A patch writes a name as the rule for names does, and as a body would.
    let spaced = try await server.send(
      "PATCH", path, body: #"{"display_name":"  Ad\u0061 \u3000 "}"#)
    #expect(spaced.json["display_name"]?.string == "Ada", "\(spaced.text)")
    let unchanged = try await server.send("PATCH", path, body: #"{"display_name":"Ada"}"#)
    #expect(unchanged.status == 200 && unchanged.header("etag") == "\"v1\"")
    try await server.stop()
  }

  @Test func `a value that is not allowed is refused with a pointer`() async throws {
    let cases = [
      (#"{"addresses":[]}"#, "/addresses", "invalid_value"),
      (#"{}"#, "/addresses", "required"),
      (#"{"addresses":[{"address":"x"}]}"#, "/addresses/0/address", "invalid_value"),
      (
        #"{"addresses":[{"address":"a@x.test"},{"address":"A@X.TEST"}]}"#, "/addresses/1",
        "invalid_value"
      ),
      (
        #"{"addresses":[{"address":"a@x.test","primary":true},{"address":"b@x.test","primary":true}]}"#,
        "/addresses", "invalid_value"
      ),
      (
        #"{"addresses":[{"address":"a@x.test","extra":1}]}"#, "/addresses/0/extra", "unknown_member"
      ),
      (#"{"addresses":[{"address":"a@x.test"}],"locale":"x"}"#, "/locale", "invalid_value"),
      (#"{"addresses":[{"address":"a@x.test"}],"display_name":1}"#, "/display_name", "wrong_type"),
      (
        #"{"addresses":[{"address":"a@x.test"}],"display_name":"a\u0000b"}"#, "/display_name",
        "invalid_value"
      ),
      (#"{"addresses":[{"address":"a@x.test"}],"attributes":[]}"#, "/attributes", "wrong_type"),
      (#"{"addresses":[{"address":"a@x.test"}],"status":"active"}"#, "/status", "unknown_member"),
    ]
    let server = try await TestServer()
    for (body, pointer, code) in cases {
      let answer = try await server.send("POST", "/v1/accounts", body: body)
      #expect(answer.status == 422 && answer.code == "validation_failed", "\(body)")
      let error = answer.json["errors"]?.array?.first
      #expect(error?["pointer"]?.string == pointer, "\(body)")
      #expect(error?["code"]?.string == code, "\(body)")
    }
    try await server.stop()
  }

  @Test func `a dry run checks all and changes nothing`() async throws {
    let server = try await TestServer()
    let body = #"{"addresses":[{"address":"a@x.test"}]}"#
    let tried = try await server.send("POST", "/v1/accounts?dry_run=true", body: body)
    #expect(tried.status == 200)
    #expect(tried.json["effects"]?.array?.first?["action"]?.string == "account.created")
    #expect(try await server.get("/v1/accounts").json["data"]?.array?.isEmpty == true)
    _ = try await server.send("POST", "/v1/accounts", body: body)
    let refused = try await server.send("POST", "/v1/accounts?dry_run=true", body: body)
    #expect(refused.code == "address_taken")
    try await server.stop()
  }

  @Test func `a person reads their own account and nothing else`() async throws {
    let server = try await TestServer()
    let account = try await server.makeAccount("a@x.test")
    let minted = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(account.id)","expires_in_seconds":60,"assurance":"session","second_factor":true}"#
    )
    let token = minted.json["token"]?.string ?? ""
    let me = try await server.get("/v1/me", key: token)
    #expect(me.status == 200 && me.id == account.id)
    #expect(try await server.get("/v1/accounts/\(account.id)", key: token).status == 403)
    #expect(try await server.get("/v1/me").status == 403)
    server.clock.advance(seconds: 61)
    #expect(try await server.get("/v1/me", key: token).code == "key_expired")
    try await server.stop()
  }

  @Test func `every read by somebody else leaves its entry, one's own leaves none`() async throws {
    let server = try await TestServer()
    let account = try await server.makeAccount("a@x.test")
    // Ids follow the clock, which stands still between two steps of a test.
    server.clock.advance(seconds: 1)
    _ = try await server.send(
      "GET", "/v1/accounts/\(account.id)", headers: [("X-Request-Id", "ticket-7")])
    server.clock.advance(seconds: 1)
    _ = try await server.get("/v1/accounts")
    server.clock.advance(seconds: 1)
    let minted = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(account.id)","assurance":"session","second_factor":true}"#)
    _ = try await server.get("/v1/me", key: minted.json["token"]?.string)
    let log = try await server.get("/v1/audit_entries?subject_id=\(account.id)")
    // The log is read newest first.
    let entries = Array((log.json["data"]?.array ?? []).reversed())
    #expect(
      entries.map { $0["action"]?.string } == [
        "account.created", "account.read", "account.read", "person_token.created",
      ])
    #expect(entries[1]["request_id"]?.string == "ticket-7")
    #expect(entries[1]["actor"]?.string?.hasPrefix("key_") == true)
    try await server.stop()
  }

  @Test func `a reason given is sealed into every entry of the request, and read back`()
    async throws
  {
    let server = try await TestServer()
    let why: [(name: String, value: String)] = [("Tenure-Reason", "ticket 7: Ad%C3%A9le asked")]
    let account = try await server.send(
      "POST", "/v1/accounts", body: #"{"addresses":[{"address":"a@x.test"}]}"#, headers: why)
    #expect(account.status == 201, "\(account.text)")
    for step in [
      ("GET", "/v1/accounts/\(account.id)", nil), ("GET", "/v1/accounts", nil),
      ("PATCH", "/v1/accounts/\(account.id)", #"{"locale":"de"}"#),
    ] {
      server.clock.advance(seconds: 1)
      let answer = try await server.send(step.0, step.1, body: step.2, headers: why)
      #expect(answer.status == 200)
    }
    // Nobody in particular is concerned by a new tenant: its entry is sealed as well.
    server.clock.advance(seconds: 1)
    _ = try await server.send("POST", "/v1/tenants", body: #"{"name":"Acme"}"#, headers: why)
    server.clock.advance(seconds: 1)
    _ = try await server.get("/v1/accounts/\(account.id)")

    let log = try await server.get("/v1/audit_entries").json["data"]?.array ?? []
    let reasons = log.map { $0["details"]?["reason"]?.string }
    #expect(reasons.filter { $0 == "ticket 7: Adéle asked" }.count >= 5)
    // The newest is the read, which gave none.
    #expect(reasons.first == .some(nil))
    let administrator = try server.database.administrator()
    let stored = try administrator.run("SELECT encode(details, 'escape') FROM tenure.audit_entries")
    #expect(!stored.isEmpty && !stored.contains { $0.contains("ticket 7") })
    // Without the person's key the entries stand, and say no more.
    try administrator.run("DELETE FROM tenure.audit_keys")
    let erased = try await server.get("/v1/audit_entries?subject_id=\(account.id)")
    let left = erased.json["data"]?.array ?? []
    #expect(left.count == 5 && left.allSatisfy { $0["details"] == .null })

    for bad in ["", String(repeating: "x", count: 501), "caf\u{e9}"] {
      let answer = try await server.send(
        "GET", "/v1/accounts", headers: [("Tenure-Reason", bad)])
      #expect(answer.status == 400 && answer.code == "parameter_invalid", "\(bad)")
    }
    try await server.stop()
  }
}
