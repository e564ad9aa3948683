package import Foundation

/// What a person is shown by a link that needs no other token.
package enum Link: Sendable, Equatable {
  /// A notice: what happens to the account, and what can be done about it.
  case notice(CaseID)
  /// The data handed out for a request.
  case package(SubjectRequestID)

  package var uuid: UUID {
    switch self {
    case .notice(let id): id.uuid
    case .package(let id): id.uuid
    }
  }
}

/// A link's token: a prefix ‖ what it shows, 32 hexadecimal digits ‖ 32 of its keyed digest ‖ 6
/// base62 of the CRC-32 of all before.
///
/// Nothing of it is stored: the digest proves it, what it shows says whether it was used. It travels
/// in the Authorization header; a link carries it where no server's log sees it, behind `#`.
package struct LinkToken: Sendable, Equatable {
  private static let noticePrefix = "tnrn_"
  private static let packagePrefix = "tnrp_"
  private static let digits = 32
  private static let checksumDigits = 6
  package static let digestBytes = 16

  package let link: Link
  package let digest: [UInt8]

  package init(link: Link, digest: [UInt8]) {
    self.link = link
    self.digest = Array(digest.prefix(Self.digestBytes))
  }

  /// Whether it begins as these tokens do.
  package static func isLink(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: noticePrefix.utf8) || bytes.starts(with: packagePrefix.utf8)
  }

  /// nil for anything that is not a well-formed token with the right checksum.
  package init?(parsing bytes: some Collection<UInt8>) {
    let all = Array(bytes)
    let start = Self.noticePrefix.utf8.count
    let body = start + 2 * Self.digits
    guard all.count == body + Self.checksumDigits, Self.isLink(all),
      all[body...].elementsEqual(KeyToken.checksum(all[..<body])),
      let bytes = Hexadecimal.decode(Array(all[start..<body]))
    else { return nil }
    let uuid = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    link =
      all.starts(with: Self.noticePrefix.utf8)
      ? .notice(CaseID(uuid: uuid)) : .package(SubjectRequestID(uuid: uuid))
    digest = Array(bytes[16...])
  }

  package var text: String {
    let prefix =
      switch link {
      case .notice: Self.noticePrefix
      case .package: Self.packagePrefix
      }
    let id = withUnsafeBytes(of: link.uuid.uuid) { Array($0) }
    let body = Array((prefix + Hexadecimal.encode(id + digest)).utf8)
    return String(decoding: body + KeyToken.checksum(body[...]), as: UTF8.self)
  }
}
