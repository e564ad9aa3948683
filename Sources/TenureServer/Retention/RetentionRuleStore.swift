import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.retention_rules`, whose versions are inserted and never changed, and of the dates
/// of accounts.
enum RetentionRuleStore {
  private static let columns: StaticString = """
    rule_id, version, name, applies_to, account_ids::text[], trigger, period, action, locked_until,
    is_deleted, effective_at, created_by, created_at
    """

  /// Adds the version that follows `new.rule.version`, which is 0 for a rule's first one.
  ///
  /// No row where that is not the newest.
  static func add(_ new: RetentionRuleVersion, _ access: Access) -> SQL {
    let rule = new.rule
    return """
      INSERT INTO tenure.retention_rules (tenant_id, rule_id, version, name, applies_to,
        account_ids, trigger, period, action, locked_until, is_deleted, effective_at, created_by,
        created_at)
      SELECT \(access.tenant), \(rule.id), newest.version + 1, \(rule.name), \(rule.appliesTo),
        \(rule.accounts), \(rule.trigger.description), \(nullable: rule.period?.description),
        \(rule.action.rawValue), \(nullable: rule.lockedUntil), \(rule.isDeleted),
        \(rule.effectiveAt), \(new.createdBy), \(new.createdAt)
      FROM (
        SELECT coalesce(max(version), 0) AS version FROM tenure.retention_rules
        WHERE tenant_id = \(access.tenant) AND rule_id = \(rule.id)) AS newest
      WHERE newest.version = \(rule.version)
      RETURNING \(text: columns)
      """
  }

  /// The versions of all rules that are in force at a time.
  static func inForce(at time: Timestamp, _ access: Access) -> SQL {
    """
    SELECT * FROM (
      SELECT DISTINCT ON (rule_id) \(text: columns) FROM tenure.retention_rules
      WHERE tenant_id = \(access.tenant) AND effective_at <= \(time)
      ORDER BY rule_id, version DESC) AS newest
    WHERE NOT is_deleted
    ORDER BY rule_id
    """
  }

  /// The version of a rule that is in force at a time; no row where none is.
  static func inForce(_ id: RetentionRuleID, at time: Timestamp, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.retention_rules
    WHERE tenant_id = \(access.tenant) AND rule_id = \(id) AND effective_at <= \(time)
    ORDER BY version DESC
    LIMIT 1
    """
  }

  /// The newest version of a rule, even if it is not in force yet.
  static func latest(_ id: RetentionRuleID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.retention_rules
    WHERE tenant_id = \(access.tenant) AND rule_id = \(id)
    ORDER BY version DESC
    LIMIT 1
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [RetentionRuleVersion] {
    try await database.read(
      access,
      """
      SELECT * FROM (
        SELECT DISTINCT ON (rule_id) \(text: columns) FROM tenure.retention_rules
        WHERE tenant_id = \(access.tenant) AND rule_id > \(after ?? .zero)
        ORDER BY rule_id, version DESC) AS newest
      WHERE NOT is_deleted
      ORDER BY rule_id
      LIMIT \(limit)
      """
    ).map(version)
  }

  static func versions(_ id: RetentionRuleID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.retention_rules
    WHERE tenant_id = \(access.tenant) AND rule_id = \(id)
    ORDER BY version
    LIMIT 1000
    """
  }

  static func version(_ row: Row) throws -> RetentionRuleVersion {
    RetentionRuleVersion(
      rule: RetentionRule(
        id: try row.identifier(0, RetentionRuleID.self), version: try row.int(1),
        name: try row.string(2), appliesTo: try row.string(3),
        accounts: try row.identifiers(4),
        trigger: RetentionRule.Trigger(try row.string(5)),
        period: try row.optionalString(6).map(period),
        action: try row.choice(7),
        lockedUntil: try row.optionalTime(8), isDeleted: try row.bool(9),
        effectiveAt: try row.time(10)),
      createdBy: try row.string(11), createdAt: try row.time(12))
  }

  static func rule(_ row: Row) throws -> RetentionRule { try version(row).rule }

  /// Throws for a period that cannot be read: as nil it would never end.
  private static func period(_ text: String) throws -> CalendarPeriod {
    guard let period = CalendarPeriod(parsing: text) else {
      throw PostgresError(kind: .decoding, message: "a rule's period is unreadable")
    }
    return period
  }

  // MARK: Dates

  /// Sets dates of accounts that periods count from.
  static func put(
    _ dates: [(account: AccountID, name: String, at: Timestamp)], _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.account_dates (tenant_id, account_id, name, at)
    SELECT \(access.tenant), new.* FROM unnest(\(dates.map(\.account)), \(dates.map(\.name)),
      \(dates.map(\.at))) AS new
    ON CONFLICT (tenant_id, account_id, name) DO UPDATE SET at = excluded.at
    """
  }

  static func remove(_ names: [String], of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.account_dates AS date
    USING unnest(\(accounts)) AS gone (id), unnest(\(names)) AS which (name)
    WHERE date.tenant_id = \(access.tenant) AND date.account_id = gone.id
      AND date.name = which.name
    """
  }

  static func removeAll(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.account_dates AS date USING unnest(\(accounts)) AS gone (id)
    WHERE date.tenant_id = \(access.tenant) AND date.account_id = gone.id
    """
  }

  static func dates(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT date.account_id, date.name, date.at FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.account_dates AS date
      ON date.tenant_id = \(access.tenant) AND date.account_id = wanted.id
    ORDER BY date.account_id, date.name
    """
  }
}
