import Foundation
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI

/// Forgets kept answers after their day, tenant by tenant: no statement sees two tenants at once.
package final class IdempotencyPurge: @unchecked Sendable {
  private static let interval = Duration.seconds(600)

  private let worker: Worker
  private var isStopping = false

  package init(worker: Worker) { self.worker = worker }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        do { try await run() } catch {
          worker.log.warning("kept answers were not purged", metadata: ["error": "\(error)"])
        }
        await worker.loop.sleep(for: Self.interval)
      }
    }
  }

  func stop() { isStopping = true }

  /// Goes through all tenants once.
  package func run() async throws {
    let platform = SystemCaller(job: "idempotency_purge").access(to: .platform)
    let limit = worker.clock.now.adding(seconds: -Idempotency.keptSeconds)
    var after: UUID?
    while true {
      let tenants = try await TenantStore.list(worker.database, platform, after: after, limit: 200)
      for tenant in tenants {
        let access = SystemCaller(job: "idempotency_purge").access(to: tenant.id)
        _ = try await worker.database.run(
          [
            access.context,
            """
            DELETE FROM tenure.idempotency_keys
            WHERE tenant_id = \(access.tenant) AND created_at < \(limit)
            """,
          ], commits: true)
      }
      guard tenants.count == 200 else { return }
      after = tenants.last?.id.uuid
    }
  }
}
