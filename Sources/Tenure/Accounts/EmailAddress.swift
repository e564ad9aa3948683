import Foundation

/// An e-mail address as Tenure holds it: what the person wrote, and the form that identifies it.
///
/// Identity is the local part in lower case and NFC, and the domain as an A-label in lower case:
/// `Ada@Büro.example` and `ada@xn--bro-hoa.example` are one address. Plus tags and dots are kept:
/// they belong to whoever runs the mailbox.
package struct EmailAddress: Hashable, Sendable {
  package enum Refusal: String, Error, Sendable {
    case missingAt = "an address needs a local part, '@' and a domain"
    case localTooLong = "the part before '@' is longer than 64 bytes"
    case tooLong = "the address is longer than 254 bytes"
    case localMalformed = "the part before '@' has characters or dots where none may stand"
    case domainMalformed = "the part after '@' is not a domain name"
    case domainNotQualified = "the domain needs at least two labels"
    case addressLiteral = "an IP address in place of a domain is not accepted"
    case quoted = "a quoted local part is not accepted"
  }

  /// RFC 5321 section 4.5.3.1.
  private static let localBytesMax = 64
  private static let bytesMax = 254

  /// As written, for display.
  package let text: String
  /// The identity of the address, for comparing and indexing.
  package let identity: String
  /// The domain in A-label form.
  package let domain: String

  package init(parsing text: String) throws(Refusal) {
    guard let at = text.lastIndex(of: "@"), at != text.startIndex else { throw .missingAt }
    let local = String(text[..<at])
    let domainText = String(text[text.index(after: at)...])
    guard !domainText.isEmpty else { throw .missingAt }
    if local.hasPrefix("\"") { throw .quoted }
    if domainText.hasPrefix("[") { throw .addressLiteral }
    let normalLocal = Self.normalized(local)
    if normalLocal.utf8.count > Self.localBytesMax { throw .localTooLong }
    guard Self.isDotAtom(normalLocal) else { throw .localMalformed }
    let domain = try Self.domain(domainText)
    identity = normalLocal + "@" + domain
    if text.utf8.count > Self.bytesMax || identity.utf8.count > Self.bytesMax { throw .tooLong }
    self.text = text
    self.domain = domain
  }

  /// Lower case and NFC.
  ///
  /// ASCII, which nearly all addresses are, needs no Unicode tables.
  private static func normalized(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    return text.precomposedStringWithCanonicalMapping.lowercased()
      .precomposedStringWithCanonicalMapping
  }

  /// RFC 5322 section 3.2.3, with letters beyond ASCII as RFC 6532 allows them.
  private static func isDotAtom(_ local: String) -> Bool {
    var previous = UInt8(ascii: ".")
    for byte in local.utf8 {
      if byte == UInt8(ascii: ".") ? previous == byte : byte < 0x80 && !isAtomByte[Int(byte)] {
        return false
      }
      previous = byte
    }
    if previous == UInt8(ascii: ".") { return false }
    return local.utf8.allSatisfy { $0 < 0x80 } || local.unicodeScalars.allSatisfy(isAtomScalar)
  }

  private static let isAtomByte: [Bool] = (0..<128).map { value in
    let byte = UInt8(value)
    return (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
      || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }

  private static func isAtomScalar(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  static func domain(_ text: String) throws(Refusal) -> String {
    // The full stop and the three characters UTS 46 maps to it.
    let isSeparator: (Unicode.Scalar) -> Bool = {
      $0 == "." || $0 == "\u{3002}" || $0 == "\u{FF0E}" || $0 == "\u{FF61}"
    }
    var labels: [String] = []
    let scalars = normalized(text).unicodeScalars
    for label in scalars.split(omittingEmptySubsequences: false, whereSeparator: isSeparator) {
      guard let ascii = Punycode.aLabel(String(label)) else { throw .domainMalformed }
      labels.append(ascii)
    }
    let domain = labels.joined(separator: ".")
    if domain.utf8.count > 253 { throw .domainMalformed }
    if labels.count < 2 { throw .domainNotQualified }
    if let last = labels.last, last.utf8.allSatisfy({ $0 &- 0x30 < 10 }) { throw .addressLiteral }
    return domain
  }
}

/// Punycode (RFC 3492) and the shape of a label (RFC 5890).
package enum Punycode {
  /// The A-label of one label in lower case and NFC; nil where it can be none.
  package static func aLabel(_ label: String) -> String? {
    var ascii = label
    if !label.utf8.allSatisfy({ $0 < 0x80 }) {
      guard label.unicodeScalars.allSatisfy(isLabelScalar), let encoded = encode(label) else {
        return nil
      }
      ascii = "xn--" + encoded
    }
    let bytes = Array(ascii.utf8)
    guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D,
      bytes.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D })
    else { return nil }
    if bytes.count > 3, bytes[2] == 0x2D, bytes[3] == 0x2D, !ascii.hasPrefix("xn--") { return nil }
    return ascii == "xn--" ? nil : ascii
  }

  private static func isLabelScalar(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return true }
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark,
      .decimalNumber:
      return true
    default: return false
    }
  }

  static func encode(_ label: String) -> String? {
    let scalars = label.unicodeScalars.map(\.value)
    var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
    let basicCount = output.count
    if basicCount > 0 { output.append(0x2D) }
    var (n, delta, bias, handled): (UInt32, UInt32, UInt32, Int) = (128, 0, 72, basicCount)
    while handled < scalars.count {
      guard let next = scalars.filter({ $0 >= n }).min() else { return nil }
      delta += (next - n) * UInt32(handled + 1)
      n = next
      for scalar in scalars {
        if scalar < n { delta += 1 }
        guard scalar == n else { continue }
        var q = delta
        var k: UInt32 = 36
        while true {
          let t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias
          if q < t { break }
          output.append(digit(t + (q - t) % (36 - t)))
          q = (q - t) / (36 - t)
          k += 36
        }
        output.append(digit(q))
        bias = adapt(delta, handled + 1, isFirst: handled == basicCount)
        delta = 0
        handled += 1
      }
      delta += 1
      n += 1
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func digit(_ value: UInt32) -> UInt8 {
    value < 26 ? UInt8(0x61 + value) : UInt8(0x30 + value - 26)
  }

  private static func adapt(_ delta: UInt32, _ count: Int, isFirst: Bool) -> UInt32 {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / UInt32(count)
    var k: UInt32 = 0
    while delta > 455 {
      delta /= 35
      k += 36
    }
    return k + 36 * delta / (delta + 38)
  }
}
