import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints of retention rules.
///
/// A stronger rule applies at once; a weaker one after a week, and needs a second person's
/// approval.
package enum RetentionRuleRoutes {
  /// Seconds until a weaker rule applies.
  static let weakeningSeconds: Int64 = 7 * 86_400

  @Sendable
  package static func createRetentionRule(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(RetentionRuleBody.self)
    let first = version(
      body, id: RetentionRuleID(at: call.now), after: 0, effectiveAt: call.now, call, access)
    return try await call.change(access) { change in
      // A rule that disposes is approved here, once; its runs are not approved again.
      if first.rule.action.disposes,
        let pending = try await call.secondPersonIfAny(
          "retention_rule.created", body.name, change)
      {
        return pending
      }
      try await change.transaction.run([DisposalStore.changeRules(access)])
      let saved = try await add(first, change)
      change.record("retention_rule.created", saved.rule.id)
      return Reply(
        status: 201, saved, version: saved.rule.version,
        location: "/v1/retention_rules/\(saved.rule.id)")
    }
  }

  @Sendable
  package static func listRetentionRules(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \RetentionRuleVersion.rule.id.uuid) { after, limit in
      try await RetentionRuleStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getRetentionRule(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRuleID.self)
    let rows = try await call.worker.database.find(
      access, RetentionRuleStore.latest(id, access))
    guard let latest = try rows.first.map(RetentionRuleStore.version), !latest.rule.isDeleted
    else { throw Problem(.notFound) }
    return Reply(latest, version: latest.rule.version)
  }

  /// All versions of a rule, including one that applies only later.
  @Sendable
  package static func listRetentionRuleVersions(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRuleID.self)
    let versions = try await call.worker.database.read(
      access, RetentionRuleStore.versions(id, access)
    ).map(RetentionRuleStore.version)
    if versions.isEmpty { throw Problem(.notFound) }
    return Reply(page: versions)
  }

  @Sendable
  package static func putRetentionRule(_ call: Call) async throws -> Reply {
    let body = try call.body(RetentionRuleBody.self)
    return try await change(call) { id, newest, effectiveAt, access in
      version(body, id: id, after: newest, effectiveAt: effectiveAt, call, access)
    }
  }

  @Sendable
  package static func deleteRetentionRule(_ call: Call) async throws -> Reply {
    try await change(call) { _, _, _, _ in nil }
  }

  /// Adds a version after the newest one; nil deletes the rule.
  private static func change(
    _ call: Call,
    _ make:
      @escaping @Sendable (RetentionRuleID, Int, Timestamp, Access) -> RetentionRuleVersion?
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, RetentionRuleID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run([
        DisposalStore.changeRules(access), RetentionRuleStore.latest(id, access),
        RetentionRuleStore.inForce(id, at: call.now, access),
      ])
      guard let old = try rows[1].first.map(RetentionRuleStore.version), !old.rule.isDeleted else {
        throw Problem(.notFound)
      }
      // Compared with the newest version and the one in force: a weaker version that waits does not
      // make another one count as stronger.
      let others = [old.rule] + (try rows[2].map(RetentionRuleStore.rule))
      try call.requirePrecondition(version: old.rule.version)
      var new =
        make(id, old.rule.version, call.now, access) ?? ended(old.rule, call, access)
      if same(new.rule, old.rule) { return Reply(old, version: old.rule.version) }
      if others.contains(where: { new.rule.isWeaker(than: $0) }) {
        if others.contains(where: { $0.isLocked(at: call.now) }) { throw Problem(.ruleLocked) }
        if let pending = try await call.secondPerson("retention_rule.weakened", id, change) {
          return pending
        }
        new = RetentionRuleVersion(
          rule: new.rule.effective(at: call.now.adding(seconds: weakeningSeconds)),
          createdBy: new.createdBy, createdAt: new.createdAt)
        change.record("retention_rule.weakened", id)
      } else {
        change.record(
          new.rule.isDeleted ? "retention_rule.deleted" : "retention_rule.updated", id)
      }
      let saved = try await add(new, change)
      return Reply(saved, version: saved.rule.version)
    }
  }

  /// Stores a version after the one that it was made from; the database counts it.
  private static func add(
    _ new: RetentionRuleVersion, _ change: Change
  ) async throws -> RetentionRuleVersion {
    do {
      let rows = try await change.transaction.run(RetentionRuleStore.add(new, change.access))
      if let saved = try rows.first.map(RetentionRuleStore.version) { return saved }
    } catch let error as PostgresError where error.isUniqueViolation {
      // Answered as where no row was added.
    }
    // Another change came first.
    throw Problem(.preconditionFailed)
  }

  private static func same(_ one: RetentionRule, _ other: RetentionRule) -> Bool {
    one.effective(at: other.effectiveAt) == other
  }

  private static func ended(
    _ rule: RetentionRule, _ call: Call, _ access: Access
  ) -> RetentionRuleVersion {
    RetentionRuleVersion(
      rule: rule.effective(at: call.now, isDeleted: true),
      createdBy: access.caller.actor, createdAt: call.now)
  }

  /// What a body says, as a version that is not stored yet: until then it has the number of the
  /// one that it follows.
  private static func version(
    _ body: RetentionRuleBody, id: RetentionRuleID, after newest: Int, effectiveAt: Timestamp,
    _ call: Call, _ access: Access
  ) -> RetentionRuleVersion {
    RetentionRuleVersion(
      rule: RetentionRule(
        id: id, version: newest, name: body.name, appliesTo: body.appliesTo,
        accounts: body.accounts, trigger: body.trigger, period: body.period, action: body.action,
        lockedUntil: body.lockedUntil, effectiveAt: effectiveAt),
      createdBy: access.caller.actor, createdAt: call.now)
  }

  // MARK: Dates

  /// Sets dates of an account that periods count from, as days of the tenant's calendar.
  @Sendable
  package static func putAccountDates(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let body = try call.body(AccountDatesBody.self)
    return try await call.change(access) { change in
      let row = try await change.transaction.run(AccountStore.find(id, access).forUpdate).first
      guard let row, case let stored = try AccountStore.stored(row), stored.status != .erased else {
        throw Problem(.notFound)
      }
      if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
      let zone = try await TenantStore.policy(access, change.transaction).zone
      // A new date must not let go what a locked rule keeps.
      try await checkLocks(stored, body.dates, zone, change)
      let told = body.dates.compactMap { date in
        date.value.flatMap { Timestamp(day: $0, in: zone) }.map { (id, date.name, $0) }
      }
      try await change.transaction.run([
        RetentionRuleStore.put(told, access),
        RetentionRuleStore.remove(
          body.dates.filter { $0.value == nil }.map(\.name), of: [id], access),
      ])
      change.record("account.dates_updated", id, subject: id)
      return try await dates(id, access) { try await change.transaction.run($0) }
    }
  }

  /// Refuses dates that could let a locked rule keep the account or its content for a shorter time:
  /// an earlier date than before, a deleted one, or a first one by which the period is over
  /// already.
  private static func checkLocks(
    _ account: AccountStore.Stored, _ dates: [(name: String, value: String?)], _ zone: TimeZone,
    _ change: Change
  ) async throws {
    let (access, now) = (change.access, change.call.now)
    let rows = try await change.transaction.run([
      DisposalStore.keepRules(access), RetentionRuleStore.inForce(at: now, access),
      RetentionRuleStore.dates(of: [account.id], access),
    ])
    let told = Dictionary(try rows[2].map { (try $0.string(1), try $0.time(2)) }) { $1 }
    let locked = try rows[1].map(RetentionRuleStore.rule).filter { rule in
      rule.action == .retain && rule.isLocked(at: now)
        && (rule.accounts.isEmpty || rule.accounts.contains(account.id))
    }
    for date in dates {
      let day = date.value.flatMap { Timestamp(day: $0, in: zone) }
      for rule in locked where rule.trigger == .date(date.name) {
        let isShorter: Bool
        if let before = told[date.name] {
          isShorter = day.map { $0 < before } ?? true
        } else {
          isShorter =
            day.flatMap { day in rule.period.map { $0.after(day, in: zone) <= now } } ?? false
        }
        if isShorter { throw Problem(.ruleLocked, "a locked rule counts from '\(date.name)'") }
      }
    }
  }

  @Sendable
  package static func getAccountDates(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let database = call.worker.database
    if try await database.find(access, AccountStore.find(id, access)).isEmpty {
      throw Problem(.notFound)
    }
    try await call.record([Reading("account_dates.read", id)], in: access)
    return try await dates(id, access) { try await database.find(access, $0) }
  }

  private static func dates(
    _ id: AccountID, _ access: Access, run: (SQL) async throws -> Rows
  ) async throws -> Reply {
    let rows = try await run(RetentionRuleStore.dates(of: [id], access))
    return Reply(
      AccountDatesView(
        account: id, dates: try rows.map { (try $0.string(1), try $0.time(2)) }))
  }
}

extension RetentionRule {
  /// A copy of the rule that is effective from another time, and deleted where that is said.
  fileprivate func effective(at time: Timestamp, isDeleted: Bool? = nil) -> RetentionRule {
    RetentionRule(
      id: id, version: version, name: name, appliesTo: appliesTo,
      accounts: accounts, trigger: trigger, period: period, action: action,
      lockedUntil: lockedUntil, isDeleted: isDeleted ?? self.isDeleted, effectiveAt: time)
  }
}
