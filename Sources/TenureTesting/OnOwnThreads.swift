import Dispatch
package import Testing

/// Runs tests on threads of their own.
///
/// They block while a program of theirs runs, or on a socket of theirs, and the threads that run all
/// other tests, one for each processor, would stand still with them.
package struct OnOwnThreads: TestTrait, SuiteTrait, TestScoping {
  private final class Threads: TaskExecutor {
    private let queue = DispatchQueue(label: "tests of programs", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  private static let threads = Threads()

  package var isRecursive: Bool { true }

  @concurrent package func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.threads) { try await function() }
  }
}

extension Trait where Self == OnOwnThreads {
  package static var onOwnThreads: Self { Self() }
}
