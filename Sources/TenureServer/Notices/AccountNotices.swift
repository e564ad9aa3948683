import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL that reads notices about accounts.
extension AccountNoticeStore {
  private static let columns: StaticString = """
    notice_id, account_id, type, subject, at, (
      SELECT coalesce(max(level), 0) FROM tenure.receipts AS receipt
      WHERE receipt.tenant_id = notice.tenant_id AND receipt.notice_id = notice.notice_id)
    """

  /// Where the person was reached when the notice was given, sealed; NULL where that has not
  /// changed.
  static func reached(_ id: NoticeID, _ access: Access) -> SQL {
    """
    SELECT reached FROM tenure.account_notices
    WHERE tenant_id = \(access.tenant) AND notice_id = \(id)
    """
  }

  static func find(_ id: NoticeID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.account_notices AS notice
    WHERE notice.tenant_id = \(access.tenant) AND notice.notice_id = \(id)
    """
  }

  static func find(_ ids: [NoticeID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.account_notices AS notice
    WHERE notice.tenant_id = \(access.tenant) AND notice.notice_id = ANY (\(ids))
    """
  }

  static func page(
    after: UUID?, limit: Int, account: AccountID?, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.account_notices AS notice
    WHERE notice.tenant_id = \(access.tenant) AND notice.notice_id > \(after ?? .zero)
      AND (\(nullable: account)::uuid IS NULL OR notice.account_id = \(nullable: account))
    ORDER BY notice.notice_id
    LIMIT \(limit)
    """
  }

  static func notice(_ row: Row, _ access: Access) throws -> AccountNotice {
    AccountNotice(
      id: try row.identifier(0, NoticeID.self), account: try row.identifier(1, AccountID.self),
      tenant: access.tenant, type: try row.string(2), subject: try row.string(3),
      at: try row.time(4), level: try row.int(5))
  }

  // MARK: The tenant of a notice

  /// The tenant of a notice, and the account that it is about; nil where there is no such notice.
  static func tenant(
    of id: NoticeID, _ database: Database
  ) async throws -> (tenant: TenantID, account: AccountID)? {
    let rows = try await database.run([
      "SELECT tenant_id, account_id FROM tenure_global.account_notice_tenant(\(id))"
    ])
    return try rows[0].first.map {
      (try $0.identifier(0, TenantID.self), try $0.identifier(1, AccountID.self))
    }
  }

  /// The tenant of each of these notices; notices that do not exist are left out.
  static func tenants(
    of ids: [NoticeID], _ database: Database
  ) async throws -> [(id: NoticeID, tenant: TenantID)] {
    let rows = try await database.run([
      """
      SELECT wanted.id, found.tenant_id FROM unnest(\(ids)) AS wanted (id)
      CROSS JOIN LATERAL tenure_global.account_notice_tenant(wanted.id) AS found
      """
    ])
    return try rows[0].map {
      (try $0.identifier(0, NoticeID.self), try $0.identifier(1, TenantID.self))
    }
  }

  /// Some notices about an account after one, of all tenants.
  static func notices(
    of account: AccountID, after: UUID?, limit: Int, _ database: Database
  ) async throws -> [(id: NoticeID, tenant: TenantID)] {
    let rows = try await database.run([
      """
      SELECT notice_id, tenant_id
      FROM tenure_global.account_notices_of(\(account), \(after ?? .zero), \(limit))
      """
    ])
    return try rows[0].map {
      (try $0.identifier(0, NoticeID.self), try $0.identifier(1, TenantID.self))
    }
  }
}
