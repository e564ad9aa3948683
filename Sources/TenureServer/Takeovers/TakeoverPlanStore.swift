import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.takeover_plans`: whom a takeover would reach, and what stands in the way of the
/// rest.
///
/// A name may have a million accounts. So the database judges them and keeps their ids, in one
/// statement, and what comes to the service is a part of them.
enum TakeoverPlanStore {
  /// Seconds after which a plan is deleted; it is no longer good an hour before, so that none goes
  /// while a takeover is begun by it.
  private static let kept: Int64 = 86_400
  private static let good: Int64 = kept - 3_600

  /// An account at a claimed domain, with what stands in the way of taking it over.
  struct Candidate: Sendable {
    let account: AccountID
    let blocker: TakeoverCase.Blocker?
    /// The tenant that has custody of the account.
    let custodian: TenantID
  }

  /// A claim as it stands at a time.
  struct ClaimNow: Sendable {
    let claim: DomainClaim
    /// The hash of the claim's domain.
    let name: [UInt8]
    let at: Timestamp
  }

  /// The beginning of a statement, to which more is appended with a comma: the table `candidates` of
  /// the accounts that a claim reaches.
  ///
  /// It locks the owners of tenants that some of them own. Holds are no blockers here, because
  /// nothing may be said of them.
  private static func candidates(_ now: ClaimNow, _ access: Access) -> SQL {
    let since = now.at.adding(seconds: -Takeover.undoDays * 86_400)
    return """
      WITH found AS MATERIALIZED (
        SELECT found.account_id, found.tenant_id AS custodian, CASE
            WHEN found.tenant_id = \(access.tenant) THEN 'already_controlled'
            WHEN found.tenant_id <> \(TenantID.platform) THEN 'other_tenant_controls'
            WHEN found.status = 'restricted' THEN 'restricted'
            WHEN found.status = 'blocked' THEN 'open_case'
            WHEN found.status NOT IN ('active', 'deactivated') THEN 'account_gone'
            WHEN found.has_open_request THEN 'open_request'
            WHEN NOT found.is_primary THEN 'address_secondary_only'
            WHEN earlier.is_open THEN 'open_case'
            WHEN earlier.was_undone THEN 'recently_released'
          END AS blocker
        FROM tenure_global.accounts_under(\(now.claim.id), \(Bytes(now.name)),
          \(now.claim.scope == .subtree)) AS found
        LEFT JOIN (
          SELECT account_id,
            bool_or(state IN ('notice_pending', 'running', 'disputed')) AS is_open,
            -- One that ended in a dispute, upheld or cancelled meanwhile, counts like an undone one.
            bool_or((state IN ('undone', 'released')
                OR (state = 'cancelled' AND answer = 'dispute'))
              AND updated_at > \(since)) AS was_undone
          FROM tenure.takeover_cases WHERE tenant_id = \(access.tenant)
          GROUP BY account_id
        ) AS earlier ON earlier.account_id = found.account_id
      ), last_owners AS MATERIALIZED (
        -- Without whom another tenant has no owner who can sign in.
        SELECT min(owner.account_id::text)::uuid AS account_id
        FROM tenure_global.owners_beside(\(access.tenant),
          ARRAY(SELECT account_id FROM found WHERE blocker IS NULL)) AS owner
        WHERE owner.signs_in AND owner.tenant_id <> \(access.tenant)
        GROUP BY owner.tenant_id HAVING count(*) = 1
      ), candidates AS MATERIALIZED (
        SELECT account_id, custodian, CASE
            WHEN blocker IS NOT NULL THEN blocker
            WHEN account_id IN (SELECT account_id FROM last_owners) THEN 'last_owner'
          END AS blocker
        FROM found
      )
      """
  }

  /// Keeps a plan, and answers a page of it and what it is in numbers; `read` reads the rows.
  static func keepAndShow(
    _ plan: UUID, _ now: ClaimNow, after: AccountID?, limit: Int, _ access: Access
  ) -> SQL {
    var statement = candidates(now, access)
    statement.append(
      """
      , kept AS (
        INSERT INTO tenure.takeover_plans (tenant_id, plan_id, claim_id, account_ids, created_at)
        VALUES (\(access.tenant), \(plan), \(now.claim.id),
          ARRAY(SELECT account_id FROM candidates WHERE blocker IS NULL ORDER BY account_id),
          \(now.at))
      ), page AS (
        SELECT * FROM candidates WHERE account_id > \(after?.uuid ?? .zero)
        ORDER BY account_id LIMIT \(limit + 1)
      )
      SELECT NULL::bigint, blocker, account_id, custodian FROM page
      UNION ALL
      SELECT count(*), blocker, NULL, NULL FROM candidates GROUP BY blocker
      ORDER BY 3
      """)
    return statement
  }

  /// The accounts of a page, one more than its limit where more follow; and for each blocker, and
  /// none, how many accounts there are.
  static func read(
    _ rows: Rows
  ) throws -> (page: [Candidate], counts: [TakeoverCase.Blocker?: Int]) {
    var page: [Candidate] = []
    var counts: [TakeoverCase.Blocker?: Int] = [:]
    for index in 0..<rows.count {
      let row = rows[index]
      let blocker = try row.optionalChoice(1, TakeoverCase.Blocker.self)
      if let count = try row.optionalInt(0) {
        counts[blocker] = count
      } else {
        page.append(
          Candidate(
            account: try row.identifier(2, AccountID.self), blocker: blocker,
            custodian: try row.identifier(3, TenantID.self)))
      }
    }
    return (page, counts)
  }

  /// Deletes plans that are no longer kept.
  static func deleteOld(at: Timestamp, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.takeover_plans
    WHERE tenant_id = \(access.tenant) AND created_at < \(at.adding(seconds: -kept))
    """
  }

  /// How many accounts a plan has, those that are missing now, and those that were added since, at
  /// the most a hundred of each; no row where there is no such plan of the claim, or it is too old.
  static func difference(_ plan: UUID, _ now: ClaimNow, _ access: Access) -> SQL {
    var statement = candidates(now, access)
    statement.append(
      """
      , eligible AS (SELECT account_id FROM candidates WHERE blocker IS NULL)
      SELECT cardinality(account_ids)::bigint,
        ARRAY(SELECT unnest(account_ids) EXCEPT SELECT account_id FROM eligible LIMIT 100)::text[],
        ARRAY(SELECT account_id FROM eligible EXCEPT SELECT unnest(account_ids) LIMIT 100)::text[]
      FROM tenure.takeover_plans
      WHERE tenant_id = \(access.tenant) AND plan_id = \(plan)
        AND claim_id = \(now.claim.id) AND created_at > \(now.at.adding(seconds: -good))
      """)
    return statement
  }

  /// Of a plan's accounts, in the order of their ids, `count` from the one at `start` on.
  static func accounts(of plan: UUID, from start: Int, _ count: Int, _ access: Access) -> SQL {
    """
    SELECT unnest(account_ids[\(start + 1)::integer:\(start + count)::integer])
    FROM tenure.takeover_plans
    WHERE tenant_id = \(access.tenant) AND plan_id = \(plan)
    """
  }

  /// Those of some accounts that are among a plan's.
  static func accounts(of plan: UUID, among accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT unnest(\(accounts)) INTERSECT
    SELECT unnest(account_ids) FROM tenure.takeover_plans
    WHERE tenant_id = \(access.tenant) AND plan_id = \(plan)
    """
  }
}
