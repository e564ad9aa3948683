import Foundation
import Postgres
import Tenure
import TenureAPI

/// Carries a takeover on: notices, reminders, and what the deadline brings, two thousand cases a
/// transaction.
///
/// Everything it needs to know is in the cases' rows: after a kill the work goes on with whatever is
/// still due.
struct TakeoverWork: PiecewiseWork {
  private static let casesAtOnce = 2_000
  /// How long a takeover waits whose domain is frozen.
  private static let frozenSeconds: Int64 = 3_600
  /// How long a case waits whose person waits for the answer to a request.
  private static let requestSeconds: Int64 = 3_600

  let worker: Worker
  let access: Access
  let id: TakeoverID

  var job: UUID { id.uuid }

  private var platform: Access { SystemCaller(job: "takeover").access(to: .platform) }

  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    // Shared with people who act, and not with whoever cancels: what is cancelled has no effect.
    let found = try await transaction.run(
      TakeoverStore.find(id, access).adding(" FOR SHARE")
    ).first.map { try TakeoverStore.takeover($0, access) }
    if let found, found.state == .cancelled {
      return try await cancelSome(found, now, transaction)
    }
    guard let takeover = found, takeover.state == .running else {
      try await transaction.run(JobStore.finish(id.uuid, next: nil, access))
      return false
    }
    guard try await isHeld(takeover, transaction) else {
      let later = now.adding(seconds: Self.frozenSeconds)
      try await transaction.run(JobStore.finish(id.uuid, next: later, access))
      return false
    }
    let due = try await transaction.run(
      CaseStore.due(id, at: now, limit: Self.casesAtOnce, access)
    ).map { try CaseStore.view($0, access) }
    if due.isEmpty {
      try await rest(now, transaction)
      return false
    }
    try await work(due, takeover, now, transaction)
    return true
  }

  private func cancelSome(
    _ takeover: Takeover, _ now: Timestamp, _ transaction: Transaction
  ) async throws -> Bool {
    let open = try await transaction.run(
      CaseStore.open(id, limit: Self.casesAtOnce, access)
    ).map { try CaseStore.view($0, access) }
    if open.isEmpty {
      try await transaction.run(JobStore.finish(id.uuid, next: nil, access))
      return false
    }
    let effect = TakeoverEffect(worker: worker, access: access, takeover: takeover)
    try await effect.cancel(open, at: now, transaction)
    return true
  }

  /// Whether the tenant holds the name with all its rights.
  private func isHeld(_ takeover: Takeover, _ transaction: Transaction) async throws -> Bool {
    let rows = try await transaction.run(DomainClaimStore.holder(of: takeover.domain))
    guard let holder = try rows.first.map(DomainClaimStore.holder) else { return false }
    return holder.tenant == access.tenant && holder.rights.allowsTakeovers
  }

  /// Nothing is due: sleeps until something is, or ends the takeover where no case is open.
  private func rest(_ now: Timestamp, _ transaction: Transaction) async throws {
    guard let outlook = try await transaction.run(CaseStore.outlook(id, access)).first else {
      return
    }
    let next = try outlook.optionalTime(0)
    if try !outlook.bool(1) {
      try await transaction.run([
        TakeoverStore.setState(id, .completed, at: now, access),
        EventStore.insert(
          [Event(.takeoverCompleted, id, at: now, [("takeover_id", id.description)])], access),
      ])
    }
    try await transaction.run(JobStore.finish(id.uuid, next: next, access))
  }

  private func work(
    _ due: [TakeoverCase], _ takeover: Takeover, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let effect = TakeoverEffect(worker: worker, access: access, takeover: takeover)
    let unnotified = due.filter { $0.isOverdueForNotice(at: now) }
    if !unnotified.isEmpty { try await effect.endUnnotified(unnotified, at: now, transaction) }
    var decided = due.filter { $0.outcomeDue(takeover.noAnswer, at: now) != nil }
    let done = Set((unnotified + decided).map(\.id))
    let untold = try await TakeoverEvidence(claimant: access, takeover: takeover)
      .putOff(decided, at: now, transaction)
    decided.removeAll { untold.contains($0.id) }
    let waiting = try await putOff(decided, now, transaction)
    decided.removeAll { waiting.contains($0.id) }
    for outcome in Takeover.Outcome.allCases {
      let due = decided.filter { $0.outcomeDue(takeover.noAnswer, at: now) == outcome }
      _ = try await effect.apply(outcome, to: due, at: now, transaction)
    }
    let rest = due.filter { !done.contains($0.id) }
    if !rest.isEmpty { try await notify(rest, takeover, now, transaction) }
  }

  /// Has those wait whose account's holder waits for the answer to a request; answers which.
  private func putOff(
    _ cases: [TakeoverCase], _ now: Timestamp, _ transaction: Transaction
  ) async throws -> Set<CaseID> {
    if cases.isEmpty { return [] }
    let open = Set(
      try await transaction.run(SubjectRequestStore.openAnywhere(cases.map(\.account))).map {
        try $0.identifier(0, AccountID.self)
      })
    var waiting = cases.filter { open.contains($0.account) }
    for index in waiting.indices {
      _ = try waiting[index].putOff(.openRequest, until: now.adding(seconds: Self.requestSeconds))
    }
    try await CaseStore.save(waiting, at: now, access, transaction)
    return Set(waiting.map(\.id))
  }

  /// Notices to those who have had none, reminders where one is due.
  private func notify(
    _ cases: [TakeoverCase], _ takeover: Takeover, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let tenant = try await transaction.run(TenantStore.find(access.tenant, access)).first
    let name = try tenant?.string(1) ?? ""
    try await NoticeDestinations(worker: worker, claimant: access).make(
      for: cases.filter { $0.noticeAt == nil }.map { ($0.id, $0.account) }, at: now, transaction)
    var after = cases
    var events: [Event] = []
    for index in after.indices {
      let message = try after[index].send(at: now)
      let item = after[index]
      if let message {
        events.append(
          Event(
            message == .notice ? .noticeRequired : .noticeReminder, item.id, account: item.account, at: now,
            [
              ("case_id", item.id.description), ("takeover_id", item.takeover.description),
              ("account_id", item.account.description),
              ("tenant_id", access.tenant.description), ("tenant_name", name),
              ("domain", takeover.domain.text), ("no_answer", takeover.noAnswer.rawValue),
              ("notice_days", takeover.noticeDays),
              ("deadline_at", item.deadlineAt?.description),
            ]))
      }
    }
    try await CaseStore.save(after, at: now, access, transaction)
    if !events.isEmpty {
      try await transaction.run([
        platform.context, EventStore.insert(events, platform), access.context,
      ])
    }
  }
}
