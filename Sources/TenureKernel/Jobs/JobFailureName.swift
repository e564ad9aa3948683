package import Postgres
import TenureAPI

extension Job {
  /// The name of a failure; nil for one that passes by itself and is not the job's fault.
  ///
  /// It has no part of the error's message, because a message of the database or a library may
  /// quote values.
  package static func failure(of error: any Error) -> String? {
    switch error {
    case let error as PostgresError:
      guard error.kind == .refused || error.kind == .decoding, !error.passes else { return nil }
      return ["database", error.sqlState, error.constraint].filter { !$0.isEmpty }
        .joined(separator: " ")
    case let problem as Problem: return problem.code.rawValue
    default: return "\(type(of: error))"
    }
  }
}

extension PostgresError {
  /// Whether the statement may well succeed the next time: a lock, a deadlock, a serialisation
  /// failure, too few resources, a server that shuts down (PostgreSQL's appendix A).
  package var passes: Bool {
    isLockTimeout || sqlState == "40P01" || sqlState == "40001" || sqlState.hasPrefix("53")
      || sqlState.hasPrefix("57P")
  }
}
