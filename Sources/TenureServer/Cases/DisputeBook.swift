import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Opens, decides and closes disputes, with the events to the tenant, the operator and the person.
struct DisputeBook: Sendable {
  let worker: Worker
  /// The access to the claimant, whose cases they are.
  let access: Access
  let now: Timestamp
  let telling: Telling

  private var platform: Access { SystemCaller(job: "dispute").access(to: .platform) }

  /// Opens a dispute of a case; the caller must save the case.
  ///
  /// `isPersons`: the statement is the person's for certain. Throws a `TakeoverCase.Refusal`.
  func open(
    _ item: inout TakeoverCase, _ statement: String, isPersons: Bool, _ transaction: Transaction
  ) async throws {
    let (account, earlier) = try await account(of: item, transaction)
    let said = try earlier.filter { $0.dispute.isPersons == isPersons }.map {
      try worker.open($0.statement, of: $0.dispute, .statement, account, worker.platformKey)
    }
    try item.dispute(
      isNew: Dispute.isNew(statement, after: said), isPersons: isPersons, at: now)
    let dispute = Dispute(of: item, isPersons: isPersons, at: now)
    let sealed = try worker.seal(
      statement, of: dispute, .statement, account, worker.platformKey)
    try await transaction.within(platform) {
      _ = try await transaction.run(
        DisputeStore.insert(dispute, statement: sealed, platform))
    }
    telling.record("dispute.opened", dispute.id, subject: item.account, in: platform)
    tell(.disputeOpened, dispute, item)
  }

  /// Records the decision of a dispute with the operator's reason.
  ///
  /// The case itself must be decided already.
  func decide(
    _ item: TakeoverCase, _ decision: TakeoverCase.Decision, _ reason: String,
    _ transaction: Transaction
  ) async throws {
    let (account, all) = try await account(of: item, transaction)
    guard var dispute = all.last?.dispute, dispute.decide(decision, at: now) else {
      throw Problem(.caseStateConflict, "no dispute of the case is open")
    }
    let sealed = try worker.seal(reason, of: dispute, .reason, account, worker.platformKey)
    try await transaction.within(platform) { [dispute] in
      _ = try await transaction.run(
        DisputeStore.end([dispute], reason: sealed, platform))
    }
    telling.record("dispute.decided", dispute.id, subject: item.account, in: platform)
    telling.record("dispute.decided", item.id, subject: item.account, in: access)
    tell(.disputeDecided, dispute, item)
  }

  /// Closes a dispute that anybody who reads a mailbox could have opened, because the person acts
  /// themselves now.
  ///
  /// A dispute of the person stays open for the operator to decide. The caller must save the case.
  func giveWay(_ item: inout TakeoverCase, _ transaction: Transaction) async throws {
    if item.state != .disputed { return }
    let id = item.id
    let hasClosed = try await transaction.within(platform) {
      let open = try await transaction.run(DisputeStore.open(of: [id], platform)).first
      guard var dispute = try open.map(DisputeStore.stored)?.dispute, !dispute.isPersons,
        dispute.close(at: now)
      else { return false }
      try await transaction.run(DisputeStore.end([dispute], reason: nil, platform))
      return true
    }
    if hasClosed { try item.giveWay(at: now) }
  }

  /// Closes the open disputes of cases that have ended without a decision.
  func close(_ cases: [TakeoverCase], _ transaction: Transaction) async throws {
    if cases.isEmpty { return }
    try await transaction.within(platform) {
      let open = try await transaction.run(DisputeStore.open(of: cases.map(\.id), platform))
      let ended = try open.map(DisputeStore.stored).compactMap { stored -> Dispute? in
        var dispute = stored.dispute
        return dispute.close(at: now) ? dispute : nil
      }
      if ended.isEmpty { return }
      try await transaction.run(DisputeStore.end(ended, reason: nil, platform))
    }
  }

  /// The account of a case and the case's disputes.
  ///
  /// The platform has the account until the case ends.
  private func account(
    of item: TakeoverCase, _ transaction: Transaction
  ) async throws -> (AccountStore.Stored, [DisputeStore.Stored]) {
    let rows = try await transaction.within(platform) {
      try await transaction.run([
        AccountStore.share([item.account], platform), DisputeStore.list(of: item.id, platform),
      ])
    }
    guard let account = try rows[0].first.map(AccountStore.stored), account.status.hasKey else {
      throw Problem(.caseStateConflict, "the account is not the platform's any more")
    }
    return (account, try rows[1].map(DisputeStore.stored))
  }

  private func tell(_ type: EventType, _ dispute: Dispute, _ item: TakeoverCase) {
    telling.tell(
      type, item.id, account: item.account, of: access,
      [
        ("case_id", item.id.description), ("takeover_id", item.takeover.description),
        ("account_id", item.account.description), ("tenant_id", access.tenant.description),
        ("dispute_id", dispute.id.description), ("state", dispute.state.rawValue),
        ("number", dispute.number),
      ])
  }
}

extension AccountStatus {
  /// Whether the person's key still exists, which their words are sealed under.
  fileprivate var hasKey: Bool { self != .erased && self != .anonymised }
}

/// The person's statement, or the operator's reason.
enum DisputeWords: Sendable { case statement, reason }

extension Worker {
  /// Seals a statement or reason under the person's key.
  func seal(
    _ text: String, of dispute: Dispute, _ words: DisputeWords, _ account: AccountStore.Stored,
    _ tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.seal(
      Array(text.utf8), key: key, keyVersion: UInt32(account.key.version),
      at: Self.place(dispute, words))
  }

  /// Decrypts a statement or reason that was sealed under the person's key.
  func open(
    _ sealed: [UInt8], of dispute: Dispute, _ words: DisputeWords, _ account: AccountStore.Stored,
    _ tenant: TenantKey
  ) throws -> String {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    let bytes = try sealer.open(sealed, key: key, at: Self.place(dispute, words))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func place(_ dispute: Dispute, _ words: DisputeWords) -> FieldPlace {
    FieldPlace(
      table: "disputes", column: words == .statement ? "statement" : "reason", tenant: nil,
      row: dispute.id.uuid, subject: dispute.account.uuid)
  }
}
