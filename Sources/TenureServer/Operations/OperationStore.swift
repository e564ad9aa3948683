import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.operations` and `tenure.import_chunks`.
///
/// `Operation` stands with its module's name here, because Foundation has one too.
enum OperationStore {
  private static let columns: StaticString =
    "operation_id, kind, state, done, total, failed, created_at, updated_at, version, failure"

  static func insert(
    _ id: OperationID, kind: Tenure.Operation.Kind, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.operations (tenant_id, operation_id, kind, state, done, total, failed,
      created_by, created_at, updated_at, version)
    VALUES (\(access.tenant), \(id), \(kind.rawValue), 'receiving', 0, NULL, 0,
      \(access.caller.actor), \(at), \(at), 1)
    """
  }

  /// Starts an operation when all rows have arrived: its job can run in any process now.
  ///
  /// `total` is the number of rows, nil where it is not known yet.
  static func start(
    _ id: OperationID, _ job: JobKind, total: Int?, at: Timestamp, origin: JobOrigin?,
    _ access: Access
  ) -> [SQL] {
    [
      """
      UPDATE tenure.operations
      SET state = 'running', total = \(nullable: total), updated_at = \(at), version = version + 1
      WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND state = 'receiving'
      """,
      JobStore.enqueue(id.uuid, job, at: at, origin: origin, access),
    ]
  }

  /// Ends an operation that is not over, with its job; no row where it was over.
  static func finish(
    _ id: OperationID, _ state: Tenure.Operation.State,
    because failure: Tenure.Operation.Failure? = nil, at: Timestamp, _ access: Access
  ) -> [SQL] {
    [
      """
      UPDATE tenure.operations
      SET state = \(state.rawValue), failure = \(nullable: failure?.rawValue), updated_at = \(at),
        version = version + 1
      WHERE tenant_id = \(access.tenant) AND operation_id = \(id)
        AND state IN ('receiving', 'running')
      RETURNING \(text: columns)
      """,
      JobStore.drop(id.uuid, access),
      // Rows that were received and not carried out are deleted.
      """
      UPDATE tenure.import_chunks SET payload = NULL
      WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND payload IS NOT NULL
      """,
    ]
  }

  /// Adds to the counts of an operation.
  static func progress(
    _ id: OperationID, done: Int, failed: Int, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.operations
    SET done = done + \(done), failed = failed + \(failed), updated_at = \(at),
      version = version + 1
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id)
    """
  }

  static func find(_ id: OperationID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.operations
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id)
    """
  }

  /// The kind of the operation, and the request that began it.
  static func origin(of id: OperationID, _ access: Access) -> SQL {
    """
    SELECT kind, created_by FROM tenure.operations
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id)
    """
  }

  /// How many files are carried out now, or have begun to arrive since a time.
  static func countAtWork(receivingSince since: Timestamp, _ access: Access) -> SQL {
    """
    SELECT count(*) FROM tenure.operations
    WHERE tenant_id = \(access.tenant) AND kind <> 'content_transfer'
      AND (state = 'running' OR (state = 'receiving' AND created_at > \(since)))
    """
  }

  /// Gives up files that did not arrive completely, and deletes the results of old operations.
  static func forget(
    receivingSince since: Timestamp, endedBefore: Timestamp, at now: Timestamp, _ access: Access
  ) -> [SQL] {
    [
      """
      UPDATE tenure.operations
      SET state = 'failed', failure = 'not_received', updated_at = \(now), version = version + 1
      WHERE tenant_id = \(access.tenant) AND state = 'receiving' AND created_at < \(since)
      """,
      """
      UPDATE tenure.import_chunks AS chunk SET payload = NULL
      FROM tenure.operations AS operation
      WHERE chunk.tenant_id = \(access.tenant) AND operation.tenant_id = \(access.tenant)
        AND operation.operation_id = chunk.operation_id AND operation.state = 'failed'
        AND chunk.payload IS NOT NULL
      """,
      """
      DELETE FROM tenure.import_chunks AS chunk
      USING tenure.operations AS operation
      WHERE chunk.tenant_id = \(access.tenant) AND operation.tenant_id = \(access.tenant)
        AND operation.operation_id = chunk.operation_id
        AND operation.state NOT IN ('receiving', 'running')
        AND operation.updated_at < \(endedBefore)
      """,
    ]
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Tenure.Operation] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.operations
      WHERE tenant_id = \(access.tenant) AND operation_id > \(after ?? .zero)
      ORDER BY operation_id
      LIMIT \(limit)
      """
    ).map(operation)
  }

  static func operation(_ row: Row) throws -> Tenure.Operation {
    Tenure.Operation(
      id: try row.identifier(0, OperationID.self), kind: try row.choice(1),
      state: try row.choice(2),
      progress: .init(
        done: try row.int(3), total: try row.optionalInt(4), failed: try row.int(5)),
      failure: try row.optionalChoice(9), createdAt: try row.time(6),
      updatedAt: try row.time(7), version: try row.int(8))
  }

  // MARK: Chunks

  static func insertChunk(
    _ id: OperationID, _ chunk: Int, firstRow: Int, rows: Int, payload: [UInt8], _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.import_chunks (tenant_id, operation_id, chunk, first_row, rows, payload)
    VALUES (\(access.tenant), \(id), \(chunk), \(firstRow), \(rows), \(Bytes(payload)))
    """
  }

  /// The next chunk to carry out, locked, so that nobody else does.
  static func nextChunk(_ id: OperationID, _ access: Access) -> SQL {
    """
    SELECT chunk, first_row, payload FROM tenure.import_chunks
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND payload IS NOT NULL
    ORDER BY chunk
    LIMIT 1
    FOR UPDATE
    """
  }

  /// Stores the results of a chunk, and the accounts that they are about.
  static func finishChunk(
    _ id: OperationID, _ chunk: Int, results: [UInt8], of accounts: [AccountID], _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.import_chunks
    SET payload = NULL, results = \(Bytes(results)), account_ids = \(accounts)
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND chunk = \(chunk)
    """
  }

  /// Stores the results of a chunk whose rows were not sent, but found by the job.
  static func insertResults(
    _ id: OperationID, _ chunk: Int, rows: Int, _ results: [UInt8], _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.import_chunks (tenant_id, operation_id, chunk, first_row, rows, results)
    VALUES (\(access.tenant), \(id), \(chunk), 0, \(rows), \(Bytes(results)))
    """
  }

  /// The results that are about any of these people, locked.
  static func lockResults(about accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT operation_id, chunk, results FROM tenure.import_chunks
    WHERE tenant_id = \(access.tenant) AND results IS NOT NULL AND account_ids && \(accounts)
    ORDER BY operation_id, chunk
    FOR UPDATE
    """
  }

  /// Replaces the results of a chunk.
  static func saveResults(
    _ id: OperationID, _ chunk: Int, _ results: [UInt8], _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.import_chunks SET results = \(Bytes(results))
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND chunk = \(chunk)
    """
  }

  /// The results of the next chunk after one; no row where there are none yet.
  static func results(_ id: OperationID, after chunk: Int, _ access: Access) -> SQL {
    """
    SELECT chunk, results FROM tenure.import_chunks
    WHERE tenant_id = \(access.tenant) AND operation_id = \(id) AND chunk > \(chunk)
      AND results IS NOT NULL
    ORDER BY chunk
    LIMIT 1
    """
  }
}
