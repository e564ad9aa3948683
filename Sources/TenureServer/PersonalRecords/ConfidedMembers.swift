import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Members of an event that only the operator may read.
///
/// They are sealed under the platform's key of the person, decrypted when the operator fetches the
/// event, and lost with that key.
struct ConfidedMembers: Sendable {
  static let sealed: StaticString = "sealed_destinations"
  private static let opened: StaticString = "destinations"

  let worker: Worker

  /// The event as the operator gets it, with the destinations where the person was reached, or null
  /// once the person is gone; nil for events that have none.
  func opened(_ event: NumberedEvent) async throws -> NumberedEvent? {
    guard event.type == EventType.accountAddressesChanged.rawValue, let account = event.account
    else { return nil }
    let data = try JSONValue(stored: event.data)
    let platform = SystemCaller(job: "events").access(to: .platform)
    let key = try await worker.existingPersonKeys(of: [account], platform)[account]
    let destinations = key.map { self.destinations(data, of: account, $0) } ?? .null
    return Self.replacing(event, data) { writer in
      writer.key(Self.opened)
      writer.value(destinations)
    }
  }

  /// The decrypted destinations; null where they cannot be decrypted, which is logged: one event
  /// must not keep the operator from all others.
  private func destinations(
    _ data: JSONValue, of account: AccountID, _ key: KeyMaterial
  ) -> JSONValue {
    do {
      return try JSONValue(
        stored: try worker.sealer.open(
          try data.storedBase64(Self.sealed.description), key: key,
          at: PersonalRecords.destinationsPlace(account)))
    } catch {
      worker.logUnreadable(account, error)
      return .null
    }
  }

  /// The event as everybody else gets it, without the sealed member.
  static func stripped(_ event: NumberedEvent) throws -> NumberedEvent {
    guard event.type == EventType.accountAddressesChanged.rawValue else { return event }
    return replacing(event, try JSONValue(stored: event.data)) { _ in }
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
