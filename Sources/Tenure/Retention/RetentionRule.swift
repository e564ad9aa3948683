package import Foundation

/// When data must go, or how long it must stay.
package struct RetentionRule: Sendable, Equatable {
  package enum Action: String, CaseIterable, Sendable {
    case retain, isolate, anonymise, delete

    /// Whether nothing brings back what it takes.
    package var disposes: Bool { self == .anonymise || self == .delete }

    /// What keeps more comes first.
    fileprivate var strength: Int {
      switch self {
      case .retain: 3
      case .isolate: 2
      case .anonymise: 1
      case .delete: 0
      }
    }
  }

  /// What the period counts from: the making of a thing, or a date of its account.
  package enum Trigger: Sendable, Equatable, CustomStringConvertible {
    case created
    /// A date of the account: `deactivated` and `deleted` are the service's own; `last_activity`,
    /// `left` and any other name are told by whoever knows.
    case date(String)

    package static let ownDates: Set = ["deactivated", "deleted"]

    package init(_ text: String) { self = text == "created" ? .created : .date(text) }

    package var description: String {
      switch self {
      case .created: "created"
      case .date(let name): name
      }
    }
  }

  /// The class of accounts themselves, beside the categories of content.
  package static let accountClass = "account"
  /// Whatever no other rule is about: the tenant's default.
  package static let anyClass = "*"

  package let id: RetentionRuleID
  package let version: Int
  package let name: String
  /// `account`, a category of content, or `*`.
  package let appliesTo: String
  /// Only these accounts and what they made; empty for all.
  package let accounts: [AccountID]
  package let trigger: Trigger
  /// nil: for ever.
  package let period: CalendarPeriod?
  package let action: Action
  /// Until then nobody weakens it, and what it retains stays whatever else is decided.
  package let lockedUntil: Timestamp?
  package let isDeleted: Bool
  package let effectiveAt: Timestamp

  package init(
    id: RetentionRuleID, version: Int, name: String, appliesTo: String, accounts: [AccountID],
    trigger: Trigger, period: CalendarPeriod?, action: Action, lockedUntil: Timestamp?,
    isDeleted: Bool = false, effectiveAt: Timestamp
  ) {
    self.id = id
    self.version = version
    self.name = name
    self.appliesTo = appliesTo
    self.accounts = accounts
    self.trigger = trigger
    self.period = period
    self.action = action
    self.lockedUntil = lockedUntil
    self.isDeleted = isDeleted
    self.effectiveAt = effectiveAt
  }

  package func isLocked(at time: Timestamp) -> Bool { lockedUntil.map { $0 > time } ?? false }

  /// Whether data may go earlier by it than by the rule it takes the place of, or may lose a lock.
  package func isWeaker(than old: RetentionRule) -> Bool {
    if isDeleted { return old.action == .retain && !old.isDeleted }
    if old.isDeleted { return false }
    if let lock = old.lockedUntil, lockedUntil.map({ $0 < lock }) ?? true { return true }
    if appliesTo != old.appliesTo || accounts != old.accounts || trigger != old.trigger {
      return true
    }
    if action.strength < old.action.strength { return true }
    guard let period else { return false }
    guard let oldPeriod = old.period else { return true }
    return !period.isSurelyAtLeast(oldPeriod)
  }

  /// Whether it is about a thing at all.
  package func covers(_ subject: RetentionSubject) -> Bool {
    guard appliesTo == subject.className || appliesTo == Self.anyClass else { return false }
    return accounts.isEmpty || subject.account.map { accounts.contains($0) } ?? false
  }

  /// When its period is over; nil where it never is, or nobody has told the date it counts from.
  package func dueAt(_ subject: RetentionSubject, in zone: TimeZone) -> Timestamp? {
    guard let period, let start = start(subject) else { return nil }
    return period.after(start, in: zone)
  }

  /// When its period began; nil where nobody has told.
  package func start(_ subject: RetentionSubject) -> Timestamp? {
    switch trigger {
    case .created: subject.createdAt
    case .date(let name): subject.dates[name]
    }
  }
}

/// A thing that rules are about: an account, or a content item.
package struct RetentionSubject: Sendable {
  package let id: String
  /// `account`, or the item's category.
  package let className: String
  /// The account itself, or the item's author.
  package let account: AccountID?
  package let createdAt: Timestamp
  package let dates: [String: Timestamp]
  package let isHeld: Bool
  package let isRestricted: Bool
  package let isErasureGranted: Bool

  package init(
    id: String, className: String, account: AccountID?, createdAt: Timestamp,
    dates: [String: Timestamp], isHeld: Bool = false, isRestricted: Bool = false,
    isErasureGranted: Bool = false
  ) {
    self.id = id
    self.className = className
    self.account = account
    self.createdAt = createdAt
    self.dates = dates
    self.isHeld = isHeld
    self.isRestricted = isRestricted
    self.isErasureGranted = isErasureGranted
  }
}
