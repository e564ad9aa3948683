import CSystem
import Glibc
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

  /// Reads what there is, and counts how often there was nothing.
  private final class Reader: Source {
    let fd: Int32
    private(set) var read = 0
    private(set) var calledForNothing = 0

    init(_ fd: Int32) { self.fd = fd }

    override func ready(_ events: UInt32) {
      var bytes = [UInt8](repeating: 0, count: 16)
      let count = recv(fd, &bytes, 16, Int32(MSG_DONTWAIT))
      if count > 0 { read += count } else { calledForNothing += 1 }
    }
  }

  @Test func `a descriptor that lives on elsewhere tells nobody of what was removed`() async throws
  {
    let counts = try await withLoop { loop in
      try await loop.run {
        var (first, second): ([Int32], [Int32]) = ([0, 0], [0, 0])
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &first)
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &second)
        // As in a child process that has not run its program yet: the kernel goes on watching.
        let copy = dup(first[0])
        var gone: Reader? = Reader(first[0])
        weak let isGone = gone
        if let gone {
          loop.add(gone, fd: first[0], events: EPOLLIN.rawValue)
          close(first[0])
          loop.remove(gone, fd: -1)
        }
        gone = nil
        // It gets the place of the one before.
        let next = Reader(second[0])
        loop.add(next, fd: second[0], events: EPOLLIN.rawValue)
        send(first[1], "x", 1, 0)
        for _ in 0..<3 { await loop.sleep(for: .milliseconds(1)) }
        let called = next.calledForNothing
        send(second[1], "x", 1, 0)
        while next.read == 0 { await loop.sleep(for: .milliseconds(1)) }
        loop.remove(next, fd: second[0])
        for fd in [copy, first[1], second[0], second[1]] { close(fd) }
        return (called, next.read, isGone == nil)
      }
    }
    #expect(counts == (0, 1, true))
  }

  @Test func `long work gives way to others`() async throws {
    let loop = EventLoop(name: "test")
    loop.start()
    /// Spins for so many milliseconds, in pieces of one; says how many turns it took.
    func turns(_ milliseconds: Int) async throws -> Int {
      try await loop.run {
        var starts: Set<UInt64> = [loop.now]
        var work = LongWork(on: loop)
        for _ in 0..<milliseconds {
          let end = csys_monotonic_ns() + 1_000_000
          while csys_monotonic_ns() < end {}
          await work.giveWay()
          starts.insert(loop.now)
        }
        return starts.count
      }
    }
    // At the latest after 5 ms, so at the least ten turns of fifty.
    #expect(try await turns(50) >= 10)
    let times = try await loop.run { loop.turnTimes }
    #expect(times.buckets.reduce(0, +) > 10 && times.nanoseconds >= 50_000_000)
    loop.stop()
  }
}
