import HTTP
import JSON
import Reactor

/// Requests by our own client from a test, without the command line in between.
enum RawHTTP {
  private static let loop: EventLoop = {
    let loop = EventLoop(name: "raw")
    loop.start()
    return loop
  }()

  /// The status of a POST with a fresh Idempotency-Key.
  static func post(
    port: Int, path: String, key: String, body: String, contentType: String = "application/json"
  ) async throws -> Int {
    try await send(port: port, path: path, key: key, body: body, contentType: contentType).status
  }

  /// The same, with what was answered.
  static func send(
    port: Int, method: String = "POST", path: String, key: String, body: String,
    contentType: String = "application/json", tenant: String? = nil
  ) async throws -> (status: Int, json: JSONValue) {
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    let client = HTTPClient(loop: loop, tls: nil, limits: limits)
    guard let address = OutboundAddress("127.0.0.1") else { throw OutboundError.addressRefused }
    var request = OutboundRequest(
      method: method, host: "localhost", port: port, target: path,
      headers: [
        ("Authorization", "Bearer \(key)"), ("Content-Type", contentType),
        ("Idempotency-Key", "k\(UInt64.random(in: 0 ... .max))"),
      ], body: Array(body.utf8))
    if let tenant { request.headers.append(("Tenure-Tenant", tenant)) }
    let answer = try await client.send(request, to: address)
    return (answer.status, (try? JSONValue(parsing: answer.body)) ?? .null)
  }
}
