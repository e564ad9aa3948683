package import Foundation

/// The kind of thing that an id names, such as an account.
///
/// The prefix is part of the public contract.
package protocol Noun: Sendable {
  static var prefix: String { get }
}

/// A TypeID (v0.3): a prefix and a UUIDv7 in Crockford's base32, such as
/// `acc_01jd6v0m9fe2v8kq4x7h5c3n2a`.
///
/// Ids of different nouns are different types, so that they cannot be mixed up.
package struct Identifier<Kind: Noun>: Hashable, Sendable, CustomStringConvertible {
  package let uuid: UUID

  package init(uuid: UUID) { self.uuid = uuid }

  /// A new id, ordered by time (RFC 9562 section 5.7).
  package init(at time: Timestamp) { uuid = .v7(at: time) }

  package init(parsing text: String) throws(IdentifierError) {
    // Bytes are much faster than characters, and every line of an export has ids to parse.
    let bytes = text.utf8
    guard let separator = bytes.lastIndex(of: UInt8(ascii: "_")) else { throw .malformed }
    let prefix = String(text[..<separator])
    guard let uuid = Base32.decode(text[bytes.index(after: separator)...].utf8) else {
      throw .malformed
    }
    if prefix != Kind.prefix {
      let isKnown = !prefix.isEmpty && prefix.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A }
      throw isKnown ? .wrongType(expected: Kind.prefix, found: prefix) : .malformed
    }
    self.uuid = uuid
  }

  package var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the text without making a `String`.
  package func write(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: Kind.prefix.utf8)
    bytes.append(UInt8(ascii: "_"))
    Base32.encode(uuid, into: &bytes)
  }
}

package enum IdentifierError: Error, Equatable {
  case malformed
  /// The id of another kind of thing: most likely two arguments were swapped.
  case wrongType(expected: String, found: String)
}

package enum RequestNoun: Noun { package static let prefix = "req" }
package enum TenantNoun: Noun { package static let prefix = "ten" }
package enum AccountNoun: Noun { package static let prefix = "acc" }
package enum KeyNoun: Noun { package static let prefix = "key" }
package enum OperationNoun: Noun { package static let prefix = "opn" }
package enum AuditEntryNoun: Noun { package static let prefix = "aud" }
package enum DomainClaimNoun: Noun { package static let prefix = "dom" }
package enum DomainGrantNoun: Noun { package static let prefix = "grt" }
package enum EventNoun: Noun { package static let prefix = "evt" }
package enum WebhookEndpointNoun: Noun { package static let prefix = "whk" }
package enum TakeoverNoun: Noun { package static let prefix = "tko" }
package enum CaseNoun: Noun { package static let prefix = "cas" }
package enum NoticeNoun: Noun { package static let prefix = "ntc" }
package enum DisputeNoun: Noun { package static let prefix = "dsp" }
package enum ReceiptNoun: Noun { package static let prefix = "rcp" }
package enum DestinationNoun: Noun { package static let prefix = "dst" }
package enum AccountChangeNoun: Noun { package static let prefix = "chg" }
package enum HoldNoun: Noun { package static let prefix = "hld" }
package enum ApprovalNoun: Noun { package static let prefix = "apr" }
package enum ErasureNoun: Noun { package static let prefix = "ers" }
package enum ContentItemNoun: Noun { package static let prefix = "con" }
package enum RetentionRuleNoun: Noun { package static let prefix = "rul" }
package enum RetentionRunNoun: Noun { package static let prefix = "run" }
package enum SubjectRequestNoun: Noun { package static let prefix = "dsr" }
package enum PolicyNoun: Noun { package static let prefix = "pol" }
package enum SuppressionNoun: Noun { package static let prefix = "sup" }

