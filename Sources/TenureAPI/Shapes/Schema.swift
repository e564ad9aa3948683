package import JSON
package import Tenure

/// What the contract says of a value (JSON Schema 2020-12): keywords in the order they are written.
package struct Schema: Sendable {
  package private(set) var keywords: [(name: String, value: JSONValue)]
  /// What the contract shows for such a value where nothing better is said.
  package let example: JSONValue
  /// Of a reference: what it says with `null` besides, where that is short enough to be said there.
  private var orNull: [(name: String, value: JSONValue)]?

  package init(
    _ type: String, _ keywords: [(name: String, value: JSONValue)] = [], example: JSONValue
  ) {
    self.keywords = [("type", .string(type))] + keywords
    self.example = example
  }

  private init(keywords: [(name: String, value: JSONValue)], example: JSONValue) {
    self.keywords = keywords
    self.example = example
  }

  /// The schema of a shape, where it stands.
  init(_ component: Component) {
    if case .object(let keywords) = component.schema {
      self.keywords = keywords
    } else {
      keywords = []
    }
    example = component.example
  }

  /// The schema of a component: said once under its name.
  package static func reference(_ name: String, example: JSONValue) -> Schema {
    Schema(
      keywords: [("$ref", .string("#/components/schemas/\(name)"))], example: example)
  }

  /// The schema of an id: a component of its noun's name.
  package static func id<Kind: Noun>(of kind: Kind.Type) -> Schema {
    var schema = reference(idName(of: kind), example: .string(idExample(of: kind)))
    schema.orNull = [("type", .string("string")), ("pattern", .string(idPattern(of: kind)))]
    return schema
  }

  package static func idExample(of kind: any Noun.Type) -> String {
    "\(kind.prefix)_01m7zxyxbtf46rjshedaq7k2em"
  }

  /// The pattern of a TypeID, which is what a component of an id says.
  package static func idPattern(of kind: any Noun.Type) -> String {
    "^\(kind.prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$"
  }

  /// `AccountID` for `AccountNoun`.
  package static func idName(of kind: any Noun.Type) -> String {
    // The API's word for what a person asks is `request`.
    kind == SubjectRequestNoun.self
      ? "RequestID" : String(describing: kind).replacing("Noun", with: "ID")
  }

  static func list(of element: Schema, min: Int, max: Int?) -> Schema {
    var schema = Schema(
      "array", [("items", element.json)], example: .array([element.example]))
    if min > 0 { schema = schema.with("minItems", .number(String(min))) }
    if let max { schema = schema.with("maxItems", .number(String(max))) }
    return schema
  }

  /// The schema with `null` besides.
  ///
  /// A reference has no room for another type: an id is told by its pattern then.
  package var nullable: Schema {
    if let orNull { return Schema(keywords: orNull, example: example).nullable }
    if keywords.contains(where: { $0.name == "$ref" }) {
      let either: [JSONValue] = [.object(keywords), .object([("type", .string("null"))])]
      return Schema(keywords: [("anyOf", .array(either))], example: example)
    }
    return Schema(
      keywords: keywords.map { name, value in
        switch (name, value) {
        case ("type", .string): (name, .array([value, .string("null")]))
        case ("enum", .array(let choices)): (name, .array(choices + [.null]))
        default: (name, value)
        }
      }, example: .null)
  }

  var isNullable: Bool {
    keywords.contains { name, value in
      switch name {
      case "type": value.array?.contains(.string("null")) == true
      case "anyOf": value.array?.contains { $0["type"] == .string("null") } == true
      default: false
      }
    }
  }

  /// The schema with one more keyword.
  package func with(_ name: String, _ value: JSONValue) -> Schema {
    Schema(keywords: keywords + [(name, value)], example: example)
  }

  package var json: JSONValue { .object(keywords) }
}

extension Identifier {
  /// The one that the contract shows.
  static var example: Identifier? { try? Identifier(parsing: Schema.idExample(of: Kind.self)) }
}
