import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// What a person sees of takeovers of their account, and what they do about them: signed in, or by
/// the link of a notice, which may do what follows from where it was sent.
package enum NoticeRoutes {
  /// Who controls my account, since when, on what proof.
  @Sendable
  package static func getMyControl(_ call: Call) async throws -> Reply {
    let (account, _) = try person(call)
    let worker = call.worker
    guard let custodian = try await AccountStore.custodian(account, worker.database) else {
      throw Problem(.notFound)
    }
    if custodian == .platform { return Reply(Control(account: account, controller: nil)) }
    let access = SystemCaller(job: "person").access(to: custodian)
    let rows = try await worker.database.run([
      access.context, TakeoverStore.findControl(account, access),
      TenantStore.find(custodian, access),
    ])
    let controller = try rows[1].first.map { row in
      Controller(
        tenant: custodian, tenantName: try TenantStore.name(rows[2]),
        case: try row.identifier(0, CaseID.self), takenAt: try row.time(1),
        cutoffAt: try row.time(2), suspendedAt: try row.optionalTime(3))
    }
    return Reply(Control(account: account, controller: controller))
  }

  @Sendable
  package static func listMyNotices(_ call: Call) async throws -> Reply {
    let (account, access) = try person(call)
    let worker = call.worker
    let link = call.caller?.notice?.case
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
  package static func getMyNotice(_ call: Call) async throws -> Reply {
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

  /// I have read it: the best evidence there is, where it is the person who says so.
  @Sendable
  package static func acknowledgeNotice(_ call: Call) async throws -> Reply {
    try await acting(call, .acknowledge) { _, _, _, _ in .save }
  }

  /// The organisation may have the account; it takes effect at once.
  @Sendable
  package static func acceptNotice(_ call: Call) async throws -> Reply {
    try await acting(call, .accept) { item, takeover, _, _ in
      if takeover.state == .cancelled {
        throw Problem(.caseStateConflict, "the takeover is cancelled")
      }
      try item.accept(at: call.now)
      return .save
    }
  }

  /// Something is wrong: the operator decides, and the clock stands meanwhile.
  @Sendable
  package static func disputeNotice(_ call: Call) async throws -> Reply {
    let body = try call.body(DisputeBody.self)
    return try await acting(call, .dispute) { item, takeover, standing, change in
      try await book(of: takeover, change).open(
        &item, body.reason, isPersons: standing == .person, change.transaction)
      return .save
    }
  }

  /// I want my data first: two weeks more, once.
  @Sendable
  package static func exportNotice(_ call: Call) async throws -> Reply {
    try await acting(call, .export) { item, _, _, change in
      try item.export(at: call.now)
      try await ExportRequest(change: change).enter(for: item.account)
      return .save
    }
  }

  /// I keep the account, under an address of my own; the organisation gets its address.
  ///
  /// Without a verified address outside the domain one is proven first: a code goes there by the
  /// operator, and comes back in a second call.
  @Sendable
  package static func detachNotice(_ call: Call) async throws -> Reply {
    let body = try call.body(DetachBody.self)
    let (id, tenant) = try await mine(call)
    let claimant = SystemCaller(job: "person").access(to: tenant)
    if let address = body.address, body.code != nil {
      // Counted before it is compared, and only where the caller may prove an address at all.
      try await NoticeHand(call, id, claimant).check(.detach)
      try await CodeGuard(call.worker, address: address.identity, purpose: id).take()
    }
    if let reply = try await SuspendedLeave(call, id, claimant).run() { return reply }
    return try await acting(call, .detach) { item, takeover, _, change in
      let address = PersonalAddress(
        worker: call.worker, claimant: claimant, item: item, takeover: takeover, change: change)
      if let reply = try await address.prove(body) { return .answer(reply) }
      try item.detach(at: call.now)
      return .detach
    }
  }

  // MARK: Pieces

  private static func book(of takeover: Takeover, _ change: Change) -> DisputeBook {
    DisputeBook(
      worker: change.call.worker,
      access: SystemCaller(job: "person").access(to: takeover.tenant), now: change.call.now,
      telling: change.telling)
  }

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
    if let link = call.caller?.notice, link.case != id { throw Problem(.notFound) }
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
    let disputes =
      item.disputes == 0 ? [] : try await DisputeReading.disputes(of: item, call.worker)
    return try view(
      item, takeover, name: try TenantStore.name(rows[2]),
      try await NoticeHand(call, id, access).standing, disputes: disputes, call.worker)
  }

  private static func view(
    _ item: TakeoverCase, _ takeover: Takeover, name: String, _ standing: Standing,
    disputes: [DisputeView], _ worker: Worker
  ) throws -> NoticeView {
    NoticeView(
      item, takeover, tenantName: name, verifyCode: try worker.verifyCode(item.id),
      actions: item.actions.compactMap(NoticeAction.init).filter(standing.allows),
      // What was said is read by its own person, not by whoever reads a mailbox.
      disputes: standing == .person ? disputes : [])
  }

  /// Something that is done about an open case: it changes the case, and where it is the person who
  /// does it, it is itself the evidence that they know (L3).
  private static func acting(
    _ call: Call, _ action: NoticeAction,
    _ body:
      @escaping @Sendable (
        inout TakeoverCase, Takeover, Standing, Change
      ) async throws -> Step
  ) async throws -> Reply {
    let (id, tenant) = try await mine(call)
    let (_, platform) = try person(call)
    let access = SystemCaller(job: "person").access(to: tenant)
    let hand = try await NoticeHand(call, id, access)
    try hand.check(action)
    do {
      return try await call.change(platform) { change in
        var (item, takeover, name) = try await open(id, access, change.transaction)
        let before = item
        if hand.standing == .person, action.isPersonsAlone || action == .dispute {
          item = try await giveWay(item, takeover, access, change)
        }
        item = try await keep(action, hand, item, access, change)
        let step = try await body(&item, takeover, hand.standing, change)
        if case .answer(let reply) = step { return reply }
        item = try await save(item, step, hand, takeover, access, change)
        change.record("notice.\(action.rawValue)", id, subject: item.account)
        if item.answer != before.answer { tell(item, access, change) }
        return Reply(try view(item, takeover, name: name, hand.standing, disputes: [], call.worker))
      }
    } catch let refusal as TakeoverCase.Refusal {
      throw Problem(refusal)
    } catch let error as PostgresError {
      // Whose hand it is may have changed since it was looked at.
      throw ReceiptStore.problem(error) ?? error
    }
  }

  /// The case, locked, with its takeover and who wants the account; refuses one that is over.
  private static func open(
    _ id: CaseID, _ access: Access, _ transaction: Transaction
  ) async throws -> (TakeoverCase, Takeover, String) {
    // The takeover first, as everybody locks: it cannot be cancelled meanwhile.
    let rows = try await transaction.within(access) {
      try await transaction.run([
        TakeoverStore.share(of: id, access), CaseStore.lock(id, access),
        TenantStore.find(access.tenant, access),
      ])
    }
    guard let takeover = try rows[0].first.map({ try TakeoverStore.takeover($0, access) }),
      let item = try rows[1].first.map({ try CaseStore.view($0, access) })
    else { throw Problem(.notFound) }
    // What was cancelled has no effect any more; a block that is in effect stays to be left.
    let isOver = takeover.state == .cancelled && !item.isBlocking
    guard item.isAnswerable, !isOver else {
      throw Problem(
        .caseStateConflict, "the case is \(isOver ? "cancelled" : item.state.rawValue)")
    }
    return (item, takeover, try TenantStore.name(rows[2]))
  }

  /// Ends a dispute that is not the person's own, who acts now; answers the case as it is then.
  private static func giveWay(
    _ item: TakeoverCase, _ takeover: Takeover, _ access: Access, _ change: Change
  ) async throws -> TakeoverCase {
    var after = item
    try await book(of: takeover, change).giveWay(&after, change.transaction)
    if after.state == item.state { return item }
    return try await change.transaction.within(access) { [after] in
      try await CaseStore.save([after], at: change.call.now, access, change.transaction)
        .first ?? after
    }
  }

  /// Keeps what shows who acted; answers the case as it is then, for its clock may have started.
  private static func keep(
    _ action: NoticeAction, _ hand: NoticeHand, _ item: TakeoverCase, _ access: Access,
    _ change: Change
  ) async throws -> TakeoverCase {
    let (transaction, now) = (change.transaction, change.call.now)
    let id = ReceiptID(at: now)
    let after = try await transaction.within(access) {
      try await transaction.run(hand.keep(action, of: item.id, id, at: now))
      try await ReceiptEffect.startClock(item, now, access, change)
      return try await transaction.run(CaseStore.find(item.id, access)).first.map {
        try CaseStore.view($0, access)
      }
    }
    if let receipt = hand.receipt(action, of: item.id, id, at: now) {
      try await ReceiptEffect.tell(receipt, item, access, change)
    }
    return after ?? item
  }

  /// Saves what an action made of the case; what decides uses up all its links.
  private static func save(
    _ acted: TakeoverCase, _ step: Step, _ hand: NoticeHand, _ takeover: Takeover,
    _ access: Access, _ change: Change
  ) async throws -> TakeoverCase {
    var item = acted
    let (transaction, now) = (change.transaction, change.call.now)
    var statements: [SQL] = []
    if item.answer != nil {
      if hand.standing == .person {
        item.useLink(at: now)
      } else {
        statements = hand.useOwnLink(of: item.id, at: now, access)
      }
    }
    item = try await transaction.within(access) { [item] in
      try await transaction.run(
        statements + [JobStore.enqueue(item.takeover.uuid, .takeover, at: now, access)])
      return try await CaseStore.save([item], at: now, access, transaction).first ?? item
    }
    guard case .detach = step else { return item }
    let effect = TakeoverEffect(worker: change.call.worker, access: access, takeover: takeover)
    return try await transaction.within(access) { [item] in
      try await effect.apply(
        .detachAddress, to: [item], at: now, change.telling, transaction
      ).first ?? item
    }
  }

  private static func tell(_ item: TakeoverCase, _ access: Access, _ change: Change) {
    let members: EventMembers = [
      ("case_id", item.id.description), ("account_id", item.account.description),
      ("tenant_id", access.tenant.description), ("answer", item.answer?.rawValue),
    ]
    change.tell(.caseAnswered, item.id, account: item.account, of: access, members)
  }
}
