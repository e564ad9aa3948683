import JSON
package import Tenure

/// The body with which a person disputes a takeover of their account: what is wrong, in their words.
package struct DisputeBody: Body, Shaped {
  package static let wordsMax = 4_000
  package let reason: String

  package static let shape = Shape("DisputeBody", nil, DisputeBody.init) {
    Member(
      "reason", \.reason, .words(max: wordsMax),
      "What is wrong, in the person's words; sealed under the person's key.")
  }
}

/// A dispute; its words where the caller may read them, and while there is a key that opens them.
package struct DisputeView: View, Shaped {
  package let dispute: Dispute
  /// What the person said, and what the operator said to that.
  package let reason: String?
  package let decisionReason: String?

  package init(_ dispute: Dispute, reason: String? = nil, decisionReason: String? = nil) {
    self.dispute = dispute
    self.reason = reason
    self.decisionReason = decisionReason
  }

  package static let shape = Shape<DisputeView>(
    "Dispute", "What a person says against a takeover, and what the operator decided."
  ) {
    Member("id", \.dispute.id, .id())
    Member("case_id", \.dispute.item, .id())
    Member("account_id", \.dispute.account, .id())
    Member("tenant_id", \.dispute.claimant, .id())
    Member("number", \.dispute.number, .number, "Which one of its case.")
    Member("state", \.dispute.state, .choice())
    Member("opened_at", \.dispute.openedAt, .timestamp)
    Member("ended_at", \.dispute.endedAt, .nullable(.timestamp))
    Member(
      "reason", \.reason, .nullable(.string),
      "The person's words; null where they are not the caller's to read, or gone.")
    Member(
      "decision_reason", \.decisionReason, .nullable(.string),
      "The operator's words; null until it is decided, or gone.")
  }
}

extension Shapes {
  static let disputes: [Component] = [
    DisputeView.shape.component, DisputeBody.shape.component,
  ]
}
