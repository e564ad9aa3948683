/// Writes a response body piece by piece with chunked coding.
///
/// Confined to its connection's loop.
package final class BodyWriter: @unchecked Sendable {
  /// The client has closed the connection.
  package struct Disconnected: Error {}

  private let connection: ServerConnection
  init(_ connection: ServerConnection) { self.connection = connection }

  /// Writes one piece; suspends while the client is slower than the writer.
  package func write(_ bytes: [UInt8]) async throws {
    try await connection.writeChunk(bytes)
  }
}
