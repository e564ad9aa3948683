/// What the outcome of a case finds when its time has come: one account, as everything stands in
/// that very moment.
///
/// What stood when the takeover began says nothing any more: it is judged again, row by row.
package struct CaseStanding: Sendable, Equatable {
  /// Who has the account.
  package enum Custody: Sendable, Equatable { case platform, claimant, another, nobody }

  package enum Verdict: Sendable, Equatable {
    case clear
    /// Not now: it is put aside, and tried again.
    case waits(TakeoverCase.Blocker)
    /// Not any more.
    case never(TakeoverCase.Blocker)
  }

  /// What the claim that the takeover was begun under allows: not another one of the tenant's.
  package var rights: DomainRights
  package var custody: Custody
  package var status: AccountStatus
  /// Whether a verified address of the account lies on a name that this very claim holds, by the
  /// longest match over all tenants' names; and whether its primary address does.
  package var hasAddress: Bool
  package var isPrimary: Bool
  /// Whether something verified that is not the claimant's is left without those addresses.
  package var hasOtherDestination: Bool
  /// Whether processing is limited, by the account's status or because the person asked for it.
  package var isRestricted: Bool
  package var hasOpenRequest: Bool
  /// Whether a tenant, the claimant apart, has nobody else who owns it and signs in.
  package var ownsElsewhere: Bool
  /// Whether the claimant has nobody else who owns it and signs in.
  package var ownsClaimant: Bool
  /// Whether a hold keeps the account where it is, be it one that few may know of.
  package var isHeld: Bool
  /// Whether its profile opens: what does not says nothing of its addresses.
  package var isReadable: Bool
  /// Whether the operator has suspended the claimant: nothing is taken for it meanwhile.
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

  /// Judges what is due to a case: `isBlocking` where it has blocked sign-in before, `isPersons`
  /// where the person chose it.
  package func verdict(
    on outcome: Takeover.Outcome, isBlocking: Bool, isPersons: Bool
  ) -> Verdict {
    if let over = over(isBlocking: isBlocking) { return .never(over) }
    if !isReadable { return .waits(.later) }
    if outcome != .detachAddress && !isPrimary { return .never(.addressSecondaryOnly) }
    if !rights.allowsTakeovers { return .waits(.later) }
    // Leaving is the person's own way out: what waits for them does not keep them from it.
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
    // Who owns the claimant goes on doing so under its control, and not where they are shut out.
    if ownsElsewhere || (ownsClaimant && outcome == .blockSignIn) { obstacles.insert(.lastOwner) }
    if isHeld { obstacles.insert(.heldSecretly) }
    return obstacles
  }

  /// What makes it pointless, for good.
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
    // Another case blocked it: its person has every choice there.
    case .blocked: if !isBlocking { return .openCase }
    case .isolated, .deleted, .anonymised, .erased: return .accountGone
    }
    return hasAddress || !isReadable ? nil : .addressGone
  }
}

extension Takeover.Outcome {
  /// What the gate for disposal calls it.
  package var act: DisposalAct {
    switch self {
    case .detachAddress: .detachAddress
    case .blockSignIn: .blockSignIn
    case .assumeControl: .assumeControl
    }
  }
}

extension DisposalObstacle {
  /// What a case says of it: of holds nothing, be they secret or not.
  fileprivate var blocker: TakeoverCase.Blocker {
    switch self {
    case .restricted: .restricted
    case .asked: .openRequest
    case .lastOwner: .lastOwner
    case .suspended, .frozen, .held, .locked, .handing, .heldSecretly: .later
    }
  }
}
