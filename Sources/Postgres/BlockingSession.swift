import CPostgres

/// A session that blocks its thread: for start-up, maintenance and tests, never for requests.
package final class BlockingSession {
  private let handle: OpaquePointer

  package init(_ source: ConnectionSource) throws(PostgresError) {
    handle = try source.connect(statementTimeoutMilliseconds: 0)
  }

  deinit { PQfinish(handle) }

  /// Runs SQL without parameters; returns the first column of its rows as text.
  @discardableResult
  package func run(_ sql: String) throws(PostgresError) -> [String] {
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
      throw PostgresError(result: result)
    }
    guard PQnfields(result) > 0 else { return [] }
    return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
  }

  /// Text as a literal of SQL.
  package func literal(_ text: String) -> String {
    guard let escaped = PQescapeLiteral(handle, text, text.utf8.count) else { return "''" }
    defer { PQfreemem(escaped) }
    return String(cString: escaped)
  }
}
