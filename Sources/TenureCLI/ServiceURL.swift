import Foundation
import HTTP

/// Where the service is, as `--url` gives it.
struct ServiceURL {
  let isEncrypted: Bool
  /// The host as requests name it, an IPv6 address in brackets (RFC 3986, section 3.2.2) and
  /// without its zone, which means something on this machine only (RFC 6874, section 4).
  let host: String
  /// The name or address to connect to.
  let place: String
  let port: Int
  /// The path below which the service lies; empty for none.
  let prefix: String

  var scheme: String { isEncrypted ? "https" : "http" }

  /// Parses a URL; nil for other text, and for a URL with a user, a query or a fragment.
  init?(_ text: String) {
    guard let url = URLComponents(string: text, encodingInvalidCharacters: false),
      let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let given = url.host?.lowercased(), (1...65_535).contains(url.port ?? 80),
      url.user == nil, url.password == nil, url.query == nil, url.fragment == nil
    else { return nil }
    isEncrypted = scheme == "https"
    port = url.port ?? (isEncrypted ? 443 : 80)
    // Where a gateway has the service below a path of its own, every request goes there.
    prefix = String(url.percentEncodedPath.reversed().drop { $0 == "/" }.reversed())
    if given.hasPrefix("[") {
      let inside = String(url.host?.dropFirst().dropLast() ?? "")
      guard inside.contains(":"), let address = OutboundAddress(inside) else { return nil }
      (host, place) = ("[\(address.bare)]", address.text)
    } else {
      let isName = given.utf8.allSatisfy {
        $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || [0x2D, 0x2E, 0x5F].contains($0)
      }
      guard isName, !given.isEmpty else { return nil }
      // Resolvers do not know this machine's name with the root's dot.
      (host, place) = (given, given == "localhost." ? "localhost" : given)
    }
  }
}
