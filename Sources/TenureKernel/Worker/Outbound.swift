package import HTTP
package import Reactor

/// Connects to servers that strangers have named, such as receivers of webhooks.
package struct Outbound: Sendable {
  package let client: HTTPClient
  package let resolvers: Resolvers
  /// Whether private addresses and all ports are allowed, for closed networks and tests.
  package let allowsPrivate: Bool
  /// The threads that sign, which takes too long for the loop.
  package let pool: WorkerPool

  package init(
    client: HTTPClient, resolvers: Resolvers, allowsPrivate: Bool, pool: WorkerPool
  ) {
    self.client = client
    self.resolvers = resolvers
    self.allowsPrivate = allowsPrivate
    self.pool = pool
  }

  /// Sends a request to an address that was checked, and to no other.
  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    try await client.send(request, to: address(of: request.host))
  }

  /// Opens a connection for several requests to one server, on the client's loop.
  package func connect(to host: String, _ port: Int) async throws -> ClientConnection {
    let address = try await address(of: host)
    return try client.connect(to: host, port, at: address)
  }

  /// The address of a name to connect to; throws where one of them is not allowed.
  private func address(of host: String) async throws -> OutboundAddress {
    let addresses = try await resolvers.addresses(of: host)
    return try HTTPClient.choose(addresses, requiresGlobal: !allowsPrivate)
  }
}
