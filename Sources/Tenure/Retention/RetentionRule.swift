package import Foundation

/// A tenant's rule that says when data must go, or how long it must stay.
package struct RetentionRule: Sendable, Equatable {
  package enum Action: String, CaseIterable, Sendable {
    case retain, isolate, anonymise, delete

    /// Whether what it does cannot be taken back.
    package var disposes: Bool { self == .anonymise || self == .delete }

    /// Orders actions: the more an action keeps, the greater its number.
    fileprivate var strength: Int {
      switch self {
      case .retain: 3
      case .isolate: 2
      case .anonymise: 1
      case .delete: 0
      }
    }
  }

  /// The date that the period counts from: when the thing was made, or a date of its account.
  package enum Trigger: Sendable, Equatable, CustomStringConvertible {
    case created
    /// A date of the account. The service sets `deactivated` and `deleted` itself; `last_activity`,
    /// `left` and any other name are set by the tenant or its products.
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

  /// The class that means accounts themselves; all other classes are categories of content.
  package static let accountClass = "account"
  /// The class of the tenant's default rule, for whatever no other rule covers.
  package static let anyClass = "*"

  package let id: RetentionRuleID
  package let version: Int
  package let name: String
  /// The class: `account`, a category of content, or `*`.
  package let appliesTo: String
  /// The accounts that the rule is limited to, with what they made; empty for all.
  package let accounts: [AccountID]
  package let trigger: Trigger
  /// How long; nil for ever.
  package let period: CalendarPeriod?
  package let action: Action
  /// Until then nobody can weaken the rule, and what it retains stays whatever other rules say; nil
  /// for a rule without a lock.
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

  /// Whether it lets data go earlier than the version `old` did, or can lose a lock.
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

  /// Whether the rule is about an account or item, by class and account.
  package func covers(_ subject: RetentionSubject) -> Bool {
    guard appliesTo == subject.className || appliesTo == Self.anyClass else { return false }
    return accounts.isEmpty || subject.account.map { accounts.contains($0) } ?? false
  }

  /// When its period ends; nil where it never does, or the date it counts from is unknown.
  package func dueAt(_ subject: RetentionSubject, in zone: TimeZone) -> Timestamp? {
    guard let period, let start = start(subject) else { return nil }
    return period.after(start, in: zone)
  }

  /// When its period began; nil where the date it counts from is unknown.
  package func start(_ subject: RetentionSubject) -> Timestamp? {
    switch trigger {
    case .created: subject.createdAt
    case .date(let name): subject.dates[name]
    }
  }
}

/// What rules decide about: an account, or a content item.
package struct RetentionSubject: Sendable {
  package let id: String
  /// The class: `account`, or the item's category.
  package let className: String
  /// The account itself, or the item's author; nil where the author is a pseudonym.
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
