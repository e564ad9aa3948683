package import Foundation
package import Postgres
package import Tenure

/// SQL of `tenure_global.jobs`: what is to be worked on, when, and who has it.
///
/// While somebody has a job, its time is infinite, and whoever enqueues it writes theirs there: what
/// is wanted between a worker's last look and the end of its turn is not slept through.
package enum JobStore {
  /// A job that somebody took.
  package struct Taken: Sendable {
    package let id: UUID
    package let tenant: TenantID
    /// As stored: a newer version of the service may have left kinds that this one does not know.
    package let kind: String
    /// Whose request it carries out; nil for what nobody asked for.
    package let origin: JobOrigin?
  }

  /// Puts work into the queue, or moves it there to an earlier time; what somebody works on is done
  /// once more then.
  ///
  /// `origin` is whose request it carries out, where it does one: `Change.enqueue` knows it.
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

  package static func take(at: Timestamp, leaseSeconds: Int) -> SQL {
    """
    SELECT job_id, tenant_id, kind, requested_by, request_id, reason
    FROM tenure_global.take_job(\(at), \(leaseSeconds))
    """
  }

  package static func taken(_ row: Row) throws -> Taken {
    var origin: JobOrigin?
    if let actor = try row.optionalString(3), let request = try row.optionalString(4) {
      origin = JobOrigin(actor: actor, requestID: request, reason: try row.optionalBytes(5))
    }
    return Taken(
      id: try row.uuid(0), tenant: try row.identifier(1, TenantID.self), kind: try row.string(2),
      origin: origin)
  }

  /// Keeps a job until then: a piece of it was done.
  package static func extendLease(_ id: UUID, until: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET lease_until = \(until), failures = 0, failure = NULL
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }

  /// Ends a worker's turn: the next one begins at a time or not at all, or earlier where somebody
  /// has asked for it meanwhile.
  package static func finish(_ id: UUID, next: Timestamp?, _ access: Access) -> SQL {
    "SELECT tenure_global.finish_job(\(access.tenant), \(id), \(nullable: next))"
  }

  /// Takes work out of the queue, whoever wants it: there is nothing left to be done, or somebody has
  /// decided so.
  package static func drop(_ id: UUID, _ access: Access) -> SQL {
    "DELETE FROM tenure_global.jobs WHERE tenant_id = \(access.tenant) AND job_id = \(id)"
  }

  /// Moves work to a time, be it later than the one it had: for whoever has decided anew when it is to
  /// be done, never for its worker.
  package static func move(_ id: UUID, to time: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET run_at = \(time)
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }

  // MARK: Failures

  /// Counts a turn that failed; answers how many in a row failed in this way.
  package static func countFailure(_ id: UUID, _ failure: String, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs
    SET failures = CASE WHEN failure = \(failure) THEN failures + 1 ELSE 1 END,
      failure = \(failure)
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    RETURNING failures
    """
  }

  /// Ends a turn that failed; unlike `finish`, it forgets no failure.
  package static func retry(_ id: UUID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET run_at = least(run_at, \(at)), lease_until = NULL
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }
}
