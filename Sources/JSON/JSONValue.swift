/// Any JSON value, for members whose shape the caller chooses, such as an account's attributes.
///
/// Numbers keep the text they were written with: nothing is lost to a binary float. Members keep
/// their order.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(name: String, value: JSONValue)])

  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    default: false
    }
  }

  /// Parses one whole document.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    self = try reader.value()
    try reader.end()
  }

  /// The member of an object by its name; nil for anything else.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package var int: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(text)
  }

  package var bool: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  package var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The value after a merge patch (RFC 7396 section 2): null removes, objects merge, all else
  /// replaces.
  package func merging(patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members: [(name: String, value: JSONValue)] = []
    if case .object(let own) = self { members = own }
    for (name, change) in changes {
      let index = members.firstIndex { $0.name == name }
      switch (change, index) {
      case (.null, let index?): members.remove(at: index)
      case (.null, nil): break
      case (_, let index?): members[index].value = members[index].value.merging(patch: change)
      case (_, nil): members.append((name, JSONValue.null.merging(patch: change)))
      }
    }
    return .object(members)
  }
}

extension JSONValue {
  /// The value as JSON text.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }
}
