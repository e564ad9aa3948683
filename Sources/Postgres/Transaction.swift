import Reactor

/// An interactive transaction on a leased connection.
///
/// BEGIN and the prelude travel with the first statement: an interactive transaction of one
/// statement costs two round trips, its own and COMMIT's.
package final class Transaction: @unchecked Sendable {
  private let connection: Connection
  private let workers: WorkerPool
  private var unsent: [SQL]
  private var hasBegun = false
  private var isBroken = false
  /// The statement that set the settings in force, such as whose rows are in sight; nil where the
  /// prelude set none.
  private var scope: SQL?

  fileprivate init(_ connection: Connection, workers: WorkerPool, scope: SQL?, prelude: [SQL]) {
    self.connection = connection
    self.workers = workers
    self.scope = scope
    unsent = ["BEGIN"] + (scope.map { [$0] } ?? []) + prelude
  }

  /// Runs `body` under other settings, and puts back those before it: both travel with the
  /// statements that follow, and cost no round trip.
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

  /// Sends several statements in one round trip; answers the rows of each.
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

  /// Tries statements whose failure must not spoil the transaction.
  package func attempt(_ statements: [SQL]) async throws -> [Rows] {
    try await undoing {
      let rows = try await run(["SAVEPOINT part"] + statements + ["RELEASE SAVEPOINT part"])
      return Array(rows.dropFirst().dropLast())
    }
  }

  /// Tries a part of the work, whose failure must not spoil the rest: none of it stays then.
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
      // Settings go back to those of the savepoint with everything else.
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
  /// Runs `body` in a transaction and commits when it returns.
  ///
  /// Throwing rolls back.
  ///
  /// `keep` false rolls back although all went well: how a dry run sees real checks and leaves no
  /// trace. A task that is cancelled has its running statement cancelled on the server. `scope` is
  /// what `Transaction.within` puts back.
  package func transaction<Result: Sendable>(
    scope: SQL? = nil, prelude: [SQL] = [], keep: Bool = true,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    try await withLease { connection in
      let transaction = Transaction(connection, workers: workers, scope: scope, prelude: prelude)
      do {
        let result = try await body(transaction)
        if keep { try await transaction.commit() } else { try await transaction.rollback() }
        return result
      } catch {
        // The first error is the one that tells; a failed rollback ends the connection anyway.
        do { try await transaction.rollback() } catch { connection.fail() }
        throw error
      }
    }
  }
}
