import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// SQL of `tenure.receipts`.
///
/// Functions of the database write them, check them, and stamp them with the database's time; they
/// are never changed.
enum ReceiptStore {
  /// A receipt of level 1: an endpoint took the event, or somebody saw the notice.
  struct Sent: Sendable {
    let notice: Notice
    /// `operator_webhook`, `person_webhook`, or the name of the action by which it was seen.
    let channel: String
    var destination: DestinationID?
  }

  /// A receipt of level 2: what the operator has signed about one destination.
  struct Delivery: Sendable {
    let statement: ReceiptStatement
    let publicKey: [UInt8]
    let signature: [UInt8]
  }

  /// What proves that the person acted.
  enum Proof: Sendable {
    /// The link that was sent to a destination of theirs, as a digest.
    case link(DestinationID, [UInt8])
    /// The token of a session, by its key.
    case session(KeyID)
  }

  /// Stores receipts of level 1.
  ///
  /// Repeated ones change nothing, nor do those for a notice that does not exist here.
  static func keep(_ sent: [Sent], at: Timestamp) -> SQL {
    """
    SELECT tenure.keep_sent(\(sent.map { _ in ReceiptID(at: at) }), \(sent.map(\.notice.item)),
      \(sent.map(\.notice.account)), \(sent.map(\.channel)), \(sent.map(\.destination)))
    """
  }

  /// Stores a receipt of level 2; returns the destination, whether it is not the claimant's, and
  /// the database's time.
  static func keep(_ delivery: Delivery, _ id: ReceiptID) -> SQL {
    let statement = delivery.statement
    return """
      SELECT destination_id, is_outside, received_at
      FROM tenure.keep_delivery(\(id), \(nullable: statement.notice.item),
        \(nullable: statement.notice.account), \(statement.kind.rawValue),
        \(Bytes(bytes(statement.addressHash))), \(statement.outcome == .failed),
        \(Bytes(bytes(statement.templateHash))), \(statement.deliveredAt),
        \(Bytes(delivery.publicKey)), \(Bytes(delivery.signature)))
      """
  }

  /// Stores a receipt of level 3, that the person has acted on a notice, with the proof; returns
  /// the database's time.
  static func keep(_ action: NoticeAction, of notice: Notice, _ proof: Proof, _ id: ReceiptID)
    -> SQL
  {
    var (link, digest, session): (DestinationID?, [UInt8]?, KeyID?) = (nil, nil, nil)
    switch proof {
    case .link(let destination, let bytes): (link, digest) = (destination, bytes)
    case .session(let key): session = key
    }
    return """
      SELECT tenure.keep_act(\(id), \(nullable: notice.item), \(nullable: notice.account),
        \(action.rawValue), \(nullable: link), \(nullable: digest.map { Bytes($0) }),
        \(nullable: session))
      """
  }

  /// The problem that a violated constraint means to the caller; nil for other constraints.
  static func problem(_ error: PostgresError) -> Problem? {
    switch error.constraint {
    case "receipts_name_a_destination":
      Problem(.receiptRefused, "address_hash is of no destination of this kind")
    case "receipts_need_a_known_key": Problem(.receiptRefused, "the key is not known")
    case "receipts_are_in_time": Problem.invalid("/delivered_at", "lies before the notice")
    case "receipts_of_a_person_are_shown": Problem(.destinationNotPersonal)
    default: nil
    }
  }

  private static let columns: StaticString = """
    receipt_id, level, channel, encode(address_hash, 'hex'), is_outside_domain,
    encode(template_hash, 'hex'), delivered_at, received_at, encode(signature, 'base64'),
    destination_id, has_failed
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

  /// A receipt as its reader may see it: tenants must not be able to test guessed addresses.
  static func receipt(_ row: Row, of notice: Notice, to reader: Access) throws -> Receipt {
    let receipt = try receipt(row, of: notice)
    return reader.caller.plane == .platform ? receipt : receipt.withoutAddress
  }

  private static func receipt(_ row: Row, of notice: Notice) throws -> Receipt {
    Receipt(
      id: try row.identifier(0, ReceiptID.self), notice: notice, level: try row.int(1),
      channel: try row.string(2),
      destination: try row.optionalUUID(9).map { DestinationID(uuid: $0) },
      outcome: try row.bool(10) ? .failed : .delivered, addressHash: try row.optionalString(3),
      isOutsideDomain: try row.bool(4), templateHash: try row.optionalString(5),
      deliveredAt: try row.time(6), receivedAt: try row.time(7),
      signature: try row.optionalString(8)?.replacing("\n", with: ""))
  }

  // MARK: Signatures

  /// A stored receipt of level 2 with its signature, to be checked again.
  struct Signed: Sendable {
    let id: ReceiptID
    let item: CaseID
    let delivery: Delivery

    /// Whether the signature was made by the key that the receipt names.
    var isGenuine: Bool {
      Signature.isValid(
        delivery.signature, of: delivery.statement.message, publicKey: delivery.publicKey)
    }
  }

  /// All receipts of level 2 of these cases.
  static func signed(_ cases: [CaseID], _ access: Access) -> SQL {
    """
    SELECT receipt.receipt_id, receipt.case_id, receipt.channel,
      encode(receipt.address_hash, 'hex'), encode(receipt.template_hash, 'hex'),
      receipt.has_failed, receipt.delivered_at, receipt.public_key, receipt.signature
    FROM unnest(\(cases)) AS wanted (id)
    JOIN tenure.receipts AS receipt
      ON receipt.tenant_id = \(access.tenant) AND receipt.case_id = wanted.id
    WHERE receipt.level = 2
    ORDER BY receipt.case_id, receipt.receipt_id
    """
  }

  static func signed(_ row: Row) throws -> Signed {
    let item = try row.identifier(1, CaseID.self)
    return Signed(
      id: try row.identifier(0, ReceiptID.self), item: item,
      delivery: Delivery(
        statement: ReceiptStatement(
          notice: .takeover(item), kind: try row.choice(2), addressHash: try row.string(3),
          templateHash: try row.string(4), outcome: try row.bool(5) ? .failed : .delivered,
          deliveredAt: try row.time(6)),
        publicKey: try row.bytes(7), signature: try row.bytes(8)))
  }

  /// The bytes of a hexadecimal digest, whose form was checked when the body was read.
  static func bytes(_ digest: String) -> [UInt8] {
    Hexadecimal.decode(Array(digest.utf8)) ?? []
  }
}
