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

  private static let bytesMax = 2_048
  private static let portsAllowed = [443, 8_443]
  private static let localSuffixes = ["localhost", "local", "internal", "home.arpa"]

  /// `anyPort` allows other ports than 443 and 8443, for closed networks and tests.
  package init(parsing text: String, anyPort: Bool = false) throws(Refusal) {
    guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
      !text.contains("\\")
    else { throw .malformed }
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
    let path = String(rest.dropFirst(authority.count)).replacing(" ", with: "%20")
    target = path.hasPrefix("/") ? path : "/" + path
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
