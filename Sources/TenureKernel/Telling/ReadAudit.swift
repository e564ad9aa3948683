package import Postgres
package import Reactor
package import Tenure

/// Audit rows of reads, gathered: those of one loop turn go in one INSERT per tenant, and the
/// answers wait for it.
///
/// While one is on its way the next gathers, so that the busier the loop, the fewer the
/// transactions; an idle loop writes at once.
///
/// The transaction does not wait for the disk (`synchronous_commit = off`): a read changes nothing
/// that a crash could lose with its row. Changes write theirs inside their own transaction.
package final class ReadAudit: TurnEndObserver, @unchecked Sendable {
  private struct Pending {
    package let entries: [AuditEntry]
    package let access: Access
    package let continuation: UnsafeContinuation<Void, any Error>
  }

  private let database: Database
  private var pending: [Pending] = []
  private var isWriting = false

  package init(database: Database) {
    self.database = database
    super.init()
  }

  /// Returns once the entries are written; throwing means that the read must not be answered.
  package func record(_ entries: [AuditEntry], _ access: Access) async throws {
    if entries.isEmpty { return }
    try await withUnsafeThrowingContinuation { continuation in
      pending.append(Pending(entries: entries, access: access, continuation: continuation))
      database.loop.atTurnEnd(self)
    }
  }

  package override func turnEnded() {
    if isWriting || pending.isEmpty { return }
    isWriting = true
    let batch = pending
    pending = []
    Task.immediate(executorPreference: database.loop) { [self] in
      var rest = batch
      while let first = rest.first {
        let group = rest.filter { $0.access.tenant == first.access.tenant }
        rest.removeAll { $0.access.tenant == first.access.tenant }
        await write(group, first.access)
      }
      isWriting = false
      if !pending.isEmpty { database.loop.atTurnEnd(self) }
    }
  }

  private func write(_ group: [Pending], _ access: Access) async {
    do {
      _ = try await database.run([
        access.unflushedContext,
        AuditStore.insert(group.flatMap(\.entries), access),
      ])
      for item in group { item.continuation.resume() }
    } catch {
      for item in group { item.continuation.resume(throwing: error) }
    }
  }
}
