import Foundation
package import JSON
package import Postgres
package import Tenure

// Extensions that connect the libraries with Tenure, so that neither has to import the other.

extension Identifier: SQLBindable {
  package static var oid: UInt32 { UUID.oid }
  package static var arrayOID: UInt32 { UUID.arrayOID }
  package func write(to bytes: inout [UInt8]) { uuid.write(to: &bytes) }
}

extension Timestamp: SQLBindable {
  package static var oid: UInt32 { SQLTimestamp.oid }
  package static var arrayOID: UInt32 { SQLTimestamp.arrayOID }
  package func write(to bytes: inout [UInt8]) {
    SQLTimestamp(microseconds: microseconds).write(to: &bytes)
  }
}

extension Row {
  package func identifier<Kind>(
    _ column: Int, _ type: Identifier<Kind>.Type
  ) throws(PostgresError) -> Identifier<Kind> {
    Identifier(uuid: try uuid(column))
  }

  /// An array of ids that the statement has cast to text; throws for one that is not a UUID.
  package func identifiers<Kind>(
    _ column: Int, _ type: Identifier<Kind>.Type = Identifier<Kind>.self
  ) throws(PostgresError) -> [Identifier<Kind>] {
    var identifiers: [Identifier<Kind>] = []
    for text in try strings(column) {
      guard let uuid = UUID(uuidString: text) else {
        throw PostgresError(
          kind: .decoding, message: "column \(column) has no uuid: '\(text.prefix(40))'")
      }
      identifiers.append(Identifier(uuid: uuid))
    }
    return identifiers
  }

  /// A value of an enumeration, by its raw value; throws for one that the enumeration does not
  /// have.
  package func choice<Choice: RawRepresentable<String>>(
    _ column: Int, _ type: Choice.Type = Choice.self
  ) throws(PostgresError) -> Choice {
    try Self.known(try string(column), column)
  }

  /// A value of an enumeration, by its raw value, or nil for NULL; throws for one that the
  /// enumeration does not have.
  package func optionalChoice<Choice: RawRepresentable<String>>(
    _ column: Int, _ type: Choice.Type = Choice.self
  ) throws(PostgresError) -> Choice? {
    guard let text = try optionalString(column) else { return nil }
    return try Self.known(text, column) as Choice
  }

  private static func known<Choice: RawRepresentable<String>>(
    _ text: String, _ column: Int
  ) throws(PostgresError) -> Choice {
    guard let choice = Choice(rawValue: text) else {
      throw PostgresError(
        kind: .decoding, message: "column \(column) is no \(Choice.self): '\(text.prefix(40))'")
    }
    return choice
  }

  package func time(_ column: Int) throws(PostgresError) -> Timestamp {
    Timestamp(microseconds: try timestamp(column).microseconds)
  }

  package func optionalTime(_ column: Int) throws(PostgresError) -> Timestamp? {
    try optionalTimestamp(column).map { Timestamp(microseconds: $0.microseconds) }
  }
}

/// Members of a JSON object that the service itself has stored: what is missing, or of another type,
/// is a failure. The message names the member and never its value, which may be personal.
extension JSONValue {
  package func storedText(_ name: String) throws(PostgresError) -> String {
    guard let text = self[name]?.string else { throw Self.undecoded(name) }
    return text
  }

  /// nil where the member is missing or null.
  package func optionalStoredText(_ name: String) throws(PostgresError) -> String? {
    guard let value = self[name], value != .null else { return nil }
    guard let text = value.string else { throw Self.undecoded(name) }
    return text
  }

  package func storedBase64(_ name: String) throws(PostgresError) -> [UInt8] {
    guard let data = Data(base64Encoded: try storedText(name)) else { throw Self.undecoded(name) }
    return Array(data)
  }

  private static func undecoded(_ name: String) -> PostgresError {
    PostgresError(kind: .decoding, message: "a stored '\(name)' is missing or unknown")
  }
}

extension Access {
  /// Sets the transaction's context to the tenant, by which row-level security decides what is
  /// visible.
  package var context: SQL { SQL.context(tenant) }

  /// Sets the context of a transaction that is `unflushed`, in one statement.
  package var unflushedContext: SQL {
    SQL.context(tenant).adding(", set_config('synchronous_commit', 'off', true)")
  }
}

extension Database {
  /// Runs `body` in a transaction with the context of one tenant.
  package func transaction<Result: Sendable>(
    in access: Access, prelude: [SQL] = [], keep: Bool = true,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    let isPatient = Patience.isNeeded || access.caller.job != nil
    let turn = LeaseTurn(party: access.party, isPatient: isPatient)
    return try await transaction(
      turn: turn, scope: access.context, prelude: prelude, keep: keep, body)
  }

  /// Runs one statement on a leased connection, in the tenant's context; for lists.
  package func read(_ access: Access, _ statement: SQL) async throws -> Rows {
    try await transaction(in: access) { transaction in
      try await transaction.run(statement)
    }
  }

  /// Runs one statement on the shared connection, in the tenant's context, in one round trip; for
  /// single rows.
  package func find(_ access: Access, _ statement: SQL) async throws -> Rows {
    let rows = try await run([access.context, statement])
    return rows[1]
  }
}

/// Whether the task cannot be begun anew where it does not get its turn at the database.
///
/// So it is once an answer has begun: it cannot be refused any more, only cut off.
enum Patience {
  @TaskLocal static var isNeeded = false
}

extension Access {
  /// Whose turns its work takes: the person's own, and otherwise the tenant's.
  fileprivate var party: UUID {
    if case .person(let account) = caller.plane { account.uuid } else { tenant.uuid }
  }
}

extension Transaction {
  /// Sets the context to another tenant while `body` runs, and restores it afterwards.
  package func within<Value>(
    _ access: Access, _ body: () async throws -> Value
  ) async throws -> Value {
    try await within(scope: access.context, body)
  }
}

extension SQL {
  /// The query with its rows locked until the transaction ends.
  package var forUpdate: SQL { adding("\nFOR UPDATE") }

  /// Makes PostgreSQL plan with indexes only.
  ///
  /// A plan that is made while a table is small would read the whole table, and is kept when the
  /// table has grown.
  package static let byIndex: SQL = """
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
    """

  /// Commits without waiting for the disk: for what may be lost in a crash of PostgreSQL.
  package static let unflushed: SQL = "SELECT set_config('synchronous_commit', 'off', true)"

  package static func context(_ tenant: TenantID) -> SQL {
    "SELECT set_config('tenure.tenant', \(tenant.uuid.hexadecimal), true)"
  }
}

extension UUID {
  /// The id as 32 hexadecimal digits, which PostgreSQL reads as a uuid.
  ///
  /// It is faster than `uuidString`, which formats by printf.
  fileprivate var hexadecimal: String {
    withUnsafeBytes(of: uuid) { raw in
      String(unsafeUninitializedCapacity: 32) { digits in
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x57 }
        for (index, byte) in raw.enumerated() {
          digits[index * 2] = digit(byte >> 4)
          digits[index * 2 + 1] = digit(byte & 15)
        }
        return 32
      }
    }
  }
}
