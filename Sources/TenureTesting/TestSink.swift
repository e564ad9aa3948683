import Foundation
import Glibc
package import HTTP
import Reactor

/// A real receiver of webhooks, over TLS: keeps what it was sent, and answers as a test says.
package final class TestSink: HTTPService, @unchecked Sendable {
  /// One request as it arrived.
  package struct Received: Sendable {
    package let id: String
    package let timestamp: String
    package let signatures: String
    package let body: [UInt8]
  }

  private let loop = EventLoop(name: "sink")
  private let lock = Lock()
  private var requests: [Received] = []
  private var answer: @Sendable (Int) -> HTTPResponse = { _ in HTTPResponse(status: 204) }
  private var acceptor: Acceptor?
  private let folder = NSTemporaryDirectory() + "tenure-sink-" + UUID().uuidString

  /// The receiver's name, which its certificate is for.
  package let host: String

  /// Listens on a free port of the loopback, or where a test needs it; `trusting` is the certificate
  /// of another receiver.
  package init(
    host: String = "hook.test", address: String = "127.0.0.1", port: Int = 0,
    trusting other: String? = nil
  ) async throws {
    self.host = host
    // A sender that is killed leaves a broken pipe, which OpenSSL writes to.
    signal(SIGPIPE, SIG_IGN)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = try ChildProcess.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2", "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)", "-keyout",
        folder + "/key", "-out", certificate,
      ])
    let roots = try ([certificate] + [other].compactMap { $0 }).map {
      try String(contentsOfFile: $0, encoding: .utf8)
    }
    try roots.joined().write(toFile: self.roots, atomically: true, encoding: .utf8)
    let tls = try TLSContext(certificateFile: certificate, keyFile: folder + "/key")
    loop.start()
    let server = HTTPServer(loop: loop, service: self)
    let acceptor = try Acceptor(host: address, port: port, servers: [server]) { tls }
    try await loop.run { server.start() }
    acceptor.start()
    self.acceptor = acceptor
  }

  /// The certificates of this receiver and of the one it was made to trust, for `outbound_roots`.
  package var roots: String { folder + "/roots" }
  package var certificate: String { folder + "/certificate" }
  package var url: String { "https://\(host):\(acceptor?.port ?? 0)/hook" }
  package var received: [Received] { lock.withLock { requests } }

  /// What is answered from now on; `answer` gets the number of the request, from 1.
  package func answers(_ answer: @escaping @Sendable (Int) -> HTTPResponse) {
    lock.withLock { self.answer = answer }
  }

  package func stop() async {
    await acceptor?.stop()
    loop.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  package func bodyPolicy(for request: HTTPRequest) -> BodyPolicy { .buffered(bytesMax: 65_536) }

  package func respond(to request: HTTPRequest) async -> HTTPResponse {
    lock.withLock {
      requests.append(
        Received(
          id: request.header("webhook-id") ?? "",
          timestamp: request.header("webhook-timestamp") ?? "",
          signatures: request.header("webhook-signature") ?? "", body: request.body))
      return answer(requests.count)
    }
  }

  package func refusal(status: Int, reason: StaticString) -> HTTPResponse {
    HTTPResponse(status: status)
  }
}
