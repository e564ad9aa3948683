import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.tenants`.
///
/// The platform sees every tenant; a tenant sees itself.
enum TenantStore {
  private static let stored: StaticString =
    """
    tenant_id, name, state, created_at, updated_at, version, time_zone, purge_days, erased_content,
    retention_budget
    """
  private static let columns: StaticString =
    """
    tenant_id, name, state, created_at, updated_at, version, time_zone, purge_days, erased_content,
    retention_budget, (
      SELECT coalesce(array_agg(owner.other_id::text ORDER BY owner.other_id), '{}')
      FROM tenure.common_owners AS owner
      WHERE owner.tenant_id = tenants.tenant_id AND owner.ended_at IS NULL)
    """

  static func insert(_ tenant: Tenant) -> SQL {
    """
    INSERT INTO tenure.tenants (\(text: stored))
    VALUES (\(tenant.id), \(tenant.name), \(tenant.state.rawValue), \(tenant.createdAt),
      \(tenant.updatedAt), \(tenant.version), \(tenant.policy.timeZone),
      \(tenant.policy.purgeDays), \(tenant.policy.erasedContent.rawValue),
      \(nullable: tenant.policy.retentionBudget))
    """
  }

  static func find(_ id: TenantID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.tenants
    WHERE \(id) = tenant_id AND (tenant_id = \(access.tenant)
      OR \(access.tenant)::uuid = \(TenantID.platform))
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Tenant] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.tenants
      WHERE tenant_id > \(after ?? .zero) AND (tenant_id = \(access.tenant)
        OR \(access.tenant)::uuid = \(TenantID.platform))
      ORDER BY tenant_id
      LIMIT \(limit)
      """
    ).map(tenant)
  }

  /// The tenant's policy.
  ///
  /// The transaction must have the tenant's context.
  ///
  /// Throws where there is no such tenant, or this machine does not know its time zone: with a
  /// default, data would go on another day than the tenant has decided.
  static func policy(
    _ access: Access, _ transaction: Transaction
  ) async throws -> TenantPolicy {
    let policy = try tenant(try only(try await transaction.run(find(access.tenant, access)))).policy
    guard TimeZone(identifier: policy.timeZone) != nil else {
      throw PostgresError(kind: .decoding, message: "a tenant's time zone is unknown")
    }
    return policy
  }

  /// The name from the row of `find`; throws where there is none, because people read in it who has
  /// their account.
  static func name(_ rows: Rows) throws -> String {
    try only(rows).string(1)
  }

  private static func only(_ rows: Rows) throws -> Row {
    guard let row = rows.first else {
      throw PostgresError(kind: .decoding, message: "a tenant has no row")
    }
    return row
  }

  /// Whether the operator has suspended the tenant; it is locked, so that this stays until the
  /// transaction ends.
  static func isSuspended(_ access: Access, _ transaction: Transaction) async throws -> Bool {
    let rows = try await transaction.within(access) {
      try await transaction.run(find(access.tenant, access).adding("\nFOR SHARE"))
    }
    return try rows.first.map(tenant)?.state == .suspended
  }

  /// Saves the given values; no row where the version has moved on.
  static func update(
    _ id: TenantID, name: String, state: Tenant.State, policy: TenantPolicy, version: Int,
    at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.tenants
    SET name = \(name), state = \(state.rawValue), time_zone = \(policy.timeZone),
      purge_days = \(policy.purgeDays), erased_content = \(policy.erasedContent.rawValue),
      retention_budget = \(nullable: policy.retentionBudget), updated_at = \(at), version = version + 1
    WHERE \(id) = tenant_id AND version = \(version) AND (tenant_id = \(access.tenant)
      OR \(access.tenant)::uuid = \(TenantID.platform))
    RETURNING \(text: columns)
    """
  }

  // MARK: Common ownership

  /// Puts tenants under common ownership with one, on both sides.
  ///
  /// It needs the platform's context.
  static func join(_ id: TenantID, _ others: [TenantID]) -> SQL {
    """
    INSERT INTO tenure.common_owners (tenant_id, other_id, named_at)
    SELECT pair.tenant_id, pair.other_id, tenure.now() FROM unnest(\(others)) AS other (id)
    CROSS JOIN LATERAL (
      VALUES (\(id)::uuid, other.id), (other.id, \(id)::uuid)) AS pair (tenant_id, other_id)
    ON CONFLICT (tenant_id, other_id) DO UPDATE SET ended_at = NULL
    """
  }

  /// Ends common ownership, on both sides.
  ///
  /// It needs the platform's context.
  ///
  /// For what begins in the next 90 days it still counts.
  static func part(_ id: TenantID, _ others: [TenantID]) -> SQL {
    """
    UPDATE tenure.common_owners SET ended_at = tenure.now()
    WHERE ended_at IS NULL AND (
      (tenant_id = \(id) AND other_id = ANY (\(others)))
      OR (other_id = \(id) AND tenant_id = ANY (\(others))))
    """
  }

  /// Counts the versions of tenants up whose list has changed because another tenant's did.
  static func touch(_ ids: [TenantID], at: Timestamp) -> SQL {
    """
    UPDATE tenure.tenants SET updated_at = \(at), version = version + 1
    WHERE tenant_id = ANY (\(ids))
    """
  }

  /// Those of these tenants that exist.
  ///
  /// It needs the platform's context.
  static func findAll(_ ids: [TenantID]) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.tenants WHERE tenant_id = ANY (\(ids))
    ORDER BY tenant_id
    FOR UPDATE
    """
  }

  /// Stores a former name of the tenant, which it had until then.
  ///
  /// It needs the tenant's context.
  static func keepFormer(name: String, until: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.tenant_names (tenant_id, name, until)
    VALUES (\(access.tenant), \(name), \(until))
    ON CONFLICT (tenant_id, until) DO NOTHING
    """
  }

  /// The former names of the tenant, each with the time until when it had it, oldest first.
  static func formerNames(_ access: Access) -> SQL {
    """
    SELECT name, until FROM tenure.tenant_names WHERE tenant_id = \(access.tenant) ORDER BY until
    """
  }

  static func tenant(_ row: Row) throws -> Tenant {
    var policy = TenantPolicy()
    policy.timeZone = try row.string(6)
    policy.purgeDays = try row.int(7)
    policy.erasedContent = try row.choice(8)
    policy.retentionBudget = try row.optionalInt(9)
    return Tenant(
      id: try row.identifier(0, TenantID.self), name: try row.string(1),
      state: try row.choice(2), policy: policy,
      commonOwnership: try row.identifiers(10),
      createdAt: try row.time(3), updatedAt: try row.time(4), version: try row.int(5))
  }
}
