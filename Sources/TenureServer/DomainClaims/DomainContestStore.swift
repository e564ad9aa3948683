import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.domain_contests`, whose rows belong to the rival.
enum DomainContestStore {
  private static let columns: StaticString = """
    claim_id, domain, incumbent_tenant_id, incumbent_claim_id, place, opened_at, state, ended_at
    """

  /// Inserts a contest, in the rival's context.
  ///
  /// The database refuses it where the rival's place is taken (`domain_contests_one_in_a_place`) or
  /// its last contest about the domain is too recent (`domain_contests_rest`).
  static func insert(_ contest: ClaimContest, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.domain_contests (tenant_id, \(text: columns))
    VALUES (\(access.tenant), \(contest.rival.claim), \(contest.domain.text),
      \(contest.incumbent.tenant), \(contest.incumbent.claim), \(contest.place),
      \(contest.openedAt), \(contest.state.rawValue), \(nullable: contest.endedAt))
    """
  }

  /// The open contest that this tenant's claim has opened, locked.
  static func lockOpen(_ claim: DomainClaimID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.domain_contests
    WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND state = 'open'
    FOR UPDATE
    """
  }

  /// Saves how an open contest has ended.
  static func saveEnd(_ contest: ClaimContest, _ access: Access) -> SQL {
    """
    UPDATE tenure.domain_contests
    SET state = \(contest.state.rawValue), ended_at = \(nullable: contest.endedAt)
    WHERE tenant_id = \(access.tenant) AND claim_id = \(contest.rival.claim) AND state = 'open'
    """
  }

  /// The contests that the tenant has opened: a row for each place that is taken, and one for the
  /// last contest about the domain.
  static func past(_ domain: DomainName, _ access: Access) -> SQL {
    """
    SELECT place, NULL::timestamptz FROM tenure.domain_contests
    WHERE tenant_id = \(access.tenant) AND state = 'open'
    UNION ALL
    SELECT NULL, max(opened_at) FROM tenure.domain_contests
    WHERE tenant_id = \(access.tenant) AND domain = \(domain.text)
    """
  }

  static func past(_ rows: Rows) throws -> ClaimContest.Past {
    let past = try rows.map { (place: try $0.optionalInt(0), at: try $0.optionalTime(1)) }
    return ClaimContest.Past(
      lastOpenedAt: past.compactMap(\.at).max(), places: Set(past.compactMap(\.place)))
  }

  static func contest(_ row: Row, _ access: Access) throws -> ClaimContest {
    ClaimContest(
      domain: DomainName(stored: try row.string(1)),
      incumbent: .init(
        tenant: try row.identifier(2, TenantID.self),
        claim: try row.identifier(3, DomainClaimID.self)),
      rival: .init(tenant: access.tenant, claim: try row.identifier(0, DomainClaimID.self)),
      place: try row.int(4), openedAt: try row.time(5), state: try row.choice(6),
      endedAt: try row.optionalTime(7))
  }
}
