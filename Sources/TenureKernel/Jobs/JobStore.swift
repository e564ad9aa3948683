package import Foundation
package import Postgres
package import Tenure

/// SQL of `tenure_global.jobs`, the queue.
///
/// While a worker has a job, the job's time is infinite, and enqueueing it writes a new time there:
/// so what is enqueued after the worker's last look is not missed.
package enum JobStore {
  /// A job that a worker has taken.
  package struct Taken: Sendable {
    package let id: UUID
    package let tenant: TenantID
    /// The kind as stored: a newer version of the service may have stored kinds that this one does
    /// not know.
    package let kind: String
    /// The request that it carries out; nil where nobody has asked.
    package let origin: JobOrigin?
  }

  /// Enqueues a job, or moves it to an earlier time; a job that a worker has now is run again then.
  ///
  /// `origin` is the request that it carries out, if any; `Change.enqueue` fills it in.
  package static func enqueue(
    _ id: UUID, _ kind: JobKind, at: Timestamp, origin: JobOrigin? = nil, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure_global.jobs AS job
      (job_id, tenant_id, kind, run_at, requested_by, request_id, reason)
    VALUES (\(id), \(access.tenant), \(kind.name), \(at), \(nullable: origin?.actor),
      \(nullable: origin?.requestID), \(nullable: origin?.reason.map { Bytes($0) }))
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at),
      requested_by = coalesce(excluded.requested_by, job.requested_by),
      request_id = coalesce(excluded.request_id, job.request_id),
      reason = CASE WHEN excluded.requested_by IS NULL THEN job.reason ELSE excluded.reason END
    """
  }

  /// Takes a job that is due, of any tenant, with a lease; no row where none is due.
  package static func take(at: Timestamp, leaseSeconds: Int) -> SQL {
    """
    SELECT job_id, tenant_id, kind, requested_by, request_id, reason
    FROM tenure_global.take_job(\(at), \(leaseSeconds))
    """
  }

  package static func taken(_ row: Row) throws -> Taken {
    let origin = try row.optionalString(3).map { actor in
      JobOrigin(actor: actor, requestID: try row.string(4), reason: try row.optionalBytes(5))
    }
    return Taken(
      id: try row.uuid(0), tenant: try row.identifier(1, TenantID.self), kind: try row.string(2),
      origin: origin)
  }

  /// Extends a worker's lease after a piece of work.
  package static func extendLease(_ id: UUID, until: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET lease_until = \(until), failures = 0, failure = NULL
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }

  /// Ends a worker's turn.
  ///
  /// The job runs again at `next`, or earlier if it was enqueued meanwhile; with nil it is deleted
  /// unless it was.
  package static func finish(_ id: UUID, next: Timestamp?, _ access: Access) -> SQL {
    "SELECT tenure_global.finish_job(\(access.tenant), \(id), \(nullable: next))"
  }

  /// Deletes a job, even one that a worker has: nothing is left to do, or somebody has cancelled
  /// it.
  package static func drop(_ id: UUID, _ access: Access) -> SQL {
    "DELETE FROM tenure_global.jobs WHERE tenant_id = \(access.tenant) AND job_id = \(id)"
  }

  /// Moves a job to another time, which may be later; not for the worker that has it.
  package static func move(_ id: UUID, to time: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET run_at = \(time)
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }

  // MARK: Failures

  /// Counts a turn that failed; returns how many in a row have failed in this way.
  package static func countFailure(_ id: UUID, _ failure: String, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs
    SET failures = CASE WHEN failure = \(failure) THEN failures + 1 ELSE 1 END,
      failure = \(failure)
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    RETURNING failures
    """
  }

  /// Ends a turn that failed; unlike `finish` it keeps the count of failures.
  package static func retry(_ id: UUID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET run_at = least(run_at, \(at)), lease_until = NULL
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }
}
