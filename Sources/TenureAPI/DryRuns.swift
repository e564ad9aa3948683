import JSON

/// What a dry run answers where the change itself answers nothing; where it answers something, these
/// members come after its own.
package struct Tried: View, Shaped {
  package let effects: [Effect]

  package init(effects: [Effect]) { self.effects = effects }

  package static let shape = Shape<Tried>(
    "Tried", "What a dry run answers where the change itself answers nothing."
  ) {
    Member("dry_run", { _ in true }, .bool, "true: this was a dry run.", example: true)
    Member("effects", \.effects, .effects)
  }

  /// The list of effects, which the contract says once under a name of its own.
  package static let effectsComponent: Component = {
    let effect = Schema.reference("Effect", example: .object(example))
    let help = "Of a dry run: what the change would have done."
    let list = Schema.list(of: effect, min: 0, max: nil).with("description", .string(help))
    return Component(name: "Effects", help: help, schema: list.json, example: list.example)
  }()

  private static let example: [(name: String, value: JSONValue)] = [
    ("action", .string("key.revoked")), ("object", .string("key_01m7zxyxbtf46rjshedaq7k2em")),
  ]
}

extension Codec where Value == [Effect] {
  /// Effects as every answer to a dry run has them; nothing reads them.
  fileprivate static var effects: Codec {
    let component = Tried.effectsComponent
    let schema = Schema.reference(component.name, example: component.example)
    return Codec(schema) { (reader) throws(JSONError) in
      throw reader.error(.value, "effects are an answer")
    } write: { effects, writer in
      writer.array { writer in for effect in effects { effect.write(to: &writer) } }
    }
  }
}
