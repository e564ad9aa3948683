import CSystem
import Glibc
import Reactor

/// One connection of a client: reads requests, passes them to the service one by one, and writes
/// the responses.
///
/// `pump` drives it. It loops until it needs bytes that have not arrived, or a response that is not
/// ready. A handler that returns at once continues in the same loop; one that was suspended calls
/// `pump` when it is done. All responses of a turn are sent by one `send` at its end.
final class ServerConnection: Source, @unchecked Sendable {
  private enum Phase {
    case head
    case body
    case handling
    /// The last response is being sent, and what still arrives is dropped.
    case lingering
    case closed
  }

  /// With more bytes that the client has not read, nothing more of it is read or answered.
  private static let outputBytesMax = 256 * 1_024
  /// How many requests of one connection are answered in one turn of the loop.
  private static let answersPerTurnMax = 32
  private static let refusalDelay = Duration.milliseconds(250)
  /// After this time without a byte, the buffers of a connection are freed.
  private static let slimNanoseconds: UInt64 = 1_000_000_000

  private let socket: StreamSocket
  private let server: HTTPServer
  private let openedAt: UInt64

  private var phase = Phase.head
  private var input = InputBuffer()
  private var output = OutputQueue()
  /// What the server counts of the output's memory.
  private var countedMemory = 0
  private var parser = RequestParser()
  private var request: HTTPRequest?
  private var decoder: BodyDecoder?
  private var bodyStream: BodyStream?
  private var drainWaiter: UnsafeContinuation<Void, Never>?

  private var isReadable = true
  /// The peer has ended its side; the socket may still have bytes before that, and no event
  /// announces the end again.
  private var isPeerDone = false
  private var isPumping = false
  /// Whether `pump` stopped although there was more to do, and is called again.
  private var isContinuing = false
  private var answersThisTurn = 0
  private var isEndOfInput = false
  private var mustClose = false
  private var isOutputShut = false
  private var phaseStarted: UInt64
  private var requestsServed = 0
  private var bodyBytes = 0
  private var lingering = Lingering()

  init(fd: Int32, server: HTTPServer, tls: TLSSession?) {
    socket = StreamSocket(fd: fd, tls: tls)
    self.server = server
    openedAt = server.loop.now
    phaseStarted = server.loop.now
    super.init()
  }

  func start() {
    let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    server.loop.add(self, fd: socket.fd, events: events)
    pump()
  }

  override func ready(_ events: UInt32) {
    if events & ~EPOLLOUT.rawValue != 0 { isReadable = true }
    if events & ~(EPOLLIN.rawValue | EPOLLOUT.rawValue) != 0 { isPeerDone = true }
    beginTurn()
    if !output.isEmpty { flush() }
    pump()
  }

  override func turnEnded() { flush() }

  /// Whether so many answers wait for the client to read them that no further one is made.
  private var isClogged: Bool { phase != .closed && output.count > Self.outputBytesMax }

  // MARK: The loop

  private func pump() {
    if isPumping { return }
    isPumping = true
    defer { isPumping = false }
    while !isClogged {
      let advanced: Bool
      switch phase {
      case .head:
        if answersThisTurn >= Self.answersPerTurnMax { return goOn() }
        advanced = readHead()
      case .body: advanced = readBody()
      case .handling: advanced = feedStream()
      case .lingering:
        if lingering.mustPause { return goOn() }
        advanced = drop()
      case .closed: return
      }
      if !advanced && !receive() { return }
    }
  }

  /// Calls `pump` again in the loop's next turn, after others have had theirs.
  private func goOn() {
    if isContinuing { return }
    isContinuing = true
    server.loop.schedule(after: .zero) { [self] in
      isContinuing = false
      beginTurn()
      pump()
    }
  }

  private func beginTurn() {
    answersThisTurn = 0
    lingering.beginTurn()
  }

