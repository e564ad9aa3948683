import JSON

/// What a change would do, in the answer to a dry run.
package struct Effect: View, Shaped {
  package let action: String
  package let object: String

  package init(action: String, object: String) {
    self.action = action
    self.object = object
  }

  package static let shape = Shape<Effect>("Effect", "What a change would do to one thing.") {
    Member("action", \.action, .string, example: "key.revoked")
    Member("object", \.object, .string, example: "key_01m7zxyxbtf46rjshedaq7k2em")
  }
}

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
    let help = "Of a dry run: what the change would have done."
    let list = Codec<[Effect]>.list(Effect.shape.codec).schema
    return Component(
      name: "Effects", help: help, schema: list.with("description", .string(help)).json,
      example: list.example)
  }()
}

extension Codec where Value == [Effect] {
  /// Effects as every answer to a dry run has them.
  fileprivate static var effects: Codec {
    let component = Tried.effectsComponent
    let list = list(Effect.shape.codec)
    let schema = Schema.reference(component.name, example: component.example)
    return Codec(schema, read: list.read, write: list.write)
  }
}

extension Shapes {
  static let dryRuns: [Component] = [
    Effect.shape.component, Tried.shape.component, Tried.effectsComponent,
  ]
}
