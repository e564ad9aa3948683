/// Counts of one loop, read by /metrics on the loop itself.
final class Metrics: @unchecked Sendable {
  /// Upper bounds in seconds (OpenTelemetry's for HTTP servers, from 5 ms to 10 s).
  static let bounds: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ]

  struct Series {
    var buckets = [Int](repeating: 0, count: bounds.count + 1)
    var seconds = 0.0
    var count = 0
  }

  /// Per operation and class of status: 2xx, 3xx, 4xx, 5xx.
  private(set) var series: [Series]
  private(set) var rateLimited = 0
  private(set) var unauthenticated = 0
  /// Work that failed in the same way again and again.
  private(set) var failedJobs = 0
  /// Looks at an audit log that found less than what was signed.
  private(set) var damagedLogs = 0
  /// Looks at a case that found a receipt which nobody signed.
  private(set) var forgedReceipts = 0

  init(operations: Int) { series = Array(repeating: Series(), count: operations * 4) }

  func record(operation: Int, status: Int, seconds: Double) {
    let index = operation * 4 + min(max(status / 100 - 2, 0), 3)
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    series[index].buckets[bucket] += 1
    series[index].seconds += seconds
    series[index].count += 1
  }

  func countRateLimited() { rateLimited += 1 }
  func countUnauthenticated() { unauthenticated += 1 }
  func countFailedJob() { failedJobs += 1 }
  func countDamagedLog() { damagedLogs += 1 }
  func countForgedReceipt() { forgedReceipts += 1 }
}
