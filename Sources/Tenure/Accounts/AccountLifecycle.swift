/// What an account may be, and what that means to the products people sign in to.
package enum AccountStatus: String, CaseIterable, Sendable {
  case active
  /// A takeover without an answer blocked signing in; undoing it unblocks.
  case blocked
  /// Processing is limited: the person signs in, and nobody changes the profile.
  case restricted
  /// Nobody signs in; shared content stays, with its author.
  case deactivated
  /// Nobody signs in, and nobody reads the profile: opening it needs two people.
  case isolated
  /// Out of sight, until it is restored or its time to be restored is over.
  case deleted
  /// The person's data was replaced; what they shared stays under a pseudonym.
  case anonymised
  /// The person's key was destroyed.
  case erased

  /// Whether there is still somebody whose data it is.
  package var hasPerson: Bool { self != .anonymised && self != .erased }
  package var allowsSignIn: Bool { self == .active || self == .restricted }
  package var allowsChanges: Bool { self == .active || self == .blocked || self == .deactivated }
  /// Whether an administrator finds it in lists and by its address.
  package var isShown: Bool { self != .isolated && self != .deleted && self != .erased }
}

/// What is done to an account: one verb, one effect.
package enum AccountVerb: String, CaseIterable, Sendable {
  case restrict, deactivate, reactivate, isolate, delete, restore, anonymise, erase
  /// Gives it back to its person: control ends.
  case release

  /// Why a verb has no effect.
  package enum Refusal: Error, Equatable, Sendable {
    case notFrom(AccountStatus)
  }

  /// Whether nothing brings back what it takes.
  package var isIrreversible: Bool { self == .anonymise || self == .erase }

  /// Whether it takes data away, now or in the end: a hold stops it.
  package var disposes: Bool { self == .delete || isIrreversible }

  /// What it is to the gate: whether it may be done is decided there.
  package var act: DisposalAct {
    switch self {
    case .restrict: .restrict
    case .deactivate: .deactivate
    case .reactivate: .reactivate
    case .isolate: .isolate
    case .delete: .delete
    case .restore: .restore
    case .anonymise: .anonymise
    case .erase: .erase
    case .release: .release
    }
  }

  /// What an account may be for the verb to have an effect: whoever writes names these.
  package var from: Set<AccountStatus> {
    switch self {
    case .restrict: [.active]
    case .deactivate: [.active, .restricted, .blocked]
    // From a takeover's block by the operator, with whom such accounts lie.
    case .reactivate: [.deactivated, .restricted, .isolated, .blocked]
    case .isolate: [.active, .restricted, .blocked, .deactivated]
    case .delete: [.active, .restricted, .blocked, .deactivated, .isolated]
    case .restore: [.deleted]
    case .release: [.active, .restricted, .blocked, .deactivated]
    case .anonymise: [.active, .restricted, .blocked, .deactivated, .isolated, .deleted]
    case .erase:
      [.active, .restricted, .blocked, .deactivated, .isolated, .deleted, .anonymised]
    }
  }

  /// The status after it, from one it may follow on; nil where that is the status already.
  ///
  /// `before`: what a deleted account was. Whether something stands in the way is the gate's to say.
  package func status(
    after status: AccountStatus, before: AccountStatus? = nil
  ) throws(Refusal) -> AccountStatus? {
    let next: AccountStatus =
      switch self {
      case .restrict: .restricted
      case .deactivate: .deactivated
      case .reactivate, .release: .active
      case .restore: before ?? .deactivated
      case .isolate: .isolated
      case .delete: .deleted
      case .anonymise: .anonymised
      case .erase: .erased
      }
    guard from.contains(status) else {
      // Restoring what is not deleted repeats itself only where it had been restored.
      if status == next && self != .restore { return nil }
      throw .notFrom(status)
    }
    return next
  }

  package var event: EventType {
    switch self {
    case .restrict: .accountRestricted
    case .deactivate: .accountDeactivated
    case .reactivate: .accountReactivated
    case .isolate: .accountIsolated
    case .delete: .accountDeleted
    case .restore: .accountRestored
    case .release: .controlReleased
    case .anonymise: .accountAnonymised
    case .erase: .accountErased
    }
  }
}
