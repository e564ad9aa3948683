import Foundation
import Postgres
import Tenure
package import TenureKernel

/// Forgets what has had its time.
package struct Purge: Sendable {
  private static let pause = Duration.seconds(600)
  /// Events can be fetched and replayed for 90 days, deliveries looked at for 30.
  private static let eventSeconds: Int64 = 90 * 86_400
  private static let deliverySeconds: Int64 = 30 * 86_400
  /// What became of the rows of a file: their own names for them may be personal.
  private static let resultSeconds: Int64 = 90 * 86_400
  /// What two people agreed on stands in the audit log; the request itself is kept for so long.
  private static let approvalSeconds: Int64 = 90 * 86_400

  package let rounds: TenantRounds

  package init(worker: Worker) {
    rounds = TenantRounds("purge", every: Self.pause, worker: worker) { access in
      _ = try await worker.database.run(
        [access.context] + Self.statements(at: worker.clock.now, access), commits: true)
      return false
    }
  }

  /// Goes through all tenants once.
  package func run() async throws { try await rounds.run() }

  private static func statements(at now: Timestamp, _ access: Access) -> [SQL] {
    let answers = now.adding(seconds: -Idempotency.keptSeconds)
    // Ids are made in the order of time.
    let events = UUID.v7(at: now.adding(seconds: -eventSeconds))
    let deliveries = now.adding(seconds: -deliverySeconds)
    return [
      """
      DELETE FROM tenure.idempotency_keys
      WHERE tenant_id = \(access.tenant) AND created_at < \(answers)
      """,
      // The last event about a subject stays: the next one's number follows it.
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
