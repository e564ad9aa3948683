import CSystem
import Glibc

/// An event loop: one thread, one epoll set, and all that is confined to them.
///
/// The loop is a `TaskExecutor`. An `async` function that `Task.immediate` starts with this
/// preference runs at once, within the event that started it, until it suspends; afterwards it goes
/// on on this thread. So state that only code of the loop uses needs no lock.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// The most events that are taken from the kernel in one turn.
  private static let eventsMax = 256

  package let name: String
  private let epollFD: Int32
  private let wakeFD: Int32
  private var thread: pthread_t?

  /// Jobs that were enqueued on this thread, which need no lock.
  private var jobs: [UnownedJob] = []
  /// Jobs that were enqueued on other threads, guarded by `inboxLock`.
  private var inbox: [UnownedJob] = []
  private let inboxLock = Lock()
  private var isWakePending = false

  private var timers: [Timer] = []
  private var turnEndObservers: [TurnEndObserver] = []
  /// The sources that are watched, by the low half of their tokens.
  ///
  /// The kernel is given tokens and no addresses. It may tell of a source that is gone: in the batch
  /// in which it was removed, or because a child process has its descriptor until it runs its
  /// program. The token's high half is then another than the place has.
  private var places: [Place] = [Place()]
  private var freePlaces: [Int] = []

  private struct Place {
    var source: Source?
    var generation: UInt32 = 0
  }

  /// The token of the descriptor that wakes the loop: the first place, which has no source.
  private static let wakeToken: UInt64 = 0
  private var isStopping = false

  /// Monotonic nanoseconds, read once a turn; deadlines are measured by it.
  package private(set) var now: UInt64 = csys_monotonic_ns()
  package private(set) var turnTimes = TurnTimes()

  package init(name: String) {
    self.name = name
    epollFD = csys_epoll_create()
    wakeFD = csys_eventfd()
    precondition(epollFD >= 0 && wakeFD >= 0, "no descriptors left for an event loop")
    csys_epoll_add(epollFD, wakeFD, EPOLLIN.rawValue, Self.wakeToken)
  }

  deinit {
    close(epollFD)
    close(wakeFD)
  }

  /// Starts the loop's thread.
  package func start() {
    let box = Unmanaged.passRetained(self)
    var handle = pthread_t()
    let failed = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    precondition(failed == 0, "no thread for an event loop")
    inboxLock.withLock { thread = handle }
  }

  /// Ends the loop after its present turn, and waits for its thread.
  package func stop() {
    execute { self.isStopping = true }
    if let thread = inboxLock.withLock({ thread }) { pthread_join(thread, nil) }
  }

  /// Whether the caller runs on this loop's thread.
  ///
  /// The thread knows its loop. Thread ids are not compared, because an id is used again after its
  /// thread has ended.
  package var isCurrent: Bool {
    csys_thread_runs() == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  /// Traps in debug builds if the caller is on another thread, to guard state that is confined to
  /// the loop.
  @inline(__always)
  package func assertCurrent() { assert(isCurrent, "loop-confined state touched from elsewhere") }

  // MARK: Work

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent { jobs.append(job) } else { send(job) }
  }

  private func send(_ job: UnownedJob) {
    // Once the job is in the queue it may run to its end, and whoever kept the loop alive may let
    // it go.
    let held = Unmanaged.passRetained(self)
    defer { held.release() }
    let mustWake = inboxLock.withLock {
      inbox.append(job)
      defer { isWakePending = true }
      return !isWakePending
    }
    if mustWake { csys_eventfd_signal(wakeFD) }
  }

  /// Runs a closure on the loop soon.
  ///
  /// It can be called on any thread.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    Task(executorPreference: self) { work() }
  }

  /// Runs `operation` on the loop, and returns its result.
  ///
  /// It can be called in any task.
  package func run<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await Task(executorPreference: self, operation: operation).value
  }

  /// Calls `observer.turnEnded()` once, after the events and jobs of this turn.
  package func atTurnEnd(_ observer: TurnEndObserver) {
    if observer.isScheduled { return }
    observer.isScheduled = true
    turnEndObservers.append(observer)
  }

  // MARK: Sources

  /// Watches a descriptor.
  ///
  /// `events` are flags of epoll.
  package func add(_ source: Source, fd: Int32, events: UInt32) {
    assertCurrent()
    if freePlaces.isEmpty {
      freePlaces.append(places.count)
      places.append(Place())
    }
    let index = freePlaces.removeLast()
    places[index].source = source
    places[index].generation &+= 1
    source.token = UInt64(places[index].generation) << 32 | UInt64(index)
    csys_epoll_add(epollFD, fd, events, source.token)
  }

  /// Watches a source for other events; nothing happens to one that is not watched.
  package func modify(_ source: Source, fd: Int32, events: UInt32) {
    assertCurrent()
    guard isWatched(source) else { return }
    csys_epoll_modify(epollFD, fd, events, source.token)
  }

  /// Stops watching a descriptor; the caller closes it afterwards.
  ///
  /// `fd` is -1 where it is closed already, as libpq does with a lost connection's: its number may
  /// be another descriptor's by now. Nothing happens to a source that is not watched.
  package func remove(_ source: Source, fd: Int32) {
    assertCurrent()
    guard isWatched(source) else { return }
    csys_epoll_remove(epollFD, fd)
    let index = Self.place(source.token)
    places[index].source = nil
    freePlaces.append(index)
  }

  private static func place(_ token: UInt64) -> Int { Int(token & 0xFFFF_FFFF) }

  private func isWatched(_ source: Source) -> Bool { watched(source.token) === source }

  /// The source of a token; nil where it is watched no more.
  private func watched(_ token: UInt64) -> Source? {
    let place = places[Self.place(token)]
    return UInt64(place.generation) == token >> 32 ? place.source : nil
  }

  // MARK: Timers

  /// Calls `action` on the loop after `delay`.
  ///
  /// It is made for few timers: ticks, retries and sleeps.
  @discardableResult
  package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> Timer {
    assertCurrent()
    let timer = Timer(deadline: csys_monotonic_ns() &+ delay.nanoseconds, action: action)
    var low = 0
    var high = timers.count
    while low < high {
      let middle = (low + high) / 2
      if timers[middle].deadline > timer.deadline { low = middle + 1 } else { high = middle }
    }
    timers.insert(timer, at: low)
    return timer
  }

  /// Suspends the calling task for `delay`; it goes on on this loop.
  ///
  /// With a delay of zero it gives way: it goes on in the next turn, after the events of others.
  package func sleep(for delay: Duration) async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      schedule(after: delay) { continuation.resume() }
    }
  }

  // MARK: The loop

  private func run() {
    csys_set_thread_runs(Unmanaged.passUnretained(self).toOpaque())
    defer { csys_set_thread_runs(nil) }
    csys_name_thread(name)
    var events = [epoll_event](repeating: epoll_event(), count: Self.eventsMax)
    while !isStopping {
      let count = csys_epoll_wait(epollFD, &events, Int32(Self.eventsMax), waitMilliseconds())
      now = csys_monotonic_ns()
      for index in 0..<max(0, Int(count)) { dispatch(&events[index]) }
      fireTimers()
      runJobs()
      endTurn()
      turnTimes.record(csys_monotonic_ns() - now)
    }
  }

  private func dispatch(_ event: inout epoll_event) {
    let token = csys_event_token(&event)
    if token == Self.wakeToken { return csys_eventfd_clear(wakeFD) }
    watched(token)?.ready(event.events)
  }

  private func takeInbox() {
    inboxLock.withLock {
      isWakePending = false
      if inbox.isEmpty { return }
      jobs.append(contentsOf: inbox)
      inbox.removeAll(keepingCapacity: true)
    }
  }

  private func runJobs() {
    takeInbox()
    let executor = asUnownedTaskExecutor()
    var index = 0
    while index < jobs.count {
      jobs[index].runSynchronously(on: executor)
      index += 1
    }
    jobs.removeAll(keepingCapacity: true)
  }

  private func endTurn() {
    var index = 0
    while index < turnEndObservers.count {
      let observer = turnEndObservers[index]
      observer.isScheduled = false
      observer.turnEnded()
      index += 1
    }
    turnEndObservers.removeAll(keepingCapacity: true)
  }

  private func fireTimers() {
    while let last = timers.last, last.deadline <= now {
      timers.removeLast()
      if !last.isCancelled { last.action() }
    }
  }

  private func waitMilliseconds() -> Int32 {
    if !jobs.isEmpty || !turnEndObservers.isEmpty { return 0 }
    guard let next = timers.last else { return -1 }
    let current = csys_monotonic_ns()
    if next.deadline <= current { return 0 }
    return Int32(min((next.deadline - current) / 1_000_000 + 1, 60_000))
  }
}

/// Acts at the end of a turn, such as sending in one go what several requests have written.
open class TurnEndObserver {
  fileprivate(set) var isScheduled = false
  package init() {}
  open func turnEnded() {}
}

/// A descriptor that the loop watches.
///
/// Subclasses override `ready`, which the loop calls on its thread.
open class Source: TurnEndObserver {
  /// What the kernel tells of it by; 0 before it is watched.
  fileprivate var token: UInt64 = 0
  open func ready(_ events: UInt32) {}
}

/// A call that is planned; `cancel()` prevents it.
package final class Timer {
  fileprivate let deadline: UInt64
  fileprivate let action: () -> Void
  fileprivate var isCancelled = false

  fileprivate init(deadline: UInt64, action: @escaping () -> Void) {
    self.deadline = deadline
    self.action = action
  }

  package func cancel() { isCancelled = true }
}

extension Duration {
  /// The duration in whole nanoseconds; 0 for a negative one.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    return UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
  }
}
