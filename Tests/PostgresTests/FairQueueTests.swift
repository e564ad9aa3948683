import Foundation
import Testing

@testable import Postgres

@Suite struct FairQueueTests {
  private let one = UUID()
  private let two = UUID()
  private let three = UUID()

  @Test func `each party's first comes once a round, in the order they came`() {
    var queue = FairQueue<Int>()
    for (value, party) in [(1, one), (2, one), (3, one), (10, two), (11, two), (20, three)] {
      queue.append(value, of: party)
    }
    #expect(queue.count(of: one) == 3 && queue.count(of: three) == 1)
    var order: [Int] = []
    while let next = queue.popFirst(of: { _ in true }) { order.append(next) }
    #expect(order == [1, 10, 20, 2, 11, 3])
    #expect(!queue.hasAny { _ in true } && queue.count(of: one) == 0)
  }

  @Test func `who comes later waits for the round`() {
    var queue = FairQueue<Int>()
    queue.append(1, of: one)
    queue.append(2, of: one)
    queue.append(10, of: two)
    #expect(queue.popFirst { _ in true } == 1)
    queue.append(20, of: three)
    #expect((0..<3).map { _ in queue.popFirst { _ in true } } == [10, 2, 20])
    #expect(queue.popFirst { _ in true } == nil)
  }

  @Test func `a party that may not come is passed over, and keeps its turn`() {
    var queue = FairQueue<Int>()
    for (value, party) in [(1, one), (2, one), (10, two)] { queue.append(value, of: party) }
    let (one, two) = (one, two)
    #expect(queue.popFirst { $0 != one } == 10)
    #expect(queue.popFirst { $0 == two } == nil && !queue.hasAny { $0 == two })
    #expect(queue.hasAny { $0 == one })
    #expect((0..<2).map { _ in queue.popFirst { _ in true } } == [1, 2])
  }

  @Test func `who is taken out has no turn any more`() {
    var queue = FairQueue<Int>()
    for value in 1...4 { queue.append(value, of: value == 4 ? two : one) }
    #expect(queue.removeAll { $0 == 4 || $0 == 2 }.sorted() == [2, 4])
    queue.append(5, of: two)
    #expect((0..<3).map { _ in queue.popFirst { _ in true } } == [1, 5, 3])
    #expect(queue.removeAll { _ in true }.isEmpty && !queue.hasAny { _ in true })
  }
}
