/// What one person has asked for and another must agree to.
package struct Approval: Sendable {
  package enum State: String, CaseIterable, Sendable {
    case pending, approved, declined
    /// The request was made again, and was carried out.
    case used
  }

  package let id: ApprovalID
  /// What would be done, as the audit log will name it.
  package let action: String
  package let object: String
  package let requestedBy: KeyID
  package let requestedAt: Timestamp
  package let expiresAt: Timestamp
  package let state: State
  package let decidedBy: KeyID?
  package let decidedAt: Timestamp?
  /// The key of the person who stands behind what a service's key asks for.
  package var vouchedBy: KeyID?
  /// The person who asks; nil while only a service does.
  ///
  /// Not shown: keys say it.
  package var person: AccountID?
  package let version: Int

  package init(
    id: ApprovalID, action: String, object: String, requestedBy: KeyID, requestedAt: Timestamp,
    expiresAt: Timestamp, state: State, decidedBy: KeyID? = nil, decidedAt: Timestamp? = nil,
    version: Int = 1
  ) {
    self.id = id
    self.action = action
    self.object = object
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
    self.expiresAt = expiresAt
    self.state = state
    self.decidedBy = decidedBy
    self.decidedAt = decidedAt
    self.version = version
  }
}
