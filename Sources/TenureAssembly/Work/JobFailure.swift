import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What happens after a turn of a job has failed: the job is tried again, each time after a longer
/// pause.
///
/// When it has failed too often in the same way, it ends or rests, and an event says so. Locks and
/// the like do not count; a lost connection does, as the job may be what breaks it.
///
/// It ends where `Job.giveUp` is set, because somebody can begin it anew; it rests where it is owed
/// to somebody.
struct JobFailure: Sendable {
  /// How many failures of the same kind in a row are too many.
  static let failuresMax = 5
  /// Seconds from the first failure to the next try; each further failure doubles them.
  static let firstPauseSeconds: Int64 = 10
  static let restSeconds: Int64 = 3_600

  let worker: Worker
  let job: JobStore.Taken
  let error: any Error

  private var access: Access { SystemCaller(job: job.kind).access(to: job.tenant) }

  /// Never throws: if the failure cannot be stored either, the lease runs out.
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
    // The pause before what may pass by itself is real time: a clock that a test holds still would
    // never reach its end.
    let realPauseSeconds = worker.clock is SystemClock ? Self.firstPauseSeconds : 0
    let lost = Job.lostConnection(of: error)
    guard let failure = lost ?? Job.failure(of: error) else {
      let next = now.adding(seconds: realPauseSeconds)
      _ = try await worker.database.run(
        [access.context, JobStore.retry(job.id, at: next, access)], commits: true)
      return
    }
    let firstPauseSeconds = lost == nil ? Self.firstPauseSeconds : realPauseSeconds
    let hasEnded = try await worker.database.transaction(in: access) { transaction in
      let counted = JobStore.countFailure(job.id, failure, access)
      guard let failures = try await transaction.run(counted).first?.int(0) else { return false }
      if failures >= Self.failuresMax {
        return try await end(failures, failure, at: now, transaction)
      }
      let pause = firstPauseSeconds << Int64(failures - 1)
      try await transaction.run(JobStore.retry(job.id, at: now.adding(seconds: pause), access))
      return false
    }
    if hasEnded { worker.metrics.count(.failedJobs) }
  }

  /// Ends the job or lets it rest, and sends the event once; returns whether this was the first
  /// time.
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

  /// The job's kind; nil where a newer version of the service has stored it.
  private var known: Job? { Jobs.byName[job.kind] }

  /// The id of what the job works on, as callers know it.
  private var subject: String { known?.subject(job) ?? job.tenant.description }
}

extension Counter {
  /// Counts jobs that failed again and again in the same way.
  static let failedJobs = Counter(
    "tenure_jobs_failed_total", "Work that failed in the same way five times")
}
