import Glibc

/// A numeric address, which can tell whether it may be connected to.
///
/// Requests go to names that strangers have chosen. Such a name must resolve to public unicast
/// addresses only, or a stranger could reach the service's own network through it.
package struct OutboundAddress: Sendable, Equatable {
  /// The most bytes that an address takes as text, with a NUL: an IPv6 address, `%`, and the name
  /// of an interface.
  static let textBytesMax = 64
  /// The most bytes in the name of an interface, IFNAMSIZ without its NUL.
  private static let zoneBytesMax = 15

  /// The address as text, in numeric form.
  package let text: String
  /// The text without its zone, which means something on this machine only (RFC 4007).
  package let bare: String
  private let bytes: [UInt8]

  /// Parses an IPv4 or IPv6 address; nil for other text.
  ///
  /// An IPv6 address may say which interface it is on: `fe80::1%eth0`.
  package init?(_ text: String) {
    let bare = String(text.prefix { $0 != "%" })
    // C would take a NUL for the end of the text.
    if bare.utf8.contains(0) { return nil }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, bare, &six) == 1 {
      bytes = withUnsafeBytes(of: six) { Array($0) }
    } else {
      return nil
    }
    if bare != text && !Self.isZone(text.dropFirst(bare.count + 1)) { return nil }
    self.text = text
    self.bare = bare
  }

  private static func isZone(_ text: Substring) -> Bool {
    (1...zoneBytesMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      && !text.contains(where: "/%[],".contains)
  }

  /// The bytes, those of the IPv4 address where one is written as IPv6 (`::ffff:127.0.0.1`).
  var plainBytes: [UInt8] {
    let isMapped = bytes.count == 16 && bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return isMapped ? Array(bytes[12...]) : bytes
  }

  /// Whether the address is this machine itself.
  package var isLoopback: Bool {
    let bytes = plainBytes
    return bytes.count == 4
      ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
  }

  /// Whether a host, a name or an address without brackets, is this machine itself.
  package static func isLoopback(host: String) -> Bool {
    ["localhost", "localhost."].contains(host.lowercased())
      || OutboundAddress(host)?.isLoopback == true
  }

  /// Whether the address is globally reachable unicast (IANA's special-purpose registries).
  ///
  /// One on a named interface is not, whatever it is.
  package var isGlobal: Bool {
    if bare != text { return false }
    return bytes.count == 4 ? isGlobal4 : isGlobal6
  }

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
