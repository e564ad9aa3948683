package import JSON
package import Tenure

/// How one kind of value stands in JSON: read, written and described.
package struct Codec<Value: Sendable>: Sendable {
  package let schema: Schema
  package let read: @Sendable (inout JSONReader) throws(JSONError) -> Value
  package let write: @Sendable (Value, inout JSONWriter) -> Void

  package init(
    _ schema: Schema, read: @escaping @Sendable (inout JSONReader) throws(JSONError) -> Value,
    write: @escaping @Sendable (Value, inout JSONWriter) -> Void
  ) {
    self.schema = schema
    self.read = read
    self.write = write
  }

  /// The codec, whose schema has one more keyword.
  package func with(_ name: String, _ value: JSONValue) -> Codec {
    Codec(schema.with(name, value), read: read, write: write)
  }
}

extension Codec where Value == Bool {
  package static var bool: Codec {
    Codec(Schema("boolean", example: .bool(false))) { (reader) throws(JSONError) in
      try reader.bool()
    } write: {
      $1.bool($0)
    }
  }
}

extension Codec where Value == Int {
  /// A whole number as it is; of an answer.
  package static var int: Codec {
    Codec(Schema("integer", example: .number("1"))) { (reader) throws(JSONError) in
      try reader.int()
    } write: {
      $1.int($0)
    }
  }

  /// How many of something there are.
  package static var count: Codec { int.with("minimum", .number("0")) }

  /// A number that counts from one.
  package static var number: Codec { int.with("minimum", .number("1")) }

  /// A whole number in a range; `what` is expected where another is said.
  package static func int(_ range: ClosedRange<Int>, _ what: String? = nil) -> Codec {
    let what = what ?? "a whole number from \(range.lowerBound) to \(range.upperBound) is expected"
    let schema = Schema(
      "integer",
      [
        ("minimum", .number(String(range.lowerBound))),
        ("maximum", .number(String(range.upperBound))),
      ], example: .number(String(range.lowerBound)))
    return Codec(schema) { (reader) throws(JSONError) in
      let value = try reader.int()
      guard range.contains(value) else { throw reader.error(.value, what) }
      return value
    } write: {
      $1.int($0)
    }
  }
}

extension Codec where Value == String {
  /// Text as it is; of an answer.
  package static var string: Codec {
    Codec(Schema("string", example: .string("text"))) { (reader) throws(JSONError) in
      try reader.string()
    } write: {
      $1.string($0)
    }
  }

  /// Who did something, as the audit log names them; of an answer.
  package static var actor: Codec {
    let key = JSONValue.string("key:" + Schema.idExample(of: KeyNoun.self))
    let schema = Schema("string", [("examples", .array([key]))], example: key)
    return Codec(schema, read: string.read, write: string.write)
  }

  /// Text of 1 to `max` characters without control characters.
  package static func text(max: Int) -> Codec {
    Codec(plain(max: max)) { (reader) throws(JSONError) in
      try reader.text(max: max)
    } write: {
      $1.string($0)
    }
  }

  /// Text of 1 to `max` characters that was given out, or is checked by what it says: it is looked up
  /// or compared, and then not found where its form is another than the contract tells.
  package static func text(
    max: Int, uncheckedPattern pattern: String, example: String
  ) -> Codec {
    let schema = Schema("string", [("pattern", .string(pattern))], example: .string(example))
    return Codec(schema, read: text(max: max).read, write: string.write)
  }

  /// A code of eight digits that came back from where it was sent.
  package static var code: Codec {
    text(max: 20, uncheckedPattern: "^[0-9]{8}$", example: "40718265")
  }

  /// What somebody says in their words: text with a letter or a digit in it.
  package static func words(max: Int) -> Codec {
    Codec(plain(max: max)) { (reader) throws(JSONError) in
      let text = try reader.text(max: max)
      guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
        throw reader.error(.value, "words are expected")
      }
      return text
    } write: {
      $1.string($0)
    }
  }

  /// A name that people read; see `ReadableName`.
  package static func name(max: Int = ReadableName.lengthMax) -> Codec {
    Codec(plain(max: max)) { (reader) throws(JSONError) in
      try reader.name(max: max)
    } write: {
      $1.string($0)
    }
  }

  private static func plain(max: Int) -> Schema {
    Schema(
      "string",
      [
        ("minLength", .number("1")), ("maxLength", .number(String(max))),
        ("pattern", .string(#"^[^\u0000-\u001f\u007f-\u009f]+$"#)),
      ], example: .string("text"))
  }

  /// The name of a category of content.
  package static var category: Codec {
    let schema = Schema(
      "string", [("pattern", .string("^[a-z0-9_.]{1,64}$"))], example: .string("chat"))
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.category()
    } write: {
      $1.string($0)
    }
  }
}

