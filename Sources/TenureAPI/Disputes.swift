package import JSON
package import Tenure

/// The body with which a person disputes a takeover of their account: what is wrong, in their words.
package struct DisputeBody: Body {
  package static let wordsMax = 4_000
  package let reason: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var reason: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "reason":
        let text = try reader.text(max: Self.wordsMax)
        guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
          throw reader.error(.value, "words are expected")
        }
        reason = text
      default: throw reader.unknownMember()
      }
    }
    guard let reason else { throw reader.missing("reason") }
    self.reason = reason
  }
}

/// A dispute; its words where the caller may read them, and while there is a key that opens them.
package struct DisputeView: View {
  package let dispute: Dispute
  /// What the person said, and what the operator said to that.
  package let reason: String?
  package let decisionReason: String?

  package init(_ dispute: Dispute, reason: String? = nil, decisionReason: String? = nil) {
    self.dispute = dispute
    self.reason = reason
    self.decisionReason = decisionReason
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(dispute.id)
      writer.key("case_id")
      writer.identifier(dispute.item)
      writer.key("account_id")
      writer.identifier(dispute.account)
      writer.key("tenant_id")
      writer.identifier(dispute.claimant)
      writer.key("number")
      writer.int(dispute.number)
      writer.key("state")
      writer.string(dispute.state.rawValue)
      writer.key("opened_at")
      writer.timestamp(dispute.openedAt)
      writer.key("ended_at")
      writer.timestamp(dispute.endedAt)
      writer.key("reason")
      writer.string(reason)
      writer.key("decision_reason")
      writer.string(decisionReason)
    }
  }
}
