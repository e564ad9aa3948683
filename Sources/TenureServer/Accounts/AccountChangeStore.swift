import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.account_changes`: the verbs that were carried out on accounts, and those that are
/// scheduled.
enum AccountChangeStore {
  private static let columns: StaticString = """
    change_id, account_id, verb, state, refusal, requested_by, requested_at, effective_at,
    ended_at, version, case_id
    """

  /// A change that is due, for the job.
  struct Due: Sendable {
    let id: AccountChangeID
    let account: AccountID
    let verb: AccountVerb
    let reason: [UInt8]
    let requestedBy: String
    let requestedAt: Timestamp
    /// The id of the API request that asked for the change, and who approved it; nil where there
    /// was no request, or no approval was needed.
    let requestID: String?
    let approvedBy: String?
    /// The takeover's case that the change undoes; nil for other changes.
    let item: CaseID?
  }

  /// Inserts changes; `telling` has the request's id and the approver.
  static func insert(
    _ changes: [AccountChange], before: [AccountStatus], reasons: [[UInt8]],
    _ telling: Telling, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.account_changes (tenant_id, change_id, account_id, verb, reason,
      status_before, state, requested_by, requested_at, effective_at, ended_at, next_at,
      case_id, request_id, approved_by, version)
    SELECT \(access.tenant), new.*, \(telling.requestID), \(nullable: telling.approvedBy), 1
    FROM unnest(
      \(changes.map(\.id)), \(changes.map(\.account)), \(changes.map(\.verb.rawValue)),
      \(reasons.map { Bytes($0) }), \(before.map(\.rawValue)), \(changes.map(\.state.rawValue)),
      \(changes.map(\.requestedBy)), \(changes.map(\.requestedAt)),
      \(changes.map(\.effectiveAt)), \(changes.map(\.endedAt)),
      \(changes.map { $0.state == .scheduled ? $0.effectiveAt : nil }), \(changes.map(\.item)))
      AS new
    """
  }

  static func find(_ id: AccountChangeID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.account_changes
    WHERE tenant_id = \(access.tenant) AND change_id = \(id)
    """
  }

  /// Locks the account of a change, and returns its status.
  ///
  /// It must be locked before the change, because everybody locks accounts first.
  static func lockAccount(of id: AccountChangeID, _ access: Access) -> SQL {
    """
    SELECT account.status FROM tenure.account_changes AS change
    JOIN tenure.accounts AS account
      ON account.tenant_id = \(access.tenant) AND account.account_id = change.account_id
    WHERE change.tenant_id = \(access.tenant) AND change.change_id = \(id)
    FOR UPDATE OF account
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, account: AccountID?,
    state: AccountChange.State?
  ) async throws -> [AccountChange] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.account_changes
      WHERE tenant_id = \(access.tenant) AND change_id > \(after ?? .zero)
        AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
        AND (\(nullable: state?.rawValue)::text IS NULL OR state = \(nullable: state?.rawValue))
      ORDER BY change_id
      LIMIT \(limit)
      """
    ).map(change)
  }

  /// The next scheduled disposal of each of these accounts: the account, its status before the
  /// deletion, and when its data goes.
  static func pending(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT pending.account_id, pending.status_before, pending.effective_at
    FROM unnest(\(accounts)) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT account_id, status_before, effective_at FROM tenure.account_changes
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id AND state = 'scheduled'
        AND verb IN ('erase', 'anonymise')
      ORDER BY effective_at
      LIMIT 1) AS pending
    """
  }

  /// The changes that are scheduled for these accounts with this verb and time; nil means any time.
  ///
  /// `item` is the case that they undo, nil for changes that undo none.
  static func scheduled(
    _ verb: AccountVerb, _ accounts: [AccountID], at: Timestamp?, of item: CaseID?,
    _ access: Access
  ) -> SQL {
    """
    SELECT change.* FROM unnest(\(accounts)) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT \(text: columns) FROM tenure.account_changes
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id AND state = 'scheduled'
        AND verb = \(verb.rawValue) AND case_id IS NOT DISTINCT FROM \(nullable: item)
        AND (\(nullable: at)::timestamptz IS NULL OR effective_at = \(nullable: at))
      LIMIT 1) AS change
    """
  }

  /// Cancels all scheduled changes of these accounts.
  static func cancelPending(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.account_changes AS change
    SET state = 'cancelled', reason = '', ended_at = \(at), next_at = NULL, stands_since = NULL,
      version = version + 1
    FROM unnest(\(accounts)) AS wanted (id)
    WHERE change.tenant_id = \(access.tenant) AND change.account_id = wanted.id
      AND change.state = 'scheduled'
    """
  }

  static func cancel(_ id: AccountChangeID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.account_changes
    SET state = 'cancelled', reason = '', ended_at = \(at), next_at = NULL, stands_since = NULL,
      version = version + 1
    WHERE tenant_id = \(access.tenant) AND change_id = \(id) AND state = 'scheduled'
    RETURNING \(text: columns)
    """
  }

  /// Those of the changes that are still scheduled, locked.
  static func lockScheduled(_ ids: [AccountChangeID], _ access: Access) -> SQL {
    """
    SELECT change.change_id FROM unnest(\(ids)) AS wanted (id)
    JOIN tenure.account_changes AS change
      ON change.tenant_id = \(access.tenant) AND change.change_id = wanted.id
    WHERE change.state = 'scheduled' AND change.stands_since IS NULL
    ORDER BY change.change_id
    FOR UPDATE OF change
    """
  }

  /// Some of the changes that are due.
  ///
  /// They are not locked, so that they can still be cancelled.
  static func due(at: Timestamp, limit: Int, _ access: Access) -> SQL {
    """
    SELECT change_id, account_id, verb, reason, requested_by, requested_at, request_id,
      approved_by, case_id
    FROM tenure.account_changes
    WHERE tenant_id = \(access.tenant) AND next_at <= \(at) AND stands_since IS NULL
    ORDER BY next_at, change_id
    LIMIT \(limit)
    """
  }

  static func due(_ row: Row) throws -> Due {
    Due(
      id: try row.identifier(0, AccountChangeID.self),
      account: try row.identifier(1, AccountID.self),
      verb: try row.choice(2), reason: try row.bytes(3),
      requestedBy: try row.string(4), requestedAt: try row.time(5),
      requestID: try row.optionalString(6), approvedBy: try row.optionalString(7),
      item: try row.optionalUUID(8).map { CaseID(uuid: $0) })
  }

  /// When the next change is due, or one that waits is to be tried again (at `later`); NULL where
  /// nothing is scheduled.
  static func outlook(lookingAgainAt later: Timestamp, _ access: Access) -> SQL {
    """
    SELECT min(CASE WHEN stands_since IS NULL THEN next_at ELSE \(later) END)
    FROM tenure.account_changes
    WHERE tenant_id = \(access.tenant) AND next_at IS NOT NULL
    """
  }

  static func end(
    _ changes: [(id: AccountChangeID, refusal: String?)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.account_changes AS change
    SET state = CASE WHEN ended.refusal IS NULL THEN 'done' ELSE 'refused' END,
      refusal = ended.refusal, reason = '', ended_at = \(at), next_at = NULL, stands_since = NULL,
      version = version + 1
    FROM unnest(\(changes.map(\.id)), \(changes.map(\.refusal))) AS ended (id, refusal)
    WHERE change.tenant_id = \(access.tenant) AND change.change_id = ended.id
    """
  }

  /// Sets when changes that wait are tried again.
  ///
  /// Nothing is recorded or sent, which could show what they wait for.
  static func postpone(_ changes: [AccountChangeID], to: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.account_changes AS change SET next_at = \(to)
    FROM unnest(\(changes)) AS wanted (id)
    WHERE change.tenant_id = \(access.tenant) AND change.change_id = wanted.id
    """
  }

  static func change(_ row: Row) throws -> AccountChange {
    AccountChange(
      id: try row.identifier(0, AccountChangeID.self),
      account: try row.identifier(1, AccountID.self),
      verb: try row.choice(2),
      state: try row.choice(3),
      refusal: try row.optionalString(4), requestedBy: try row.string(5),
      requestedAt: try row.time(6), effectiveAt: try row.time(7),
      endedAt: try row.optionalTime(8), item: try row.optionalUUID(10).map { CaseID(uuid: $0) },
      version: try row.int(9))
  }
}
