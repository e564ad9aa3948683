package import HTTP
package import Reactor

/// How this service reaches servers that strangers named.
package struct Outbound: Sendable {
  package let client: HTTPClient
  package let resolvers: Resolvers
  /// Whether private addresses and any port are allowed: closed networks and tests.
  package let allowsPrivate: Bool
  /// Threads that sign.
  package let pool: WorkerPool

  package init(
    client: HTTPClient, resolvers: Resolvers, allowsPrivate: Bool, pool: WorkerPool
  ) {
    self.client = client
    self.resolvers = resolvers
    self.allowsPrivate = allowsPrivate
    self.pool = pool
  }

  /// Sends to the address that was looked at, and to no other.
  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    try await client.send(request, to: address(of: request.host))
  }

  /// A connection for several requests to one server, on the client's loop.
  package func connect(to host: String, _ port: Int) async throws -> ClientConnection {
    let address = try await address(of: host)
    return try client.connect(to: host, port, at: address)
  }

  /// The one address of a name that may be connected to.
  private func address(of host: String) async throws -> OutboundAddress {
    let addresses = try await resolvers.addresses(of: host)
    return try HTTPClient.choose(addresses, requiresGlobal: !allowsPrivate)
  }
}
