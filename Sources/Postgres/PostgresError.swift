import CPostgres

/// What went wrong with the database, in the terms a caller can act on.
package struct PostgresError: Error, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The server refused the statement: `sqlState` and `constraint` say why.
    case refused
    /// No connection could be had in time. Nothing was sent: trying again is safe.
    case unavailable
    /// The queue to the database is full. Nothing was sent.
    case overloaded
    /// The connection was lost while the statement was on its way.
    case lost
    /// The connection was lost during COMMIT: the change is there, or is not. Only an idempotency
    /// key can tell; it is never repeated silently.
    case commitUnknown
    /// A value was not of the type the code expected: a defect.
    case decoding
  }

  package let kind: Kind
  /// SQLSTATE (PostgreSQL's appendix A); empty unless `refused`.
  package let sqlState: String
  /// The violated constraint's name, where there is one.
  package let constraint: String
  /// For the log only: it may quote values of the statement.
  package let message: String
  /// What the server was doing, by its own words: for a wait it names the index or the table.
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

  /// Whether a value breaks a rule of the data (SQLSTATE class 23): the same again would, too.
  package var isIntegrityViolation: Bool { sqlState.hasPrefix("23") }
  package var isUniqueViolation: Bool { sqlState == "23505" }
  /// Whether another transaction held what was wanted for too long, or each waited for the other.
  package var isLockTimeout: Bool { sqlState == "55P03" || sqlState == "40P01" }

  /// Whether that was one that has written the same key of a unique index, and has not ended.
  package func waited(forIndex name: String) -> Bool {
    isLockTimeout && context.contains("index tuple") && context.contains("\"\(name)\"")
  }
  package var isTimeout: Bool { sqlState == "57014" }
}
