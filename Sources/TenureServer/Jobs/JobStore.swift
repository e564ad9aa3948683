import Foundation
import Postgres
import Tenure

/// SQL of `tenure_global.jobs`: what is to be worked on, when, and who has it.
enum JobStore {
  /// Puts work into the queue, or moves it there to an earlier time.
  static func enqueue(_ id: UUID, _ kind: JobKind, at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
    VALUES (\(id), \(access.tenant), \(kind.rawValue), \(at))
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at)
    """
  }

  static func take(at: Timestamp, leaseSeconds: Int) -> SQL {
    "SELECT job_id, tenant_id, kind FROM tenure_global.take_job(\(at), \(leaseSeconds))"
  }

  /// Has whoever enqueues the same job wait.
  static func lock(_ id: UUID, _ access: Access) -> SQL {
    """
    SELECT job_id FROM tenure_global.jobs
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    FOR UPDATE
    """
  }

  /// Keeps a job until then.
  static func extendLease(_ id: UUID, until: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.jobs SET lease_until = \(until)
    WHERE tenant_id = \(access.tenant) AND job_id = \(id)
    """
  }

  /// Ends a turn: the next one begins at a time, or never.
  static func finish(_ id: UUID, next: Timestamp?, _ access: Access) -> SQL {
    guard let next else {
      return "DELETE FROM tenure_global.jobs WHERE tenant_id = \(access.tenant) AND job_id = \(id)"
    }
    return """
      UPDATE tenure_global.jobs SET run_at = \(next), lease_until = NULL
      WHERE tenant_id = \(access.tenant) AND job_id = \(id)
      """
  }
}

/// What a job is.
enum JobKind: String, Sendable {
  case importing = "import"
  case domainCheck = "domain_check"
  case takeover
  case webhookProbe = "webhook_probe"
  case accountChange = "account_change"
  case erasureLedger = "erasure_ledger"
  case retentionRun = "retention_run"
  case request
  case contentTransfer = "content_transfer"
}
