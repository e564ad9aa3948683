package import Foundation

/// What a one-time link opens to whoever holds it, without any other token.
package enum Link: Sendable, Equatable {
  /// One notice of a takeover, as it was sent to one destination: what may be done by the link
  /// depends on whose destination that is.
  case notice(CaseID, DestinationID)
  /// The package of data that answers a subject request.
  case package(SubjectRequestID)

  /// The id that is unique to the link: the destination's, or the request's.
  package var uuid: UUID {
    switch self {
    case .notice(_, let destination): destination.uuid
    case .package(let id): id.uuid
    }
  }

  /// The ids in the token's text, in their order.
  fileprivate var uuids: [UUID] {
    switch self {
    case .notice(let id, let destination): [id.uuid, destination.uuid]
    case .package(let id): [id.uuid]
    }
  }
}

/// The text of a link's token: a prefix ‖ one id (a request) or two (case, destination), 32
/// hexadecimal digits each ‖ 32 of their keyed digest ‖ 6 base62 of the CRC-32 of all before.
///
/// The token itself is not stored: the digest proves that the service made it. It travels in the
/// Authorization header; in a URL it stands behind `#`, which browsers send to no server, so that
/// no log has it.
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

  /// Whether the bytes begin with the prefix of a link's token.
  private static func isLink(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: noticePrefix.utf8) || bytes.starts(with: packagePrefix.utf8)
  }

  /// Parses a token; nil for anything that is not well-formed, or has a wrong checksum.
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
