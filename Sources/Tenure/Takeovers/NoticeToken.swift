import Foundation

/// The one-time link's token: `tnrn_` ‖ the case, 32 hexadecimal digits ‖ 32 of its keyed digest ‖ 6
/// base62 of the CRC-32 of all before.
///
/// Nothing of it is stored: the digest proves it, the case says whether it was used. It travels in
/// the Authorization header; a link carries it where no server's log sees it, behind `#`.
package struct NoticeToken: Sendable, Equatable {
  package static let prefix = "tnrn_"
  private static let digits = 32
  private static let checksumDigits = 6
  package static let digestBytes = 16

  package let `case`: CaseID
  package let digest: [UInt8]

  package init(case: CaseID, digest: [UInt8]) {
    self.case = `case`
    self.digest = Array(digest.prefix(Self.digestBytes))
  }

  /// nil for anything that is not a well-formed token with the right checksum.
  package init?(parsing bytes: some Collection<UInt8>) {
    let all = Array(bytes)
    let body = Self.prefix.utf8.count + 2 * Self.digits
    guard all.count == body + Self.checksumDigits, all.starts(with: Self.prefix.utf8),
      all[body...].elementsEqual(KeyToken.checksum(all[..<body])),
      let bytes = Hexadecimal.decode(Array(all[Self.prefix.utf8.count..<body]))
    else { return nil }
    let uuid = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    self.case = CaseID(uuid: uuid)
    digest = Array(bytes[16...])
  }

  package var text: String {
    let id = withUnsafeBytes(of: `case`.uuid.uuid) { Array($0) }
    let body = Array((Self.prefix + Hexadecimal.encode(id + digest)).utf8)
    return String(decoding: body + KeyToken.checksum(body[...]), as: UTF8.self)
  }
}
