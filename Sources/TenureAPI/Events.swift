import JSON
package import Tenure

/// Standard Webhooks 1.0: `type`, `timestamp`, `data`; beside them what orders events.
extension NumberedEvent: View, Shaped {
  package static let shape = Shape<NumberedEvent>(
    "Event", "Something that happened, with the same id in push and feed."
  ) {
    Member("id", \.id, .id())
    Member(
      "type", \.type, .eventType, "What happened; each has its own entry under `webhooks`.",
      example: EventType.domainClaimVerified.rawValue)
    Member("timestamp", \.at, .timestamp)
    Member(
      "subject", \.subject, .string, "The id of what it is about.",
      example: Schema.idExample(of: DomainClaimNoun.self))
    Member("sequence", \.sequence, .int, "Counts the events about the subject.")
    Member("data", \.data, .data)
  }
}

extension Codec where Value == String {
  /// What happened, by the name it was kept under.
  fileprivate static var eventType: Codec {
    Codec(Codec<EventType>.choice().schema, read: Codec.string.read, write: Codec.string.write)
  }

  /// A type of event, or all of a noun; see `EventType.pattern`.
  static var eventPattern: Codec {
    let pattern = EventType.pattern
    return Codec(.reference(pattern.name, example: pattern.example)) { (reader) throws(JSONError) in
      let text = try reader.text(max: 60)
      guard EventType.isPattern(text) else {
        throw reader.error(.value, "a type of event, or such as 'takeover.*', is expected")
      }
      return text
    } write: {
      $1.string($0)
    }
  }
}

extension Codec where Value == [UInt8] {
  /// What an event says, which is JSON already.
  fileprivate static var data: Codec {
    let schema = Schema("object", [("additionalProperties", .bool(true))], example: .object([]))
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.value().bytes
    } write: {
      $1.raw($0)
    }
  }
}

extension EventType {
  /// What endpoints and readers of the feed choose events by, as a component of the contract.
  package static let pattern: Component = {
    let help = "A type of event, or all of a noun."
    var nouns: [String] = []
    for type in allCases {
      let noun = type.rawValue.prefix { $0 != "." } + ".*"
      if !nouns.contains(String(noun)) { nouns.append(String(noun)) }
    }
    let choices = (allCases.map(\.rawValue) + nouns).map { JSONValue.string($0) }
    return Component(
      name: "EventPattern", help: help,
      schema: .object([
        ("type", .string("string")), ("enum", .array(choices)), ("description", .string(help)),
      ]), example: .string("takeover.*"))
  }()
}

extension Shapes {
  static let events: [Component] = [
    NumberedEvent.shape.component, EventType.pattern,
  ]
}
