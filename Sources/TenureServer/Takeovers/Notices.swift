import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// What a person is told, and what proves that it was us who told them.
extension Worker {
  /// The token of a one-time link: derived, not stored.
  func token(of link: Link) throws -> LinkToken {
    switch link {
    case .notice(let id):
      LinkToken(link: link, digest: try blindIndex("notice_link", id.description))
    case .package(let id):
      LinkToken(link: link, digest: try blindIndex("package_link", id.description))
    }
  }

  /// Eight digits the person can compare: what the notice says and what the service says.
  func verifyCode(_ id: CaseID) throws -> String {
    Self.digits(try blindIndex("notice_verify", id.description))
  }

  /// The code that proves a personal address; good for this address until then.
  func addressCode(_ id: CaseID, addressHMAC: [UInt8], until: Timestamp) throws -> String {
    let address = Data(addressHMAC).base64EncodedString()
    return Self.digits(try blindIndex("address_code", "\(id)\0\(address)\0\(until)"))
  }

  /// The code that comes back from a mailbox of a claimed domain.
  func mailboxCode(_ id: DomainClaimID, _ mailbox: String, until: String) throws -> String {
    Self.digits(try blindIndex("domain_code", "\(id)\0\(mailbox)\0\(until)"))
  }

  private static func digits(_ digest: [UInt8]) -> String {
    let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
    let text = String(number)
    return String(repeating: "0", count: 8 - text.count) + text
  }

  /// An event as it goes out: notices get what only their receivers may know, at the last moment,
  /// so that it lies nowhere.
  func complete(_ event: EventView, _ access: Access) throws -> EventView {
    guard access.tenant == .platform, let type = EventType(rawValue: event.type) else {
      return event
    }
    var secrets: [(name: StaticString, value: String)] = []
    switch type {
    case .noticeRequired, .noticeReminder:
      guard let id = try? CaseID(parsing: event.subject) else { return event }
      secrets = [
        ("link_token", try token(of: .notice(id)).text), ("verify_code", try verifyCode(id)),
      ]
    case .requestPackageReady:
      guard let id = try? SubjectRequestID(parsing: event.subject) else { return event }
      secrets = [("link_token", try token(of: .package(id)).text)]
    case .domainClaimCodeRequired:
      guard let id = try? DomainClaimID(parsing: event.subject),
        let data = try? JSONValue(parsing: event.data), let until = data["expires_at"]?.string,
        let mailbox = data["mailbox"]?.string
      else { return event }
      secrets = [("code", try mailboxCode(id, mailbox, until: until))]
    case .addressCodeRequired:
      guard let id = try? CaseID(parsing: event.subject),
        let data = try? JSONValue(parsing: event.data), let until = data["expires_at"]?.string,
        let expiresAt = Timestamp(parsing: until),
        let sealed = Data(base64Encoded: data["sealed_address"]?.string ?? ""),
        let opened = try? sealer.open(
          Array(sealed), under: platformKey, at: Self.addressPlace(id))
      else { return event }
      let address = String(decoding: opened, as: UTF8.self)
      guard let email = try? EmailAddress(parsing: address) else { return event }
      let hmac = try blindIndex("address", email.identity)
      secrets = [
        ("address", address),
        ("code", try addressCode(id, addressHMAC: hmac, until: expiresAt)),
      ]
    default: return event
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.members(ofObject: event.data)
      for (name, value) in secrets {
        writer.key(name)
        writer.string(value)
      }
    }
    var event = event
    event.data = writer.bytes
    return event
  }

  static func addressPlace(_ id: CaseID) -> FieldPlace {
    FieldPlace(
      table: "events", column: "data", tenant: TenantID.platform.uuid, row: id.uuid,
      subject: id.uuid)
  }
}
