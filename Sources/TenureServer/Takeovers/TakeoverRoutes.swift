import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints by which a claimant's administrators run takeovers.
package enum TakeoverRoutes {
  private static let casesAtOnce = 5_000

  @Sendable
  package static func previewTakeover(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(TakeoverPreviewBody.self)
    let worker = call.worker
    let plan = UUID.v7(at: call.now)
    let view = try await worker.database.transaction(in: access) { transaction in
      let claim = try await heldClaim(body.claim, transaction, access)
      let claimNow = try claimNow(claim, call)
      let rows = try await transaction.run([
        TakeoverPlanStore.deleteOld(at: call.now, access),
        TakeoverPlanStore.keepAndShow(
          plan, claimNow, after: body.after, limit: body.limit, access),
      ])
      let (candidates, counts) = try TakeoverPlanStore.read(rows[1])
      let page = Array(candidates.prefix(body.limit))
      let selection = TakeoverSelection(
        worker: worker, access: access, claim: claim, transaction: transaction)
      let shown = try await selection.shown(
        Dictionary(grouping: page, by: \.custodian).mapValues { $0.map(\.account) })
      return TakeoverPreviewView(
        plan: planText(plan), claim: claim.id, domain: claim.domain.text, counts: counts,
        accounts: page.map {
          ($0.blocker, shown[$0.account] ?? PlannedAccount(account: $0.account))
        },
        next: candidates.count > page.count ? page.last?.account : nil)
    }
    try await call.record(
      view.accounts.map { Reading("takeover_candidate.read", $0.account.account) }, in: access)
    return Reply(view)
  }

  private static func claimNow(
    _ claim: DomainClaim, _ call: Call
  ) throws -> TakeoverPlanStore.ClaimNow {
    TakeoverPlanStore.ClaimNow(
      claim: claim, name: try call.worker.nameHash(claim.domain.text), at: call.now)
  }

  private static func planText(_ plan: UUID) -> String { "plan_" + plan.uuidString.lowercased() }

  /// The claim, if it holds its domain with full rights; throws otherwise.
  private static func heldClaim(
    _ id: DomainClaimID, _ transaction: Transaction, _ access: Access
  ) async throws -> DomainClaim {
    let found = try await transaction.run(DomainClaimStore.find(id, access)).first
    guard let claim = try found.map({ try DomainClaimStore.claim($0, access) }) else {
      throw Problem.invalid("/domain_claim_id", "there is no such claim")
    }
    let rows = try await transaction.run(DomainClaimStore.holder(of: claim.domain))
    guard let holder = try rows.first.map(DomainClaimStore.holder), holder.claim == claim.id
    else { throw Problem(.domainNotHeld) }
    if !holder.rights.allowsTakeovers { throw Problem(.domainFrozen) }
    return claim
  }

  /// Starts a takeover of the accounts of a plan; throws where the accounts are not the same any
  /// more.
  @Sendable
  package static func createTakeover(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(TakeoverBody.self)
    guard body.plan.hasPrefix("plan_"), let plan = UUID(uuidString: String(body.plan.dropFirst(5)))
    else { throw Problem.invalid("/plan", "the plan of a preview is expected") }
    do {
      return try await call.change(access) { try await start(body, plan, access, $0) }
    } catch let error as PostgresError
      where error.constraint == "takeover_cases_one_open_for_each_account"
    {
      throw Problem(.planStale, "another takeover of some of these accounts began meanwhile")
    }
  }

  private static func start(
    _ body: TakeoverBody, _ plan: UUID, _ access: Access, _ change: Change
  ) async throws -> Reply {
    let call = change.call
    let transaction = change.transaction
    let claim = try await heldClaim(body.claim, transaction, access)
    let count = try await requireFresh(plan, claimNow(claim, call), transaction, access)
    let choice = try await TakeoverSelection(
      worker: call.worker, access: access, claim: claim, transaction: transaction
    ).choose(among: count, of: plan, body)
    let takeover = Takeover(
      id: TakeoverID(at: call.now), tenant: access.tenant, claim: claim.id,
      domain: claim.domain, scope: claim.scope, noAnswer: body.noAnswer,
      noticeDays: body.noticeDays ?? call.worker.terms(NoticeDays.self).count, state: .running,
      extendedAt: nil,
      createdBy: access.caller.actor, createdAt: call.now, updatedAt: call.now, version: 1)
    try await transaction.run(
      TakeoverStore.insert(takeover, plan: plan, choice, access))
    let chosen = try await insertCases(of: takeover, choice, among: count, of: plan, change)
    try await transaction.run(
      TakeoverStore.enqueue(takeover.id, at: call.now, access))
    change.record("takeover.created", takeover.id)
    change.emit(
      Event(
        .takeoverCreated, takeover.id, at: call.now,
        [
          ("takeover_id", takeover.id.description), ("domain", claim.domain.text),
          ("no_answer", body.noAnswer.rawValue), ("cases", chosen),
        ]))
    let counts = [CaseCount(state: .noticePending, outcome: nil, count: chosen)]
    return Reply(
      status: 201, TakeoverView(takeover, counts: counts), version: 1,
      location: "/v1/takeovers/\(takeover.id)")
  }

  /// Begins a case for each account that was chosen among the `count` of a plan; answers how many.
  private static func insertCases(
    of takeover: Takeover, _ choice: TakeoverSelection.Choice, among count: Int, of plan: UUID,
    _ change: Change
  ) async throws -> Int {
    let (transaction, access) = (change.transaction, change.access)
    func insert(_ accounts: [AccountID]) async throws -> Int {
      if accounts.isEmpty { return 0 }
      try await transaction.run(
        CaseStore.insert(
          accounts.map { (id: CaseID(at: change.call.now), account: $0) }, of: takeover, access))
      return accounts.count
    }
    var chosen = 0
    if let selected = choice.selected {
      let accounts = selected.subtracting(choice.excluded).sorted { $0.uuid < $1.uuid }
      for start in stride(from: 0, to: accounts.count, by: casesAtOnce) {
        chosen += try await insert(Array(accounts[start...].prefix(casesAtOnce)))
      }
    } else {
      for start in stride(from: 0, to: count, by: casesAtOnce) {
        let accounts = try await transaction.run(
          TakeoverPlanStore.accounts(of: plan, from: start, casesAtOnce, access)
        ).map { try $0.identifier(0, AccountID.self) }
        chosen += try await insert(accounts.filter { !choice.excluded.contains($0) })
      }
    }
    if chosen == 0 { throw Problem.invalid("/account_ids", "no account is left to take over") }
    return chosen
  }

  /// Answers how many accounts a plan has; throws where they are not those of now.
  private static func requireFresh(
    _ plan: UUID, _ claim: TakeoverPlanStore.ClaimNow, _ transaction: Transaction,
    _ access: Access
  ) async throws -> Int {
    let rows = try await transaction.run(TakeoverPlanStore.difference(plan, claim, access))
    guard let row = rows.first else {
      throw Problem.invalid("/plan", "there is no such plan for this claim; preview again")
    }
    let gone = try row.identifiers(1, AccountID.self)
    let new = try row.identifiers(2, AccountID.self)
    if gone.isEmpty && new.isEmpty { return try row.int(0) }
    func errors(_ ids: [AccountID], _ code: String, _ detail: String) -> [Problem.FieldError] {
      ids.map { .init(pointer: "/plan", code: code, detail: "\($0) \(detail)") }
    }
    throw Problem(
      .planStale, "\(gone.count) accounts are gone and \(new.count) have come since the preview",
      errors: errors(gone, "gone", "is no longer eligible") + errors(new, "new", "is eligible now"))
  }

  @Sendable
  package static func listTakeovers(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    return try await call.list(access, id: \TakeoverView.takeover.id.uuid) { after, limit in
      let takeovers = try await TakeoverStore.list(
        worker.database, access, after: after, limit: limit)
      let counts = try TakeoverStore.counts(
        try await worker.database.find(
          access, TakeoverStore.counts(takeovers.map(\.id), access)))
      return takeovers.map { TakeoverView($0, counts: counts[$0.id] ?? []) }
    }
  }

  /// A takeover as JSON, or as a picture of its timeline if the client prefers that.
  @Sendable
  package static func getTakeover(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, TakeoverID.self)
    let rows = try await call.worker.database.run([
      access.context, TakeoverStore.find(id, access), TakeoverStore.counts([id], access),
    ])
    guard let row = rows[1].first else { throw Problem(.notFound) }
    let takeover = try TakeoverStore.takeover(row, access)
    let counts = try TakeoverStore.counts(rows[2])[id] ?? []
    if call.accepts("image/svg+xml") {
      let cases = try await CaseStore.list(
        call.worker.database, access, of: id, state: nil, after: nil,
        limit: TakeoverTimeline.casesMax)
      let total = counts.reduce(0) { $0 + $1.count }
      let timeline = TakeoverTimeline(takeover, cases: cases, total: total, at: call.now)
      var reply = Reply(body: Array(timeline.svg.utf8))
      reply.contentType = "image/svg+xml"
      return reply
    }
    return Reply(TakeoverView(takeover, counts: counts), version: takeover.version)
  }

  @Sendable
  package static func listTakeoverCases(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, TakeoverID.self)
    let worker = call.worker
    let state = call.parameter("state")
    if let state, TakeoverCase.State(rawValue: state) == nil {
      let known = TakeoverCase.State.allCases.map(\.rawValue).joined(separator: ", ")
      throw Call.invalid("state", "one of \(known) is expected")
    }
    let rows = try await worker.database.find(access, TakeoverStore.find(id, access))
    if rows.isEmpty { throw Problem(.notFound) }
    return try await call.list(
      access, filter: "\(id)\0\(state ?? "")", id: \TakeoverCase.id.uuid,
      reading: \.reading
    ) { after, limit in
      try await CaseStore.list(
        worker.database, access, of: id, state: state, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getTakeoverCase(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, CaseID.self)
    let rows = try await call.worker.database.find(access, CaseStore.find(id, access))
    guard let item = try rows.first.map({ try CaseStore.item($0, access) }) else {
      throw Problem(.notFound)
    }
    try await call.record([item.reading], in: access)
    return Reply(item, version: item.version)
  }

  /// The receipts of one case: the evidence that the person was told.
  @Sendable
  package static func listReceipts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, CaseID.self)
    let rows = try await call.worker.database.run([
      access.context, CaseStore.find(id, access), ReceiptStore.list(.takeover(id), access),
    ])
    guard let item = try rows[1].first.map({ try CaseStore.item($0, access) }) else {
      throw Problem(.notFound)
    }
    try await call.record([Reading("receipt.read", id, subject: item.account)], in: access)
    return Reply(
      page: try rows[2].map { try ReceiptStore.receipt($0, of: .takeover(id), to: access) })
  }

  /// Cancels a takeover, which ends its cases without an effect; a repeated call changes nothing.
  @Sendable
  package static func cancelTakeover(_ call: Call) async throws -> Reply {
    try await changing(call) { takeover, change in
      if takeover.state == .cancelled { return }
      guard takeover.state == .running else {
        throw Problem(.takeoverStateConflict, "the takeover is \(takeover.state.rawValue)")
      }
      let access = change.access
      // From now on nothing takes effect; the job ends the cases and sends the events.
      try await change.transaction.run([
        TakeoverStore.setState(takeover.id, .cancelled, at: call.now, access),
        TakeoverStore.enqueue(takeover.id, at: call.now, access),
      ])
      change.record("takeover.cancelled", takeover.id)
      change.emit(
        Event(
          .takeoverCancelled, takeover.id, at: call.now,
          [("takeover_id", takeover.id.description)]))
    }
  }

  /// Extends the notice of all cases by two weeks, once.
  @Sendable
  package static func extendTakeover(_ call: Call) async throws -> Reply {
    try await changing(call) { takeover, change in
      guard takeover.state == .running, takeover.extendedAt == nil else {
        throw Problem(.takeoverStateConflict, "it can be extended once, while it runs")
      }
      try await change.transaction.run(
        TakeoverStore.extend(takeover.id, at: call.now, change.access)
          + [TakeoverStore.enqueue(takeover.id, at: call.now, change.access)])
      change.record("takeover.extended", takeover.id)
      change.emit(
        Event(
          .takeoverExtended, takeover.id, at: call.now,
          [("takeover_id", takeover.id.description)]))
    }
  }

  private static func changing(
    _ call: Call, _ body: @escaping @Sendable (Takeover, Change) async throws -> Void
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, TakeoverID.self)
    return try await call.change(access) { change in
      let transaction = change.transaction
      guard let row = try await transaction.run(TakeoverStore.lock(id, access)).first else {
        throw Problem(.notFound)
      }
      try await body(try TakeoverStore.takeover(row, access), change)
      let rows = try await transaction.run([
        TakeoverStore.find(id, access), TakeoverStore.counts([id], access),
      ])
      guard let after = rows[0].first else { throw Problem(.notFound) }
      let takeover = try TakeoverStore.takeover(after, access)
      return Reply(
        TakeoverView(takeover, counts: try TakeoverStore.counts(rows[1])[id] ?? []),
        version: takeover.version)
    }
  }

  /// Undoes the effect of one case, within 30 days.
  @Sendable
  package static func undoTakeoverCase(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, CaseID.self)
    do {
      return try await call.change(access) { change in
        let transaction = change.transaction
        guard let row = try await transaction.run(CaseStore.lock(id, access)).first else {
          throw Problem(.notFound)
        }
        let item = try CaseStore.item(row, access)
        if item.state == .undone { return Reply(item, version: item.version) }
        guard let takeover = try await TakeoverStore.load(item.takeover, access, transaction)
        else { throw Problem(.notFound) }
        if let waiting = try await undoLater(item, change) { return waiting }
        let effect = TakeoverEffect(
          worker: call.worker, access: access, takeover: takeover)
        let after = try await effect.undo(
          item, askedAt: call.now, at: call.now, change.telling, transaction)
        change.record("takeover.undone", id, subject: item.account)
        return Reply(after, version: after.version)
      }
    } catch let refusal as TakeoverCase.Refusal {
      throw Problem(refusal)
    } catch let error as PostgresError {
      throw AccountStore.problem(error) ?? error as any Error
    }
  }

  /// Schedules the undoing of a case for later if a hold, open or secret, keeps the account; nil
  /// where it can be undone now, or never.
  private static func undoLater(_ item: TakeoverCase, _ change: Change) async throws -> Reply? {
    let (call, access) = (change.call, change.access)
    var after = item
    guard item.outcome == .assumeControl, (try? after.undo(at: call.now)) != nil else {
      return nil
    }
    let situation = try await DisposalSituation.find(
      [item.account], at: call.now, access, change.transaction)
    guard situation.judge(.undo, item.account) == .waits else { return nil }
    let lifecycle = AccountLifecycle(
      worker: call.worker, access: access, verb: .release, reason: call.reason ?? "",
      now: call.now)
    let kept = try await lifecycle.schedule(
      [item.account], at: call.now, isWaiting: true, of: item.id, change.telling,
      change.transaction)
    guard case .scheduled(let view) = kept[item.account] else { return nil }
    return Reply(
      status: 202, view, version: view.version, location: "/v1/account_changes/\(view.id)")
  }
}

extension Problem {
  /// The problem that a case's refusal is reported as.
  init(_ refusal: TakeoverCase.Refusal) {
    switch refusal {
    case .notWhile(let state): self.init(.caseStateConflict, "the case is \(state.rawValue)")
    case .notTold: self.init(.caseStateConflict, "nobody was told yet")
    case .answeredBefore(let answer):
      self.init(.caseStateConflict, "it was answered already: \(answer.rawValue)")
    case .exportedBefore:
      self.init(.caseStateConflict, "the clock was paused for an export before")
    case .undoOver: self.init(.caseStateConflict, "it can be undone for 30 days after its effect")
    case .nothingNew:
      self.init(.caseStateConflict, "the same was decided before: say what is new")
    case .disputedTooOften:
      self.init(.caseStateConflict, "it was disputed too often already")
    case .notDue: self.init(.caseStateConflict, "it is not due")
    }
  }
}

/// The days of notice of a takeover that does not name them.
package struct NoticeDays: Sendable {
  let count: Int

  package init(_ count: Int) { self.count = count }
}
