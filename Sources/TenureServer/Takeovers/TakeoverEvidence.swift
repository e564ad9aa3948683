import Logging
import Postgres
import Tenure
package import TenureKernel
import Vault

/// Looks again, when a case is due, whether its evidence still suffices: whose a destination is may
/// have changed since the clock started, and what the operator signed last holds.
struct TakeoverEvidence: Sendable {
  let worker: Worker
  let claimant: Access
  let takeover: Takeover

  /// How long a case waits whose evidence no longer suffices before it is looked at again.
  private static let againSeconds: Int64 = 6 * 3_600

  /// Puts off those of the cases that nobody answered and whose evidence does not carry what the
  /// takeover says, or ends them where the time to be told is over; answers which.
  ///
  /// The claimant's rows are in sight.
  func putOff(
    _ cases: [TakeoverCase], at now: Timestamp, _ effect: TakeoverEffect, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> Set<CaseID> {
    let unanswered = cases.filter { $0.answer == nil }
    if unanswered.isEmpty { return [] }
    let rows = try await transaction.run(
      DestinationStore.told(unanswered.map(\.id), claimant))
    let forged = try await forged(unanswered.map(\.id), transaction)
    let column = takeover.noAnswer == .assumeControl ? 2 : 1
    let pairs = try rows.map { row in
      let id = try row.identifier(0, CaseID.self)
      return (id, forged.contains(id) ? nil : try row.optionalTime(column))
    }
    let since = Dictionary(pairs) { first, _ in first }
    var waiting: [TakeoverCase] = []
    for var item in unanswered {
      let end = since[item.id]?.map { takeover.noticeEnds(of: item, toldSince: $0) }
      if let end, end <= now { continue }
      if end == nil && item.isNoticeTimeOver(at: now) {
        try item.block(.notNotified, at: now)
      } else {
        let until = end ?? now.adding(seconds: Self.againSeconds)
        _ = try item.putOff(.notNotified, until: until)
      }
      waiting.append(item)
    }
    effect.tell(
      try await CaseStore.save(waiting, at: now, claimant, transaction)
        .filter { $0.state == .blocked }, telling)
    return Set(waiting.map(\.id))
  }

  /// Those of the cases that have a receipt which nobody signed: it was written past the service, and
  /// nothing that is said of the case counts before somebody has looked.
  ///
  /// The database knows whose key a receipt names, and has no Ed25519 to see whether it signed.
  private func forged(
    _ cases: [CaseID], _ transaction: Transaction
  ) async throws -> Set<CaseID> {
    var forged: Set<CaseID> = []
    let receipts = try await transaction.run(ReceiptStore.signed(cases, claimant))
      .map(ReceiptStore.signed)
    for receipt in receipts where !receipt.isGenuine {
      forged.insert(receipt.item)
      worker.metrics.count(.forgedReceipts)
      worker.log.error(
        "a receipt that nobody signed keeps a case from its effect",
        metadata: ["case": "\(receipt.item)", "receipt": "\(receipt.id)"])
    }
    return forged
  }
}

extension Takeover {
  /// When the notice period of a case is over that has been told since then: as
  /// `tenure.notice_period` counts it.
  fileprivate func noticeEnds(of item: TakeoverCase, toldSince since: Timestamp) -> Timestamp {
    let days = Int64(noticeDays) + (item.exportedAt == nil ? 0 : Takeover.exportDays)
    return since.adding(seconds: days * 86_400)
  }
}

extension Counter {
  /// Looks at a case that found a receipt which nobody signed.
  package static let forgedReceipts = Counter(
    "tenure_receipts_forged_total", "Receipts found that nobody signed")
}
