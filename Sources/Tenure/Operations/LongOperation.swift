/// Work that outlasts the request which asked for it (AIP-151).
package struct LongOperation: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Rows of a file are accounts.
    case accounts = "import"
    /// Rows of a file are verbs that can be taken back.
    case accountChanges = "account_changes"
    /// Rows of a file are verbs that cannot.
    case erasures
    case contentTransfer = "content_transfer"
  }

  package enum State: String, CaseIterable, Sendable {
    case receiving, running, succeeded, cancelled, failed
    package var isFinal: Bool { self != .receiving && self != .running }
  }

  /// Why all of it failed.
  package enum Failure: String, CaseIterable, Sendable {
    /// It failed in the same way again and again.
    case failedRepeatedly = "failed_repeatedly"
    /// The rows did not arrive in time.
    case notReceived = "not_received"
  }

  /// How many of its rows or items have been looked at, and how many of those failed.
  package struct Progress: Sendable {
    package let done: Int
    /// nil while nobody knows.
    package let total: Int?
    package let failed: Int

    package init(done: Int, total: Int?, failed: Int) {
      self.done = done
      self.total = total
      self.failed = failed
    }
  }

  package let id: OperationID
  package let kind: Kind
  package let state: State
  package let progress: Progress
  package let failure: Failure?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: OperationID, kind: Kind, state: State, progress: Progress, failure: Failure?,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.progress = progress
    self.failure = failure
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}
