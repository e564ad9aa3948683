import Tenure
package import TenureKernel

/// Grows and signs every tenant's audit tree in the background.
///
/// A log that did not grow is looked at less and less often, once a minute at the least.
///
/// On its worker's loop.
package final class AuditSealer: @unchecked Sendable {
  private static let idleSecondsMax: Int64 = 60

  private let worker: Worker
  private var nextLook: [TenantID: (at: Timestamp, pause: Int64)] = [:]

  init(worker: Worker) { self.worker = worker }

  /// The rounds that keep all logs sealed, with so many seconds between two.
  package static func rounds(every seconds: Int, worker: Worker) -> TenantRounds {
    let sealer = AuditSealer(worker: worker)
    return TenantRounds("audit_sealer", every: .seconds(seconds), worker: worker) { access in
      try await sealer.look(at: access)
    }
  }

  /// Makes leaves of some entries; answers whether there are more.
  private func look(at access: Access) async throws -> Bool {
    let now = worker.clock.now
    let last = nextLook[access.tenant]
    if let last, last.at > now { return false }
    let count = try await AuditTree(worker: worker, access: access).grow()
    let pause = count > 0 ? 0 : min(max((last?.pause ?? 0) * 2, 1), Self.idleSecondsMax)
    nextLook[access.tenant] = (now.adding(seconds: pause), pause)
    return count == AuditTree.leavesAtOnce
  }
}
