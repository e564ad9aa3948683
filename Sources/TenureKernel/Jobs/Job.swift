package import Foundation
package import Postgres
package import Tenure

/// What a job is, by its name in the queue; each feature names its own.
package struct JobKind: Hashable, Sendable {
  package let name: String

  package init(_ name: String) { self.name = name }
}

/// A kind of background work: how a job of it is done, what its id names, and what becomes of it when
/// it fails in the same way again and again.
///
/// Features make them; the assembly lists all, and its runner takes them from the queue.
package struct Job: Sendable {
  /// How it is done.
  package enum Method: Sendable {
    /// At one go; it finishes its job itself.
    case whole(@Sendable (Worker, Access, JobStore.Taken) async throws -> Void)
    /// Piece by piece.
    case pieces(@Sendable (Worker, Access, JobStore.Taken) -> any PiecewiseWork)
  }

  package let kind: JobKind
  package let method: Method
  /// The id of what the work is about, as callers know it.
  package let subject: @Sendable (JobStore.Taken) -> String
  /// Ends what somebody has begun and can begin anew: an operation, a run, the trial of an endpoint.
  ///
  /// nil for what is owed to somebody: it rests, and is tried again every hour, whatever has failed.
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

/// Long work that is done piece by piece, each in a transaction of its own.
package protocol PiecewiseWork: Sendable {
  var access: Access { get }
  /// The job's id in the queue.
  var job: UUID { get }
  /// Does one piece; false where none is left to do now, once the job has been finished.
  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool
}
