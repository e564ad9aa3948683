package import Foundation

/// What is to become of a thing, and why: every rule that was looked at, and which one won.
package struct RetentionDecision: Sendable {
  /// What decided, the stronger first.
  package enum Level: String, CaseIterable, Sendable {
    case hold
    case lockedRetain = "locked_retain"
    case restriction
    case retain
    case erasure
    case disposal
    case tenantDefault = "tenant_default"
    /// Rules are about it, and none has anything to do yet.
    case notDue = "not_due"
    case noRule = "no_rule"
  }

  /// One rule as it was looked at.
  package struct Considered: Sendable {
    package let rule: RetentionRule
    package let startsAt: Timestamp?
    package let dueAt: Timestamp?
    package let isDue: Bool
  }

  package let level: Level
  package let action: RetentionRule.Action
  package let winner: RetentionRule?
  /// When the winner's period is or was over.
  package let dueAt: Timestamp?
  package let considered: [Considered]

  /// Decides about a thing at a time: hold, locked retain, restriction, the longest running retain,
  /// a granted erasure, disposal (a rule for this very account first, then the earliest), the
  /// tenant's default, and otherwise it stays.
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

  /// For ever is later than any day; so is what nobody has told the beginning of.
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
