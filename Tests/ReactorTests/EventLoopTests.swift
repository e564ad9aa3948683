import Reactor
import Testing

@Suite struct EventLoopTests {
  private func withLoop<Result: Sendable>(
    _ body: @Sendable @escaping (EventLoop) async throws -> Result
  ) async throws -> Result {
    let loop = EventLoop(name: "test")
    loop.start()
    defer { loop.stop() }
    return try await body(loop)
  }

  @Test func `a task started on a loop stays on it across suspensions`() async throws {
    let wasCurrent = try await withLoop { loop in
      try await loop.run {
        let before = loop.isCurrent
        await loop.sleep(for: .milliseconds(5))
        return before && loop.isCurrent
      }
    }
    #expect(wasCurrent)
  }

  @Test func `timers fire in the order of their deadlines, cancelled ones never`() async throws {
    let order = try await withLoop { loop in
      try await loop.run {
        nonisolated(unsafe) var order: [Int] = []
        loop.schedule(after: .milliseconds(20)) { order.append(2) }
        loop.schedule(after: .milliseconds(5)) { order.append(1) }
        loop.schedule(after: .milliseconds(10)) { order.append(9) }.cancel()
        await loop.sleep(for: .milliseconds(40))
        return order
      }
    }
    #expect(order == [1, 2])
  }

  @Test func `work from many threads is all done`() async throws {
    let total = try await withLoop { loop in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for value in 1...1_000 { group.addTask { try await loop.run { value } } }
        return try await group.reduce(0, +)
      }
    }
    #expect(total == 500_500)
  }

  @Test func `a worker's result comes back to the loop`() async throws {
    let pool = WorkerPool(threads: 2)
    let isBack = try await withLoop { loop in
      try await loop.run {
        let wasAway = try await pool.run { !loop.isCurrent }
        return wasAway && loop.isCurrent
      }
    }
    #expect(isBack)
  }
}
