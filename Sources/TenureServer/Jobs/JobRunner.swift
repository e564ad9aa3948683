import Foundation
import Logging
import Postgres
import Reactor
import Tenure

/// Long work that is done piece by piece, each in a transaction of its own.
protocol PiecewiseWork: Sendable {
  var access: Access { get }
  /// The job's id in the queue.
  var job: UUID { get }
  /// Does one piece; false where none is left to do now, once the job has been finished.
  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool
}

/// Takes jobs from the queue and runs them, one at a time on its loop.
///
/// Every process has runners; a lease decides who has a job, and a dead process's lease runs out.
final class JobRunner: @unchecked Sendable {
  /// Renewed with every piece of work.
  ///
  /// Should it run out while its holder still works, the piece's row lock keeps others from doing
  /// it twice.
  private static let leaseSeconds = 10
  /// After so many pieces whatever else is due goes first: no tenant's long work keeps others waiting.
  private static let piecesPerTurn = 10
  private static let pollDelay = Duration.milliseconds(200)

  private let worker: Worker
  private var isStopping = false
  private(set) var isIdle = true

  init(worker: Worker) { self.worker = worker }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        let worked = await runOne()
        if !worked { await worker.loop.sleep(for: Self.pollDelay) }
      }
    }
  }

  func stop() { isStopping = true }

  /// Takes one job and works on it for a turn; false where none is due, or none could be taken.
  private func runOne() async -> Bool {
    let job: JobStore.Taken
    do {
      let rows = try await worker.database.run(
        [JobStore.take(at: worker.clock.now, leaseSeconds: Self.leaseSeconds)],
        commits: true)
      guard let row = rows[0].first else { return false }
      job = try JobStore.taken(row)
    } catch {
      worker.log.warning("no job could be taken", metadata: ["error": "\(error)"])
      return false
    }
    isIdle = false
    defer { isIdle = true }
    do { try await run(job) } catch {
      await JobFailure(worker: worker, job: job, error: error).settle()
    }
    return true
  }

  private func run(_ job: JobStore.Taken) async throws {
    guard let kind = JobKind(rawValue: job.kind) else { throw JobKind.Unknown() }
    let access = SystemCaller(job: kind.rawValue).access(to: job.tenant)
    let id = job.id
    switch kind {
    case .importing:
      try await run(
        ImportWork(
          worker: worker, access: access, id: OperationID(uuid: id), origin: job.origin))
    case .domainCheck:
      try await DomainClaimCheck(worker: worker, access: access).run(DomainClaimID(uuid: id))
    case .webhookProbe:
      try await WebhookProbe(worker: worker, access: access).run(WebhookEndpointID(uuid: id))
    case .accountChange: try await run(AccountChangeWork(worker: worker, access: access))
    case .erasureLedger: try await ErasureRecord(worker: worker).finish(id, access)
    case .retentionRun:
      try await run(
        RetentionRunWork(
          worker: worker, access: access, id: RetentionRunID(uuid: id), origin: job.origin))
    case .request:
      try await run(
        SubjectRequestWork(
          worker: worker, access: access, id: SubjectRequestID(uuid: id), origin: job.origin))
    case .contentTransfer:
      try await run(
        ContentTransferWork(
          worker: worker, access: access, id: OperationID(uuid: id), origin: job.origin))
    case .takeover:
      try await run(TakeoverWork(worker: worker, access: access, id: TakeoverID(uuid: id)))
    }
  }

  /// Works until nothing is left, the turn is over or the service stops; then the lease is given
  /// back, and whoever takes the job goes on.
  private func run(_ work: some PiecewiseWork) async throws {
    var pieces = 0
    while try await runPiece(of: work) {
      pieces += 1
      if !isStopping && pieces < Self.piecesPerTurn { continue }
      _ = try await worker.database.run(
        [work.access.context, JobStore.finish(work.job, next: worker.clock.now, work.access)],
        commits: true)
      return
    }
  }

  private func runPiece(of work: some PiecewiseWork) async throws -> Bool {
    return try await worker.database.transaction(in: work.access, prelude: [.byIndex]) {
      transaction in
      let now = worker.clock.now
      guard try await work.runPiece(transaction, at: now) else { return false }
      let until = now.adding(seconds: Int64(Self.leaseSeconds))
      try await transaction.run(JobStore.extendLease(work.job, until: until, work.access))
      return true
    }
  }
}
