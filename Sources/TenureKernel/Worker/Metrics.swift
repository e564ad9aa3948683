/// The numbers of one loop, which `/metrics` reads on that loop.
package final class Metrics: @unchecked Sendable {
  /// Upper bounds of the histogram in seconds (OpenTelemetry's for HTTP servers, from 5 ms to 10
  /// s).
  package static let bounds: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ]

  package struct Series {
    package var buckets = [Int](repeating: 0, count: bounds.count + 1)
    package var seconds = 0.0
    package var count = 0
  }

  /// One series for each endpoint and class of status: 2xx, 3xx, 4xx, 5xx.
  package private(set) var series: [Series]
  private var counts: [Counter: Int] = [:]

  package init(endpoints: Int) { series = Array(repeating: Series(), count: endpoints * 4) }

  package func record(endpoint: Int, status: Int, seconds: Double) {
    let index = endpoint * 4 + min(max(status / 100 - 2, 0), 3)
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    series[index].buckets[bucket] += 1
    series[index].seconds += seconds
    series[index].count += 1
  }

  package func count(_ counter: Counter) { counts[counter, default: 0] += 1 }

  package func value(of counter: Counter) -> Int { counts[counter] ?? 0 }
}

/// A counter with its name and explanation in `/metrics`.
///
/// Each is defined beside the code that counts; the assembly lists those that are shown.
package struct Counter: Hashable, Sendable {
  /// The name in Prometheus' format; it ends in `_total`.
  package let name: String
  package let help: String

  package init(_ name: String, _ help: String) {
    self.name = name
    self.help = help
  }

  package static func == (a: Counter, b: Counter) -> Bool { a.name == b.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Counter {
  package static let rateLimited = Counter("tenure_rate_limited_total", "Requests refused with 429")
  package static let overloaded = Counter(
    "tenure_overloaded_total", "Requests refused because there were too many at once")
  package static let unauthenticated = Counter(
    "tenure_unauthenticated_total", "Requests refused with 401")
}
