/// A verb that was done to an account, or is to be.
package struct AccountChange: Sendable {
  package enum State: String, CaseIterable, Sendable { case scheduled, done, refused, cancelled }

  package let id: AccountChangeID
  package let account: AccountID
  package let verb: AccountVerb
  package let state: State
  /// The code of the problem that ended it.
  package let refusal: String?
  package let requestedBy: String
  package let requestedAt: Timestamp
  package let effectiveAt: Timestamp
  package let endedAt: Timestamp?
  /// The takeover's case that is undone by it.
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
