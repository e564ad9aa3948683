import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.preferences`: the platform's, whoever has custody of an account.
enum PreferenceStore {
  static func find(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT wanted.id, held.* FROM unnest(\(accounts)) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT topic, channel, purpose, is_allowed FROM tenure.preferences
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id) AS held
    ORDER BY 1, 2, 3, 4
    """
  }

  /// Puts these in the place of all there were.
  static func replace(
    _ preferences: [Preference], of account: AccountID, by: String, at: Timestamp,
    _ access: Access
  ) -> [SQL] {
    [
      deleteAll(of: [account], access),
      """
      INSERT INTO tenure.preferences
        (tenant_id, account_id, topic, channel, purpose, is_allowed, updated_by, updated_at)
      SELECT \(access.tenant), \(account), new.*, \(by), \(at)
      FROM unnest(\(preferences.map(\.topic)), \(preferences.map(\.channel)),
        \(preferences.map(\.purpose)), \(preferences.map(\.isAllowed))) AS new
      """,
    ]
  }

  static func deleteAll(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.preferences AS gone USING unnest(\(accounts)) AS wanted (id)
    WHERE gone.tenant_id = \(access.tenant) AND gone.account_id = wanted.id
    """
  }

  static func preference(_ row: Row) throws -> (account: AccountID, preference: Preference) {
    (
      try row.identifier(0, AccountID.self),
      Preference(
        topic: try row.string(1), channel: try row.string(2), purpose: try row.string(3),
        isAllowed: try row.bool(4))
    )
  }
}
