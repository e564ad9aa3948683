/// Writes a response body piece by piece with chunked coding.
///
/// Confined to its connection's loop.
package final class BodyWriter: @unchecked Sendable {
  /// The client went away: there is nobody to write for.
  package struct Disconnected: Error {}

  private let connection: ServerConnection
  init(_ connection: ServerConnection) { self.connection = connection }

  /// Appends one piece; suspends while the client is slower than the writer.
  package func write(_ bytes: [UInt8]) async throws {
    try await connection.writeChunk(bytes)
  }
}
