package import Foundation

/// A statement whose values are bound, never spliced in: every interpolation becomes `$n`.
///
///     let sql: SQL = "SELECT name FROM tenure.tenants WHERE tenant_id = \(tenant)"
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  package private(set) var text: String
  package private(set) var parameters: [SQLParameter]

  /// Whether connections keep the statement prepared.
  ///
  /// False for text that is composed at run time, of which there are too many forms to keep.
  package var isPrepared = true

  /// Appends text of the program with its values, to compose a statement at run time.
  package mutating func append(_ more: SQL) {
    // Placeholders are renumbered from the last to the first, so that none is changed twice.
    var text = more.text
    for index in stride(from: more.parameters.count, to: 0, by: -1) {
      text = text.replacing("$\(index)", with: "$#\(index + parameters.count)")
    }
    self.text += text.replacing("$#", with: "$")
    parameters += more.parameters
    isPrepared = false
  }

  /// The statement with a constant text at its end, which can still be prepared.
  package func adding(_ text: StaticString) -> SQL {
    var copy = self
    copy.text += "\(text)"
    return copy
  }

  func rewritten(_ rewrite: (String) -> String) -> SQL {
    var copy = self
    copy.text = rewrite(text)
    return copy
  }

  package init(stringLiteral value: String) {
    text = value
    parameters = []
  }

  package init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
    parameters = stringInterpolation.parameters
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    fileprivate var parameters: [SQLParameter] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + interpolationCount * 3)
      parameters.reserveCapacity(interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    package mutating func appendInterpolation(_ value: some SQLBindable) {
      parameters.append(value.sqlParameter)
      text += "$\(parameters.count)"
    }

    /// Binds a value that may be NULL.
    ///
    /// It has a label because the compiler warns of optionals in interpolations.
    package mutating func appendInterpolation(nullable value: (some SQLBindable)?) {
      appendInterpolation(value)
    }

    /// Inserts text that is part of the program, such as a list of columns that two statements
    /// share.
    package mutating func appendInterpolation(text fragment: StaticString) { text += "\(fragment)" }
  }
}

/// One bound value in PostgreSQL's binary format; nil `bytes` are NULL.
package struct SQLParameter: Sendable {
  package let oid: UInt32
  package let bytes: [UInt8]?

  package init(oid: UInt32, bytes: [UInt8]?) {
    self.oid = oid
    self.bytes = bytes
  }
}

/// A type whose values can be bound.
///
/// `oid` and `arrayOID` are the numbers of PostgreSQL's built-in types (pg_type).
package protocol SQLBindable {
  static var oid: UInt32 { get }
  static var arrayOID: UInt32 { get }
  var sqlBytes: [UInt8]? { get }
}

extension SQLBindable {
  package var sqlParameter: SQLParameter { SQLParameter(oid: Self.oid, bytes: sqlBytes) }
}

extension UUID: SQLBindable {
  package static var oid: UInt32 { 2950 }
  package static var arrayOID: UInt32 { 2951 }
  package var sqlBytes: [UInt8]? { withUnsafeBytes(of: uuid) { Array($0) } }
}

extension String: SQLBindable {
  package static var oid: UInt32 { 25 }
  package static var arrayOID: UInt32 { 1009 }
  package var sqlBytes: [UInt8]? { Array(utf8) }
}

extension Int: SQLBindable {
  package static var oid: UInt32 { 20 }
  package static var arrayOID: UInt32 { 1016 }
  package var sqlBytes: [UInt8]? { withUnsafeBytes(of: Int64(self).bigEndian) { Array($0) } }
}

extension Bool: SQLBindable {
  package static var oid: UInt32 { 16 }
  package static var arrayOID: UInt32 { 1000 }
  package var sqlBytes: [UInt8]? { [self ? 1 : 0] }
}

/// A value of type `bytea`.
///
/// It is a type of its own because an array of `UInt8` would be bound as an array.
package struct Bytes: SQLBindable, Sendable {
  package static var oid: UInt32 { 17 }
  package static var arrayOID: UInt32 { 1001 }
  package let sqlBytes: [UInt8]?
  package init(_ bytes: [UInt8]) { sqlBytes = bytes }
}

/// `timestamptz`, as microseconds since 1970 (PostgreSQL itself counts from 2000).
package struct SQLTimestamp: SQLBindable, Sendable {
  package static var oid: UInt32 { 1184 }
  package static var arrayOID: UInt32 { 1185 }
  /// Microseconds between 1970-01-01 and 2000-01-01.
  static let epoch: Int64 = 946_684_800_000_000
  package let microseconds: Int64
  package init(microseconds: Int64) { self.microseconds = microseconds }
  package var sqlBytes: [UInt8]? {
    withUnsafeBytes(of: (microseconds - Self.epoch).bigEndian) { Array($0) }
  }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
  package static var oid: UInt32 { Wrapped.oid }
  package static var arrayOID: UInt32 { Wrapped.arrayOID }
  package var sqlBytes: [UInt8]? { flatMap { $0.sqlBytes } }
}

/// A one-dimensional array in PostgreSQL's binary format.
extension Array: SQLBindable where Element: SQLBindable {
  package static var oid: UInt32 { Element.arrayOID }
  package static var arrayOID: UInt32 { Element.arrayOID }

  package var sqlBytes: [UInt8]? {
    var bytes: [UInt8] = []
    func append(_ value: Int32) {
      Swift.withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
    append(isEmpty ? 0 : 1)
    append(1)
    append(Int32(bitPattern: Element.oid))
    if isEmpty { return bytes }
    append(Int32(count))
    append(1)
    for element in self {
      guard let value = element.sqlBytes else {
        append(-1)
        continue
      }
      append(Int32(value.count))
      bytes.append(contentsOf: value)
    }
    return bytes
  }
}
