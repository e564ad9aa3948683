import CSystem
import Glibc
package import Reactor

/// One connection to a server, for a request and its response, or for several in turn.
///
/// Confined to its loop.
package final class ClientConnection: Source, @unchecked Sendable {
  private static let headBytesMax = 16 * 1_024
  private static let outputBytesMax = 256 * 1_024
  /// How long a response's body that nobody needs is read, so that the connection can be used
  /// again.
  private static let bodyGraceSeconds = 1.0

  private var socket: StreamSocket
  private let loop: EventLoop
  private let tls: TLSContext?
  private let limits: HTTPClient.Limits
  /// The proxy that the connection goes through; nil for none.
  private let proxy: HTTPProxy?
  /// The server that the proxy must open a tunnel to; nil where there is no tunnel to open, or it
  /// is open.
  private var tunnel: (host: String, port: Int)?

  private var isConnected = false
  /// Whether it was closed, so that nothing can be sent any more.
  package private(set) var isClosed = false

  // The request that is sent and answered now.
  private var request: OutboundRequest?
  private var received: (@Sendable ([UInt8]) -> Void)?
  private var staysOpen = false
  private var output: [UInt8] = []
  private var outputSent = 0
  private var input: [UInt8] = []
  private var response: OutboundResponse?
  private var decoder: BodyDecoder?
  private var endsAtClose = false
  private var bodyBytes = 0
  private var deadline: Timer?
  private var failure: OutboundError?
  private var isDone = true
  private var waiter: UnsafeContinuation<Void, Never>?
  private var drainWaiter: UnsafeContinuation<Void, Never>?

  init(
    to host: String, _ port: Int, at address: OutboundAddress, loop: EventLoop, tls: TLSContext?,
    limits: HTTPClient.Limits, proxy: HTTPProxy? = nil
  ) throws(OutboundError) {
    let fd = csys_connect(address.text, UInt16(clamping: proxy?.port ?? port))
    guard fd >= 0 else { throw .connectFailed(errno: -fd) }
    socket = StreamSocket(fd: fd)
    if let tls, proxy == nil {
      guard let session = tls.makeClientSession(fd: fd, host: host) else {
        Glibc.close(fd)
        throw .tlsFailed
      }
      socket.tls = session
    }
    self.loop = loop
    self.tls = tls
    self.limits = limits
    self.proxy = proxy
    if tls != nil, proxy != nil { tunnel = (host, port) }
    super.init()
    let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    loop.add(self, fd: socket.fd, events: events)
  }

  /// Sends a request and receives its response.
  ///
  /// Then the connection is closed, unless `staysOpen` is true and the server keeps it open, too.
  package func send(
    _ request: OutboundRequest, staysOpen: Bool = false,
    received: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws -> OutboundResponse {
    if isClosed { throw OutboundError.disconnected }
    (self.request, self.received, self.staysOpen) = (request, received, staysOpen)
    (output, outputSent) = (tunnelHead() + head(request), 0)
    (response, decoder, endsAtClose, bodyBytes) = (nil, nil, false, 0)
    isDone = false
    deadline = loop.schedule(after: .seconds(limits.seconds)) { [weak self] in
      self?.end(.timedOut)
    }
    if request.bodyStream != nil {
      Task.immediate(executorPreference: loop) { [self] in await sendStream() }
    }
    flush()
    if !isDone { await withUnsafeContinuation { waiter = $0 } }
    deadline?.cancel()
    if let failure { throw failure }
    guard let response else { throw OutboundError.malformedResponse }
    return response
  }

  /// Closes a connection that was kept open.
  package func close() {
    if isClosed { return }
    isClosed = true
    loop.remove(self, fd: socket.fd)
    Glibc.close(socket.fd)
  }

  /// The request to the proxy for a tunnel (RFC 9110, section 9.3.6); empty where none is needed.
  private func tunnelHead() -> [UInt8] {
    guard let tunnel else { return [] }
    let place = "\(tunnel.host):\(tunnel.port)"
    return Array("CONNECT \(place) HTTP/1.1\r\nHost: \(place)\r\n\(authorization)\r\n".utf8)
  }

  private var authorization: String {
    proxy?.authorization.map { "Proxy-Authorization: \($0)\r\n" } ?? ""
  }

  private func head(_ request: OutboundRequest) -> [UInt8] {
    let isDefaultPort = request.port == 443 || request.port == 80
    let place = "\(request.host)\(isDefaultPort ? "" : ":\(request.port)")"
    let isWhole = proxy != nil && tls == nil
    var text = "\(request.method) \(isWhole ? "http://\(place)" : "")\(request.target) HTTP/1.1\r\n"
    text += "Host: \(place)\r\n"
    if isWhole { text += authorization }
    if !staysOpen { text += "Connection: close\r\n" }
    if request.bodyStream != nil {
      text += "Transfer-Encoding: chunked\r\n"
    } else if !request.body.isEmpty || request.method != "GET" {
      text += "Content-Length: \(request.body.count)\r\n"
    }
    for (name, value) in request.headers { text += "\(name): \(value)\r\n" }
    return Array((text + "\r\n").utf8) + request.body
  }

  private func sendStream() async {
    guard let stream = request?.bodyStream else { return }
    do {
      while !isDone, let piece = try await stream() {
        if piece.isEmpty { continue }
        output.append(hexadecimal: piece.count)
        output.append("\r\n")
        output.append(contentsOf: piece)
        output.append("\r\n")
        flush()
        while !isDone && output.count - outputSent > Self.outputBytesMax {
          await withUnsafeContinuation { drainWaiter = $0 }
        }
      }
      output.append("0\r\n\r\n")
      flush()
    } catch {
      end(.disconnected)
    }
  }

  // MARK: Events

  package override func ready(_ events: UInt32) {
    if isDone { return idle() }
    if !isConnected {
      let error = csys_socket_error(socket.fd)
      if error != 0 { return end(.connectFailed(errno: -error)) }
      if events & EPOLLOUT.rawValue == 0 { return }
      isConnected = true
      // The address that the socket is connected to must be one that may be connected to.
      if limits.requiresGlobalAddress && OutboundAddress(socket.peerAddress)?.isGlobal != true {
        return end(.addressRefused)
      }
    }
    flush()
    receive()
    // A TLS handshake that has read may be able to write now. What came together with the response
    // is read now, because no further event announces it.
    if isDone { idle() } else { flush() }
  }

  /// Reads while no request is under way.
  ///
  /// Data that a server sends unasked ends the connection, because it could be taken for the next
  /// response.
  ///
  /// TLS has messages of its own, which are read here and are no data.
  private func idle() {
    if isClosed || !isConnected { return }
    var byte: UInt8 = 0
    let count = withUnsafeMutableBytes(of: &byte) { socket.read($0) }
    if count != -Int(EAGAIN) { close() }
  }

  private func flush() {
    guard isConnected, !isDone else { return }
    // Before the tunnel is open, only the request for it is sent.
    let sendable = tunnel == nil ? output.count : tunnelHead().count
    while outputSent < sendable {
      let count = output.withUnsafeBytes { bytes in
        socket.write(UnsafeRawBufferPointer(rebasing: bytes[outputSent..<sendable]))
      }
      if count == -Int(EAGAIN) { return }
      // The server may have sent a response before it stopped reading: that is read first.
      if count <= 0 { return socket.tls.map { $0.isVerified ? () : end(.tlsFailed) } ?? () }
      outputSent += count
    }
    if tunnel != nil { return }
    output.removeAll(keepingCapacity: true)
    outputSent = 0
    let waiting = drainWaiter
    drainWaiter = nil
    waiting?.resume()
  }

  private func receive() {
    var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
    while !isDone {
      let count = buffer.withUnsafeMutableBytes { socket.read($0) }
      if count == -Int(EAGAIN) { return }
      if count < 0, let session = socket.tls, !session.isVerified { return end(.tlsFailed) }
      if count <= 0 { return endOfInput() }
      input.append(contentsOf: buffer[..<count])
      if tunnel == nil { process() } else { enterTunnel() }
    }
  }

  /// Begins TLS once the proxy has opened the tunnel; any other response of the proxy ends the
  /// connection.
  private func enterTunnel() {
    guard let tunnel else { return }
    guard let headEnd = headEnd() else {
      if input.count > Self.headBytesMax { end(.malformedResponse) }
      return
    }
    guard let head = ResponseHead(Array(input[..<headEnd])) else { return end(.malformedResponse) }
    guard (200..<300).contains(head.status) else { return end(.proxyRefused(status: head.status)) }
    // The server does not speak before the TLS client does, so bytes after the head are an error.
    guard input.count == headEnd else { return end(.malformedResponse) }
    input.removeAll(keepingCapacity: true)
    guard let session = tls?.makeClientSession(fd: socket.fd, host: tunnel.host) else {
      return end(.tlsFailed)
    }
    socket.tls = session
    self.tunnel = nil
    flush()
  }

  private func endOfInput() {
    end(endsAtClose && response != nil ? nil : response == nil ? .disconnected : .malformedResponse)
  }

  private func process() {
    while response == nil {
      guard let end = headEnd() else {
        if input.count > Self.headBytesMax { self.end(.malformedResponse) }
        return
      }
      guard let head = ResponseHead(Array(input[..<end])) else {
        return self.end(.malformedResponse)
      }
      input.removeFirst(end)
      if (100..<200).contains(head.status) { continue }
      begin(head)
    }
    readBody()
  }

  private func headEnd() -> Int? {
    guard input.count >= 4 else { return nil }
    return (3..<min(input.count, Self.headBytesMax)).first { index in
      input[index] == 0x0A && input[index - 1] == 0x0D && input[index - 2] == 0x0A
        && input[index - 3] == 0x0D
    }.map { $0 + 1 }
  }

  private func begin(_ head: ResponseHead) {
    response = OutboundResponse(status: head.status, headers: head.headers, body: [])
    if request?.needsBody == false {
      deadline?.cancel()
      deadline = loop.schedule(after: .seconds(Self.bodyGraceSeconds)) { [weak self] in
        self?.end(.timedOut)
      }
    }
    guard let framing = head.framing(isHead: request?.method == "HEAD") else {
      return end(.malformedResponse)
    }
    switch framing {
    case .untilClose: endsAtClose = true
    case .body(let framing):
      if case .length(let length) = framing, received == nil, length > limits.responseBytesMax {
        return end(.responseTooLarge)
      }
      decoder = BodyDecoder(framing, bytesMax: Int.max / 2)
    }
  }

  private func readBody() {
    if isDone { return }
    var piece: [UInt8] = []
    if endsAtClose {
      swap(&piece, &input)
    } else {
      do {
        let used = try input.withUnsafeBytes { try decoder?.decode($0, into: &piece) ?? 0 }
        input.removeFirst(used)
      } catch { return end(.malformedResponse) }
    }
    bodyBytes += piece.count
    if let received {
      if !piece.isEmpty { received(piece) }
    } else {
      if bodyBytes > limits.responseBytesMax { return end(.responseTooLarge) }
      response?.body.append(contentsOf: piece)
    }
    if decoder?.isDone == true { end(nil) }
  }

  private func end(_ failure: OutboundError?) {
    if isDone { return }
    isDone = true
    let isAnswered = request?.needsBody == false && response != nil
    self.failure = isAnswered ? nil : failure
    let isReusable =
      staysOpen && failure == nil && !endsAtClose && input.isEmpty
      && outputSent == output.count
      && response?.header("connection")?.lowercased().contains("close") != true
    if !isReusable { close() }
    for waiting in [waiter, drainWaiter] { waiting?.resume() }
    (waiter, drainWaiter) = (nil, nil)
  }
}

/// The head of a response.
struct ResponseHead {
  enum Framing {
    case body(RequestParser.Framing)
    case untilClose
  }

  let status: Int
  let headers: [(name: String, value: String)]

  /// Parses a head; nil for anything but HTTP/1.x.
  init?(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let lines = text.split(separator: "\r\n")
    guard let first = lines.first, first.hasPrefix("HTTP/1."), first.utf8.count >= 12,
      let status = Int(first.dropFirst(9).prefix(3)), (100..<600).contains(status)
    else { return nil }
    self.status = status
    var headers: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), headers.count < 100,
        line[..<colon].utf8.allSatisfy(isToken)
      else { return nil }
      var value = line[line.index(after: colon)...]
      while value.first == " " || value.first == "\t" { value.removeFirst() }
      while value.last == " " || value.last == "\t" { value.removeLast() }
      headers.append((line[..<colon].lowercased(), String(value)))
    }
    self.headers = headers
  }

  /// How the body ends (RFC 9112 section 6.3); nil where two rules contradict each other.
  func framing(isHead: Bool) -> Framing? {
    if isHead || status == 204 || status == 304 { return .body(.none) }
    let codings = headers.filter { $0.name == "transfer-encoding" }
    let lengths = headers.filter { $0.name == "content-length" }
    if !codings.isEmpty {
      guard codings.count == 1, lengths.isEmpty, codings[0].value.lowercased() == "chunked" else {
        return nil
      }
      return .body(.chunked)
    }
    if lengths.isEmpty { return .untilClose }
    guard lengths.count == 1, let length = Int(lengths[0].value), length >= 0,
      lengths[0].value.utf8.allSatisfy(isDigit)
    else { return nil }
    return .body(.length(length))
  }
}
