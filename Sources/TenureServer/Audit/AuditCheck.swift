import Foundation
import Logging
import Postgres
import Reactor
import Tenure
package import TenureKernel
import Vault

/// Holds a log against what was sealed of it: while the service runs, not only offline.
///
/// Entries cannot be deleted or changed without lifting the database's own guards; whoever does that is
/// seen here, because the hashes of what was sealed stay.
package struct AuditCheck: Sendable {
  static let roundSeconds = 600
  private static let firstSeconds = 60
  /// How many sealed batches a look compares with their entries, and after how many entries no further
  /// one.
  ///
  /// The next look goes on behind them: it is done beside everybody's requests.
  private static let batchesAtOnce = 20
  private static let entriesMax = 20_000
  /// Entries that are read and hashed without letting anybody else in between.
  private static let entriesAtOnce = 200

  let worker: Worker
  let access: Access

  /// What is wrong with a log.
  struct Damage: Sendable, Equatable {
    /// How many entries were sealed, or signed where that is more.
    let sealed: Int
    /// How many of them are there.
    let found: Int

    var detail: String {
      found == sealed
        ? "an entry of the \(sealed) that were sealed is not what it was"
        : "of \(sealed) entries that were sealed, \(found) are there"
    }
  }

  /// The rounds over all logs; each remembers how far it has compared.
  package static func rounds(worker: Worker) -> TenantRounds {
    let places = Places()
    return TenantRounds(
      "audit_check", every: .seconds(roundSeconds), after: .seconds(firstSeconds), worker: worker
    ) { access in
      let check = AuditCheck(worker: worker, access: access)
      places.next[access.tenant] = try await check.look(from: places.next[access.tenant] ?? 0)
      return false
    }
  }

  /// On one loop.
  private final class Places: @unchecked Sendable {
    var next: [TenantID: Int] = [:]
  }

  /// Whether fewer entries are there than were sealed or signed.
  func missing() async throws -> Damage? {
    let rows = try await worker.database.find(access, AuditTreeStore.count(access))
    return try rows.first.flatMap(Self.missing)
  }

  private static func missing(_ row: Row) throws -> Damage? {
    let (size, found, signed) = (try row.int(0), try row.int(1), try row.int(2))
    let sealed = max(size, signed)
    return found < sealed ? Damage(sealed: sealed, found: found) : nil
  }

  /// Counts the log, compares some of it, and raises the alarm where something is wrong; answers the leaf
  /// to go on with.
  func look(from first: Int) async throws -> Int {
    let row = try await worker.database.find(access, AuditTreeStore.count(access)).first
    guard let row else { return 0 }
    let compared = try await compare(from: first)
    let damage = try Self.missing(row) ?? compared.damage
    let isKnown = try row.optionalTime(3) != nil
    if let damage {
      worker.metrics.count(.damagedLogs)
      worker.log.critical(
        "an audit log is damaged: entries are missing, or are not what they were",
        metadata: ["tenant": "\(access.tenant)", "detail": "\(damage.detail)"])
    }
    if let damage, !isKnown { try await tell(damage, at: worker.clock.now) }
    if damage == nil, isKnown {
      _ = try await worker.database.run(
        [access.context, AuditTreeStore.markWhole(access)], commits: true)
    }
    return compared.next
  }

  private func tell(_ damage: Damage, at now: Timestamp) async throws {
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    telling.record("audit.damaged", access.tenant, subject: nil, in: access)
    telling.tell(
      .auditDamaged, access.tenant, account: nil, of: access,
      [("tenant_id", access.tenant), ("sealed", damage.sealed), ("found", damage.found)])
    _ = try await worker.database.transaction(in: access) { transaction in
      let marked = try await transaction.run(AuditTreeStore.markDamaged(at: now, access))
      // Another process may have been faster.
      guard !marked.isEmpty else { return }
      try await transaction.run(telling.statements(by: worker, transaction))
    }
  }

  /// Makes the leaves of some batches anew.
  private func compare(from first: Int) async throws -> (damage: Damage?, next: Int) {
    let rows = try await worker.database.read(
      access, AuditTreeStore.batches(from: first, limit: Self.batchesAtOnce, access))
    let batches = try rows.map(AuditTreeStore.batch)
    var compared = 0
    for batch in batches {
      if compared >= Self.entriesMax { return (nil, batch.first) }
      guard try await isWhole(batch) else {
        return (Damage(sealed: batch.next, found: batch.next), 0)
      }
      compared += batch.count
    }
    guard batches.count == Self.batchesAtOnce, let last = batches.last else { return (nil, 0) }
    return (nil, last.next)
  }

  /// Whether the entries of a batch are those that were sealed, one after the other.
  private func isWhole(_ batch: AuditTreeStore.Batch) async throws -> Bool {
    let merkle = MerkleTree(digests: worker.sealer.digests)
    var (place, index) = (batch.before, 0)
    while index < batch.count {
      let rows = try await worker.database.read(
        access,
        AuditTreeStore.entries(
          after: place, limit: min(Self.entriesAtOnce, batch.count - index), access))
      if rows.isEmpty { return false }
      for offset in 0..<rows.count {
        let leaf = try AuditTreeStore.leaf(
          rows[offset], index: batch.first + index, access, worker.sealer.digests)
        let hash = try merkle.leaf(leaf.entry.canonical(detailsDigest: leaf.detailsDigest))
        guard batch.holds(hash, at: index) else { return false }
        index += 1
      }
      place = try AuditTreeStore.place(rows[rows.count - 1])
    }
    return true
  }
}

extension Counter {
  /// Looks at an audit log that found less than what was signed.
  package static let damagedLogs = Counter(
    "tenure_audit_logs_damaged_total", "Audit logs found to lack what was signed")
}
