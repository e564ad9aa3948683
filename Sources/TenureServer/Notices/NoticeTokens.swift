import Foundation
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// The tokens and codes that people get: all are derived from keys, and none is stored.
extension Worker {
  /// The token of a link.
  func token(of link: Link) throws -> LinkToken {
    switch link {
    case .notice(let id, let destination):
      LinkToken(link: link, digest: try blindIndex("notice_link", "\(id)\0\(destination)"))
    case .package(let id):
      LinkToken(link: link, digest: try blindIndex("package_link", id.description))
    }
  }

  /// Refuses a link that this service has not made.
  func check(_ token: LinkToken) throws {
    guard constantTimeEqual(token.digest, try self.token(of: token.link).digest) else {
      throw Problem.unauthenticated(.keyUnknown)
    }
  }

  /// Eight digits that are in the notice and shown by the service, so that the person can compare
  /// them.
  func verifyCode(_ id: CaseID) throws -> String {
    Self.digits(try blindIndex("notice_verify", id.description))
  }

  /// The code that proves a personal address; it holds for this address until `until`.
  func addressCode(_ id: CaseID, addressHMAC: [UInt8], until: Timestamp) throws -> String {
    let address = Data(addressHMAC).base64EncodedString()
    return Self.digits(try blindIndex("address_code", "\(id)\0\(address)\0\(until)"))
  }

  /// The code that is mailed to a mailbox of a claimed domain.
  func mailboxCode(_ id: DomainClaimID, _ mailbox: String, until: String) throws -> String {
    Self.digits(try blindIndex("domain_code", "\(id)\0\(mailbox)\0\(until)"))
  }

  private static func digits(_ digest: [UInt8]) -> String {
    let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
    let text = String(number)
    return String(repeating: "0", count: 8 - text.count) + text
  }
}
