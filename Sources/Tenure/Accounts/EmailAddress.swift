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
  /// The form that identifies the address, for comparing and indexing.
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

  /// The A-label form of the part after '@'.
  static func domain(_ text: String) throws(Refusal) -> String {
    guard let domain = InternationalName.ascii(text) else { throw .domainMalformed }
    let labels = domain.split(separator: ".")
    if labels.count < 2 { throw .domainNotQualified }
    if let last = labels.last, last.utf8.allSatisfy({ $0 &- 0x30 < 10 }) { throw .addressLiteral }
    return domain
  }
}
