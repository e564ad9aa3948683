package import Foundation
import Reactor

/// Limits rates by the generic cell rate algorithm, which needs one number per subject and no
/// history.
///
/// All loops share it, so that a limit holds wherever a connection is served.
package final class RateLimiter: @unchecked Sendable {
  /// The subject whose requests are counted together.
  package enum Subject: Hashable {
    case key(UUID)
    case tenant(UUID)
    case address(String)
  }

  package struct Decision {
    package let isAllowed: Bool
    package let limit: Int
    package let remaining: Int
    /// Seconds until the whole limit is available again or, for a refused request, until it may be
    /// repeated.
    package let seconds: Int
  }

  package static let windowSeconds = 60
  /// The most subjects that are remembered; beyond that, those without a recent request are
  /// forgotten.
  private static let keysMax = 100_000

  private let lock = Lock()
  /// The theoretical arrival time of each subject's next request, in monotonic nanoseconds.
  private var arrivals: [Subject: UInt64] = [:]

  package init() {}

  /// Counts one request of a subject, which may make `limit` requests per window; nil for a limit
  /// of 0, which allows all.
  package func take(_ key: Subject, limit: Int, now: UInt64) -> Decision? {
    if limit == 0 { return nil }
    let window = UInt64(Self.windowSeconds) * 1_000_000_000
    let interval = window / UInt64(limit)
    return lock.withLock {
      let arrival = max(arrivals[key] ?? 0, now)
      let ahead = arrival - now
      if ahead + interval > window {
        let wait = ahead + interval - window
        return Decision(
          isAllowed: false, limit: limit, remaining: 0, seconds: Int(wait / 1_000_000_000) + 1)
      }
      if arrivals.count >= Self.keysMax { arrivals = arrivals.filter { $0.value > now } }
      arrivals[key] = arrival + interval
      return Decision(
        isAllowed: true, limit: limit, remaining: Int((window - ahead - interval) / interval),
        seconds: Int((ahead + interval) / 1_000_000_000) + 1)
    }
  }
}
