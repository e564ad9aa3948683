import Foundation
import JSON
import Postgres
import Tenure
import TenureKernel
import Vault

/// What an event confides about a person: sealed under the platform's key of them, opened for the
/// operator at the last moment, and gone from the feed with the person.
struct ConfidedMembers: Sendable {
  static let sealed: StaticString = "sealed_destinations"
  private static let opened: StaticString = "destinations"

  let worker: Worker

  /// The event as the operator gets it: with where the person was reached, or null once they are
  /// gone; nil for events that confide nothing.
  func opened(_ event: NumberedEvent) async throws -> NumberedEvent? {
    guard event.type == EventType.accountAddressesChanged.rawValue, let account = event.account
    else { return nil }
    let data = try JSONValue(parsing: event.data)
    let text = data[Self.sealed.description]?.string ?? ""
    let platform = SystemCaller(job: "events").access(to: .platform)
    let key = try await worker.existingPersonKeys(of: [account], platform)[account]
    let bytes = key.flatMap { key in
      try? worker.sealer.open(
        Data(base64Encoded: text).map { Array($0) } ?? [], key: key,
        at: PersonalRecords.destinationsPlace(account))
    }
    return Self.replacing(event, data) { writer in
      writer.key(Self.opened)
      writer.value(bytes.flatMap { try? JSONValue(parsing: $0) } ?? .null)
    }
  }

  /// The event as anybody else gets it.
  static func stripped(_ event: NumberedEvent) throws -> NumberedEvent {
    guard event.type == EventType.accountAddressesChanged.rawValue else { return event }
    return replacing(event, try JSONValue(parsing: event.data)) { _ in }
  }

  private static func replacing(
    _ event: NumberedEvent, _ data: JSONValue, by write: (inout JSONWriter) -> Void
  ) -> NumberedEvent {
    guard case .object(let members) = data else { return event }
    var writer = JSONWriter()
    writer.object { writer in
      for (name, value) in members where name != sealed.description {
        writer.key(name)
        writer.value(value)
      }
      write(&writer)
    }
    var event = event
    event.data = writer.bytes
    return event
  }
}
