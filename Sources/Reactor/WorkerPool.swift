import Glibc

/// A few threads for work that blocks, such as connecting to a database, resolving a name or
/// hashing much.
///
/// The queue is bounded: with `queueMax` pieces of work waiting, `run` throws, and the caller
/// answers that it is overloaded, so that memory does not grow.
package final class WorkerPool: @unchecked Sendable {
  package struct Full: Error {}

  private static let queueMax = 1_024
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var queue: [() -> Void] = []

  package init(threads: Int) {
    condition.initialize(to: pthread_cond_t())
    mutex.initialize(to: pthread_mutex_t())
    pthread_cond_init(condition, nil)
    pthread_mutex_init(mutex, nil)
    for _ in 0..<threads { startThread() }
  }

  /// Runs `work` on a worker thread, and returns its result to the calling task.
  package func run<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withUnsafeThrowingContinuation { continuation in
      let accepted = submit { continuation.resume(with: Swift.Result { try work() }) }
      if !accepted { continuation.resume(throwing: Full()) }
    }
  }

  /// Enqueues `work` without waiting for it; false where the queue is full.
  @discardableResult
  package func submit(_ work: @escaping () -> Void) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if queue.count >= Self.queueMax { return false }
    queue.append(work)
    pthread_cond_signal(condition)
    return true
  }

  /// The threads never end, so a pool must be made only once, at start.
  private func startThread() {
    let box = Unmanaged.passRetained(self)
    var handle = pthread_t()
    let failed = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<WorkerPool>.fromOpaque(argument).takeRetainedValue().work()
      }, box.toOpaque())
    precondition(failed == 0, "no thread for a worker")
    pthread_detach(handle)
  }

  private func work() -> Never {
    while true {
      pthread_mutex_lock(mutex)
      while queue.isEmpty { pthread_cond_wait(condition, mutex) }
      let next = queue.removeFirst()
      pthread_mutex_unlock(mutex)
      next()
    }
  }
}
