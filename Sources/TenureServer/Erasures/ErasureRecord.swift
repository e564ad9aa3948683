import Foundation
import Logging
import Postgres
import Reactor
package import Tenure
package import TenureKernel
import Vault

/// Keeps the ledger and the database consistent: erasures are written to the ledger, and those that
/// a restored database has forgotten are carried out again before the service serves anybody.
package struct ErasureRecord: Sendable {
  private static let erasuresAtOnce = 500

  /// Ends the holds on an account in a tenant as of a time; blocks the thread.
  package typealias EndHolds = @Sendable (AccountID, TenantID, Timestamp) throws -> Void

  let worker: Worker

  package init(worker: Worker) { self.worker = worker }

  private var ledger: ErasureLedger? { worker.erasures.ledger }

  private var platform: Access { SystemCaller(job: "erasure_ledger").access(to: .platform) }

  /// Regularly looks for erasures from a time without a ledger; all others are written to it by the
  /// jobs that they enqueue.
  package func rounds() -> TenantRounds {
    TenantRounds("erasure_ledger", every: .seconds(3_600), worker: worker) { access in
      try await record(access) == Self.erasuresAtOnce
    }
  }

  /// The work of the job: writes all erasures of a tenant that wait to the ledger.
  func finish(_ job: UUID, _ access: Access) async throws {
    while try await record(access) == Self.erasuresAtOnce {}
    _ = try await worker.database.run(
      [access.context, JobStore.finish(job, next: nil, access)], commits: true)
  }

  /// Writes some of the waiting erasures to the ledger; returns how many.
  ///
  /// The row of the ledger's head is locked, so that one process at a time writes to the file.
  func record(_ access: Access) async throws -> Int {
    guard let ledger else { return 0 }
    let waiting = try await worker.database.find(access, ErasureStore.waiting(limit: 1, access))
    if waiting.isEmpty { return 0 }
    return try await worker.database.transaction(in: platform) { transaction in
      let head = try await head(transaction)
      let rows = try await transaction.run([
        access.context, ErasureStore.waiting(limit: Self.erasuresAtOnce, access),
      ])
      let erasures = try rows[1].map { try ErasureStore.erasure($0, access) }
      if erasures.isEmpty { return 0 }
      let entries = erasures.map {
        ErasureLedger.Entry(
          tenant: access.tenant, account: $0.account, method: $0.method.rawValue,
          erasedAt: $0.erasedAt)
      }
      let next = try await worker.outbound.pool.run { try ledger.append(entries, after: head) }
      try await transaction.run([
        ErasureStore.recorded(
          erasures.enumerated().map { ($1.id, head.entries + $0 + 1) }, at: worker.clock.now,
          access),
        platform.context, ErasureStore.saveHead(next, platform),
      ])
      return erasures.count
    }
  }

  /// Carries out again the erasures that are in the ledger but not in the database; returns how
  /// many.
  ///
  /// Throws where the ledger is another database's: the service must not start then. `endHolds`
  /// ends holds on an account: they had ended before it was erased, or it would not have been.
  package func replay(endHolds: @escaping EndHolds) async throws -> Int {
    let vault = try ledger?.identity()
    let (seen, owner) = try await worker.database.transaction(in: platform) {
      transaction in
      let rows = try await transaction.run(EpochStore.claim(vault, platform))
      return (try await head(transaction), try rows[1].first?.optionalString(0))
    }
    guard vault == owner else {
      throw ServiceFailure(
        description: vault == nil
          ? "vault_dir is not set, and this database has epochs and a ledger of erasures"
          : "vault_dir is not the directory of this database")
    }
    guard let ledger else { return 0 }
    let entries = try ledger.read()
    let known = seen.entries == 0 ? ErasureLedger.Head() : entries[safe: seen.entries - 1]?.head
    guard known == seen else {
      throw ServiceFailure(
        description: "the ledger of erasures in vault_dir does not reach what this database has "
          + "seen: entry \(seen.entries)")
    }
    var count = 0
    for (entry, head) in entries.dropFirst(seen.entries) {
      if try await replay(entry, head, endHolds) { count += 1 }
    }
    if count > 0 {
      worker.log.notice("erasures were repeated", metadata: ["count": "\(count)"])
    }
    return count
  }

  private func head(_ transaction: Transaction) async throws -> ErasureLedger.Head {
    let row = try await transaction.run(ErasureStore.head(platform)).first
    return ErasureLedger.Head(entries: try row?.int(0) ?? 0, hash: try row?.string(1) ?? "")
  }

  private func replay(
    _ entry: ErasureLedger.Entry, _ head: ErasureLedger.Head, _ endHolds: @escaping EndHolds
  ) async throws -> Bool {
    guard let method = AccountVerb(rawValue: entry.method), method.isIrreversible else {
      throw ServiceFailure(
        description: "the ledger of erasures has a method that is unknown: entry \(head.entries)")
    }
    let custodian = try await AccountStore.custodian(entry.account, worker.database)
    let access = SystemCaller(job: "erasure_ledger").access(to: custodian ?? entry.tenant)
    return try await worker.database.transaction(in: access) { transaction in
      let rows = try await transaction.run(AccountStore.lock([entry.account], access))
      let stored = try rows.first.map(AccountStore.stored)
      let isGone =
        stored.map { $0.status == .erased || (method == .anonymise && $0.status == .anonymised) }
        ?? true
      if let stored, !isGone {
        let erasure = AccountErasure(
          worker: worker, access: access, method: method, now: worker.clock.now,
          isReplay: true)
        let telling = Telling(
          at: worker.clock.now, actor: access.caller.actor, requestID: "erasure_ledger",
          reason: nil)
        if try await !transaction.run(HoldStore.held([entry.account], access)).isEmpty {
          try await worker.outbound.pool.run {
            try endHolds(entry.account, access.tenant, entry.erasedAt)
          }
        }
        try await erasure.run(
          [stored], requestedAt: entry.erasedAt, telling, transaction)
        try await transaction.run(telling.statements(by: worker, transaction))
      }
      try await transaction.run([
        access.context,
        ErasureStore.recorded(entry.account, head.entries, at: entry.erasedAt, access),
        platform.context, ErasureStore.saveHead(head, platform),
      ])
      return !isGone
    }
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

/// Where erasures are kept outside the database; without a directory there are no epochs and no
/// ledger.
package struct ErasureTerms: Sendable {
  /// How many days a key epoch lasts; nil without epochs.
  let epochDays: Int?
  /// The ledger; nil where there is none.
  let ledger: ErasureLedger?

  /// `directory` is empty where none is set.
  package init(directory: String, epochDays: Int) {
    self.epochDays = directory.isEmpty ? nil : epochDays
    ledger = directory.isEmpty ? nil : ErasureLedger(directory: directory)
  }
}

extension Worker {
  var erasures: ErasureTerms { terms() }
}

extension JobKind {
  package static let erasureLedger = JobKind("erasure_ledger")
}

extension ErasureRecord {
  package static let job = Job(
    .erasureLedger, subject: { ErasureID(uuid: $0.id).description },
    .whole { worker, access, taken in
      try await ErasureRecord(worker: worker).finish(taken.id, access)
    })
}
