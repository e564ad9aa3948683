package import JSON
package import Tenure

/// Something whose members stand in one table.
package protocol Shaped: Sendable {
  static var shape: Shape<Self> { get }
}

/// Something that can be written as JSON.
package protocol View: Sendable {
  func write(to writer: inout JSONWriter)
}

extension View {
  /// It as JSON text.
  package var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }
}

extension View where Self: Shaped {
  package func write(to writer: inout JSONWriter) { Self.shape.write(self, &writer) }
}

/// A request body, decoded by an explicit list of members: unknown ones are refused.
package protocol Body: Sendable {
  init(reading reader: inout JSONReader) throws(JSONError)
}

extension Body where Self: Shaped {
  package init(reading reader: inout JSONReader) throws(JSONError) {
    self = try Self.shape.read(&reader)
  }
}

extension Body {
  /// Reads a whole document.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    self = try Self(reading: &reader)
    try reader.end()
  }
}

extension JSONReader {
  /// Text of a bounded number of Unicode scalars, as JSON Schema counts, without control characters.
  package mutating func text(max: Int) throws(JSONError) -> String {
    let text = try string()
    if text.isEmpty { throw error(.value, "must not be empty") }
    if text.utf8.count > max && text.unicodeScalars.count > max {
      throw error(.value, "is longer than \(max) characters")
    }
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value != 0x7F && !($0.value >= 0x80 && $0.value < 0xA0)
    }
    if !isPlain { throw error(.value, "must not hold control characters") }
    return text
  }

  /// A name that people read: judged by the one rule for them, and as that writes it.
  package mutating func name(max: Int = ReadableName.lengthMax) throws(JSONError) -> String {
    let text = try string()
    do throws(ReadableName.Refusal) {
      return try ReadableName(parsing: text, max: max).text
    } catch {
      throw self.error(.value, error.rawValue)
    }
  }

  package mutating func identifier<Kind>(
    _ type: Identifier<Kind>.Type
  ) throws(JSONError) -> Identifier<Kind> {
    let text = try string()
    do throws(IdentifierError) { return try Identifier(parsing: text) } catch {
      throw self.error(.value, "an id that begins with '\(Kind.prefix)_' is expected")
    }
  }

  package mutating func timestamp() throws(JSONError) -> Timestamp {
    guard let value = Timestamp(parsing: try string()) else {
      throw error(.value, "an RFC 3339 date-time is expected")
    }
    return value
  }
}

extension JSONWriter {
  package mutating func identifier<Kind>(_ id: Identifier<Kind>) {
    plain { id.write(into: &$0) }
  }

  package mutating func timestamp(_ time: Timestamp) {
    plain { time.write(into: &$0) }
  }

  package mutating func timestamp(_ time: Timestamp?) {
    if let time { timestamp(time) } else { null() }
  }

  /// A list in the one envelope all lists have.
  package mutating func page(_ items: [some View], nextCursor: String?) {
    object { writer in
      writer.key("data")
      writer.array { writer in for item in items { item.write(to: &writer) } }
      writer.key("next_cursor")
      writer.string(nextCursor)
      writer.key("has_more")
      writer.bool(nextCursor != nil)
    }
  }
}
