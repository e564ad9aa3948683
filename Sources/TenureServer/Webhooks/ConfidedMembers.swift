import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// What an event confides about a person: sealed under the platform's key of them, opened for the
/// operator at the last moment, and gone from the feed with the person.
extension Worker {
  /// Events as they go out: with what only their receivers may know.
  ///
  /// `isPersons`: to a callback of the person's own, which gets nothing that was confided to the
  /// operator; who asked for the callback may be somebody else by now.
  func completed(
    _ events: [EventView], isPersons: Bool, _ access: Access
  ) async throws -> [EventView] {
    let people = events.compactMap { Self.sealedDestinations($0) == nil ? nil : $0.account }
    let keys = isPersons ? [:] : try await existingPersonKeys(of: people, access)
    return try events.map { event in
      guard let sealed = Self.sealedDestinations(event), let account = event.account else {
        return try complete(event, access)
      }
      let opened = keys[account].flatMap {
        try? sealer.open(sealed, key: $0, at: PersonalRecords.destinationsPlace(account))
      }
      return try complete(Self.replacing(event, opened, isPersons: isPersons), access)
    }
  }

  private static func sealedDestinations(_ event: EventView) -> [UInt8]? {
    guard event.type == EventType.accountAddressesChanged.rawValue,
      let data = try? JSONValue(parsing: event.data),
      let text = data["sealed_destinations"]?.string
    else { return nil }
    return Data(base64Encoded: text).map { Array($0) }
  }

  /// The event with `destinations` in the place of what was sealed: null where the person is gone.
  private static func replacing(
    _ event: EventView, _ opened: [UInt8]?, isPersons: Bool
  ) -> EventView {
    guard case .object(let members) = try? JSONValue(parsing: event.data) else { return event }
    var writer = JSONWriter()
    writer.object { writer in
      for (name, value) in members where name != "sealed_destinations" {
        writer.key(name)
        writer.value(value)
      }
      if isPersons { return }
      writer.key("destinations")
      writer.value(opened.flatMap { try? JSONValue(parsing: $0) } ?? .null)
    }
    var event = event
    event.data = writer.bytes
    return event
  }
}
