import JSON
package import Tenure

extension Codec where Value == RetentionRule.Trigger {
  /// What a period counts from, by its name.
  static var trigger: Codec {
    let name = Codec<String>.category
    return Codec(name.schema) { (reader) throws(JSONError) in
      RetentionRule.Trigger(try name.read(&reader))
    } write: {
      $1.string($0.description)
    }
  }
}

extension Codec where Value == CalendarPeriod {
  /// Calendar time (ISO 8601).
  static var period: Codec {
    let schema = Schema("string", [("pattern", .string("^P[0-9]"))], example: .string("P6Y"))
    return Codec(schema) { (reader) throws(JSONError) in
      guard let period = CalendarPeriod(parsing: try reader.string()) else {
        throw reader.error(
          .value, "a period of years, months, weeks and days such as P6Y is expected")
      }
      return period
    } write: {
      $1.string($0.description)
    }
  }
}

extension CalendarPeriod {
  static let help = "ISO 8601, calendar time; null for ever."
  /// What the contract shows for one.
  static let example = CalendarPeriod(months: 72, days: 0)
}

extension Codec where Value == String {
  /// The name of a class of things, or `*` for any.
  fileprivate static var anyClass: Codec {
    let schema = Schema(
      "string", [("pattern", .string(#"^([a-z0-9_.]{1,64}|\*)$"#))], example: .string("account"))
    return Codec(schema) { (reader) throws(JSONError) in
      var again = reader
      guard try again.string() == RetentionRule.anyClass else { return try reader.category() }
      reader = again
      return RetentionRule.anyClass
    } write: {
      $1.string($0)
    }
  }

  /// A day such as `2026-01-31`.
  static var day: Codec {
    let schema = Schema(
      "string", [("format", .string("date"))], example: .string("2026-01-31"))
    return Codec(schema) { (reader) throws(JSONError) in
      let day = try reader.string()
      guard let midnight = Timestamp(parsing: day + "T00:00:00Z"),
        midnight.description.hasPrefix(day)
      else { throw reader.error(.value, "a day such as 2026-01-31 is expected") }
      return day
    } write: {
      $1.string($0)
    }
  }
}

/// The body that makes or changes a rule.
package struct RetentionRuleBody: Body, Shaped {
  package static let accountsMax = 1_000

  package let name: String
  package let appliesTo: String
  package let accounts: [AccountID]
  package let trigger: RetentionRule.Trigger
  package let period: CalendarPeriod?
  package let action: RetentionRule.Action
  package let lockedUntil: Timestamp?

  fileprivate static let appliesToHelp =
    "`account`, a category of content, or `*` for whatever no other rule is about."

  package static let shape = Shape("RetentionRuleBody", nil, RetentionRuleBody.init) {
    Member("name", \.name, .name(max: 100), "What people call it.", example: "Leavers")
    Member(
      "applies_to", \.appliesTo, .anyClass,
      RetentionRuleBody.appliesToHelp,
      example: RetentionRule.accountClass)
    Member(
      optional: "account_ids", \.accounts, .set(.id(), min: 1, max: accountsMax, "accounts"),
      "Only these and what they made; absent for all.")
    Member(
      "trigger", \.trigger, .trigger,
      "What the period counts from: `created`, `deactivated`, `deleted`, or a date told of the "
        + "account, such as `left`.", example: .date("left"))
    Member(
      "period", \.period, .nullable(.period), CalendarPeriod.help,
      default: nil, example: .example)
    Member("action", \.action, .choice(), example: .delete)
    Member(
      "locked_until", \.lockedUntil, .nullable(.timestamp), "Until then nobody weakens it.",
      default: nil)
  } check: { (body, reader) throws(JSONError) in
    if body.period == nil && body.action != .retain { throw reader.missing("period") }
  }
}

extension RetentionRuleVersion: View, Shaped {
  package static let shape = Shape<RetentionRuleVersion>("RetentionRule", "A version of a rule.") {
    Member("id", \.rule.id, .id())
    Member("version", \.rule.version, .number)
    Member("name", \.rule.name, .string, example: "Leavers")
    Member(
      "applies_to", \.rule.appliesTo, .string,
      RetentionRuleBody.appliesToHelp,
      example: RetentionRule.accountClass)
    Member("account_ids", \.rule.accounts, .list(.id()))
    Member("trigger", \.rule.trigger, .trigger, example: .date("left"))
    Member(
      "period", \.rule.period, .nullable(.period), CalendarPeriod.help,
      example: .example)
    Member("action", \.rule.action, .choice(), example: .delete)
    Member("locked_until", \.rule.lockedUntil, .nullable(.timestamp))
    Member("deleted", \.rule.isDeleted, .bool)
    Member("effective_at", \.rule.effectiveAt, .timestamp)
    Member("created_by", \.createdBy, .actor)
    Member("created_at", \.createdAt, .timestamp)
  }
}

/// Dates of an account that periods count from.
package struct AccountDatesBody: Body, Shaped {
  package static let datesMax = 50
  /// By name: a day such as `2026-01-31`, or nil to take the date away.
  package let dates: [(name: String, value: String?)]

  package static let shape = Shape("AccountDatesBody", nil, AccountDatesBody.init) {
    Member("dates", \.dates, .days, "Days by name; null takes one away.")
  }
}

extension Codec where Value == [(name: String, value: String?)] {
  /// Days by the names of the dates they are told of.
  fileprivate static var days: Codec {
    map(
      of: .nullable(.day), pattern: "^[a-z0-9_]{1,64}$", max: AccountDatesBody.datesMax, "dates",
      example: .object([("left", .string("2026-01-31"))])
    ) { (name, reader) throws(JSONError) in
      guard isTold(name) else {
        throw reader.error(.value, "'\(name)' is not a date that is told")
      }
    }
  }

  /// Whether a date of this name is for others to tell; some are the service's own.
  private static func isTold(_ name: String) -> Bool {
    let isName =
      !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F }
    return isName && name != "created" && !RetentionRule.Trigger.ownDates.contains(name)
  }
}

/// The dates that are told of an account.
package struct AccountDatesView: View, Shaped {
  private let account: AccountID
  private let dates: [(name: String, value: Timestamp)]

  package init(account: AccountID, dates: [(name: String, value: Timestamp)]) {
    self.account = account
    self.dates = dates
  }

  package static let shape = Shape<AccountDatesView>(
    "AccountDates", "Dates of an account that periods count from."
  ) {
    Member("account_id", \.account, .id())
    Member("dates", \.dates, .moments)
  }
}

extension Codec where Value == [(name: String, value: Timestamp)] {
  /// Moments by the names of the dates they are.
  fileprivate static var moments: Codec {
    map(of: .timestamp, example: .object([("left", .string("2026-01-31T00:00:00.000Z"))]))
  }
}

extension Shapes {
  static let retentionRules: [Component] = [
    RetentionRuleBody.shape.component, RetentionRuleVersion.shape.component,
    AccountDatesBody.shape.component, AccountDatesView.shape.component,
  ]
}
