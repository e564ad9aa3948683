import Reactor

/// An interactive transaction on a leased connection.
///
/// BEGIN and the prelude travel with the first statement: an interactive transaction of one
/// statement costs two round trips, its own and COMMIT's.
package final class Transaction: @unchecked Sendable {
  private let connection: Connection
  private let workers: WorkerPool
  private var unsent: [SQL]
  private var isBroken = false

  fileprivate init(_ connection: Connection, workers: WorkerPool, prelude: [SQL]) {
    self.connection = connection
    self.workers = workers
    unsent = ["BEGIN"] + prelude
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
      try await run("ROLLBACK TO SAVEPOINT part")
      throw error
    }
  }

  fileprivate func commit() async throws {
    if isBroken { return try await rollback() }
    if !unsent.isEmpty { return }
    _ = try await connection.run(["COMMIT"], commits: true)
  }

  fileprivate func rollback() async throws {
    if !unsent.isEmpty || connection.isLost { return }
    _ = try await connection.run(["ROLLBACK"], commits: false)
  }
}

extension Database {
  /// Runs `body` in a transaction and commits when it returns.
  ///
  /// Throwing rolls back.
  ///
  /// `keep` false rolls back although all went well: how a dry run sees real checks and leaves no
  /// trace. A task that is cancelled has its running statement cancelled on the server.
  package func transaction<Result: Sendable>(
    prelude: [SQL], keep: Bool = true, _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    try await withLease { connection in
      let transaction = Transaction(connection, workers: workers, prelude: prelude)
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