  /// Reads what the socket has; false where it has nothing, or nothing can be used now.
  private func receive() -> Bool {
    guard isReadable, phase != .closed, !input.isFull else { return false }
    if phase == .handling && decoder == nil { return false }
    if let bodyStream, bodyStream.isFull { return false }
    let space = input.space()
    let count = socket.read(space)
    if count > 0 {
      if phase == .head && input.isEmpty { phaseStarted = server.loop.now }
      input.received(count)
      if socket.tls == nil && count < space.count && !isPeerDone { isReadable = false }
      return true
    }
    isReadable = false
    if count != -Int(EAGAIN) { endOfInput() }
    return false
  }

  /// Handles the end of the peer's side: an unfinished request will never be complete.
  private func endOfInput() {
    isEndOfInput = true
    mustClose = true
    bodyStream?.interrupt()
    if phase == .handling { return }
    if output.isEmpty { return closeNow() }
    // The peer has ended its side only, and still reads the response.
    phase = .lingering
    flush()
  }

  // MARK: Requests

  private func readHead() -> Bool {
    if input.isEmpty || mustClose { return false }
    let request = self.request ?? HTTPRequest()
    if self.request == nil {
      self.request = request
      request.isSecure = socket.tls != nil
      request.peer = socket.peerAddress
    }
    switch parser.parse(input.bytes, into: request) {
    case .incomplete: return false
    case .refused(let status, let reason):
      refuse(status, reason)
      return true
    case .complete(let count):
      request.head.append(contentsOf: input.bytes[..<count])
      input.consume(count)
      headComplete(request)
      return true
    }
  }

  private func headComplete(_ request: HTTPRequest) {
    let bytesMax: Int
    switch server.service.bodyPolicy(for: request) {
    case .buffered(let max): bytesMax = max
    case .streamed(let max):
      bytesMax = max
      let loop = server.loop
      bodyStream = BodyStream(
        wantsMore: { [weak self] in self?.pump() }, giveWay: { await loop.sleep(for: .zero) })
    }
    if case .length(let length) = parser.framing, length > bytesMax {
      return refuse(413, "the body is too large")
    }
    let decoder = BodyDecoder(parser.framing, bytesMax: bytesMax)
    if parser.expectsContinue && parser.framing != .none && request.isVersion11 {
      askForBody(of: request, decoder)
    } else {
      beginBody(of: request, decoder)
    }
  }

  /// Asks for the body where the head alone is no reason to refuse the request.
  private func askForBody(of request: HTTPRequest, _ decoder: BodyDecoder) {
    phase = .handling
    Task.immediate(executorPreference: server.loop) { [self] in
      let refusal = await server.service.refusal(ofHead: request)
      if phase == .closed { return }
      if let refusal {
        // The client may send the body all the same: this is the connection's last answer.
        mustClose = true
        send(refusal, for: request)
      } else {
        output.begin(at: server.loop.now)
        output.tail.append("HTTP/1.1 100 Continue\r\n\r\n")
        server.loop.atTurnEnd(self)
        beginBody(of: request, decoder)
      }
      pump()
    }
  }

  private func beginBody(of request: HTTPRequest, _ decoder: BodyDecoder) {
    self.decoder = decoder
    phaseStarted = server.loop.now
    bodyBytes = 0
    if let bodyStream {
      request.bodyStream = bodyStream
      dispatch(request)
    } else {
      phase = .body
    }
  }

  private func readBody() -> Bool {
    guard let request else { return false }
    // The array is taken out of the request while it grows, because a refusal in `decode` resets
    // the request.
    var body: [UInt8] = []
    swap(&body, &request.body)
    guard decode(into: &body) else { return true }
    swap(&body, &request.body)
    if decoder?.isDone == true {
      decoder = nil
      dispatch(request)
      return true
    }
    return false
  }

  private func feedStream() -> Bool {
    guard let stream = bodyStream, decoder != nil, !stream.isFull else { return false }
    var piece: [UInt8] = []
    guard decode(into: &piece) else { return true }
    if !piece.isEmpty { stream.receive(piece) }
    if decoder?.isDone == true {
      decoder = nil
      stream.end()
    }
    return !piece.isEmpty
  }

