import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Sends events a week before and a day before a key expires or a request is due.
package struct Reminders: Sendable {
  private static let pause = Duration.seconds(3_600)
  /// How many days before the date.
  private static let days = [7, 1]
  /// Seconds for which it is remembered what was sent; nothing is sent twice within them.
  private static let keptSeconds: Int64 = 90 * 86_400

  let worker: Worker

  package init(worker: Worker) { self.worker = worker }

  /// Sends what is due in all tenants, once.
  package func run() async throws { try await rounds().run() }

  package func rounds() -> TenantRounds {
    TenantRounds("reminders", every: Self.pause, worker: worker) { access in
      try await remind(access)
      return false
    }
  }

  private func remind(_ access: Access) async throws {
    let now = worker.clock.now
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    _ = try await worker.database.transaction(in: access) { transaction in
      let rows = try await transaction.run([
        Self.keys(Self.days, at: now, access), Self.requests(Self.days, at: now, access),
        Self.forget(before: now.adding(seconds: -Self.keptSeconds), access),
      ])
      for index in 0..<rows[0].count { try Self.tellOfKey(rows[0][index], telling, access) }
      for index in 0..<rows[1].count { try Self.tellOfRequest(rows[1][index], telling, access) }
      try await transaction.run(telling.statements(by: worker, transaction))
    }
  }

  private static func tellOfKey(_ row: Row, _ telling: Telling, _ access: Access) throws {
    let id = try row.identifier(0, KeyID.self)
    telling.tell(
      .keyExpiring, id, account: nil, of: access,
      [
        ("key_id", id), ("tenant_id", access.tenant), ("role", try row.string(3)),
        ("expires_at", try row.time(1)), ("days", try row.int(2)),
      ])
  }

  private static func tellOfRequest(_ row: Row, _ telling: Telling, _ access: Access) throws {
    let id = try row.identifier(0, SubjectRequestID.self)
    // Sent to the tenant that answers the request and the operator; the person has nothing to do.
    telling.tell(
      .requestDueSoon, id, account: nil, of: access,
      [
        ("dsr_id", id), ("account_id", try row.identifier(3, AccountID.self)),
        ("controller_id", access.tenant == .platform ? nil : access.tenant),
        ("request_type", try row.string(4)), ("due_at", try row.time(1)),
        ("days", try row.int(2)),
      ])
  }

  // MARK: SQL of `tenure.reminders`

  /// Keys that expire within one of these numbers of days and whose life is longer than that, now
  /// marked as reminded: a row each, with the smallest number.
  private static func keys(_ days: [Int], at now: Timestamp, _ access: Access) -> SQL {
    """
    WITH told AS (
      INSERT INTO tenure.reminders (tenant_id, subject_id, due_at, days)
      SELECT \(access.tenant), key.key_id, key.expires_at, ahead.days
      FROM tenure.keys AS key CROSS JOIN unnest(\(days)) AS ahead (days)
      WHERE key.tenant_id = \(access.tenant) AND key.role <> 'person' AND key.revoked_at IS NULL
        AND key.successor_id IS NULL AND key.expires_at > \(now)
        AND key.expires_at <= \(now) + make_interval(days => ahead.days::int)
        AND key.created_at < key.expires_at - make_interval(days => ahead.days::int)
      ON CONFLICT DO NOTHING
      RETURNING subject_id, due_at, days
    )
    SELECT told.subject_id, told.due_at, min(told.days), key.role
    FROM told JOIN tenure.keys AS key
      ON key.tenant_id = \(access.tenant) AND key.key_id = told.subject_id
    GROUP BY told.subject_id, told.due_at, key.role
    ORDER BY told.due_at, told.subject_id
    """
  }

  /// Requests that are due within one of these numbers of days, now marked as reminded: a row each,
  /// with the smallest number.
  private static func requests(_ days: [Int], at now: Timestamp, _ access: Access) -> SQL {
    """
    WITH told AS (
      INSERT INTO tenure.reminders (tenant_id, subject_id, due_at, days)
      SELECT \(access.tenant), request.request_id, request.due_at, ahead.days
      FROM tenure.requests AS request CROSS JOIN unnest(\(days)) AS ahead (days)
      WHERE request.tenant_id = \(access.tenant) AND request.state IN ('received', 'granted')
        AND request.due_at > \(now)
        AND request.due_at <= \(now) + make_interval(days => ahead.days::int)
      ON CONFLICT DO NOTHING
      RETURNING subject_id, due_at, days
    )
    SELECT told.subject_id, told.due_at, min(told.days), request.account_id, request.type
    FROM told JOIN tenure.requests AS request
      ON request.tenant_id = \(access.tenant) AND request.request_id = told.subject_id
    GROUP BY told.subject_id, told.due_at, request.account_id, request.type
    ORDER BY told.due_at, told.subject_id
    """
  }

  private static func forget(before time: Timestamp, _ access: Access) -> SQL {
    "DELETE FROM tenure.reminders WHERE tenant_id = \(access.tenant) AND due_at < \(time)"
  }
}
