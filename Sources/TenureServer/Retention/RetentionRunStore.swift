import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.retention_runs` and their results.
enum RetentionRunStore {
  /// A run, with how far it has come.
  struct Stored: Sendable {
    let run: RetentionRun
    let ruleIndex: Int
    let place: RetentionSweep.Place?
  }

  private static let columns: StaticString = """
    run_id, state, as_of, budget, examined, disposed, created_by, created_at, updated_at,
    certificate, version, rule_index, last_at, last_id, waits_for, expected, confirmed_at
    """

  /// Inserts a run.
  ///
  /// One that asks first is paused, and is marked as confirmed once it is resumed.
  static func insert(_ run: RetentionRun, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.retention_runs (tenant_id, run_id, state, waits_for, expected, as_of, budget,
      examined, disposed, rule_index, created_by, created_at, updated_at, confirmed_at, version)
    VALUES (\(access.tenant), \(run.id), \(run.state.rawValue),
      \(nullable: run.waitsFor?.rawValue), \(nullable: run.expected), \(run.asOf),
      \(run.budget), 0, 0, 0, \(run.createdBy), \(run.createdAt), \(run.updatedAt),
      \(nullable: run.state == .running ? run.createdAt : nil), 1)
    """
  }

  static func find(_ id: RetentionRunID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.retention_runs
    WHERE tenant_id = \(access.tenant) AND run_id = \(id)
    """
  }

  /// The last run, in whatever state.
  static func last(_ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.retention_runs
    WHERE tenant_id = \(access.tenant)
    ORDER BY run_id DESC
    LIMIT 1
    """
  }

  /// Up to which time rules were agreed to, by resuming a run, and up to which they were asked about;
  /// and the budget that was agreed to last.
  static func answers(_ access: Access) -> SQL {
    """
    SELECT max(as_of) FILTER (WHERE confirmed_at IS NOT NULL), max(as_of),
      (array_agg(budget ORDER BY run_id DESC)
        FILTER (WHERE expected IS NOT NULL AND confirmed_at IS NOT NULL))[1]
    FROM tenure.retention_runs
    WHERE tenant_id = \(access.tenant) AND (confirmed_at IS NOT NULL OR expected IS NOT NULL)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [RetentionRun] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.retention_runs
      WHERE tenant_id = \(access.tenant) AND run_id > \(after ?? .zero)
      ORDER BY run_id
      LIMIT \(limit)
      """
    ).map(run)
  }

  /// Adds to the counts of a run, and stores how far it has come.
  static func advance(
    _ id: RetentionRunID, examined: Int, disposed: Int, ruleIndex: Int,
    place: RetentionSweep.Place?, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.retention_runs
    SET examined = examined + \(examined), disposed = disposed + \(disposed),
      rule_index = \(ruleIndex), last_at = \(nullable: place?.startsAt),
      last_id = \(nullable: place?.subject), updated_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND run_id = \(id)
    """
  }

  /// Changes the state of a run that is in `from`; no row where it is in another.
  ///
  /// The first change to `running` confirms a run that has asked.
  static func setState(
    _ id: RetentionRunID, _ state: RetentionRun.State, from: RetentionRun.State,
    waitsFor cause: RetentionRun.Cause? = nil, budget: Int? = nil, at: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.retention_runs
    SET state = \(state.rawValue), waits_for = \(nullable: cause?.rawValue),
      budget = coalesce(\(nullable: budget), budget),
      confirmed_at = CASE WHEN \(state.rawValue) = 'running' THEN coalesce(confirmed_at, \(at))
        ELSE confirmed_at END,
      updated_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND run_id = \(id) AND state = \(from.rawValue)
    RETURNING \(text: columns)
    """
  }

  static func complete(
    _ id: RetentionRunID, certificate: String, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.retention_runs
    SET state = 'completed', certificate = \(certificate), updated_at = \(at),
      version = version + 1
    WHERE tenant_id = \(access.tenant) AND run_id = \(id)
    """
  }

  static func insert(
    _ done: [(subject: UUID, className: String, dueAt: Timestamp)], by rule: RetentionRule,
    action: RetentionRule.Action, in id: RetentionRunID, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.retention_results (tenant_id, subject_id, class_name, due_at, action,
      run_id, rule_id, rule_version, at)
    SELECT \(access.tenant), done.*, \(action.rawValue), \(id), \(rule.id), \(rule.version), \(at)
    FROM unnest(\(done.map(\.subject)), \(done.map(\.className)), \(done.map(\.dueAt))) AS done
    ON CONFLICT ON CONSTRAINT retention_results_happen_once DO NOTHING
    """
  }

  /// What a run did, in the order of subjects, after one.
  static func results(
    _ id: RetentionRunID, _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [RetentionResult] {
    try await database.read(
      access,
      """
      SELECT subject_id, class_name, action, rule_id, rule_version, due_at, at
      FROM tenure.retention_results
      WHERE tenant_id = \(access.tenant) AND run_id = \(id) AND subject_id > \(after ?? .zero)
      ORDER BY subject_id
      LIMIT \(limit)
      """
    ).map { row in
      RetentionResult(
        subject: try row.uuid(0), className: try row.string(1), action: try row.choice(2),
        rule: try row.identifier(3, RetentionRuleID.self),
        ruleVersion: try row.int(4), dueAt: try row.time(5), at: try row.time(6))
    }
  }

  /// SHA-256 over the sorted results, one line each: `subject action due rule version`.
  static func digest(_ id: RetentionRunID, _ access: Access) -> SQL {
    """
    SELECT encode(sha256(convert_to(coalesce(string_agg(
      concat_ws(' ', subject_id, action, extract(epoch FROM due_at)::bigint, rule_id,
        rule_version) || E'\\n', '' ORDER BY subject_id, due_at), ''), 'UTF8')), 'hex')
    FROM tenure.retention_results
    WHERE tenant_id = \(access.tenant) AND run_id = \(id)
    """
  }

  static func run(_ row: Row) throws -> RetentionRun {
    RetentionRun(
      id: try row.identifier(0, RetentionRunID.self), state: try row.choice(1),
      waitsFor: try row.optionalChoice(14), expected: try row.optionalInt(15),
      asOf: try row.time(2), budget: try row.int(3), examined: try row.int(4),
      disposed: try row.int(5), createdBy: try row.string(6), createdAt: try row.time(7),
      updatedAt: try row.time(8), certificate: try row.optionalString(9),
      version: try row.int(10))
  }

  static func stored(_ row: Row) throws -> Stored {
    let lastAt = try row.optionalTime(12)
    let lastID = try row.optionalUUID(13)
    // Half a place is none, and would let the run begin its rule anew.
    guard (lastAt == nil) == (lastID == nil) else {
      throw PostgresError(kind: .decoding, message: "a run's place is half there")
    }
    return Stored(
      run: try run(row), ruleIndex: try row.int(11),
      place: lastAt.flatMap { at in lastID.map { .init(startsAt: at, subject: $0) } })
  }
}