  /// Decodes what has arrived; false where the body was refused.
  private func decode(into body: inout [UInt8]) -> Bool {
    do throws(BodyDecoder.Refusal) {
      guard let used = try decoder?.decode(input.bytes, into: &body) else { return true }
      bodyBytes += used
      input.consume(used)
      return true
    } catch {
      bodyStream?.interrupt(error)
      if phase == .handling {
        // The stream tells the handler; its response will be the last one.
        decoder = nil
        mustClose = true
      } else {
        refuse(error.status, error.reason)
      }
      return false
    }
  }

  private func dispatch(_ request: HTTPRequest) {
    phase = .handling
    answersThisTurn += 1
    guard server.requestsInFlight < server.limits.requestsInFlightMax else {
      var response = server.service.refusal(status: 503, reason: "the server is at its limit")
      response.headers.append(("Retry-After", "1"))
      // Not at once: who is refused comes back at once, and refusing would be all that is done.
      server.loop.schedule(after: Self.refusalDelay) { [self] in
        send(response, for: request)
        pump()
      }
      return
    }
    server.requestStarted()
    // The request's bytes are out of the buffer already, and `isPumping` prevents `pump` from
    // running within itself: the handler may run to its end inside this call.
    Task.immediate(executorPreference: server.loop) { [self] in
      let response = await server.service.respond(to: request)
      if let stream = response.stream, request.method != .head {
        await sendStreamed(response, stream, for: request)
      } else {
        send(response, for: request)
      }
      server.requestEnded()
      pump()
    }
  }

  // MARK: Answers

  /// Responds to a message that never became a request, and closes the connection.
  private func refuse(_ status: Int, _ reason: StaticString) {
    mustClose = true
    send(server.service.refusal(status: status, reason: reason), for: request ?? HTTPRequest())
  }

  private func send(_ response: HTTPResponse, for request: HTTPRequest) {
    if phase == .closed { return }
    beginAnswer(response)
    if request.method != .head && response.status != 204 && response.status != 304 {
      output.append(body: response.body, isStatic: response.isStatic)
    }
    endAnswer()
  }

  private func sendStreamed(
    _ response: HTTPResponse, _ stream: @Sendable (BodyWriter) async throws -> Void,
    for request: HTTPRequest
  ) async {
    if phase == .closed { return }
    beginAnswer(response)
    do {
      try await stream(BodyWriter(self))
      if isChunked { output.tail.append("0\r\n\r\n") }
      endAnswer()
    } catch {
      // After the status was sent, a cut stream is the only way to show a failure.
      closeNow()
    }
  }

  func writeChunk(_ bytes: [UInt8]) async throws {
    if phase == .closed { throw BodyWriter.Disconnected() }
    if bytes.isEmpty { return }
    output.begin(at: server.loop.now)
    if isChunked {
      output.tail.append(hexadecimal: bytes.count)
      output.tail.append("\r\n")
    }
    output.append(body: bytes, isStatic: false)
    if isChunked { output.tail.append("\r\n") }
    flush()
    while isClogged { await withUnsafeContinuation { drainWaiter = $0 } }
    if phase == .closed { throw BodyWriter.Disconnected() }
  }

  private func beginAnswer(_ response: HTTPResponse) {
    requestsServed += 1
    let age = (server.loop.now - openedAt) / 1_000_000_000
    if parser.wantsClose || response.closesConnection || server.isEnding || decoder != nil
      || (response.stream != nil && !isChunked)
      || requestsServed >= server.limits.requestsPerConnectionMax
      || age >= server.limits.connectionSeconds
    {
      mustClose = true
    }
    output.begin(at: server.loop.now)
    response.writeHead(
      into: &output.tail, date: server.date, close: mustClose, isChunked: isChunked)
  }

  /// Whether a body of unknown length comes in chunks: a client of HTTP/1.0 knows none (RFC 9112
  /// section 6.1), and reads up to the end of the connection.
  private var isChunked: Bool { request?.isVersion11 ?? true }

