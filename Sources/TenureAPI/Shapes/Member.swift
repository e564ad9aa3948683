import JSON

/// A member of a shape: its name, where its value lies, what it holds, whether it must be there, and
/// what the contract and the CLI's help say of it.
package struct Member<Root: Sendable, Value: Sendable>: Sendable {
  let name: String
  let get: @Sendable (Root) -> Value
  let codec: Codec<Value>
  let help: String?
  /// What the contract shows for it.
  let example: JSONValue
  /// What it is where a body leaves it out; nil where a body may not.
  let absent: Value?
  /// Whether the contract says what it is then.
  let saysAbsent: Bool
  /// Whether an answer leaves it out.
  let isOmitted: @Sendable (Value) -> Bool

  /// A member that is always there.
  package init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String? = nil, example: Value? = nil
  ) {
    self.init(
      name, get, codec, help, example: example, absent: nil, saysAbsent: false,
      isOmitted: { _ in false })
  }

  /// A member that a body may leave out, and then is `fallback`.
  package init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String? = nil, default fallback: Value, example: Value? = nil
  ) {
    let isNull = codec.json(of: fallback) == .null
    self.init(
      name, get, codec, help, example: example, absent: fallback, saysAbsent: !isNull,
      isOmitted: { _ in false })
  }

  /// A member that is left out where it is nil; never `null`.
  package init<Some>(
    optional name: String, _ get: @escaping @Sendable (Root) -> Some?, _ codec: Codec<Some>,
    _ help: String? = nil, example: Some? = nil
  ) where Value == Some? {
    let whole = Codec<Some?>(codec.schema) { (reader) throws(JSONError) in
      try codec.read(&reader)
    } write: { value, writer in
      if let value { codec.write(value, &writer) }
    }
    self.init(
      name, get, whole, help, example: example.map { .some($0) }, absent: .some(nil),
      saysAbsent: false, isOmitted: { $0 == nil })
  }

  /// A list that is left out where it is empty.
  package init<Element>(
    optional name: String, _ get: @escaping @Sendable (Root) -> [Element],
    _ codec: Codec<[Element]>, _ help: String? = nil, example: [Element]? = nil
  ) where Value == [Element] {
    self.init(
      name, get, codec, help, example: example, absent: [], saysAbsent: false,
      isOmitted: { $0.isEmpty })
  }

  /// A member of a merge patch (RFC 7396) which `null` clears.
  package init<Some>(
    patch name: String, _ get: @escaping @Sendable (Root) -> MergePatch<Some>,
    _ codec: Codec<Some>, _ help: String? = nil
  ) where Value == MergePatch<Some> {
    let whole = Codec<MergePatch<Some>>(codec.schema.nullable) { (reader) throws(JSONError) in
      reader.null() ? .clear : .set(try codec.read(&reader))
    } write: { value, writer in
      if case .set(let some) = value { codec.write(some, &writer) } else { writer.null() }
    }
    self.init(
      name, get, whole, help, example: nil, absent: .keep, saysAbsent: false,
      isOmitted: { if case .keep = $0 { true } else { false } })
  }

  private init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String?, example: Value?, absent: Value?, saysAbsent: Bool,
    isOmitted: @escaping @Sendable (Value) -> Bool
  ) {
    self.name = name
    self.get = get
    self.codec = codec
    self.help = help
    self.example = example.map(codec.json) ?? codec.schema.example
    self.absent = absent
    self.saysAbsent = saysAbsent
    self.isOmitted = isOmitted
  }
}

extension Codec {
  /// A value as JSON.
  func json(of value: Value) -> JSONValue {
    var writer = JSONWriter()
    write(value, &writer)
    return (try? JSONValue(parsing: writer.bytes)) ?? .null
  }
}

/// A member of a shape, whatever it holds.
package struct AnyMember<Root: Sendable>: Sendable {
  package let name: String
  package let help: String?
  package let isRequired: Bool
  let example: JSONValue
  let schema: JSONValue
  let slot: @Sendable () -> AnySlot
  let read: @Sendable (AnySlot, inout JSONReader) throws(JSONError) -> Void
  let write: @Sendable (Root, inout JSONWriter) -> Void

  init<Value>(_ member: Member<Root, Value>) {
    let (name, codec, get) = (member.name, member.codec, member.get)
    self.name = name
    help = member.help
    isRequired = member.absent == nil
    example = member.example
    var schema = codec.schema
    if member.saysAbsent, let absent = member.absent {
      schema = schema.with("default", codec.json(of: absent))
    }
    if let help = member.help { schema = schema.with("description", .string(help)) }
    self.schema = schema.json
    let absent = member.absent
    slot = { Slot(absent) }
    read = { (slot, reader) throws(JSONError) in
      (slot as? Slot<Value>)?.value = try codec.read(&reader)
    }
    let isOmitted = member.isOmitted
    write = { root, writer in
      let value = get(root)
      if isOmitted(value) { return }
      writer.key(name)
      codec.write(value, &writer)
    }
  }
}

/// What was read of a member.
class AnySlot {}

final class Slot<Value>: AnySlot {
  var value: Value?
  init(_ value: Value?) { self.value = value }
}

extension Member {
  /// The member as one that a body may not leave out, where that is so: for bodies that differ in
  /// nothing else.
  package func required(if isRequired: Bool) -> Member {
    isRequired ? Member(requiring: self) : self
  }

  private init(requiring member: Member) {
    name = member.name
    get = member.get
    codec = member.codec
    help = member.help
    example = member.example
    absent = nil
    saysAbsent = false
    isOmitted = member.isOmitted
  }
}
