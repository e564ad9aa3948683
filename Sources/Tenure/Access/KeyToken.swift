/// The text of a key: `tnrk_` ‖ id, 12 base62 ‖ secret, 32 base62 (190 bits) ‖ 6 base62 of the
/// CRC-32 of all before.
///
/// A mistyped key is known as such without asking anybody.
///
/// Secret scanners find it by `tnr[kswt]_[0-9A-Za-z]{50}`.
package struct KeyToken: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// A key of a tenant or the operator.
    case key = "tnrk_"
    /// A person's token.
    case session = "tnrw_"
  }

  private static let idDigits = 12
  private static let secretDigits = 32
  private static let checksumDigits = 6
  private static let prefixBytes = 5
  package static let byteCount = prefixBytes + idDigits + secretDigits + checksumDigits

  package let kind: Kind
  /// Names the key; stored in the clear.
  package let reference: String
  /// Proves it; only its SHA-256 is stored.
  package let secret: [UInt8]

  /// A new token from the system's random source; with a `reference` the next secret of that key.
  package init(kind: Kind, reference: String? = nil) {
    self.kind = kind
    var random = SystemRandomNumberGenerator()
    func digits(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in Base62.alphabet[Int.random(in: 0..<62, using: &random)] }
    }
    self.reference = reference ?? String(decoding: digits(Self.idDigits), as: UTF8.self)
    secret = digits(Self.secretDigits)
  }

  /// Parses a token; nil for anything that is not well-formed, or has a wrong checksum.
  package init?(parsing bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    let all = Array(bytes)
    let body = all[..<(Self.byteCount - Self.checksumDigits)]
    guard
      let kind = Kind(rawValue: String(decoding: all[..<Self.prefixBytes], as: UTF8.self)),
      all[Self.prefixBytes...].allSatisfy(Base62.isDigit),
      all[body.endIndex...].elementsEqual(Self.checksum(body))
    else { return nil }
    self.kind = kind
    let secretStart = Self.prefixBytes + Self.idDigits
    reference = String(decoding: all[Self.prefixBytes..<secretStart], as: UTF8.self)
    secret = Array(all[secretStart..<body.endIndex])
  }

  /// The text to give to its holder, once.
  package var text: String {
    let body = Array(kind.rawValue.utf8) + Array(reference.utf8) + secret
    return String(decoding: body + Self.checksum(body[...]), as: UTF8.self)
  }

  static func checksum(_ body: ArraySlice<UInt8>) -> [UInt8] {
    var value = CRC32.checksum(body)
    var digits: [UInt8] = []
    for _ in 0..<checksumDigits {
      digits.append(Base62.alphabet[Int(value % 62)])
      value /= 62
    }
    return digits.reversed()
  }
}

enum Base62 {
  static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  static func isDigit(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || byte &- 0x41 < 26 || byte &- 0x61 < 26
  }
}

/// CRC-32 as in ISO 3309 and zlib.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
  }
}
