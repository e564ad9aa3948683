import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// SQL of `tenure.takeover_cases`.
enum CaseStore {
  private static let columns: StaticString = """
    case_id, takeover_id, account_id, state, outcome, blocker, answer, answered_at, notice_at,
    reminders, clock_started_at, deadline_at, exported_at, next_at, effect_at, link_used_at,
    created_at, updated_at, version, disputes
    """

  private static let qualified: StaticString = """
    item.case_id, item.takeover_id, item.account_id, item.state, item.outcome, item.blocker,
    item.answer, item.answered_at, item.notice_at, item.reminders, item.clock_started_at,
    item.deadline_at, item.exported_at, item.next_at, item.effect_at, item.link_used_at,
    item.created_at, item.updated_at, item.version, item.disputes
    """

  static func insert(
    _ cases: [(id: CaseID, account: AccountID)], of takeover: Takeover, _ access: Access
  ) -> [SQL] {
    [
      """
      INSERT INTO tenure.takeover_cases (tenant_id, case_id, takeover_id, account_id, state,
        reminders, disputes, next_at, created_at, updated_at, version)
      SELECT \(access.tenant), new.case_id, \(takeover.id), new.account_id, 'notice_pending',
        0, 0, \(takeover.createdAt), \(takeover.createdAt), \(takeover.createdAt), 1
      FROM unnest(\(cases.map(\.id)), \(cases.map(\.account))) AS new (case_id, account_id)
      """,
      """
      INSERT INTO tenure_global.cases (case_id, account_id, tenant_id)
      SELECT new.*, \(access.tenant)
      FROM unnest(\(cases.map(\.id)), \(cases.map(\.account))) AS new
      """,
    ]
  }

  static func find(_ id: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND case_id = \(id)
    """
  }

  static func lock(_ id: CaseID, _ access: Access) -> SQL { find(id, access).forUpdate }

  /// Locks the cases that control of these accounts rests on.
  ///
  /// It must be run before the accounts are locked, because everybody locks cases first.
  static func lockControlling(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT FROM tenure.takeover_cases AS item
    JOIN tenure.controls AS control
      ON control.tenant_id = item.tenant_id AND control.case_id = item.case_id
    WHERE item.tenant_id = \(access.tenant) AND control.account_id = ANY (\(accounts))
    ORDER BY item.case_id
    FOR UPDATE OF item
    """
  }

