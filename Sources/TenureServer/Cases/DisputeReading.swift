import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Decrypts what was said in the disputes about one account, whoever has custody of it.
struct DisputeReading: Sendable {
  let worker: Worker
  /// nil where the account's key is destroyed: then nothing can be decrypted.
  let account: AccountStore.Stored?
  let key: TenantKey

  init(of account: AccountID, _ worker: Worker) async throws {
    self.worker = worker
    let custodian = try await AccountStore.custodian(account, worker.database) ?? .platform
    let access = SystemCaller(job: "dispute").access(to: custodian)
    let rows = try await worker.database.find(access, AccountStore.find(account, access))
    let found = try rows.first.map(AccountStore.stored)
    self.account = found.flatMap { [.anonymised, .erased].contains($0.status) ? nil : $0 }
    key = try await worker.tenantKey(access)
  }

  /// A dispute with what was said in it; without the words where the account's key is destroyed.
  func view(_ stored: DisputeStore.Stored, withStatement: Bool) throws -> DisputeView {
    guard let account else { return DisputeView(stored.dispute) }
    let statement =
      withStatement
      ? try worker.open(stored.statement, of: stored.dispute, .statement, account, key) : nil
    let reason = try stored.reason.map {
      try worker.open($0, of: stored.dispute, .reason, account, key)
    }
    return DisputeView(stored.dispute, reason: statement, decisionReason: reason)
  }

  /// The disputes of one case, decrypted.
  static func disputes(of item: TakeoverCase, _ worker: Worker) async throws -> [DisputeView] {
    let platform = SystemCaller(job: "dispute").access(to: .platform)
    let stored = try await worker.database.read(
      platform, DisputeStore.list(of: item.id, platform)
    ).map(DisputeStore.stored)
    let words = try await DisputeReading(of: item.account, worker)
    return try stored.map { try words.view($0, withStatement: true) }
  }
}
