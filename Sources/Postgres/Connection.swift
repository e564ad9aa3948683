import CPostgres
import CSystem
import Glibc
import Reactor

/// One connection in pipeline mode, on one loop (libpq, "Pipeline Mode").
///
/// Work is sent in *segments*: statements followed by one Sync. Outside an explicit transaction, a
/// segment is a transaction by itself. Segments are answered in the order in which they were sent;
/// a failed statement fails only the rest of its own segment.
final class Connection: Source, @unchecked Sendable {
  /// The most segments without an answer; beyond that, callers get the error `overloaded`.
  static let segmentsMax = 1_024

  private final class Segment {
    let expected: [Expected]
    let commits: Bool
    let sentAt: UInt64
    var results: [Rows] = []
    var error: PostgresError?
    var position = 0
    let completion: UnsafeContinuation<[Rows], any Error>

    init(
      expected: [Expected], commits: Bool, sentAt: UInt64,
      completion: UnsafeContinuation<[Rows], any Error>
    ) {
      self.expected = expected
      self.commits = commits
      self.sentAt = sentAt
      self.completion = completion
    }
  }

  private enum Expected {
    case prepare(identity: UInt64, name: String)
    case rows
  }

  private nonisolated(unsafe) static let emptyValue = UnsafeMutablePointer<CChar>.allocate(
    capacity: 1)

  private let handle: OpaquePointer
  private let loop: EventLoop
  private let lost: (Connection) -> Void
  private var segments: [Segment] = []
  private var segmentsHead = 0
  /// The names of statements that are prepared, by their identities.
  private var prepared: [UInt64: String] = [:]
  private var preparedCount = 0
  private var watchesOutput = false
  private(set) var isLost = false

  /// Takes over a connected handle.
  ///
  /// `lost` is called once, on the loop, when the connection ends.
  init(handle: OpaquePointer, loop: EventLoop, lost: @escaping (Connection) -> Void) {
    self.handle = handle
    self.loop = loop
    self.lost = lost
    super.init()
    PQsetnonblocking(handle, 1)
    PQenterPipelineMode(handle)
    loop.add(self, fd: PQsocket(handle), events: EPOLLIN.rawValue)
  }

  deinit { PQfinish(handle) }

  var segmentsInFlight: Int { segments.count - segmentsHead }

  /// Sends one segment and waits for its results.
  ///
  /// `commits` is true where a lost connection leaves unknown whether a change was committed.
  func run(_ statements: [SQL], commits: Bool) async throws -> [Rows] {
    loop.assertCurrent()
    if isLost { throw PostgresError(kind: .unavailable) }
    if segmentsInFlight >= Self.segmentsMax { throw PostgresError(kind: .overloaded) }
    return try await withUnsafeThrowingContinuation { continuation in
      send(statements, commits: commits, continuation)
    }
  }

  private func send(
    _ statements: [SQL], commits: Bool, _ completion: UnsafeContinuation<[Rows], any Error>
  ) {
    var expected: [Expected] = []
    var isSent = true
    for original in statements {
      let statement = rewritten(original)
      var name = ""
      if let identity = statement.identity {
        #if DEBUG
          let text = statement.text
          assert(texts.updateValue(text, forKey: identity) ?? text == text)
        #endif
        if let known = prepared[identity] {
          name = known
        } else {
          preparedCount += 1
          name = "s\(preparedCount)"
          isSent = isSent && sendPrepare(statement, name: name)
          expected.append(.prepare(identity: identity, name: name))
        }
      }
      isSent = isSent && sendQuery(statement, name: name)
      expected.append(.rows)
    }
    isSent = isSent && PQpipelineSync(handle) == 1
    segments.append(
      Segment(expected: expected, commits: commits, sentAt: loop.now, completion: completion))
    if isSent { loop.atTurnEnd(self) } else { fail() }
  }

  #if DEBUG
    /// What each identity stands for: two texts must never have the same.
    private var texts: [UInt64: String] = [:]
    /// Set by tests through the database.
    var rewrite: (@Sendable (String) -> String)?
  #endif

  private func rewritten(_ statement: SQL) -> SQL {
    #if DEBUG
      if let rewrite { return statement.rewritten(rewrite) }
    #endif
    return statement
  }

  private func sendPrepare(_ statement: SQL, name: String) -> Bool {
    let types = statement.parameters.values.map { Oid($0.oid) }
    return PQsendPrepare(handle, name, statement.text, Int32(types.count), types) == 1
  }

