import Foundation
import JSON
import Postgres
import Reactor
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

@Suite struct IdempotencyTests {
  private let body = #"{"addresses":[{"address":"a@x.test"}]}"#

  @Test func `a repeated request has one effect and one answer`() async throws {
    let server = try await TestServer()
    let key = UUID().uuidString
    let first = try await server.send("POST", "/v1/accounts", body: body, idempotencyKey: key)
    let again = try await server.send("POST", "/v1/accounts", body: body, idempotencyKey: key)
    #expect(again.status == 201 && again.bytes == first.bytes)
    #expect(again.header("idempotency-replayed") == "true")
    #expect(again.header("etag") == first.header("etag"))
    let other = try await server.send(
      "POST", "/v1/accounts", body: #"{"addresses":[{"address":"b@x.test"}]}"#, idempotencyKey: key)
    #expect(other.status == 422 && other.code == "idempotency_key_reused")
    let missing = try await server.send("POST", "/v1/accounts", body: body, idempotencyKey: "")
    #expect(missing.status == 400 && missing.code == "idempotency_key_missing")
    try await server.stop()
  }

  @Test func `a hundred at once with one key make one account`() async throws {
    let server = try await TestServer(settings: ["loops": "2"])
    let key = UUID().uuidString
    let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await server.send("POST", "/v1/accounts", body: body, idempotencyKey: key)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.allSatisfy { $0.status == 201 || $0.code == "idempotency_in_flight" })
    #expect(Set(answers.filter { $0.status == 201 }.map(\.id)).count == 1)
    #expect(try await server.get("/v1/accounts").json["data"]?.array?.count == 1)
    try await server.stop()
  }

  @Test func `who waits for the same key is told so, and who waits for something else is not`()
    async throws
  {
    let server = try await TestServer()
    let account = try await server.makeAccount("a@x.test").id
    func deactivate(_ key: String) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/accounts/\(account):deactivate", body: #"{"reason":"r"}"#,
        idempotencyKey: key)
    }
    let admin = try server.database.administrator()
    try admin.run("SET idle_in_transaction_session_timeout = 0")
    try admin.run("BEGIN")
    try admin.run("SELECT FROM tenure.accounts FOR UPDATE")
    let busy = try await deactivate("first")
    #expect(busy.status == 503 && busy.code == "unavailable", "\(busy.text)")
    #expect(busy.header("retry-after") == "1")
    try admin.run("COMMIT")
    #expect(try await deactivate("first").status == 200)
    // As if the request had written its answer, and not ended yet.
    try admin.run(
      """
      CREATE TEMP TABLE kept AS SELECT * FROM tenure.idempotency_keys
      WHERE key_digest = sha256('first');
      DELETE FROM tenure.idempotency_keys USING kept
      WHERE idempotency_keys.key_digest = kept.key_digest
      """)
    try admin.run("BEGIN")
    try admin.run("INSERT INTO tenure.idempotency_keys SELECT * FROM kept")
    let inFlight = try await deactivate("first")
    #expect(inFlight.status == 409 && inFlight.code == "idempotency_in_flight", "\(inFlight.text)")
    try admin.run("COMMIT")
    let again = try await deactivate("first")
    #expect(again.status == 200 && again.header("idempotency-replayed") == "true", "\(again.text)")
    try await server.stop()
  }

  @Test func `an answer is kept for a day`() async throws {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    let body = #"{"name":"x","role":"auditor"}"#
    func create() async throws -> TestAnswer {
      try await server.send("POST", "/v1/keys", key: owner, body: body, idempotencyKey: "once")
    }
    let first = try await create()
    server.clock.advance(seconds: 86_000)
    try await server.purge()
    #expect(try await create().id == first.id)
    server.clock.advance(seconds: 500)
    try await server.purge()
    let fresh = try await create()
    #expect(fresh.status == 201 && fresh.id != first.id)
    try await server.stop()
  }

  @Test func `a new key's token is given again to a repeated request`() async throws {
    let server = try await TestServer()
    let key = UUID().uuidString
    let body = #"{"name":"x","role":"operator"}"#
    let first = try await server.send("POST", "/v1/keys", body: body, idempotencyKey: key)
    let again = try await server.send("POST", "/v1/keys", body: body, idempotencyKey: key)
    #expect(first.status == 201 && first.json["token"] == again.json["token"])
    let rows = try server.database.administrator().run(
      "SELECT count(*) FROM tenure.keys WHERE name = 'x'")
    #expect(rows == ["1"])
    try await server.stop()
  }
}

