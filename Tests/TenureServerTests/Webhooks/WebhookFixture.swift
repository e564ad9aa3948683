import Foundation
import JSON
import TenureTesting

/// A service and a receiver of its webhooks, at a name that a real name server answers for.
struct WebhookFixture {
  let zone: TestZone
  let sink: TestSink
  let server: TestServer

  init(settings: [String: String] = [:]) async throws {
    zone = try await TestZone()
    sink = try await TestSink()
    try await zone.add("hook.test", "A", "127.0.0.1")
    var all = [
      "resolvers": zone.address, "outbound_roots": sink.certificate, "outbound_private": "true",
    ]
    all.merge(settings) { $1 }
    server = try await TestServer(settings: all)
  }

  func stop() async throws {
    try await server.stop()
    await sink.stop()
    zone.stop()
  }

  func endpoint(_ types: String = "[]", key: String? = nil) async throws -> TestAnswer {
    try await server.send(
      "POST", "/v1/webhook_endpoints", key: key,
      body: #"{"url":"\#(sink.url)","event_types":\#(types)}"#)
  }

  func test(_ endpoint: String) async throws -> TestAnswer {
    try await server.send("POST", "/v1/webhook_endpoints/\(endpoint):test")
  }

  func state(_ endpoint: String) async throws -> String? {
    try await server.get("/v1/webhook_endpoints/\(endpoint)").json["state"]?.string
  }

  func arrived(_ count: Int) async throws -> Bool {
    try await eventually { sink.received.count >= count }
  }

  func delivery(_ endpoint: String) async throws -> JSONValue? {
    let log = try await server.get("/v1/webhook_endpoints/\(endpoint)/deliveries")
    return log.json["data"]?.array?.first
  }
}
