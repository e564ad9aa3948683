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
struct ImportWork: PiecewiseWork {
  private let worker: Worker
  let access: Access
  private let id: OperationID

  var job: UUID { id.uuid }

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

  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    let tenantKey = try await worker.tenantKey(access)
    guard let row = try await transaction.run(OperationStore.nextChunk(id, access)).first else {
      try await transaction.run(OperationStore.finish(id, .succeeded, at: now, access))
      return false
    }
    let (chunk, firstRow) = (try row.int(0), try row.int(1))
    let payload = try worker.sealer.open(
      try row.bytes(2), under: tenantKey,
      at: Self.place("payload", id, chunk, access))
    var batch = ImportBatch(
      rows: payload.split(separator: 0x0A), firstRow: firstRow, worker: worker, access: access,
      tenantKey: tenantKey, now: now, operation: id)
    try await batch.run(transaction)
    let results = try worker.sealer.seal(
      batch.results, under: tenantKey,
      at: Self.place("results", id, chunk, access))
    try await transaction.run([
      OperationStore.finishChunk(id, chunk, results: results, access),
      OperationStore.progress(
        id, done: batch.outcomes.count, failed: batch.failedCount, at: now, access),
    ])
    return true
  }
}
