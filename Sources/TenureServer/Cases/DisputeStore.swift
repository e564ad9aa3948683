import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.disputes`, whose rows belong to the platform.
enum DisputeStore {
  /// A row of the table; the words are still sealed.
  struct Stored: Sendable {
    let dispute: Dispute
    let statement: [UInt8]
    let reason: [UInt8]?
  }

  private static let columns: StaticString = """
    dispute_id, case_id, claimant_id, account_id, number, is_persons, state, opened_at, ended_at,
    statement, reason
    """

  static func insert(_ dispute: Dispute, statement: [UInt8], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.disputes (tenant_id, dispute_id, case_id, claimant_id, account_id, number,
      is_persons, state, statement, opened_at)
    VALUES (\(access.tenant), \(dispute.id), \(dispute.item), \(dispute.claimant),
      \(dispute.account), \(dispute.number), \(dispute.isPersons), 'open', \(Bytes(statement)), \(dispute.openedAt))
    """
  }

  static func find(_ id: DisputeID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.disputes
    WHERE tenant_id = \(access.tenant) AND dispute_id = \(id)
    """
  }

  /// The disputes of one case, in their order.
  static func list(of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.disputes
    WHERE tenant_id = \(access.tenant) AND case_id = \(item)
    ORDER BY number
    """
  }

  static func list(state: Dispute.State?, after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.disputes
    WHERE tenant_id = \(access.tenant) AND dispute_id > \(after ?? .zero)
      AND (\(nullable: state?.rawValue)::text IS NULL OR state = \(nullable: state?.rawValue))
    ORDER BY dispute_id
    LIMIT \(limit)
    """
  }

  /// The open disputes of these cases, locked.
  static func open(of cases: [CaseID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(cases)) AS wanted (id)
    JOIN tenure.disputes ON tenant_id = \(access.tenant) AND case_id = wanted.id AND state = 'open'
    ORDER BY dispute_id
    FOR UPDATE OF disputes
    """
  }

  /// Saves how disputes have ended.
  ///
  /// `reason` is the operator's, sealed; nil where nobody decided.
  static func end(_ disputes: [Dispute], reason: [UInt8]?, _ access: Access) -> SQL {
    """
    UPDATE tenure.disputes AS kept
    SET state = new.state, ended_at = new.ended_at,
      reason = \(nullable: reason.map { Bytes($0) })
    FROM unnest(\(disputes.map(\.id)), \(disputes.map(\.state.rawValue)),
      \(disputes.map(\.endedAt))) AS new (dispute_id, state, ended_at)
    WHERE kept.tenant_id = \(access.tenant) AND kept.dispute_id = new.dispute_id
      AND kept.state = 'open'
    """
  }

  // MARK: Keys

  /// The disputes of accounts whose keys are about to change, locked.
  static func lock(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.disputes ON tenant_id = \(access.tenant) AND account_id = wanted.id
    ORDER BY dispute_id
    FOR UPDATE OF disputes
    """
  }

  static func saveWords(_ disputes: [Stored], _ access: Access) -> SQL {
    """
    UPDATE tenure.disputes AS kept SET statement = new.statement, reason = new.reason
    FROM unnest(\(disputes.map(\.dispute.id)), \(disputes.map { Bytes($0.statement) }),
      \(disputes.map { $0.reason.map { Bytes($0) } })) AS new (dispute_id, statement, reason)
    WHERE kept.tenant_id = \(access.tenant) AND kept.dispute_id = new.dispute_id
    """
  }

  static func stored(_ row: Row) throws -> Stored {
    Stored(
      dispute: Dispute(
        id: try row.identifier(0, DisputeID.self), item: try row.identifier(1, CaseID.self),
        claimant: try row.identifier(2, TenantID.self),
        account: try row.identifier(3, AccountID.self), number: try row.int(4),
        isPersons: try row.bool(5), state: try row.choice(6), openedAt: try row.time(7),
        endedAt: try row.optionalTime(8)),
      statement: try row.bytes(9), reason: try row.optionalBytes(10))
  }
}
