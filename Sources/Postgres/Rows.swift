import CPostgres
package import Foundation

/// The rows of one statement in binary format; they are still in libpq's memory.
package final class Rows: @unchecked Sendable {
  private let result: OpaquePointer?
  package let count: Int

  init(_ result: OpaquePointer?) {
    self.result = result
    count = Int(PQntuples(result))
  }

  deinit { PQclear(result) }

  package var isEmpty: Bool { count == 0 }
  package var first: Row? { count > 0 ? Row(rows: self, index: 0) : nil }
  package subscript(index: Int) -> Row { Row(rows: self, index: index) }

  package func map<Value>(_ body: (Row) throws -> Value) rethrows -> [Value] {
    try (0..<count).map { try body(self[$0]) }
  }

  /// The bytes of one cell; nil for NULL.
  ///
  /// Throws where the column does not have the type with this number.
  fileprivate func bytes(_ row: Int, _ column: Int, _ oid: UInt32) throws(PostgresError)
    -> UnsafeRawBufferPointer?
  {
    let (row, column) = (Int32(row), Int32(column))
    guard column < PQnfields(result), PQftype(result, column) == oid else {
      throw PostgresError(
        kind: .decoding, message: "column \(column) has type \(PQftype(result, column)), not \(oid)"
      )
    }
    if PQgetisnull(result, row, column) == 1 { return nil }
    return UnsafeRawBufferPointer(
      start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
  }
}

/// One row.
///
/// Columns are read by their position in the statement.
package struct Row {
  fileprivate let rows: Rows
  fileprivate let index: Int

  package func uuid(_ column: Int) throws(PostgresError) -> UUID {
    guard let value = try optionalUUID(column) else { throw Self.null(column) }
    return value
  }

  package func optionalUUID(_ column: Int) throws(PostgresError) -> UUID? {
    guard let bytes = try rows.bytes(index, column, UUID.oid) else { return nil }
    return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
  }

  package func string(_ column: Int) throws(PostgresError) -> String {
    guard let value = try optionalString(column) else { throw Self.null(column) }
    return value
  }

  package func optionalString(_ column: Int) throws(PostgresError) -> String? {
    guard let bytes = try rows.bytes(index, column, String.oid) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  package func int(_ column: Int) throws(PostgresError) -> Int {
    guard let value = try optionalInt(column) else { throw Self.null(column) }
    return value
  }

  package func optionalInt(_ column: Int) throws(PostgresError) -> Int? {
    guard let bytes = try rows.bytes(index, column, Int.oid) else { return nil }
    return Int(Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
  }

  package func bool(_ column: Int) throws(PostgresError) -> Bool {
    guard let bytes = try rows.bytes(index, column, Bool.oid) else { throw Self.null(column) }
    return bytes[0] != 0
  }

  package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
    guard let value = try optionalBytes(column) else { throw Self.null(column) }
    return value
  }

  package func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
    try rows.bytes(index, column, Bytes.oid).map { Array($0) }
  }

  package func timestamp(_ column: Int) throws(PostgresError) -> SQLTimestamp {
    guard let value = try optionalTimestamp(column) else { throw Self.null(column) }
    return value
  }

  package func optionalTimestamp(_ column: Int) throws(PostgresError) -> SQLTimestamp? {
    guard let bytes = try rows.bytes(index, column, SQLTimestamp.oid) else { return nil }
    let value = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
    return SQLTimestamp(microseconds: value + SQLTimestamp.epoch)
  }

  /// An array of text without NULL elements.
  package func strings(_ column: Int) throws(PostgresError) -> [String] {
    guard let bytes = try rows.bytes(index, column, String.arrayOID) else { return [] }
    func int32(_ offset: Int) -> Int {
      Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
    guard int32(0) == 1 else { return [] }
    var values: [String] = []
    var offset = 20
    for _ in 0..<int32(12) {
      let length = int32(offset)
      guard length >= 0 else { throw Self.null(column) }
      offset += 4
      values.append(String(decoding: bytes[offset..<offset + length], as: UTF8.self))
      offset += length
    }
    return values
  }

  private static func null(_ column: Int) -> PostgresError {
    PostgresError(kind: .decoding, message: "column \(column) is NULL")
  }
}
