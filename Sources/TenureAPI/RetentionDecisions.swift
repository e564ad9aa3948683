package import JSON
package import Tenure

/// Why a thing stays or goes: every rule that was looked at, and which one won.
package struct RetentionDecisionView: View {
  private let subject: RetentionSubject
  private let decision: RetentionDecision

  package init(_ subject: RetentionSubject, _ decision: RetentionDecision) {
    self.subject = subject
    self.decision = decision
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("subject_id")
      writer.string(subject.id)
      writer.key("class")
      writer.string(subject.className)
      writer.key("level")
      writer.string(decision.level.rawValue)
      writer.key("action")
      writer.string(decision.action.rawValue)
      writer.key("rule_id")
      writer.string(decision.winner?.id.description)
      writer.key("due_at")
      writer.timestamp(decision.dueAt)
      writer.key("considered")
      writer.array { writer in
        for item in decision.considered {
          writer.object { writer in
            writer.key("rule_id")
            writer.identifier(item.rule.id)
            writer.key("version")
            writer.int(item.rule.version)
            writer.key("name")
            writer.string(item.rule.name)
            writer.key("action")
            writer.string(item.rule.action.rawValue)
            writer.key("trigger")
            writer.string(item.rule.trigger.description)
            writer.key("period")
            writer.string(item.rule.period?.description)
            writer.key("starts_at")
            writer.timestamp(item.startsAt)
            writer.key("due_at")
            writer.timestamp(item.dueAt)
            writer.key("due")
            writer.bool(item.isDue)
          }
        }
      }
    }
  }
}

/// The decisions about an account and what it made.
package struct RetentionExplanationView: View {
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

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("at")
      writer.timestamp(at)
      writer.key("holds")
      writer.array { writer in for hold in holds { writer.identifier(hold) } }
      writer.key("decisions")
      writer.array { writer in for item in items { item.write(to: &writer) } }
    }
  }
}

/// What would happen at a date.
package struct RetentionSimulationView: View {
  package struct Group: Sendable {
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
  }

  private let at: Timestamp
  private let examined: Int
  private let isComplete: Bool
  private let groups: [Group]
  private let gaps: [(className: String, count: Int)]

  package init(
    at: Timestamp, examined: Int, isComplete: Bool, groups: [Group],
    gaps: [(className: String, count: Int)]
  ) {
    self.at = at
    self.examined = examined
    self.isComplete = isComplete
    self.groups = groups
    self.gaps = gaps
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("at")
      writer.timestamp(at)
      writer.key("examined")
      writer.int(examined)
      writer.key("complete")
      writer.bool(isComplete)
      writer.key("groups")
      writer.array { writer in
        for group in groups {
          writer.object { writer in
            writer.key("rule_id")
            writer.identifier(group.rule.id)
            writer.key("name")
            writer.string(group.rule.name)
            writer.key("class")
            writer.string(group.className)
            writer.key("action")
            writer.string(group.rule.action.rawValue)
            writer.key("count")
            writer.int(group.count)
            writer.key("sample")
            writer.array { writer in for id in group.sample { writer.string(id) } }
          }
        }
      }
      writer.key("gaps")
      writer.array { writer in
        for gap in gaps {
          writer.object { writer in
            writer.key("class")
            writer.string(gap.className)
            writer.key("count")
            writer.int(gap.count)
          }
        }
      }
    }
  }
}

/// What goes in the weeks to come.
package struct RetentionCalendarView: View {
  private let calendar: RetentionCalendar

  package init(_ calendar: RetentionCalendar) { self.calendar = calendar }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("from")
      writer.timestamp(calendar.from)
      writer.key("weeks")
      writer.int(calendar.weeks)
      writer.key("entries")
      writer.array { writer in
        for entry in calendar.entries {
          writer.object { writer in
            writer.key("week_of")
            writer.string(calendar.day(of: entry.week))
            writer.key("rule_id")
            writer.identifier(entry.rule.id)
            writer.key("name")
            writer.string(entry.rule.name)
            writer.key("class")
            writer.string(entry.className)
            writer.key("action")
            writer.string(entry.rule.action.rawValue)
            writer.key("count")
            writer.int(entry.count)
          }
        }
      }
    }
  }
}
