package import Foundation
import JSON
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Carries out a run, some hundred accounts and items in a transaction.
///
/// The row of the run says how far it has come: after a crash the job goes on there, and does
/// nothing twice.
package struct RetentionRunWork: PiecewiseWork {
  private static let thingsAtOnce = 500

  let worker: Worker
  package let access: Access
  let id: RetentionRunID
  /// The request that asked for the run; nil for the daily one.
  var origin: JobOrigin?

  package var job: UUID { id.uuid }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    guard
      let stored = try await transaction.run(RetentionRunStore.find(id, access).forUpdate).first
        .map(RetentionRunStore.stored), case let run = stored.run, run.state == .running
    else {
      try await transaction.run(JobStore.finish(job, next: nil, access))
      return false
    }
    // Secret holds are not looked at, so that no list shows them: what they keep is accepted like
    // the rest and then waits, or is removed from sight and not deleted.
    let sweep = try await RetentionSweep(
      access, asOf: run.asOf, seesSecretHolds: false, transaction)
    guard stored.ruleIndex < sweep.rules.count else {
      try await complete(run, sweep, now, transaction)
      return false
    }
    let rule = sweep.rules[stored.ruleIndex]
    let some = try await sweep.candidates(
      of: rule, after: stored.place, limit: Self.thingsAtOnce, transaction)
    let found = try await sweep.decide(some, transaction).filter {
      $0.decision.winner?.id == rule.id && $0.decision.action == rule.action
        && [.disposal, .tenantDefault].contains($0.decision.level)
    }
    let due = try await certain(found, transaction)
    if run.disposed + due.count > run.budget {
      try await pause(run, now, transaction)
      return false
    }
    let disposed = try await dispose(due, by: rule, now, transaction)
    let last = some.count == Self.thingsAtOnce ? some.last : nil
    try await transaction.run(
      RetentionRunStore.advance(
        id, examined: some.count, disposed: disposed,
        ruleIndex: last == nil ? stored.ruleIndex + 1 : stored.ruleIndex,
        place: last.map { .init(startsAt: $0.startsAt, subject: $0.subject) }, at: now, access))
    return true
  }

  /// Leaves out what belongs to people whose control rests on a domain with frozen or lost rights;
  /// a later run finds it again.
  private func certain(
    _ due: [(subject: RetentionSubject, decision: RetentionDecision)], _ transaction: Transaction
  ) async throws -> [(subject: RetentionSubject, decision: RetentionDecision)] {
    let accounts = Array(Set(due.compactMap(\.subject.account)))
    if access.tenant == .platform || accounts.isEmpty { return due }
    let rights = try DomainClaimStore.rights(
      try await transaction.run(DomainClaimStore.rights(of: accounts, access)))
    return due.filter { item in
      item.subject.account.flatMap { rights[$0] }?.allowsDestruction ?? true
    }
  }

  /// Pauses the run because it would dispose of more than its budget.
  private func pause(
    _ run: RetentionRun, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let telling = try await telling(now)
    telling.record("retention_run.paused", id, subject: nil, in: access)
    telling.tellPaused(run, for: .budget, at: now, of: access)
    try await transaction.run(
      [
        RetentionRunStore.setState(
          id, .paused, from: .running, waitsFor: .budget, at: now, access),
        JobStore.finish(job, next: nil, access),
      ] + telling.statements(by: worker, transaction))
  }

  private func telling(_ now: Timestamp, reason: String? = nil) async throws -> Telling {
    try await .of(
      job, for: origin, otherwise: id, reason: reason, at: now, by: worker, access)
  }

  private typealias Due = (subject: RetentionSubject, decision: RetentionDecision)
  private typealias Done = (subject: UUID, className: String, dueAt: Timestamp)

  /// Carries out what was decided; returns on how many.
  private func dispose(
    _ due: [Due], by rule: RetentionRule, _ now: Timestamp, _ transaction: Transaction
  ) async throws -> Int {
    if due.isEmpty { return 0 }
    let reason = "retention rule '\(rule.name)', version \(rule.version)"
    let telling = try await telling(now, reason: reason)
    let accounts = due.filter { $0.subject.className == RetentionRule.accountClass }
    let items = due.filter { $0.subject.className != RetentionRule.accountClass }
    let done =
      try await disposeOfAccounts(accounts, by: rule, reason, now, telling, transaction)
      + disposeOfContent(items, by: rule, now, telling, transaction)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [
        access.context,
        RetentionRunStore.insert(done, by: rule, action: rule.action, in: id, at: now, access),
      ])
    return done.count
  }

  /// Thrown where a run has a rule that keeps data, by which nothing can be disposed of.
  private struct NothingToDispose: Error {}

  /// Carries out the rule's verb as for anybody: what destroys data is accepted, waits, and can be
  /// taken back.
  private func disposeOfAccounts(
    _ due: [Due], by rule: RetentionRule, _ reason: String, _ now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [Done] {
    if due.isEmpty { return [] }
    let (verb, act): (AccountVerb, DisposalAct) =
      switch rule.action {
      case .isolate: (.isolate, .retentionIsolate)
      case .anonymise: (.anonymise, .retentionAnonymise)
      case .delete: (.erase, .retentionDelete)
      case .retain: throw NothingToDispose()
      }
    let lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: verb, reason: reason, now: now, act: act, moment: .due)
    let accounts = try due.map { (try AccountID(parsing: $0.subject.id), $0.decision.dueAt ?? now) }
    let outcomes = try await lifecycle.perform(
      accounts.map(\.0), at: nil, isDryRun: false, telling, transaction)
    return accounts.compactMap { account, dueAt in
      switch outcomes[account] {
      case .changed, .scheduled: (account.uuid, RetentionRule.accountClass, dueAt)
      // What waits or is refused now is found again by a later run.
      case .unchanged, .waits, .refused, nil: nil
      }
    }
  }

  private func disposeOfContent(
    _ due: [Due], by rule: RetentionRule, _ now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> [Done] {
    if due.isEmpty { return [] }
    let ids = try due.map { try ContentItemID(parsing: $0.subject.id) }
    let kept = Set(
      try await transaction.run(HoldStore.held(ids, alsoSecretly: true, access))
        .map { try $0.identifier(0, ContentItemID.self) })
    let action: String
    switch rule.action {
    case .isolate:
      action = "content_item.isolated"
      try await transaction.run(ContentStore.isolate(ids, at: now, access))
    case .anonymise:
      action = "content_item.anonymised"
      let key = try await worker.tenantKey(access)
      let pseudonyms = try zip(ids, due).filter { !kept.contains($0.0) }.compactMap { id, item in
        try item.subject.account.map { (id, try worker.pseudonym(of: $0, key)) }
      }
      try await transaction.run(ContentStore.pseudonymise(pseudonyms, at: now, access))
    case .retain: throw NothingToDispose()
    case .delete:
      action = "content_item.deleted"
      // The items are hidden, and those that nothing keeps are deleted at once.
      try await transaction.run([
        ContentStore.remove(ids.filter(kept.contains), at: now, access),
        ContentStore.delete(ids.filter { !kept.contains($0) }, access),
      ])
    }
    for (id, item) in zip(ids, due) {
      telling.record(action, id, subject: item.subject.account, in: access)
    }
    return zip(ids, due).map { ($0.uuid, $1.subject.className, $1.decision.dueAt ?? now) }
  }

  /// Ends the run, with a signed summary of what it did.
  private func complete(
    _ run: RetentionRun, _ sweep: RetentionSweep, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let results = try await transaction.run(RetentionRunStore.digest(id, access))
    guard let digest = try results.first?.string(0) else {
      throw PostgresError(kind: .decoding, message: "a run's results have no digest")
    }
    let name = "tenure/retention/\(access.tenant)"
    // By hand: nothing reads it again. It is signed and kept as this one line of text.
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("run_id")
      writer.identifier(id)
      writer.key("tenant_id")
      writer.identifier(access.tenant)
      writer.key("as_of")
      writer.timestamp(run.asOf)
      writer.key("completed_at")
      writer.timestamp(now)
      writer.key("examined")
      writer.int(run.examined)
      writer.key("disposed")
      writer.int(run.disposed)
      writer.key("rules")
      writer.array { writer in
        for rule in sweep.rules { writer.string("\(rule.id) version \(rule.version)") }
      }
      writer.key("results_sha256")
      writer.string(digest)
    }
    let note = try SignedNote.sign(
      "\(name)\n\(String(decoding: writer.bytes, as: UTF8.self))\n", name: name,
      key: try worker.auditKey(of: access.tenant), digests: worker.sealer.digests)
    let telling = try await telling(now)
    telling.record("retention_run.completed", id, subject: nil, in: access)
    telling.emit(
      Event(
        .retentionRunCompleted, id, at: now,
        [
          ("run_id", id), ("examined", run.examined), ("disposed", run.disposed),
          ("budget", run.budget),
        ]), in: access)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [
        access.context, RetentionRunStore.complete(id, certificate: note, at: now, access),
        JobStore.finish(job, next: nil, access),
      ])
  }
}