@Suite struct ListingTests {
  @Test func `pages follow each other without gaps or repeats`() async throws {
    let server = try await TestServer()
    for index in 0..<7 { _ = try await server.makeAccount("p\(index)@x.test") }
    var ids: [String] = []
    var cursor = ""
    repeat {
      let page = try await server.get("/v1/accounts?limit=3" + cursor)
      ids += (page.json["data"]?.array ?? []).compactMap { $0["id"]?.string }
      cursor = page.json["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(ids.count == 7 && Set(ids).count == 7 && ids == ids.sorted())
    let lines = try await server.send(
      "GET", "/v1/accounts", headers: [("Accept", "application/x-ndjson")])
    #expect(lines.text.split(separator: "\n").count == 7)
    try await server.stop()
  }

  @Test func `a cursor is good for its own list, filter and tenant`() async throws {
    let server = try await TestServer()
    for index in 0..<3 { _ = try await server.makeAccount("p\(index)@x.test") }
    let (_, owner) = try await server.makeTenant()
    let page = try await server.get("/v1/accounts?limit=1")
    let cursor = page.json["next_cursor"]?.string ?? ""
    #expect(try await server.get("/v1/accounts?limit=2&cursor=\(cursor)").status == 200)
    #expect(try await server.get("/v1/tenants?cursor=\(cursor)").code == "cursor_mismatch")
    let filtered = try await server.get(
      "/v1/accounts?filter=status+eq+%22active%22&cursor=\(cursor)")
    #expect(filtered.code == "cursor_mismatch")
    #expect(
      try await server.get("/v1/accounts?cursor=\(cursor)", key: owner).code == "cursor_mismatch")
    #expect(try await server.get("/v1/accounts?cursor=abc").code == "cursor_malformed")
    try await server.stop()
  }

  @Test func `a parameter that is not allowed is refused`() async throws {
    let cases = [
      ("limit=0", "parameter_invalid"), ("limit=201", "parameter_invalid"),
      ("limit=x", "parameter_invalid"),
      ("limit=1&limit=2", "parameter_invalid"), ("page=2", "parameter_unknown"),
      ("filter=nonsense", "filter_malformed"),
      ("filter=display_name+eq+%22x%22", "filter_malformed"),
      ("filter=status+gt+%22x%22", "filter_malformed"), ("filter=%FF", "parameter_invalid"),
    ]
    let server = try await TestServer()
    for (query, code) in cases {
      let answer = try await server.get("/v1/accounts?" + query)
      #expect(answer.status == 400 && answer.code == code, "\(query)")
    }
    try await server.stop()
  }
}

@Suite struct BadInputTests {
  @Test func `every malformed body has its own problem and none is a 5xx`() async throws {
    let server = try await TestServer()
    let deep = String(repeating: "[", count: 200)
    let cases: [(String, Int, String)] = [
      ("", 400, "invalid_json"), ("{", 400, "invalid_json"), ("null", 422, "validation_failed"),
      ("[]", 422, "validation_failed"), (#"{"name":"a","name":"b"}"#, 400, "duplicate_member"),
      (#"{"name":"\ud800"}"#, 400, "invalid_utf8"), (#"{"x":\#(deep)"#, 400, "too_deep"),
      (#"{"name":"a"} x"#, 400, "invalid_json"), (#"{"name":null}"#, 422, "validation_failed"),
      (#"{"name":""}"#, 422, "validation_failed"),
      (#"{"name":"\#(String(repeating: "x", count: 201))"}"#, 422, "validation_failed"),
    ]
    for (body, status, code) in cases {
      let answer = try await server.send("POST", "/v1/tenants", body: body.isEmpty ? nil : body)
      if body.isEmpty {
        #expect(answer.status == 415)
      } else {
        #expect(
          answer.status == status && answer.code == code, "\(body.prefix(30)): \(answer.text)")
      }
      #expect(answer.header("content-type") == "application/problem+json")
    }
    let huge = #"{"name":"\#(String(repeating: "x", count: 2_000_000))"}"#
    #expect(try await server.send("POST", "/v1/tenants", body: huge).code == "content_too_large")
    let type = try await server.send("POST", "/v1/tenants", body: "{}", contentType: "text/plain")
    #expect(type.status == 415 && type.code == "unsupported_media_type")
    try await server.stop()
  }

  @Test func `unknown paths and methods are answered for what they are`() async throws {
    let server = try await TestServer()
    #expect(try await server.get("/v1/nothing").code == "route_not_found")
    #expect(try await server.get("/v1/accounts/").status == 404)
    let method = try await server.send("DELETE", "/v1/tenants")
    #expect(method.status == 405 && method.header("allow") == "POST, GET, HEAD, OPTIONS")
    #expect(try await server.send("OPTIONS", "/v1/tenants").status == 204)
    let head = try await server.send("HEAD", "/v1/whoami")
    #expect(head.status == 200 && head.bytes.isEmpty)
    #expect(
      try await server.get("/v1/accounts/ten_01h455vb4pex5vsknk084sn02q").code == "id_wrong_type")
    #expect(try await server.get("/v1/accounts/%00%2e%2e").code == "id_malformed")
    try await server.stop()
  }

  @Test func `too many requests are refused with the time to wait`() async throws {
    // One a minute: however slow the machine, the second comes too early.
    let server = try await TestServer(settings: ["tenant_rate": "1"])
    let (_, owner) = try await server.makeTenant()
    let first = try await server.get("/v1/whoami", key: owner)
    #expect(first.status == 200)
    #expect(first.header("ratelimit-policy") == #""default";q=1;w=60"#)
    let last = try await server.get("/v1/whoami", key: owner)
    #expect(last.status == 429 && last.code == "rate_limited")
    #expect((Int(last.header("retry-after") ?? "") ?? 0) > 0)
    #expect(try await server.get("/v1/whoami").status == 200)
    try await server.stop()
  }

  @Test func `who guesses tokens is slowed down by address`() async throws {
    let server = try await TestServer(settings: ["failure_rate": "1"])
    var codes: [String?] = []
    for _ in 0..<2 {
      codes.append(
        try await server.send(
          "POST", "/v1/keys:revoke_leaked", key: "x", body: #"{"token":"nonsense"}"#
        ).code)
    }
    #expect(codes == [nil, "rate_limited"])
    #expect(try await server.get("/v1/whoami", key: "tnrk_x").code == "rate_limited")
    #expect(try await server.get("/v1/whoami").status == 200)
    try await server.stop()
  }

  @Test func `an operator naming a tenant that is not there is told so`() async throws {
    let server = try await TestServer()
    for name in ["ten_01h455vb4pex5vsknk084sn02q", "nonsense", ""] {
      let answer = try await server.send("GET", "/v1/keys", headers: [("Tenure-Tenant", name)])
      #expect(answer.status == 404, "\(name)")
    }
    try await server.stop()
  }
}

@Suite struct TransportTests {
  @Test func `what no endpoint takes is refused by its name, with the headers of every answer`()
    async throws
  {
    let server = try await TestServer()
    func answer(
      _ method: String, _ path: String, type: String = "application/json",
      headers: [(name: String, value: String)] = [], body: String = "{}"
    ) async throws -> TestAnswer {
      let answer = try await server.send(
        method, path, body: method == "POST" ? body : nil, contentType: type, headers: headers)
      #expect(answer.header("x-request-id") != nil && answer.header("cache-control") == "no-store")
      return answer
    }
    #expect(try await answer("BREW", "/v1/accounts").status == 501)
    #expect(try await answer("BREW", "/nowhere").status == 501)
    for method in ["PUT", "TRACE", "CONNECT", "QUERY"] {
      #expect(try await answer(method, "/v1/accounts").status == 405)
    }
    let all = try await answer("OPTIONS", "*")
    #expect(all.status == 204)
    #expect(all.header("allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    let compressed = try await answer(
      "POST", "/v1/accounts", headers: [("Content-Encoding", "gzip")])
    #expect(compressed.status == 415 && compressed.header("accept-encoding") == "identity")
    for (charset, status) in [
      ("utf-8", 422), ("UTF-8", 422), ("\"utf-8\"", 422), ("iso-8859-1", 415), ("utf-16", 415),
    ] {
      let told = try await answer(
        "POST", "/v1/accounts", type: "application/json; charset=\(charset)", body: #"{"x":1}"#)
      #expect(told.status == status, "\(charset): \(told.text)")
    }
    // What never became a request.
    #expect(try await answer("GET", "/\u{7F}").status == 400)
    try await server.stop()
  }

  @Test func `who can ask again is refused soon, and an answer that has begun is patient`()
    async throws
  {
    let server = try await TestServer()
    _ = try await server.makeAccount("ada@x.test")
    let worker = server.service.firstWorker
    // All connections that can be lent are, for longer than a refusal takes.
    let holding = (0..<4).map { _ in
      Task {
        try await worker.loop.run {
          try await worker.database.transaction(
            turn: LeaseTurn(party: UUID(), isPatient: true)
          ) { transaction in
            _ = try await transaction.run("SELECT pg_sleep(1.5)")
          }
        }
      }
    }
    #expect(
      try await eventually { try await worker.loop.run { worker.database.leasedInUse == 4 } })
    async let page = server.get("/v1/accounts")
    async let lines = server.send(
      "GET", "/v1/accounts", headers: [("Accept", "application/x-ndjson")])
    let (refused, whole) = try await (page, lines)
    #expect(refused.status == 503 && refused.header("retry-after") == "1", "\(refused.text)")
    #expect(whole.status == 200 && whole.text.contains("ada@x.test"), "\(whole.text)")
    for task in holding { try await task.value }
    try await server.stop()
  }

  @Test func `what a list is limited to is written as the contract says`() async throws {
    let server = try await TestServer()
    let key = try await server.makeTenant("Acme").key
    let longest = String(repeating: "0", count: 64)
    for list in ["/v1/content_items?category=", "/v1/policies?name="] {
      for (text, status) in [
        ("a_1.b", 200), (longest, 200), ("0" + longest, 400), ("", 400), ("A", 400),
      ] {
        let answer = try await server.get(list + text, key: key)
        #expect(answer.status == status, "\(list)\(text): \(answer.text)")
      }
    }
    try await server.stop()
  }

  @Test func `a body that is no JSON is told so, wherever it is not`() async throws {
    let server = try await TestServer()
    for (body, status) in [
      (#"{"unknown":1}"#, 422), (#"{"unknown":1"#, 400), (#"{"unknown":1,"unknown":2}"#, 400),
      (#"{"addresses":5,"display_name":"x"} x"#, 400),
    ] {
      let answer = try await server.send("POST", "/v1/accounts", body: body)
      #expect(answer.status == status, "\(body): \(answer.text)")
    }
    // However long a name is, the answer is short.
    let long = try await server.send(
      "POST", "/v1/accounts", body: #"{"\#(String(repeating: "a", count: 60_000))":1}"#)
    #expect(long.status == 422 && long.bytes.count < 2_000, "\(long.bytes.count)")
    try await server.stop()
  }
}
