import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import Vault

/// A turn that failed: it is tried again, later each time, and what fails in the same way again and
/// again ends, or rests, and says so.
///
/// What ends is what somebody has begun and can begin anew: an operation, a run, the trial of an
/// endpoint. What rests is owed to somebody: it is tried again every hour, whatever has failed.
struct JobFailure: Sendable {
  /// So many turns in a row that failed in the same way are enough.
  static let failuresMax = 5
  /// From the first failure to the next try; twice as long after each further one.
  static let firstPauseSeconds: Int64 = 10
  static let restSeconds: Int64 = 3_600
  /// What an operation that ended so says of itself.
  static let code = "failed_repeatedly"

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
    guard let failure = Self.name(of: error) else {
      let next = now.adding(seconds: Self.firstPauseSeconds)
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
    if hasEnded { worker.metrics.countFailedJob() }
  }

  /// Ends it, or lets it rest; says so once, and answers whether this was the time.
  private func end(
    _ failures: Int, _ failure: String, at now: Timestamp, _ transaction: Transaction
  ) async throws -> Bool {
    let kind = JobKind(rawValue: job.kind)
    var next: Timestamp?
    switch kind {
    case .importing, .contentTransfer:
      let id = OperationID(uuid: job.id)
      try await transaction.run(
        OperationStore.finish(id, .failed, because: Self.code, at: now, access)
          + [ContentTransferStore.end(id, at: now, access)])
    case .retentionRun:
      try await transaction.run([
        RetentionRunStore.setState(
          RetentionRunID(uuid: job.id), .failed, from: .running, at: now, access),
        JobStore.drop(job.id, access),
      ])
    case .webhookProbe: try await transaction.run(JobStore.drop(job.id, access))
    case .domainCheck, .takeover, .accountChange, .erasureLedger, .request, nil:
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

  /// The id of what the work is about, as callers know it.
  private var subject: String {
    switch JobKind(rawValue: job.kind) {
    case .importing, .contentTransfer: OperationID(uuid: job.id).description
    case .domainCheck: DomainClaimID(uuid: job.id).description
    case .takeover: TakeoverID(uuid: job.id).description
    case .webhookProbe: WebhookEndpointID(uuid: job.id).description
    case .erasureLedger: ErasureID(uuid: job.id).description
    case .retentionRun: RetentionRunID(uuid: job.id).description
    case .request: SubjectRequestID(uuid: job.id).description
    case .accountChange, nil: job.tenant.description
    }
  }

  /// What kind of failure it is; nil for one that passes by itself and is not the work's.
  ///
  /// Of words there are none: what a database or a library says may quote values.
  static func name(of error: any Error) -> String? {
    switch error {
    case let error as PostgresError:
      guard error.kind == .refused || error.kind == .decoding, !error.passes else { return nil }
      return ["database", error.sqlState, error.constraint].filter { !$0.isEmpty }
        .joined(separator: " ")
    case let problem as Problem: return problem.code.rawValue
    default: return "\(type(of: error))"
    }
  }
}

extension PostgresError {
  /// Whether the statement may well succeed at the next try: a lock, a deadlock, a serialisation
  /// failure, too few resources, a server that stops (PostgreSQL's appendix A).
  var passes: Bool {
    isLockTimeout || sqlState == "40P01" || sqlState == "40001" || sqlState.hasPrefix("53")
      || sqlState.hasPrefix("57P")
  }
}
