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
  /// Whether the contract says `absent` as its default.
  let saysAbsent: Bool
  /// Whether `example` is the member's own, which the contract shows there, and not its codec's.
  let hasExample: Bool
  /// Whether an answer may leave it out, and when it does.
  let isOmittable: Bool
  let isOmitted: @Sendable (Value) -> Bool

  /// A member that is always there.
  package init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String? = nil, example: Value? = nil
  ) {
    self.init(
      name, get, codec, help, example: example, absent: nil, saysAbsent: false)
  }

  /// A member that a body may leave out, and then is `fallback`.
  package init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String? = nil, default fallback: Value, example: Value? = nil
  ) {
    let isNull = codec.json(of: fallback) == .null
    self.init(
      name, get, codec, help, example: example, absent: fallback, saysAbsent: !isNull)
  }

  /// A member that is left out where it is nil; `null` only where its codec takes that.
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

  private init(
    _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ codec: Codec<Value>,
    _ help: String?, example: Value?, absent: Value?, saysAbsent: Bool,
    isOmitted: (@Sendable (Value) -> Bool)? = nil
  ) {
    self.name = name
    self.get = get
    self.codec = codec
    self.help = help
    self.example = example.map(codec.json) ?? codec.schema.example
    self.absent = absent
    self.saysAbsent = saysAbsent
    hasExample = example != nil
    isOmittable = isOmitted != nil
    self.isOmitted = isOmitted ?? { _ in false }
  }
}

extension Codec {
  /// A value as JSON.
  func json(of value: Value) -> JSONValue {
    (try? JSONValue(parsing: bytes(of: value))) ?? .null
  }
}

/// Where a shape is used.
package enum Use: Sendable {
  /// What a caller sends, whole.
  case body
  /// What a caller changes (RFC 7396): any member may lack, and `null` stands for what it is then.
  case patch
  case answer
}

/// A member of a shape, whatever it holds.
package struct AnyMember<Root: Sendable>: Sendable {
  package let name: String
  package let help: String?
  /// Whether a body must have it.
  package internal(set) var isRequired: Bool
  /// What a body that has it is told, where it may not.
  var refusal: String?
  /// Whether an answer may lack it.
  let isOmittable: Bool
  let example: JSONValue
  let schema: Schema
  /// What a body that leaves it out says, where the contract tells.
  let absent: JSONValue?
  /// A place for its value, which is what a root has, or nothing yet.
  private let makeSlot: @Sendable (Root?) -> AnySlot
  let read: @Sendable (AnySlot, inout JSONReader) throws(JSONError) -> Void
  /// Puts into a slot what the member is where it is left out.
  let clear: @Sendable (AnySlot) -> Void
  /// What was read into a slot, as it is written.
  let kept: @Sendable (AnySlot) -> JSONValue?
  let write: @Sendable (Root, inout JSONWriter) -> Void

  init<Value>(_ member: Member<Root, Value>) {
    let (codec, get, isOmitted) = (member.codec, member.get, member.isOmitted)
    name = member.name
    help = member.help
    isRequired = member.absent == nil
    isOmittable = member.isOmittable
    example = member.example
    schema =
      member.hasExample
      ? codec.schema.with("examples", .array([member.example])) : codec.schema
    let fallback = member.absent
    absent = member.saysAbsent ? fallback.map(codec.json) : nil
    makeSlot = { root in Slot(root.map(get) ?? fallback) }
    read = { (slot, reader) throws(JSONError) in
      slot.of(Value.self).value = try codec.read(&reader)
    }
    clear = { $0.of(Value.self).value = fallback }
    kept = { $0.of(Value.self).value.map(codec.json) }
    let key = JSONWriter.quoted(name)
    write = { root, writer in
      let value = get(root)
      if isOmitted(value) { return }
      writer.key(quoted: key)
      codec.write(value, &writer)
    }
  }

  /// A member of something else that the root has.
  init<Part>(_ member: AnyMember<Part>, of part: @escaping @Sendable (Root) -> Part) {
    name = member.name
    help = member.help
    isRequired = member.isRequired
    refusal = member.refusal
    isOmittable = member.isOmittable
    example = member.example
    schema = member.schema
    absent = member.absent
    makeSlot = { root in member.slot(of: root.map(part)) }
    read = member.read
    clear = member.clear
    kept = member.kept
    write = { root, writer in member.write(part(root), &writer) }
  }

  func isRequired(in use: Use) -> Bool {
    switch use {
    case .body: isRequired
    case .patch: false
    case .answer: !isOmittable
    }
  }

  func slot(of root: Root?) -> AnySlot { makeSlot(root) }

  /// What the contract says of it, and of where it is used.
  func json(_ use: Use) -> JSONValue {
    var schema = schema
    if use == .body, let absent { schema = schema.with("default", absent) }
    if use == .patch && !isRequired && !schema.isNullable { schema = schema.nullable }
    if let help { schema = schema.with("description", .string(help)) }
    return schema.json
  }
}

/// What was read of a member.
class AnySlot {
  func of<Value>(_ type: Value.Type) -> Slot<Value> {
    guard let slot = self as? Slot<Value> else {
      preconditionFailure("a slot of \(type) is not \(self)")
    }
    return slot
  }
}

final class Slot<Value>: AnySlot {
  var value: Value?
  init(_ value: Value?) { self.value = value }
}
