/// What takes from a person or a thing: disposes of it, hides it, or gives it away; and what takes
/// that back, which asks the same gate.
///
/// The raw value is the word in `House/disposal.txt`.
package enum DisposalAct: String, CaseIterable, Sendable {
  // Verbs, done to an account for whoever asks, or on a day that was set.
  case restrict, deactivate, reactivate, isolate, delete, restore, anonymise, erase, release
  /// Carrying out what was accepted: an erasure or a pseudonym, or what follows a deletion.
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
  /// A control that is suspended ends: its person leaves, or its time is over.
  case leave
  // What is changed about an account that stays.
  /// A role, or more of one; and less of one, or none.
  case giveRole = "give_role"
  case takeRole = "take_role"
  case changeAddress = "change_address"
  case placeHold = "place_hold"
  // Content that changes hands, or goes.
  case transferContent = "transfer_content"
  case destroyContent = "destroy_content"

  /// Whether two people decide it, where a tenant has two: it ends in what nothing brings back, and
  /// nobody is asked once more on the way.
  package var takesTwo: Bool { self == .delete || self == .anonymise || self == .erase }

  /// Whether it is only accepted, and can be taken back until `purge` carries it out.
  package var isAccepted: Bool {
    switch self {
    case .delete, .anonymise, .erase, .retentionAnonymise, .retentionDelete: true
    default: false
    }
  }

  /// Whether it ends that somebody signs in: a tenant keeps an owner who does.
  package var endsSignIn: Bool {
    switch self {
    case .deactivate, .isolate, .delete, .anonymise, .erase, .retentionIsolate,
      .retentionAnonymise, .retentionDelete, .assumeControl, .blockSignIn:
      true
    default: false
    }
  }
}

/// What may stand in the way of an act, strongest first: that is what is said where several do.
///
/// The raw value is the column in `House/disposal.txt`.
package enum DisposalObstacle: String, CaseIterable, Sendable {
  /// The name is not held any more: the account is out of the tenant's reach.
  case suspended
  /// The proof of the name has long been missing, or a rival has proven it too: nobody is harmed by
  /// who may be the wrong one.
  case frozen
  /// A hold that everybody may know of keeps the data.
  case held
  /// A retention rule that nobody may weaken keeps the data, for a while yet.
  case locked
  /// The processing of the data is restricted: nobody destroys it.
  case restricted
  /// The person waits for an answer to a request.
  case asked
  /// A tenant, this one or another, would be left without an owner who signs in.
  case lastOwner = "last_owner"
  /// What the person shared is being handed to somebody else.
  case handing
  /// A hold that few may know of keeps the data: nothing that is said or shown differs by it.
  case heldSecretly = "held_secretly"
}

extension DomainRights {
  /// What stands in the way where the control of an account rests on a claim with these rights.
  package var obstacle: DisposalObstacle? {
    switch self {
    case .full, .kept: nil
    case .frozen: .frozen
    case .suspended: .suspended
    }
  }
}
