/// A verb (such as `delete`) that was carried out on an account, or is scheduled for it.
package struct AccountChange: Sendable {
  package enum State: String, CaseIterable, Sendable { case scheduled, done, refused, cancelled }

  package let id: AccountChangeID
  package let account: AccountID
  package let verb: AccountVerb
  package let state: State
  /// The problem code it was refused with; nil unless the state is `refused`.
  package let refusal: String?
  package let requestedBy: String
  package let requestedAt: Timestamp
  package let effectiveAt: Timestamp
  package let endedAt: Timestamp?
  /// The takeover's case that the change undoes; nil for every other change.
  package let item: CaseID?
  package let version: Int

  package init(
    id: AccountChangeID, account: AccountID, verb: AccountVerb, state: State,
    refusal: String? = nil, requestedBy: String, requestedAt: Timestamp, effectiveAt: Timestamp,
    endedAt: Timestamp? = nil, item: CaseID? = nil, version: Int = 1
  ) {
    self.id = id
    self.account = account
    self.verb = verb
    self.state = state
    self.refusal = refusal
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
    self.effectiveAt = effectiveAt
    self.endedAt = endedAt
    self.item = item
    self.version = version
  }
}
