import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.memberships`.
enum MembershipStore {
  private static let columns: StaticString =
    "account_id, tenant_id, role, created_at, updated_at, version, teams"

  static func find(_ account: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Membership] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.memberships
      WHERE tenant_id = \(access.tenant) AND account_id > \(after ?? .zero)
      ORDER BY account_id
      LIMIT \(limit)
      """
    ).map(membership)
  }

  /// Those of the accounts that are members.
  static func among(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT account_id FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.memberships ON tenant_id = \(access.tenant) AND account_id = wanted.id
    """
  }

  /// The role of each of the accounts; no row for those that are no members.
  static func roles(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT account_id, role FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.memberships ON tenant_id = \(access.tenant) AND account_id = wanted.id
    """
  }

  static func setRole(
    _ account: AccountID, _ role: MembershipRole, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.memberships
    SET role = \(role.rawValue), updated_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }

  /// The teams of a member; no row for other accounts.
  static func teams(_ account: AccountID, _ access: Access) -> SQL {
    """
    SELECT teams FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }

  /// A member who is in a team; no row where nobody is.
  static func inTeam(_ name: String, _ access: Access) -> SQL {
    """
    SELECT account_id FROM tenure.memberships
    WHERE tenant_id = \(access.tenant) AND \(name) = ANY (teams)
    LIMIT 1
    """
  }

  /// The tenants that an account is a member of.
  static func tenants(of account: AccountID, _ database: Database) async throws -> [TenantID] {
    let rows = try await database.run(["SELECT tenure_global.member_tenants(\(account))"])
    return try rows[0].map { try $0.identifier(0, TenantID.self) }
  }

  static func put(
    _ account: AccountID, _ role: MembershipRole, teams: [String], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.memberships
      (tenant_id, account_id, role, teams, created_at, updated_at, version)
    VALUES (\(access.tenant), \(account), \(role.rawValue), \(teams), \(at), \(at), 1)
    ON CONFLICT (tenant_id, account_id) DO UPDATE
    SET role = excluded.role, teams = excluded.teams, updated_at = excluded.updated_at,
      version = memberships.version + 1
    RETURNING \(text: columns)
    """
  }

  /// Makes those accounts plain members that are no members yet.
  static func insertMembers(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.memberships (tenant_id, account_id, role, created_at, updated_at, version)
    SELECT \(access.tenant), id, 'member', \(at), \(at), 1 FROM unnest(\(accounts)) AS id
    ON CONFLICT DO NOTHING
    """
  }

  /// Ends all memberships of accounts that are gone.
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

  static func membership(_ row: Row) throws -> Membership {
    Membership(
      account: try row.identifier(0, AccountID.self), tenant: try row.identifier(1, TenantID.self),
      role: try row.choice(2), teams: try row.strings(6), createdAt: try row.time(3),
      updatedAt: try row.time(4), version: try row.int(5))
  }
}
