import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

/// What the operator shows and decides: receipts of notices, and disputes.
enum ReceiptRoutes {
  /// Takes a receipt: signed by one of the operator's keys, for this notice, an address of this very
  /// account, a template and a time.
  @Sendable
  static func createReceipt(_ call: Call) async throws -> Reply {
    let platform = try call.platformAccess
    let body = try call.body(ReceiptBody.self)
    let (key, signature) = try verified(body, call.worker)
    if body.statement.deliveredAt > call.now.adding(seconds: 300) {
      throw Problem.invalid("/delivered_at", "lies in the future")
    }
    switch body.statement.notice {
    case .takeover(let id): return try await take(body, of: id, key, signature, call, platform)
    case .account(let id): return try await take(body, of: id, key, signature, call, platform)
    }
  }

  /// The clock of a case starts when its receipts suffice, and not before.
  private static func take(
    _ body: ReceiptBody, of id: CaseID, _ key: [UInt8], _ signature: [UInt8], _ call: Call,
    _ platform: Access
  ) async throws -> Reply {
    guard let (tenant, account) = try await CaseStore.tenant(of: id, call.worker.database)
    else { throw Problem.invalid("/case_id", "there is no such case") }
    let access = SystemCaller(job: "receipt").access(to: tenant)
    return try await call.change(platform) { change in
      let transaction = change.transaction
      let rows = try await transaction.run([access.context, CaseStore.lock(id, access)])
      guard let item = try rows[1].first.map({ try CaseStore.view($0, access) }),
        let takeover = try await TakeoverStore.load(item.takeover, access, transaction)
      else { throw Problem.invalid("/case_id", "there is no such case") }
      guard item.isAnswerable, let noticeAt = item.noticeAt else {
        throw Problem(.caseStateConflict, "the case is \(item.state.rawValue)")
      }
      try checkTime(body.statement, noticeAt)
      let address = try await address(
        body.statement, of: account, in: platform, call.worker, transaction)
      let receipt = receipt(
        body.statement, isOutside: takeover.isPersonal(address), key, signature, at: call.now)
      try await keep(receipt, item, access, change)
      change.record("receipt.created", receipt.id, subject: account)
      return reply(receipt, body)
    }
  }

  private static func take(
    _ body: ReceiptBody, of id: NoticeID, _ key: [UInt8], _ signature: [UInt8], _ call: Call,
    _ platform: Access
  ) async throws -> Reply {
    guard let (tenant, account) = try await AccountNoticeStore.tenant(of: id, call.worker.database)
    else { throw Problem.invalid("/notice_id", "there is no such notice") }
    let access = SystemCaller(job: "receipt").access(to: tenant)
    return try await call.change(platform) { change in
      let transaction = change.transaction
      let rows = try await transaction.run([access.context, AccountNoticeStore.find(id, access)])
      guard let notice = try rows[1].first.map({ try AccountNoticeStore.view($0, access) }) else {
        throw Problem.invalid("/notice_id", "there is no such notice")
      }
      try checkTime(body.statement, notice.at)
      _ = try await address(body.statement, of: account, in: access, call.worker, transaction)
      let receipt = receipt(body.statement, isOutside: false, key, signature, at: call.now)
      try await transaction.run([
        access.context, ReceiptStore.insert([receipt], access), platform.context,
      ])
      change.record("receipt.created", receipt.id, subject: account)
      return reply(receipt, body)
    }
  }

  private static func checkTime(_ statement: ReceiptStatement, _ noticeAt: Timestamp) throws {
    if statement.deliveredAt < noticeAt.adding(seconds: -1) {
      throw Problem.invalid("/delivered_at", "lies before the notice")
    }
  }

  private static func receipt(
    _ statement: ReceiptStatement, isOutside: Bool, _ key: [UInt8], _ signature: [UInt8],
    at now: Timestamp
  ) -> ReceiptStore.Receipt {
    ReceiptStore.Receipt(
      id: ReceiptID(at: now), notice: statement.notice, level: 2, channel: statement.channel,
      addressHash: bytes(statement.addressHash), isOutside: isOutside,
      templateHash: bytes(statement.templateHash), deliveredAt: statement.deliveredAt,
      receivedAt: now, publicKey: key, signature: signature)
  }

  private static func reply(_ receipt: ReceiptStore.Receipt, _ body: ReceiptBody) -> Reply {
    Reply(
      status: 201,
      ReceiptView(
        id: receipt.id, notice: receipt.notice, level: 2, channel: receipt.channel,
        addressHash: body.statement.addressHash, isOutsideDomain: receipt.isOutside,
        templateHash: body.statement.templateHash, deliveredAt: receipt.deliveredAt,
        receivedAt: receipt.receivedAt, signature: body.signature))
  }

