package import JSON

/// A shape of the contract: the one place that names its members.
///
/// What reads a body, what writes an answer, the schema in the contract and the CLI's help follow from
/// it.
///
/// A merge patch (RFC 7396) is a body all of whose members are `optional`: one that lacks is nil, and
/// what it is about stays; `null` is refused, except where the member is nullable as well, and clears
/// then. What makes the same thing is the same shape, `requiring` some members.
///
/// Only the profile of an account is otherwise, since it is sealed as one document and must be valid
/// as a whole. Its `patch` has the members of the body that makes an account, and `null` clears each
/// that this body may leave out; `readPatch` judges them and gives the JSON, which is merged into the
/// document. A row of an import may be such a patch or a whole new account: it is read `over` an
/// empty one.
package struct Shape<Root: Sendable>: Sendable {
  /// The component's name in the contract.
  package let name: String
  package let help: String?
  package private(set) var members: [AnyMember<Root>]
  private let use: Use
  private let relation: Relation?
  private let make: @Sendable (inout Taken) -> Root
  private let check: @Sendable (Root, JSONReader) throws(JSONError) -> Void

  /// A shape that is read: `make` takes the members' values in their order.
  ///
  /// - Parameters:
  ///   - relation: What the contract can say of members together.
  ///   - check: What must hold between them; refuses with an error that points at one.
  package init<each Value>(
    _ name: String, _ help: String? = nil, _ make: @escaping @Sendable (repeat each Value) -> Root,
    _ relation: Relation? = nil,
    @ShapeBuilder<Root> _ members: () -> (repeat Member<Root, each Value>),
    check: @escaping @Sendable (Root, JSONReader) throws(JSONError) -> Void = {
      (_, _) throws(JSONError) in
    }
  ) {
    var list: [AnyMember<Root>] = []
    repeat list.append(AnyMember(each members()))
    self.init(
      name, help, list, use: .body, relation,
      make: { taken in make(repeat taken.next((each Value).self)) }, check: check)
  }

  /// A shape that is only written.
  package init<each Value>(
    _ name: String, _ help: String,
    @ShapeBuilder<Root> _ members: () -> (repeat Member<Root, each Value>)
  ) {
    var list: [AnyMember<Root>] = []
    repeat list.append(AnyMember(each members()))
    self.init(
      name, help, list, use: .answer, nil,
      make: { _ in preconditionFailure("\(name) is an answer: nothing reads it") },
      check: { (_, _) throws(JSONError) in })
  }

  /// A shape that is only written: what another says of a part of the root, then members of its own.
  package init<Part, each Value>(
    _ name: String, _ help: String, after other: Shape<Part>,
    of part: @escaping @Sendable (Root) -> Part,
    @ShapeBuilder<Root> _ members: () -> (repeat Member<Root, each Value>)
  ) {
    self.init(name, help, members)
    self.members.insert(contentsOf: other.members.map { AnyMember($0, of: part) }, at: 0)
  }

  private init(
    _ name: String, _ help: String?, _ members: [AnyMember<Root>], use: Use, _ relation: Relation?,
    make: @escaping @Sendable (inout Taken) -> Root,
    check: @escaping @Sendable (Root, JSONReader) throws(JSONError) -> Void
  ) {
    self.name = name
    self.help = help
    self.members = members
    self.use = use
    self.relation = relation
    self.make = make
    self.check = check
    for name in relation?.names ?? [] { _ = index(of: name) }
  }

  // MARK: Shapes of shapes

  /// The shape as an answer shows it, under another name.
  package func answer(_ name: String, _ help: String? = nil) -> Shape {
    Shape(name, help, members, use: .answer, nil, make: make, check: check)
  }

  /// The shape as a body that must have these of its members, under another name.
  package func requiring(_ names: [String], _ name: String, _ help: String? = nil) -> Shape {
    var members = members
    for required in names { members[index(of: required)].isRequired = true }
    return Shape(name, help, members, use: .body, relation, make: make, check: check)
  }

  /// The shape as a body that may not have some of its members, under another name.
  ///
  /// - Parameter refusals: What a body that has one all the same is told, by the member's name. For
  ///   the rest the member is what it is where a body leaves it out.
  package func without(
    _ refusals: KeyValuePairs<String, String>, _ name: String, _ help: String? = nil
  ) -> Shape {
    var members = members
    for (name, refusal) in refusals {
      let index = index(of: name)
      precondition(!members[index].isRequired, "\(self.name).\(name) must be there")
      members[index].refusal = refusal
    }
    return Shape(name, help, members, use: .body, relation, make: make, check: check)
  }

  private func index(of member: String) -> Int {
    guard let index = members.firstIndex(where: { $0.name == member }) else {
      preconditionFailure("\(name) has no member '\(member)'")
    }
    return index
  }

  /// An answer with another's members after one of its own.
  package func inserting<Part>(
    _ other: Shape<Part>, of part: @escaping @Sendable (Root) -> Part, after name: String
  ) -> Shape {
    precondition(use == .answer, "\(self.name) is read: what makes it would not take more members")
    var shape = self
    shape.members.insert(
      contentsOf: other.members.map { AnyMember($0, of: part) }, at: index(of: name) + 1)
    return shape
  }

  // MARK: Reading

  /// Reads an object: refuses members it does not know, and those that lack.
  package func read(_ reader: inout JSONReader) throws(JSONError) -> Root {
    let slots = members.map { $0.slot(of: nil) }
    let found = try readMembers(&reader, slots, .body) { (_, _) throws(JSONError) in false }
    for (member, isFound) in zip(members, found) where member.isRequired && !isFound {
      throw reader.missing(member.name)
    }
    let names = Set(zip(members, found).filter(\.1).map(\.0.name))
    try relation?.judge(names, of: members.map(\.name), reader)
    let root = root(of: slots)
    try check(root, reader)
    return root
  }

  /// Reads an object which may lack any member, as a merge patch may: what lacks is as in `base`.
  ///
  /// - Parameter foreign: Consumes a member that belongs to something else, and says whether it did.
  /// - Returns: What it makes of `base`, and the patch itself as `readPatch` gives it.
  package func read(
    _ reader: inout JSONReader, over base: Root,
    foreign: (String, inout JSONReader) throws(JSONError) -> Bool
  ) throws(JSONError) -> (root: Root, patch: JSONValue) {
    let slots = members.map { $0.slot(of: base) }
    let patch = try readPatch(&reader, slots, foreign: foreign)
    return (root(of: slots), patch)
  }

  /// Reads a merge patch (RFC 7396), whose members are as a body has them.
  ///
  /// A text stands in it as a body's would be kept; lists and objects stand as they were sent, as they
  /// are read again with the whole that they are merged into.
  package func readPatch(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
    try readPatch(&reader, members.map { $0.slot(of: nil) }) { (_, _) throws(JSONError) in false }
  }

  private func readPatch(
    _ reader: inout JSONReader, _ slots: [AnySlot],
    foreign: (String, inout JSONReader) throws(JSONError) -> Bool
  ) throws(JSONError) -> JSONValue {
    var again = reader
    _ = try readMembers(&reader, slots, .patch, foreign: foreign)
    guard case .object(let sent) = try again.value() else { return .null }
    return .object(
      sent.compactMap { name, value in
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        guard case .string = value else { return (name, value) }
        return (name, members[index].kept(slots[index]) ?? value)
      })
  }

  /// Reads members into their slots; which of them there were.
  private func readMembers(
    _ reader: inout JSONReader, _ slots: [AnySlot], _ use: Use,
    foreign: (String, inout JSONReader) throws(JSONError) -> Bool
  ) throws(JSONError) -> [Bool] {
    var found = Array(repeating: false, count: members.count)
    try reader.object { (name, reader) throws(JSONError) in
      guard let index = members.firstIndex(where: { $0.name == name }) else {
        if try foreign(name, &reader) { return }
        throw reader.unknownMember()
      }
      if relation == .exactlyOne && found.contains(true) {
        let names = members.map(\.name).joined(separator: " and ")
        throw reader.error(.value, "one of \(names) is expected")
      }
      let member = members[index]
      if let refusal = member.refusal { throw reader.error(.value, refusal) }
      if use == .patch && !member.isRequired && reader.null() {
        member.clear(slots[index])
      } else {
        try member.read(slots[index], &reader)
      }
      found[index] = true
    }
    return found
  }

  private func root(of slots: [AnySlot]) -> Root {
    var taken = Taken(slots: slots)
    return make(&taken)
  }

  // MARK: Writing

  package func write(_ root: Root, _ writer: inout JSONWriter) {
    writer.object { writer in writeMembers(of: root, &writer) }
  }

  /// Writes the members into an object that is being written.
  package func writeMembers(of root: Root, _ writer: inout JSONWriter) {
    for member in members where member.refusal == nil { member.write(root, &writer) }
  }

  /// How it stands in another.
  package var codec: Codec<Root> { .object(self) }

  // MARK: The contract

  /// What the contract shows for one.
  package var example: JSONValue {
    let shown = relation?.shown(of: told.map(\.name))
    return .object(
      told.filter { shown?.contains($0.name) ?? true }.map { ($0.name, $0.example) })
  }

  /// The shape as a component of the contract.
  package var component: Component {
    component(name, help, use)
  }

  /// A merge patch of it (RFC 7396): none of its members need be there.
  package func patch(_ name: String, _ help: String? = nil) -> Component {
    component(name, help, .patch)
  }

  /// The members that the contract knows of.
  private var told: [AnyMember<Root>] { members.filter { $0.refusal == nil } }

  private func component(_ name: String, _ help: String?, _ use: Use) -> Component {
    let required = told.filter { $0.isRequired(in: use) }.map { JSONValue.string($0.name) }
    var schema: [(name: String, value: JSONValue)] = [("type", .string("object"))]
    if let help { schema.append(("description", .string(help))) }
    schema.append(
      ("properties", .object(told.map { ($0.name, $0.json(use)) })))
    if !required.isEmpty { schema.append(("required", .array(required))) }
    schema += relation?.keywords ?? []
    schema.append(("additionalProperties", .bool(false)))
    return Component(name: name, help: help, schema: .object(schema), example: example)
  }
}

/// The values that were read of a shape's members, in their order.
struct Taken {
  private let slots: [AnySlot]
  private var index = 0

  init(slots: [AnySlot]) { self.slots = slots }

  mutating func next<Value>(_ type: Value.Type) -> Value {
    defer { index += 1 }
    guard let value = slots[index].of(type).value else {
      // Slots are made by the members, and looked at once all that must be there are.
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
