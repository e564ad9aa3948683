/// A URL that a stranger has chosen.
///
/// One strict parser reads it, and refuses whatever other parsers could read in another way.
package struct OutboundURL: Sendable, Equatable {
  package enum Refusal: String, Error, Sendable {
    case malformed = "the URL is malformed"
    case scheme = "only https is allowed"
    case userInfo = "user information is not allowed"
    case port = "only the ports 443 and 8443 are allowed"
    case addressLiteral = "a name is needed in place of an IP address"
    case localName = "the name belongs to a local network"
    case fragment = "a fragment is not allowed"
  }

  package let host: String
  package let port: Int
  /// The path and query, as in the request line.
  package let target: String
  /// The whole URL as it is kept: the host in lower case, blanks escaped.
  package let text: String

  private static let bytesMax = 2_048
  private static let portsAllowed = [443, 8_443]
  private static let characters = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=".utf8)
  private static let localSuffixes = ["localhost", "local", "internal", "home.arpa"]

  /// `anyPort` allows other ports than 443 and 8443, for closed networks and tests.
  package init(parsing text: String, anyPort: Bool = false) throws(Refusal) {
    // Only a blank has one meaning for everybody who takes it at all.
    let text = text.replacing(" ", with: "%20")
    guard text.utf8.count <= Self.bytesMax, Self.isPlain(text) else { throw .malformed }
    guard text.hasPrefix("https://") else {
      throw text.lowercased().hasPrefix("https:") || !text.contains("://") ? .malformed : .scheme
    }
    if text.contains("#") { throw .fragment }
    let rest = text.dropFirst("https://".count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    if authority.contains("@") { throw .userInfo }
    if authority.contains("[") { throw .addressLiteral }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let name = parts.first else { throw .malformed }
    var port = 443
    if parts.count == 2 {
      guard let number = Self.port(parts[1]),
        (anyPort && (1...65_535).contains(number)) || Self.portsAllowed.contains(number)
      else { throw .port }
      port = number
    }
    host = try Self.host(String(name))
    self.port = port
    let path = rest.dropFirst(authority.count)
    target = path.hasPrefix("/") ? String(path) : "/" + path
    self.text = "https://" + authority.lowercased() + path
  }

  /// Whether a text holds only characters that a URL may hold, `%` before two hexadecimal digits
  /// (RFC 3986, section 2).
  private static func isPlain(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.allSatisfy { index in
      if bytes[index] != UInt8(ascii: "%") { return characters.contains(bytes[index]) }
      return index + 2 < bytes.count && isHexadecimal(bytes[index + 1])
        && isHexadecimal(bytes[index + 2])
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
  }

  /// Only the plain form of a number is accepted, because some parsers read `+443` and `0443` as
  /// 443 and others refuse them.
  private static func port(_ text: Substring) -> Int? {
    let isPlain =
      (1...5).contains(text.utf8.count) && text.utf8.first != 0x30
      && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
    return isPlain ? Int(text) : nil
  }

  private static func host(_ text: String) throws(Refusal) -> String {
    let name = text.lowercased()
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isWellFormed =
      name.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.utf8.first != 0x2D && label.utf8.last != 0x2D
          && label.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D }
      }
    // A dot at the end makes an empty label, which is malformed; only local names are recognised
    // before.
    let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
    if localSuffixes.contains(where: { bare == $0 || bare.hasSuffix("." + $0) }) {
      throw .localName
    }
    guard isWellFormed else { throw .malformed }
    // Some resolvers take 127.1, 0x7f000001 and 2130706433 for addresses.
    if let last = labels.last, last.first?.isNumber == true { throw .addressLiteral }
    guard labels.count >= 2 else { throw .localName }
    return name
  }
}
