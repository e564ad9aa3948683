import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.content_transfers`.
enum ContentTransferStore {
  struct Transfer: Sendable {
    let from: AccountID
    let owner: ContentItem.Owner
    let category: String?
    /// How far the transfer has come: the last item, and the number of the next chunk of results.
    let place: UUID
    let chunk: Int
  }

  static func insert(
    _ id: OperationID, from: AccountID, to owner: ContentItem.Owner, category: String?,
    _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.content_transfers
      (tenant_id, operation_id, from_id, to_kind, to_id, to_team, category, place, chunk)
    VALUES (\(access.tenant), \(id), \(from), \(owner.kind.rawValue), \(nullable: owner.account),
      \(nullable: owner.team), \(nullable: category), \(UUID.zero), 0)
    """
  }

  static func find(_ id: OperationID, _ access: Access) -> SQL {
    """
    SELECT from_id, to_kind, to_id, to_team, category, place, chunk
    FROM tenure.content_transfers
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND ended_at IS NULL
    FOR UPDATE
    """
  }

  /// Stores how far a transfer has come.
  static func advance(
    _ id: OperationID, place: UUID, chunk: Int, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.content_transfers SET place = \(place), chunk = \(chunk)
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id)
    """
  }

  static func end(_ id: OperationID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.content_transfers SET ended_at = \(at)
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND ended_at IS NULL
    """
  }

  /// Those of the accounts whose content is being transferred.
  static func running(from accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT DISTINCT transfer.from_id FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.content_transfers AS transfer
      ON transfer.tenant_id = \(access.tenant) AND transfer.from_id = wanted.id
      AND transfer.ended_at IS NULL
    """
  }

  static func transfer(_ row: Row) throws -> Transfer {
    Transfer(
      from: try row.identifier(0, AccountID.self),
      owner: try .init(row, kind: 1, account: 2, team: 3),
      category: try row.optionalString(4), place: try row.uuid(5), chunk: try row.int(6))
  }
}
