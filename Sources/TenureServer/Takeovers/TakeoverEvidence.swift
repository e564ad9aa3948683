import Logging
import Postgres
import Tenure
package import TenureKernel
import Vault

/// Checks again, when a case is due, whether its evidence is still enough: a destination may have
/// become the claimant's since the clock started, or the operator may have signed a failure.
struct TakeoverEvidence: Sendable {
  let worker: Worker
  let claimant: Access
  let takeover: Takeover

  /// Seconds until a case whose evidence is not enough any more is checked again.
  private static let againSeconds: Int64 = 6 * 3_600

  /// Postpones those of the unanswered cases whose evidence is not enough for what the takeover
  /// does without an answer, or ends them if the time for receipts is over; returns which.
  ///
  /// The transaction must have the claimant's context.
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

  /// Those of the cases that have a receipt with a false signature: somebody has written it past
  /// the service, and the case must wait until somebody has looked.
  ///
  /// The database knows which key a receipt names, but cannot check Ed25519 signatures.
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
  /// When the notice period of a case ends if the receipts were enough at `since`, computed as
  /// `tenure.notice_period` does.
  fileprivate func noticeEnds(of item: TakeoverCase, toldSince since: Timestamp) -> Timestamp {
    let days = Int64(noticeDays) + (item.exportedAt == nil ? 0 : Takeover.exportDays)
    return since.adding(seconds: days * 86_400)
  }
}

extension Counter {
  /// Counts the receipts with a false signature that were found.
  package static let forgedReceipts = Counter(
    "tenure_receipts_forged_total", "Receipts found that nobody signed")
}
