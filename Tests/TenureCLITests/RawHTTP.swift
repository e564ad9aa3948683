import HTTP
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
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    let client = HTTPClient(loop: loop, tls: nil, limits: limits)
    guard let address = OutboundAddress("127.0.0.1") else { throw OutboundError.addressRefused }
    let request = OutboundRequest(
      method: "POST", host: "localhost", port: port, target: path,
      headers: [
        ("Authorization", "Bearer \(key)"), ("Content-Type", contentType),
        ("Idempotency-Key", "k\(UInt64.random(in: 0 ... .max))"),
      ], body: Array(body.utf8))
    return try await client.send(request, to: address).status
  }
}
