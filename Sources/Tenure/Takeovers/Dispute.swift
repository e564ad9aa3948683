/// What a person says against a takeover of their account, and what the operator decides.
///
///     open → upheld | dismissed | closed
package struct Dispute: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// The operator is to decide; the case's clock stands.
    case open
    /// The person is right.
    case upheld
    /// The case goes on.
    case dismissed
    /// The case ended otherwise, before it was decided.
    case closed
  }

  package let id: DisputeID
  package let item: CaseID
  /// Who wants the account.
  package let claimant: TenantID
  package let account: AccountID
  /// Which one of its case, from 1.
  package let number: Int
  /// Whether it is certain that the person said it; else whoever reads a mailbox may have.
  package let isPersons: Bool
  package private(set) var state: State
  package let openedAt: Timestamp
  package private(set) var endedAt: Timestamp?

  /// A dispute as it was kept.
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

  /// The dispute that a case has just been brought into.
  package init(of item: TakeoverCase, isPersons: Bool, at now: Timestamp) {
    self.init(
      id: DisputeID(at: now), item: item.id, claimant: item.tenant, account: item.account,
      number: item.disputes, isPersons: isPersons, state: .open, openedAt: now, endedAt: nil)
  }

  /// The operator decides it; false where it has ended before.
  package mutating func decide(_ decision: TakeoverCase.Decision, at now: Timestamp) -> Bool {
    switch decision {
    case .uphold: end(.upheld, at: now)
    case .dismiss: end(.dismissed, at: now)
    }
  }

  /// Its case ended otherwise; false where it has ended before.
  package mutating func close(at now: Timestamp) -> Bool { end(.closed, at: now) }

  private mutating func end(_ state: State, at now: Timestamp) -> Bool {
    if self.state != .open { return false }
    self.state = state
    endedAt = now
    return true
  }

  /// Whether a statement says something that none of the earlier ones said: other words, whatever
  /// their case, spaces and marks.
  package static func isNew(_ statement: String, after earlier: [String]) -> Bool {
    let words = words(of: statement)
    return !words.isEmpty && !earlier.contains { Self.words(of: $0) == words }
  }

  private static func words(of text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
