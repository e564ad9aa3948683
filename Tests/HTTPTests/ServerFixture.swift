import CSystem
import Foundation
import Glibc
import HTTP
import Reactor

/// Answers what a test wants to see of a request: its method, path and body.
final class EchoService: HTTPService, @unchecked Sendable {
  private let loop: EventLoop
  /// Bodies that did not arrive whole; on the loop.
  private(set) var interruptions = 0
  /// Requests for `/held` that have begun, and whether they may end; on the loop.
  private(set) var heldCount = 0
  var letsGo = false
  init(loop: EventLoop) { self.loop = loop }

  func bodyPolicy(for request: HTTPRequest) -> BodyPolicy {
    request.path.hasSuffix("/stream")
      ? .streamed(bytesMax: 10_000_000) : .buffered(bytesMax: 10_000)
  }

  func refusal(ofHead request: HTTPRequest) async -> HTTPResponse? {
    await loop.sleep(for: .milliseconds(20))
    return request.path == "/refused" ? refusal(status: 401, reason: "who is there") : nil
  }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    switch request.path {
    case "/slow":
      await loop.sleep(for: .milliseconds(200))
    case "/held":
      heldCount += 1
      while !letsGo { await loop.sleep(for: .milliseconds(10)) }
    case "/big":
      return HTTPResponse(status: 200, body: [UInt8](repeating: 0x78, count: 3_000_000))
    case "/late/chunks":
      var response = HTTPResponse(status: 200)
      response.stream = { [self] body in
        try await body.write([0x79])
        // The reader is gone by then, and a piece is more than a connection keeps.
        heldCount += 1
        while !letsGo { await loop.sleep(for: .milliseconds(10)) }
        for _ in 0..<10 { try await body.write([UInt8](repeating: 0x79, count: 600_000)) }
      }
      return response
    case "/chunks":
      var response = HTTPResponse(status: 200)
      response.stream = { body in
        for _ in 0..<100 { try await body.write([UInt8](repeating: 0x79, count: 20_000)) }
      }
      return response
    case "/stream":
      var count = 0
      do {
        while let piece = try await request.bodyStream?.next() { count += piece.count }
      } catch {
        return HTTPResponse(status: error.status, body: Array("\(error.reason)".utf8))
      }
      return HTTPResponse(status: 200, body: Array("\(count)".utf8))
    case "/late/stream":
      await loop.sleep(for: .milliseconds(300))
      do { while try await request.bodyStream?.next() != nil {} } catch { interruptions += 1 }
    default: break
    }
    let body = String(decoding: request.body, as: UTF8.self)
    return HTTPResponse(
      status: 200, contentType: "text/plain",
      body: Array("\(request.method.rawValue) \(request.path) \(body)".utf8))
  }

  func refusal(status: Int, reason: StaticString) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "text/plain", body: Array("\(reason)".utf8))
  }
}

/// A server on a free port, and plain sockets to it.
final class ServerFixture: @unchecked Sendable {
  let loop = EventLoop(name: "server")
  let server: HTTPServer
  let service: EchoService
  private let acceptor: Acceptor

  init(limits: ServerLimits = ServerLimits(), tls: TLSContext? = nil) async throws {
    signal(SIGPIPE, SIG_IGN)
    loop.start()
    service = EchoService(loop: loop)
    server = HTTPServer(loop: loop, service: service, limits: limits)
    acceptor = try Acceptor(host: "127.0.0.1", port: 0, servers: [server]) { tls }
    let server = self.server
    try await loop.run { server.start() }
    acceptor.start()
  }

  var port: Int { acceptor.port }

  /// Has no client be accepted any more.
  func stopAccepting() async { await acceptor.stop() }

  func stop() async {
    await acceptor.stop()
    loop.stop()
  }

  func connect() -> RawSocket { RawSocket(port: port) }

  /// Waits until so many requests for `/held` have begun.
  func waitForHeld(_ count: Int) async throws {
    while try await loop.run({ self.service.heldCount }) < count {
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Sends bytes on a connection of its own and reads until the server closes or is quiet.
  func exchange(_ text: String, quiet: Double = 1) -> String {
    let socket = connect()
    defer { socket.close() }
    socket.send(text)
    return socket.read(quiet: quiet).text
  }
}

/// A blocking client socket.
final class RawSocket {
  private let fd: Int32

  init(port: Int) {
    fd = csys_connect("127.0.0.1", UInt16(port))
    var poller = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
    poll(&poller, 1, 2_000)
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends as much as the server takes without a pause of two seconds.
  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { csys_send(fd, $0.baseAddress, $0.count) }
      if count == -Int(EAGAIN) {
        var poller = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        if poll(&poller, 1, 2_000) == 1 { continue }
        return
      }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads until the server closes, or nothing more comes for `quiet` seconds: the first byte is
  /// waited for much longer, so that a busy machine is not taken for a silent server.
  func read(quiet: Double = 1) -> (text: String, isClosed: Bool) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var poller = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
      let milliseconds = bytes.isEmpty ? 30_000 : Int32(quiet * 1_000)
      guard poll(&poller, 1, milliseconds) == 1 else {
        return (String(decoding: bytes, as: UTF8.self), false)
      }
      let count = csys_recv(fd, &buffer, buffer.count)
      if count <= 0 { return (String(decoding: bytes, as: UTF8.self), true) }
      bytes += buffer[..<count]
    }
  }

  /// Reads so many bytes; false where there are not so many.
  func skip(_ wanted: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var read = 0
    while read < wanted {
      var poller = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, 10_000) == 1 else { return false }
      let count = csys_recv(fd, &buffer, buffer.count)
      if count <= 0 { return false }
      read += count
    }
    return true
  }

  /// Ends the connection by a reset.
  func reset() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    Glibc.close(fd)
  }

  /// Says that no more will be sent; answers can still be read.
  func endOutput() { shutdown(fd, Int32(SHUT_WR)) }

  func close() { Glibc.close(fd) }
}
