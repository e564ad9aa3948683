import HTTP

/// The form of an address in settings.
package enum NumericAddress {
  /// Why a text is no address with a port; the raw value is shown to whoever set it.
  package enum Malformed: String, Error, Sendable {
    case host = "a numeric address is expected, as in 127.0.0.1:8080 or [::1]:8080"
    case brackets = "an IPv6 address with a port stands in brackets, as in [::1]:8080"
    case port = "a port is expected, in digits, as in 127.0.0.1:8080"
  }

  /// The host and port of a text such as `127.0.0.1:8080`, `[::1]:53` or `[fe80::1%eth0]:53`.
  ///
  /// Where `fallback` is a port, the text may be without one, and then without brackets, too.
  package static func parse(
    _ text: String, port fallback: Int? = nil
  ) throws(Malformed) -> (host: String, port: Int) {
    if let fallback, OutboundAddress(text) != nil { return (text, fallback) }
    var host = text.prefix { $0 != ":" }
    var rest = text[host.endIndex...]
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw .brackets }
      host = text[..<end].dropFirst()
      rest = text[end...].dropFirst()
      guard host.contains(":") else { throw .host }
    } else if rest.dropFirst().contains(":") {
      throw .brackets
    }
    guard OutboundAddress(String(host)) != nil else { throw .host }
    if rest.isEmpty, let fallback { return (String(host), fallback) }
    guard rest.first == ":", let port = port(rest.dropFirst()) else { throw .port }
    return (String(host), port)
  }

  /// Only the plain form of a number: `+80` and `080` are read differently by different programs.
  private static func port(_ text: Substring) -> Int? {
    let isPlain =
      text.utf8.allSatisfy { $0 &- 0x30 < 10 } && (text.utf8.first != 0x30 || text.utf8.count == 1)
    guard isPlain, let port = Int(text), port <= 65_535 else { return nil }
    return port
  }
}
