package import Tenure

extension Approval: View, Shaped {
  package static let shape = Shape<Approval>(
    "Approval", "What one person has asked for and another must agree to."
  ) {
    Member("id", \.id, .id())
    Member(
      "action", \.action, .string, "What would be done, as the audit log will name it.",
      example: "account.erased")
    Member("object", \.object, .string, example: Schema.idExample(of: AccountNoun.self))
    Member("state", \.state, .choice())
    Member("requested_by", \.requestedBy, .id(), "A key.")
    Member("requested_at", \.requestedAt, .timestamp)
    Member("expires_at", \.expiresAt, .timestamp)
    Member(
      "vouched_by", \.vouchedBy, .nullable(.id()),
      """
      The key of the person who stands behind what a service's key asks for; another person agrees \
      then.
      """)
    Member("decided_by", \.decidedBy, .nullable(.id()))
    Member("decided_at", \.decidedAt, .nullable(.timestamp))
  }
}

extension Shapes {
  static let approvals: [Component] = [
    Approval.shape.component
  ]
}
