import Reactor

/// An interactive transaction on a leased connection.
///
/// BEGIN and the prelude are sent with the first statement, so a transaction of one statement takes
/// two round trips: its own and that of COMMIT.
package final class Transaction: @unchecked Sendable {
  private let connection: Connection
  private let workers: WorkerPool
  private var unsent: [SQL]
  private var hasBegun = false
  private var isBroken = false
  /// The statement that has set the present settings, such as which tenant's rows are visible; nil
  /// where the transaction was begun without one.
  private var scope: SQL?

  fileprivate init(_ connection: Connection, workers: WorkerPool, scope: SQL?, prelude: [SQL]) {
    self.connection = connection
    self.workers = workers
    self.scope = scope
    unsent = ["BEGIN"] + (scope.map { [$0] } ?? []) + prelude
  }

  /// Runs `body` with other settings, then restores those before.
  ///
  /// Both are sent with the next statements, and take no round trip.
  ///
  /// `scope` is one statement that sets them until the transaction ends, such as `set_config` with
  /// `is_local`.
  package func within<Value>(
    scope inner: SQL, _ body: () async throws -> Value
  ) async throws -> Value {
    guard let outer = scope else {
      throw PostgresError(kind: .decoding, message: "the transaction was begun without a scope")
    }
    enter(inner)
    defer { enter(outer) }
    return try await body()
  }

  private func enter(_ other: SQL) {
    scope = other
    unsent.append(other)
  }

  @discardableResult
  package func run(_ statement: SQL) async throws -> Rows {
    guard let rows = try await run([statement]).last else {
      throw PostgresError(kind: .decoding, message: "no answer")
    }
    return rows
  }

  /// Runs several statements in one round trip; returns the rows of each.
  @discardableResult
  package func run(_ statements: [SQL]) async throws -> [Rows] {
    let all = unsent + statements
    let skipped = unsent.count
    unsent = []
    hasBegun = true
    let (connection, workers) = (self.connection, self.workers)
    do {
      let rows = try await withTaskCancellationHandler {
        try await connection.run(all, commits: false)
      } onCancel: {
        connection.cancelRunning(on: workers)
      }
      return Array(rows.dropFirst(skipped))
    } catch {
      isBroken = true
      throw error
    }
  }

  /// Runs statements that may fail without failing the transaction.
  package func attempt(_ statements: [SQL]) async throws -> [Rows] {
    try await undoing {
      let rows = try await run(["SAVEPOINT part"] + statements + ["RELEASE SAVEPOINT part"])
      return Array(rows.dropFirst().dropLast())
    }
  }

  /// Runs a part of the work that may fail without failing the rest: in that case the part is
  /// rolled back.
  package func attempt<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await run("SAVEPOINT part")
    return try await undoing {
      let value = try await body()
      try await run("RELEASE SAVEPOINT part")
      return value
    }
  }

  private func undoing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch {
      if let error = error as? PostgresError, error.kind != .refused { throw error }
      isBroken = false
      // Rolling back to the savepoint restores the settings of that time as well.
      unsent = []
      try await run("ROLLBACK TO SAVEPOINT part")
      throw error
    }
  }

  fileprivate func commit() async throws {
    if isBroken { return try await rollback() }
    if !hasBegun { return }
    _ = try await connection.run(["COMMIT"], commits: true)
  }

  fileprivate func rollback() async throws {
    if !hasBegun || connection.isLost { return }
    _ = try await connection.run(["ROLLBACK"], commits: false)
  }
}

extension Database {
  /// Runs `body` in a transaction, and commits when it returns.
  ///
  /// If it throws, the transaction is rolled back.
  ///
  /// With `keep` false the transaction is rolled back in any case: so a dry run meets all checks
  /// and leaves nothing behind. If the task is cancelled, the running statement is cancelled on the
  /// server. `scope` is the statement that `Transaction.within` restores.
  ///
  /// Throws the error `overloaded` where it is not its turn in time.
  package func transaction<Result: Sendable>(
    turn: LeaseTurn, scope: SQL? = nil, prelude: [SQL] = [], keep: Bool = true,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    try await withLease(turn) { connection in
      let transaction = Transaction(connection, workers: workers, scope: scope, prelude: prelude)
      do {
        let result = try await body(transaction)
        if keep { try await transaction.commit() } else { try await transaction.rollback() }
        return result
      } catch {
        // The first error says what went wrong; if the rollback fails as well, the connection is
        // ended.
        do { try await transaction.rollback() } catch { connection.fail() }
        throw error
      }
    }
  }
}
