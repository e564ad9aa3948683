import Foundation

/// An HTTP proxy, as environment variables name it.
package struct HTTPProxy: Sendable, Equatable {
  package let host: String
  package let port: Int
  /// The value of `Proxy-Authorization` (RFC 7617); nil where the URL has no user.
  package let authorization: String?

  package enum Malformed: Error, Equatable {
    /// The text is not a URL such as `http://proxy.example:3128`.
    case url
    /// The proxy is of another kind, such as SOCKS.
    case scheme
  }

  /// Parses a proxy's URL.
  ///
  /// Without a scheme it is HTTP, without a port 80, as in other programs.
  package init(parsing text: String) throws(Malformed) {
    let whole = text.contains("://") ? text : "http://" + text
    guard let url = URLComponents(string: whole), let host = url.host, !host.isEmpty,
      url.path.isEmpty || url.path == "/", (1...65_535).contains(url.port ?? 80)
    else { throw .url }
    guard url.scheme?.lowercased() == "http" else { throw .scheme }
    self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    port = url.port ?? 80
    authorization = url.user.map { user in
      "Basic " + Data("\(user):\(url.password ?? "")".utf8).base64EncodedString()
    }
  }

  /// The proxy that the environment sets for a server, with the name of the variable; nil for none.
  ///
  /// The variable is `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of the server, otherwise
  /// `ALL_PROXY`; lower-case names come first. Servers in `NO_PROXY` and this machine itself need
  /// no proxy.
  ///
  /// A web server hands its CGI programs a request's header `Proxy` as `HTTP_PROXY`, so where
  /// `REQUEST_METHOD` is set, that variable may be a stranger's and is ignored (CVE-2016-5385).
  package static func named(
    in environment: [String: String], scheme: String, host: String, port: Int
  ) -> (variable: String, value: String)? {
    if OutboundAddress.isLoopback(host: host) { return nil }
    let exempt = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
    if isExempt(host, port, exempt) { return nil }
    let name = scheme.lowercased() + "_proxy"
    for variable in [name, name.uppercased(), "all_proxy", "ALL_PROXY"] {
      if variable == "HTTP_PROXY" && environment["REQUEST_METHOD"] != nil { continue }
      if let value = environment[variable], !value.isEmpty { return (variable, value) }
    }
    return nil
  }

  /// Whether a list such as `example.com,.internal,10.0.0.0/8,host:8443,*` contains a server.
  ///
  /// A name stands for itself and all names below it; a dot at its end changes nothing.
  private static func isExempt(_ host: String, _ port: Int, _ list: String) -> Bool {
    let address = OutboundAddress(host)
    let host = withoutDot(host.lowercased()[...])
    return list.lowercased().split { $0 == "," || $0 == " " }.contains { entry in
      if entry == "*" { return true }
      if entry.contains("/") { return isWithin(address, entry) }
      var name = entry
      if entry.count(where: { $0 == ":" }) == 1 || entry.hasPrefix("["),
        let colon = entry.lastIndex(of: ":"), let number = Int(entry[entry.index(after: colon)...])
      {
        if number != port { return false }
        name = entry[..<colon]
      }
      let bare = name.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
      if let address, let listed = OutboundAddress(bare) {
        return address.plainBytes == listed.plainBytes
      }
      let suffix = withoutDot(bare.drop { $0 == "*" }.drop { $0 == "." })
      return !suffix.isEmpty && (host == suffix || host.hasSuffix("." + suffix))
    }
  }

  private static func withoutDot(_ name: Substring) -> Substring {
    name.hasSuffix(".") ? name.dropLast() : name
  }

  /// Whether an address is in a block such as `10.0.0.0/8` or `fd00::/8` (RFC 4632).
  private static func isWithin(_ address: OutboundAddress?, _ block: Substring) -> Bool {
    let parts = block.split(separator: "/")
    guard parts.count == 2, let bits = Int(parts[1]), let address = address?.plainBytes,
      let base = OutboundAddress(String(parts[0]))?.plainBytes, address.count == base.count,
      (0...address.count * 8).contains(bits)
    else { return false }
    return (0..<bits).allSatisfy { bit in
      let mask = UInt8(0x80) >> (bit % 8)
      return address[bit / 8] & mask == base[bit / 8] & mask
    }
  }
}
