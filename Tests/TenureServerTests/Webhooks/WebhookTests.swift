import Foundation
import HTTP
import JSON
import Tenure
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing
import Vault

@Suite struct WebhookTests {
  @Test func `what is sent is signed both ways, and refused when tampered with`() async throws {
    let fixture = try await WebhookFixture()
    let endpoint = try await fixture.endpoint()
    #expect(endpoint.status == 201, "\(endpoint.text)")
    #expect(try await fixture.test(endpoint.id).status == 202)
    #expect(try await fixture.arrived(1))
    let sent = try #require(fixture.sink.received.first)
    let secret = WebhookVerifier.keyBytes(endpoint.json["secret"]?.string ?? "")
    let key = WebhookVerifier.keyBytes(endpoint.json["public_key"]?.string ?? "")
    let digests = try Digests()
    let now = Int64(sent.timestamp) ?? 0
    func verify(
      id: String? = nil, body: [UInt8]? = nil, secret: [UInt8]?, key: [UInt8]?, late: Int64 = 0
    ) throws {
      try WebhookVerifier.verify(
        id: id ?? sent.id, timestamp: sent.timestamp, signatures: sent.signatures,
        body: body ?? sent.body, secret: secret, publicKey: key, now: now + late,
        digests: digests)
    }
    try verify(secret: secret, key: nil)
    try verify(secret: nil, key: key)
    for (refused, error) in [
      ({ try verify(id: "evt_x", secret: secret, key: key) }, WebhookVerifier.Refusal.noMatch),
      ({ try verify(body: sent.body + [0x20], secret: secret, key: key) }, .noMatch),
      ({ try verify(secret: secret, key: key, late: 301) }, .tooOld),
      ({ try verify(secret: secret, key: key, late: -301) }, .tooNew),
    ] as [(() throws -> Void, WebhookVerifier.Refusal)] {
      #expect(throws: error) { try refused() }
    }
    let event = try JSONValue(parsing: sent.body)
    #expect(event["id"]?.string == sent.id && event["type"]?.string == "webhook_endpoint.test")
    // The feed has the same event with the same id.
    // It shows what no open transaction can come before, of the whole cluster: in a moment.
    #expect(
      try await eventually {
        let feed = try await fixture.server.get("/v1/events")
        return feed.json["data"]?.array?.contains { $0["id"]?.string == sent.id } == true
      })
    #expect(
      try await eventually {
        try await fixture.delivery(endpoint.id)?["state"]?.string == "delivered"
      })
    // While rotating, both secrets sign.
    let rotated = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints/\(endpoint.id):rotate_secret")
    fixture.server.clock.advance(seconds: 1)
    _ = try await fixture.test(endpoint.id)
    #expect(try await fixture.arrived(2))
    let second = fixture.sink.received[1]
    #expect(second.signatures.split(separator: " ").count == 4)
    for text in [endpoint.json["secret"]?.string, rotated.json["secret"]?.string] {
      try WebhookVerifier.verify(
        id: second.id, timestamp: second.timestamp, signatures: second.signatures,
        body: second.body, secret: WebhookVerifier.keyBytes(text ?? ""),
        now: Int64(second.timestamp) ?? 0, digests: digests)
    }
    try await fixture.stop()
  }

  @Test func `a receiver is trusted once its root is, without a restart`() async throws {
    let other = try await TestSink(host: "other.test")
    let roots = other.roots
    let fixture = try await WebhookFixture(settings: ["outbound_roots": roots])
    let endpoint = try await fixture.endpoint()
    _ = try await fixture.test(endpoint.id)
    #expect(
      try await eventually {
        try await fixture.delivery(endpoint.id)?["last_error"]?.string == "tlsFailed"
      })
    // What cannot be read changes nothing.
    try "nonsense".write(toFile: roots, atomically: true, encoding: .utf8)
    #expect(throws: TLSError.self) { try fixture.server.service.reloadCertificates() }
    try FileManager.default.removeItem(atPath: roots)
    try FileManager.default.copyItem(atPath: fixture.sink.certificate, toPath: roots)
    try fixture.server.service.reloadCertificates()
    fixture.server.clock.advance(seconds: 60)
    #expect(try await fixture.arrived(1))
    await other.stop()
    try await fixture.stop()
  }

  @Test func `each secret signs for its day, however often it is rotated`() async throws {
    let fixture = try await WebhookFixture()
    let digests = try Digests()
    let endpoint = try await fixture.endpoint()
    var secrets = [endpoint.json["secret"]?.string ?? ""]
    func rotate() async throws -> TestAnswer {
      try await fixture.server.send("POST", "/v1/webhook_endpoints/\(endpoint.id):rotate_secret")
    }
    /// Those of the secrets that sign what is sent now.
    func signing() async throws -> [Int] {
      let number = fixture.sink.received.count
      _ = try await fixture.test(endpoint.id)
      try await fixture.server.drainDeliveries()
      let sent = try #require(fixture.sink.received.dropFirst(number).first)
      return secrets.indices.filter { index in
        (try? WebhookVerifier.verify(
          id: sent.id, timestamp: sent.timestamp, signatures: sent.signatures, body: sent.body,
          secret: WebhookVerifier.keyBytes(secrets[index]), now: Int64(sent.timestamp) ?? 0,
          digests: digests)) != nil
      }
    }
    // The first ends a day after the first rotation, the second an hour later.
    for _ in 0..<2 {
      secrets.append(try await rotate().json["secret"]?.string ?? "")
      fixture.server.clock.advance(seconds: 3_600)
    }
    #expect(try await signing() == [0, 1, 2])
    fixture.server.clock.advance(seconds: 22 * 3_600 - 1)
    #expect(try await signing() == [0, 1, 2])
    fixture.server.clock.advance(seconds: 1)
    #expect(try await signing() == [1, 2])
    fixture.server.clock.advance(seconds: 3_600)
    #expect(try await signing() == [2])
    // None is dropped for the next: there is an end to how many sign at once.
    for _ in 0..<9 { #expect(try await rotate().status == 200) }
    let refused = try await rotate()
    #expect(refused.status == 429 && refused.header("retry-after") != nil, "\(refused.text)")
    #expect(try await signing() == [2])
    try await fixture.stop()
  }

  @Test func `a failed delivery is tried again on schedule, with the same id`() async throws {
    let fixture = try await WebhookFixture()
    fixture.sink.answers { $0 < 3 ? HTTPResponse(status: 500) : HTTPResponse(status: 200) }
    let endpoint = try await fixture.endpoint()
    _ = try await fixture.test(endpoint.id)
    #expect(try await fixture.arrived(1))
    #expect(
      try await eventually { try await fixture.delivery(endpoint.id)?["attempts"]?.int == 1 })
    #expect(try await fixture.delivery(endpoint.id)?["last_status"]?.int == 500)
    fixture.server.clock.advance(seconds: 7)
    #expect(try await fixture.arrived(2))
    #expect(
      try await eventually { try await fixture.delivery(endpoint.id)?["attempts"]?.int == 2 })
    fixture.server.clock.advance(seconds: 40)
    #expect(try await fixture.arrived(3))
    #expect(Set(fixture.sink.received.map(\.id)).count == 1)
    #expect(
      try await eventually {
        try await fixture.delivery(endpoint.id)?["state"]?.string == "delivered"
      })
    try await fixture.stop()
  }

  @Test func `gone disables at once, and a redirect is no success`() async throws {
    let fixture = try await WebhookFixture()
    fixture.sink.answers { $0 == 1 ? HTTPResponse(status: 302) : HTTPResponse(status: 410) }
    let endpoint = try await fixture.endpoint()
    _ = try await fixture.test(endpoint.id)
    #expect(
      try await eventually { try await fixture.delivery(endpoint.id)?["last_status"]?.int == 302 })
    fixture.server.clock.advance(seconds: 10)
    let path = "/v1/webhook_endpoints/\(endpoint.id)"
    #expect(
      try await eventually {
        try await fixture.server.get(path).json["state"]?.string == "disabled"
      })
    #expect(try await fixture.test(endpoint.id).code == "endpoint_disabled")
    #expect(
      try await eventually {
        let events = try await fixture.server.get("/v1/events?type=webhook_endpoint.disabled")
        return events.json["data"]?.array?.count == 1
      })
    let enabled = try await fixture.server.send(
      "PATCH", path, body: #"{"enabled":true}"#, contentType: "application/merge-patch+json")
    #expect(enabled.json["state"]?.string == "enabled")
    try await fixture.stop()
  }

  @Test func `a slow endpoint delays nobody else`() async throws {
    let fixture = try await WebhookFixture()
    let slow = try await TestSink(host: "slow.test")
    try await fixture.zone.add("slow.test", "A", "127.0.0.2")
    // Nothing listens there: each try waits for its connection to be refused or to time out.
    let stuck = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"https://slow.test:9/"}"#)
    let quick = try await fixture.endpoint()
    for _ in 0..<20 { _ = try await fixture.test(stuck.id) }
    _ = try await fixture.test(quick.id)
    #expect(try await fixture.arrived(1))
    await slow.stop()
    try await fixture.stop()
  }

  @Test func `URLs that reach inside are refused`() async throws {
    let server = try await TestServer()
    for url in [
      "http://hook.example/", "https://127.0.0.1/", "https://localhost/", "https://a.internal/",
      "https://user@hook.example/", "https://hook.example:22/", "https://[::1]/",
    ] {
      let answer = try await server.send(
        "POST", "/v1/webhook_endpoints", body: #"{"url":"\#(url)"}"#)
      #expect(answer.status == 422 && answer.code == "endpoint_refused", "\(url)")
    }
    try await server.stop()
  }

  @Test func `a URL is kept as one form of it, and only with characters that URLs hold`()
    async throws
  {
    let server = try await TestServer()
    let made = try await server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"https://HOOK.example/A b"}"#)
    #expect(made.status == 201 && made.json["url"]?.string == "https://hook.example/A%20b")
    func change(_ url: String) async throws -> TestAnswer {
      try await server.send(
        "PATCH", "/v1/webhook_endpoints/\(made.id)", body: #"{"url":"\#(url)"}"#,
        contentType: "application/merge-patch+json")
    }
    let moved = try await change("https://NEW.example")
    #expect(moved.json["url"]?.string == "https://new.example", "\(moved.text)")
    for url in ["https://hook.example/<a>", "https://hook.example/%zz", "https://hook.example/{x}"]
    {
      let refused = try await change(url)
      #expect(refused.status == 422 && refused.code == "endpoint_refused", "\(url)")
    }
    try await server.stop()
  }

  /// The name was public when it was given, and points inside when it is used.
  @Test func `a name that resolves to a private address is never connected to`() async throws {
    let fixture = try await WebhookFixture(settings: ["outbound_private": "false"])
    try await fixture.zone.add("rebind.test", "A", "127.0.0.1")
    let endpoint = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"https://rebind.test/"}"#)
    #expect(endpoint.status == 201)
    _ = try await fixture.test(endpoint.id)
    #expect(
      try await eventually {
        try await fixture.delivery(endpoint.id)?["last_error"]?.string == "addressRefused"
      })
    #expect(fixture.sink.received.isEmpty)
    try await fixture.stop()
  }

  @Test func `replay sends again what was sent, with the same ids`() async throws {
    let fixture = try await WebhookFixture()
    let endpoint = try await fixture.endpoint()
    for _ in 0..<3 {
      fixture.server.clock.advance(seconds: 1)
      _ = try await fixture.test(endpoint.id)
    }
    #expect(try await fixture.arrived(3))
    #expect(
      try await eventually {
        let log = try await fixture.server.get("/v1/webhook_endpoints/\(endpoint.id)/deliveries")
        return log.json["data"]?.array?.allSatisfy { $0["state"]?.string == "delivered" } == true
      })
    let replay = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints/\(endpoint.id):replay",
      body: #"{"since":"2020-01-01T00:00:00Z"}"#)
    #expect(replay.json["queued"]?.int == 3, "\(replay.text)")
    #expect(try await fixture.arrived(6))
    #expect(Set(fixture.sink.received.map(\.id)).count == 3)
    try await fixture.stop()
  }
}
