import Foundation
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI

/// Forgets what has had its time, tenant by tenant: no statement sees two tenants at once.
package final class Purge: @unchecked Sendable {
  private static let interval = Duration.seconds(600)
  /// Events can be fetched and replayed for 90 days, deliveries looked at for 30.
  private static let eventSeconds: Int64 = 90 * 86_400
  private static let deliverySeconds: Int64 = 30 * 86_400

  private let worker: Worker
  private var isStopping = false

  package init(worker: Worker) { self.worker = worker }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        do { try await run() } catch {
          worker.log.warning("what is old was not purged", metadata: ["error": "\(error)"])
        }
        await worker.loop.sleep(for: Self.interval)
      }
    }
  }

  func stop() { isStopping = true }

  /// Goes through all tenants once.
  package func run() async throws {
    let platform = SystemCaller(job: "purge").access(to: .platform)
    let now = worker.clock.now
    let answers = now.adding(seconds: -Idempotency.keptSeconds)
    // Ids are made in the order of time.
    let events = UUID.v7(at: now.adding(seconds: -Self.eventSeconds))
    let deliveries = now.adding(seconds: -Self.deliverySeconds)
    var after: UUID?
    while true {
      let tenants = try await TenantStore.list(worker.database, platform, after: after, limit: 200)
      for tenant in tenants {
        let access = SystemCaller(job: "purge").access(to: tenant.id)
        _ = try await worker.database.run(
          [
            access.context,
            """
            DELETE FROM tenure.idempotency_keys
            WHERE tenant_id = \(access.tenant) AND created_at < \(answers)
            """,
            // The last event about a subject stays: the next one's number follows it.
            """
            DELETE FROM tenure.events AS old
            WHERE tenant_id = \(access.tenant) AND event_id < \(events) AND EXISTS (
              SELECT FROM tenure.events AS newer
              WHERE newer.tenant_id = \(access.tenant) AND newer.subject = old.subject
                AND newer.sequence > old.sequence)
            """,
            """
            DELETE FROM tenure.webhook_deliveries
            WHERE tenant_id = \(access.tenant) AND updated_at < \(deliveries)
              AND state <> 'pending'
            """,
          ], commits: true)
      }
      guard tenants.count == 200 else { return }
      after = tenants.last?.id.uuid
    }
  }
}
