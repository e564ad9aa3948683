/// One account in a takeover: what was said to the person, what they answered, what came of it.
///
///     notice_pending → running → effective → undone | released
///     notice_pending | running → disputed → cancelled, or back
///     notice_pending | running | disputed → cancelled | blocked
///     effective (block_sign_in) → disputed → undone, or back; → effective by the person's answer
///
/// It moves by its verbs alone; each says from which states, and refuses the others.
package struct TakeoverCase: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// Queued or sent; no sufficient receipt has come: the clock stands.
    case noticePending = "notice_pending"
    case running, disputed, effective, cancelled, undone
    /// The tenant gave the account back.
    case released
    /// Something is in the way for good; the blocker names it.
    case blocked
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
    /// The claim that the takeover rests on does not hold the name, or not the account's address.
    case domainNotHeld = "domain_not_held"
    /// The person's data is limited to being kept: nobody takes it over meanwhile.
    case restricted
    /// The person waits for the answer to a request.
    case openRequest = "open_request"
    /// Isolated, deleted or erased.
    case accountGone = "account_gone"
    /// The account no longer has a verified address on the name.
    case addressGone = "address_gone"
    /// Nobody else owns a tenant of the person's: it would be without an owner.
    case lastOwner = "last_owner"
    /// Without the address nothing would reach the person.
    case noOtherDestination = "no_other_destination"
    /// Nothing that was sent reached the person.
    case notNotified = "not_notified"
    /// Not now: it is tried again, and why is not said.
    case later
  }

  package enum Decision: String, CaseIterable, Sendable {
    /// The person is right: the case ends without an effect.
    case uphold
    /// The notice period goes on from where it stood.
    case dismiss
  }

  /// Why something cannot be done to a case now.
  package enum Refusal: Error, Equatable, Sendable {
    case notWhile(State)
    /// Nobody has been told yet: there is nothing to answer.
    case notTold
    case answeredBefore(Answer)
    /// The clock was paused for an export before.
    case exportedBefore
    /// The days in which an effect can be undone are over.
    case undoOver
    /// These words were disputed with, and decided about, before.
    case nothingNew
    case disputedTooOften
    /// Its time has not come, or nobody asked for it.
    case notDue
  }

  /// How long a case waits for its receipts after the notice; then it ends.
  package static let notifyDays: Int64 = 90
  /// How often one case can be disputed, anew after a dismissal only with something new: so often
  /// by anybody who reads a mailbox, and as often again by the person themselves.
  package static let disputesMax = 3

  package let id: CaseID
  package let tenant: TenantID
  package let takeover: TakeoverID
  package let account: AccountID
  package private(set) var state: State
  package private(set) var outcome: Takeover.Outcome?
  /// What keeps it from going on, for now or (where it is `blocked`) for good.
  package private(set) var blocker: Blocker?
  package private(set) var answer: Answer?
  package private(set) var answeredAt: Timestamp?
  package private(set) var noticeAt: Timestamp?
  /// How many reminders went out.
  package private(set) var reminders: Int
  /// How often it was disputed.
  package private(set) var disputes: Int
  package private(set) var clockStartedAt: Timestamp?
  package private(set) var deadlineAt: Timestamp?
  package private(set) var exportedAt: Timestamp?
  /// When something is to be done; nil while it waits for somebody.
  package private(set) var nextAt: Timestamp?
  package private(set) var effectAt: Timestamp?
  package private(set) var linkUsedAt: Timestamp?
  package let createdAt: Timestamp
  package private(set) var updatedAt: Timestamp
  package private(set) var version: Int
  /// As it was kept: whoever saves the case names it, so that nothing is written over.
  package private(set) var savedState: State

  /// A case as it was kept.
  package init(
    id: CaseID, tenant: TenantID, takeover: TakeoverID, account: AccountID, state: State,
    outcome: Takeover.Outcome?, blocker: Blocker?, answer: Answer?, answeredAt: Timestamp?,
    noticeAt: Timestamp?, reminders: Int, disputes: Int, clockStartedAt: Timestamp?,
    deadlineAt: Timestamp?, exportedAt: Timestamp?, nextAt: Timestamp?, effectAt: Timestamp?,
    linkUsedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp, version: Int
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
    self.disputes = disputes
    self.clockStartedAt = clockStartedAt
    self.deadlineAt = deadlineAt
    self.exportedAt = exportedAt
    self.nextAt = nextAt
    self.effectAt = effectAt
    self.linkUsedAt = linkUsedAt
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
    savedState = state
  }

  /// A case that begins: its person is to be told at once.
  package init(
    id: CaseID, tenant: TenantID, takeover: TakeoverID, account: AccountID, at now: Timestamp
  ) {
    self.init(
      id: id, tenant: tenant, takeover: takeover, account: account, state: .noticePending,
      outcome: nil, blocker: nil, answer: nil, answeredAt: nil, noticeAt: nil, reminders: 0,
      disputes: 0, clockStartedAt: nil, deadlineAt: nil, exportedAt: nil, nextAt: now,
      effectAt: nil, linkUsedAt: nil, createdAt: now, updatedAt: now, version: 1)
  }

  // MARK: What it is

  /// Whether sign-in is blocked for want of an answer: the person keeps every way out.
  package var isBlocking: Bool {
    outcome == .blockSignIn && (state == .effective || state == .disputed)
  }

  /// Whether it has had no effect yet and may still have one.
  package var isOpen: Bool {
    switch state {
    case .noticePending, .running: true
    case .disputed: outcome == nil
    case .effective, .cancelled, .undone, .released, .blocked: false
    }
  }

  /// Whether the person can still do something about it; by links as well.
  package var isAnswerable: Bool { noticeAt != nil && (isOpen || isBlocking) }

  /// What the person can do now, by name.
  package var actions: [String] {
    guard isAnswerable else { return [] }
    var actions = ["acknowledge"]
    if answer == nil && state != .disputed {
      actions += ["accept", "detach"]
      if disputes < Self.disputesMax * 2 { actions.append("dispute") }
    }
    if exportedAt == nil { actions.append("export") }
    return actions
  }

  // MARK: When

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
    switch state {
    case .noticePending: notifyUntil
    case .running where answer == nil: schedule.first { $0 > now } ?? deadlineAt
    case .running, .disputed, .effective, .cancelled, .undone, .released, .blocked: nil
    }
  }

  /// Until when receipts are waited for.
  private var notifyUntil: Timestamp? {
    noticeAt?.adding(seconds: Self.notifyDays * 86_400)
  }

  /// What is to happen to the account now: what the person chose, or without an answer by the
  /// deadline what the takeover says.
  package func outcomeDue(_ noAnswer: Takeover.Outcome, at now: Timestamp) -> Takeover.Outcome? {
    guard state == .running || (isBlocking && state == .effective) else { return nil }
    switch answer {
    case .accept: return .assumeControl
    case .detach: return .detachAddress
    case .dispute: return nil
    case nil:
      guard state == .running, let deadlineAt, deadlineAt <= now else { return nil }
      return noAnswer
    }
  }

  /// Whether its person could not be told in all the time there was.
  package func isOverdueForNotice(at now: Timestamp) -> Bool {
    state == .noticePending && isNoticeTimeOver(at: now)
  }

  /// Whether the time in which its person was to be told is over.
  package func isNoticeTimeOver(at now: Timestamp) -> Bool {
    notifyUntil.map { $0 <= now } ?? false
  }
}

