import Foundation
import Logging
import Postgres
import Reactor
import Tenure
import TenureKernel

/// Takes jobs from the queue and runs them, one at a time, on its loop.
///
/// Every process has runners. A lease decides which one has a job; after a crash the lease runs
/// out.
final class JobRunner: @unchecked Sendable {
  /// Seconds of a lease; every piece of work renews it.
  ///
  /// If it runs out while its runner still works, the row lock of the piece keeps others from doing
  /// the piece twice.
  private static let leaseSeconds = 10
  /// After so many pieces other jobs have their turn, so that one tenant's long work does not hold
  /// up others.
  private static let piecesPerTurn = 10
  private static let pollDelay = Duration.milliseconds(200)

  private let worker: Worker
  private var isStopping = false
  private(set) var isIdle = true

  init(worker: Worker) { self.worker = worker }

  /// Starts taking jobs; call it on the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        let worked = await runOne()
        if !worked { await worker.loop.sleep(for: Self.pollDelay) }
      }
    }
  }

  func stop() { isStopping = true }

  /// Takes one job and works on it for a turn; returns false where none is due, or the queue cannot
  /// be read.
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
    guard let known = Jobs.byName[job.kind] else { throw Jobs.Unknown() }
    let access = SystemCaller(job: job.kind).access(to: job.tenant)
    switch known.method {
    case .whole(let body): try await body(worker, access, job)
    case .pieces(let make): try await run(make(worker, access, job))
    }
  }

  /// Works until nothing is left, the turn is over or the service stops; then gives the lease back,
  /// so that any runner can go on.
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
