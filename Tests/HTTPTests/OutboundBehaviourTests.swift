import Foundation
import Glibc
import HTTP
import Reactor
import TenureTesting
import Testing

/// What a rogue server sends: pieces with a pause between them, the last again and again if told.
private struct Script: Sendable, CustomTestStringConvertible {
  var pieces: [String] = []
  var pause = 0.0
  var repeatsLast = false
  var closes = true
  var testDescription: String { "\(pieces.first?.prefix(40) ?? "silence")…" }
}

/// A server that means no good: it plays its script, whatever it is asked.
private final class RogueServer: @unchecked Sendable {
  let port: Int
  private let listener: Int32
  private(set) var connections = 0

  init(_ script: Script) {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = self.listener
    port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length)
        listen(listener, 4)
        getsockname(listener, address, &length)
      }
      return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 { return }
        connections += 1
        Thread.detachNewThread {
          var buffer = [UInt8](repeating: 0, count: 4_096)
          _ = recv(client, &buffer, buffer.count, 0)
          var index = 0
          while index < script.pieces.count {
            let bytes = Array(script.pieces[index].utf8)
            if send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 { break }
            if script.pause > 0 { usleep(UInt32(script.pause * 1e6)) }
            if !(script.repeatsLast && index == script.pieces.count - 1) { index += 1 }
          }
          if !script.closes { sleep(5) }
          close(client)
        }
      }
    }
  }

  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }
}

/// What a receiver may do to us, and what it costs us: the live behaviours of the outbound vectors.
@Suite(.serialized, .onOwnThreads) struct OutboundBehaviourTests {
  /// Sends a request to a rogue server; answers what came of it.
  private func ask(
    _ server: RogueServer, needsBody: Bool = true
  ) async throws -> (status: Int?, error: OutboundError?) {
    defer { server.stop() }
    let loop = EventLoop(name: "client")
    loop.start()
    defer { loop.stop() }
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    limits.seconds = 1
    let client = HTTPClient(loop: loop, tls: nil, limits: limits)
    let address = try #require(OutboundAddress("127.0.0.1"))
    var request = OutboundRequest(
      method: "POST", host: "hook.test", port: server.port, target: "/")
    request.body = Array("secret".utf8)
    request.needsBody = needsBody
    do {
      let answer = try await client.send(request, to: address)
      return (answer.status, nil)
    } catch let error as OutboundError { return (nil, error) }
  }

