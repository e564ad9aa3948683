import Foundation
import JSON
import Tenure
import TenureAPI

/// What a member of an event's data may be.
///
/// A number is a number in JSON and a truth a truth: receivers compare them without parsing.
protocol EventValue: Sendable {
  func write(to writer: inout JSONWriter)
}

extension String: EventValue {
  func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int: EventValue {
  func write(to writer: inout JSONWriter) { writer.int(self) }
}

extension Bool: EventValue {
  func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Timestamp: EventValue {
  func write(to writer: inout JSONWriter) { writer.timestamp(self) }
}

extension Identifier: EventValue {
  func write(to writer: inout JSONWriter) { writer.identifier(self) }
}

/// Codes and names, such as the permissions that an approval would give.
extension Array: EventValue where Element: EventValue {
  func write(to writer: inout JSONWriter) {
    writer.array { writer in for item in self { item.write(to: &writer) } }
  }
}

/// The members of an event's data, in their order; nil is written as `null`.
typealias EventMembers = [(name: StaticString, value: (any EventValue)?)]

/// Something that happened, before it is numbered.
struct Event: Sendable {
  let id: EventID
  let type: EventType
  /// The id of what it is about.
  let subject: String
  /// The person concerned, whose own callbacks hear of it.
  let account: AccountID?
  /// Ids, states and times, as the members of a JSON object.
  let data: [UInt8]
  let at: Timestamp

  init(
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
