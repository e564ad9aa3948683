/// What an account may be, and what that means to the products people sign in to.
package enum AccountStatus: String, CaseIterable, Sendable {
  case active
  /// A takeover without an answer blocked signing in; undoing it unblocks.
  case blocked
  /// Processing is limited: the person signs in, and nobody changes the profile.
  case restricted
  /// Nobody signs in; shared content stays, with its author.
  case deactivated

  package var allowsSignIn: Bool { self == .active || self == .restricted }
  package var allowsChanges: Bool { self != .restricted }
}

/// What is done to an account: one verb, one effect.
package enum AccountVerb: String, CaseIterable, Sendable {
  case restrict, deactivate, reactivate

  /// Why a verb has no effect.
  package enum Refusal: Error, Equatable, Sendable {
    case notFrom(AccountStatus)
    /// A tenant keeps an owner who can sign in.
    case lastOwner
  }

  /// The status after it, from one it may follow on; nil where that is the status already.
  ///
  /// `isLastOwner`: no other owner of the tenant can sign in.
  package func status(
    after status: AccountStatus, isLastOwner: Bool
  ) throws(Refusal) -> AccountStatus? {
    switch (self, status) {
    case (.restrict, .active): return .restricted
    case (.deactivate, .active), (.deactivate, .restricted), (.deactivate, .blocked):
      if isLastOwner { throw .lastOwner }
      return .deactivated
    case (.reactivate, .deactivated), (.reactivate, .restricted): return .active
    case (.restrict, .restricted), (.deactivate, .deactivated), (.reactivate, .active): return nil
    case (.restrict, _), (.reactivate, _): throw .notFrom(status)
    }
  }

  package var event: EventType {
    switch self {
    case .restrict: .accountRestricted
    case .deactivate: .accountDeactivated
    case .reactivate: .accountReactivated
    }
  }
}
