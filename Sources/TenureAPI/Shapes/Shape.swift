package import JSON

/// A shape of the contract: the one place that names its members.
///
/// What reads a body, what writes an answer, the schema in the contract and the CLI's help follow from
/// it.
package struct Shape<Root: Sendable>: Sendable {
  /// The component's name in the contract.
  package let name: String
  package let help: String?
  package let members: [AnyMember<Root>]
  private let make: @Sendable (inout Taken) -> Root
  private let check: @Sendable (Root, JSONReader) throws(JSONError) -> Void
  private let keywords: [(name: String, value: JSONValue)]

  /// A shape that is read: `make` takes the members' values in their order.
  ///
  /// - Parameters:
  ///   - keywords: What JSON Schema can say of members together.
  ///   - check: What must hold between them; refuses with an error that points at one.
  package init<each Value>(
    _ name: String, _ help: String? = nil, _ make: @escaping @Sendable (repeat each Value) -> Root,
    keywords: [(name: String, value: JSONValue)] = [],
    @ShapeBuilder<Root> _ members: () -> (repeat Member<Root, each Value>),
    check: @escaping @Sendable (Root, JSONReader) throws(JSONError) -> Void = {
      (_, _) throws(JSONError) in
    }
  ) {
    var list: [AnyMember<Root>] = []
    repeat list.append(AnyMember(each members()))
    self.name = name
    self.help = help
    self.members = list
    self.make = { taken in make(repeat taken.next((each Value).self)) }
    self.keywords = keywords
    self.check = check
  }

  /// A shape that is only written.
  package init<each Value>(
    _ name: String, _ help: String? = nil,
    @ShapeBuilder<Root> _ members: () -> (repeat Member<Root, each Value>)
  ) {
    var list: [AnyMember<Root>] = []
    repeat list.append(AnyMember(each members()))
    self.name = name
    self.help = help
    self.members = list
    make = { _ in fatalError("\(name) is an answer: nothing reads it") }
    keywords = []
    check = { (_, _) throws(JSONError) in }
  }

  /// Reads an object: refuses members it does not know, and those that lack.
  package func read(_ reader: inout JSONReader) throws(JSONError) -> Root {
    let slots = members.map { $0.slot() }
    var found = Array(repeating: false, count: members.count)
    try reader.object { (name, reader) throws(JSONError) in
      guard let index = members.firstIndex(where: { $0.name == name }) else {
        throw reader.unknownMember()
      }
      try members[index].read(slots[index], &reader)
      found[index] = true
    }
    for (member, isFound) in zip(members, found) where member.isRequired && !isFound {
      throw reader.missing(member.name)
    }
    var taken = Taken(slots: slots)
    let root = make(&taken)
    try check(root, reader)
    return root
  }

  package func write(_ root: Root, _ writer: inout JSONWriter) {
    writer.object { writer in writeMembers(of: root, &writer) }
  }

  /// Writes the members into an object that is being written.
  package func writeMembers(of root: Root, _ writer: inout JSONWriter) {
    for member in members { member.write(root, &writer) }
  }

  /// What the contract shows for one.
  package var example: JSONValue { .object(members.map { ($0.name, $0.example) }) }
}

/// The values that were read of a shape's members, in their order.
struct Taken {
  private let slots: [AnySlot]
  private var index = 0

  init(slots: [AnySlot]) { self.slots = slots }

  mutating func next<Value>(_ type: Value.Type) -> Value {
    defer { index += 1 }
    guard let value = (slots[index] as? Slot<Value>)?.value else {
      // Slots are made by the members and looked at once all that must be there are.
      preconditionFailure("member \(index) was not read")
    }
    return value
  }
}

/// The members of a shape, a line each.
@resultBuilder package enum ShapeBuilder<Root: Sendable> {
  package static func buildExpression<Value>(
    _ member: Member<Root, Value>
  ) -> Member<Root, Value> { member }

  package static func buildBlock<each Value>(
    _ members: repeat Member<Root, each Value>
  ) -> (repeat Member<Root, each Value>) { (repeat each members) }
}

/// A shape, whatever it is of: what the contract says of it.
package struct Component: Sendable {
  package let name: String
  package let help: String?
  package let schema: JSONValue
  package let example: JSONValue
}

extension Shape {
  /// The shape as a component of the contract.
  package var component: Component {
    let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
    var schema: [(name: String, value: JSONValue)] = [("type", .string("object"))]
    if let help { schema.append(("description", .string(help))) }
    schema.append(("properties", .object(members.map { ($0.name, $0.schema) })))
    if !required.isEmpty { schema.append(("required", .array(required))) }
    schema += keywords
    schema.append(("additionalProperties", .bool(false)))
    return Component(name: name, help: help, schema: .object(schema), example: example)
  }
}
