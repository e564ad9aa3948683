/// A person's objection to a takeover of their account, for the operator to decide.
///
///     open → upheld | dismissed | closed
package struct Dispute: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// The operator must decide; the case's clock stands still.
    case open
    /// The operator agreed with the person.
    case upheld
    /// The operator did not: the case goes on.
    case dismissed
    /// The case ended before the dispute was decided.
    case closed
  }

  package let id: DisputeID
  package let item: CaseID
  /// The tenant that wants the account.
  package let claimant: TenantID
  package let account: AccountID
  /// The number of the dispute within its case, from 1.
  package let number: Int
  /// Whether the person disputed for certain; otherwise anybody who reads a mailbox at the domain
  /// may have.
  package let isPersons: Bool
  package private(set) var state: State
  package let openedAt: Timestamp
  package private(set) var endedAt: Timestamp?

  /// A stored dispute.
  package init(
    id: DisputeID, item: CaseID, claimant: TenantID, account: AccountID, number: Int,
    isPersons: Bool, state: State, openedAt: Timestamp, endedAt: Timestamp?
  ) {
    self.id = id
    self.item = item
    self.claimant = claimant
    self.account = account
    self.number = number
    self.isPersons = isPersons
    self.state = state
    self.openedAt = openedAt
    self.endedAt = endedAt
  }

  /// A new dispute of a case that has just become `disputed`.
  package init(of item: TakeoverCase, isPersons: Bool, at now: Timestamp) {
    self.init(
      id: DisputeID(at: now), item: item.id, claimant: item.tenant, account: item.account,
      number: item.disputes, isPersons: isPersons, state: .open, openedAt: now, endedAt: nil)
  }

  /// Records the operator's decision; false where the dispute is not open any more.
  package mutating func decide(_ decision: TakeoverCase.Decision, at now: Timestamp) -> Bool {
    switch decision {
    case .uphold: end(.upheld, at: now)
    case .dismiss: end(.dismissed, at: now)
    }
  }

  /// Records that its case ended before a decision; false where the dispute is not open any more.
  package mutating func close(at now: Timestamp) -> Bool { end(.closed, at: now) }

  private mutating func end(_ state: State, at now: Timestamp) -> Bool {
    if self.state != .open { return false }
    self.state = state
    endedAt = now
    return true
  }

  /// Whether a statement says something that no earlier one said: the words count, without case,
  /// spaces and punctuation.
  package static func isNew(_ statement: String, after earlier: [String]) -> Bool {
    let words = words(of: statement)
    return !words.isEmpty && !earlier.contains { Self.words(of: $0) == words }
  }

  private static func words(of text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
