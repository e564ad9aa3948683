import Logging
import Postgres
import Reactor
import Tenure

/// Takes jobs from the queue and runs them, one at a time on its loop.
///
/// Every process has runners; a lease decides who has a job, and a dead process's lease runs out.
final class JobRunner: @unchecked Sendable {
  /// Renewed with every piece of work.
  ///
  /// Should it run out while its holder still works, the piece's
  /// row lock keeps others from doing it twice.
  static let leaseSeconds = 10
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

  private func runOne() async -> Bool {
    do {
      let rows = try await worker.database.run(
        [JobStore.take(at: worker.clock.now, leaseSeconds: Self.leaseSeconds)],
        commits: true)
      guard let row = rows[0].first else { return false }
      isIdle = false
      defer { isIdle = true }
      let id = try row.uuid(0)
      let tenant = try row.identifier(1, TenantID.self)
      guard let kind = JobKind(rawValue: try row.string(2)) else { return false }
      let access = SystemCaller(job: kind.rawValue).access(to: tenant)
      switch kind {
      case .importing:
        try await ImportWork(worker: worker, access: access, id: OperationID(uuid: id))
          .run(leaseSeconds: Self.leaseSeconds, mustStop: { isStopping })
      case .domainCheck:
        try await DomainClaimCheck(worker: worker, access: access).run(DomainClaimID(uuid: id))
      case .takeover:
        try await TakeoverWork(worker: worker, access: access, id: TakeoverID(uuid: id))
          .run(leaseSeconds: Self.leaseSeconds, mustStop: { isStopping })
      }
      return true
    } catch {
      worker.log.warning("a job failed and will be tried again", metadata: ["error": "\(error)"])
      return false
    }
  }
}