extension Telling {
  /// Sends the tenant the event that a run waits for somebody's answer, with the reason.
  func tellPaused(
    _ run: RetentionRun, for cause: RetentionRun.Cause, at now: Timestamp,
    of access: Access
  ) {
    emit(
      Event(
        .retentionRunPaused, run.id, at: now,
        [
          ("run_id", run.id), ("waits_for", cause.rawValue), ("expected", run.expected),
          ("examined", run.examined), ("disposed", run.disposed), ("budget", run.budget),
        ]), in: access)
  }
}

extension RetentionSweep {
  /// Reads the rules in force at `asOf` and the tenant's calendar.
  init(
    _ access: Access, asOf: Timestamp, seesSecretHolds: Bool, _ transaction: Transaction
  ) async throws {
    let rows = try await transaction.run(RetentionRuleStore.inForce(at: asOf, access))
    self.access = access
    rules = try rows.map(RetentionRuleStore.rule)
    zone = try await TenantStore.policy(access, transaction).zone
    self.asOf = asOf
    self.seesSecretHolds = seesSecretHolds
  }
}

extension JobKind {
  package static let retentionRun = JobKind("retention_run")
}

extension RetentionRunWork {
  package static let job = Job(
    .retentionRun, subject: { RetentionRunID(uuid: $0.id).description },
    giveUp: { id, now, access in
      [
        RetentionRunStore.setState(
          RetentionRunID(uuid: id), .failed, from: .running, at: now, access),
        JobStore.drop(id, access),
      ]
    },
    .pieces { worker, access, taken in
      RetentionRunWork(
        worker: worker, access: access, id: RetentionRunID(uuid: taken.id), origin: taken.origin)
    })
}
