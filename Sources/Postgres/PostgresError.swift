import CPostgres

/// An error of the database, in terms that a caller can act on.
package struct PostgresError: Error, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The server refused the statement; `sqlState` and `constraint` say why.
    case refused
    /// No connection was free in time.
    ///
    /// Nothing was sent, so the caller can try again.
    case unavailable
    /// The queue to the database is full.
    ///
    /// Nothing was sent.
    case overloaded
    /// The connection was lost after the statement was sent.
    case lost
    /// The connection was lost during COMMIT, so nobody knows whether the change was made.
    ///
    /// Only an idempotency key can tell; the statement is never repeated by itself.
    case commitUnknown
    /// A value does not have the type or form that the code expects, which is a fault.
    case decoding
  }

  package let kind: Kind
  /// SQLSTATE (PostgreSQL's appendix A); empty unless `refused`.
  package let sqlState: String
  /// The name of the violated constraint; empty where none is.
  package let constraint: String
  /// For the log only, because it may quote values of the statement.
  package let message: String
  /// What the server was doing, in its own words; after waiting for a lock it names the index or
  /// table.
  package let context: String

  package init(
    kind: Kind, sqlState: String = "", constraint: String = "", message: String = "",
    context: String = ""
  ) {
    self.kind = kind
    self.sqlState = sqlState
    self.constraint = constraint
    self.message = message
    self.context = context
  }

  init(result: OpaquePointer?) {
    func field(_ code: UInt8) -> String {
      PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? ""
    }
    self.init(
      kind: .refused, sqlState: field(UInt8(ascii: "C")), constraint: field(UInt8(ascii: "n")),
      message: field(UInt8(ascii: "M")), context: field(UInt8(ascii: "W")))
  }

  package var description: String { "\(kind) \(sqlState) \(constraint) \(message)" }

  /// Whether a value violates a rule of the data (SQLSTATE class 23), which it would do again.
  package var isIntegrityViolation: Bool { sqlState.hasPrefix("23") }
  package var isUniqueViolation: Bool { sqlState == "23505" }
  /// Whether a lock could not be had in time, or there was a deadlock.
  package var isLockTimeout: Bool { sqlState == "55P03" || sqlState == "40P01" }

  /// Whether it had waited for a transaction that has written the same key to this unique index.
  package func waited(forIndex name: String) -> Bool {
    isLockTimeout && context.contains("index tuple") && context.contains("\"\(name)\"")
  }
  package var isTimeout: Bool { sqlState == "57014" }
}
