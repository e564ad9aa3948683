import Foundation

/// The form of an address in settings.
package enum NumericAddress {
  /// The host and port of a text such as `127.0.0.1:8080` or `[::1]:53`; nil where it is not
  /// numeric.
  package static func parse(_ text: String) -> (host: String, port: Int)? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    let isNumeric = host.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
    return host.isEmpty || !isNumeric ? nil : (host, port)
  }
}
