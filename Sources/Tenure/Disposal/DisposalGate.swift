/// The one gate for what cannot be undone: whatever disposes of, hides or gives away asks it, with
/// everything in view.
///
/// Two moments are judged alike and answered differently. Whoever *asks* is told by name what
/// stands in the way, except for what few may know of. What was accepted and is *due* waits without
/// a word for whatever stands in its way, can be taken back meanwhile, and is judged anew: so the
/// wait for a secret hold looks like any other.
package enum DisposalGate {
  package enum Moment: String, CaseIterable, Sendable {
    /// Somebody wants it now.
    case asked
    /// Its day has come: it was accepted, or set for this day, before.
    case due
  }

  /// What an obstacle means to an act.
  package enum Bearing: String, Sendable {
    /// Nothing.
    case none = "-"
    /// It is not done, and the reason is said.
    case refuses = "no"
    /// It is done later, and nobody is told why.
    case waits
  }

  package enum Answer: Equatable, Sendable {
    case allowed
    case refused(DisposalObstacle)
    /// It is put off: what it waits for is nobody's to know, whatever it is.
    case waits
  }

  /// Judges an act by what stands in its way.
  ///
  /// A refusal comes before a wait: what is said never depends on what few may know of.
  package static func judge(
    _ act: DisposalAct, _ obstacles: Set<DisposalObstacle>, _ moment: Moment
  ) -> Answer {
    let met = DisposalObstacle.allCases.filter(obstacles.contains).map {
      ($0, bearing(of: $0, on: act, moment))
    }
    if let refusal = met.first(where: { $0.1 == .refuses }) { return .refused(refusal.0) }
    return met.contains { $0.1 == .waits } ? .waits : .allowed
  }

  /// The table.
  package static func bearing(
    of obstacle: DisposalObstacle, on act: DisposalAct, _ moment: Moment
  ) -> Bearing {
    // What nobody proves any more keeps nobody, whatever its holder did in good days.
    if act == .leave { return .none }
    switch obstacle {
    case .suspended, .frozen:
      guard isFrozen(act, by: obstacle) else { return .none }
      // The clocks of what was set before stand; a takeover's effect is judged by its own claim.
      return moment == .due && !isTakeover(act) ? .waits : .refuses
    case .held:
      // Accepted, and looked at again: as with a hold that few may know of.
      if act == .release || act == .undo { return .waits }
      return holds(act) ? keeps(act, moment) : .none
    case .heldSecretly:
      // Accepted like any other: what then waits is `purge`.
      if act.isAccepted { return .none }
      return holds(act) ? .waits : .none
    case .locked, .restricted:
      return destroys(act) || (obstacle == .restricted && isTakeover(act))
        ? keeps(act, moment) : .none
    case .asked:
      let answers = destroys(act) || isTakeover(act) || act == .undo || act == .release
      return answers && act != .destroyContent ? keeps(act, moment) : .none
    case .lastOwner:
      return act.endsSignIn || act == .takeRole ? .refuses : .none
    case .handing: return act == .purge ? .waits : .none
    }
  }

  /// What was accepted waits; anything else is refused.
  private static func keeps(_ act: DisposalAct, _ moment: Moment) -> Bearing {
    act == .purge || act == .destroyContent ? .waits : .refuses
  }

  private static func isTakeover(_ act: DisposalAct) -> Bool {
    [.assumeControl, .detachAddress, .blockSignIn].contains(act)
  }

  /// Whether data is gone afterwards, or in the end.
  private static func destroys(_ act: DisposalAct) -> Bool {
    switch act {
    case .delete, .anonymise, .erase, .purge, .retentionAnonymise, .retentionDelete,
      .destroyContent:
      true
    default: false
    }
  }

  /// Whether a hold keeps from it: what is held is neither destroyed nor moved to somebody else.
  private static func holds(_ act: DisposalAct) -> Bool {
    destroys(act) || isTakeover(act) || act == .undo || act == .release
  }

  /// Whether rights on a name that are in doubt do not reach so far.
  ///
  /// What gives people their way out is never frozen; what limits others (`restrict`) or brings
  /// back is not, while the name is only in doubt.
  private static func isFrozen(_ act: DisposalAct, by obstacle: DisposalObstacle) -> Bool {
    switch act {
    case .release, .undo, .destroyContent: false
    case .restrict, .reactivate, .restore: obstacle == .suspended
    default: true
    }
  }
}
