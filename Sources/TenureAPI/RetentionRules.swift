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
      case "name": name = try reader.name(max: 100)
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