// MARK: - The person is told

extension TakeoverCase {
  package enum Message: Sendable { case notice, reminder }

  /// Counts the notice, or the reminder that is due; answers which is to be sent, nil for none.
  package mutating func send(at now: Timestamp) throws(Refusal) -> Message? {
    guard state == .noticePending || state == .running else { throw .notWhile(state) }
    let due = remindersDue(at: now)
    let message: Message? = noticeAt == nil ? .notice : due > reminders ? .reminder : nil
    if noticeAt == nil { noticeAt = now }
    reminders = max(due, reminders)
    nextAt = nextDue(after: now)
    return message
  }

  /// The receipts suffice since then: the clock starts, and an export asked for before counts.
  package mutating func told(
    since: Timestamp, noticeDays: Int, at now: Timestamp
  ) throws(Refusal) {
    guard state == .noticePending else { throw .notWhile(state) }
    guard noticeAt != nil else { throw .notTold }
    let days = Int64(noticeDays) + (exportedAt == nil ? 0 : Takeover.exportDays)
    state = .running
    clockStartedAt = since
    deadlineAt = since.adding(seconds: days * 86_400)
    nextAt = now
  }

  /// Ends it, because nothing reached the person: `failed` where that is certain, else once the
  /// time for receipts is over.
  package mutating func endUnnotified(failed: Bool, at now: Timestamp) throws(Refusal) {
    guard state == .noticePending else { throw .notWhile(state) }
    guard failed || isOverdueForNotice(at: now) else { throw .notDue }
    end(.blocked, blocker: .notNotified)
  }
}

// MARK: - The person acts

extension TakeoverCase {
  /// The tenant may have the account; said again it changes nothing.
  package mutating func accept(at now: Timestamp) throws(Refusal) {
    try choose(.accept, at: now)
  }

  /// The person keeps the account, and the tenant gets its address; said again it changes nothing.
  package mutating func detach(at now: Timestamp) throws(Refusal) {
    try choose(.detach, at: now)
  }

  private mutating func choose(_ chosen: Answer, at now: Timestamp) throws(Refusal) {
    try requireAnswerable()
    if state == .disputed { throw .notWhile(state) }
    if answer == chosen { return }
    if let answer { throw .answeredBefore(answer) }
    answer = chosen
    answeredAt = now
    if !isBlocking { state = .running }
    nextAt = now
  }

  /// Something is wrong: the operator decides, and the clock stands meanwhile.
  ///
  /// `isPersons`: whether it is certain that the person says it. `isNew`: nothing like it was said
  /// by the same hand in an earlier dispute of this case.
  package mutating func dispute(
    isNew: Bool, isPersons: Bool, at now: Timestamp
  ) throws(Refusal) {
    try requireAnswerable()
    if state == .disputed { throw .notWhile(state) }
    if let answer { throw .answeredBefore(answer) }
    if disputes >= Self.disputesMax * (isPersons ? 2 : 1) { throw .disputedTooOften }
    if disputes > 0 && !isNew { throw .nothingNew }
    answer = .dispute
    answeredAt = now
    disputes += 1
    state = .disputed
    nextAt = nil
  }

