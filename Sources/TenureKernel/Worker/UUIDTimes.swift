package import Foundation
package import Tenure

extension UUID {
  package static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  /// The smallest UUIDv7 of a time, to the millisecond: a bound for ids that are made from then on.
  package static func first(at time: Timestamp) -> UUID {
    let high = UInt64(max(time.microseconds, 0) / 1_000) << 16 | 0x7000
    var bytes = zero.uuid
    withUnsafeMutableBytes(of: &bytes) { raw in
      raw.storeBytes(of: high.bigEndian, as: UInt64.self)
      raw.storeBytes(of: UInt64(0x8000_0000_0000_0000).bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: bytes)
  }
}