package typealias RequestID = Identifier<RequestNoun>
package typealias TenantID = Identifier<TenantNoun>
package typealias AccountID = Identifier<AccountNoun>
package typealias KeyID = Identifier<KeyNoun>
package typealias OperationID = Identifier<OperationNoun>
package typealias AuditEntryID = Identifier<AuditEntryNoun>
package typealias DomainClaimID = Identifier<DomainClaimNoun>
package typealias DomainGrantID = Identifier<DomainGrantNoun>
package typealias EventID = Identifier<EventNoun>
package typealias WebhookEndpointID = Identifier<WebhookEndpointNoun>
package typealias TakeoverID = Identifier<TakeoverNoun>
package typealias CaseID = Identifier<CaseNoun>
package typealias NoticeID = Identifier<NoticeNoun>
package typealias DisputeID = Identifier<DisputeNoun>
package typealias ReceiptID = Identifier<ReceiptNoun>
package typealias DestinationID = Identifier<DestinationNoun>
package typealias AccountChangeID = Identifier<AccountChangeNoun>
package typealias HoldID = Identifier<HoldNoun>
package typealias ApprovalID = Identifier<ApprovalNoun>
package typealias ErasureID = Identifier<ErasureNoun>
package typealias ContentItemID = Identifier<ContentItemNoun>
package typealias RetentionRuleID = Identifier<RetentionRuleNoun>
package typealias RetentionRunID = Identifier<RetentionRunNoun>
package typealias SubjectRequestID = Identifier<SubjectRequestNoun>
package typealias PolicyID = Identifier<PolicyNoun>
package typealias SuppressionID = Identifier<SuppressionNoun>

extension TenantID {
  /// The platform's own tenant: it has the accounts that no tenant controls.
  package static let platform = TenantID(
    uuid: UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)))
}

extension UUID {
  /// A UUID version 7: 48 bits of milliseconds, 12 bits of the rest of the microseconds (RFC 9562
  /// section 6.2, method 3), then 62 random bits.
  package static func v7(at time: Timestamp) -> UUID {
    // No id is from before 1970: a search for ids of an earlier time begins at 0.
    let microseconds = max(time.microseconds, 0)
    let milliseconds = UInt64(microseconds / 1_000)
    let fraction = UInt64(microseconds % 1_000) * 4_096 / 1_000
    var random = SystemRandomNumberGenerator()
    let high = milliseconds << 16 | 0x7000 | fraction
    let low = 0x8000_0000_0000_0000 | (random.next() >> 2)
    var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    Swift.withUnsafeMutableBytes(of: &bytes) { raw in
      raw.storeBytes(of: high.bigEndian, as: UInt64.self)
      raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: bytes)
  }

  /// The 128 bits as two numbers, the more significant first.
  var words: (high: UInt64, low: UInt64) {
    withUnsafeBytes(of: uuid) { raw in
      (
        UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }
}

/// Crockford's base32 in lower case, as TypeID uses it: 26 digits for 128 bits.
package enum Base32 {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  static func encode(_ uuid: UUID, into bytes: inout [UInt8]) {
    let (high, low) = uuid.words
    for digit in 0..<26 {
      let shift = 125 - digit * 5
      let bits: UInt64 =
        shift >= 64
        ? high >> UInt64(shift - 64)
        : shift > 59 ? high << UInt64(64 - shift) | low >> UInt64(shift) : low >> UInt64(shift)
      bytes.append(alphabet[Int(bits & 31)])
    }
  }

  /// The first `count` base32 digits of the bytes, five bits each.
  package static func digits(of bytes: [UInt8], count: Int) -> String {
    var text: [UInt8] = []
    for digit in 0..<count {
      let bit = digit * 5
      let pair =
        UInt16(bytes[bit / 8]) << 8 | UInt16(bit / 8 + 1 < bytes.count ? bytes[bit / 8 + 1] : 0)
      text.append(alphabet[Int(pair >> UInt16(11 - bit % 8)) & 31])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The UUID; nil for a wrong length, a character that is no digit, or more than 128 bits.
  static func decode(_ text: some Collection<UInt8>) -> UUID? {
    guard text.count == 26, let first = text.first, values[Int(first)] <= 7 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for letter in text {
      let value = values[Int(letter)]
      guard value != 0xFF else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(value)
    }
    var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    Swift.withUnsafeMutableBytes(of: &bytes) { raw in
      raw.storeBytes(of: high.bigEndian, as: UInt64.self)
      raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: bytes)
  }
}
