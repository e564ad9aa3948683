package import Foundation
import JSON
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Transfers items, some hundred in a transaction, with a result for each.
///
/// The row of the transfer says how far it has come: after a crash the job goes on there, and
/// transfers nothing twice.
package struct ContentTransferWork: PiecewiseWork {
  private static let itemsAtOnce = 500
  /// Seconds until a transfer is tried again that has to wait because the rights on the domain are
  /// frozen.
  private static let waitSeconds: Int64 = 3_600

  let worker: Worker
  package let access: Access
  let id: OperationID
  /// Where the work comes from: the request that asked for it.
  var origin: JobOrigin?

  package var job: UUID { id.uuid }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    let rows = try await transaction.run([
      OperationStore.find(id, access).forUpdate, ContentTransferStore.find(id, access),
    ])
    guard let operation = try rows[0].first.map(OperationStore.operation),
      let transfer = try rows[1].first.map(ContentTransferStore.transfer),
      operation.state == .running
    else {
      // The operation was cancelled: items that were transferred stay with the new owner.
      try await transaction.run(JobStore.finish(job, next: nil, access))
      return false
    }
    let situation = try await DisposalSituation.find(
      [transfer.from], at: now, access, transaction)
    guard situation.judge(.transferContent, transfer.from, .due) == .allowed else {
      let later = now.adding(seconds: Self.waitSeconds)
      try await transaction.run(JobStore.finish(job, next: later, access))
      return false
    }
    let items = try await transaction.run(
      ContentStore.owned(
        by: transfer.from, category: transfer.category, after: transfer.place,
        limit: Self.itemsAtOnce, access)
    ).map(ContentStore.stored)
    guard let last = items.last else {
      try await complete(transfer, operation, now, transaction)
      return false
    }
    try await hand(items, transfer, now, transaction)
    try await transaction.run(
      ContentTransferStore.advance(
        id, place: last.item.id.uuid, chunk: transfer.chunk + 1, access))
    return true
  }

  private func hand(
    _ items: [ContentStore.Stored], _ transfer: ContentTransferStore.Transfer, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let telling = try await Telling.of(
      job, for: origin, otherwise: id, at: now, by: worker, access)
    var writer = JSONWriter(capacity: items.count * 100)
    for stored in items {
      telling.record(
        "content_item.transferred", stored.item.id, subject: stored.item.account, in: access)
      writer.object { writer in
        writer.key("item_id")
        writer.identifier(stored.item.id)
        writer.key("product")
        writer.string(stored.item.product)
        writer.key("external_id")
        writer.string(stored.item.externalID)
        writer.key("outcome")
        writer.string("transferred")
      }
      writer.newline()
    }
    let key = try await worker.tenantKey(access)
    let results = try worker.sealer.seal(
      writer.bytes, under: key,
      at: OperationChunk.place("results", id, transfer.chunk, access))
    try await transaction.run(
      telling.statements(by: worker, transaction) + [
        access.context,
        ContentStore.hand(items.map(\.item.id), to: transfer.owner, at: now, access),
        OperationStore.insertResults(id, transfer.chunk, rows: items.count, results, access),
        OperationStore.progress(id, done: items.count, failed: 0, at: now, access),
      ])
  }

  private func complete(
    _ transfer: ContentTransferStore.Transfer, _ operation: Tenure.Operation, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let telling = try await Telling.of(
      job, for: origin, otherwise: id, at: now, by: worker, access)
    telling.tell(
      .contentTransferCompleted, id, account: nil, of: access,
      [
        ("operation_id", id.description), ("from_account_id", transfer.from.description),
        ("items", operation.progress.done),
      ])
    try await transaction.run(
      telling.statements(by: worker, transaction) + [
        access.context, ContentTransferStore.end(id, at: now, access),
      ] + OperationStore.finish(id, .succeeded, at: now, access))
  }
}

extension JobKind {
  package static let contentTransfer = JobKind("content_transfer")
}

extension ContentTransferWork {
  package static let job = Job(
    .contentTransfer, subject: { OperationID(uuid: $0.id).description },
    giveUp: { id, now, access in
      OperationStore.finish(
        OperationID(uuid: id), .failed, because: .failedRepeatedly, at: now, access)
        + [ContentTransferStore.end(OperationID(uuid: id), at: now, access)]
    },
    .pieces { worker, access, taken in
      ContentTransferWork(
        worker: worker, access: access, id: OperationID(uuid: taken.id), origin: taken.origin)
    })
}
