import ArgumentParser
import JSON
import TenureAPI

/// What an argument gives to a member of a request's body; nil leaves the member out.
protocol Given {
  var given: JSONValue? { get }
}

extension JSONValue: Given {
  var given: JSONValue? { self }
}

extension String: Given {
  var given: JSONValue? { .string(self) }
}

extension Bool: Given {
  var given: JSONValue? { .bool(self) }
}

extension Int: Given {
  var given: JSONValue? { .number(String(self)) }
}

extension Array: Given where Element: Given {
  /// An argument that may be repeated; nothing where it was not given at all.
  var given: JSONValue? { isEmpty ? nil : .array(compactMap(\.given)) }
}

extension Optional: Given where Wrapped: Given {
  var given: JSONValue? { flatMap(\.given) }
}

/// Members by their names, in their order; what gives nothing is not among them.
typealias Members = KeyValuePairs<String, any Given>

extension KeyValuePairs: Given where Key == String, Value == any Given {
  var json: JSONValue {
    .object(compactMap { name, value in value.given.map { (name: name, value: $0) } })
  }

  /// An object within another.
  var given: JSONValue? { json }
}

extension Body {
  /// The body of a request, judged as the service judges it: what it would refuse is refused here,
  /// before anything is asked.
  static func json(_ members: Members) throws -> JSONValue {
    try members.judged { (reader) throws(JSONError) in _ = try Self(reading: &reader) }
  }
}

extension Shaped where Self: Body {
  /// A merge patch of it.
  static func patch(_ members: Members) throws -> JSONValue {
    try members.judged { (reader) throws(JSONError) in _ = try shape.readPatch(&reader) }
  }
}

extension Members {
  fileprivate func judged(
    _ read: (inout JSONReader) throws(JSONError) -> Void
  ) throws -> JSONValue {
    let body = json
    var reader = JSONReader(body.bytes)
    do throws(JSONError) { try read(&reader) } catch {
      throw Failure.usage("\(error.pointer): \(error.detail)")
    }
    return body
  }
}

extension ArgumentHelp {
  /// What the contract says of a member of a body.
  static func of<Shape: Shaped>(_ body: Shape.Type, _ member: String) -> ArgumentHelp {
    guard let help = Shape.shape.members.first(where: { $0.name == member })?.help else {
      preconditionFailure("\(Shape.shape.name).\(member) is not described")
    }
    // A line of help ends without a full stop.
    return ArgumentHelp(help.hasSuffix(".") ? String(help.dropLast()) : help)
  }
}
