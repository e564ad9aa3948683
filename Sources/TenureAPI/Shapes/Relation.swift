import JSON

/// What holds between the members of a body, as far as the contract has words for it.
package enum Relation: Sendable, Equatable {
  case exactlyOne
  case atLeastOne
  /// The one or the other, not both; the contract shows the other.
  case either(String, String)
  /// Where the one is, the other must be.
  case needs(String, String)

  /// The members that it names.
  var names: [String] {
    switch self {
    case .exactlyOne, .atLeastOne: []
    case .either(let one, let other), .needs(let one, let other): [one, other]
    }
  }

  /// Refuses a body that has these members.
  func judge(
    _ found: Set<String>, of members: [String], _ reader: JSONReader
  ) throws(JSONError) {
    switch self {
    case .exactlyOne, .atLeastOne:
      if found.isEmpty { throw reader.missing(members[0]) }
    case .either(let one, let other):
      if found.contains(one) == found.contains(other) {
        throw reader.error(.value, "either \(one) or \(other) is expected")
      }
    case .needs(let one, let other):
      if found.contains(one) && !found.contains(other) { throw reader.missing(other) }
    }
  }

  /// The members that the contract shows together.
  func shown(of members: [String]) -> [String] {
    switch self {
    case .exactlyOne: [members[0]]
    case .either(_, let other): [other]
    case .atLeastOne, .needs: members
    }
  }

  var keywords: [(name: String, value: JSONValue)] {
    switch self {
    case .exactlyOne: [("minProperties", .number("1")), ("maxProperties", .number("1"))]
    case .atLeastOne, .either: [("minProperties", .number("1"))]
    case .needs(let one, let other):
      [("dependentRequired", .object([(one, .array([.string(other)]))]))]
    }
  }
}
