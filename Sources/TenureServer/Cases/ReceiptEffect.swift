import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// What a receipt that is kept brings about.
enum ReceiptEffect {
  /// Starts the clock of a case whose evidence suffices by now, or ends one whose person is shown to
  /// be out of reach; in the claimant's context.
  static func startClock(
    _ item: TakeoverCase, _ now: Timestamp, _ access: Access, _ change: Change
  ) async throws {
    let started = try await CaseStore.startClocks(
      [item.id], at: now, access, change.transaction)
    if started.isEmpty {
      try await TakeoverEffect.endUnreached(item.id, at: now, access, change)
    } else {
      try await change.transaction.run(
        JobStore.enqueue(item.takeover.uuid, .takeover, at: now, access))
    }
  }

  /// Tells both sides of a receipt, and until when there is time now.
  static func tell(
    _ receipt: Receipt, _ item: TakeoverCase, _ access: Access, _ change: Change
  ) async throws {
    let row = try await change.transaction.within(access) {
      try await change.transaction.run(CaseStore.find(item.id, access)).first
    }
    let deadlineAt = try row.map { try CaseStore.view($0, access) }?.deadlineAt
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
