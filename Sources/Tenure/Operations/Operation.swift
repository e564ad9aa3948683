/// Work that takes longer than the request that started it; the API shows its progress (AIP-151).
package struct Operation: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Creates an account from each row of a file.
    case accounts = "import"
    /// Carries out a verb that can be taken back on the account in each row of a file.
    case accountChanges = "account_changes"
    /// Carries out a verb that cannot be taken back on the account in each row of a file.
    case erasures
    case contentTransfer = "content_transfer"
  }

  package enum State: String, CaseIterable, Sendable {
    case receiving, running, succeeded, cancelled, failed
    package var isFinal: Bool { self != .receiving && self != .running }
  }

  /// Why the operation failed as a whole.
  package enum Failure: String, CaseIterable, Sendable {
    /// Its job failed again and again in the same way.
    case failedRepeatedly = "failed_repeatedly"
    /// Its rows were not sent in time.
    case notReceived = "not_received"
  }

  /// How many of its rows or items are done, and how many of those failed.
  package struct Progress: Sendable {
    package let done: Int
    /// nil until it is known.
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
