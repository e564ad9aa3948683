package import Foundation

/// The bound values of a statement in PostgreSQL's binary format, one after the other in one buffer.
struct SQLParameters: Sendable {
  struct Value: Sendable {
    let oid: UInt32
    /// The number of bytes it has in the buffer; -1 for NULL.
    let length: Int32
  }

  private(set) var values: [Value] = []
  private(set) var bytes: [UInt8] = []

  mutating func reserve(_ count: Int) {
    values.reserveCapacity(count)
    bytes.reserveCapacity(count * 16)
  }

  mutating func append<Bound: SQLBindable>(_ value: Bound) {
    let start = bytes.count
    if !value.isNull { value.write(to: &bytes) }
    let length = value.isNull ? -1 : Int32(bytes.count - start)
    values.append(Value(oid: Bound.oid, length: length))
  }

  mutating func append(_ more: SQLParameters) {
    values += more.values
    bytes += more.bytes
  }
}

/// A type whose values can be bound.
///
/// `oid` and `arrayOID` are the numbers of PostgreSQL's built-in types (pg_type).
package protocol SQLBindable {
  static var oid: UInt32 { get }
  static var arrayOID: UInt32 { get }
  /// Whether it is NULL, and has no bytes.
  var isNull: Bool { get }
  func write(to bytes: inout [UInt8])
}

extension SQLBindable {
  package var isNull: Bool { false }
}

extension [UInt8] {
  /// Appends a number in the order of the network.
  fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

extension UUID: SQLBindable {
  package static var oid: UInt32 { 2950 }
  package static var arrayOID: UInt32 { 2951 }
  package func write(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
  }
}

extension String: SQLBindable {
  package static var oid: UInt32 { 25 }
  package static var arrayOID: UInt32 { 1009 }
  package func write(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

extension Int: SQLBindable {
  package static var oid: UInt32 { 20 }
  package static var arrayOID: UInt32 { 1016 }
  package func write(to bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }
}

extension Bool: SQLBindable {
  package static var oid: UInt32 { 16 }
  package static var arrayOID: UInt32 { 1000 }
  package func write(to bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

/// A value of type `bytea`.
///
/// It is a type of its own because an array of `UInt8` would be bound as an array.
package struct Bytes: SQLBindable, Sendable {
  package static var oid: UInt32 { 17 }
  package static var arrayOID: UInt32 { 1001 }
  private let content: [UInt8]
  package init(_ bytes: [UInt8]) { content = bytes }
  package func write(to bytes: inout [UInt8]) { bytes.append(contentsOf: content) }
}

/// `timestamptz`, as microseconds since 1970 (PostgreSQL itself counts from 2000).
package struct SQLTimestamp: SQLBindable, Sendable {
  package static var oid: UInt32 { 1184 }
  package static var arrayOID: UInt32 { 1185 }
  /// Microseconds between 1970-01-01 and 2000-01-01.
  static let epoch: Int64 = 946_684_800_000_000
  package let microseconds: Int64
  package init(microseconds: Int64) { self.microseconds = microseconds }
  package func write(to bytes: inout [UInt8]) {
    bytes.append(bigEndian: microseconds - Self.epoch)
  }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
  package static var oid: UInt32 { Wrapped.oid }
  package static var arrayOID: UInt32 { Wrapped.arrayOID }
  package var isNull: Bool { self?.isNull ?? true }
  package func write(to bytes: inout [UInt8]) { self?.write(to: &bytes) }
}

/// A one-dimensional array in PostgreSQL's binary format.
extension Array: SQLBindable where Element: SQLBindable {
  package static var oid: UInt32 { Element.arrayOID }
  package static var arrayOID: UInt32 { Element.arrayOID }

  package func write(to bytes: inout [UInt8]) {
    // The number of dimensions, whether there may be NULLs, and what it is of; then the size and
    // lower bound of the only dimension.
    bytes.append(bigEndian: Int32(isEmpty ? 0 : 1))
    bytes.append(bigEndian: Int32(1))
    bytes.append(bigEndian: Element.oid)
    if isEmpty { return }
    bytes.append(bigEndian: Int32(count))
    bytes.append(bigEndian: Int32(1))
    for element in self {
      let start = bytes.count
      bytes.append(bigEndian: Int32(-1))
      if element.isNull { continue }
      element.write(to: &bytes)
      let length = Int32(bytes.count - start - 4).bigEndian
      Swift.withUnsafeBytes(of: length) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    }
  }
}
