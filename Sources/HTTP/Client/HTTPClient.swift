import Glibc
package import Reactor

/// A request to somebody else's server.
package struct OutboundRequest: Sendable {
  package var method: String
  /// The name for `Host`, SNI and the certificate.
  package var host: String
  package var port: Int
  package var target: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Gives the body piece by piece, with chunked coding, in place of `body`; nil ends it.
  package var bodyStream: (@Sendable () async throws -> [UInt8]?)?
  /// Whether the answer is worth nothing without its whole body; else its status is the answer,
  /// however large, slow or broken what follows it is.
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

/// The answer of somebody else's server.
///
/// Nothing follows a redirect: a 3xx is an answer like others.
package struct OutboundResponse: Sendable {
  package let status: Int
  /// Names in lower case.
  package let headers: [(name: String, value: String)]
  package var body: [UInt8]

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

package enum OutboundError: Error, Equatable, Sendable {
  /// The address is not one that may be connected to.
  case addressRefused
  case connectFailed(errno: Int32)
  /// The certificate is not trusted, not valid, or for another name.
  case tlsFailed
  case timedOut
  /// The answer is not HTTP, or its framing is broken.
  case malformedResponse
  case responseTooLarge
  case disconnected
  /// The proxy let nobody through, and answered this.
  case proxyRefused(status: Int)
}

/// Requests over one loop, each with a deadline and a bound.
package final class HTTPClient: @unchecked Sendable {
  package struct Limits: Sendable {
    package var seconds: Double = 15
    package var responseBytesMax = 64 * 1_024
    /// Whether only public addresses may be connected to: for URLs that strangers chose.
    package var requiresGlobalAddress = true
    package init() {}
  }

  private let loop: EventLoop
  private var tls: TLSContext?
  private let limits: Limits
  private let proxy: HTTPProxy?

  /// `tls` nil speaks plain text, which only our own CLI does, and only where it was told to.
  ///
  /// Through `proxy`, whose address requests are then sent to, TLS goes in a tunnel; a request in
  /// plain text says its whole URL to it (RFC 9112, section 3.2.2).
  package init(
    loop: EventLoop, tls: TLSContext?, limits: Limits = Limits(), proxy: HTTPProxy? = nil
  ) {
    self.loop = loop
    self.tls = tls
    self.limits = limits
    self.proxy = proxy
  }

  /// Connections from now on are verified by another context.
  ///
  /// On the client's loop.
  package func use(_ tls: TLSContext) {
    loop.assertCurrent()
    self.tls = tls
  }

  /// Sends a request to `address`, the one that was resolved and looked at: the name is not
  /// resolved again.
  ///
  /// `received` takes the body piece by piece in place of the answer's `body`.
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

  /// A connection for several requests, one after the other, to the address that was looked at.
  ///
  /// On the client's loop.
  package func connect(
    to host: String, _ port: Int, at address: OutboundAddress
  ) throws(OutboundError) -> ClientConnection {
    if limits.requiresGlobalAddress && !address.isGlobal { throw .addressRefused }
    return try ClientConnection(
      to: host, port, at: address, loop: loop, tls: tls, limits: limits, proxy: proxy)
  }

  /// The addresses of a name, by the system's resolver.
  ///
  /// Blocks: for worker threads.
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
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
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

  /// The one address to connect to.
  ///
  /// Where strangers chose the name, every address of it must be public: a name that mixes public
  /// and private ones is meant to deceive.
  package static func choose(
    _ addresses: [OutboundAddress], requiresGlobal: Bool
  ) throws(OutboundError) -> OutboundAddress {
    guard let first = addresses.first else { throw .connectFailed(errno: EHOSTUNREACH) }
    if requiresGlobal && !addresses.allSatisfy(\.isGlobal) { throw .addressRefused }
    return first
  }
}
