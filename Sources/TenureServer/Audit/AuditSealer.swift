import Foundation
import Logging
import Reactor
import Tenure
import TenureAPI

/// Grows and signs every tenant's audit tree in the background, tenant by tenant.
///
/// A log that did not grow is looked at less and less often, once a minute at the least.
final class AuditSealer: @unchecked Sendable {
  private static let idleSecondsMax: Int64 = 60

  private let worker: Worker
  private let interval: Int
  private var nextLook: [TenantID: (at: Timestamp, pause: Int64)] = [:]
  private var isStopping = false

  /// `interval` in seconds between two rounds.
  init(worker: Worker, interval: Int) {
    self.worker = worker
    self.interval = interval
  }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        do { try await round() } catch {
          worker.log.warning("the audit log was not sealed", metadata: ["error": "\(error)"])
        }
        await worker.loop.sleep(for: .seconds(interval))
      }
    }
  }

  func stop() { isStopping = true }

  private func round() async throws {
    let platform = SystemCaller(job: "audit_sealer").access(to: .platform)
    var after: UUID?
    while !isStopping {
      let tenants = try await TenantStore.list(worker.database, platform, after: after, limit: 200)
      for tenant in tenants where !isStopping { try await look(at: tenant.id) }
      guard tenants.count == 200 else { return }
      after = tenants.last?.id.uuid
    }
  }

  private func look(at tenant: TenantID) async throws {
    let now = worker.clock.now
    let last = nextLook[tenant]
    if let last, last.at > now { return }
    let tree = AuditTree(
      worker: worker, access: SystemCaller(job: "audit_sealer").access(to: tenant))
    var count = 0
    while !isStopping {
      let grown = try await tree.grow()
      count += grown
      if grown < AuditTree.leavesAtOnce { break }
    }
    let pause = count > 0 ? 0 : min(max((last?.pause ?? 0) * 2, 1), Self.idleSecondsMax)
    nextLook[tenant] = (now.adding(seconds: pause), pause)
  }
}
