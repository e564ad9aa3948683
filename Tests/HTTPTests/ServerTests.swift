import Foundation
import Glibc
import HTTP
import Reactor
import TenureTesting
import Testing

@Suite(.onOwnThreads) struct ServerTests {
  private let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

  @Test func `requests sent together are answered in their order`() async throws {
    let fixture = try await ServerFixture()
    let answer = fixture.exchange(
      "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        + "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;a=b\r\nf\r\n0\r\n\r\n"
    )
    let places = ["GET /slow", "POST /b abc", "POST /c def"].map {
      answer.range(of: $0)?.lowerBound
    }
    #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    await fixture.stop()
  }

  @Test func `a request may arrive byte by byte`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    for byte in "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".utf8 {
      socket.send([byte])
      usleep(200)
    }
    #expect(socket.read().text.hasSuffix("POST /b abc"))
    socket.close()
    await fixture.stop()
  }

  @Test(arguments: [
    ("GET /a HTTP/1.1\r\n\r\n", 400), ("GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
    ("GET /a HTTP/1.1\nHost: x\n\n", 400), ("GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("GET /a HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", 400),
    ("GET /a HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    ("GET /a HTTP/1.1\r\nHost: x\r\n b: c\r\n\r\n", 400),
    ("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("GET /a HTTP/1.1\r\nHost: x\u{0}\r\n\r\n", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n", 417),
    ("\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n", 413),
    ("GET /\(String(repeating: "a", count: 8_200)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("GET /a HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: 16_400))\r\n\r\n", 431),
    ("GET /a HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 101))\r\n", 431),
  ]) func `what could be read in two ways is refused, and the connection closed`(
    request: String, status: Int
  ) async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    // A second request behind the refused one must never be answered.
    socket.send(request + get)
    let (text, isClosed) = socket.read(quiet: 1.5)
    #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(60))")
    #expect(isClosed && !text.contains("GET /a "))
    socket.close()
    await fixture.stop()
  }

  @Test func `one empty line before a request is passed over`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    for request in [get, "\r\n\(get)", "GET http://y:80/a HTTP/1.1\r\nHost: x\r\n\r\n"] {
      socket.send(request)
      #expect(socket.read(quiet: 0.3).text.hasSuffix("GET /a "))
    }
    socket.close()
    await fixture.stop()
  }

  @Test func `the longest request line the RFC asks for is accepted`() async throws {
    let fixture = try await ServerFixture()
    let path = "/" + String(repeating: "a", count: 7_980)
    #expect(fixture.exchange("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    await fixture.stop()
  }

  @Test func `a body is asked for only when it will be read`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    #expect(socket.read(quiet: 0.5).text == "HTTP/1.1 100 Continue\r\n\r\n")
    socket.send("abc")
    #expect(socket.read(quiet: 0.5).text.hasSuffix("POST /b abc"))
    socket.close()
    let refused = fixture.exchange(
      "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\nExpect: 100-continue\r\n\r\n",
      quiet: 1.5)
    #expect(refused.hasPrefix("HTTP/1.1 413 "))
    let unknown = fixture.exchange(
      "POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
      quiet: 1.5)
    #expect(unknown.hasPrefix("HTTP/1.1 401 ") && unknown.contains("Connection: close\r\n"))
    await fixture.stop()
  }

  @Test func `HEAD has the headers of GET and no body`() async throws {
    let fixture = try await ServerFixture()
    let answer = fixture.exchange("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(answer.contains("Content-Length: 8\r\n") && answer.hasSuffix("\r\n\r\n"))
    await fixture.stop()
  }

  @Test func `slow heads and bodies are given up`() async throws {
    var limits = ServerLimits()
    limits.headSeconds = 1
    limits.graceSeconds = 1
    limits.idleSeconds = 1
    let fixture = try await ServerFixture(limits: limits)
    let (head, body, idle) = (fixture.connect(), fixture.connect(), fixture.connect())
    head.send("GET /a HTTP/1.1\r\nHo")
    body.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nabc")
    idle.send(get)
    #expect(head.read(quiet: 4).text.hasPrefix("HTTP/1.1 408 "))
    #expect(body.read(quiet: 4).text.hasPrefix("HTTP/1.1 408 "))
    let (text, isClosed) = idle.read(quiet: 4)
    #expect(text.hasPrefix("HTTP/1.1 200 ") && isClosed)
    for socket in [head, body, idle] { socket.close() }
    await fixture.stop()
  }

  @Test func `large answers and bodies pass with bounded memory`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(socket.read().text.utf8.count > 3_000_000)
    socket.send("GET /chunks HTTP/1.1\r\nHost: x\r\n\r\n")
    // One more y than was written stands in Content-Type.
    let chunks = socket.read().text
    #expect(chunks.hasSuffix("0\r\n\r\n") && chunks.count { $0 == "y" } == 2_000_001)
    socket.send("POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
    for _ in 0..<50 { socket.send([UInt8](repeating: 0x7A, count: 100_000)) }
    #expect(socket.read().text.hasSuffix("5000000"))
    socket.close()
    await fixture.stop()
  }

  /// The end is there already when the last bytes are read, and no event says so again.
  @Test(arguments: [300_000, 400_000, 1_000_000])
  func `a sender that goes away while its body waits is noticed`(sent: Int) async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("POST /late/stream HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
    socket.send([UInt8](repeating: 0x7A, count: sent))
    socket.close()
    #expect(
      try await eventually {
        try await fixture.loop.run { fixture.service.interruptions == 1 }
      })
    await fixture.stop()
  }

  @Test(arguments: ["/a", "/slow", "/chunks", "/big"])
  func `who ends their side after the request still gets the answer`(path: String) async throws {
    let fixture = try await ServerFixture()
    func answer(pausing: UInt32) -> (text: String, isClosed: Bool) {
      let socket = fixture.connect()
      defer { socket.close() }
      socket.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
      usleep(pausing)
      socket.endOutput()
      return socket.read(quiet: 2)
    }
    let whole = fixture.exchange("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
    // The end comes with the request, or while it is answered.
    for pause in [0, 50_000] as [UInt32] {
      let found = answer(pausing: pause)
      #expect(found.isClosed)
      #expect(found.text.utf8.count >= whole.utf8.count, "\(pause): \(found.text.prefix(200))")
    }
    await fixture.stop()
  }

  @Test func `beyond its limit the server says so`() async throws {
    var limits = ServerLimits()
    limits.requestsInFlightMax = 2
    let fixture = try await ServerFixture(limits: limits)
    let sockets = (0..<3).map { _ in fixture.connect() }
    let held = "GET /held HTTP/1.1\r\nHost: x\r\n\r\n"
    for socket in sockets[..<2] { socket.send(held) }
    try await fixture.waitForHeld(2)
    sockets[2].send(held)
    let refused = sockets[2].read().text
    try await fixture.loop.run { fixture.service.letsGo = true }
    let answers = sockets[..<2].map { $0.read().text } + [refused]
    #expect(answers.count { $0.hasPrefix("HTTP/1.1 200 ") } == 2)
    #expect(
      answers.count { $0.hasPrefix("HTTP/1.1 503 ") && $0.contains("Retry-After: 1\r\n") } == 1)
    sockets.forEach { $0.close() }
    await fixture.stop()
  }

  @Test func `who sends on after the refusal can still read it`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
    // It reads nothing before it has sent everything.
    for _ in 0..<200 { socket.send([UInt8](repeating: 0x7A, count: 100_000)) }
    let (text, isClosed) = socket.read(quiet: 4)
    #expect(text.hasPrefix("HTTP/1.1 413 ") && isClosed, "\(text)")
    socket.close()
    await fixture.stop()
  }

  @Test func `draining finishes what was begun and closes what is idle`() async throws {
    let fixture = try await ServerFixture()
    let (idle, busy) = (fixture.connect(), fixture.connect())
    idle.send(get)
    _ = idle.read(quiet: 0.5)
    busy.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
    try await fixture.waitForHeld(1)
    let server = fixture.server
    try await fixture.loop.run { server.drain() }
    #expect(idle.read(quiet: 4).isClosed)
    try await fixture.loop.run { fixture.service.letsGo = true }
    let (text, isClosed) = busy.read(quiet: 4)
    #expect(
      text.hasPrefix("HTTP/1.1 200 ") && text.contains("Connection: close\r\n") && isClosed,
      "\(text) \(isClosed)")
    await fixture.stop()
  }

  @Test func `what was begun when draining began is finished`() async throws {
    let fixture = try await ServerFixture()
    let (head, body) = (fixture.connect(), fixture.connect())
    head.send("GET /a HTTP/1.1\r\nHo")
    body.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    // Each has arrived when an answer behind it has.
    _ = fixture.exchange(get)
    let server = fixture.server
    try await fixture.loop.run { server.drain() }
    head.send("st: x\r\n\r\n")
    body.send("cd")
    for (socket, end) in [(head, "GET /a "), (body, "POST /a abcd")] {
      let (text, isClosed) = socket.read(quiet: 4)
      #expect(text.hasPrefix("HTTP/1.1 200 ") && text.hasSuffix(end) && isClosed, "\(text)")
      #expect(text.contains("Connection: close\r\n"))
      socket.close()
    }
    await fixture.stop()
  }

  @Test func `who is connected when the listener closes is answered, and nobody after`()
    async throws
  {
    let fixture = try await ServerFixture()
    let server = fixture.server
    try await fixture.loop.run { server.announceEnd() }
    let last = fixture.exchange(get)
    #expect(last.hasPrefix("HTTP/1.1 200 ") && last.contains("Connection: close\r\n"))
    // They wait in the kernel: the loop does not accept them before it closes the listener.
    let waiting = try await fixture.loop.run {
      let sockets = Sockets(all: (0..<20).map { _ in fixture.connect() })
      await fixture.stopAccepting()
      server.drain()
      return sockets
    }
    // At once: who has just been accepted is given a moment, and no more.
    for socket in waiting.all { socket.send(get) }
    for socket in waiting.all {
      #expect(socket.read(quiet: 4).text.hasPrefix("HTTP/1.1 200 "))
      socket.close()
    }
    #expect(fixture.exchange(get).isEmpty)
    await fixture.stop()
  }

  private struct Sockets: @unchecked Sendable { let all: [RawSocket] }

  @Test func `answers that nobody reads stop the reading`() async throws {
    let fixture = try await ServerFixture()
    let server = fixture.server
    let sockets = (0..<4).map { _ in fixture.connect() }
    let many = Array(String(repeating: "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", count: 1_000).utf8)
    for socket in sockets { socket.send(many) }
    // All that it will answer of those without a reader: no more than one body each.
    _ = fixture.exchange(get)
    let waiting = try await fixture.loop.run { server.outputBytes }
    #expect(waiting <= 4 * 3_100_000, "\(waiting)")
    // Who reads goes on, and gets every answer.
    #expect(sockets[0].skip(30_000_000))
    for socket in sockets { socket.close() }
    await fixture.stop()
  }

  @Test func `who has not read for longest goes first when memory is short`() async throws {
    var limits = ServerLimits()
    limits.outputBytesMax = 10_000_000
    let fixture = try await ServerFixture(limits: limits)
    let server = fixture.server
    let sockets = (0..<5).map { _ in fixture.connect() }
    for socket in sockets {
      socket.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
      // It has been answered when the next one has.
      _ = fixture.exchange(get)
    }
    #expect(try await fixture.loop.run { server.outputBytes } <= 10_000_000)
    #expect(!sockets[0].skip(3_000_000), "the first was cut off")
    #expect(sockets[4].skip(3_000_000), "the last was not")
    for socket in sockets { socket.close() }
    await fixture.stop()
  }

  @Test func `an answer whose reader is gone ends`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("GET /late/chunks HTTP/1.1\r\nHost: x\r\n\r\n")
    try await fixture.waitForHeld(1)
    socket.reset()
    try await fixture.loop.run { fixture.service.letsGo = true }
    let server = fixture.server
    #expect(
      try await eventually {
        try await fixture.loop.run {
          server.requestsInFlight == 0 && server.connectionCount == 0 && server.outputBytes == 0
        }
      })
    await fixture.stop()
  }

  @Test func `a reader below the least rate is given up`() async throws {
    var limits = ServerLimits()
    limits.graceSeconds = 1
    limits.readBytesPerSecondMin = 1_000_000_000
    let fixture = try await ServerFixture(limits: limits)
    let socket = fixture.connect()
    socket.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    let server = fixture.server
    #expect(
      try await eventually { try await fixture.loop.run { server.connectionCount == 0 } })
    socket.close()
    await fixture.stop()
  }

  @Test func `a client of HTTP 1.0 reads up to the end, and gets no chunks`() async throws {
    let fixture = try await ServerFixture()
    for keep in ["", "Connection: keep-alive\r\n"] {
      let answer = fixture.exchange("GET /chunks HTTP/1.0\r\nHost: x\r\n\(keep)\r\n")
      let (head, body) = Self.parts(answer)
      #expect(!head.contains("Transfer-Encoding") && head.contains("Connection: close"), "\(head)")
      #expect(body.utf8.count == 2_000_000 && body.allSatisfy { $0 == "y" })
    }
    await fixture.stop()
  }

  @Test func `a refusal after a HEAD has the body that it announces`() async throws {
    let fixture = try await ServerFixture()
    let socket = fixture.connect()
    socket.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = socket.read(quiet: 0.3)
    socket.send("BROKEN\r\n\r\n")
    let (head, body) = Self.parts(socket.read(quiet: 4).text)
    #expect(head.hasPrefix("HTTP/1.1 400 ") && head.contains("Content-Length: \(body.utf8.count)"))
    #expect(!body.isEmpty)
    socket.close()
    await fixture.stop()
  }

  @Test(arguments: [("zz\r\n", 400), ("FFFFFFF\r\n", 413)])
  func `what is wrong with a streamed body is said`(chunk: String, status: Int) async throws {
    let fixture = try await ServerFixture()
    let answer = fixture.exchange(
      "POST /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n\(chunk)")
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    await fixture.stop()
  }

  private static func parts(_ answer: String) -> (head: String, body: String) {
    guard let end = answer.range(of: "\r\n\r\n") else { return (answer, "") }
    return (String(answer[..<end.lowerBound]), String(answer[end.upperBound...]))
  }
}
