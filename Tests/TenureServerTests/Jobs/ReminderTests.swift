import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

/// Nobody is surprised by a day that was known before.
@Suite struct ReminderTests {
  /// What was told so far, once it is so many: the feed waits for transactions of other tests.
  private func told(
    _ server: TestServer, _ type: EventType, _ count: Int, key: String
  ) async throws -> [JSONValue] {
    try await server.remind()
    var found: [JSONValue] = []
    try await eventually {
      let events = try await server.get("/v1/events?type=\(type.rawValue)", key: key)
      found = events.json["data"]?.array?.compactMap { $0["data"] } ?? []
      return found.count >= count
    }
    return found
  }

  @Test func `a week before a key ends, and a day before, its tenant and the operator are told`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    let ends = server.clock.now.adding(seconds: 30 * 86_400)
    let key = try await server.send(
      "POST", "/v1/keys", key: acme.key,
      body: #"{"name":"n","role":"auditor","expires_at":"\#(ends)"}"#)
    #expect(key.status == 201, "\(key.text)")
    func days(_ key: String, _ count: Int) async throws -> [Int?] {
      try await told(server, .keyExpiring, count, key: key).map { $0["days"]?.int }
    }
    server.clock.advance(seconds: 23 * 86_400 - 1)
    #expect(try await days(acme.key, 0) == [])
    server.clock.advance(seconds: 1)
    for _ in 0..<2 { #expect(try await days(acme.key, 1) == [7]) }
    server.clock.advance(seconds: 6 * 86_400 - 1)
    #expect(try await days(acme.key, 1) == [7])
    server.clock.advance(seconds: 1)
    #expect(try await days(acme.key, 2) == [7, 1])
    #expect(try await days(server.operatorKey, 2) == [7, 1])
    let data = try await told(server, .keyExpiring, 2, key: acme.key).first
    #expect(data?["key_id"]?.string == key.id && data?["role"]?.string == "auditor")
    #expect(data?["expires_at"]?.string == ends.description)
    try await server.stop()
  }

  @Test func `who slept through a week is told of the day, and of what is revoked nobody is`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    for isRevoked in [false, true] {
      let ends = server.clock.now.adding(seconds: 30 * 86_400)
      let key = try await server.send(
        "POST", "/v1/keys", key: acme.key,
        body: #"{"name":"n","role":"auditor","expires_at":"\#(ends)"}"#)
      guard isRevoked else { continue }
      let gone = try await server.send("DELETE", "/v1/keys/\(key.id)", key: acme.key)
      #expect(gone.status < 300, "\(gone.text)")
    }
    server.clock.advance(seconds: 29 * 86_400 + 1)
    let data = try await told(server, .keyExpiring, 1, key: acme.key)
    #expect(data.map { $0["days"]?.int } == [1])
    try await server.stop()
  }

  @Test func `before a request is due its controller is told, and of the new day once extended`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    let ada = try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test")
    let request = try await server.send(
      "POST", "/v1/requests", key: acme.key, body: #"{"account_id":"\#(ada)","type":"access"}"#)
    #expect(request.status == 201, "\(request.text)")
    let due = try #require(Timestamp(parsing: request.json["due_at"]?.string ?? ""))
    // In the operator's feed as well, whose key lives longer than the tenant's.
    func days(_ count: Int) async throws -> [Int?] {
      let tenant = count < 2 ? acme.key : server.operatorKey
      return try await told(server, .requestDueSoon, count, key: tenant).map { $0["days"]?.int }
    }
    server.clock.advance(seconds: due.seconds(since: server.clock.now) - 7 * 86_400 - 1)
    #expect(try await days(0) == [])
    server.clock.advance(seconds: 2)
    #expect(try await days(1) == [7])
    let extended = try await server.send(
      "POST", "/v1/requests/\(request.id):extend", key: acme.key, body: #"{"reason":"more"}"#)
    #expect(extended.status == 200, "\(extended.text)")
    #expect(try await days(1) == [7])
    let later = try #require(Timestamp(parsing: extended.json["due_at"]?.string ?? ""))
    server.clock.advance(seconds: later.seconds(since: server.clock.now) - 86_400 + 1)
    #expect(try await days(2) == [7, 1])
    let withdrawn = try await told(server, .requestDueSoon, 2, key: server.operatorKey).last
    #expect(withdrawn?["dsr_id"]?.string == request.id)
    #expect(withdrawn?["account_id"]?.string == ada.description)
    #expect(withdrawn?["due_at"]?.string == later.description)
    try await server.stop()
  }
}
