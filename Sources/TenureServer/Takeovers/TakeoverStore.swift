import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.takeovers` and of controls.
enum TakeoverStore {
  private static let columns: StaticString = """
    takeover_id, claim_id, domain, scope, no_answer, notice_days, state, extended_at, created_by,
    created_at, updated_at, version
    """

  /// Has the background see at `at` what is due in a takeover.
  static func enqueue(_ id: TakeoverID, at: Timestamp, _ access: Access) -> SQL {
    JobStore.enqueue(id.uuid, .takeover, at: at, access)
  }

  // MARK: Takeovers

  static func insert(
    _ takeover: Takeover, plan: UUID, _ choice: TakeoverSelection.Choice, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.takeovers (tenant_id, takeover_id, claim_id, plan_id, domain, scope,
      no_answer, notice_days, state, selected_ids, excluded_ids, created_by, created_at,
      updated_at, version)
    VALUES (\(access.tenant), \(takeover.id), \(takeover.claim), \(plan),
      \(takeover.domain.text), \(takeover.scope.rawValue), \(takeover.noAnswer.rawValue),
      \(takeover.noticeDays), 'running', \(nullable: choice.selected.map(Array.init)),
      \(Array(choice.excluded)),
      \(takeover.createdBy), \(takeover.createdAt), \(takeover.updatedAt), 1)
    """
  }

  static func find(_ id: TakeoverID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeovers
    WHERE tenant_id = \(access.tenant) AND takeover_id = \(id)
    """
  }

  static func lock(_ id: TakeoverID, _ access: Access) -> SQL { find(id, access).forUpdate }

  /// The takeover of a case, locked so that nobody can cancel it until the transaction ends.
  static func share(of item: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeovers
    WHERE tenant_id = \(access.tenant) AND takeover_id = (
      SELECT takeover_id FROM tenure.takeover_cases
      WHERE tenant_id = \(access.tenant) AND case_id = \(item))
    FOR SHARE
    """
  }

  /// The takeover; nil where there is none.
  ///
  /// The transaction must have the tenant's context.
  static func load(
    _ id: TakeoverID, _ access: Access, _ transaction: Transaction
  ) async throws -> Takeover? {
    try await transaction.run(find(id, access)).first.map { try takeover($0, access) }
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Takeover] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.takeovers
      WHERE tenant_id = \(access.tenant) AND takeover_id > \(after ?? .zero)
      ORDER BY takeover_id
      LIMIT \(limit)
      """
    ).map { try takeover($0, access) }
  }

  static func setState(
    _ id: TakeoverID, _ state: Takeover.State, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.takeovers
    SET state = \(state.rawValue), updated_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND takeover_id = \(id) AND state = 'running'
    RETURNING \(text: columns)
    """
  }

  /// Extends the takeover, and every case whose clock runs or stands still in a dispute.
  ///
  /// Other cases get the longer time when their clock starts.
  static func extend(_ id: TakeoverID, at: Timestamp, _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure.takeovers
      SET extended_at = \(at), updated_at = \(at), version = version + 1,
        notice_days = least(90, notice_days + \(Takeover.extensionDays))
      WHERE tenant_id = \(access.tenant) AND takeover_id = \(id) AND state = 'running'
        AND extended_at IS NULL
      RETURNING \(text: columns)
      """,
      """
      UPDATE tenure.takeover_cases
      SET deadline_at = deadline_at + make_interval(days => \(Takeover.extensionDays)::integer),
        next_at = CASE state WHEN 'running' THEN \(at) END, updated_at = \(at), version = version + 1
      WHERE tenant_id = \(access.tenant) AND takeover_id = \(id)
        AND state IN ('running', 'disputed') AND outcome IS NULL AND deadline_at IS NOT NULL
      """,
    ]
  }

  static func takeover(_ row: Row, _ access: Access) throws -> Takeover {
    Takeover(
      id: try row.identifier(0, TakeoverID.self), tenant: access.tenant,
      claim: try row.identifier(1, DomainClaimID.self),
      domain: DomainName(stored: try row.string(2)),
      scope: try row.choice(3, DomainClaim.Scope.self),
      noAnswer: try row.choice(4, Takeover.Outcome.self),
      noticeDays: try row.int(5), state: try row.choice(6, Takeover.State.self),
      extendedAt: try row.optionalTime(7), createdBy: try row.string(8),
      createdAt: try row.time(9), updatedAt: try row.time(10), version: try row.int(11))
  }

  /// The number of cases of each of these takeovers by state and outcome.
  static func counts(_ ids: [TakeoverID], _ access: Access) -> SQL {
    """
    SELECT takeover_id, state, outcome, count(*)
    FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.takeover_cases ON tenant_id = \(access.tenant) AND takeover_id = wanted.id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
  }

  static func counts(_ rows: Rows) throws -> [TakeoverID: [CaseCount]] {
    Dictionary(
      grouping: try rows.map { row in
        (
          id: try row.identifier(0, TakeoverID.self),
          count: CaseCount(
            state: try row.choice(1), outcome: try row.optionalChoice(2), count: try row.int(3))
        )
      }, by: \.id
    ).mapValues { $0.map(\.count) }
  }

  // MARK: Controls

  static func insertControls(
    _ controls: [(account: AccountID, case: CaseID)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
    SELECT \(access.tenant), new.*, \(at), \(at)
    FROM unnest(\(controls.map(\.account)), \(controls.map(\.case))) AS new
    """
  }

  /// Lets a control exist without its account until the transaction ends.
  static let deferControls: SQL =
    "SET CONSTRAINTS tenure.controls_tenant_id_account_id_fkey DEFERRED"

  static func deleteControls(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.controls AS control USING unnest(\(accounts)) AS gone (account_id)
    WHERE control.tenant_id = \(access.tenant) AND control.account_id = gone.account_id
    """
  }

  static func findControl(_ account: AccountID, _ access: Access) -> SQL {
    """
    SELECT case_id, taken_at, cutoff_at, suspended_at FROM tenure.controls
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    """
  }
}
