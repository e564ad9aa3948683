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
  func respond(to request: HTTPRequest) async -> HTTPResponse
  /// The response to a message that was refused before it was a request.
  func refusal(status: Int, reason: StaticString) -> HTTPResponse
}

/// Limits of the server; what they count, they count per loop.
package struct ServerLimits: Sendable {
  package var connectionsMax = 10_000
  /// The most handlers at once; further requests get 503 with `Retry-After`.
  package var requestsInFlightMax = 1_024
  package var headSeconds: UInt64 = 10
  package var idleSeconds: UInt64 = 75
  package var bodyGraceSeconds: UInt64 = 5
  package var bodyBytesPerSecondMin: UInt64 = 256
  package var writeStallSeconds: UInt64 = 30
  package var requestsPerConnectionMax = 1_000
  package var connectionSeconds: UInt64 = 3_600
  package init() {}
}

/// The HTTP/1.1 server of one loop: its connections and their deadlines.
package final class HTTPServer: @unchecked Sendable {
  /// How often deadlines are checked, which is their precision.
  private static let tick = Duration.milliseconds(250)

  package let loop: EventLoop
  let service: any HTTPService
  let limits: ServerLimits
  private(set) var isDraining = false
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
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
    let connection = ServerConnection(fd: fd, server: self, tls: tls?.makeServerSession(fd: fd))
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
  }

  /// Stops serving: idle connections are closed, others say `Connection: close` in their next
  /// response.
  ///
  /// Call it on the loop.
  package func drain() {
    isDraining = true
    for connection in connections.values { connection.closeIfIdle() }
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
