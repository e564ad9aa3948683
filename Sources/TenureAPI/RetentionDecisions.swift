import JSON
package import Tenure

extension RetentionDecision.Considered: Shaped {
  package static let shape = Shape<RetentionDecision.Considered>(
    "RetentionReason", "A rule that was looked at."
  ) {
    Member("rule_id", \.rule.id, .id())
    Member("version", \.rule.version, .number)
    Member("name", \.rule.name, .string, example: "Leavers")
    Member("action", \.rule.action, .choice())
    Member("trigger", \.rule.trigger, .trigger, example: .date("left"))
    Member(
      "period", \.rule.period, .nullable(.period), CalendarPeriod.help,
      example: .example)
    Member("starts_at", \.startsAt, .nullable(.timestamp), "null: nobody has told the date.")
    Member("due_at", \.dueAt, .nullable(.timestamp))
    Member("due", \.isDue, .bool)
  }
}

/// Why a thing stays or goes: every rule that was looked at, and which one won.
package struct RetentionDecisionView: View, Shaped {
  private let subject: RetentionSubject
  private let decision: RetentionDecision

  package init(_ subject: RetentionSubject, _ decision: RetentionDecision) {
    self.subject = subject
    self.decision = decision
  }

  package static let shape = Shape<RetentionDecisionView>(
    "RetentionDecision", "Every rule that was looked at, and the one that won."
  ) {
    Member("subject_id", \.subject.id, .string, example: Schema.idExample(of: AccountNoun.self))
    Member("class", \.subject.className, .string, example: RetentionRule.accountClass)
    Member("level", \.decision.level, .choice(), "What decided.", example: .retain)
    Member("action", \.decision.action, .choice())
    Member(
      "rule_id", \.decision.winner?.id, .nullable(.id()), "The winner.",
      example: RetentionRuleID.example)
    Member("due_at", \.decision.dueAt, .nullable(.timestamp))
    Member(
      "considered", \.decision.considered, .list(.object(RetentionDecision.Considered.shape)))
  }
}

/// The decisions about an account and what it made.
package struct RetentionExplanationView: View, Shaped {
  private let account: AccountID
  private let at: Timestamp
  /// Those on the account that the caller may know of.
  private let holds: [HoldID]
  private let items: [RetentionDecisionView]

  package init(
    account: AccountID, at: Timestamp, holds: [HoldID], items: [RetentionDecisionView]
  ) {
    self.account = account
    self.at = at
    self.holds = holds
    self.items = items
  }

  package static let shape = Shape<RetentionExplanationView>(
    "RetentionExplanation", "Why an account and what it made stay or go."
  ) {
    Member("account_id", \.account, .id())
    Member("at", \.at, .timestamp)
    Member("holds", \.holds, .list(.id()), "The holds on the account that the caller may know of.")
    Member("decisions", \.items, .list(.object(RetentionDecisionView.shape)))
  }
}

/// What would happen at a date.
package struct RetentionSimulationView: View, Shaped {
  /// What one rule would do to the things of one class.
  package struct Group: Shaped {
    /// How many of them are named.
    package static let sampleMax = 10

    package let rule: RetentionRule
    package let className: String
    package var count: Int
    package var sample: [String]

    package init(rule: RetentionRule, className: String, count: Int, sample: [String]) {
      self.rule = rule
      self.className = className
      self.count = count
      self.sample = sample
    }

    package static let shape = Shape<Group>(
      "RetentionGroup", "What one rule would do to the things of one class."
    ) {
      Member("rule_id", \.rule.id, .id())
      Member("name", \.rule.name, .string, example: "Leavers")
      Member("class", \.className, .string, example: RetentionRule.accountClass)
      Member("action", \.rule.action, .choice(), example: .delete)
      Member("count", \.count, .number)
      Member(
        "sample", \.sample, .list(.string, max: sampleMax),
        example: [Schema.idExample(of: AccountNoun.self)])
    }
  }

  /// A class that no rule is about.
  package struct Gap: Shaped {
    private let className: String
    private let count: Int

    package init(className: String, count: Int) {
      self.className = className
      self.count = count
    }

    package static let shape = Shape<Gap>("RetentionGap", "A class that no rule is about.") {
      Member("class", \.className, .string, example: "chat")
      Member("count", \.count, .number)
    }
  }

  private let at: Timestamp
  private let examined: Int
  private let isComplete: Bool
  private let groups: [Group]
  private let gaps: [Gap]

  package init(
    at: Timestamp, examined: Int, isComplete: Bool, groups: [Group], gaps: [Gap]
  ) {
    self.at = at
    self.examined = examined
    self.isComplete = isComplete
    self.groups = groups
    self.gaps = gaps
  }

  package static let shape = Shape<RetentionSimulationView>(
    "RetentionSimulation", "What would go at a date."
  ) {
    Member("at", \.at, .timestamp)
    Member("examined", \.examined, .count)
    Member("complete", \.isComplete, .bool, "Whether everything was looked at.", example: true)
    Member("groups", \.groups, .list(.object(Group.shape)))
    Member("gaps", \.gaps, .list(.object(Gap.shape)), "Classes that no rule is about.")
  }
}

/// What goes in the weeks to come.
package struct RetentionCalendarView: View, Shaped {
  /// How much of a class goes in a week, by a rule.
  package struct Entry: Shaped {
    fileprivate let weekOf: String
    fileprivate let entry: RetentionCalendar.Entry

    package static let shape = Shape<Entry>(
      "RetentionCalendarEntry", "How much of a class goes in a week, by a rule."
    ) {
      Member("week_of", \.weekOf, .day, example: "2026-11-21")
      Member("rule_id", \.entry.rule.id, .id())
      Member("name", \.entry.rule.name, .string, example: "Leavers")
      Member("class", \.entry.className, .string, example: RetentionRule.accountClass)
      Member("action", \.entry.rule.action, .choice(), example: .delete)
      Member("count", \.entry.count, .number)
    }
  }

  private let calendar: RetentionCalendar

  package init(_ calendar: RetentionCalendar) { self.calendar = calendar }

  private var entries: [Entry] {
    calendar.entries.map { Entry(weekOf: calendar.day(of: $0.week), entry: $0) }
  }

  package static let shape = Shape<RetentionCalendarView>(
    "RetentionCalendar", "What goes in the weeks to come."
  ) {
    Member("from", \.calendar.from, .timestamp)
    Member("weeks", \.calendar.weeks, .number, example: 12)
    Member("entries", \.entries, .list(.object(Entry.shape)))
  }
}

extension Shapes {
  static let retentionDecisions: [Component] = [
    RetentionExplanationView.shape.component, RetentionDecisionView.shape.component,
    RetentionDecision.Considered.shape.component, RetentionSimulationView.shape.component,
    RetentionSimulationView.Group.shape.component, RetentionSimulationView.Gap.shape.component,
    RetentionCalendarView.shape.component, RetentionCalendarView.Entry.shape.component,
  ]
}
