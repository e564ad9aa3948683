package import Foundation
import JSON
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Carries out the rows of a file, chunk by chunk.
///
/// The effects, results and progress of a chunk are one transaction: after a crash the job goes on
/// with the first chunk that has no results.
package struct ImportWork: PiecewiseWork {
  private let worker: Worker
  package let access: Access
  private let id: OperationID
  /// The request that sent the file.
  private let origin: JobOrigin?

  package var job: UUID { id.uuid }

  init(worker: Worker, access: Access, id: OperationID, origin: JobOrigin? = nil) {
    self.origin = origin
    self.worker = worker
    self.access = access
    self.id = id
  }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    let tenantKey = try await worker.tenantKey(access)
    guard let row = try await transaction.run(OperationStore.nextChunk(id, access)).first else {
      try await transaction.run(OperationStore.finish(id, .succeeded, at: now, access))
      return false
    }
    let (chunk, firstRow) = (try row.int(0), try row.int(1))
    let payload = try worker.sealer.open(
      try row.bytes(2), under: tenantKey,
      at: OperationChunk.place("payload", id, chunk, access))
    let outcomes = try await carryOut(
      payload.split(separator: 0x0A), from: firstRow, tenantKey, now, transaction)
    let results = try worker.sealer.seal(
      ImportResults.lines(outcomes), under: tenantKey,
      at: OperationChunk.place("results", id, chunk, access))
    try await transaction.run([
      OperationStore.finishChunk(
        id, chunk, results: results, of: outcomes.compactMap(\.account), access),
      OperationStore.progress(
        id, done: outcomes.count, failed: outcomes.count { $0.outcome == .failed }, at: now,
        access),
    ])
    return true
  }

  private func carryOut(
    _ lines: [ArraySlice<UInt8>], from firstRow: Int, _ tenantKey: TenantKey, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [ImportOutcome] {
    guard let origin = try await transaction.run(OperationStore.origin(of: id, access)).first else {
      throw Problem(.notFound)
    }
    switch try origin.choice(0, Tenure.Operation.Kind.self) {
    case .accounts:
      var batch = ImportBatch(
        rows: lines, firstRow: firstRow, requestedBy: try origin.string(1), worker: worker,
        access: access, tenantKey: tenantKey, now: now, operation: id)
      return try await batch.run(transaction)
    case .accountChanges, .erasures:
      let batch = AccountChangeBatch(
        rows: lines, firstRow: firstRow, requestedBy: try origin.string(1), worker: worker,
        access: access, now: now, operation: id)
      return try await batch.run(transaction)
    // A content transfer has no rows.
    case .contentTransfer: throw Problem(.notFound)
    }
  }
}

extension ImportWork {
  package static let job = Job(
    .importing, subject: { OperationID(uuid: $0.id).description },
    giveUp: {
      OperationStore.finish(
        OperationID(uuid: $0), .failed, because: .failedRepeatedly, at: $1, $2)
    },
    .pieces { worker, access, taken in
      ImportWork(
        worker: worker, access: access, id: OperationID(uuid: taken.id), origin: taken.origin)
    })
}