  private func endAnswer() {
    server.loop.atTurnEnd(self)
    countMemory()
    decoder = nil
    bodyStream = nil
    parser = RequestParser()
    phaseStarted = server.loop.now
    phase = mustClose ? .lingering : .head
    request?.reset()
  }

  private func flush() {
    if phase == .closed { return }
    let wasClogged = isClogged
    let result = output.send(at: server.loop.now, socket.write)
    if result <= 0 && result != -Int(EAGAIN) { return closeNow() }
    countMemory()
    if !isClogged {
      resumeDrainWaiter()
      if wasClogged { goOn() }
    }
    if output.isEmpty && phase == .lingering { shutOutput() }
  }

  /// Has the server know how much memory waits for this client.
  private func countMemory() {
    let memory = phase == .closed || output.isEmpty ? 0 : output.memory
    let difference = memory - countedMemory
    countedMemory = memory
    if difference != 0 { server.outputMemoryChanged(by: difference) }
  }

  /// The memory that its unread answers take, and since when it has taken nothing.
  var waiting: (memory: Int, since: UInt64) { (countedMemory, output.takenAt) }

  // MARK: Ending

  private func shutOutput() {
    if isOutputShut { return }
    isOutputShut = true
    socket.endOutput()
    if isEndOfInput { closeNow() }
  }

  private func drop() -> Bool {
    lingering.drop(input.bytes.count, at: server.loop.now)
    input.consume(input.bytes.count)
    if lingering.isTooMuch { closeNow() }
    return lingering.isTooMuch
  }

  func closeNow() {
    if phase == .closed { return }
    phase = .closed
    countMemory()
    bodyStream?.interrupt()
    server.loop.remove(self, fd: socket.fd)
    close(socket.fd)
    resumeDrainWaiter()
    server.closed(self)
  }

  /// Closes it where nothing of a request has arrived; one that was just accepted gets a moment in
  /// which its first request can come.
  func closeIfIdle() {
    // What has arrived is not seen before it is read.
    isReadable = true
    pump()
    let isNew =
      requestsServed == 0 && server.loop.now - openedAt < Lingering.quietNanosecondsMax
    if phase == .head && input.isEmpty && output.isEmpty && !isNew { closeNow() }
  }

  private func resumeDrainWaiter() {
    let waiter = drainWaiter
    drainWaiter = nil
    waiter?.resume()
  }

  // MARK: Deadlines

  func checkDeadlines(now: UInt64) {
    let limits = server.limits
    let age = now - phaseStarted
    let seconds = age / 1_000_000_000
    let life = (now - openedAt) / 1_000_000_000
    // Answers end a connection that is old; one that has none is ended here, and one with an answer
    // without end after the same time again.
    if life >= limits.connectionSeconds * 2 { return closeNow() }
    if !output.isEmpty {
      if output.isGivenUp(at: now, limits) { closeNow() }
      return
    }
    if server.isDraining { closeIfIdle() }
    switch phase {
    case .head where input.isEmpty:
      let isHandshaking = socket.tls != nil && requestsServed == 0
      let isOld = life >= limits.connectionSeconds
      if isOld || seconds >= (isHandshaking ? limits.headSeconds : limits.idleSeconds) {
        closeNow()
      } else if age >= Self.slimNanoseconds {
        slim()
      }
    case .head where seconds >= limits.headSeconds:
      refuse(408, "the request did not arrive in time")
    case .body where isBodySlow(seconds): refuse(408, "the body arrives too slowly")
    case .handling where decoder != nil && bodyStream?.isFull == false && isBodySlow(seconds):
      mustClose = true
      decoder = nil
      bodyStream?.interrupt()
    case .lingering where lingering.isOver(at: now, since: phaseStarted): closeNow()
    case .head, .body, .handling, .lingering, .closed: break
    }
  }

  private func isBodySlow(_ seconds: UInt64) -> Bool {
    server.limits.isSlow(bodyBytes, in: seconds, least: server.limits.bodyBytesPerSecondMin)
  }

  private func slim() {
    input.releaseIfEmpty()
    output.release()
    request = nil
  }
}
