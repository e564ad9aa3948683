import Foundation
import Postgres
import Tenure
package import TenureKernel

/// Deletes what is kept for a limited time only.
package struct Purge: Sendable {
  private static let pause = Duration.seconds(600)
  /// Events can be fetched and replayed for 90 days, deliveries seen for 30.
  private static let eventSeconds: Int64 = 90 * 86_400
  private static let deliverySeconds: Int64 = 30 * 86_400
  /// How long results of operations are kept: they name people as the sender did.
  private static let resultSeconds: Int64 = 90 * 86_400
  /// How long approvals are kept; the audit log has them anyway.
  private static let approvalSeconds: Int64 = 90 * 86_400

  package let rounds: TenantRounds

  package init(worker: Worker) {
    rounds = TenantRounds("purge", every: Self.pause, worker: worker) { access in
      _ = try await worker.database.run(
        [access.context] + Self.statements(at: worker.clock.now, access), commits: true)
      return false
    }
  }

  /// Purges all tenants once.
  package func run() async throws { try await rounds.run() }

  private static func statements(at now: Timestamp, _ access: Access) -> [SQL] {
    let answers = now.adding(seconds: -Idempotency.keptSeconds)
    // Ids are ordered by time, so an id stands for a time.
    let events = UUID.v7(at: now.adding(seconds: -eventSeconds))
    let deliveries = now.adding(seconds: -deliverySeconds)
    return [
      """
      DELETE FROM tenure.idempotency_keys
      WHERE tenant_id = \(access.tenant) AND created_at < \(answers)
      """,
      // The last event about each subject stays, because the next one's number follows from it.
      """
      DELETE FROM tenure.events AS old
      WHERE old.tenant_id = \(access.tenant) AND old.event_id < \(events) AND EXISTS (
        SELECT FROM tenure.events AS newer
        WHERE newer.tenant_id = \(access.tenant) AND newer.subject = old.subject
          AND newer.sequence > old.sequence)
      """,
      """
      DELETE FROM tenure.approvals
      WHERE tenant_id = \(access.tenant)
        AND expires_at < \(now.adding(seconds: -approvalSeconds))
      """,
      """
      DELETE FROM tenure.webhook_deliveries
      WHERE tenant_id = \(access.tenant) AND updated_at < \(deliveries)
        AND state <> 'pending'
      """,
      PackageStore.deleteExpired(at: now, access), ContentStore.deleteRemoved(at: now, access),
      HoldStore.forgetKept(access),
    ]
      + OperationStore.forget(
        receivingSince: now.adding(seconds: -ImportIntake.receivingSeconds),
        endedBefore: now.adding(seconds: -resultSeconds), at: now, access)
  }
}