  /// Keeps a receipt, starts the clock where it suffices, and tells of it; the context is the
  /// platform's afterwards.
  static func keep(
    _ receipt: ReceiptStore.Receipt, _ item: TakeoverCase, _ access: Access, _ change: Change
  ) async throws {
    let platform = change.access
    try await change.transaction.run([
      access.context, ReceiptStore.insert([receipt], access),
    ])
    let started = try await CaseStore.startClocks(
      [item.id], at: receipt.receivedAt, access, change.transaction)
    let members: [(name: StaticString, value: String?)] = [
      ("case_id", item.id.description), ("account_id", item.account.description),
      ("tenant_id", access.tenant.description), ("receipt_id", receipt.id.description),
      ("level", "\(receipt.level)"), ("channel", receipt.channel),
      ("deadline_at", (started.first ?? item).deadlineAt?.description),
    ]
    var statements: [SQL] = []
    if !started.isEmpty {
      statements.append(
        JobStore.enqueue(item.takeover.uuid, .takeover, at: receipt.receivedAt, access))
    }
    statements.append(
      EventStore.insert(
        [Event(.noticeReceived, item.id, at: receipt.receivedAt, members)], access))
    try await change.transaction.run(statements + [platform.context])
    change.emit(
      Event(.noticeReceived, item.id, account: item.account, at: receipt.receivedAt, members))
  }

  private static func verified(
    _ body: ReceiptBody, _ worker: Worker
  ) throws -> (key: [UInt8], signature: [UInt8]) {
    guard let signature = Data(base64Encoded: body.signature).map({ Array($0) }) else {
      throw Problem.invalid("/signature", "base64 is expected")
    }
    for key in worker.receiptKeys
    where Signature.isValid(signature, of: body.statement.message, publicKey: key) {
      return (key, signature)
    }
    throw Problem(.receiptRefused, "no key in receipt_keys made this signature")
  }

  /// The address a receipt speaks of; the context is the platform's afterwards.
  ///
  /// Refuses one that is not the account's, and one where nothing arrives.
  private static func address(
    _ statement: ReceiptStatement, of account: AccountID, in custodian: Access, _ worker: Worker,
    _ transaction: Transaction
  ) async throws -> EmailAddress {
    let platform = SystemCaller(job: "receipt").access(to: .platform)
    let rows = try await transaction.run([
      custodian.context, AccountStore.find(account, custodian), platform.context,
    ])
    guard let stored = try rows[1].first.map(AccountStore.stored) else {
      throw Problem(.caseStateConflict, "the account lies with somebody else by now")
    }
    guard stored.status.hasPerson else {
      throw Problem(.receiptRefused, "nobody is there to be told any more")
    }
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: account, wrapped: stored.key,
        under: try await worker.tenantKey(custodian)))
    for address in profile.addresses {
      let digest = try worker.sealer.digests.sha256(
        ReceiptStatement.addressMessage(statement.notice, address.email.identity))
      guard digest == bytes(statement.addressHash) else { continue }
      let suppressions = Suppressions(worker: worker, access: platform)
      if try await suppressions.bounces(address.email, channel: statement.channel, transaction) {
        throw Problem(.receiptRefused, "nothing arrives at this address by this channel")
      }
      return address.email
    }
    throw Problem(.receiptRefused, "address_hash is of no address of this account")
  }

  /// The bytes of a digest whose form the body's reader has checked.
  private static func bytes(_ digest: String) -> [UInt8] {
    Hexadecimal.decode(Array(digest.utf8)) ?? []
  }

  /// Decides a dispute: for the person, or that the notice period goes on.
  @Sendable
  static func decideDispute(_ call: Call) async throws -> Reply {
    let platform = try call.platformAccess
    let id = try call.id(0, CaseID.self)
    let body = try call.body(DecisionBody.self)
    guard let (tenant, _) = try await CaseStore.tenant(of: id, call.worker.database) else {
      throw Problem(.notFound)
    }
    let access = SystemCaller(job: "dispute").access(to: tenant)
    return try await call.change(platform) { change in
      let rows = try await change.transaction.run([access.context, CaseStore.lock(id, access)])
      guard let row = rows[1].first else { throw Problem(.notFound) }
      var item = try CaseStore.view(row, access)
      do throws(TakeoverCase.Refusal) { try item.decide(body.decision, at: call.now) } catch {
        throw Problem(error)
      }
      item = try await CaseStore.save([item], at: call.now, access, change.transaction).first ?? item
      // What was told while the dispute stood counts from now on.
      let started = try await CaseStore.startClocks(
        [id], notBefore: call.now, at: call.now, access, change.transaction)
      item = started.first ?? item
      try await change.transaction.run([
        JobStore.enqueue(item.takeover.uuid, .takeover, at: call.now, access), platform.context,
      ])
      change.record("dispute.decided", id, subject: item.account)
      return Reply(TakeoverCaseView(item), version: item.version)
    }
  }
}
