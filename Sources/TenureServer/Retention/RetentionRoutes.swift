import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints that show what retention rules do (for one account, for a date, as a calendar), and
/// those of runs.
package enum RetentionRoutes {
  /// How many accounts and items a simulation looks at; then it returns what it has found.
  private static let looksMax = 100_000
  private static let itemsMax = 200
  private static let weeksMax = 52

  /// Explains what becomes of an account and its content: every rule and hold that was considered,
  /// and what won.
  @Sendable
  package static func explainRetention(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let at = try time(call, "at") ?? call.now
    let reply = try await looking(call, at) { sweep, transaction in
      let rows = try await transaction.run([
        AccountStore.find(id, access),
        ContentStore.page(
          of: id, alsoIsolated: true, after: nil, limit: itemsMax, access),
        HoldStore.holds(on: id, alsoSecretly: sweep.seesSecretHolds, access),
      ])
      guard let stored = try rows[0].first.map(AccountStore.stored) else {
        throw Problem(.notFound)
      }
      let account = RetentionSweep.Candidate(
        subject: id.uuid, account: id, className: RetentionRule.accountClass,
        createdAt: stored.createdAt, startsAt: stored.createdAt)
      let items = try rows[1].map(ContentStore.stored).map { stored in
        RetentionSweep.Candidate(
          subject: stored.item.id.uuid, account: id, className: stored.item.category,
          createdAt: stored.item.createdAt, startsAt: stored.item.createdAt)
      }
      let decisions = try await sweep.decide([account] + items, transaction)
      return Reply(
        RetentionExplanationView(
          account: id, at: at, holds: try rows[2].map { try $0.identifier(0, HoldID.self) },
          items: decisions.map { RetentionDecisionView($0, $1) }))
    }
    try await call.record([Reading("retention.read", id)], in: access)
    return reply
  }

  /// Simulates a date: what would be disposed of, and what no rule covers.
  @Sendable
  package static func simulateRetention(_ call: Call) async throws -> Reply {
    let access = try call.access
    let at = try time(call, "at") ?? call.now
    return try await looking(call, at) { sweep, transaction in
      var groups: [String: RetentionSimulationView.Group] = [:]
      let (examined, isComplete) = try await sweep.walk(limit: looksMax, transaction) {
        rule, subject, _ in
        var group =
          groups["\(rule.id) \(subject.className)"]
          ?? .init(rule: rule, className: subject.className, count: 0, sample: [])
        group.count += 1
        if group.sample.count < RetentionSimulationView.Group.sampleMax {
          group.sample.append(subject.id)
        }
        groups["\(rule.id) \(subject.className)"] = group
      }
      let classes = try await transaction.run(ContentStore.classes(access)).map {
        (className: try $0.string(0), count: try $0.int(1))
      }
      let gaps = classes.filter { item in
        !sweep.rules.contains {
          $0.appliesTo == item.className || $0.appliesTo == RetentionRule.anyClass
        }
      }
      return Reply(
        RetentionSimulationView(
          at: at, examined: examined, isComplete: isComplete,
          groups: groups.sorted { $0.key < $1.key }.map(\.value),
          gaps: gaps.map { .init(className: $0.className, count: $0.count) }))
    }
  }

  /// What will be disposed of in the coming weeks, as JSON, as a picture or as a calendar file.
  @Sendable
  package static func getRetentionCalendar(_ call: Call) async throws -> Reply {
    let weeks = Int(call.parameter("weeks") ?? "12") ?? 0
    guard (1...weeksMax).contains(weeks) else {
      throw Call.invalid("weeks", "a whole number from 1 to \(weeksMax) is expected")
    }
    let end = call.now.adding(seconds: Int64(weeks) * 7 * 86_400)
    return try await looking(call, end) { sweep, transaction in
      var calendar = RetentionCalendar(from: call.now, weeks: weeks)
      _ = try await sweep.walk(limit: looksMax, transaction) { rule, subject, decision in
        calendar.add(rule, subject.className, dueAt: decision.dueAt ?? call.now)
      }
      var reply = Reply()
      if call.accepts("image/svg+xml") {
        reply.contentType = "image/svg+xml"
        reply.body = Array(calendar.svg.utf8)
      } else if call.accepts("text/calendar") {
        reply.contentType = "text/calendar"
        reply.body = Array(calendar.ics.utf8)
      } else {
        reply = Reply(RetentionCalendarView(calendar))
      }
      return reply
    }
  }

  /// Runs a sweep that changes nothing, with the secret holds only if the caller may know of them.
  private static func looking(
    _ call: Call, _ at: Timestamp,
    _ body: @escaping @Sendable (RetentionSweep, Transaction) async throws -> Reply
  ) async throws -> Reply {
    let access = try call.access
    let seesSecretHolds = access.caller.permissions.contains(.holdsRead)
    return try await call.worker.database.transaction(in: access, prelude: [.byIndex]) {
      transaction in
      let sweep = try await RetentionSweep(
        access, asOf: at, seesSecretHolds: seesSecretHolds, transaction)
      return try await body(sweep, transaction)
    }
  }

  private static func time(_ call: Call, _ name: String) throws(Problem) -> Timestamp? {
    guard let text = call.parameter(name) else { return nil }
    guard let time = Timestamp(parsing: text) ?? Timestamp(parsing: text + "T00:00:00Z") else {
      throw Call.invalid(name, "an RFC 3339 date-time or a day is expected")
    }
    return time
  }

  // MARK: Runs

  @Sendable
  package static func createRetentionRun(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(RetentionRunBody.self)
    do {
      return try await call.change(access) { change in
        let run = run(budget: body.budget, at: call.now, access)
        try await change.transaction.run([
          RetentionRunStore.insert(run, access),
          change.enqueue(run.id.uuid, .retentionRun, at: call.now),
        ])
        change.record("retention_run.created", run.id)
        return Reply(
          status: 202, run, version: 1, location: "/v1/retention_runs/\(run.id)")
      }
    } catch let error as PostgresError where error.constraint == "retention_runs_one_at_a_time" {
      throw Problem(.retentionRunning)
    }
  }

  /// A new run over everything that is due now.
  static func run(budget: Int, at now: Timestamp, _ access: Access) -> RetentionRun {
    RetentionRun(
      id: RetentionRunID(at: now), state: .running, asOf: now, budget: budget, examined: 0,
      disposed: 0, createdBy: access.caller.actor, createdAt: now, updatedAt: now,
      certificate: nil, version: 1)
  }

  @Sendable
  package static func listRetentionRuns(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \RetentionRun.id.uuid) { after, limit in
      try await RetentionRunStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getRetentionRun(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRunID.self)
    let rows = try await call.worker.database.find(access, RetentionRunStore.find(id, access))
    guard let run = try rows.first.map(RetentionRunStore.run) else { throw Problem(.notFound) }
    return Reply(run, version: run.version)
  }

  @Sendable
  package static func listRetentionResults(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRunID.self)
    let database = call.worker.database
    if try await database.find(access, RetentionRunStore.find(id, access)).isEmpty {
      throw Problem(.notFound)
    }
    return try await call.list(
      access, filter: id.description, id: \RetentionResult.subject,
      reading: { Reading("retention_result.read", id, subject: $0.account) }
    ) { after, limit in
      try await RetentionRunStore.results(id, database, access, after: after, limit: limit)
    }
  }

  /// Resumes a run that was paused at its budget, with a new budget.
  @Sendable
  package static func resumeRetentionRun(_ call: Call) async throws -> Reply {
    let body = try call.body(RetentionRunBody.self)
    return try await move(call, to: .running, from: [.paused], budget: body.budget)
  }

  @Sendable
  package static func cancelRetentionRun(_ call: Call) async throws -> Reply {
    try await move(call, to: .cancelled, from: [.running, .paused], budget: nil)
  }

  private static func move(
    _ call: Call, to state: RetentionRun.State, from: [RetentionRun.State], budget: Int?
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRunID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(RetentionRunStore.find(id, access).forUpdate)
      guard let before = try rows.first.map(RetentionRunStore.run) else {
        throw Problem(.notFound)
      }
      if before.state == state { return Reply(before, version: before.version) }
      guard from.contains(before.state) else {
        throw Problem(.retentionStateConflict, "the run is \(before.state.rawValue)")
      }
      let after = try await change.transaction.run(
        RetentionRunStore.setState(
          id, state, from: before.state, budget: budget, at: call.now, access))
      if state == .running {
        try await change.transaction.run(
          change.enqueue(id.uuid, .retentionRun, at: call.now))
      }
      change.record("retention_run.\(state == .running ? "resumed" : "cancelled")", id)
      guard let run = try after.first.map(RetentionRunStore.run) else {
        throw Problem(.retentionStateConflict)
      }
      return Reply(run, version: run.version)
    }
  }

  /// Starts the daily runs of tenants, and asks before rules run for the first time.
  ///
  /// No data may be disposed of because somebody wrote a rule and nobody looked: the first run over
  /// each version of a rule that disposes is paused, with the number of things that it would
  /// dispose of, and begins once somebody resumes it. From then on the tenant's daily runs have the
  /// rule.
  package static func daily(worker: Worker) -> TenantRounds {
    TenantRounds("retention", every: .seconds(600), worker: worker) { access in
      _ = try await worker.database.transaction(in: access, prelude: [.byIndex]) { transaction in
        try await start(worker, access, transaction)
      }
      return false
    }
  }

  private static func start(
    _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws {
    let now = worker.clock.now
    let rows = try await transaction.run([
      TenantStore.find(access.tenant, access), RetentionRunStore.last(access),
      RetentionRunStore.answers(access), RetentionRuleStore.inForce(at: now, access),
    ])
    let budget = try rows[0].first.map(TenantStore.tenant)?.policy.retentionBudget
    let last = try rows[1].first.map(RetentionRunStore.run)
    if let last, [.running, .paused].contains(last.state) { return }
    let newest = try rows[3].map(RetentionRuleStore.rule)
      .filter { $0.action != .retain }.map(\.effectiveAt).max()
    let (answered, told) = (try rows[2].first?.optionalTime(0), try rows[2].first?.optionalTime(1))
    if let newest, answered.map({ $0 < newest }) ?? true {
      // The tenant was asked about these rules before; if nobody has resumed that run, the answer
      // is no.
      if let told, told >= newest { return }
      return try await ask(budget ?? RetentionRunBody.budgetFallback, worker, access, transaction)
    }
    guard let daily = try budget ?? rows[2].first?.optionalInt(2) else { return }
    if let last, now.seconds(since: last.createdAt) < 86_400 { return }
    let run = run(budget: daily, at: now, access)
    try await transaction.run([
      RetentionRunStore.insert(run, access),
      JobStore.enqueue(run.id.uuid, .retentionRun, at: now, access),
    ])
  }

  /// Makes a paused run, which does nothing until somebody resumes it.
  private static func ask(
    _ budget: Int, _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws {
    let now = worker.clock.now
    let sweep = try await RetentionSweep(
      access, asOf: now, seesSecretHolds: false, transaction)
    var expected = 0
    _ = try await sweep.walk(limit: looksMax, transaction) { _, _, _ in expected += 1 }
    let run = RetentionRun(
      id: RetentionRunID(at: now), state: .paused, waitsFor: .firstRun, expected: expected,
      asOf: now, budget: budget, examined: 0, disposed: 0, createdBy: access.caller.actor,
      createdAt: now, updatedAt: now, certificate: nil, version: 1)
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    telling.record("retention_run.asked", run.id, subject: nil, in: access)
    telling.tellPaused(run, for: .firstRun, at: now, of: access)
    try await transaction.run(
      [RetentionRunStore.insert(run, access)] + telling.statements(by: worker, transaction))
  }
}
