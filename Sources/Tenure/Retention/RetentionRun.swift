package import Foundation

/// A run of retention: it judges everything that the tenant's rules cover, and disposes of what is
/// due.
package struct RetentionRun: Sendable {
  package enum State: String, CaseIterable, Sendable {
    case running
    /// It would dispose of more than its budget, or rules would run for the first time: somebody
    /// must approve or cancel it.
    case paused
    case completed, cancelled
    /// Its job failed again and again in the same way; a new run goes on with what was not done
    /// yet.
    case failed
  }

  /// Why a run is paused.
  package enum Cause: String, CaseIterable, Sendable {
    case budget
    /// A rule has not run before: nothing is disposed of until somebody has approved the run.
    case firstRun = "first_run"
  }

  package let id: RetentionRunID
  package let state: State
  package let waitsFor: Cause?
  /// How much it would dispose of, counted when it was paused; nil where it never was.
  package let expected: Int?
  package let asOf: Timestamp
  package let budget: Int
  package let examined: Int
  package let disposed: Int
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let certificate: String?
  package let version: Int

  package init(
    id: RetentionRunID, state: State, waitsFor: Cause? = nil, expected: Int? = nil,
    asOf: Timestamp, budget: Int, examined: Int, disposed: Int, createdBy: String,
    createdAt: Timestamp, updatedAt: Timestamp, certificate: String?, version: Int
  ) {
    self.id = id
    self.state = state
    self.waitsFor = waitsFor
    self.expected = expected
    self.asOf = asOf
    self.budget = budget
    self.examined = examined
    self.disposed = disposed
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.certificate = certificate
    self.version = version
  }
}

/// What a run did to one account or item.
package struct RetentionResult: Sendable {
  /// The id of the account or of the content item, without its prefix.
  package let subject: UUID
  package let className: String
  package let action: RetentionRule.Action
  package let rule: RetentionRuleID
  package let ruleVersion: Int
  package let dueAt: Timestamp
  package let at: Timestamp

  package init(
    subject: UUID, className: String, action: RetentionRule.Action, rule: RetentionRuleID,
    ruleVersion: Int, dueAt: Timestamp, at: Timestamp
  ) {
    self.subject = subject
    self.className = className
    self.action = action
    self.rule = rule
    self.ruleVersion = ruleVersion
    self.dueAt = dueAt
    self.at = at
  }

  /// The account that it was done to; nil where it was a content item.
  package var account: AccountID? {
    className == RetentionRule.accountClass ? AccountID(uuid: subject) : nil
  }

  package var subjectID: String {
    account?.description ?? ContentItemID(uuid: subject).description
  }
}
