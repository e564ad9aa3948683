import JSON
package import Tenure

extension Receipt: View, Shaped {
  package static let shape = Shape<Receipt>("Receipt", "Evidence that a person was told.") {
    Member("id", \.id, .id())
    Member(
      "case_id", \.notice.item, .nullable(.id()), "The case, for a notice of a takeover.")
    Member(
      "notice_id", \.notice.account, .nullable(.id()),
      "A TypeID that names the notice of an account, where it is of one.", example: .some(nil))
    Member("level", \.level, .int(1...3), example: 2)
    Member(
      "channel", \.channel, .string,
      "Of level 2 the kind of the destination: email, sms, push, in_app or post.",
      example: "email")
    Member(
      "destination_id", \.destination, .nullable(.id()),
      "Where it went, or from where the person acted.")
    Member("outcome", \.outcome, .choice(), "Whether it arrived there, or nothing does.")
    Member(
      "address_hash", \.addressHash, .nullable(.string),
      "Which destination it was, to whoever knows it. Null to tenants, who could guess by it.")
    Member(
      "is_outside_domain", \.isOutsideDomain, .bool,
      "The destination was not the claimant's when the receipt came.")
    Member("template_hash", \.templateHash, .nullable(.string))
    Member("delivered_at", \.deliveredAt, .timestamp)
    Member("received_at", \.receivedAt, .timestamp)
    Member(
      "signature", \.signature, .nullable(.string),
      "The operator's, of the statement. Null to tenants, because it signs the hash.")
  }
}

/// The body with which the operator shows what became of a notice at one destination.
package struct ReceiptBody: Body, Shaped {
  private let item: CaseID?
  private let account: NoticeID?
  private let kind: Destination.Kind
  private let outcome: ReceiptStatement.Outcome
  private let addressHash: String
  private let templateHash: String
  private let deliveredAt: Timestamp
  /// Base64.
  package let signature: String

  package static let shape = Shape(
    "ReceiptBody", "About a case or about a notice, never both.", ReceiptBody.init
  ) {
    Member(optional: "case_id", \.item, .id())
    Member(optional: "notice_id", \.account, .id())
    Member("channel", \.kind, .choice(), "The kind of the destination; another is refused.")
    Member(
      "outcome", \.outcome, .choice(), "That it arrived there, or that nothing does.",
      default: .delivered)
    Member(
      "address_hash", \.addressHash, .digest,
      "Names the destination. SHA-256 of the case id, a line feed, and the address in lower case;"
        + " of a contact its kind, ':' and its value.")
    Member("template_hash", \.templateHash, .digest, "SHA-256 of what was sent.")
    Member("delivered_at", \.deliveredAt, .timestamp)
    Member(
      "signature", \.signature,
      .text(
        max: 100, uncheckedPattern: "^[A-Za-z0-9+/]{86}==$",
        example: String(repeating: "A", count: 86) + "=="),
      "Ed25519, base64, over `tenure/receipt/v1` (`tenure/receipt-failed/v1` for a failure),"
        + " case_id, channel, address_hash, template_hash and delivered_at, each with a line feed.")
  } check: { (body, reader) throws(JSONError) in
    switch (body.item, body.account) {
    case (nil, nil): throw reader.missing("case_id")
    case (_?, _?): throw reader.error(at: "notice_id", .value, "a receipt is of one notice")
    default: break
    }
  }

  /// What is signed.
  package var statement: ReceiptStatement {
    guard let notice = item.map(Notice.takeover) ?? account.map(Notice.account) else {
      preconditionFailure("the shape lets no body pass that is about nothing")
    }
    return ReceiptStatement(
      notice: notice, kind: kind, addressHash: addressHash, templateHash: templateHash,
      outcome: outcome, deliveredAt: deliveredAt)
  }
}

extension Codec where Value == String {
  /// A SHA-256, in hexadecimal.
  fileprivate static var digest: Codec {
    Codec(Codec<[UInt8]>.sha256.schema) { (reader) throws(JSONError) in
      let text = try reader.text(max: 64)
      guard text.utf8.count == 64,
        text.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 })
      else { throw reader.error(.value, "64 hexadecimal digits in lower case are expected") }
      return text
    } write: {
      $1.string($0)
    }
  }
}

extension AccountNotice: View, Shaped {
  package static let shape = Shape<AccountNotice>(
    "AccountNotice",
    "What somebody was told of their account, and the best evidence that they were."
  ) {
    Member("id", \.id, .id())
    Member("account_id", \.account, .id())
    Member(
      "controller_id", { $0.tenant == .platform ? nil : $0.tenant }, .nullable(.id()),
      "A TypeID that names who did it; null for the operator.")
    Member(
      "type", \.type, .string, "The type of the event that tells of it.",
      example: EventType.accountAddressesChanged.rawValue)
    Member(
      "subject", \.subject, .string, "The id of what it is about.",
      example: Schema.idExample(of: AccountNoun.self))
    Member("at", \.at, .timestamp)
    Member(
      "level", \.level, .int(0...3),
      "0 queued, 1 an endpoint took it, 2 the operator signed that it was delivered, 3 the person"
        + " has read it.", example: 1)
  }
}

extension Shapes {
  static let notices: [Component] = [
    Receipt.shape.component, ReceiptBody.shape.component, AccountNotice.shape.component,
  ]
}
