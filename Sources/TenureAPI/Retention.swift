package import JSON
package import Tenure

/// The body that makes or changes a rule.
package struct RetentionRuleBody: Body {
  package static let accountsMax = 1_000

  package let name: String
  package let appliesTo: String
  package let accounts: [AccountID]
  package let trigger: RetentionRule.Trigger
  package let period: CalendarPeriod?
  package let action: RetentionRule.Action
  package let lockedUntil: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (name, appliesTo): (String?, String?) = (nil, nil)
    var accounts: [AccountID] = []
    var trigger: RetentionRule.Trigger?
    var period: CalendarPeriod?
    var action: RetentionRule.Action?
    var lockedUntil: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "name": name = try reader.text(max: 100)
      case "applies_to":
        var again = reader
        if try again.string() == RetentionRule.anyClass {
          reader = again
          appliesTo = RetentionRule.anyClass
        } else {
          appliesTo = try reader.category()
        }
      case "account_ids": accounts = try reader.accounts(max: Self.accountsMax)
      case "trigger": trigger = RetentionRule.Trigger(try reader.category())
      case "period":
        if reader.null() { return }
        guard let parsed = CalendarPeriod(parsing: try reader.string()) else {
          throw reader.error(
            .value, "a period of years, months, weeks and days such as P6Y is expected")
        }
        period = parsed
      case "action": action = try reader.choice(RetentionRule.Action.self)
      case "locked_until": lockedUntil = reader.null() ? nil : try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    guard let name else { throw reader.missing("name") }
    guard let appliesTo else { throw reader.missing("applies_to") }
    guard let trigger else { throw reader.missing("trigger") }
    guard let action else { throw reader.missing("action") }
    if period == nil && action != .retain { throw reader.missing("period") }
    self.name = name
    self.appliesTo = appliesTo
    self.accounts = accounts
    self.trigger = trigger
    self.period = period
    self.action = action
    self.lockedUntil = lockedUntil
  }
}

/// A rule as callers see it, one version of it.
package struct RetentionRuleView: View {
  package let rule: RetentionRule
  package let createdBy: String
  package let createdAt: Timestamp

  package init(rule: RetentionRule, createdBy: String, createdAt: Timestamp) {
    self.rule = rule
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(rule.id)
      writer.key("version")
      writer.int(rule.version)
      writer.key("name")
      writer.string(rule.name)
      writer.key("applies_to")
      writer.string(rule.appliesTo)
      writer.key("account_ids")
      writer.array { writer in for account in rule.accounts { writer.identifier(account) } }
      writer.key("trigger")
      writer.string(rule.trigger.description)
      writer.key("period")
      writer.string(rule.period?.description)
      writer.key("action")
      writer.string(rule.action.rawValue)
      writer.key("locked_until")
      writer.timestamp(rule.lockedUntil)
      writer.key("deleted")
      writer.bool(rule.isDeleted)
      writer.key("effective_at")
      writer.timestamp(rule.effectiveAt)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("created_at")
      writer.timestamp(createdAt)
    }
  }
}

/// Dates of an account that periods count from.
package struct AccountDatesBody: Body {
  package static let datesMax = 50
  /// A day such as `2026-01-31`, or nil to take the date away.
  package let dates: [(name: String, day: String?)]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var dates: [(name: String, day: String?)] = []
    var isThere = false
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "dates" else { throw reader.unknownMember() }
      isThere = true
      try reader.object { (name, reader) throws(JSONError) in
        let isName =
          !name.isEmpty && name.utf8.count <= 64
          && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F }
        guard isName, name != "created", !RetentionRule.Trigger.ownDates.contains(name) else {
          throw reader.error(.value, "'\(name)' is not a date that is told")
        }
        if dates.count == Self.datesMax { throw reader.error(.value, "too many dates") }
        if reader.null() {
          dates.append((name, nil))
          return
        }
        let day = try reader.string()
        guard let midnight = Timestamp(parsing: day + "T00:00:00Z"),
          midnight.description.hasPrefix(day)
        else { throw reader.error(.value, "a day such as 2026-01-31 is expected") }
        dates.append((name, day))
      }
    }
    if !isThere { throw reader.missing("dates") }
    self.dates = dates
  }
}

package struct AccountDatesView: View {
  private let account: AccountID
  private let dates: [(name: String, at: Timestamp)]

  package init(account: AccountID, dates: [(name: String, at: Timestamp)]) {
    self.account = account
    self.dates = dates
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("dates")
      writer.object { writer in
        for (name, at) in dates {
          writer.key(name)
          writer.timestamp(at)
        }
      }
    }
  }
}

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

/// A run over everything that rules are about.
package struct RetentionRunView: View {
  package enum State: String, CaseIterable, Sendable {
    case running
    /// It would dispose of more than its budget: somebody must look.
    case paused
    case completed, cancelled
  }

  package let id: RetentionRunID
  package let state: State
  package let asOf: Timestamp
  package let budget: Int
  package let examined: Int
  package let disposed: Int
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let certificate: String?
  package let version: Int

  package init(
    id: RetentionRunID, state: State, asOf: Timestamp, budget: Int, examined: Int, disposed: Int,
    createdBy: String, createdAt: Timestamp, updatedAt: Timestamp, certificate: String?,
    version: Int
  ) {
    self.id = id
    self.state = state
    self.asOf = asOf
    self.budget = budget
    self.examined = examined
    self.disposed = disposed
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.certificate = certificate
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("as_of")
      writer.timestamp(asOf)
      writer.key("budget")
      writer.int(budget)
      writer.key("examined")
      writer.int(examined)
      writer.key("disposed")
      writer.int(disposed)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
      writer.key("certificate")
      writer.string(certificate)
    }
  }
}

/// How much a run may dispose of.
package struct RetentionRunBody: Body {
  package static let budgetFallback = 1_000
  package static let budgetMax = 10_000_000
  package let budget: Int

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var budget = Self.budgetFallback
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "budget" else { throw reader.unknownMember() }
      budget = try reader.int()
      guard (1...Self.budgetMax).contains(budget) else {
        throw reader.error(.value, "1 to \(Self.budgetMax) is expected")
      }
    }
    self.budget = budget
  }
}

/// What a run did to one thing.
package struct RetentionResultView: View {
  package let subjectUUID: Identifier<ContentItemNoun>
  private let subject: String
  private let className: String
  private let action: String
  private let rule: RetentionRuleID
  private let ruleVersion: Int
  private let dueAt: Timestamp
  private let at: Timestamp

  package init(
    subject: Identifier<ContentItemNoun>, className: String, action: String,
    rule: RetentionRuleID, ruleVersion: Int, dueAt: Timestamp, at: Timestamp
  ) {
    subjectUUID = subject
    self.subject =
      className == RetentionRule.accountClass
      ? AccountID(uuid: subject.uuid).description : subject.description
    self.className = className
    self.action = action
    self.rule = rule
    self.ruleVersion = ruleVersion
    self.dueAt = dueAt
    self.at = at
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("subject_id")
      writer.string(subject)
      writer.key("class")
      writer.string(className)
      writer.key("action")
      writer.string(action)
      writer.key("rule_id")
      writer.identifier(rule)
      writer.key("rule_version")
      writer.int(ruleVersion)
      writer.key("due_at")
      writer.timestamp(dueAt)
      writer.key("at")
      writer.timestamp(at)
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
