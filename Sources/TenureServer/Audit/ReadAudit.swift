import Postgres
import Reactor
import Tenure

/// Audit rows of reads: those of one loop turn go in one INSERT per tenant, and the answers of that
/// turn wait for it.
///
/// The transaction does not wait for the disk (`synchronous_commit = off`): a read changes nothing
/// that a crash could lose with its row. Changes write theirs inside their own transaction.
final class ReadAudit: TurnEndObserver, @unchecked Sendable {
  private struct Pending {
    let entries: [AuditEntry]
    let access: Access
    let continuation: UnsafeContinuation<Void, any Error>
  }

  private let database: Database
  private var pending: [Pending] = []

  init(database: Database) {
    self.database = database
    super.init()
  }

  /// Returns once the entries are written; throwing means that the read must not be answered.
  func record(_ entries: [AuditEntry], _ access: Access) async throws {
    if entries.isEmpty { return }
    try await withUnsafeThrowingContinuation { continuation in
      pending.append(Pending(entries: entries, access: access, continuation: continuation))
      database.loop.atTurnEnd(self)
    }
  }

  override func turnEnded() {
    var batch = pending
    pending = []
    while let first = batch.first {
      let group = batch.filter { $0.access.tenant == first.access.tenant }
      batch.removeAll { $0.access.tenant == first.access.tenant }
      Task.immediate(executorPreference: database.loop) { [database] in
        do {
          _ = try await database.run([
            first.access.context, "SELECT set_config('synchronous_commit', 'off', true)",
            AuditStore.insert(group.flatMap(\.entries), first.access),
          ])
          for item in group { item.continuation.resume() }
        } catch {
          for item in group { item.continuation.resume(throwing: error) }
        }
      }
    }
  }
}
