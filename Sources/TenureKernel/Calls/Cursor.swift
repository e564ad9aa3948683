package import Foundation
package import Tenure
import TenureAPI
import Vault

/// Where a list goes on: the last id, bound by an HMAC to the tenant, the list and its filter.
///
/// A cursor of another list, filter or tenant is refused.
package struct Cursor {
  private static let macBytes = 16

  package static func encode(_ last: UUID, for call: Call, _ access: Access, filter: String) throws
    -> String
  {
    var bytes = withUnsafeBytes(of: last.uuid) { Array($0) }
    bytes += try mac(bytes, call, access, filter)
    return Data(bytes).base64URL
  }

  package static func decode(_ text: String, for call: Call, _ access: Access, filter: String)
    throws
    -> UUID
  {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    guard let data = Data(base64Encoded: standard), data.count == 16 + macBytes else {
      throw Problem(.cursorMalformed)
    }
    let bytes = Array(data)
    let id = Array(bytes[..<16])
    guard constantTimeEqual(try mac(id, call, access, filter), Array(bytes[16...])) else {
      throw Problem(.cursorMismatch)
    }
    return UUID(uuid: id.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
  }

  private static func mac(
    _ id: [UInt8], _ call: Call, _ access: Access, _ filter: String
  ) throws -> [UInt8] {
    let text = "cursor\0\(access.tenant)\0\(call.endpoint.id)\0\(filter)\0"
    let mac = try call.worker.sealer.digests.hmac(
      Array(text.utf8) + id, key: call.worker.platformKey.index)
    return Array(mac.prefix(macBytes))
  }
}

extension Data {
  /// Base64 with the alphabet that is safe in URLs (RFC 4648 section 5), padded.
  package var base64URL: String {
    base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
  }
}
