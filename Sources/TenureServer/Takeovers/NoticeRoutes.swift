import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// What a person sees of takeovers of their account, and what they do about them: signed in, or by
/// the one-time link of a notice.
enum NoticeRoutes {
  private static let codeSeconds: Int64 = 3_600
  private static let codeFailuresMax = 5

  /// Who controls my account, since when, on what proof.
  @Sendable
  static func getMyControl(_ call: Call) async throws -> Reply {
    let (account, _) = try person(call)
    let worker = call.worker
    guard let custodian = try await AccountStore.custodian(account, worker.database) else {
      throw Problem(.notFound)
    }
    if custodian == .platform { return Reply(ControlView(account: account, control: nil)) }
    let access = SystemCaller(job: "person").access(to: custodian)
    let rows = try await worker.database.run([
      access.context, TakeoverStore.findControl(account, access),
      TenantStore.find(custodian, access),
    ])
    let control = try rows[1].first.map { row in
      ControlView.Control(
        tenant: custodian, tenantName: try rows[2].first?.string(1) ?? "",
        case: try row.identifier(0, CaseID.self), takenAt: try row.time(1),
        cutoffAt: try row.time(2), suspendedAt: try row.optionalTime(3))
    }
    return Reply(ControlView(account: account, control: control))
  }

  @Sendable
  static func listMyNotices(_ call: Call) async throws -> Reply {
    let (account, access) = try person(call)
    let worker = call.worker
    let link = call.caller?.notice
    return try await call.list(access, id: \NoticeView.item.id.uuid) { after, limit in
      var views: [NoticeView] = []
      for (id, tenant) in try await CaseStore.cases(of: account, worker.database)
      where (link == nil || link == id) && views.count < limit {
        if let after, id.uuid.uuidString <= after.uuidString { continue }
        if let view = try await view(id, tenant, call) { views.append(view) }
      }
      return views
    }
  }

  @Sendable
  static func getMyNotice(_ call: Call) async throws -> Reply {
    let (id, tenant) = try await mine(call)
    guard let view = try await view(id, tenant, call) else { throw Problem(.notFound) }
    return Reply(view)
  }

  // MARK: Doing something about it

  /// What follows an action: the case is saved, the address goes at once, or the person is answered
  /// that something is missing.
  private enum Step {
    case save
    case detach
    case answer(Reply)
  }

  /// I have read it.
  @Sendable
  static func acknowledgeNotice(_ call: Call) async throws -> Reply {
    try await acting(call, channel: "acknowledge", isDecision: false) { _, _, _ in .save }
  }

  /// The organisation may have the account; it takes effect at once.
  @Sendable
  static func acceptNotice(_ call: Call) async throws -> Reply {
    try await acting(call, channel: "accept", isDecision: true) { item, takeover, _ in
      if takeover.state == .cancelled {
        throw Problem(.caseStateConflict, "the takeover is cancelled")
      }
      try item.accept(at: call.now)
      return .save
    }
  }

  /// Something is wrong: the operator decides, and the clock stands meanwhile.
  @Sendable
  static func disputeNotice(_ call: Call) async throws -> Reply {
    try await acting(call, channel: "dispute", isDecision: true) { item, _, _ in
      try item.dispute(isNew: true, at: call.now)
      return .save
    }
  }

  /// I want my data first: two weeks more, once.
  @Sendable
  static func exportNotice(_ call: Call) async throws -> Reply {
    try await acting(call, channel: "export", isDecision: false) { item, _, _ in
      try item.export(at: call.now)
      return .save
    }
  }

  /// I keep the account, under an address of my own; the organisation gets its address.
  ///
  /// Without a verified address outside the domain one is proven first: a code goes there by the
  /// operator, and comes back in a second call.
  @Sendable
  static func detachNotice(_ call: Call) async throws -> Reply {
    let body = try call.body(DetachBody.self)
    return try await acting(call, channel: "detach", isDecision: true) {
      item, takeover, change in
      let address = PersonalAddress(call: call, item: item, takeover: takeover, change: change)
      if let reply = try await address.prove(body) { return .answer(reply) }
      try item.detach(at: call.now)
      return .detach
    }
  }

  // MARK: Pieces

  private static func person(_ call: Call) throws -> (account: AccountID, access: Access) {
    guard let caller = call.caller, caller.link == nil || caller.notice != nil,
      let own = caller.authorizeOwnRecords()
    else { throw Problem(.forbidden) }
    return own
  }