  @Test(arguments: [
    Script(closes: false),
    Script(pieces: ["H"], pause: 0.2, repeatsLast: true),
    Script(pieces: ["HTTP/1.1 200 OK\r\n", "a: b\r\n"], pause: 0.05, repeatsLast: true),
    Script(pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "x"], pause: 0.4),
  ])
  private func `a server that does not come to an end is cut off in time`(script: Script)
    async throws
  {
    let result = try await ask(RogueServer(script))
    // Three of the four would go on for ever: that there is a result says that we did not wait.
    #expect(result.error != nil && result.status == nil)
  }

  @Test(arguments: [
    Script(
      pieces: ["HTTP/1.1 200 OK\r\n", "a: \(String(repeating: "b", count: 4_000))\r\n"],
      repeatsLast: true),
    Script(
      pieces: ["HTTP/1.1 200 OK\r\n\r\n", String(repeating: "b", count: 4_000)],
      repeatsLast: true),
    Script(
      pieces: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "fa0\r\n\(String(repeating: "b", count: 4_000))\r\n",
      ], repeatsLast: true),
    Script(
      pieces: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n",
        String(repeating: "b", count: 4_000),
      ], repeatsLast: true),
  ])
  private func `an answer without end is cut off at its bound`(script: Script) async throws {
    let result = try await ask(RogueServer(script))
    #expect(result.error == .responseTooLarge || result.error == .malformedResponse)
  }

  @Test(arguments: [
    Script(pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "x"], pause: 0.4),
    Script(
      pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], closes: false),
    Script(
      pieces: ["HTTP/1.1 200 OK\r\n\r\n", String(repeating: "b", count: 4_000)],
      repeatsLast: true),
    Script(
      pieces: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n",
        String(repeating: "b", count: 4_000),
      ], repeatsLast: true),
    Script(pieces: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n"]),
  ])
  private func `whoever asks for the status alone has it, whatever the body does`(
    script: Script
  ) async throws {
    let result = try await ask(RogueServer(script), needsBody: false)
    #expect(result.status == 200 && result.error == nil, "\(result)")
  }

  @Test(arguments: [
    Script(pieces: ["HTTP/1.1 200 O"]), Script(pieces: ["nonsense\r\n\r\n"]), Script(closes: false),
  ])
  private func `without a head there is no status`(script: Script) async throws {
    let result = try await ask(RogueServer(script), needsBody: false)
    #expect(result.status == nil && result.error != nil, "\(result)")
  }

  /// Ten megabytes of zeros, packed into ten kilobytes: nothing here unpacks.
  @Test func `a packed answer is not unpacked`() async throws {
    let packed = String(repeating: "z", count: 10_000)
    let server = RogueServer(
      Script(pieces: [
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10000\r\n\r\n" + packed
      ]))
    #expect(try await ask(server).status == 200)
  }

  @Test(arguments: [
    "hello\r\n", "<html>hello</html>", "HTTP/0.9 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\u{0}\u{1}\u{2}",
  ]) func `an answer that is not HTTP/1 is a failure`(text: String) async throws {
    let result = try await ask(RogueServer(Script(pieces: [text])))
    #expect(result.error != nil && result.status == nil, "\(text)")
  }

  @Test(arguments: [
    "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://other.test/\r\nContent-Length: 0\r\n\r\n",
  ]) func `a redirect is an answer, and is not followed`(text: String) async throws {
    let server = RogueServer(Script(pieces: [text]))
    let status = try await ask(server).status
    #expect(status == 302 || status == 307)
    #expect(server.connections == 1)
  }

  /// An open connection, used on its loop.
  private func using<Value: Sendable>(
    port: Int, _ body: @escaping @Sendable (ClientConnection) async throws -> Value
  ) async throws -> Value {
    let loop = EventLoop(name: "client")
    loop.start()
    defer { loop.stop() }
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    let client = HTTPClient(loop: loop, tls: nil, limits: limits)
    let address = try #require(OutboundAddress("127.0.0.1"))
    return try await loop.run {
      let connection = try client.connect(to: "hook.test", port, at: address)
      defer { connection.close() }
      return try await body(connection)
    }
  }

  private func post(_ port: Int, _ text: String) -> OutboundRequest {
    OutboundRequest(
      method: "POST", host: "hook.test", port: port, target: "/", body: Array(text.utf8))
  }

  @Test func `a connection is used again while both keep it open`() async throws {
    let fixture = try await ServerFixture()
    let port = fixture.port
    let bodies = try await using(port: port) { connection in
      var bodies: [String] = []
      for number in 0..<100 {
        let answer = try await connection.send(post(port, "\(number)"), staysOpen: true)
        bodies.append(String(decoding: answer.body, as: UTF8.self))
      }
      return bodies
    }
    #expect(bodies == (0..<100).map { "POST / \($0)" })
    await fixture.stop()
  }

  /// What comes unasked could be taken for the answer to the next request.
  @Test(arguments: [
    Script(
      pieces: [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
      ], closes: false),
    Script(
      pieces: [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n",
      ], pause: 0.1, closes: false),
    Script(pieces: ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]),
    Script(
      pieces: ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"],
      closes: false),
  ]) fileprivate func `a connection that says more than it was asked is not used again`(
    script: Script
  ) async throws {
    let server = RogueServer(script)
    let port = server.port
    let isClosed = try await using(port: port) { connection in
      #expect(try await connection.send(post(port, "a"), staysOpen: true).status == 200)
      try await Task.sleep(for: .milliseconds(300))
      return connection.isClosed
    }
    #expect(isClosed)
    server.stop()
  }
}
