/// One account in a takeover: what was said to the person, what they answered, what came of it.
///
///     notice_pending → running → effective → undone | released
///     notice_pending | running → disputed → cancelled, or back
///     notice_pending | running | disputed → cancelled | blocked
///     effective (block_sign_in) → disputed → undone, or back; → effective by the person's answer
///
/// Only the verbs below move a case; each names the states that it starts from, and throws in
/// others.
package struct TakeoverCase: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    /// The notice is queued or sent, but the receipts are not enough yet: the clock stands still.
    case noticePending = "notice_pending"
    case running, disputed, effective, cancelled, undone
    /// The tenant gave the account back after taking it over.
    case released
    /// It can never take effect; `blocker` says why.
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
    /// The claim of the takeover does not hold the domain any more, or the address belongs to
    /// another.
    case domainNotHeld = "domain_not_held"
    /// The processing of the person's data is restricted: nobody takes it over meanwhile.
    case restricted
    /// A request of the person is not answered yet.
    case openRequest = "open_request"
    /// The account is isolated, deleted, anonymised or erased.
    case accountGone = "account_gone"
    /// The account has no verified address at the domain any more.
    case addressGone = "address_gone"
    /// A tenant would be left without an owner who can sign in.
    case lastOwner = "last_owner"
    /// Without the address at the domain, the person could not be reached.
    case noOtherDestination = "no_other_destination"
    /// It is certain, or 90 days make it likely, that no notice reached the person.
    case notNotified = "not_notified"
    /// Something that is not named here: a hold, for instance. The case is tried again later.
    case later
  }

  package enum Decision: String, CaseIterable, Sendable {
    /// The operator agrees with the person: the case ends without an effect.
    case uphold
    /// The operator does not: the notice period goes on from where it stood still.
    case dismiss
  }

  /// Why a verb does not apply to a case now.
  package enum Refusal: Error, Equatable, Sendable {
    case notWhile(State)
    /// The person was not sent a notice yet, so there is nothing to answer.
    case notTold
    case answeredBefore(Answer)
    /// The person asked for an export before, which extends the time only once.
    case exportedBefore
    /// The 30 days in which an effect can be undone are over.
    case undoOver
    /// An earlier dispute in these words was decided already.
    case nothingNew
    case disputedTooOften
    /// The case's next date is in the future, or it has none.
    case notDue
  }

  /// How long the service waits for receipts after the notice; then the case ends.
  package static let notifyDays: Int64 = 90
  /// How many disputes a case can have from whoever reads a mailbox; the person themselves may open
  /// as many again.
  ///
  /// After a dismissal a dispute must say something new.
  package static let disputesMax = 3

  package let id: CaseID
  package let tenant: TenantID
  package let takeover: TakeoverID
  package let account: AccountID
  package private(set) var state: State
  package private(set) var outcome: Takeover.Outcome?
  /// What keeps the case from taking effect: for ever where its state is `blocked`, otherwise for
  /// now.
  package private(set) var blocker: Blocker?
  package private(set) var answer: Answer?
  package private(set) var answeredAt: Timestamp?
  package private(set) var noticeAt: Timestamp?
  /// How many reminders were sent.
  package private(set) var reminders: Int
  /// How many disputes were opened.
  package private(set) var disputes: Int
  package private(set) var clockStartedAt: Timestamp?
  package private(set) var deadlineAt: Timestamp?
  package private(set) var exportedAt: Timestamp?
  /// When the job must look at the case again; nil while it waits for a person or the operator.
  package private(set) var nextAt: Timestamp?
  package private(set) var effectAt: Timestamp?
  package private(set) var linkUsedAt: Timestamp?
  package let createdAt: Timestamp
  package private(set) var updatedAt: Timestamp
  package private(set) var version: Int
  /// The state in the database: an update names it, and fails where another one came first.
  package private(set) var savedState: State

  /// A stored case.
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

  /// A new case: its person must be told at once.
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

  /// Whether the case blocks sign-in because the person did not answer: they can still answer in
  /// every way.
  package var isBlocking: Bool {
    outcome == .blockSignIn && (state == .effective || state == .disputed)
  }

  /// Whether the case has had no effect yet and may still have one.
  package var isOpen: Bool {
    switch state {
    case .noticePending, .running: true
    case .disputed: outcome == nil
    case .effective, .cancelled, .undone, .released, .blocked: false
    }
  }

  /// Whether the person can still act on the case, also by the links of its notices.
  package var isAnswerable: Bool { noticeAt != nil && (isOpen || isBlocking) }

  /// The names of what the person can do now.
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

  /// When something happens by itself: reminders after 50 % and 80 % of the notice period and 24 h
  /// before its end, then the outcome at its end.
  package var schedule: [Timestamp] {
    guard let start = clockStartedAt, let deadline = deadlineAt else { return [] }
    let length = Double(deadline.seconds(since: start))
    return [
      start.adding(seconds: Int64(length * 0.5)), start.adding(seconds: Int64(length * 0.8)),
      deadline.adding(seconds: -86_400), deadline,
    ].sorted()
  }

  /// How many reminders should have been sent by `now`.
  package func remindersDue(at now: Timestamp) -> Int {
    schedule.dropLast().count { $0 <= now }
  }

  /// The next time after `now` at which something is due; nil where nothing is.
  package func nextDue(after now: Timestamp) -> Timestamp? {
    switch state {
    case .noticePending: notifyUntil
    case .running where answer == nil: schedule.first { $0 > now } ?? deadlineAt
    case .running, .disputed, .effective, .cancelled, .undone, .released, .blocked: nil
    }
  }

  /// Until when the service waits for receipts; nil before the notice.
  private var notifyUntil: Timestamp? {
    noticeAt?.adding(seconds: Self.notifyDays * 86_400)
  }

  /// The outcome that is due now: what the person chose or, without an answer by the deadline, what
  /// the takeover says; nil where nothing is due.
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

  /// Whether the case must end, because the receipts were not enough in the time there was.
  package func isOverdueForNotice(at now: Timestamp) -> Bool {
    state == .noticePending && isNoticeTimeOver(at: now)
  }

  /// Whether the time to wait for receipts is over.
  package func isNoticeTimeOver(at now: Timestamp) -> Bool {
    notifyUntil.map { $0 <= now } ?? false
  }
}

