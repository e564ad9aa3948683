import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
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
  func opened(_ event: EventView) async throws -> EventView? {
    guard event.type == EventType.accountAddressesChanged.rawValue, let account = event.account
    else { return nil }
    let data = try JSONValue(parsing: event.data)
    let platform = SystemCaller(job: "events").access(to: .platform)
    let key = try await worker.existingPersonKeys(of: [account], platform)[account]
    let destinations = key.map { self.destinations(data, of: account, $0) } ?? .null
    return Self.replacing(event, data) { writer in
      writer.key(Self.opened)
      writer.value(destinations)
    }
  }

  /// What the event has sealed; null where it does not open, which the log says: one event must not
  /// keep the operator from all others.
  private func destinations(
    _ data: JSONValue, of account: AccountID, _ key: KeyMaterial
  ) -> JSONValue {
    do {
      return try JSONValue(
        parsing: try worker.sealer.open(
          try data.storedBase64(Self.sealed.description), key: key,
          at: PersonalRecords.destinationsPlace(account)))
    } catch {
      worker.logUnreadable(account, error)
      return .null
    }
  }

  /// The event as anybody else gets it.
  static func stripped(_ event: EventView) throws -> EventView {
    guard event.type == EventType.accountAddressesChanged.rawValue else { return event }
    return replacing(event, try JSONValue(parsing: event.data)) { _ in }
  }

  private static func replacing(
    _ event: EventView, _ data: JSONValue, by write: (inout JSONWriter) -> Void
  ) -> EventView {
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
