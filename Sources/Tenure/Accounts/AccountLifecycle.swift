/// The status of an account, and what it means to the products people sign in to.
package enum AccountStatus: String, CaseIterable, Sendable {
  case active
  /// A takeover that the person did not answer blocks signing in; undoing it unblocks.
  case blocked
  /// Processing is limited: the person signs in, and nobody changes the profile.
  case restricted
  /// Nobody signs in; shared content stays, with its author.
  case deactivated
  /// Nobody signs in, and the profile is closed: reading it takes two people who agree.
  case isolated
  /// In no list, and without sign-in, until it is restored or purged.
  case deleted
  /// The personal data was destroyed; what the person shared stays under a pseudonym.
  case anonymised
  /// The account's key was destroyed: nothing that was sealed under it opens any more.
  case erased

  /// Whether the account still has data about a person.
  package var hasPerson: Bool { self != .anonymised && self != .erased }
  package var allowsSignIn: Bool { self == .active || self == .restricted }
  package var allowsChanges: Bool { self == .active || self == .blocked || self == .deactivated }
  /// Whether an administrator finds it in lists and by its address.
  package var isShown: Bool { self != .isolated && self != .deleted && self != .erased }
}

/// What can be done to an account: each verb leads to one status.
package enum AccountVerb: String, CaseIterable, Sendable {
  case restrict, deactivate, reactivate, isolate, delete, restore, anonymise, erase
  /// Ends a tenant's control: the account is its person's own again.
  case release

  /// Why a verb cannot be carried out.
  package enum Refusal: Error, Equatable, Sendable {
    case notFrom(AccountStatus)
  }

  /// Whether the data it takes cannot be brought back.
  package var isIrreversible: Bool { self == .anonymise || self == .erase }

  /// Whether data is destroyed, at once or after a wait: a hold stops it.
  package var disposes: Bool { self == .delete || isIrreversible }

  /// The act that `DisposalGate` judges before the verb is carried out.
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

  /// The statuses from which the verb has an effect; an UPDATE that carries it out names them as
  /// well.
  package var from: Set<AccountStatus> {
    switch self {
    case .restrict: [.active]
    case .deactivate: [.active, .restricted, .blocked]
    // `.blocked` is for the operator: blocked accounts are in the platform's custody.
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

  /// The status that the verb leads to; nil where the account has that status already.
  ///
  /// `before` is the status that a deleted account had before its deletion, nil where that is not
  /// known. Holds, locks and the like are judged by `DisposalGate`, not here.
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
      // For an account that is not deleted, nobody knows whether it was restored or never deleted.
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
