package import Foundation
package import Postgres
package import Tenure

/// The name of a kind of jobs in the queue; each feature defines its own.
package struct JobKind: Hashable, Sendable {
  package let name: String

  package init(_ name: String) { self.name = name }
}

/// A kind of background job: how it is carried out, what its id stands for, and what happens when
/// it fails again and again in the same way.
///
/// Features define them; the assembly lists all, and its runner takes them from the queue.
package struct Job: Sendable {
  /// How the job is carried out.
  package enum Method: Sendable {
    /// In one go; the function finishes the job itself.
    case whole(@Sendable (Worker, Access, JobStore.Taken) async throws -> Void)
    /// Piece by piece, each in its own transaction.
    case pieces(@Sendable (Worker, Access, JobStore.Taken) -> any PiecewiseWork)
  }

  package let kind: JobKind
  package let method: Method
  /// The id of what the job works on, as callers know it.
  package let subject: @Sendable (JobStore.Taken) -> String
  /// Statements that end what somebody can begin anew, such as an operation or a run.
  ///
  /// nil for work that is owed to somebody: it rests after failures, and is tried again every hour.
  package let giveUp: (@Sendable (UUID, Timestamp, Access) -> [SQL])?

  package init(
    _ kind: JobKind, subject: @escaping @Sendable (JobStore.Taken) -> String,
    giveUp: (@Sendable (UUID, Timestamp, Access) -> [SQL])? = nil, _ method: Method
  ) {
    self.kind = kind
    self.method = method
    self.subject = subject
    self.giveUp = giveUp
  }
}

/// A long job that is done piece by piece, each piece in a transaction of its own.
package protocol PiecewiseWork: Sendable {
  var access: Access { get }
  /// The job's id in the queue.
  var job: UUID { get }
  /// Does one piece; returns false where nothing is left to do now, after it has finished the job.
  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool
}
