package import Reactor

/// Listens on one socket, and deals its clients to the loops in turn.
///
/// So all loops have the same number of connections, which hashing by `SO_REUSEPORT` does not
/// achieve.
package final class Acceptor: @unchecked Sendable {
  private let servers: [HTTPServer]
  private let listener: Listener
  private let loop: EventLoop

  /// Binds to a numeric address.
  ///
  /// `tls` is called for each client, so that the certificate can be replaced while the server
  /// runs; nil means plain text.
  package init(
    host: String, port: Int, servers: [HTTPServer], tls: @escaping @Sendable () -> TLSContext?
  ) throws(SystemError) {
    self.servers = servers
    loop = servers[0].loop
    var next = 0
    listener = try Listener(host: host, port: port, loop: loop) { fd in
      let server = servers[next]
      next = (next + 1) % servers.count
      if server.loop.isCurrent {
        server.accept(fd, tls: tls())
      } else {
        server.loop.execute { server.accept(fd, tls: tls()) }
      }
    }
  }

  package var port: Int { listener.port }

  package func start() { loop.execute { [self] in listener.start() } }

  /// Stops accepting; connections that were accepted go on.
  package func stop() async {
    try? await loop.run { [self] in listener.stop() }
  }
}