  /// Locks the tenant's cases that block sign-in to these accounts, before the accounts are locked.
  static func lockBlocking(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT FROM tenure.takeover_cases AS item
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = ANY (\(accounts))
      AND item.state IN ('effective', 'disputed') AND item.outcome = 'block_sign_in'
    ORDER BY item.case_id
    FOR UPDATE OF item
    """
  }

  static func list(
    _ database: Database, _ access: Access, of takeover: TakeoverID, state: String?, after: UUID?,
    limit: Int
  ) async throws -> [TakeoverCase] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.takeover_cases
      WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover)
        AND case_id > \(after ?? .zero)
        AND (\(nullable: state)::text IS NULL OR state = \(nullable: state))
      ORDER BY case_id
      LIMIT \(limit)
      """
    ).map { try item($0, access) }
  }

  /// Cases in which something is due, locked; cases that others have locked are left out.
  static func due(
    _ takeover: TakeoverID, at now: Timestamp, leavingOnly: Bool, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover) AND next_at <= \(now)
      AND (answer = 'detach' OR NOT \(leavingOnly)::boolean)
    ORDER BY next_at
    LIMIT \(limit)
    FOR UPDATE SKIP LOCKED
    """
  }

  /// When something is due next, and whether any case is still open.
  static func outlook(_ takeover: TakeoverID, _ access: Access) -> SQL {
    """
    SELECT
      (SELECT min(next_at) FROM tenure.takeover_cases
        WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover)),
      EXISTS (SELECT FROM tenure.takeover_cases
        WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover)
          AND state IN ('notice_pending', 'running', 'disputed') AND outcome IS NULL)
    """
  }

  /// Saves cases whose rows are locked; returns them as saved.
  ///
  /// If the state of one is not the one it was read in, that is an error, and the transaction must
  /// be rolled back.
  @discardableResult
  static func save(
    _ cases: [TakeoverCase], at: Timestamp, _ access: Access, _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    if cases.isEmpty { return [] }
    let kept = try await transaction.run(update(cases, at: at, access))
    if kept.count != cases.count {
      throw PostgresError(kind: .decoding, message: "a case moved while its row was locked")
    }
    return cases.map { item in
      var item = item
      item.saved(at: at)
      return item
    }
  }

  private static func update(_ cases: [TakeoverCase], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.takeover_cases AS kept
    SET state = new.state, outcome = new.outcome, blocker = new.blocker, answer = new.answer,
      answered_at = new.answered_at, notice_at = new.notice_at, reminders = new.reminders,
      clock_started_at = new.clock_started_at, deadline_at = new.deadline_at,
      exported_at = new.exported_at, next_at = new.next_at, effect_at = new.effect_at,
      link_used_at = new.link_used_at, disputes = new.disputes, updated_at = \(at),
      version = kept.version + 1
    FROM unnest(\(cases.map(\.id)), \(cases.map(\.savedState.rawValue)),
      \(cases.map(\.version)), \(cases.map(\.state.rawValue)),
      \(cases.map(\.outcome?.rawValue)), \(cases.map(\.blocker?.rawValue)),
      \(cases.map(\.answer?.rawValue)), \(cases.map(\.answeredAt)), \(cases.map(\.noticeAt)),
      \(cases.map(\.reminders)), \(cases.map(\.clockStartedAt)), \(cases.map(\.deadlineAt)),
      \(cases.map(\.exportedAt)), \(cases.map(\.nextAt)), \(cases.map(\.effectAt)),
      \(cases.map(\.linkUsedAt)), \(cases.map(\.disputes))) AS new (case_id, was, version, state,
        outcome, blocker, answer, answered_at, notice_at, reminders, clock_started_at, deadline_at,
        exported_at, next_at, effect_at, link_used_at, disputes)
    WHERE kept.tenant_id = \(access.tenant) AND kept.case_id = new.case_id
      AND kept.state = new.was AND kept.version = new.version
    RETURNING kept.case_id
    """
  }

  /// Stores, sealed, what undoing each of these cases needs.
  static func keepUndo(_ undo: [(id: CaseID, sealed: [UInt8])], _ access: Access) -> SQL {
    """
    UPDATE tenure.takeover_cases AS kept SET undo = new.undo
    FROM unnest(\(undo.map(\.id)), \(undo.map { Bytes($0.sealed) })) AS new (case_id, undo)
    WHERE kept.tenant_id = \(access.tenant) AND kept.case_id = new.case_id
    """
  }

  static func undo(_ id: CaseID, _ access: Access) -> SQL {
    """
    SELECT undo FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND case_id = \(id)
    """
  }

  /// The sealed data for undoing each of these cases; NULL where a case has had no effect.
  static func undo(of ids: [CaseID], _ access: Access) -> SQL {
    """
    SELECT item.case_id, item.undo FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.takeover_cases AS item
      ON item.tenant_id = \(access.tenant) AND item.case_id = wanted.id
    WHERE item.undo IS NOT NULL
    """
  }

  /// Cases that block sign-in now, locked.
  static func blocks(_ takeover: TakeoverID, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover)
      AND state IN ('effective', 'disputed') AND outcome = 'block_sign_in'
    LIMIT \(limit)
    FOR UPDATE
    """
  }

  /// Cases that have had no effect yet, locked.
  static func open(_ takeover: TakeoverID, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.takeover_cases
    WHERE tenant_id = \(access.tenant) AND takeover_id = \(takeover)
      AND state IN ('notice_pending', 'running', 'disputed') AND outcome IS NULL
    LIMIT \(limit)
    FOR UPDATE
    """
  }

  /// Starts the clock of those of these cases whose receipts are enough by now; returns them.
  ///
  /// The transaction must have the context of `access`. `notBefore` is the end of a dispute: the
  /// clock of its case does not start earlier.
  @discardableResult
  static func startClocks(
    _ ids: [CaseID], notBefore: Timestamp? = nil, at now: Timestamp, _ access: Access,
    _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    let rows = try await transaction.run(told(ids, access))
    let started = try rows.map { row in
      var item = try item(row, access)
      var since = try row.time(21)
      if let notBefore { since = max(since, notBefore) }
      try item.told(since: since, noticeDays: try row.int(20), at: now)
      return item
    }
    return try await save(started, at: now, access, transaction)
  }

  /// Those of the cases that wait for receipts and have enough, locked, with the days of notice and
  /// the time since when the receipts were enough.
  private static func told(_ ids: [CaseID], _ access: Access) -> SQL {
    """
    SELECT \(text: qualified), takeover.notice_days, told.at
    FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.takeover_cases AS item
      ON item.tenant_id = \(access.tenant) AND item.case_id = wanted.id
    JOIN tenure.takeovers AS takeover ON takeover.tenant_id = \(access.tenant)
      AND takeover.takeover_id = item.takeover_id
    CROSS JOIN LATERAL tenure.told(\(access.tenant), item.case_id) AS receipts
    CROSS JOIN LATERAL (SELECT CASE takeover.no_answer WHEN 'assume_control'
      THEN receipts.for_control ELSE receipts.for_address END) AS told (at)
    WHERE item.state = 'notice_pending' AND item.notice_at IS NOT NULL AND told.at IS NOT NULL
    FOR UPDATE OF item
    """
  }

  static func item(_ row: Row, _ access: Access) throws -> TakeoverCase {
    TakeoverCase(
      id: try row.identifier(0, CaseID.self), tenant: access.tenant,
      takeover: try row.identifier(1, TakeoverID.self),
      account: try row.identifier(2, AccountID.self),
      state: try row.choice(3, TakeoverCase.State.self),
      outcome: try row.optionalChoice(4, Takeover.Outcome.self),
      blocker: try row.optionalChoice(5, TakeoverCase.Blocker.self),
      answer: try row.optionalChoice(6, TakeoverCase.Answer.self),
      answeredAt: try row.optionalTime(7), noticeAt: try row.optionalTime(8),
      reminders: try row.int(9), disputes: try row.int(19),
      clockStartedAt: try row.optionalTime(10), deadlineAt: try row.optionalTime(11),
      exportedAt: try row.optionalTime(12), nextAt: try row.optionalTime(13),
      effectAt: try row.optionalTime(14), linkUsedAt: try row.optionalTime(15),
      createdAt: try row.time(16), updatedAt: try row.time(17), version: try row.int(18))
  }

  /// The case, if it waits for receipts that cannot come: the operator has signed for every
  /// verified destination that nothing arrives there, and the person was not told in another way.
  static func unreached(_ id: CaseID, _ access: Access) -> SQL {
    """
    SELECT \(text: qualified) FROM tenure.takeover_cases AS item
    WHERE item.tenant_id = \(access.tenant) AND item.case_id = \(id)
      AND item.state = 'notice_pending'
      AND EXISTS (SELECT FROM tenure.receipts AS receipt
        WHERE receipt.tenant_id = \(access.tenant) AND receipt.case_id = \(id)
          AND receipt.has_failed)
      AND NOT EXISTS (SELECT FROM tenure.receipts AS receipt
        WHERE receipt.tenant_id = \(access.tenant) AND receipt.case_id = \(id)
          AND receipt.level >= 2 AND NOT receipt.has_failed)
      AND NOT EXISTS (SELECT FROM tenure.notice_destinations AS place
        WHERE place.tenant_id = \(access.tenant) AND place.case_id = \(id) AND place.is_verified
          AND NOT EXISTS (SELECT FROM tenure.receipts AS receipt
            WHERE receipt.tenant_id = \(access.tenant) AND receipt.case_id = \(id)
              AND receipt.destination_id = place.destination_id AND receipt.has_failed))
    FOR UPDATE OF item
    """
  }

  // MARK: The tenant of a case

  /// The claimant of a case, and its account; nil where there is no such case.
  static func tenant(of id: CaseID, _ database: Database) async throws
    -> (tenant: TenantID, account: AccountID)?
  {
    let rows = try await database.run([
      "SELECT tenant_id, account_id FROM tenure_global.case_tenant(\(id))"
    ])
    return try rows[0].first.map {
      (try $0.identifier(0, TenantID.self), try $0.identifier(1, AccountID.self))
    }
  }

  /// The tenants that have, or had, a case about one of these accounts.
  static func claimants(of accounts: [AccountID]) -> SQL {
    """
    SELECT DISTINCT item.tenant_id FROM unnest(\(accounts)) AS wanted (id)
    CROSS JOIN LATERAL tenure_global.cases_of(wanted.id) AS item
    ORDER BY item.tenant_id
    """
  }

  /// All cases about an account, of all tenants.
  static func cases(of account: AccountID) -> SQL {
    "SELECT case_id, tenant_id FROM tenure_global.cases_of(\(account))"
  }

  static func cases(of account: AccountID, _ database: Database) async throws
    -> [(id: CaseID, tenant: TenantID)]
  {
    let rows = try await database.run([cases(of: account)])
    return try rows[0].map {
      (try $0.identifier(0, CaseID.self), try $0.identifier(1, TenantID.self))
    }
  }
}
