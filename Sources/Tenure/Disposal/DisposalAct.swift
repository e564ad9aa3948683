/// What `DisposalGate` judges: acts that dispose of an account or its data, hide it, or give it
/// away, and those that take that back.
///
/// The raw value names the act's row in `House/disposal.txt`.
package enum DisposalAct: String, CaseIterable, Sendable {
  // Verbs of an account: asked for now, or scheduled for a day.
  case restrict, deactivate, reactivate, isolate, delete, restore, anonymise, erase, release
  /// The last step of an erasure, an anonymisation or a deletion that was accepted before.
  case purge
  // What a retention rule does to an account.
  case retentionIsolate = "retention_isolate"
  case retentionAnonymise = "retention_anonymise"
  case retentionDelete = "retention_delete"
  // The effects of a takeover, and what undoes them.
  case assumeControl = "assume_control"
  case detachAddress = "detach_address"
  case blockSignIn = "block_sign_in"
  case undo
  /// The end of a suspended control: the person leaves, or 90 days are over.
  case leave
  // Changes to an account that stays.
  /// A role that is given or widened; `takeRole` is one that is narrowed or removed.
  case giveRole = "give_role"
  case takeRole = "take_role"
  case changeAddress = "change_address"
  case placeHold = "place_hold"
  // What happens to content items.
  case transferContent = "transfer_content"
  case destroyContent = "destroy_content"

  /// Whether a second person must approve it, where the tenant has one: nothing brings the data
  /// back in the end, and nobody is asked again before it goes.
  package var takesTwo: Bool { self == .delete || self == .anonymise || self == .erase }

  /// Whether the act itself only marks the account: it can be taken back until `purge` carries it
  /// out.
  package var isAccepted: Bool {
    switch self {
    case .delete, .anonymise, .erase, .retentionAnonymise, .retentionDelete: true
    default: false
    }
  }

  /// Whether the person can no longer sign in afterwards, or not as an owner: a tenant must keep an
  /// owner who can.
  package var endsSignIn: Bool {
    switch self {
    case .deactivate, .isolate, .delete, .anonymise, .erase, .retentionIsolate,
      .retentionAnonymise, .retentionDelete, .assumeControl, .blockSignIn:
      true
    default: false
    }
  }
}

/// What may stand in the way of an act.
///
/// Strongest first: of several, the first is the one that a refusal names.
///
/// The raw value names the column in `House/disposal.txt`.
package enum DisposalObstacle: String, CaseIterable, Sendable {
  /// The tenant does not hold the domain any more: it cannot reach the account.
  case suspended
  /// The domain has long been without proof, a rival has proven it as well, or the operator has
  /// suspended the tenant: until that is settled, nothing is done to people in its name.
  case frozen
  /// An open hold, which every administrator may see, keeps the data.
  case held
  /// A locked retention rule keeps the data until its period is over.
  case locked
  /// The processing of the data is restricted, by the account's status or because the person asked
  /// for it: nobody destroys it.
  case restricted
  /// A request of the person is not answered yet.
  case asked
  /// A tenant (this one or another) would be left without an owner who can sign in.
  case lastOwner = "last_owner"
  /// A transfer of the person's shared content is not finished.
  case handing
  /// A secret hold keeps the data: no answer may differ in a way that gives it away.
  case heldSecretly = "held_secretly"
}

extension DomainRights {
  /// What stands in the way of acts on accounts whose control rests on a claim with these rights.
  package var obstacle: DisposalObstacle? {
    switch self {
    case .full, .kept: nil
    case .frozen: .frozen
    case .suspended: .suspended
    }
  }
}
