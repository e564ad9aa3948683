/// Writes JSON straight into a byte buffer: no tree, no intermediate strings.
///
/// Commas are put by looking at the last byte written, so that values and members need no
/// bookkeeping by the caller.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  // MARK: Structure

  package mutating func object<Failure: Error>(
    _ members: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    bytes.append(UInt8(ascii: "{"))
    try members(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  package mutating func array<Failure: Error>(
    _ elements: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    bytes.append(UInt8(ascii: "["))
    try elements(&self)
    bytes.append(UInt8(ascii: "]"))
  }

  package mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  package mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  /// The name of a member as it is written: in quotes, with its colon.
  package static func quoted(_ name: String) -> [UInt8] {
    var writer = JSONWriter(capacity: name.utf8.count + 3)
    writer.key(name)
    return writer.bytes
  }

  /// The name of a member that was put into quotes before.
  package mutating func key(quoted name: [UInt8]) {
    separate()
    bytes.append(contentsOf: name)
  }

  // MARK: Values

  package mutating func null() {
    separate()
    append("null")
  }

  package mutating func bool(_ value: Bool) {
    separate()
    append(value ? "true" : "false")
  }

  package mutating func int(_ value: Int) {
    separate()
    bytes.appendDecimal(value)
  }

  package mutating func string(_ value: String) {
    separate()
    var value = value
    value.withUTF8 { quote($0) }
  }

  package mutating func string(_ value: String?) {
    if let value { string(value) } else { null() }
  }

  /// Writes text known to need no escape, such as an id or a timestamp.
  package mutating func plain(_ write: (inout [UInt8]) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    write(&bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes bytes that already are one JSON value.
  package mutating func raw(_ json: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Writes the members of an object that is JSON already.
  package mutating func members(ofObject json: [UInt8]) {
    let members = json.dropFirst().dropLast()
    if members.isEmpty { return }
    separate()
    bytes.append(contentsOf: members)
  }

  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let text): raw(text.utf8)
    case .string(let text): string(text)
    case .array(let elements):
      array { writer in for element in elements { writer.value(element) } }
    case .object(let members):
      object { writer in
        for (name, member) in members {
          writer.key(name)
          writer.value(member)
        }
      }
    }
  }

  /// Ends a line of NDJSON.
  package mutating func newline() { bytes.append(UInt8(ascii: "\n")) }

  // MARK: Bytes

  private mutating func separate() {
    switch bytes.last {
    case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"), UInt8(ascii: ","),
      UInt8(ascii: "\n"):
      return
    default: bytes.append(UInt8(ascii: ","))
    }
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends runs between characters that need an escape (RFC 8259 section 7), not single bytes.
  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      bytes.append(contentsOf: text[start..<index])
      escape(byte)
      start = index + 1
    }
    bytes.append(contentsOf: text[start...])
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    default:
      append("\\u00")
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}

extension [UInt8] {
  /// Appends a number in decimal, without a `String` in between.
  package mutating func appendDecimal(_ value: Int) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var index = 20
      repeat {
        index -= 1
        digits[index] = UInt8(ascii: "0") &+ UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: digits[index..<20])
    }
  }
}
