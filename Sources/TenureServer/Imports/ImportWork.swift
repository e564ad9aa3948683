import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// Carries out an import, chunk by chunk.
///
/// A chunk's accounts, results and progress are one transaction: after a kill the work goes on with
/// the first chunk that has none.
struct ImportWork: Sendable {
  private let worker: Worker
  private let access: Access
  private let id: OperationID

  init(worker: Worker, access: Access, id: OperationID) {
    self.worker = worker
    self.access = access
    self.id = id
  }

  static func place(
    _ column: StaticString, _ id: OperationID, _ chunk: Int, _ access: Access
  ) -> FieldPlace {
    var bytes = id.uuid.uuid
    withUnsafeMutableBytes(of: &bytes) { raw in
      // The chunk's number takes the low bytes: a chunk cannot be put in another's place.
      raw.storeBytes(of: UInt32(chunk).bigEndian, toByteOffset: 12, as: UInt32.self)
    }
    return FieldPlace(
      table: "import_chunks", column: column, tenant: access.tenant.uuid,
      row: UUID(uuid: bytes), subject: id.uuid)
  }

  /// Works until nothing is left, the operation was cancelled, or `mustStop` says so; then the
  /// lease is given back, and another process goes on.
  func run(leaseSeconds: Int, mustStop: () -> Bool) async throws {
    let tenantKey = try await worker.tenantKey(access)
    while try await runChunk(tenantKey, leaseSeconds) {
      if !mustStop() { continue }
      _ = try await worker.database.run(
        [access.context, JobStore.extendLease(id.uuid, until: nil, access)], commits: true)
      return
    }
  }

  private func runChunk(_ tenantKey: TenantKey, _ leaseSeconds: Int) async throws -> Bool {
    // A plan made while the tables are small would read them whole, and be kept while they grow.
    let plan: SQL = "SELECT set_config('enable_seqscan', 'off', true)"
    return try await worker.database.transaction(prelude: [access.context, plan]) { transaction in
      let now = worker.clock.now
      guard let row = try await transaction.run(OperationStore.nextChunk(id, access)).first else {
        try await transaction.run(OperationStore.finish(id, .succeeded, at: now, access))
        return false
      }
      let (chunk, firstRow) = (try row.int(0), try row.int(1))
      let payload = try worker.sealer.open(
        try row.bytes(2), key: tenantKey.secrets,
        at: Self.place("payload", id, chunk, access))
      var batch = ImportBatch(
        rows: payload.split(separator: 0x0A), firstRow: firstRow, worker: worker, access: access,
        tenantKey: tenantKey, now: now, operation: id)
      try await batch.run(transaction)
      let results = try worker.sealer.seal(
        batch.results, key: tenantKey.secrets, keyVersion: UInt32(tenantKey.version),
        at: Self.place("results", id, chunk, access))
      try await transaction.run([
        OperationStore.finishChunk(id, chunk, results: results, access),
        OperationStore.progress(
          id, done: batch.outcomes.count, failed: batch.failedCount, at: now, access),
        JobStore.extendLease(
          id.uuid, until: now.adding(seconds: Int64(leaseSeconds)), access),
      ])
      return true
    }
  }
}
