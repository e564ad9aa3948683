import Postgres

extension BlockingSession {
  /// How PostgreSQL refuses a statement: its SQLSTATE, and the constraint where it names one; "done"
  /// where it does not refuse.
  package func refusal(of sql: String) throws -> String {
    do throws(PostgresError) { _ = try run(sql) } catch {
      guard error.kind == .refused else { throw error }
      return [error.sqlState, error.constraint].filter { !$0.isEmpty }.joined(separator: " ")
    }
    return "done"
  }
}