  /// The case of the path, where it is the caller's.
  private static func mine(_ call: Call) async throws -> (id: CaseID, tenant: TenantID) {
    let (account, _) = try person(call)
    let id = try call.id(0, CaseID.self)
    if let link = call.caller?.notice, link != id { throw Problem(.notFound) }
    guard let found = try await CaseStore.tenant(of: id, call.worker.database),
      found.account == account
    else { throw Problem(.notFound) }
    return (id, found.tenant)
  }

  private static func view(
    _ id: CaseID, _ tenant: TenantID, _ call: Call
  ) async throws -> NoticeView? {
    let access = SystemCaller(job: "person").access(to: tenant)
    let rows = try await call.worker.database.run([
      access.context, CaseStore.find(id, access), TenantStore.find(tenant, access),
    ])
    guard let row = rows[1].first else { return nil }
    let item = try CaseStore.view(row, access)
    let takeovers = try await call.worker.database.find(
      access, TakeoverStore.find(item.takeover, access))
    guard let takeover = try takeovers.first.map({ try TakeoverStore.takeover($0, access) })
    else { return nil }
    return try view(item, takeover, name: try rows[2].first?.string(1) ?? "", call.worker)
  }

  private static func view(
    _ item: TakeoverCase, _ takeover: Takeover, name: String, _ worker: Worker
  ) throws -> NoticeView {
    return NoticeView(
      item, takeover, tenantName: name, verifyCode: try worker.verifyCode(item.id),
      actions: item.actions)
  }

  /// Something a person does about an open case: it changes the case, and is itself the receipt
  /// that they know (L3).
  private static func acting(
    _ call: Call, channel: String, isDecision: Bool,
    _ body: @escaping @Sendable (inout TakeoverCase, Takeover, Change) async throws -> Step
  ) async throws -> Reply {
    let (id, tenant) = try await mine(call)
    let (_, platform) = try person(call)
    let access = SystemCaller(job: "person").access(to: tenant)
    return try await call.change(platform) { change in
      let transaction = change.transaction
      // The takeover first, as everybody locks: it cannot be cancelled meanwhile.
      let rows = try await transaction.run([
        access.context, TakeoverStore.share(of: id, access), CaseStore.lock(id, access),
        TenantStore.find(tenant, access),
      ])
      guard let takeover = try rows[1].first.map({ try TakeoverStore.takeover($0, access) }),
        var item = try rows[2].first.map({ try CaseStore.view($0, access) })
      else { throw Problem(.notFound) }
      // What was cancelled has no effect any more; a block that is in effect stays to be left.
      let isOver = takeover.state == .cancelled && !item.isBlocking
      guard item.isAnswerable, !isOver else {
        throw Problem(
          .caseStateConflict, "the case is \(isOver ? "cancelled" : item.state.rawValue)")
      }
      let before = item
      let receipt = ReceiptStore.Receipt(
        id: ReceiptID(at: call.now), notice: .takeover(id), level: 3, channel: channel,
        deliveredAt: call.now, receivedAt: call.now)
      try await ReceiptRoutes.keep(receipt, item, access, change)
      // The receipt may have started the clock.
      let again = try await transaction.run([access.context, CaseStore.find(id, access)])
      item = try again[1].first.map { try CaseStore.view($0, access) } ?? item
      let step: Step
      do { step = try await body(&item, takeover, change) } catch let refusal as TakeoverCase.Refusal {
        throw Problem(refusal)
      }
      if isDecision && item.answer != nil && call.caller?.notice != nil {
        item.useLink(at: call.now)
      }
      switch step {
      case .answer(let reply): return reply
      case .save, .detach:
        try await transaction.run(access.context)
        item = try await CaseStore.save([item], at: call.now, access, transaction).first ?? item
        try await transaction.run(
          JobStore.enqueue(item.takeover.uuid, .takeover, at: call.now, access))
      }
      if case .detach = step {
        let effect = TakeoverEffect(
          worker: call.worker, access: access, takeover: takeover)
        let after = try await effect.apply(
          .detachAddress, to: [item], at: call.now, transaction)
        item = after.first ?? item
      }
      try await transaction.run(platform.context)
      change.record("notice.\(channel)", id, subject: item.account)
      if item.answer != before.answer { tell(item, access, change) }
      return Reply(
        try view(item, takeover, name: try rows[3].first?.string(1) ?? "", call.worker))
    }
  }

