import Foundation
import HTTP
import JSON
import Tenure
import TenureAPI
import TenureTesting
import Testing
import Vault

@testable import TenureServer

@Suite struct WebhookEndpointTests {
  /// Fails an endpoint until it is disabled, as five days of failures do.
  private func disable(_ fixture: WebhookFixture, _ endpoint: String) async throws {
    fixture.sink.answers { _ in HTTPResponse(status: 500) }
    for _ in 0..<25 {
      _ = try await fixture.test(endpoint)
      fixture.server.clock.advance(seconds: 1)
    }
    // Twelve hours at a time, so that tries are left on the fifth day.
    for _ in 0..<12 where try await fixture.state(endpoint) != "disabled" {
      let before = fixture.sink.received.count
      fixture.server.clock.advance(seconds: 43_200)
      try await eventually(within: 2) { fixture.sink.received.count > before }
    }
    #expect(try await eventually { try await fixture.state(endpoint) == "disabled" })
  }

  @Test func `a failing endpoint is warned of, disabled, and tried once a day`() async throws {
    let fixture = try await WebhookFixture()
    let endpoint = try await fixture.endpoint().id
    try await disable(fixture, endpoint)
    #expect(
      try await eventually {
        let warnings = try await fixture.server.get("/v1/events?type=webhook_endpoint.warning")
        return warnings.json["data"]?.array?.count == 2
      })
    // A probe that fails leaves it disabled.
    var count = fixture.sink.received.count
    fixture.server.clock.advance(seconds: 86_401)
    #expect(try await eventually { fixture.sink.received.count >= count + 1 })
    #expect(try await eventually { try await fixture.state(endpoint) == "disabled" })
    // One that succeeds enables it, and says since when it missed what happened.
    fixture.sink.answers { _ in HTTPResponse(status: 200) }
    count = fixture.sink.received.count
    fixture.server.clock.advance(seconds: 86_401)
    #expect(try await eventually { try await fixture.state(endpoint) == "enabled" })
    #expect(
      try await eventually {
        let events = try await fixture.server.get("/v1/events?type=webhook_endpoint.enabled")
        return events.json["data"]?.array?.first?["data"]?["disabled_at"]?.string != nil
      })
    // No probe comes after that.
    #expect(try await eventually { fixture.sink.received.count >= count + 1 })
    try await fixture.stop()
  }

  @Test func `what its owner disabled is not tried`() async throws {
    let fixture = try await WebhookFixture()
    let endpoint = try await fixture.endpoint().id
    try await disable(fixture, endpoint)
    for isEnabled in [true, false] {
      let answer = try await fixture.server.send(
        "PATCH", "/v1/webhook_endpoints/\(endpoint)", body: #"{"enabled":\#(isEnabled)}"#,
        contentType: "application/merge-patch+json")
      #expect(answer.status == 200)
    }
    // What was on its way while it was enabled has arrived before anything is counted.
    try await fixture.server.drainDeliveries()
    // A sender that had taken them may still be at it, which no row says any more.
    var count = -1
    while count != fixture.sink.received.count {
      count = fixture.sink.received.count
      try await Task.sleep(for: .seconds(2))
    }
    fixture.server.clock.advance(seconds: 2 * 86_400)
    try await fixture.server.drainJobs()
    try await fixture.server.drainDeliveries()
    #expect(fixture.sink.received.count == count)
    try await fixture.stop()
  }

  @Test func `in order means that a failing event holds up those behind it`() async throws {
    let fixture = try await WebhookFixture()
    let endpoint = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints",
      body: #"{"url":"\#(fixture.sink.url)","ordering":"object"}"#)
    #expect(endpoint.json["ordering"]?.string == "object", "\(endpoint.text)")
    fixture.sink.answers { HTTPResponse(status: $0 == 1 ? 500 : 200) }
    for _ in 0..<5 { _ = try await fixture.test(endpoint.id) }
    #expect(try await fixture.arrived(1))
    try await fixture.server.drainDeliveries()
    #expect(fixture.sink.received.count == 1)
    fixture.server.clock.advance(seconds: 10)
    #expect(try await fixture.arrived(6))
    let sequences = try fixture.sink.received.dropFirst().map {
      try JSONValue(parsing: $0.body)["sequence"]?.int
    }
    #expect(sequences == [1, 2, 3, 4, 5])
    try await fixture.stop()
  }

  @Test func `there is a bound on endpoints`() async throws {
    let server = try await TestServer()
    var last: TestAnswer?
    for number in 0...50 {
      last = try await server.send(
        "POST", "/v1/webhook_endpoints", body: #"{"url":"https://a\#(number).example/"}"#)
      if number < 50 { #expect(last?.status == 201) }
    }
    #expect(last?.code == "too_many_endpoints")
    try await server.stop()
  }

  @Test func `a configuration is written as it was read`() throws {
    let text =
      #"{"url":"https://x.test/hook","keys":[{"secret":"AQID","seed":"BAUG","until":null},"#
      + #"{"secret":"BwgJ","seed":"CgsM","until":"2026-11-21T20:00:00.000Z"}]}"#
    let configuration = try WebhookConfiguration.shape.stored(Array(text.utf8))
    #expect(configuration.keys.map(\.keys.secret) == [[1, 2, 3], [7, 8, 9]])
    #expect(configuration.keys.map(\.until) == [nil, Timestamp(parsing: "2026-11-21T20:00:00Z")])
    let written = WebhookConfiguration.shape.bytes(of: configuration)
    #expect(String(decoding: written, as: UTF8.self) == text)
  }

  @Test(arguments: [
    (#"[{"secret":"not base64","seed":"AQID","until":null}]"#, "/keys/0/secret"),
    (#"[{"secret":"","seed":"AQID","until":null}]"#, "/keys/0/secret"),
    (#"[{"secret":"AQID","seed":"","until":null}]"#, "/keys/0/seed"),
    (#"[{"secret":"AQID","seed":"AQID","until":"tomorrow"}]"#, "/keys/0/until"),
    (#"[{"secret":"AQID","seed":"AQID"}]"#, "/keys/0/until"), ("[]", "/keys"),
  ])
  func `keys that sign for nobody, or for ever, are a failure`(
    keys: String, pointer: String
  ) throws {
    let text = #"{"url":"https://x.test/hook","keys":\#(keys)}"#
    let failure = #expect(throws: StoredFormError.self) {
      try WebhookConfiguration.shape.stored(Array(text.utf8))
    }
    #expect(failure?.pointer == pointer)
  }
}
