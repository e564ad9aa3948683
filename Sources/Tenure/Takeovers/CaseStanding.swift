/// Everything about one account that decides whether its case can take effect, as it stands at that
/// moment.
///
/// What was true when the takeover began does not count: all of it is found again.
package struct CaseStanding: Sendable, Equatable {
  /// Which tenant has the account; `nobody` where it is gone.
  package enum Custody: Sendable, Equatable { case platform, claimant, another, nobody }

  package enum Verdict: Sendable, Equatable {
    case clear
    /// Not now: the case is tried again later.
    case waits(TakeoverCase.Blocker)
    /// Never: the case ends.
    case never(TakeoverCase.Blocker)
  }

  /// The rights of the very claim that the takeover was begun under, not of another claim of the
  /// tenant.
  package var rights: DomainRights
  package var custody: Custody
  package var status: AccountStatus
  /// Whether a verified address of the account belongs to this very claim, by the longest match
  /// among all tenants' domains; `isPrimary`: whether the primary address does.
  package var hasAddress: Bool
  package var isPrimary: Bool
  /// Whether a verified destination that is not the claimant's remains without those addresses.
  package var hasOtherDestination: Bool
  /// Whether processing is restricted, by the account's status or because the person asked for it.
  package var isRestricted: Bool
  package var hasOpenRequest: Bool
  /// Whether the person is the only owner of another tenant who can sign in.
  package var ownsElsewhere: Bool
  /// Whether the person is the only owner of the claimant who can sign in.
  package var ownsClaimant: Bool
  /// Whether a hold, secret or not, keeps the account where it is.
  package var isHeld: Bool
  /// Whether the profile can be decrypted; where not, its addresses are unknown.
  package var isReadable: Bool
  /// Whether the operator has suspended the claimant, which takes over nothing meanwhile.
  package var isClaimantSuspended: Bool

  package init(
    rights: DomainRights, custody: Custody, status: AccountStatus, hasAddress: Bool,
    isPrimary: Bool, hasOtherDestination: Bool, isRestricted: Bool, hasOpenRequest: Bool,
    ownsElsewhere: Bool, ownsClaimant: Bool, isHeld: Bool, isReadable: Bool = true,
    isClaimantSuspended: Bool = false
  ) {
    self.rights = rights
    self.custody = custody
    self.status = status
    self.hasAddress = hasAddress
    self.isPrimary = isPrimary
    self.hasOtherDestination = hasOtherDestination
    self.isRestricted = isRestricted
    self.hasOpenRequest = hasOpenRequest
    self.ownsElsewhere = ownsElsewhere
    self.ownsClaimant = ownsClaimant
    self.isHeld = isHeld
    self.isReadable = isReadable
    self.isClaimantSuspended = isClaimantSuspended
  }

  /// Judges whether an outcome can take effect.
  ///
  /// `isBlocking`: the case already blocks sign-in. `isPersons`: the person chose the outcome.
  package func verdict(
    on outcome: Takeover.Outcome, isBlocking: Bool, isPersons: Bool
  ) -> Verdict {
    if let over = over(isBlocking: isBlocking) { return .never(over) }
    if !isReadable { return .waits(.later) }
    if outcome != .detachAddress && !isPrimary { return .never(.addressSecondaryOnly) }
    if !rights.allowsTakeovers { return .waits(.later) }
    // Detaching the address is the person's way out: their own restriction or request does not hold
    // it up.
    let isWayOut = outcome == .detachAddress && isPersons
    if isClaimantSuspended && !isWayOut { return .waits(.later) }
    if outcome == .detachAddress && !hasOtherDestination { return .waits(.noOtherDestination) }
    switch DisposalGate.judge(
      outcome.act, obstacles(to: outcome).subtracting(isWayOut ? [.restricted, .asked] : []), .due)
    {
    case .allowed: return .clear
    case .waits: return .waits(.later)
    case .refused(let obstacle): return .waits(obstacle.blocker)
    }
  }

  private func obstacles(to outcome: Takeover.Outcome) -> Set<DisposalObstacle> {
    var obstacles: Set<DisposalObstacle> = []
    if isRestricted { obstacles.insert(.restricted) }
    if hasOpenRequest { obstacles.insert(.asked) }
    // The claimant's only owner still owns it under its control, but not if they cannot sign in.
    if ownsElsewhere || (ownsClaimant && outcome == .blockSignIn) { obstacles.insert(.lastOwner) }
    if isHeld { obstacles.insert(.heldSecretly) }
    return obstacles
  }

  /// Why the case can never take effect; nil where it may.
  private func over(isBlocking: Bool) -> TakeoverCase.Blocker? {
    if rights == .suspended { return .domainNotHeld }
    switch custody {
    case .platform: break
    case .claimant: return .alreadyControlled
    case .another: return .otherTenantControls
    case .nobody: return .accountGone
    }
    switch status {
    case .active, .restricted, .deactivated: break
    // Another case has blocked sign-in: the person decides there.
    case .blocked: if !isBlocking { return .openCase }
    case .isolated, .deleted, .anonymised, .erased: return .accountGone
    }
    return hasAddress || !isReadable ? nil : .addressGone
  }
}

extension Takeover.Outcome {
  /// The act that the disposal gate knows the outcome as.
  package var act: DisposalAct {
    switch self {
    case .detachAddress: .detachAddress
    case .blockSignIn: .blockSignIn
    case .assumeControl: .assumeControl
    }
  }
}

extension DisposalObstacle {
  /// The reason that a case shows: for holds always `later`, which does not give a secret one away.
  fileprivate var blocker: TakeoverCase.Blocker {
    switch self {
    case .restricted: .restricted
    case .asked: .openRequest
    case .lastOwner: .lastOwner
    case .suspended, .frozen, .held, .locked, .handing, .heldSecretly: .later
    }
  }
}
