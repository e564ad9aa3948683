import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints for the person: takeovers of their account, and the answers to them.
///
/// The person is signed in, or has followed the link of a notice; a link allows only what its
/// destination allows.
package enum NoticeRoutes {
  /// The tenant that controls the caller's account, since when, and on what proof.
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

  // MARK: Answers

  /// What follows an answer: the case is saved, the address is detached at once, or the reply asks
  /// the person for something more.
  private enum Step {
    case save
    case detach
    case answer(Reply)
  }

  /// The person states that they have read the notice, which is the best evidence if it is
  /// certainly them.
  @Sendable
  package static func acknowledgeNotice(_ call: Call) async throws -> Reply {
    try await acting(call, .acknowledge) { _, _, _, _ in .save }
  }

  /// The person lets the tenant have the account, which takes effect at once.
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

  /// The person disputes the takeover: the operator decides, and the clock stands still meanwhile.
  @Sendable
  package static func disputeNotice(_ call: Call) async throws -> Reply {
    let body = try call.body(DisputeBody.self)
    return try await acting(call, .dispute) { item, takeover, standing, change in
      try await book(of: takeover, change).open(
        &item, body.reason, isPersons: standing == .person, change.transaction)
      return .save
    }
  }

  /// The person wants their data first, which extends the notice by two weeks, once.
  @Sendable
  package static func exportNotice(_ call: Call) async throws -> Reply {
    try await acting(call, .export) { item, _, _, change in
      try item.export(at: call.now)
      try await ExportRequest(change: change).enter(for: item.account)
      return .save
    }
  }

  /// The person keeps the account under an address of their own, and the tenant gets its address.
  ///
  /// Without a verified address outside the domain they must prove one first: the operator sends a
  /// code there, and a second call brings it back.
  @Sendable
  package static func detachNotice(_ call: Call) async throws -> Reply {
    let body = try call.body(DetachBody.self)
    let (id, tenant) = try await mine(call)
    let claimant = SystemCaller(job: "person").access(to: tenant)
    if let address = body.address, body.code != nil {
      // A try is counted before the code is compared, and only for callers that may prove an
      // address at all.
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

  /// The case in the path, and its tenant; throws where it is not the caller's.
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
    let item = try CaseStore.item(row, access)
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
      // Statements are shown only to the person for certain, not to whoever reads a mailbox.
      disputes: standing == .person ? disputes : [])
  }

  /// Runs an answer to an open case.
  ///
  /// It changes the case and, if the person gives it, is itself evidence that they were told (level
  /// 3).
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
      // The caller may have been judged differently at the start of the call.
      throw ReceiptStore.problem(error) ?? error
    }
  }

  /// The case, locked, with its takeover and the claimant; throws where the case is over.
  private static func open(
    _ id: CaseID, _ access: Access, _ transaction: Transaction
  ) async throws -> (TakeoverCase, Takeover, String) {
    // The takeover first, in the order in which everybody locks: it cannot be cancelled meanwhile.
    let rows = try await transaction.within(access) {
      try await transaction.run([
        TakeoverStore.share(of: id, access), CaseStore.lock(id, access),
        TenantStore.find(access.tenant, access),
      ])
    }
    guard let takeover = try rows[0].first.map({ try TakeoverStore.takeover($0, access) }),
      let item = try rows[1].first.map({ try CaseStore.item($0, access) })
    else { throw Problem(.notFound) }
    // A cancelled takeover has no further effect, but a person whose sign-in is blocked can still
    // leave.
    let isOver = takeover.state == .cancelled && !item.isBlocking
    guard item.isAnswerable, !isOver else {
      throw Problem(
        .caseStateConflict, "the case is \(isOver ? "cancelled" : item.state.rawValue)")
    }
    return (item, takeover, try TenantStore.name(rows[2]))
  }

  /// Ends a dispute that may not be the person's, because the person acts now; returns the case
  /// after that.
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

  /// Stores the receipt of an answer; returns the case after that, whose clock may have started.
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
        try CaseStore.item($0, access)
      }
    }
    if let receipt = hand.receipt(action, of: item.id, id, at: now) {
      try await ReceiptEffect.tell(receipt, item, access, change)
    }
    return after ?? item
  }

  /// Saves the case after an answer; an answer that decides uses up all links of the case.
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
        statements + [TakeoverStore.enqueue(item.takeover, at: now, access)])
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
