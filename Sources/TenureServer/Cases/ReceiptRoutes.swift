import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoint that takes receipts: the operator's signed evidence about notices.
package enum ReceiptRoutes {
  /// Takes a receipt.
  ///
  /// One of the operator's keys must have signed it, for one destination of this notice, with a
  /// template and a time.
  @Sendable
  package static func createReceipt(_ call: Call) async throws -> Reply {
    let platform = try call.platformAccess
    let body = try call.body(ReceiptBody.self)
    let delivery = try verified(body, call.worker)
    if body.statement.deliveredAt > call.now.adding(seconds: clockSecondsMax) {
      throw Problem.invalid("/delivered_at", "lies in the future")
    }
    do {
      switch body.statement.notice {
      case .takeover(let id): return try await take(delivery, of: id, call, platform)
      case .account(let id): return try await take(delivery, of: id, call, platform)
      }
    } catch let error as PostgresError {
      throw ReceiptStore.problem(error) ?? error
    }
  }

  /// How far the clocks of operator and service may differ, in seconds; the database allows the
  /// same.
  private static let clockSecondsMax: Int64 = 300

  /// Stores a receipt of a case's notice, and starts the case's clock if the evidence is enough
  /// now.
  private static func take(
    _ delivery: ReceiptStore.Delivery, of id: CaseID, _ call: Call, _ platform: Access
  ) async throws -> Reply {
    guard let (tenant, account) = try await CaseStore.tenant(of: id, call.worker.database)
    else { throw Problem.invalid("/case_id", "there is no such case") }
    let access = SystemCaller(job: "receipt").access(to: tenant)
    return try await call.change(platform) { change in
      let transaction = change.transaction
      let item = try await transaction.within(access) {
        try await checkDestination(delivery.statement, of: id, access, transaction)
      }
      let place = Place(account: account, custodian: platform, reached: nil)
      try await checkPerson(delivery.statement, place, call.worker, transaction)
      let receipt = try await keep(delivery, access, change)
      try await transaction.within(access) {
        try await ReceiptEffect.startClock(item, call.now, access, change)
      }
      try await ReceiptEffect.tell(receipt, item, access, change)
      change.record("receipt.created", receipt.id, subject: account)
      return Reply(status: 201, receipt)
    }
  }

  /// Stores a receipt with the tenant whose notice it is.
  private static func keep(
    _ delivery: ReceiptStore.Delivery, _ access: Access, _ change: Change
  ) async throws -> Receipt {
    let id = ReceiptID(at: change.call.now)
    let row = try await change.transaction.within(access) {
      try await change.transaction.run(ReceiptStore.keep(delivery, id)).first
    }
    guard let row else { throw Problem(.receiptRefused) }
    return try receipt(delivery, id, row)
  }

  /// The case, locked.
  ///
  /// Throws where the receipt is for none of its destinations. The transaction must have the
  /// claimant's context.
  private static func checkDestination(
    _ statement: ReceiptStatement, of id: CaseID, _ access: Access, _ transaction: Transaction
  ) async throws -> TakeoverCase {
    let rows = try await transaction.run([
      CaseStore.lock(id, access),
      DestinationStore.find(
        addressHash: ReceiptStore.bytes(statement.addressHash), of: id, access),
    ])
    guard let item = try rows[0].first.map({ try CaseStore.item($0, access) }) else {
      throw Problem.invalid("/case_id", "there is no such case")
    }
    guard item.isAnswerable, let noticeAt = item.noticeAt else {
      throw Problem(.caseStateConflict, "the case is \(item.state.rawValue)")
    }
    try checkTime(statement, noticeAt)
    guard let destination = try rows[1].first.map(DestinationStore.destination) else {
      throw Problem(.receiptRefused, "address_hash is of no destination of this notice")
    }
    // The channel of a receipt must be its destination's.
    guard destination.kind == statement.kind else {
      throw Problem(.receiptRefused, "the destination's channel is \(destination.kind.rawValue)")
    }
    return item
  }

  private static func take(
    _ delivery: ReceiptStore.Delivery, of id: NoticeID, _ call: Call, _ platform: Access
  ) async throws -> Reply {
    guard let (tenant, account) = try await AccountNoticeStore.tenant(of: id, call.worker.database)
    else { throw Problem.invalid("/notice_id", "there is no such notice") }
    let caller = SystemCaller(job: "receipt")
    let access = caller.access(to: tenant)
    // A notice stays with the tenant that gave it. Somebody else may have the account by now: after
    // a release, for instance, of which the notice tells.
    let custodian = try await AccountStore.custodian(account, call.worker.database) ?? tenant
    return try await call.change(platform) { change in
      let transaction = change.transaction
      let rows = try await transaction.within(access) {
        try await transaction.run([
          AccountNoticeStore.find(id, access), AccountNoticeStore.reached(id, access),
        ])
      }
      guard let notice = try rows[0].first.map({ try AccountNoticeStore.notice($0, access) }) else {
        throw Problem.invalid("/notice_id", "there is no such notice")
      }
      try checkTime(delivery.statement, notice.at)
      // The notice was sent to where the person was reached then, which the account may no longer
      // have.
      let place = Place(
        account: account, custodian: caller.access(to: custodian),
        reached: try rows[1].first?.optionalBytes(0))
      let isKnown = try await checkPerson(delivery.statement, place, call.worker, transaction)
      if !isKnown { throw Problem(.receiptRefused, "address_hash is of nothing of this account") }
      let receipt = try await keep(delivery, access, change)
      change.record("receipt.created", receipt.id, subject: account)
      return Reply(status: 201, receipt)
    }
  }

  private static func checkTime(_ statement: ReceiptStatement, _ noticeAt: Timestamp) throws {
    if statement.deliveredAt < noticeAt.adding(seconds: -1) {
      throw Problem.invalid("/delivered_at", "lies before the notice")
    }
  }

  private static func receipt(
    _ delivery: ReceiptStore.Delivery, _ id: ReceiptID, _ row: Row
  ) throws -> Receipt {
    let statement = delivery.statement
    return Receipt(
      id: id, notice: statement.notice, level: 2, channel: statement.kind.rawValue,
      destination: try row.optionalUUID(0).map { DestinationID(uuid: $0) },
      outcome: statement.outcome, addressHash: statement.addressHash,
      isOutsideDomain: try row.bool(1), templateHash: statement.templateHash,
      deliveredAt: statement.deliveredAt, receivedAt: try row.time(2),
      signature: Data(delivery.signature).base64EncodedString())
  }

  private static func verified(
    _ body: ReceiptBody, _ worker: Worker
  ) throws -> ReceiptStore.Delivery {
    guard let signature = Data(base64Encoded: body.signature).map({ Array($0) }) else {
      throw Problem.invalid("/signature", "base64 is expected")
    }
    for key in worker.terms(ReceiptKeys.self).keys
    where Signature.isValid(signature, of: body.statement.message, publicKey: key) {
      return ReceiptStore.Delivery(
        statement: body.statement, publicKey: key, signature: signature)
    }
    throw Problem(.receiptRefused, "no key in receipt_keys made this signature")
  }

  /// The person that a notice is for.
  private struct Place {
    let account: AccountID
    /// The custodian of the account now.
    let custodian: Access
    /// Where the person was reached when the notice was given, sealed; nil where that has not changed.
    let reached: [UInt8]?
  }

  /// Returns whether the destination belongs to the account now, or did when the notice was given.
  ///
  /// Throws where the account has no person any more, or the receipt says that a notice arrived at
  /// an address which is known to bounce.
  @discardableResult
  private static func checkPerson(
    _ statement: ReceiptStatement, _ place: Place, _ worker: Worker, _ transaction: Transaction
  ) async throws -> Bool {
    let (account, custodian) = (place.account, place.custodian)
    let row = try await transaction.within(custodian) {
      try await transaction.run(AccountStore.find(account, custodian)).first
    }
    guard let stored = try row.map(AccountStore.stored) else {
      throw Problem(.caseStateConflict, "the account lies with somebody else by now")
    }
    guard stored.status.hasPerson else {
      throw Problem(.receiptRefused, "nobody is there to be told any more")
    }
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: account, wrapped: stored.key,
        under: try await worker.tenantKey(custodian)))
    // The person is also reached at their own addresses, whoever has custody.
    let records = PersonalRecords(worker: worker)
    var reach = PersonReach(
      profile, try await records.find([account], custodian: custodian, transaction)[account])
    if let sealed = place.reached,
      let before = try await records.open(reached: sealed, of: account, transaction)
    {
      reach = reach.adding(before)
    }
    func isMeant(_ identity: String) throws -> Bool {
      let message = ReceiptStatement.addressMessage(statement.notice, identity)
      return try worker.sealer.digests.sha256(message)
        == ReceiptStore.bytes(statement.addressHash)
    }
    if statement.kind != .email {
      return try reach.contacts.contains {
        try $0.kind == statement.kind && isMeant($0.identity)
      }
    }
    guard let address = try reach.addresses.first(where: { try isMeant($0.email.identity) })
    else { return false }
    let platform = SystemCaller(job: "receipt").access(to: .platform)
    let suppressions = Suppressions(worker: worker, access: platform)
    let bounces = try await transaction.within(platform) {
      try await suppressions.bounces(
        address.email, channel: statement.kind.rawValue, transaction)
    }
    if bounces && statement.outcome == .delivered {
      throw Problem(.receiptRefused, "nothing arrives at this address by this channel")
    }
    return true
  }
}

/// The operator's public keys (Ed25519), of which one must have signed each receipt.
package struct ReceiptKeys: Sendable {
  let keys: [[UInt8]]

  package init(_ keys: [[UInt8]]) { self.keys = keys }
}
