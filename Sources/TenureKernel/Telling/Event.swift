import Foundation
package import JSON
package import Tenure
import TenureAPI

/// What a member of an event's data may be.
///
/// A number is a number in JSON and a truth a truth: receivers compare them without parsing.
package protocol EventValue: Sendable {
  func write(to writer: inout JSONWriter)
}

extension String: EventValue {
  package func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int: EventValue {
  package func write(to writer: inout JSONWriter) { writer.int(self) }
}

extension Bool: EventValue {
  package func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Timestamp: EventValue {
  package func write(to writer: inout JSONWriter) { writer.timestamp(self) }
}

extension Identifier: EventValue {
  package func write(to writer: inout JSONWriter) { writer.identifier(self) }
}

/// Codes and names, such as the permissions that an approval would give.
extension Array: EventValue where Element: EventValue {
  package func write(to writer: inout JSONWriter) {
    writer.array { writer in for item in self { item.write(to: &writer) } }
  }
}

/// The members of an event's data, in their order; nil is written as `null`.
package typealias EventMembers = [(name: StaticString, value: (any EventValue)?)]

/// Something that happened, before it is numbered.
package struct Event: Sendable {
  package let id: EventID
  package let type: EventType
  /// The id of what it is about.
  package let subject: String
  /// The person concerned, whose own callbacks hear of it.
  package let account: AccountID?
  /// Ids, states and times, as the members of a JSON object.
  package let data: [UInt8]
  package let at: Timestamp

  package init(
    _ type: EventType, _ subject: some CustomStringConvertible, account: AccountID? = nil,
    at: Timestamp, _ members: EventMembers = []
  ) {
    id = EventID(at: at)
    self.type = type
    self.subject = subject.description
    self.account = account
    self.at = at
    var writer = JSONWriter()
    writer.object { writer in
      for (name, value) in members {
        writer.key(name)
        if let value { value.write(to: &writer) } else { writer.null() }
      }
    }
    data = writer.bytes
  }
}
