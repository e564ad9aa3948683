import Glibc

/// A numeric address, which can tell whether it may be connected to.
///
/// Requests go to names that strangers have chosen. Such a name must resolve to public unicast
/// addresses only, or a stranger could reach the service's own network through it.
package struct OutboundAddress: Sendable, Equatable {
  /// The address as text, in numeric form.
  package let text: String
  private let bytes: [UInt8]

  /// Parses an IPv4 or IPv6 address; nil for other text, and for an address with a zone.
  package init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: six) { Array($0) }
    } else {
      return nil
    }
    self.text = text
  }

  /// Whether the address is globally reachable unicast (IANA's special-purpose registries).
  package var isGlobal: Bool { bytes.count == 4 ? isGlobal4 : isGlobal6 }

  private var isGlobal4: Bool {
    let address = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    return !Self.special4.contains { network, length in
      address >> UInt32(32 - length) == network >> UInt32(32 - length)
    }
  }

  /// In 2000::/3, without blocks that are not public or that contain another address.
  private var isGlobal6: Bool {
    guard bytes[0] & 0xE0 == 0x20 else { return false }
    let first =
      UInt32(bytes[0]) << 24 | UInt32(bytes[1]) << 16 | UInt32(bytes[2]) << 8
      | UInt32(bytes[3])
    if first >> 9 == 0x2001_0000 >> 9 { return false }  // 2001::/23, IETF protocols, Teredo
    if first == 0x2001_0DB8 { return false }  // documentation
    if first >> 16 == 0x2002 { return false }  // 6to4
    if first >> 12 == 0x3FFF_0000 >> 12 { return false }  // 3fff::/20, documentation
    return true
  }

  /// IANA IPv4 special-purpose registry, multicast, and the metadata address of a large cloud.
  private static let special4: [(network: UInt32, length: Int)] = [
    (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
    (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24),
    (0xC0A8_0000, 16), (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24),
    (0xE000_0000, 4), (0xF000_0000, 4), (0xA83F_8110, 32),
  ]
}