// MARK: - The person is told

extension TakeoverCase {
  package enum Message: Sendable { case notice, reminder }

  /// Counts the notice or the reminder that is due, and returns which message to send; nil for
  /// none.
  package mutating func send(at now: Timestamp) throws(Refusal) -> Message? {
    guard state == .noticePending || state == .running else { throw .notWhile(state) }
    let due = remindersDue(at: now)
    let message: Message? = noticeAt == nil ? .notice : due > reminders ? .reminder : nil
    if noticeAt == nil { noticeAt = now }
    reminders = max(due, reminders)
    nextAt = nextDue(after: now)
    return message
  }

  /// Starts the clock, as of when the receipts were enough.
  ///
  /// An export that was asked for before extends the deadline.
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

  /// Ends the case because nothing reached the person: `failed` where every destination certainly
  /// failed, otherwise only once the time for receipts is over.
  package mutating func endUnnotified(failed: Bool, at now: Timestamp) throws(Refusal) {
    guard state == .noticePending else { throw .notWhile(state) }
    guard failed || isOverdueForNotice(at: now) else { throw .notDue }
    end(.blocked, blocker: .notNotified)
  }
}

// MARK: - The person acts

extension TakeoverCase {
  /// The person lets the tenant have the account.
  ///
  /// A repeated call changes nothing.
  package mutating func accept(at now: Timestamp) throws(Refusal) {
    try choose(.accept, at: now)
  }

  /// The person keeps the account and gives the tenant its address.
  ///
  /// A repeated call changes nothing.
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

  /// Opens a dispute: the operator must decide, and the clock stands still meanwhile.
  ///
  /// `isPersons`: the person says it for certain. `isNew`: no earlier dispute of the case from the
  /// same side said the same.
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

