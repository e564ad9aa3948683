/// How long the turns of a loop took: while one lasts, the loop serves nobody else.
package struct TurnTimes: Sendable {
  /// Upper bounds of the buckets, in milliseconds.
  ///
  /// No turn should take more than 20, whatever clients send.
  package static let bounds: [UInt64] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

  /// How many turns took so long: a bucket for each bound, and one for what was longer than all.
  package private(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
  package private(set) var nanoseconds: UInt64 = 0

  package init() {}

  mutating func record(_ turn: UInt64) {
    let bucket = Self.bounds.firstIndex { turn <= $0 * 1_000_000 } ?? Self.bounds.count
    buckets[bucket] += 1
    nanoseconds += turn
  }

  package static func + (a: TurnTimes, b: TurnTimes) -> TurnTimes {
    var sum = a
    for index in sum.buckets.indices { sum.buckets[index] += b.buckets[index] }
    sum.nanoseconds += b.nanoseconds
    return sum
  }
}
