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

  /// The name under which the loss of a job's connection is counted; nil for other errors.
  ///
  /// Once, it is what `failure(of:)` takes it for, such as a restart of PostgreSQL. Where the same
  /// job loses its connection turn after turn, the job is the likely cause: it may be silent for so
  /// long in a transaction that PostgreSQL ends it, or bring down its backend.
  package static func lostConnection(of error: any Error) -> String? {
    guard let error = error as? PostgresError else { return nil }
    let isLost =
      error.kind == .lost || error.kind == .commitUnknown || error.sqlState.hasPrefix("57P")
    return isLost ? "database lost" : nil
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
