import CSystem
import Glibc
package import Reactor

/// How a request's body is to be read, decided when its head is complete.
package enum BodyPolicy: Sendable {
  /// Read whole before the handler starts; larger bodies are refused with 413.
  case buffered(bytesMax: Int)
  /// Handed over as it arrives.
  case streamed(bytesMax: Int)
}

/// What the server asks of the service above it.
///
/// All calls come on the loop of the connection.
package protocol HTTPService: AnyObject, Sendable {
  func bodyPolicy(for request: HTTPRequest) -> BodyPolicy
  func respond(to request: HTTPRequest) async -> HTTPResponse
  /// The answer to a message that was refused before it became a request.
  func refusal(status: Int, reason: StaticString) -> HTTPResponse
}

/// Bounds of one server, per loop where they count things.
package struct ServerLimits: Sendable {
  package var connectionsMax = 10_000
  /// Handlers running at once; beyond, 503 with `Retry-After`.
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
  /// How often deadlines are looked at: their precision.
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

  /// Begins to look after deadlines.
  ///
  /// On the loop.
  package func start() {
    refreshDate()
    scheduleTick()
  }

  package var connectionCount: Int { connections.count }

  /// Serves an accepted descriptor; `tls` encrypts it.
  ///
  /// On the loop.
  package func accept(_ fd: Int32, tls: TLSContext?) {
    if connections.count >= limits.connectionsMax || isDraining {
      close(fd)
      return
    }
    let connection = ServerConnection(fd: fd, server: self, tls: tls?.makeServerSession(fd: fd))
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
  }

  /// Ends gracefully: idle connections are closed, the others say `Connection: close` with their
  /// next answer.
  ///
  /// On the loop.
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
    // The C locale is never changed, so the names are English as RFC 9110 demands.
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    date = text.prefix(count).map { UInt8(bitPattern: $0) }
  }
}
