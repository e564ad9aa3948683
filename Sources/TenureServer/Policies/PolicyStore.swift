import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// SQL of `tenure.policies`.
enum PolicyStore {
  private static let columns: StaticString = """
    policy_id, name, version, language, title, sha256, needs, effective_at, published_by,
    published_at
    """

  static func insert(_ policy: Policy, text: String, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.policies (tenant_id, policy_id, name, version, language, title, sha256,
      needs, effective_at, published_by, published_at, body)
    VALUES (\(access.tenant), \(policy.id), \(policy.name), \(policy.version), \(policy.language),
      \(policy.title), \(Bytes(policy.digest)), \(policy.needs.rawValue), \(policy.effectiveAt),
      \(policy.publishedBy), \(policy.publishedAt), \(text))
    """
  }

  /// The latest version of a policy, and what it needs and from when; no row where there is none.
  static func latest(_ name: String, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.policies
    WHERE tenant_id = \(access.tenant) AND name = \(name)
    ORDER BY version DESC
    LIMIT 1
    """
  }

  /// One policy, and in its last column its text.
  static func find(_ id: PolicyID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns), body FROM tenure.policies
    WHERE tenant_id = \(access.tenant) AND policy_id = \(id)
    """
  }

  static func page(after: UUID?, limit: Int, name: String?, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.policies
    WHERE tenant_id = \(access.tenant) AND policy_id > \(after ?? .zero)
      AND (\(nullable: name)::text IS NULL OR name = \(nullable: name))
    ORDER BY policy_id
    LIMIT \(limit)
    """
  }

  /// What is in force at a time, the latest version of each, and when somebody accepted it.
  static func inForce(at now: Timestamp, for account: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns), (
        SELECT acceptance.accepted_at FROM tenure.acceptances AS acceptance
        WHERE acceptance.tenant_id = \(access.tenant) AND acceptance.account_id = \(account)
          AND acceptance.name = policy.name AND acceptance.version = policy.version)
    FROM tenure.policies AS policy
    WHERE policy.tenant_id = \(access.tenant) AND policy.effective_at <= \(now)
      AND policy.version = (
        SELECT max(newest.version) FROM tenure.policies AS newest
        WHERE newest.tenant_id = \(access.tenant) AND newest.name = policy.name
          AND newest.effective_at <= \(now))
    ORDER BY policy.policy_id
    """
  }

  /// One policy, also where its text was taken away: for what was accepted of it.
  static func findAlsoWithdrawn(_ id: PolicyID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.policies
    WHERE tenant_id = \(access.tenant) AND policy_id = \(id)
    UNION ALL
    SELECT \(text: columns) FROM tenure.withdrawn_policies
    WHERE tenant_id = \(access.tenant) AND policy_id = \(id)
    """
  }

  /// Takes its text away, and keeps what it was; answers whether it was there.
  static func delete(_ id: PolicyID, _ access: Access) -> SQL {
    """
    WITH gone AS (
      DELETE FROM tenure.policies WHERE tenant_id = \(access.tenant) AND policy_id = \(id)
      RETURNING \(text: columns)
    )
    INSERT INTO tenure.withdrawn_policies (tenant_id, \(text: columns))
    SELECT \(access.tenant), gone.* FROM gone
    RETURNING policy_id
    """
  }

  static func policy(_ row: Row) throws -> Policy {
    Policy(
      id: try row.identifier(0, PolicyID.self), name: try row.string(1), version: try row.int(2),
      language: try row.string(3), title: try row.string(4), digest: try row.bytes(5),
      needs: try row.choice(6), effectiveAt: try row.time(7),
      publishedBy: try row.string(8), publishedAt: try row.time(9))
  }

  /// What a violated constraint means to the caller.
  static func problem(_ error: PostgresError) -> Problem? {
    error.constraint == "policies_have_one_text_a_language" ? Problem(.policyVersionTaken) : nil
  }
}

/// SQL of `tenure.acceptances`: inserted and read, never changed.
enum AcceptanceStore {
  private static let columns: StaticString =
    "account_id, name, version, language, sha256, accepted_at, recorded_by"

  /// Keeps an acceptance; the first of a version counts.
  ///
  /// Answers whether this is it.
  static func insert(_ acceptance: Acceptance, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.acceptances (tenant_id, account_id, name, version, language, sha256,
      accepted_at, recorded_by)
    VALUES (\(access.tenant), \(acceptance.account), \(acceptance.name), \(acceptance.version),
      \(acceptance.language), \(Bytes(acceptance.digest)), \(acceptance.acceptedAt),
      \(acceptance.recordedBy))
    ON CONFLICT DO NOTHING
    RETURNING account_id
    """
  }

  static func find(_ account: AccountID, _ policy: Policy, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.acceptances
    WHERE tenant_id = \(access.tenant) AND name = \(policy.name) AND version = \(policy.version)
      AND account_id = \(account)
    """
  }

  static func page(of policy: Policy, after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.acceptances
    WHERE tenant_id = \(access.tenant) AND name = \(policy.name) AND version = \(policy.version)
      AND account_id > \(after ?? .zero)
    ORDER BY account_id
    LIMIT \(limit)
    """
  }

  /// Everything somebody accepted.
  static func all(of account: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.acceptances
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    ORDER BY name, version
    """
  }

  /// Those who sign in, in the tenant's custody or as its members, and have not accepted it.
  static func pending(_ policy: Policy, after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT concerned.account_id FROM (
      SELECT account_id FROM tenure.accounts
      WHERE tenant_id = \(access.tenant) AND status IN ('active', 'restricted')
        AND account_id > \(after ?? .zero)
      UNION
      SELECT membership.account_id FROM tenure.memberships AS membership
      LEFT JOIN tenure.accounts AS own ON own.tenant_id = \(access.tenant)
        AND own.account_id = membership.account_id
      WHERE membership.tenant_id = \(access.tenant) AND membership.account_id > \(after ?? .zero)
        AND coalesce(own.status, 'active') IN ('active', 'restricted')) AS concerned
    WHERE NOT EXISTS (
      SELECT FROM tenure.acceptances AS acceptance
      WHERE acceptance.tenant_id = \(access.tenant) AND acceptance.name = \(policy.name)
        AND acceptance.version = \(policy.version)
        AND acceptance.account_id = concerned.account_id)
    ORDER BY concerned.account_id
    LIMIT \(limit)
    """
  }

  static func acceptance(_ row: Row) throws -> Acceptance {
    Acceptance(
      account: try row.identifier(0, AccountID.self), name: try row.string(1),
      version: try row.int(2), language: try row.string(3), digest: try row.bytes(4),
      acceptedAt: try row.time(5), recordedBy: try row.string(6))
  }
}