  private func sendQuery(_ statement: SQL, name: String) -> Bool {
    let values = statement.parameters.values
    let count = Int32(values.count)
    // Lengths and pointers are needed only during the call, because libpq copies what they mean.
    return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: values.count) {
      pointers in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: values.count * 2) { numbers in
        let lengths = numbers.baseAddress
        let formats = lengths.map { $0 + values.count }
        return statement.parameters.bytes.withUnsafeBytes { bytes in
          // An empty value still needs an address, because a null pointer means NULL.
          var next =
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            ?? UnsafePointer(Self.emptyValue)
          for (index, value) in values.enumerated() {
            pointers[index] = value.length < 0 ? nil : next
            lengths?[index] = max(0, value.length)
            formats?[index] = 1
            next += Int(max(0, value.length))
          }
          if name.isEmpty {
            return PQsendQueryParams(
              handle, statement.text, count, values.map { Oid($0.oid) }, pointers.baseAddress,
              lengths, formats, 1) == 1
          }
          return PQsendQueryPrepared(
            handle, name, count, pointers.baseAddress, lengths, formats, 1) == 1
        }
      }
    }
  }

  // MARK: Events

  override func turnEnded() { flush() }

  override func ready(_ events: UInt32) {
    if events & EPOLLOUT.rawValue != 0 { flush() }
    if isLost { return }
    guard PQconsumeInput(handle) == 1 else { return fail() }
    readResults()
    if PQstatus(handle) == CONNECTION_BAD { fail() }
  }

  private func flush() {
    if isLost { return }
    let pending = PQflush(handle)
    if pending < 0 { return fail() }
    if (pending == 1) != watchesOutput {
      watchesOutput = pending == 1
      let events = EPOLLIN.rawValue | (watchesOutput ? EPOLLOUT.rawValue : 0)
      loop.modify(self, fd: PQsocket(handle), events: events)
    }
  }

  /// Reads all results that are complete.
  ///
  /// The results of a query end with NULL, that of a Sync does not; two NULLs in a row mean that
  /// nothing more has arrived.
  private func readResults() {
    var endedBefore = false
    while PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        if endedBefore { return }
        endedBefore = true
        continue
      }
      endedBefore = false
      if segmentsHead == segments.count {
        PQclear(result)
      } else {
        receive(result, for: segments[segmentsHead])
      }
    }
  }

  private func receive(_ result: OpaquePointer, for segment: Segment) {
    switch PQresultStatus(result) {
    case PGRES_PIPELINE_SYNC:
      PQclear(result)
      complete(segment)
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
      guard segment.position < segment.expected.count else { return PQclear(result) }
      switch segment.expected[segment.position] {
      case .prepare(let identity, let name):
        prepared[identity] = name
        PQclear(result)
      case .rows: segment.results.append(Rows(result))
      }
      segment.position += 1
    case PGRES_FATAL_ERROR:
      if segment.error == nil { segment.error = PostgresError(result: result) }
      segment.position += 1
      PQclear(result)
    default:
      segment.position += 1
      PQclear(result)
    }
  }

  private func complete(_ segment: Segment) {
    segmentsHead += 1
    if segmentsHead == segments.count {
      segments.removeAll(keepingCapacity: true)
      segmentsHead = 0
    }
    if let error = segment.error {
      segment.completion.resume(throwing: error)
    } else {
      segment.completion.resume(returning: segment.results)
    }
  }

  // MARK: Ending

  /// Whether the oldest segment has waited longer than `nanoseconds`: the server is gone or stuck.
  func isStuck(now: UInt64, longerThan nanoseconds: UInt64) -> Bool {
    segmentsHead < segments.count && now > segments[segmentsHead].sentAt + nanoseconds
  }

  /// Ends the connection; all who wait for results get the error `lost`.
  func fail() {
    if isLost { return }
    isLost = true
    let message = String(cString: PQerrorMessage(handle))
    loop.remove(self, fd: PQsocket(handle))
    let waiting = segments[segmentsHead...]
    segments = []
    segmentsHead = 0
    for segment in waiting {
      let kind: PostgresError.Kind = segment.commits ? .commitUnknown : .lost
      segment.completion.resume(throwing: PostgresError(kind: kind, message: message))
    }
    lost(self)
  }

  /// Asks the server to cancel the running statement; on a worker thread, because that request
  /// blocks.
  func cancelRunning(on workers: WorkerPool) {
    guard let cancel = PQgetCancel(handle).map(Cancel.init) else { return }
    workers.submit { cancel.send() }
  }

  private final class Cancel: @unchecked Sendable {
    private let handle: OpaquePointer
    init(_ handle: OpaquePointer) { self.handle = handle }
    deinit { PQfreeCancel(handle) }

    func send() {
      var message = [CChar](repeating: 0, count: 256)
      PQcancel(handle, &message, Int32(message.count))
    }
  }
}
