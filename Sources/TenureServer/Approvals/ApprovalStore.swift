import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.approvals`: what two people must agree on.
enum ApprovalStore {
  private static let columns: StaticString = """
    approval_id, action, object, requested_by, requested_at, expires_at, state, decided_by,
    decided_at, version, vouched_by, requested_person
    """

  static func insert(_ approval: Approval, fingerprint: [UInt8], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.approvals (tenant_id, approval_id, action, object, fingerprint,
      requested_by, requested_at, expires_at, state, version)
    VALUES (\(access.tenant), \(approval.id), \(approval.action), \(approval.object),
      \(Bytes(fingerprint)), \(approval.requestedBy), \(approval.requestedAt),
      \(approval.expiresAt), 'pending', 1)
    """
  }

  /// The living approval of exactly this request by this caller, locked.
  static func find(fingerprint: [UInt8], by key: KeyID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.approvals
    WHERE tenant_id = \(access.tenant) AND requested_by = \(key)
      AND fingerprint = \(Bytes(fingerprint)) AND state IN ('pending', 'approved')
    FOR UPDATE
    """
  }

  static func find(_ id: ApprovalID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.approvals
    WHERE tenant_id = \(access.tenant) AND approval_id = \(id)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Approval] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.approvals
      WHERE tenant_id = \(access.tenant) AND approval_id > \(after ?? .zero)
      ORDER BY approval_id
      LIMIT \(limit)
      """
    ).map(approval)
  }

  static func decide(
    _ id: ApprovalID, _ state: Approval.State, by key: KeyID, at: Timestamp,
    expiresAt: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.approvals
    SET state = \(state.rawValue), decided_by = \(key), decided_at = \(at),
      expires_at = \(expiresAt), version = version + 1
    WHERE tenant_id = \(access.tenant) AND approval_id = \(id) AND state = 'pending'
    RETURNING \(text: columns)
    """
  }

  /// Ends one that is over, so that the same request can ask anew.
  static func expire(_ id: ApprovalID, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.approvals
    WHERE tenant_id = \(access.tenant) AND approval_id = \(id)
    """
  }

  static func use(_ id: ApprovalID, _ access: Access) -> SQL {
    """
    UPDATE tenure.approvals SET state = 'used', version = version + 1
    WHERE tenant_id = \(access.tenant) AND approval_id = \(id)
    """
  }

  /// Has a person stand behind what a service's key asks for; no row where somebody does already.
  static func vouch(_ id: ApprovalID, by key: KeyID, _ access: Access) -> SQL {
    """
    UPDATE tenure.approvals SET vouched_by = \(key), version = version + 1
    WHERE tenant_id = \(access.tenant) AND approval_id = \(id) AND state = 'pending'
      AND requested_person IS NULL
    RETURNING \(text: columns)
    """
  }

  static func approval(_ row: Row) throws -> Approval {
    var approval = Approval(
      id: try row.identifier(0, ApprovalID.self), action: try row.string(1),
      object: try row.string(2), requestedBy: try row.identifier(3, KeyID.self),
      requestedAt: try row.time(4), expiresAt: try row.time(5), state: try row.choice(6),
      decidedBy: try row.optionalUUID(7).map { KeyID(uuid: $0) },
      decidedAt: try row.optionalTime(8), version: try row.int(9))
    approval.vouchedBy = try row.optionalUUID(10).map { KeyID(uuid: $0) }
    approval.person = try row.optionalUUID(11).map { AccountID(uuid: $0) }
    return approval
  }
}
