/// When a delivery is tried again, and when an endpoint has failed too long.
package enum WebhookSchedule {
  /// Seconds from one try to the next: twelve tries over 75 h 42 min.
  package static let delays: [Int64] = [
    0, 5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]
  /// An endpoint without a success for this long, and with so many failures, is disabled.
  package static let disableAfterSeconds: Int64 = 5 * 86_400
  package static let disableAfterFailures = 20
  /// Warnings before that.
  package static let warnAfterSeconds: [Int64] = [86_400, 3 * 86_400]
  /// A disabled endpoint is tried once a day for two weeks.
  package static let probeSeconds: Int64 = 86_400
  package static let probeDays: Int64 = 14
  private static let retryAfterSecondsMax: Int64 = 86_400

  /// The time of the next try after `attempt` failed, the first being 1; nil: there is none.
  ///
  /// `jitter` is between 0 and 1 and spreads by a fifth; the receiver's own wish, held to a day,
  /// wins where it is later.
  package static func next(
    after attempt: Int, at now: Timestamp, jitter: Double, retryAfter: String?
  ) -> Timestamp? {
    guard attempt < delays.count else { return nil }
    let planned = Int64(Double(delays[attempt]) * (0.8 + 0.4 * jitter))
    let wished = retryAfter.flatMap { seconds(retryAfter: $0, at: now) }
    return now.adding(seconds: max(planned, wished ?? 0))
  }

  /// `Retry-After` in seconds from now: digits, or a date (RFC 9110 section 10.2.3); nil for
  /// anything else.
  ///
  /// Held to [0, 24 h]: the receiver's clock may be wrong.
  package static func seconds(retryAfter text: String, at now: Timestamp) -> Int64? {
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
    let wished =
      isNumber
      ? Int64(text) ?? retryAfterSecondsMax : Timestamp(httpDate: text)?.seconds(since: now)
    return wished.map { min(max($0, 0), retryAfterSecondsMax) }
  }
}