  /// The person wants their data first: two weeks more, once.
  package mutating func export(at now: Timestamp) throws(Refusal) {
    try requireAnswerable()
    if exportedAt != nil { throw .exportedBefore }
    exportedAt = now
    deadlineAt = deadlineAt?.adding(seconds: Takeover.exportDays * 86_400)
    if nextAt != nil && answer == nil { nextAt = now }
  }

  /// The person decided: the links of the case are used up.
  package mutating func useLink(at now: Timestamp) { linkUsedAt = now }

  private func requireAnswerable() throws(Refusal) {
    guard isOpen || isBlocking else { throw .notWhile(state) }
    if noticeAt == nil { throw .notTold }
  }
}

// MARK: - The operator decides

extension TakeoverCase {
  /// Decides a dispute.
  ///
  /// Upheld, a block must be taken off the account as well. Dismissed, the case is where it was,
  /// and the time the dispute took is not the person's loss.
  package mutating func decide(_ decision: Decision, at now: Timestamp) throws(Refusal) {
    guard state == .disputed, let disputedAt = answeredAt else { throw .notWhile(state) }
    switch decision {
    case .uphold: end(isBlocking ? .undone : .cancelled)
    case .dismiss: goOn(after: disputedAt, at: now)
    }
  }

  /// Ends a dispute that somebody else opened, because the person acts themselves: what others said
  /// for them holds them up no longer.
  package mutating func giveWay(at now: Timestamp) throws(Refusal) {
    guard state == .disputed, let disputedAt = answeredAt else { throw .notWhile(state) }
    goOn(after: disputedAt, at: now)
  }

  /// Goes on where it was before a dispute, and later by the time that it took.
  private mutating func goOn(after disputedAt: Timestamp, at now: Timestamp) {
    let stood = now.microseconds - disputedAt.microseconds
    deadlineAt = deadlineAt.map { Timestamp(microseconds: $0.microseconds + stood) }
    answer = nil
    answeredAt = nil
    // The links that the dispute used up are needed again.
    linkUsedAt = nil
    state = isBlocking ? .effective : clockStartedAt == nil ? .noticePending : .running
    nextAt = state == .running ? now : nextDue(after: now)
  }

  /// Ends a block: the person may sign in as before.
  package mutating func lift(at now: Timestamp) throws(Refusal) {
    guard isBlocking else { throw .notWhile(state) }
    end(.undone)
  }
}

// MARK: - What comes of it

extension TakeoverCase {
  /// What is due takes effect.
  package mutating func takeEffect(
    _ noAnswer: Takeover.Outcome, at now: Timestamp
  ) throws(Refusal) {
    guard isOpen || isBlocking else { throw .notWhile(state) }
    guard let due = outcomeDue(noAnswer, at: now) else { throw .notDue }
    state = .effective
    outcome = due
    effectAt = now
    blocker = nil
    nextAt = nil
  }

  /// Something is in the way for now: it is tried again.
  ///
  /// Answers whether that is news.
  package mutating func putOff(
    _ reason: Blocker, until: Timestamp
  ) throws(Refusal) -> Bool {
    guard state == .running || (isBlocking && answer != nil) else { throw .notWhile(state) }
    let isNews = blocker != reason
    blocker = reason
    nextAt = until
    return isNews
  }

  /// Something is in the way for good.
  ///
  /// A block that is in effect stays, without the answer that could not be followed.
  package mutating func block(_ reason: Blocker, at now: Timestamp) throws(Refusal) {
    if isBlocking && state == .effective {
      answer = nil
      answeredAt = nil
      blocker = reason
      nextAt = nil
      return
    }
    guard isOpen else { throw .notWhile(state) }
    end(.blocked, blocker: reason)
  }

  /// The takeover is off before it had an effect.
  package mutating func cancel(at now: Timestamp) throws(Refusal) {
    guard isOpen else { throw .notWhile(state) }
    end(.cancelled)
  }

  /// Takes the effect back: for 30 days, the last moment included.
  package mutating func undo(at now: Timestamp) throws(Refusal) {
    guard state == .effective, let effectAt else { throw .notWhile(state) }
    if now > effectAt.adding(seconds: Takeover.undoDays * 86_400) { throw .undoOver }
    end(.undone)
  }

  /// The tenant gives the account back.
  package mutating func release(at now: Timestamp) throws(Refusal) {
    guard state == .effective, outcome == .assumeControl else { throw .notWhile(state) }
    end(.released)
  }

  private mutating func end(_ state: State, blocker: Blocker? = nil) {
    self.state = state
    self.blocker = blocker
    nextAt = nil
  }

  /// It was kept as it is now: the database has counted its version up.
  package mutating func saved(at now: Timestamp) {
    savedState = state
    version += 1
    updatedAt = now
  }
}
