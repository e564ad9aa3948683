package import Foundation
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel

/// Carries out a takeover: notices, reminders, and what is due at the deadline, two thousand cases
/// in a transaction.
///
/// All its state is in the cases' rows: after a crash the job goes on with what is due.
package struct TakeoverWork: PiecewiseWork {
  private static let casesAtOnce = 2_000
  /// Seconds until a takeover whose domain is frozen is tried again.
  private static let frozenSeconds: Int64 = 3_600
  /// Fewer at once, because blocks are lifted one by one.
  private static let blocksAtOnce = 200

  let worker: Worker
  package let access: Access
  let id: TakeoverID

  package var job: UUID { id.uuid }

  private var platform: Access { SystemCaller(job: "takeover").access(to: .platform) }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    // Several people may share this lock, but a cancellation waits for it: what is cancelled has no
    // effect.
    let found = try await transaction.run(
      TakeoverStore.find(id, access).adding(" FOR SHARE")
    ).first.map { try TakeoverStore.takeover($0, access) }
    guard let takeover = found else {
      try await transaction.run(JobStore.finish(id.uuid, next: nil, access))
      return false
    }
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    let progress = try await workSome(takeover, now, telling, transaction)
    if progress != .some {
      try await rest(takeover, waits: progress == .waits, now, telling, transaction)
    }
    try await telling.write(by: worker, access, transaction)
    return progress == .some
  }

  private enum Progress {
    /// Something was done, and there may be more.
    case some
    case none
    /// Something is due, but it must wait until the domain is proven, or the claimant's suspension
    /// ends.
    case waits
  }

  /// Does some of what is due now.
  private func workSome(
    _ takeover: Takeover, _ now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws -> Progress {
    let effect = TakeoverEffect(worker: worker, access: access, takeover: takeover)
    if takeover.state == .cancelled {
      let open = try await cases(CaseStore.open(id, limit: Self.casesAtOnce, access), transaction)
      if !open.isEmpty {
        try await effect.cancel(open, at: now, telling, transaction)
        return .some
      }
    }
    switch try await CaseStandings.rights(takeover, access, transaction) {
    case .suspended:
      let left =
        try await cases(CaseStore.open(id, limit: Self.casesAtOnce, access), transaction)
        + cases(CaseStore.blocks(id, limit: Self.blocksAtOnce, access), transaction)
      if left.isEmpty { return .none }
      try await effect.endClaimless(left, at: now, telling, transaction)
      return .some
    // The domain is without proof, or a rival has proven it: nothing begins, and nothing takes
    // effect.
    case .kept, .frozen: return .waits
    case .full:
      // While the operator has suspended the claimant, only people who leave are served.
      let isSuspended = try await TenantStore.isSuspended(access, transaction)
      let due = try await cases(
        CaseStore.due(
          id, at: now, leavingOnly: isSuspended, limit: Self.casesAtOnce, access), transaction)
      if due.isEmpty { return isSuspended ? .waits : .none }
      try await work(due, takeover, effect, now, telling, transaction)
      return .some
    }
  }

  private func cases(_ query: SQL, _ transaction: Transaction) async throws -> [TakeoverCase] {
    try await transaction.run(query).map { try CaseStore.item($0, access) }
  }

  /// Plans the next time when something is due, or ends the takeover if no case is open.
  private func rest(
    _ takeover: Takeover, waits: Bool, _ now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws {
    guard let outlook = try await transaction.run(CaseStore.outlook(id, access)).first else {
      return
    }
    var next = try outlook.optionalTime(0)
    if waits, let due = next { next = max(due, now.adding(seconds: Self.frozenSeconds)) }
    if try !outlook.bool(1), takeover.state == .running {
      try await transaction.run(TakeoverStore.setState(id, .completed, at: now, access))
      telling.emit(
        Event(.takeoverCompleted, id, at: now, [("takeover_id", id.description)]), in: access)
    }
    try await transaction.run(JobStore.finish(id.uuid, next: next, access))
  }

  private func work(
    _ due: [TakeoverCase], _ takeover: Takeover, _ effect: TakeoverEffect, _ now: Timestamp,
    _ telling: Telling, _ transaction: Transaction
  ) async throws {
    let unnotified = due.filter { $0.isOverdueForNotice(at: now) }
    try await effect.endUnnotified(unnotified, at: now, telling, transaction)
    var decided = due.filter { $0.outcomeDue(takeover.noAnswer, at: now) != nil }
    let done = Set((unnotified + decided).map(\.id))
    let untold = try await TakeoverEvidence(
      worker: worker, claimant: access, takeover: takeover
    )
    .putOff(decided, at: now, effect, telling, transaction)
    decided.removeAll { untold.contains($0.id) }
    for outcome in Takeover.Outcome.allCases {
      let due = decided.filter { $0.outcomeDue(takeover.noAnswer, at: now) == outcome }
      _ = try await effect.apply(outcome, to: due, at: now, telling, transaction)
    }
    let rest = due.filter { !done.contains($0.id) }
    if !rest.isEmpty { try await notify(rest, takeover, now, telling, transaction) }
  }

  /// Sends the first notice to those who had none, and the reminders that are due.
  private func notify(
    _ cases: [TakeoverCase], _ takeover: Takeover, _ now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws {
    let rows = try await transaction.run([
      TenantStore.find(access.tenant, access), TenantStore.formerNames(access),
    ])
    let name = try rows[0].first.map(TenantStore.tenant)?.name
    let former = try rows[1].map { (name: try $0.string(0), until: try $0.time(1)) }
    try await NoticeDestinations(worker: worker, claimant: access).make(
      for: cases.filter { $0.noticeAt == nil }.map { ($0.id, $0.account) }, at: now, transaction)
    var after = cases
    for index in after.indices {
      let toldAt = after[index].noticeAt
      let message = try after[index].send(at: now)
      let item = after[index]
      if let message {
        var members: EventMembers = [
          ("case_id", item.id.description), ("takeover_id", item.takeover.description),
          ("account_id", item.account.description), ("tenant_id", access.tenant.description),
          ("tenant_name", name), ("domain", takeover.domain.text),
          ("no_answer", takeover.noAnswer.rawValue), ("notice_days", takeover.noticeDays),
          ("deadline_at", item.deadlineAt?.description),
        ]
        // A person who was told another name of the tenant before is told the new one with it.
        if let toldAt, message != .notice {
          let before = former.first { $0.until > toldAt }?.name
          members.append(("tenant_name_before", before == name ? nil : before))
        }
        telling.emit(
          Event(
            message == .notice ? .noticeRequired : .noticeReminder, item.id,
            account: item.account, at: now, members), in: platform)
      }
    }
    try await CaseStore.save(after, at: now, access, transaction)
  }
}

extension JobKind {
  package static let takeover = JobKind("takeover")
}

extension TakeoverWork {
  package static let job = Job(
    .takeover, subject: { TakeoverID(uuid: $0.id).description },
    .pieces { worker, access, taken in
      TakeoverWork(worker: worker, access: access, id: TakeoverID(uuid: taken.id))
    })
}