  /// The person asks for their data first, which extends the deadline by two weeks, once.
  package mutating func export(at now: Timestamp) throws(Refusal) {
    try requireAnswerable()
    if exportedAt != nil { throw .exportedBefore }
    exportedAt = now
    deadlineAt = deadlineAt?.adding(seconds: Takeover.exportDays * 86_400)
    if nextAt != nil && answer == nil { nextAt = now }
  }

  /// The person has decided: the links of the case cannot be used any more.
  package mutating func useLink(at now: Timestamp) { linkUsedAt = now }

  private func requireAnswerable() throws(Refusal) {
    guard isOpen || isBlocking else { throw .notWhile(state) }
    if noticeAt == nil { throw .notTold }
  }
}

// MARK: - The operator decides

extension TakeoverCase {
  /// Records the operator's decision.
  ///
  /// If the dispute is upheld, the caller must also unblock the account where the case had blocked
  /// it. If it is dismissed, the case goes on where it was, and the deadline moves by the time that
  /// the dispute took.
  package mutating func decide(_ decision: Decision, at now: Timestamp) throws(Refusal) {
    guard state == .disputed, let disputedAt = answeredAt else { throw .notWhile(state) }
    switch decision {
    case .uphold: end(isBlocking ? .undone : .cancelled)
    case .dismiss: goOn(after: disputedAt, at: now)
    }
  }

  /// Ends a dispute that somebody other than the person may have opened, because the person acts
  /// themselves now.
  package mutating func giveWay(at now: Timestamp) throws(Refusal) {
    guard state == .disputed, let disputedAt = answeredAt else { throw .notWhile(state) }
    goOn(after: disputedAt, at: now)
  }

  /// Returns to the state before the dispute, and moves the deadline by the time that the dispute
  /// took.
  private mutating func goOn(after disputedAt: Timestamp, at now: Timestamp) {
    let stood = now.microseconds - disputedAt.microseconds
    deadlineAt = deadlineAt.map { Timestamp(microseconds: $0.microseconds + stood) }
    answer = nil
    answeredAt = nil
    // The dispute has used up the links, but the person needs them again.
    linkUsedAt = nil
    state = isBlocking ? .effective : clockStartedAt == nil ? .noticePending : .running
    nextAt = state == .running ? now : nextDue(after: now)
  }

  /// Ends a block: the person can sign in as before.
  package mutating func lift(at now: Timestamp) throws(Refusal) {
    guard isBlocking else { throw .notWhile(state) }
    end(.undone)
  }
}

// MARK: - What comes of it

extension TakeoverCase {
  /// Records that the outcome that is due has taken effect.
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

  /// Records that something stands in the way for now, and when to try again.
  ///
  /// Returns whether the reason is another one than the last time.
  package mutating func putOff(
    _ reason: Blocker, until: Timestamp
  ) throws(Refusal) -> Bool {
    guard state == .running || (isBlocking && answer != nil) else { throw .notWhile(state) }
    let isNews = blocker != reason
    blocker = reason
    nextAt = until
    return isNews
  }

  /// Records that the outcome can never take effect.
  ///
  /// A case that blocks sign-in goes on blocking; only the answer that cannot be followed is
  /// dropped.
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

  /// Ends the case before it has had an effect.
  package mutating func cancel(at now: Timestamp) throws(Refusal) {
    guard isOpen else { throw .notWhile(state) }
    end(.cancelled)
  }

  /// Takes the effect back, which is possible for 30 days, the last moment included.
  package mutating func undo(at now: Timestamp) throws(Refusal) {
    guard state == .effective, let effectAt else { throw .notWhile(state) }
    if now > effectAt.adding(seconds: Takeover.undoDays * 86_400) { throw .undoOver }
    end(.undone)
  }

  /// Ends the case because the tenant gives the account back.
  package mutating func release(at now: Timestamp) throws(Refusal) {
    guard state == .effective, outcome == .assumeControl else { throw .notWhile(state) }
    end(.released)
  }

  private mutating func end(_ state: State, blocker: Blocker? = nil) {
    self.state = state
    self.blocker = blocker
    nextAt = nil
  }

  /// Marks it as saved: the database has counted its version up.
  package mutating func saved(at now: Timestamp) {
    savedState = state
    version += 1
    updatedAt = now
  }
}