  private static func tell(_ item: TakeoverCase, _ access: Access, _ change: Change) {
    let members: [(name: StaticString, value: String?)] = [
      ("case_id", item.id.description), ("account_id", item.account.description),
      ("tenant_id", access.tenant.description), ("answer", item.answer?.rawValue),
    ]
    change.tell(.caseAnswered, item.id, account: item.account, of: access, members)
  }

  /// A personal address: outside the claimed domain, nobody else's, and proven.
  private struct PersonalAddress {
    let call: Call
    let item: TakeoverCase
    let takeover: Takeover
    let change: Change

    /// nil once the account has a verified personal address; else what to tell the person.
    func prove(_ body: DetachBody) async throws -> Reply? {
      let worker = call.worker
      let platform = change.access
      let rows = try await change.transaction.run([
        platform.context, AccountStore.lock([item.account], platform),
      ])
      guard let stored = try rows[1].first.map(AccountStore.stored) else {
        throw Problem(.caseStateConflict, "the account is not the platform's any more")
      }
      var profile = try AccountProfile.stored(
        try worker.openProfile(
          stored.profile, of: stored.id, wrapped: stored.key, under: worker.platformKey))
      guard let address = body.address else {
        let isProven = profile.addresses.contains { $0.isVerified && takeover.isPersonal($0.email) }
        if isProven { return nil }
        throw Problem(.addressNotPersonal, "name a personal address to keep the account under")
      }
      guard takeover.isPersonal(address) else { throw Problem(.addressNotPersonal) }
      let known = profile.addresses.firstIndex { $0.email.identity == address.identity }
      if let known, profile.addresses[known].isVerified { return nil }
      guard let code = body.code else { return try await ask(address) }
      if let refusal = try await check(code, address) { return refusal }
      let proven = AccountAddress(email: address, isVerified: true, isPrimary: false)
      if let known { profile.addresses[known] = proven } else { profile.addresses.append(proven) }
      let sealed = try worker.reseal(
        profile, as: stored.id, wrapped: stored.key, under: worker.platformKey)
      do {
        try await change.transaction.run(AccountStore.update([sealed], at: call.now, platform))
      } catch let error as PostgresError
        where error.constraint == "addresses_belong_to_one_account"
      { throw Problem(.addressNotPersonal, "the address belongs to another account") }
      return nil
    }

    /// Has the operator send a code there.
    private func ask(_ address: EmailAddress) async throws -> Reply {
      let worker = call.worker
      let access = SystemCaller(job: "person").access(to: item.tenant)
      let hmac = try worker.blindIndex("address", address.identity)
      let until = call.now.adding(seconds: NoticeRoutes.codeSeconds)
      let sealed = try worker.sealer.seal(
        Array(address.text.utf8), under: worker.platformKey, at: Worker.addressPlace(item.id))
      try await change.transaction.run([
        access.context, CaseStore.keepCode(item.id, addressHMAC: hmac, until: until, access),
        change.access.context,
      ])
      change.emit(
        Event(
          .addressCodeRequired, item.id, at: call.now,
          [
            ("case_id", item.id.description), ("account_id", item.account.description),
            ("expires_at", until.description),
            ("sealed_address", Data(sealed).base64EncodedString()),
          ]))
      return Reply(status: 202, CodeSentView(expiresAt: until))
    }

    /// nil where the code fits; a refusal counts, so that codes cannot be tried out.
    private func check(_ code: String, _ address: EmailAddress) async throws -> Reply? {
      let worker = call.worker
      let access = SystemCaller(job: "person").access(to: item.tenant)
      let rows = try await change.transaction.run([
        access.context, CaseStore.code(item.id, access), change.access.context,
      ])
      let hmac = try worker.blindIndex("address", address.identity)
      if let row = rows[1].first, let until = try row.optionalTime(1), until > call.now,
        try row.optionalBytes(0) == hmac, try row.int(2) < NoticeRoutes.codeFailuresMax,
        constantTimeEqual(
          Array(code.utf8),
          Array(try worker.addressCode(item.id, addressHMAC: hmac, until: until).utf8))
      {
        return nil
      }
      try await change.transaction.run([
        access.context, CaseStore.countWrongCode(item.id, access), change.access.context,
      ])
      return Reply(Problem(.codeWrong), requestID: call.requestID, instance: call.request.path)
    }
  }
}
