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
    let entry: AuditEntry
    let access: Access
    let continuation: UnsafeContinuation<Void, any Error>
  }

  private let database: Database
  private var pending: [Pending] = []

  init(database: Database) {
    self.database = database
    super.init()
  }

  /// Returns once the entry is written; throwing means that the read must not be answered.
  func record(_ entry: AuditEntry, _ access: Access) async throws {
    try await withUnsafeThrowingContinuation { continuation in
      pending.append(Pending(entry: entry, access: access, continuation: continuation))
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
            AuditStore.insert(group.map(\.entry), first.access),
          ])
          for item in group { item.continuation.resume() }
        } catch {
          for item in group { item.continuation.resume(throwing: error) }
        }
      }
    }
  }
}
