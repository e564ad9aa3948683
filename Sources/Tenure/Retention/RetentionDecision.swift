package import Foundation

/// What becomes of an account or item, with every rule that was considered and the one that won.
package struct RetentionDecision: Sendable {
  /// What the decision rests on, strongest first.
  package enum Level: String, CaseIterable, Sendable {
    case hold
    case lockedRetain = "locked_retain"
    case restriction
    case retain
    case erasure
    case disposal
    case tenantDefault = "tenant_default"
    /// Rules cover it, but none has anything to do yet.
    case notDue = "not_due"
    case noRule = "no_rule"
  }

  /// A rule that covers the account or item, and how it was judged.
  package struct Considered: Sendable {
    package let rule: RetentionRule
    package let startsAt: Timestamp?
    package let dueAt: Timestamp?
    package let isDue: Bool
  }

  package let level: Level
  package let action: RetentionRule.Action
  package let winner: RetentionRule?
  /// When the winning rule's period ends or ended; nil where it never does.
  package let dueAt: Timestamp?
  package let considered: [Considered]

  /// Decides about an account or item.
  ///
  /// In this order: a hold, a locked rule that retains, a restriction, the retaining rule that runs
  /// longest, an erasure that was granted, a rule that disposes (one for this very account first,
  /// then the earliest), the tenant's default. Otherwise it stays.
  package init(
    _ subject: RetentionSubject, rules: [RetentionRule], at now: Timestamp, in zone: TimeZone
  ) {
    let considered = rules.filter { !$0.isDeleted && $0.covers(subject) }.map { rule in
      let dueAt = rule.dueAt(subject, in: zone)
      return Considered(
        rule: rule, startsAt: rule.start(subject), dueAt: dueAt,
        isDue: dueAt.map { $0 <= now } ?? false)
    }
    self.considered = considered
    let running = considered.filter { $0.rule.action == .retain && !$0.isDue }
    let longest = running.max { Self.ends($0) < Self.ends($1) }
    let locked = running.filter { $0.rule.isLocked(at: now) }.max { Self.ends($0) < Self.ends($1) }
    let due = considered.filter { $0.rule.action != .retain && $0.isDue }
    let own = due.filter { $0.rule.appliesTo != RetentionRule.anyClass }
    let choice: (Level, RetentionRule.Action, Considered?)
    if subject.isHeld {
      choice = (.hold, .retain, nil)
    } else if let locked {
      choice = (.lockedRetain, .retain, locked)
    } else if subject.isRestricted {
      choice = (.restriction, .isolate, nil)
    } else if let longest {
      choice = (.retain, .retain, longest)
    } else if subject.isErasureGranted {
      choice = (.erasure, .delete, nil)
    } else if let first = Self.first(own) {
      choice = (.disposal, first.rule.action, first)
    } else if let first = Self.first(due) {
      choice = (.tenantDefault, first.rule.action, first)
    } else {
      let next = considered.min { Self.ends($0) < Self.ends($1) }
      choice = (considered.isEmpty ? .noRule : .notDue, .retain, next)
    }
    (level, action, winner, dueAt) = (choice.0, choice.1, choice.2?.rule, choice.2?.dueAt)
  }

  /// When a rule's period ends, in microseconds; after all dates where it never does, or its
  /// beginning is unknown.
  private static func ends(_ item: Considered) -> Int64 { item.dueAt?.microseconds ?? .max }

  private static func first(_ items: [Considered]) -> Considered? {
    items.min { one, other in
      if one.rule.accounts.isEmpty != other.rule.accounts.isEmpty {
        return !one.rule.accounts.isEmpty
      }
      return ends(one) < ends(other)
    }
  }
}
