import CSystem
package import Tenure

/// The source of the time; tests use one that they set.
package protocol Clock: Sendable {
  var now: Timestamp { get }
}

package struct SystemClock: Clock {
  package init() {}
  package var now: Timestamp { Timestamp(microseconds: Int64(csys_realtime_us())) }
}
