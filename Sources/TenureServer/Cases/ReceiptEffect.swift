import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// What follows when a receipt has been stored.
enum ReceiptEffect {
  /// Starts the clock of a case if the evidence is enough now, or ends the case if it is certain
  /// that the person cannot be reached.
  ///
  /// The transaction must have the claimant's context.
  static func startClock(
    _ item: TakeoverCase, _ now: Timestamp, _ access: Access, _ change: Change
  ) async throws {
    let started = try await CaseStore.startClocks(
      [item.id], at: now, access, change.transaction)
    if started.isEmpty {
      try await TakeoverEffect.endUnreached(item.id, at: now, access, change)
    } else {
      try await change.transaction.run(
        TakeoverStore.enqueue(item.takeover, at: now, access))
    }
  }

  /// Sends the tenant and the operator the event of a receipt, with the deadline that the case has
  /// now.
  static func tell(
    _ receipt: Receipt, _ item: TakeoverCase, _ access: Access, _ change: Change
  ) async throws {
    let row = try await change.transaction.within(access) {
      try await change.transaction.run(CaseStore.find(item.id, access)).first
    }
    let deadlineAt = try row.map { try CaseStore.item($0, access) }?.deadlineAt
    change.tell(
      .noticeReceived, item.id, account: item.account, of: access,
      [
        ("case_id", item.id.description), ("account_id", item.account.description),
        ("tenant_id", access.tenant.description), ("receipt_id", receipt.id.description),
        ("level", receipt.level), ("channel", receipt.channel),
        ("destination_id", receipt.destination?.description),
        ("outcome", receipt.outcome.rawValue),
        ("deadline_at", deadlineAt?.description),
      ])
  }
}
