import CSystem
import Glibc
package import Reactor

/// How the body of a request is read, which is decided when its head is complete.
package enum BodyPolicy: Sendable {
  /// The whole body is read before the handler starts; a larger one is refused with 413.
  case buffered(bytesMax: Int)
  /// The body is handed over as it arrives.
  case streamed(bytesMax: Int)
}

/// What the server needs from the service.
///
/// All functions are called on the connection's loop.
package protocol HTTPService: AnyObject, Sendable {
  func bodyPolicy(for request: HTTPRequest) -> BodyPolicy
  /// The response to a request whose body the client sends only when it is asked to (RFC 9110
  /// section 10.1.1), where the head alone says that it will not be taken; otherwise nil.
  func refusal(ofHead request: HTTPRequest) async -> HTTPResponse?
  func respond(to request: HTTPRequest) async -> HTTPResponse
  /// The response to a message that was refused before it was a request.
  func refusal(status: Int, reason: StaticString) -> HTTPResponse
}

extension HTTPService {
  package func refusal(ofHead request: HTTPRequest) async -> HTTPResponse? { nil }
}

/// Limits of the server; what they count, they count per loop.
package struct ServerLimits: Sendable {
  package var connectionsMax = 10_000
  /// The most handlers at once; further requests get 503 with `Retry-After`.
  package var requestsInFlightMax = 4_096
  package var headSeconds: UInt64 = 10
  package var idleSeconds: UInt64 = 75
  /// After this time bodies and answers must move at their least rate.
  package var graceSeconds: UInt64 = 5
  package var bodyBytesPerSecondMin: UInt64 = 256
  package var writeStallSeconds: UInt64 = 30
  /// How fast a client must read its answers.
  package var readBytesPerSecondMin: UInt64 = 1_024
  /// How much memory answers may take that wait for their readers; then those who have waited
  /// longest lose their connections.
  package var outputBytesMax = 48 * 1_024 * 1_024
  package var requestsPerConnectionMax = 1_000
  /// A connection is closed after its next answer from then on; after the same time again at once.
  package var connectionSeconds: UInt64 = 3_600
  package init() {}

  /// Whether so many bytes in these seconds are fewer than `least` a second after the grace.
  func isSlow(_ bytes: Int, in seconds: UInt64, least: UInt64) -> Bool {
    seconds > graceSeconds && UInt64(bytes) < (seconds - graceSeconds) * least
  }
}

/// The HTTP/1.1 server of one loop: its connections and their deadlines.
package final class HTTPServer: @unchecked Sendable {
  /// How often deadlines are checked, which is their precision.
  private static let tick = Duration.milliseconds(250)

  package let loop: EventLoop
  let service: any HTTPService
  let limits: ServerLimits
  /// Whether every answer is the last of its connection.
  private(set) var isEnding = false
  private(set) var isDraining = false
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  /// The memory of all answers that wait for their readers.
  package private(set) var outputBytes = 0
  private var isRelieving = false
  package private(set) var requestsInFlight = 0
  private(set) var date: [UInt8] = []
  private var dateSecond: Int = 0

  package init(loop: EventLoop, service: any HTTPService, limits: ServerLimits = ServerLimits()) {
    self.loop = loop
    self.service = service
    self.limits = limits
  }

  /// Begins to check deadlines.
  ///
  /// Call it on the loop.
  package func start() {
    refreshDate()
    scheduleTick()
  }

  package var connectionCount: Int { connections.count }

  /// Serves an accepted descriptor, encrypted by `tls` unless that is nil.
  ///
  /// Call it on the loop.
  package func accept(_ fd: Int32, tls: TLSContext?) {
    if connections.count >= limits.connectionsMax || isDraining {
      close(fd)
      return
    }
    let session = tls?.makeServerSession(fd: fd)
    if tls != nil && session == nil {
      // Without a session there would be no encryption.
      close(fd)
      return
    }
    let connection = ServerConnection(fd: fd, server: self, tls: session)
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
  }

  /// Has every answer from now on say `Connection: close`, so that clients go elsewhere while they
  /// are still served.
  ///
  /// Call it on the loop.
  package func announceEnd() { isEnding = true }

  /// Stops serving: nobody is accepted any more, idle connections are closed, and what has begun to
  /// arrive is still answered.
  ///
  /// Call it on the loop.
  package func drain() {
    isEnding = true
    isDraining = true
    for connection in connections.values { connection.closeIfIdle() }
  }

  func outputMemoryChanged(by bytes: Int) {
    outputBytes += bytes
    guard outputBytes > limits.outputBytesMax, !isRelieving else { return }
    isRelieving = true
    // Not within the answer that went over it.
    loop.execute { [self] in
      relieve()
      isRelieving = false
    }
  }

  /// Closes connections whose answers wait, those first that have read nothing for the longest time,
  /// until a quarter of the memory is free.
  private func relieve() {
    let waiting = connections.values.filter { $0.waiting.memory > 0 }
      .sorted { $0.waiting.since < $1.waiting.since }
    for connection in waiting {
      if outputBytes <= limits.outputBytesMax / 4 * 3 { return }
      connection.closeNow()
    }
  }

  func closed(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  func requestStarted() { requestsInFlight += 1 }
  func requestEnded() { requestsInFlight -= 1 }

  private func scheduleTick() {
    loop.schedule(after: Self.tick) { [weak self] in
      guard let self else { return }
      refreshDate()
      for connection in connections.values { connection.checkDeadlines(now: loop.now) }
      scheduleTick()
    }
  }

  private func refreshDate() {
    var now = time(nil)
    if now == dateSecond { return }
    dateSecond = now
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 40)
    // The names are English, as RFC 9110 demands, because the process keeps the C locale.
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    date = text.prefix(count).map { UInt8(bitPattern: $0) }
  }
}
