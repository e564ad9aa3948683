import Glibc
package import Reactor

/// A request to another server.
package struct OutboundRequest: Sendable {
  package var method: String
  /// The name for `Host`, SNI and the certificate.
  package var host: String
  package var port: Int
  package var target: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Returns the body piece by piece, nil at its end; it is sent with chunked coding instead of
  /// `body`.
  package var bodyStream: (@Sendable () async throws -> [UInt8]?)?
  /// Whether the response needs its whole body.
  ///
  /// Where not, the status alone counts, and a body that is too large, too slow or broken is
  /// ignored.
  package var needsBody = true

  package init(
    method: String, host: String, port: Int, target: String,
    headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.method = method
    self.host = host
    self.port = port
    self.target = target
    self.headers = headers
    self.body = body
  }
}

/// The response of another server.
///
/// Redirects are not followed: a 3xx is a response like others.
package struct OutboundResponse: Sendable {
  package let status: Int
  /// Names in lower case.
  package let headers: [(name: String, value: String)]
  package var body: [UInt8]

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

package enum OutboundError: Error, Equatable, Sendable {
  /// The address is not public, and only public ones may be connected to.
  case addressRefused
  case connectFailed(errno: Int32)
  /// The certificate is not trusted, not valid, or for another name.
  case tlsFailed
  case timedOut
  /// The response is not HTTP, or where its body ends is unclear.
  case malformedResponse
  case responseTooLarge
  case disconnected
  /// The proxy refused the tunnel, with this status.
  case proxyRefused(status: Int)
}

/// Sends requests on one loop, each with a deadline and a largest size.
package final class HTTPClient: @unchecked Sendable {
  package struct Limits: Sendable {
    package var seconds: Double = 15
    package var responseBytesMax = 64 * 1_024
    /// Whether only public addresses may be connected to, as for URLs that strangers have chosen.
    package var requiresGlobalAddress = true
    package init() {}
  }

  private let loop: EventLoop
  private var tls: TLSContext?
  private let limits: Limits
  private let proxy: HTTPProxy?

  /// With nil `tls` requests are plain text, which only the command line does, and only where it
  /// was told to.
  ///
  /// With a proxy, requests are sent to the proxy's address: TLS goes through a tunnel, and a
  /// request in plain text has its whole URL in the request line (RFC 9112, section 3.2.2).
  package init(
    loop: EventLoop, tls: TLSContext?, limits: Limits = Limits(), proxy: HTTPProxy? = nil
  ) {
    self.loop = loop
    self.tls = tls
    self.limits = limits
    self.proxy = proxy
  }

  /// Sets the TLS context of new connections.
  ///
  /// Call it on the client's loop.
  package func use(_ tls: TLSContext) {
    loop.assertCurrent()
    self.tls = tls
  }

  /// Sends a request to `address`.
  ///
  /// The host was resolved and checked to get it, and is not resolved again.
  ///
  /// `received` gets the body piece by piece; the response's `body` is empty then.
  package func send(
    _ request: OutboundRequest, to address: OutboundAddress,
    received: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws -> OutboundResponse {
    if limits.requiresGlobalAddress && !address.isGlobal { throw OutboundError.addressRefused }
    return try await loop.run { [self] in
      try await connect(to: request.host, request.port, at: address)
        .send(request, received: received)
    }
  }

  /// Opens a connection to a checked address, for several requests in turn.
  ///
  /// Call it on the client's loop.
  package func connect(
    to host: String, _ port: Int, at address: OutboundAddress
  ) throws(OutboundError) -> ClientConnection {
    if limits.requiresGlobalAddress && !address.isGlobal { throw .addressRefused }
    return try ClientConnection(
      to: host, port, at: address, loop: loop, tls: tls, limits: limits, proxy: proxy)
  }

  /// The addresses of a name, by the system's resolver.
  ///
  /// It blocks: for worker threads.
  package static func resolve(_ host: String) throws -> [OutboundAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &found) == 0 else {
      throw OutboundError.connectFailed(errno: EHOSTUNREACH)
    }
    defer { freeaddrinfo(found) }
    var addresses: [OutboundAddress] = []
    var next = found
    while let entry = next {
      var text = [CChar](repeating: 0, count: OutboundAddress.textBytesMax)
      getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
        NI_NUMERICHOST)
      let name = String(
        decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if let address = OutboundAddress(name), !addresses.contains(address) {
        addresses.append(address)
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// Chooses the address to connect to.
  ///
  /// With `requiresGlobal` every address of the name must be public: a name with public and private
  /// addresses is meant to deceive.
  package static func choose(
    _ addresses: [OutboundAddress], requiresGlobal: Bool
  ) throws(OutboundError) -> OutboundAddress {
    guard let first = addresses.first else { throw .connectFailed(errno: EHOSTUNREACH) }
    if requiresGlobal && !addresses.allSatisfy(\.isGlobal) { throw .addressRefused }
    return first
  }
}
