package import Foundation

/// What a person asks about their own data, and where the answer stands.
///
///     received ⇄ paused
///     received → granted → fulfilled
///     received → fulfilled | refused | withdrawn
package struct SubjectRequest: Sendable, Equatable {
  package enum Kind: String, CaseIterable, Sendable {
    case access, portability, rectification, erasure, restriction, objection

    /// Whether it ends in a package of data.
    package var isPackaged: Bool { self == .access || self == .portability }
    /// Whether granting it sets a flag that products ask for, and that can be lifted again.
    package var isFlag: Bool { self == .restriction || self == .objection }
    /// Whether only who has the account can do it.
    package var needsTheAccount: Bool { self == .erasure || self == .rectification }
  }

  package enum State: String, CaseIterable, Sendable {
    /// The clock runs.
    case received
    /// The person's identity is checked: the clock stands.
    case paused
    /// Decided, and being carried out: a package is made, or an erasure waits for what keeps the data.
    case granted
    case fulfilled, refused, withdrawn

    package var isOpen: Bool { self == .received || self == .paused || self == .granted }
  }

  /// Why something cannot be done now.
  package enum Refusal: Error, Equatable {
    case notWhile(State)
    case extendedBefore
    /// The law gives no more time, or the time is over already.
    case noExtension
    case nothingToLift
  }

  package let id: SubjectRequestID
  /// Who controlled the account when the request came in, and answers it: for good.
  package let controllerAtReceipt: TenantID
  package let account: AccountID
  package let kind: Kind
  /// What is objected to.
  package let purposes: [String]
  package let rule: CountingRule
  package let receivedAt: Timestamp
  package let requestedBy: String
  package private(set) var state: State
  package private(set) var dueAt: Timestamp
  /// Microseconds that the clock stood.
  package private(set) var pausedFor: Int64
  package private(set) var pausedAt: Timestamp?
  package private(set) var extendedAt: Timestamp?
  package private(set) var endedAt: Timestamp?
  package private(set) var liftedAt: Timestamp?
  package private(set) var erasure: ErasureID?
  package private(set) var updatedAt: Timestamp
  package private(set) var version: Int

  /// Who controlled the account when the request came in; nil for nobody but the operator.
  package var controller: TenantID? {
    controllerAtReceipt == .platform ? nil : controllerAtReceipt
  }

  /// Whether the person asked, and not somebody for them.
  package var isPersonsOwn: Bool { requestedBy == account.description }

  /// A request as it comes in; `zone` is the calendar of whoever answers.
  package init(
    id: SubjectRequestID, controller: TenantID, account: AccountID, kind: Kind,
    purposes: [String], rule: CountingRule, receivedAt: Timestamp, requestedBy: String,
    at now: Timestamp, in zone: TimeZone
  ) {
    self.init(
      id: id, controllerAtReceipt: controller, account: account, kind: kind, purposes: purposes,
      rule: rule, receivedAt: receivedAt, requestedBy: requestedBy, state: .received,
      dueAt: rule.period.after(receivedAt, in: zone), pausedFor: 0, pausedAt: nil,
      extendedAt: nil, endedAt: nil, liftedAt: nil, erasure: nil, updatedAt: now, version: 1)
  }

  /// A request as it was kept.
  package init(
    id: SubjectRequestID, controllerAtReceipt: TenantID, account: AccountID, kind: Kind,
    purposes: [String], rule: CountingRule, receivedAt: Timestamp, requestedBy: String,
    state: State, dueAt: Timestamp, pausedFor: Int64, pausedAt: Timestamp?,
    extendedAt: Timestamp?, endedAt: Timestamp?, liftedAt: Timestamp?, erasure: ErasureID?,
    updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.controllerAtReceipt = controllerAtReceipt
    self.account = account
    self.kind = kind
    self.purposes = purposes
    self.rule = rule
    self.receivedAt = receivedAt
    self.requestedBy = requestedBy
    self.state = state
    self.dueAt = dueAt
    self.pausedFor = pausedFor
    self.pausedAt = pausedAt
    self.extendedAt = extendedAt
    self.endedAt = endedAt
    self.liftedAt = liftedAt
    self.erasure = erasure
    self.updatedAt = updatedAt
    self.version = version
  }

  /// Stops the clock while the person's identity is checked.
  package mutating func pause(at now: Timestamp) throws(Refusal) {
    if state != .received { throw .notWhile(state) }
    state = .paused
    pausedAt = now
    updatedAt = now
  }

  /// Starts the clock again: the time it stood is added to what is left.
  package mutating func resume(at now: Timestamp) throws(Refusal) {
    guard state == .paused, let pausedAt else { throw .notWhile(state) }
    let stood = now.microseconds - pausedAt.microseconds
    pausedFor += stood
    dueAt = Timestamp(microseconds: dueAt.microseconds + stood)
    state = .received
    self.pausedAt = nil
    updatedAt = now
  }

  /// Takes the longer time, once, counted from receipt, and before the shorter one is over.
  package mutating func extend(at now: Timestamp, in zone: TimeZone) throws(Refusal) {
    if state != .received { throw .notWhile(state) }
    if extendedAt != nil { throw .extendedBefore }
    guard let extended = rule.extended, now <= dueAt else { throw .noExtension }
    dueAt = Timestamp(
      microseconds: extended.after(receivedAt, in: zone).microseconds + pausedFor)
    extendedAt = now
    updatedAt = now
  }

  /// Decides for the person; what takes time is carried out from now on.
  package mutating func grant(at now: Timestamp) throws(Refusal) {
    if state != .received { throw .notWhile(state) }
    state = .granted
    updatedAt = now
  }

  /// What was asked for is done.
  package mutating func fulfil(at now: Timestamp, erasure: ErasureID? = nil) throws(Refusal) {
    guard state == .received || state == .granted else { throw .notWhile(state) }
    end(.fulfilled, at: now)
    self.erasure = erasure
  }

  /// Whether nothing of it has been done: what was granted can be taken back until it is fulfilled, an
  /// erasure for as long as the account has not been erased, a package until it is complete.
  ///
  /// One that fails again and again would else stay open for ever, and keep the account where it is.
  private var isUndone: Bool {
    switch state {
    case .received, .paused: true
    case .granted: kind == .erasure || kind.isPackaged
    case .fulfilled, .refused, .withdrawn: false
    }
  }

  /// Decides against it; also while identity is checked, because that may fail.
  package mutating func refuse(at now: Timestamp) throws(Refusal) {
    guard isUndone else { throw .notWhile(state) }
    end(.refused, at: now)
  }

  /// The person takes it back.
  package mutating func withdraw(at now: Timestamp) throws(Refusal) {
    guard isUndone else { throw .notWhile(state) }
    end(.withdrawn, at: now)
  }

  /// Ends a restriction or an objection that was granted.
  package mutating func lift(at now: Timestamp) throws(Refusal) {
    guard kind.isFlag, state == .fulfilled, liftedAt == nil else { throw .nothingToLift }
    liftedAt = now
    updatedAt = now
  }

  /// It was kept as it is now: the database has counted its version up.
  package mutating func saved() { version += 1 }

  private mutating func end(_ state: State, at now: Timestamp) {
    self.state = state
    pausedAt = nil
    endedAt = now
    updatedAt = now
  }
}
