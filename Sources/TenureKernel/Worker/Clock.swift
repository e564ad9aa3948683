import CSystem
package import Tenure

/// Where the service gets the time from; tests hold one still.
package protocol Clock: Sendable {
  var now: Timestamp { get }
}

package struct SystemClock: Clock {
  package init() {}
  package var now: Timestamp { Timestamp(microseconds: Int64(csys_realtime_us())) }
}
