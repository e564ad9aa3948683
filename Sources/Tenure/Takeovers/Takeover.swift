/// A campaign that brings accounts of a claimed domain under control: its terms.
package struct Takeover: Sendable, Equatable {
  /// What a case can come to.
  package enum Outcome: String, CaseIterable, Sendable {
    /// The person keeps the account, the tenant gets the address.
    case detachAddress = "detach_address"
    case blockSignIn = "block_sign_in"
    case assumeControl = "assume_control"
  }

  package enum State: String, CaseIterable, Sendable {
    case running, completed, cancelled
  }

  /// The operator sets a default within these bounds; a takeover may not go below the floor.
  package static let noticeDaysRange = 14...90
  package static let noticeDaysFloor = 7
  package static let extensionDays = 14
  package static let undoDays: Int64 = 30
  package static let exportDays: Int64 = 14

  package let id: TakeoverID
  package let tenant: TenantID
  package let claim: DomainClaimID
  package let domain: DomainName
  package let scope: DomainClaim.Scope
  package let noAnswer: Outcome
  package let noticeDays: Int
  package let state: State
  package let extendedAt: Timestamp?
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: TakeoverID, tenant: TenantID, claim: DomainClaimID, domain: DomainName,
    scope: DomainClaim.Scope, noAnswer: Outcome, noticeDays: Int, state: State,
    extendedAt: Timestamp?, createdBy: String,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.tenant = tenant
    self.claim = claim
    self.domain = domain
    self.scope = scope
    self.noAnswer = noAnswer
    self.noticeDays = noticeDays
    self.state = state
    self.extendedAt = extendedAt
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}

extension Takeover {
  /// Whether an address lies on the claimed name: what the takeover is about.
  package func covers(_ address: EmailAddress) -> Bool {
    address.domain == domain.text
      || (scope == .subtree && address.domain.hasSuffix("." + domain.text))
  }

  /// Whether an address is the person's own: outside the claimed name and all below it, whatever the
  /// scope, because whoever has the name can make names below it.
  package func isPersonal(_ address: EmailAddress) -> Bool {
    address.domain != domain.text && !address.domain.hasSuffix("." + domain.text)
  }
}

/// One account in a takeover: what was said to the person, what they answered, what came of it.
package struct TakeoverCase: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// Queued or sent; no sufficient receipt has come: the clock stands.
    case noticePending = "notice_pending"
    case running, disputed, effective, cancelled, undone
    /// The tenant gave the account back.
    case released
    /// Something is in the way; the blocker names it.
    case blocked

    package var isOpen: Bool { [.noticePending, .running, .disputed].contains(self) }
  }

  package enum Answer: String, CaseIterable, Sendable {
    case accept, detach, dispute
  }

  package enum Blocker: String, CaseIterable, Sendable {
    case otherTenantControls = "other_tenant_controls"
    case alreadyControlled = "already_controlled"
    case addressSecondaryOnly = "address_secondary_only"
    case openCase = "open_case"
    case recentlyReleased = "recently_released"
    case domainNotHeld = "domain_not_held"
    /// The person's data is limited to being kept: nobody takes it over meanwhile.
    case restricted
    /// The person waits for the answer to a request.
    case openRequest = "open_request"
    /// Isolated, deleted or erased.
    case accountGone = "account_gone"
  }

  package let id: CaseID
  package let tenant: TenantID
  package let takeover: TakeoverID
  package let account: AccountID
  package var state: State
  package var outcome: Takeover.Outcome?
  package var blocker: Blocker?
  package var answer: Answer?
  package var answeredAt: Timestamp?
  package var noticeAt: Timestamp?
  package var reminders: Int
  package var clockStartedAt: Timestamp?
  package var deadlineAt: Timestamp?
  package var exportedAt: Timestamp?
  package var nextAt: Timestamp?
  package var effectAt: Timestamp?
  package var linkUsedAt: Timestamp?
  package let createdAt: Timestamp
  package var updatedAt: Timestamp
  package var version: Int

  package init(
    id: CaseID, tenant: TenantID, takeover: TakeoverID, account: AccountID, state: State,
    outcome: Takeover.Outcome?, blocker: Blocker?, answer: Answer?, answeredAt: Timestamp?,
    noticeAt: Timestamp?, reminders: Int, clockStartedAt: Timestamp?, deadlineAt: Timestamp?,
    exportedAt: Timestamp?, nextAt: Timestamp?, effectAt: Timestamp?, linkUsedAt: Timestamp?,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.tenant = tenant
    self.takeover = takeover
    self.account = account
    self.state = state
    self.outcome = outcome
    self.blocker = blocker
    self.answer = answer
    self.answeredAt = answeredAt
    self.noticeAt = noticeAt
    self.reminders = reminders
    self.clockStartedAt = clockStartedAt
    self.deadlineAt = deadlineAt
    self.exportedAt = exportedAt
    self.nextAt = nextAt
    self.effectAt = effectAt
    self.linkUsedAt = linkUsedAt
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  /// When something is due to happen by itself: the reminders at 50 % and 80 % of the notice period
  /// and 24 h before its end, then the deadline.
  package var schedule: [Timestamp] {
    guard let start = clockStartedAt, let deadline = deadlineAt else { return [] }
    let length = Double(deadline.seconds(since: start))
    return [
      start.adding(seconds: Int64(length * 0.5)), start.adding(seconds: Int64(length * 0.8)),
      deadline.adding(seconds: -86_400), deadline,
    ].sorted()
  }

  /// How many reminders are due by a time, the deadline not counted.
  package func remindersDue(at now: Timestamp) -> Int {
    schedule.dropLast().count { $0 <= now }
  }

  /// The next time after `now` at which something is due.
  package func nextDue(after now: Timestamp) -> Timestamp? {
    guard state == .running else { return nil }
    return schedule.first { $0 > now } ?? deadlineAt
  }
}
