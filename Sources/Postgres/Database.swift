import CSystem
import Foundation
package import Reactor

/// The database as one loop uses it: two lanes of connections, confined to the loop.
///
/// The *shared lane* is one pipelined connection for work of one segment: reads of single rows, and
/// changes whose statements do not depend on each other. Its answers come in order, so one slow
/// statement holds up all behind it; hence its short `statement_timeout`. The *leased lane* lends a
/// connection to one task at a time, for interactive transactions, lists and long work.
package final class Database: @unchecked Sendable {
  package struct Limits: Sendable {
    package var sharedStatementMilliseconds = 3_000
    package var leasedStatementMilliseconds = 30_000
    package var leasedConnectionsMax = 4
    /// How many of one party may wait for a leased connection: about as many as get one in
    /// `queueSeconds`.
    package var waitersPerPartyMax = 512
    /// How long somebody waits who is not patient, which in overload bounds the time of what is done.
    package var queueSeconds = 0.3
    /// When those are refused for whom there is no room among the waiters: on average.
    ///
    /// Not at once, or they would be back at once, and refusing would be most of what is done.
    package var refusalSeconds = 1.0
    /// How long a caller waits if there is no connection, which covers a failover.
    package var waitSeconds = 2.0
    package init() {}
  }

  private static let tick = Duration.milliseconds(50)
  /// How long after the statement time-out a server without an answer counts as gone.
  private static let stuckGraceNanoseconds: UInt64 = 3_000_000_000

  package let loop: EventLoop
  private let source: ConnectionSource
  let workers: WorkerPool
  private let limits: Limits

  private var shared: Connection?
  private var isConnectingShared = false
  private var sharedWaiters: [Waiter] = []
  private var idle: [Connection] = []
  private var leasedCount = 0
  private var leaseWaiters = FairQueue<LeaseWaiter>()
  /// How many leased connections each party has.
  private var held: [UUID: Int] = [:]
  private var leased: [ObjectIdentifier: Connection] = [:]
  private var isClosed = false

  private final class Waiter {
    let deadline: UInt64
    var continuation: UnsafeContinuation<Void, Never>?
    init(deadline: UInt64, continuation: UnsafeContinuation<Void, Never>) {
      self.deadline = deadline
      self.continuation = continuation
    }
    func wake() {
      let waiting = continuation
      continuation = nil
      waiting?.resume()
    }
  }

  /// Somebody who waits for a leased connection.
  private final class LeaseWaiter {
    let party: UUID
    let deadline: UInt64
    private let continuation: UnsafeContinuation<Grant, Never>

    init(party: UUID, deadline: UInt64, continuation: UnsafeContinuation<Grant, Never>) {
      self.party = party
      self.deadline = deadline
      self.continuation = continuation
    }

    func get(_ grant: Grant) { continuation.resume(returning: grant) }
  }

  private enum Grant {
    /// One that somebody has given back.
    case connection(Connection)
    /// Leave to open one, which is counted already.
    case place
    /// It took too long.
    case nothing
    /// There are too many who wait.
    case noRoom
  }

  package init(
    source: ConnectionSource, loop: EventLoop, workers: WorkerPool, limits: Limits = Limits()
  ) {
    self.source = source
    self.loop = loop
    self.workers = workers
    self.limits = limits
  }

  /// Begins to connect and to watch deadlines.
  ///
  /// Call it on the loop.
  package func start() {
    ensureShared()
    scheduleTick()
  }

  package func close() {
    isClosed = true
    shared?.fail()
    (idle + leased.values).forEach { $0.fail() }
    idle = []
    for waiter in leaseWaiters.removeAll(where: { _ in true }) { waiter.get(.nothing) }
  }

  package var isConnected: Bool { shared != nil }
  package var leasedInUse: Int { leased.count }

  // MARK: Shared lane

  /// Runs one segment on the shared lane: one transaction, one round trip.
  package func run(_ statements: [SQL], commits: Bool = false) async throws -> [Rows] {
    if shared == nil { try await waitForShared() }
    guard let shared else { throw PostgresError(kind: .unavailable) }
    return try await shared.run(statements, commits: commits)
  }

  private func waitForShared() async throws {
    ensureShared()
    let deadline = loop.now + UInt64(limits.waitSeconds * 1e9)
    while shared == nil {
      if loop.now >= deadline || isClosed { throw PostgresError(kind: .unavailable) }
      await withUnsafeContinuation { continuation in
        sharedWaiters.append(Waiter(deadline: deadline, continuation: continuation))
      }
    }
  }

  private func ensureShared() {
    if shared != nil || isConnectingShared || isClosed { return }
    isConnectingShared = true
    Task.immediate(executorPreference: loop) { [self] in
      var delay = Duration.milliseconds(50)
      while shared == nil && !isClosed {
        do {
          shared = try await connect(limits.sharedStatementMilliseconds) { [weak self] _ in
            self?.shared = nil
            self?.ensureShared()
          }
        } catch {
          await loop.sleep(for: delay)
          delay = min(delay * 2, .seconds(1))
        }
      }
      isConnectingShared = false
      let waiters = sharedWaiters
      sharedWaiters = []
      waiters.forEach { $0.wake() }
    }
  }

  #if DEBUG
    /// Lets tests remove one safeguard from every statement of this database, to see that the next
    /// one holds alone.
    package var rewrite: (@Sendable (String) -> String)? {
      didSet {
        for connection in idle + leased.values + [shared].compactMap(\.self) {
          connection.rewrite = rewrite
        }
      }
    }
  #endif

  private func connect(
    _ timeout: Int, lost: @escaping (Connection) -> Void
  ) async throws -> Connection {
    let source = self.source
    let handle = try await workers.run {
      Handle(pointer: try source.connect(statementTimeoutMilliseconds: timeout))
    }
    let connection = Connection(handle: handle.pointer, loop: loop, lost: lost)
    #if DEBUG
      connection.rewrite = rewrite
    #endif
    return connection
  }

  /// A connected handle on its way from a worker thread to the loop; nothing else uses it.
  private struct Handle: @unchecked Sendable { let pointer: OpaquePointer }

  // MARK: Leased lane

  /// Lends a connection to `body` while it runs.
  func withLease<Result>(
    _ turn: LeaseTurn, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    let connection = try await lease(turn)
    defer { giveBack(connection, turn.party) }
    return try await body(connection)
  }

  private func lease(_ turn: LeaseTurn) async throws -> Connection {
    switch await grant(turn) {
    case .connection(let connection): return taken(connection)
    case .place:
      do { return try await openLeased() } catch {
        leasedCount -= 1
        release(turn.party)
        throw error
      }
    case .nothing: throw PostgresError(kind: leased.isEmpty ? .unavailable : .overloaded)
    case .noRoom: throw PostgresError(kind: .overloaded)
    }
  }

  private func grant(_ turn: LeaseTurn) async -> Grant {
    let patience = turn.isPatient ? limits.waitSeconds : limits.queueSeconds
    let deadline = loop.now + UInt64(patience * 1e9)
    if isClosed { return .nothing }
    // Nobody passes those of their own party. Whoever else waits has all that a party may have: what
    // is free is given to who waits, where they may have it.
    if leaseWaiters.count(of: turn.party) == 0, mayHold(turn.party), let free = free() {
      held[turn.party, default: 0] += 1
      return free
    }
    if leaseWaiters.count(of: turn.party) >= limits.waitersPerPartyMax {
      // Those who came at once must not all be refused at once.
      let share = Double.random(in: 0.75...1.25)
      await loop.sleep(for: .seconds(limits.refusalSeconds * share))
      return .noRoom
    }
    return await withUnsafeContinuation { continuation in
      leaseWaiters.append(
        LeaseWaiter(party: turn.party, deadline: deadline, continuation: continuation),
        of: turn.party)
    }
  }

  /// Whether a party may have one connection more: one is left for the others.
  private func mayHold(_ party: UUID) -> Bool {
    held[party, default: 0] < max(1, limits.leasedConnectionsMax - 1)
  }

  /// A connection that nobody has, or the place for one.
  private func free() -> Grant? {
    while let connection = idle.popLast() {
      if !connection.isLost { return .connection(connection) }
    }
    guard leasedCount < limits.leasedConnectionsMax else { return nil }
    leasedCount += 1
    return .place
  }

  /// Gives what is free to those whose turn it is.
  ///
  /// It looks for somebody first: what `free` answers must be given.
  private func serve() {
    while !isClosed, leaseWaiters.hasAny(of: mayHold), let free = free() {
      guard let waiter = leaseWaiters.popFirst(of: mayHold) else { return }
      held[waiter.party, default: 0] += 1
      waiter.get(free)
    }
  }

  /// Opens a connection, which is counted already.
  private func openLeased() async throws -> Connection {
    let deadline = loop.now + UInt64(limits.waitSeconds * 1e9)
    var delay = Duration.milliseconds(50)
    while true {
      do {
        return taken(
          try await connect(limits.leasedStatementMilliseconds) { [weak self] connection in
            self?.leased[ObjectIdentifier(connection)] = nil
            self?.leasedCount -= 1
            self?.serve()
          })
      } catch {
        if loop.now >= deadline { throw PostgresError(kind: .unavailable) }
        await loop.sleep(for: delay)
        delay = min(delay * 2, .milliseconds(500))
      }
    }
  }

  private func taken(_ connection: Connection) -> Connection {
    leased[ObjectIdentifier(connection)] = connection
    return connection
  }

  private func giveBack(_ connection: Connection, _ party: UUID) {
    leased[ObjectIdentifier(connection)] = nil
    if isClosed { connection.fail() } else if !connection.isLost { idle.append(connection) }
    release(party)
  }

  /// A party has one connection less.
  private func release(_ party: UUID) {
    let count = (held[party] ?? 0) - 1
    held[party] = count > 0 ? count : nil
    serve()
  }

  // MARK: Deadlines

  private func scheduleTick() {
    loop.schedule(after: Self.tick) { [weak self] in
      guard let self, !isClosed else { return }
      checkDeadlines()
      scheduleTick()
    }
  }

  private func checkDeadlines() {
    let now = loop.now
    func failIfStuck(_ connection: Connection, _ milliseconds: Int) {
      let limit = UInt64(milliseconds) * 1_000_000 + Self.stuckGraceNanoseconds
      if connection.isStuck(now: now, longerThan: limit) { connection.fail() }
    }
    if let shared { failIfStuck(shared, limits.sharedStatementMilliseconds) }
    for connection in leased.values {
      failIfStuck(connection, limits.leasedStatementMilliseconds)
    }
    for waiter in sharedWaiters where waiter.deadline <= now { waiter.wake() }
    sharedWaiters.removeAll { $0.continuation == nil }
    for waiter in leaseWaiters.removeAll(where: { $0.deadline <= now }) { waiter.get(.nothing) }
  }
}
