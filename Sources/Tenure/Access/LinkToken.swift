package import Foundation

/// What a person is shown by a link that needs no other token.
package enum Link: Sendable, Equatable {
  /// A notice, as it went to one destination: what happens to the account, and what can be done about
  /// it from there.
  case notice(CaseID, DestinationID)
  /// The data handed out for a request.
  case package(SubjectRequestID)

  /// Whose link it is among all: no two share it.
  package var uuid: UUID {
    switch self {
    case .notice(_, let destination): destination.uuid
    case .package(let id): id.uuid
    }
  }

  /// What the token names, in its order.
  fileprivate var uuids: [UUID] {
    switch self {
    case .notice(let id, let destination): [id.uuid, destination.uuid]
    case .package(let id): [id.uuid]
    }
  }
}

/// A link's token: a prefix ‖ what it shows, 32 hexadecimal digits each: the request, or the case and
/// the destination ‖ 32 of its keyed digest ‖ 6 base62 of the CRC-32 of all before.
///
/// The token itself is not stored: the digest proves it. It travels in the Authorization header; a
/// link carries it where no server's log sees it, behind `#`.
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
  private static func isLink(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: noticePrefix.utf8) || bytes.starts(with: packagePrefix.utf8)
  }

  /// nil for anything that is not a well-formed token with the right checksum.
  package init?(parsing bytes: some Collection<UInt8>) {
    let all = Array(bytes)
    guard Self.isLink(all) else { return nil }
    let isNotice = all.starts(with: Self.noticePrefix.utf8)
    let count = isNotice ? 2 : 1
    let start = Self.noticePrefix.utf8.count
    let body = start + (count + 1) * Self.digits
    guard all.count == body + Self.checksumDigits,
      all[body...].elementsEqual(KeyToken.checksum(all[..<body])),
      let bytes = Hexadecimal.decode(Array(all[start..<body]))
    else { return nil }
    let uuids = (0..<count).map { number in
      bytes.withUnsafeBytes { raw in
        UUID(uuid: raw.loadUnaligned(fromByteOffset: number * 16, as: uuid_t.self))
      }
    }
    link =
      isNotice
      ? .notice(CaseID(uuid: uuids[0]), DestinationID(uuid: uuids[1]))
      : .package(SubjectRequestID(uuid: uuids[0]))
    digest = Array(bytes[(count * 16)...])
  }

  package var text: String {
    let prefix =
      switch link {
      case .notice: Self.noticePrefix
      case .package: Self.packagePrefix
      }
    let ids = link.uuids.flatMap { id in withUnsafeBytes(of: id.uuid) { Array($0) } }
    let body = Array((prefix + Hexadecimal.encode(ids + digest)).utf8)
    return String(decoding: body + KeyToken.checksum(body[...]), as: UTF8.self)
  }
}
