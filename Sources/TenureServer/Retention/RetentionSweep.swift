import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Finds what rules may be due for, and decides about each thing: in the same way for runs,
/// simulations, calendars and explanations.
struct RetentionSweep: Sendable {
  /// An account or item whose period may be over, with its place in the order of the search.
  struct Candidate: Sendable {
    let subject: UUID
    let account: AccountID?
    let className: String
    let createdAt: Timestamp
    let startsAt: Timestamp
  }

  /// The place where a search goes on.
  struct Place: Sendable {
    let startsAt: Timestamp
    let subject: UUID
  }

  let access: Access
  let rules: [RetentionRule]
  let zone: TimeZone
  let asOf: Timestamp
  /// Whether secret holds are looked at.
  let seesSecretHolds: Bool

  /// Some accounts or items that the rule may be due for, after a place, by the beginning of their
  /// periods.
  func candidates(
    of rule: RetentionRule, after: Place?, limit: Int, _ transaction: Transaction
  ) async throws -> [Candidate] {
    guard let cutoff = cutoff(rule) else { return [] }
    var statements: [SQL] = []
    if [RetentionRule.accountClass, RetentionRule.anyClass].contains(rule.appliesTo) {
      statements.append(accounts(rule, cutoff, after, limit))
    }
    if rule.appliesTo != RetentionRule.accountClass {
      statements.append(content(rule, cutoff, after, limit))
    }
    let rows = try await transaction.run(statements)
    let found = try rows.flatMap { rows in
      try rows.map { row in
        Candidate(
          subject: try row.uuid(0), account: try row.optionalUUID(1).map { AccountID(uuid: $0) },
          className: try row.string(2), createdAt: try row.time(3), startsAt: try row.time(4))
      }
    }
    if rows.count < 2 { return found }
    return Array(
      found.sorted {
        ($0.startsAt.microseconds, $0.subject.uuidString)
          < ($1.startsAt.microseconds, $1.subject.uuidString)
      }.prefix(limit))
  }

  /// The latest beginning of a period that can be over; nil where none can.
  ///
  /// A rule that retains the whole class from the same date for a longer time wins anyway, so what
  /// it keeps is not looked at.
  private func cutoff(_ rule: RetentionRule) -> Timestamp? {
    guard rule.action != .retain, let period = rule.period else { return nil }
    var cutoff = period.latestStart(for: asOf, in: zone)
    for retain in rules
    where retain.action == .retain && retain.accounts.isEmpty && retain.trigger == rule.trigger
      && [rule.appliesTo, RetentionRule.anyClass].contains(retain.appliesTo)
    {
      guard let longer = retain.period else { return nil }
      cutoff = min(cutoff, longer.latestStart(for: asOf, in: zone))
    }
    return cutoff
  }

  private func accounts(
    _ rule: RetentionRule, _ cutoff: Timestamp, _ after: Place?, _ limit: Int
  ) -> SQL {
    let only = rule.accounts
    let done: [String] =
      switch rule.action {
      case .isolate: ["isolated", "deleted", "anonymised", "erased"]
      case .anonymise: ["deleted", "anonymised", "erased"]
      case .retain, .delete: ["deleted", "erased"]
      }
    if case .date(let name) = rule.trigger {
      return """
        SELECT account.account_id, account.account_id, 'account', account.created_at, date.at
        FROM tenure.account_dates AS date
        JOIN tenure.accounts AS account
          ON account.tenant_id = \(access.tenant) AND account.account_id = date.account_id
        WHERE date.tenant_id = \(access.tenant) AND date.name = \(name) AND date.at < \(cutoff)
          AND (date.at, date.account_id) > (\(after?.startsAt ?? Self.beginning),
            \(after?.subject ?? .zero))
          AND account.status <> ALL (\(done))
          AND (cardinality(\(only)) = 0 OR account.account_id = ANY (\(only)))
        ORDER BY date.at, date.account_id
        LIMIT \(limit)
        """
    }
    // Ids are ordered by time, so an id stands for a time.
    return """
      SELECT account_id, account_id, 'account', created_at, created_at FROM tenure.accounts
      WHERE tenant_id = \(access.tenant) AND account_id < \(UUID.v7(at: cutoff))
        AND account_id > \(after?.subject ?? .zero) AND status <> ALL (\(done))
        AND (cardinality(\(only)) = 0 OR account_id = ANY (\(only)))
      ORDER BY account_id
      LIMIT \(limit)
      """
  }