extension Codec where Value == [String] {
  /// Names of categories of content, none of them twice.
  package static func categories(max: Int) -> Codec { .set(.category, max: max, "categories") }
}

extension Codec where Value == Timestamp {
  /// A date-time (RFC 3339), to the millisecond.
  package static var timestamp: Codec {
    let schema = Schema(
      "string", [("format", .string("date-time"))], example: .string("2026-11-21T20:00:00.000Z"))
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.timestamp()
    } write: {
      $1.timestamp($0)
    }
  }
}

extension Codec where Value == EmailAddress {
  package static var address: Codec {
    // What every address fits; the rule for them is `EmailAddress`.
    let pattern = #"^[^@\u0000-\u0020\u007f-\u009f]{1,256}@[^@\u0000-\u0020\u007f-\u009f]{1,253}$"#
    let schema = Schema(
      "string", [("maxLength", .number("254")), ("pattern", .string(pattern))],
      example: .string("ada@acme.test"))
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.emailAddress()
    } write: {
      $1.string($0.text)
    }
  }
}

extension Codec {
  /// The id of a thing.
  package static func id<Kind>() -> Codec where Value == Identifier<Kind> {
    let schema = Schema.id(of: Kind.self)
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.identifier(Identifier<Kind>.self)
    } write: {
      $1.identifier($0)
    }
  }

  /// One of the names of an enumeration, or of some of them.
  package static func choice(
    _ choices: [Value] = Array(Value.allCases)
  ) -> Codec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    let names = choices.map { JSONValue.string($0.rawValue) }
    let schema = Schema("string", [("enum", .array(names))], example: names.first ?? .null)
    return Codec(schema) { (reader) throws(JSONError) in
      let text = try reader.string()
      guard let value = choices.first(where: { $0.rawValue == text }) else {
        let known = choices.map(\.rawValue).joined(separator: ", ")
        throw reader.error(.value, "one of \(known) is expected")
      }
      return value
    } write: {
      $1.string($0.rawValue)
    }
  }

  /// `null`, or a value.
  package static func nullable<Some>(_ some: Codec<Some>) -> Codec where Value == Some? {
    Codec(some.schema.nullable) { (reader) throws(JSONError) in
      reader.null() ? nil : try some.read(&reader)
    } write: { value, writer in
      if let value { some.write(value, &writer) } else { writer.null() }
    }
  }

  /// A list; `what` names its elements where there are too many.
  package static func list<Element>(
    _ element: Codec<Element>, min: Int = 0, max: Int? = nil, _ what: String = "elements"
  ) -> Codec where Value == [Element] {
    Codec(.list(of: element.schema, min: min, max: max)) { (reader) throws(JSONError) in
      try element.elements(&reader, min: min, max: max, what) { _ in true }
    } write: { elements, writer in
      writer.array { writer in for value in elements { element.write(value, &writer) } }
    }
  }

  /// A list in which no two elements have the same key.
  ///
  /// - Parameters:
  ///   - what: Names the elements where there are too many.
  ///   - twice: What is said of one whose key was there.
  package static func list<Element, Key: Hashable & SendableMetatype>(
    _ element: Codec<Element>, min: Int = 0, max: Int? = nil, _ what: String = "elements",
    twice: String = "appears twice", by key: @escaping @Sendable (Element) -> Key
  ) -> Codec where Value == [Element] {
    let list = list(element, min: min, max: max, what)
    return Codec(list.schema) { (reader) throws(JSONError) in
      var found: Set<Key> = []
      return try element.elements(&reader, min: min, max: max, what, twice: twice) {
        found.insert(key($0)).inserted
      }
    } write: {
      list.write($0, &$1)
    }
  }

  /// A list in which nothing appears twice.
  package static func set<Element: Hashable>(
    _ element: Codec<Element>, min: Int = 0, max: Int? = nil, _ what: String = "elements",
    twice: String = "appears twice"
  ) -> Codec where Value == [Element] {
    list(element, min: min, max: max, what, twice: twice) { $0 }.with("uniqueItems", .bool(true))
  }

  private func elements(
    _ reader: inout JSONReader, min: Int, max: Int?, _ what: String, twice: String = "",
    isNew: (Value) -> Bool
  ) throws(JSONError) -> [Value] {
    var elements: [Value] = []
    try reader.array { (reader) throws(JSONError) in
      let value = try read(&reader)
      if !isNew(value) { throw reader.error(.value, twice) }
      if let max, elements.count == max { throw reader.error(.value, "more than \(max) \(what)") }
      elements.append(value)
    }
    if elements.count < min {
      throw reader.error(.value, min == 1 ? "must not be empty" : "\(min) \(what) are needed")
    }
    return elements
  }

  /// An object whose members are all of one kind, under names that are not the contract's.
  ///
  /// - Parameters:
  ///   - pattern: Of the names, as the contract tells it.
  ///   - what: Names the members where there are too many.
  ///   - isNamed: Refuses a name.
  package static func map<Element>(
    of element: Codec<Element>, pattern: String? = nil, max: Int? = nil,
    _ what: String = "members", example: JSONValue = .object([]),
    isNamed: @escaping @Sendable (String, JSONReader) throws(JSONError) -> Void = {
      (_, _) throws(JSONError) in
    }
  ) -> Codec where Value == [(name: String, value: Element)] {
    var keywords: [(name: String, value: JSONValue)] = []
    if let pattern {
      keywords.append(("propertyNames", .object([("pattern", .string(pattern))])))
    }
    keywords.append(("additionalProperties", element.schema.json))
    if let max { keywords.append(("maxProperties", .number(String(max)))) }
    return Codec(Schema("object", keywords, example: example)) { (reader) throws(JSONError) in
      var members: Value = []
      try reader.object { (name, reader) throws(JSONError) in
        try isNamed(name, reader)
        if members.count == max { throw reader.error(.value, "too many \(what)") }
        members.append((name, try element.read(&reader)))
      }
      return members
    } write: { members, writer in
      writer.object { writer in
        for member in members {
          writer.key(member.name)
          element.write(member.value, &writer)
        }
      }
    }
  }

  /// An object of a shape with a name: a component of the contract.
  package static func object(_ shape: Shape<Value>) -> Codec {
    Codec(.reference(shape.name, example: shape.example)) { (reader) throws(JSONError) in
      try shape.read(&reader)
    } write: {
      shape.write($0, &$1)
    }
  }

  /// An object of a shape, described where it stands.
  package static func inline(_ shape: Shape<Value>) -> Codec {
    Codec(Schema(shape.component)) { (reader) throws(JSONError) in
      try shape.read(&reader)
    } write: {
      shape.write($0, &$1)
    }
  }
}

extension Codec where Value == [UInt8] {
  /// Bytes in hexadecimal digits.
  package static var hexadecimal: Codec {
    let schema = Schema(
      "string", [("pattern", .string("^([0-9a-f]{2})*$"))], example: .string("9f86d081884c7d65"))
    return Codec(schema) { (reader) throws(JSONError) in
      guard let bytes = Hexadecimal.decode(Array(try reader.string().utf8)) else {
        throw reader.error(.value, "hexadecimal digits are expected")
      }
      return bytes
    } write: {
      $1.string(Hexadecimal.encode($0))
    }
  }

  /// A digest by SHA-256, in hexadecimal digits.
  package static var sha256: Codec {
    let schema = Schema(
      "string", [("pattern", .string("^[0-9a-f]{64}$"))],
      example: .string("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))
    return Codec(schema, read: hexadecimal.read, write: hexadecimal.write)
  }
}

extension Codec where Value == JSONValue {
  /// An object as it is, whatever its members.
  package static var anyObject: Codec {
    Codec(Schema("object", example: .object([]))) { (reader) throws(JSONError) in
      let value = try reader.value()
      guard case .object = value else { throw reader.error(.type, "an object is expected") }
      return value
    } write: {
      $1.value($0)
    }
  }
}
