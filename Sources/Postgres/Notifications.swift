import CPostgres
import CSystem
package import Reactor

/// Listens to channels (LISTEN/NOTIFY), and calls back on its loop.
///
/// Some notifications are lost while the connection is broken. Caches that rely on them must keep
/// entries for a short time only while `isListening` is false.
package final class Notifications: Source, @unchecked Sendable {
  private static let retryDelay = Duration.milliseconds(200)

  private let source: ConnectionSource
  private let channels: [String]
  private let loop: EventLoop
  private let workers: WorkerPool
  private let received: (_ channel: String, _ payload: String) -> Void
  private let changed: (_ isListening: Bool) -> Void
  private var handle: OpaquePointer?
  private var isClosed = false

  /// `changed` is called when listening begins, and when it is lost.
  package init(
    source: ConnectionSource, channels: [String], loop: EventLoop, workers: WorkerPool,
    changed: @escaping (Bool) -> Void, received: @escaping (String, String) -> Void
  ) {
    self.source = source
    self.channels = channels
    self.loop = loop
    self.workers = workers
    self.changed = changed
    self.received = received
    super.init()
  }

  /// Connects, and connects again whenever the connection is lost.
  ///
  /// Call it on the loop.
  package func start() {
    Task.immediate(executorPreference: loop) { [self] in
      while !isClosed {
        if let opened = try? await open() {
          handle = opened
          loop.add(self, fd: PQsocket(opened), events: EPOLLIN.rawValue)
          changed(true)
          return
        }
        await loop.sleep(for: Self.retryDelay)
      }
    }
  }

  package func close() {
    isClosed = true
    lose()
  }

  private func open() async throws -> OpaquePointer {
    let (source, channels) = (self.source, self.channels)
    struct Handle: @unchecked Sendable { let pointer: OpaquePointer }
    return try await workers.run {
      let handle = try source.connect(statementTimeoutMilliseconds: 5_000)
      for channel in channels {
        let result = PQexec(handle, "LISTEN \(channel)")
        let status = PQresultStatus(result)
        PQclear(result)
        if status != PGRES_COMMAND_OK {
          PQfinish(handle)
          throw PostgresError(kind: .unavailable, message: "LISTEN was refused")
        }
      }
      return Handle(pointer: handle)
    }.pointer
  }

  package override func ready(_ events: UInt32) {
    guard let handle else { return }
    if PQconsumeInput(handle) != 1 { return lose() }
    while let notification = PQnotifies(handle) {
      received(
        String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
      PQfreemem(notification)
    }
  }

  private func lose() {
    guard let handle else { return }
    self.handle = nil
    loop.remove(self, fd: PQsocket(handle))
    PQfinish(handle)
    changed(false)
    if !isClosed { start() }
  }
}
