import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import TenureServer
import Vault

/// A turn that failed: it is tried again, later each time, and what fails in the same way again and
/// again ends, or rests, and says so.
///
/// `Job.giveUp` says which: what ends can be begun anew, and what rests is owed to somebody.
struct JobFailure: Sendable {
  /// So many turns in a row that failed in the same way are enough.
  static let failuresMax = 5
  /// From the first failure to the next try; twice as long after each further one.
  static let firstPauseSeconds: Int64 = 10
  static let restSeconds: Int64 = 3_600

  let worker: Worker
  let job: JobStore.Taken
  let error: any Error

  private var access: Access { SystemCaller(job: job.kind).access(to: job.tenant) }

  /// Never throws: where the failure can't be kept either, the lease runs out.
  func settle() async {
    worker.log.warning(
      "a job failed and will be tried again",
      metadata: ["job": "\(job.kind)", "id": "\(job.id)", "error": "\(error)"])
    do { try await keep() } catch {
      worker.log.warning(
        "a job's failure was not recorded", metadata: ["job": "\(job.kind)", "error": "\(error)"])
    }
  }

  private func keep() async throws {
    let now = worker.clock.now
    guard let failure = Job.failure(of: error) else {
      // It passes by real time: a clock that somebody holds would never come to it.
      let next = now.adding(seconds: worker.clock is SystemClock ? Self.firstPauseSeconds : 0)
      _ = try await worker.database.run(
        [access.context, JobStore.retry(job.id, at: next, access)], commits: true)
      return
    }
    let hasEnded = try await worker.database.transaction(in: access) { transaction in
      let counted = JobStore.countFailure(job.id, failure, access)
      guard let failures = try await transaction.run(counted).first?.int(0) else { return false }
      if failures >= Self.failuresMax {
        return try await end(failures, failure, at: now, transaction)
      }
      let pause = Self.firstPauseSeconds << Int64(failures - 1)
      try await transaction.run(JobStore.retry(job.id, at: now.adding(seconds: pause), access))
      return false
    }
    if hasEnded { worker.metrics.count(.failedJobs) }
  }

  /// Ends it, or lets it rest; says so once, and answers whether this was the time.
  private func end(
    _ failures: Int, _ failure: String, at now: Timestamp, _ transaction: Transaction
  ) async throws -> Bool {
    var next: Timestamp?
    if let giveUp = known?.giveUp {
      try await transaction.run(giveUp(job.id, now, access))
    } else {
      let later = now.adding(seconds: Self.restSeconds)
      next = later
      try await transaction.run(JobStore.retry(job.id, at: later, access))
    }
    guard failures == Self.failuresMax else { return false }
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    telling.record("job.failed", subject, subject: nil, in: access)
    telling.tell(
      .jobFailed, subject, account: nil, of: access,
      [
        ("kind", job.kind), ("subject_id", subject), ("tenant_id", job.tenant),
        ("failures", failures), ("failure", failure), ("next_try_at", next),
      ])
    try await transaction.run(telling.statements(by: worker, transaction))
    return true
  }

  /// nil for a job that a newer version of the service has left.
  private var known: Job? { Jobs.byName[job.kind] }

  /// The id of what the work is about, as callers know it.
  private var subject: String { known?.subject(job) ?? job.tenant.description }
}

extension Counter {
  /// Work that failed in the same way again and again.
  static let failedJobs = Counter(
    "tenure_jobs_failed_total", "Work that failed in the same way five times")
}
