import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.memberships`.
enum MembershipStore {
  private static let columns: StaticString =
    "account_id, tenant_id, role, created_at, updated_at, version"

  static func find(_ account: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [MembershipView] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.memberships
      WHERE tenant_id = \(access.tenant) AND account_id > \(after ?? .zero)
      ORDER BY account_id
      LIMIT \(limit)
      """
    ).map(view)
  }

  /// Locks the tenant's owners: two demotions at once cannot each believe the other stays.
  static func lockOwners(_ access: Access) -> SQL {
    """
    SELECT account_id FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND role = 'owner'
    ORDER BY account_id
    FOR UPDATE
    """
  }

  static func put(
    _ account: AccountID, _ role: MembershipRole, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.memberships (tenant_id, account_id, role, created_at, updated_at, version)
    VALUES (\(access.tenant), \(account), \(role.rawValue), \(at), \(at), 1)
    ON CONFLICT (tenant_id, account_id) DO UPDATE
    SET role = excluded.role, updated_at = excluded.updated_at, version = memberships.version + 1
    RETURNING \(text: columns)
    """
  }

  /// Makes members of those who are none yet.
  static func insertMembers(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.memberships (tenant_id, account_id, role, created_at, updated_at, version)
    SELECT \(access.tenant), id, 'member', \(at), \(at), 1 FROM unnest(\(accounts)) AS id
    ON CONFLICT DO NOTHING
    """
  }

  /// Ends the memberships that are no more than that.
  static func deleteMembers(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.memberships AS membership USING unnest(\(accounts)) AS gone (id)
    WHERE membership.tenant_id = \(access.tenant) AND membership.account_id = gone.id
      AND membership.role = 'member'
    """
  }

  /// Ends all memberships of people who are gone.
  static func deleteAll(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.memberships AS membership USING unnest(\(accounts)) AS gone (id)
    WHERE membership.tenant_id = \(access.tenant) AND membership.account_id = gone.id
    """
  }

  static func delete(_ account: AccountID, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }

  static func view(_ row: Row) throws -> MembershipView {
    MembershipView(
      account: try row.identifier(0, AccountID.self), tenant: try row.identifier(1, TenantID.self),
      role: MembershipRole(rawValue: try row.string(2)) ?? .member, createdAt: try row.time(3),
      updatedAt: try row.time(4), version: try row.int(5))
  }
}
