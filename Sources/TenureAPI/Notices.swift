package import JSON
package import Tenure

/// One piece of evidence of what became of a notice.
package struct ReceiptView: View {
  package let id: ReceiptID
  package let notice: Notice
  package let level: Int
  package let channel: String
  /// Of a notice of a takeover: where it went, or from where the person acted.
  package let destination: DestinationID?
  /// Nothing arrives there: what the operator signed.
  package let hasFailed: Bool
  /// nil as well where the reader may not know: with it, an address can be guessed.
  package private(set) var addressHash: String?
  /// Whether the destination was not the claimant's when the receipt came.
  package let isOutsideDomain: Bool
  package let templateHash: String?
  package let deliveredAt: Timestamp
  package let receivedAt: Timestamp
  /// nil as well where the reader may not know: it signs the address's hash, and so tests a guess.
  package private(set) var signature: String?

  package init(
    id: ReceiptID, notice: Notice, level: Int, channel: String, destination: DestinationID?,
    hasFailed: Bool, addressHash: String?, isOutsideDomain: Bool, templateHash: String?,
    deliveredAt: Timestamp, receivedAt: Timestamp, signature: String?
  ) {
    self.id = id
    self.notice = notice
    self.level = level
    self.channel = channel
    self.destination = destination
    self.hasFailed = hasFailed
    self.addressHash = addressHash
    self.isOutsideDomain = isOutsideDomain
    self.templateHash = templateHash
    self.deliveredAt = deliveredAt
    self.receivedAt = receivedAt
    self.signature = signature
  }

  /// The receipt without what tells a guessed address from a wrong one: as tenants see it.
  package var withoutAddress: ReceiptView {
    var view = self
    view.addressHash = nil
    view.signature = nil
    return view
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      var (item, account): (CaseID?, NoticeID?) = (nil, nil)
      switch notice {
      case .takeover(let id): item = id
      case .account(let id): account = id
      }
      writer.key("case_id")
      writer.string(item?.description)
      writer.key("notice_id")
      writer.string(account?.description)
      writer.key("level")
      writer.int(level)
      writer.key("channel")
      writer.string(channel)
      writer.key("destination_id")
      writer.string(destination?.description)
      writer.key("outcome")
      writer.string(
        (hasFailed ? ReceiptStatement.Outcome.failed : ReceiptStatement.Outcome.delivered).rawValue)
      writer.key("address_hash")
      writer.string(addressHash)
      writer.key("is_outside_domain")
      writer.bool(isOutsideDomain)
      writer.key("template_hash")
      writer.string(templateHash)
      writer.key("delivered_at")
      writer.timestamp(deliveredAt)
      writer.key("received_at")
      writer.timestamp(receivedAt)
      writer.key("signature")
      writer.string(signature)
    }
  }
}

/// The body with which the operator shows what became of a notice at one destination.
package struct ReceiptBody: Body {
  package let statement: ReceiptStatement
  /// Base64.
  package let signature: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (notice, kind, at): (Notice?, Destination.Kind?, Timestamp?) = (nil, nil, nil)
    var (address, template, signature): (String?, String?, String?) = (nil, nil, nil)
    var outcome = ReceiptStatement.Outcome.delivered
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "case_id", "notice_id":
        if notice != nil { throw reader.error(.value, "a receipt is of one notice") }
        notice =
          member == "case_id"
          ? .takeover(try reader.identifier(CaseID.self))
          : .account(try reader.identifier(NoticeID.self))
      case "channel": kind = try reader.choice(Destination.Kind.self)
      case "outcome": outcome = try reader.choice(ReceiptStatement.Outcome.self)
      case "address_hash": address = try Self.digest(&reader)
      case "template_hash": template = try Self.digest(&reader)
      case "delivered_at": at = try reader.timestamp()
      case "signature": signature = try reader.text(max: 100)
      default: throw reader.unknownMember()
      }
    }
    guard let notice else { throw reader.missing("case_id") }
    guard let kind else { throw reader.missing("channel") }
    guard let address else { throw reader.missing("address_hash") }
    guard let template else { throw reader.missing("template_hash") }
    guard let at else { throw reader.missing("delivered_at") }
    guard let signature else { throw reader.missing("signature") }
    statement = ReceiptStatement(
      notice: notice, kind: kind, addressHash: address, templateHash: template, outcome: outcome,
      deliveredAt: at)
    self.signature = signature
  }

  private static func digest(_ reader: inout JSONReader) throws(JSONError) -> String {
    let text = try reader.text(max: 64)
    guard text.utf8.count == 64,
      text.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 })
    else { throw reader.error(.value, "64 hexadecimal digits in lower case are expected") }
    return text
  }
}

/// What somebody was told of their account, and the best evidence that they were.
package struct AccountNoticeView: View {
  package let id: NoticeID
  package let account: AccountID
  package let tenant: TenantID
  package let type: String
  package let subject: String
  package let at: Timestamp
  /// The level of the best receipt: 0 queued, 1 an endpoint took it, 2 the operator signed that it
  /// was delivered, 3 the person has read it.
  package let level: Int

  package init(
    id: NoticeID, account: AccountID, tenant: TenantID, type: String, subject: String,
    at: Timestamp, level: Int
  ) {
    self.id = id
    self.account = account
    self.tenant = tenant
    self.type = type
    self.subject = subject
    self.at = at
    self.level = level
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("account_id")
      writer.identifier(account)
      writer.key("controller_id")
      writer.string(tenant == .platform ? nil : tenant.description)
      writer.key("type")
      writer.string(type)
      writer.key("subject")
      writer.string(subject)
      writer.key("at")
      writer.timestamp(at)
      writer.key("level")
      writer.int(level)
    }
  }
}