  private func content(
    _ rule: RetentionRule, _ cutoff: Timestamp, _ after: Place?, _ limit: Int
  ) -> SQL {
    let only = rule.accounts
    // Anonymising removes the author's name from shared items; a private item without its author is
    // lost.
    let kinds = rule.action == .anonymise ? ["team", "tenant"] : ["private", "team", "tenant"]
    let category = rule.appliesTo == RetentionRule.anyClass ? nil : rule.appliesTo
    if case .date(let name) = rule.trigger {
      return """
        SELECT item.item_id, item.account_id, item.category, item.created_at, date.at
        FROM tenure.account_dates AS date
        JOIN tenure.content_items AS item
          ON item.tenant_id = \(access.tenant) AND item.account_id = date.account_id
          AND (\(nullable: category)::text IS NULL OR item.category = \(nullable: category))
        WHERE date.tenant_id = \(access.tenant) AND date.name = \(name) AND date.at < \(cutoff)
          AND (date.at, item.item_id) > (\(after?.startsAt ?? Self.beginning),
            \(after?.subject ?? .zero))
          AND item.visibility = ANY (\(kinds)) AND item.removed_at IS NULL
          AND (\(rule.action.rawValue) <> 'isolate' OR item.isolated_at IS NULL)
          AND (cardinality(\(only)) = 0 OR item.account_id = ANY (\(only)))
        ORDER BY date.at, item.item_id
        LIMIT \(limit)
        """
    }
    return """
      SELECT item_id, account_id, category, created_at, created_at FROM tenure.content_items
      WHERE tenant_id = \(access.tenant) AND item_id < \(UUID.v7(at: cutoff))
        AND item_id > \(after?.subject ?? .zero) AND visibility = ANY (\(kinds))
        AND removed_at IS NULL
        AND (\(rule.action.rawValue) <> 'isolate' OR isolated_at IS NULL)
        AND (\(nullable: category)::text IS NULL OR category = \(nullable: category))
        AND (\(rule.action.rawValue) <> 'anonymise' OR account_id IS NOT NULL)
        AND (cardinality(\(only)) = 0 OR account_id = ANY (\(only)))
      ORDER BY item_id
      LIMIT \(limit)
      """
  }

  /// A time before all dates.
  private static let beginning = Timestamp(microseconds: -62_000_000_000_000_000)

  /// Decides about each candidate by the rows as they are now.
  func decide(
    _ candidates: [Candidate], _ transaction: Transaction
  ) async throws -> [(subject: RetentionSubject, decision: RetentionDecision)] {
    if candidates.isEmpty { return [] }
    let authors = Array(Set(candidates.compactMap(\.account)))
    let own = candidates.filter { $0.className == RetentionRule.accountClass }
      .map { AccountID(uuid: $0.subject) }
    let items = candidates.filter { $0.className != RetentionRule.accountClass }
      .map { ContentItemID(uuid: $0.subject) }
    let rows = try await transaction.run([
      RetentionRuleStore.dates(of: authors, access),
      HoldStore.held(own, alsoSecretly: seesSecretHolds, access),
      HoldStore.held(items, alsoSecretly: seesSecretHolds, access),
      DisposalStore.restricted(authors, access), SubjectRequestStore.erasureGranted(own, access),
    ])
    var dates: [AccountID: [String: Timestamp]] = [:]
    for (account, name, at) in try rows[0].map({
      (try $0.identifier(0, AccountID.self), try $0.string(1), try $0.time(2))
    }) {
      dates[account, default: [:]][name] = at
    }
    let held = Set(try rows[1].map { try $0.uuid(0) } + rows[2].map { try $0.uuid(0) })
    let restricted = Set(try rows[3].map { try $0.identifier(0, AccountID.self) })
    let granted = Set(try rows[4].map { try $0.uuid(0) })
    return candidates.map { item in
      let subject = RetentionSubject(
        id: item.className == RetentionRule.accountClass
          ? AccountID(uuid: item.subject).description
          : ContentItemID(uuid: item.subject).description,
        className: item.className, account: item.account, createdAt: item.createdAt,
        dates: item.account.flatMap { dates[$0] } ?? [:], isHeld: held.contains(item.subject),
        isRestricted: item.account.map { restricted.contains($0) } ?? false,
        isErasureGranted: granted.contains(item.subject))
      return (subject, RetentionDecision(subject, rules: rules, at: asOf, in: zone))
    }
  }

  /// Goes through everything that may be due, rule by rule, and hands over what is due.
  ///
  /// Stops after `limit` things; returns how many it looked at, and whether that was all.
  func walk(
    limit: Int, _ transaction: Transaction,
    _ found: (RetentionRule, RetentionSubject, RetentionDecision) -> Void
  ) async throws -> (examined: Int, isComplete: Bool) {
    let page = 1_000
    var examined = 0
    for rule in rules {
      var after: Place?
      while true {
        if examined >= limit { return (examined, false) }
        let some = try await candidates(of: rule, after: after, limit: page, transaction)
        examined += some.count
        for (subject, decision) in try await decide(some, transaction)
        where decision.winner?.id == rule.id && decision.action == rule.action {
          found(rule, subject, decision)
        }
        guard some.count == page, let last = some.last else { break }
        after = Place(startsAt: last.startsAt, subject: last.subject)
      }
    }
    return (examined, true)
  }
}
