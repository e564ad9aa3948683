import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.receipts`: inserted and read, never changed.
enum ReceiptStore {
  struct Receipt: Sendable {
    let id: ReceiptID
    let notice: Notice
    let level: Int
    let channel: String
    let addressHash: [UInt8]?
    let isOutside: Bool
    let templateHash: [UInt8]?
    let deliveredAt: Timestamp
    let receivedAt: Timestamp
    let publicKey: [UInt8]?
    let signature: [UInt8]?

    init(
      id: ReceiptID, notice: Notice, level: Int, channel: String, addressHash: [UInt8]? = nil,
      isOutside: Bool = false, templateHash: [UInt8]? = nil, deliveredAt: Timestamp,
      receivedAt: Timestamp, publicKey: [UInt8]? = nil, signature: [UInt8]? = nil
    ) {
      self.id = id
      self.notice = notice
      self.level = level
      self.channel = channel
      self.addressHash = addressHash
      self.isOutside = isOutside
      self.templateHash = templateHash
      self.deliveredAt = deliveredAt
      self.receivedAt = receivedAt
      self.publicKey = publicKey
      self.signature = signature
    }

    fileprivate var item: CaseID? {
      if case .takeover(let id) = notice { return id }
      return nil
    }

    fileprivate var account: NoticeID? {
      if case .account(let id) = notice { return id }
      return nil
    }
  }

  /// Keeps receipts; one that says the same again changes nothing.
  static func insert(_ receipts: [Receipt], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, notice_id, level, channel,
      address_hash, is_outside_domain, template_hash, delivered_at, received_at, public_key,
      signature)
    SELECT \(access.tenant), new.* FROM unnest(\(receipts.map(\.id)), \(receipts.map(\.item)),
      \(receipts.map(\.account)), \(receipts.map(\.level)), \(receipts.map(\.channel)),
      \(receipts.map { $0.addressHash.map { Bytes($0) } }), \(receipts.map(\.isOutside)),
      \(receipts.map { $0.templateHash.map { Bytes($0) } }), \(receipts.map(\.deliveredAt)),
      \(receipts.map(\.receivedAt)), \(receipts.map { $0.publicKey.map { Bytes($0) } }),
      \(receipts.map { $0.signature.map { Bytes($0) } })) AS new
    ON CONFLICT DO NOTHING
    """
  }

  private static let columns: StaticString = """
    receipt_id, level, channel, encode(address_hash, 'hex'), is_outside_domain,
    encode(template_hash, 'hex'), delivered_at, received_at, encode(signature, 'base64')
    """

  /// The receipts of one notice.
  static func list(_ notice: Notice, _ access: Access) -> SQL {
    switch notice {
    case .takeover(let id):
      """
      SELECT \(text: columns) FROM tenure.receipts
      WHERE tenant_id = \(access.tenant) AND case_id = \(id)
      ORDER BY receipt_id
      """
    case .account(let id):
      """
      SELECT \(text: columns) FROM tenure.receipts
      WHERE tenant_id = \(access.tenant) AND notice_id = \(id)
      ORDER BY receipt_id
      """
    }
  }

  static func view(_ row: Row, of notice: Notice) throws -> ReceiptView {
    ReceiptView(
      id: try row.identifier(0, ReceiptID.self), notice: notice, level: try row.int(1),
      channel: try row.string(2), addressHash: try row.optionalString(3),
      isOutsideDomain: try row.bool(4), templateHash: try row.optionalString(5),
      deliveredAt: try row.time(6), receivedAt: try row.time(7),
      signature: try row.optionalString(8)?.replacing("\n", with: ""))
  }
}
