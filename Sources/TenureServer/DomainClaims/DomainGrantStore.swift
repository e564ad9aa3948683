import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure_global.domain_grants`: the tenant that gives writes them, both tenants read them.
enum DomainGrantStore {
  private static let columns: StaticString = """
    grant_id, tenant_id, claim_id, domain, grantee_id, state, created_at, expires_at, ended_at
    """

  /// Inserts a grant; the database refuses it where an equal one is open
  /// (`domain_grants_one_open`).
  static func insert(_ grant: DomainGrant, _ access: Access) -> SQL {
    """
    INSERT INTO tenure_global.domain_grants (\(text: columns))
    VALUES (\(grant.id), \(access.tenant), \(grant.claim), \(grant.domain.text), \(grant.grantee),
      \(grant.state.rawValue), \(grant.createdAt), \(grant.expiresAt),
      \(nullable: grant.endedAt))
    """
  }

  /// The open grant that is equal to a new one; no row where there is none.
  static func findOpen(
    _ claim: DomainClaimID, _ domain: DomainName, to grantee: TenantID, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure_global.domain_grants
    WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND domain = \(domain.text)
      AND grantee_id = \(grantee) AND state = 'open'
    """
  }

  /// Marks a grant as used, in the holder's context; no row where there is none, or it is not open
  /// any more.
  static func use(
    _ claim: DomainClaimID, _ domain: DomainName, by grantee: TenantID, at: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    UPDATE tenure_global.domain_grants SET state = 'used', ended_at = \(at)
    WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND domain = \(domain.text)
      AND grantee_id = \(grantee) AND state = 'open' AND expires_at > tenure.now()
    RETURNING \(text: columns)
    """
  }

  static func withdraw(_ id: DomainGrantID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.domain_grants SET state = 'withdrawn', ended_at = \(at)
    WHERE tenant_id = \(access.tenant) AND grant_id = \(id) AND state = 'open'
    RETURNING \(text: columns)
    """
  }

  static func find(_ id: DomainGrantID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure_global.domain_grants
    WHERE tenant_id = \(access.tenant) AND grant_id = \(id)
    """
  }

  /// Ends the grants of a claim: with `all` every open one, otherwise those whose time is over.
  static func end(
    of claim: DomainClaimID, all: Bool, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure_global.domain_grants SET state = 'ended', ended_at = \(at)
    WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND state = 'open'
      AND (\(all) OR expires_at <= tenure.now())
    RETURNING \(text: columns)
    """
  }

  /// The grants that a tenant has given or was given, in the order of their ids.
  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [DomainGrant] {
    try await database.read(
      access,
      """
      SELECT \(text: columns)
      FROM tenure_global.domain_grants_of(\(access.tenant), \(after ?? .zero), \(limit))
      """
    ).map(grant)
  }

  static func grant(_ row: Row) throws -> DomainGrant {
    DomainGrant(
      id: try row.identifier(0, DomainGrantID.self), tenant: try row.identifier(1, TenantID.self),
      claim: try row.identifier(2, DomainClaimID.self),
      domain: DomainName(stored: try row.string(3)),
      grantee: try row.identifier(4, TenantID.self), state: try row.choice(5),
      createdAt: try row.time(6), expiresAt: try row.time(7), endedAt: try row.optionalTime(8))
  }
}
