/// Decides whether an act on an account or its data may be done.
///
/// Everything that disposes of, hides or gives away data asks here, with all obstacles in view.
///
/// Whoever *asks* for an act is told what stands in the way, unless it is a secret hold. What is
/// *due* (accepted or scheduled earlier) waits without a reason, can be taken back meanwhile, and
/// is judged again later: so waiting for a secret hold looks like any other wait.
package enum DisposalGate {
  package enum Moment: String, CaseIterable, Sendable {
    /// Somebody asks for it now.
    case asked
    /// It was accepted, or scheduled for this day, earlier.
    case due
  }

  /// What one obstacle does to one act.
  ///
  /// The raw value is the word in `House/disposal.txt`.
  package enum Bearing: String, Sendable {
    /// The act may be done in spite of it.
    case none = "-"
    /// The act is refused, and the answer names the obstacle.
    case refuses = "no"
    /// The act is tried again later, and no answer says why.
    case waits
  }

  package enum Answer: Equatable, Sendable {
    case allowed
    case refused(DisposalObstacle)
    /// It is tried again later; no answer says what it waits for.
    case waits
  }

  /// Judges an act by the obstacles that are there.
  ///
  /// An obstacle that refuses wins over one that waits: so an answer never depends on a secret
  /// hold.
  package static func judge(
    _ act: DisposalAct, _ obstacles: Set<DisposalObstacle>, _ moment: Moment
  ) -> Answer {
    let met = DisposalObstacle.allCases.filter(obstacles.contains).map {
      ($0, bearing(of: $0, on: act, moment))
    }
    if let refusal = met.first(where: { $0.1 == .refuses }) { return .refused(refusal.0) }
    return met.contains { $0.1 == .waits } ? .waits : .allowed
  }

  /// One field of the table in `House/disposal.txt`, which the tests compare with this function.
  package static func bearing(
    of obstacle: DisposalObstacle, on act: DisposalAct, _ moment: Moment
  ) -> Bearing {
    // A tenant without proof of the domain cannot keep anybody, whatever holds or rules it has set.
    if act == .leave { return .none }
    switch obstacle {
    case .suspended, .frozen:
      guard isFrozen(act, by: obstacle) else { return .none }
      // What was scheduled waits until the domain is proven again. A takeover's effect is refused
      // instead: its case says why it ends.
      return moment == .due && !isTakeover(act) ? .waits : .refuses
    case .held:
      // Waits as for a secret hold, so that the two cannot be told apart.
      if act == .release || act == .undo { return .waits }
      return holds(act) ? keeps(act, moment) : .none
    case .heldSecretly:
      // These are accepted as if there were no hold; the `purge` that follows waits.
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

  /// The last step of something accepted waits; what is asked for is refused.
  private static func keeps(_ act: DisposalAct, _ moment: Moment) -> Bearing {
    act == .purge || act == .destroyContent ? .waits : .refuses
  }

  private static func isTakeover(_ act: DisposalAct) -> Bool {
    [.assumeControl, .detachAddress, .blockSignIn].contains(act)
  }

  /// Whether it destroys data, at once or in the end.
  private static func destroys(_ act: DisposalAct) -> Bool {
    switch act {
    case .delete, .anonymise, .erase, .purge, .retentionAnonymise, .retentionDelete,
      .destroyContent:
      true
    default: false
    }
  }

  /// Whether a hold forbids it: data under a hold is neither destroyed nor given to somebody else.
  private static func holds(_ act: DisposalAct) -> Bool {
    destroys(act) || isTakeover(act) || act == .undo || act == .release
  }

  /// Whether the act needs rights on the domain that an obstacle takes away.
  ///
  /// What gives the person the account back (`release`, `undo`) is always possible. Restricting an
  /// account, or bringing one back, is possible as well while the domain is only `frozen`.
  private static func isFrozen(_ act: DisposalAct, by obstacle: DisposalObstacle) -> Bool {
    switch act {
    case .release, .undo, .destroyContent: false
    case .restrict, .reactivate, .restore: obstacle == .suspended
    default: true
    }
  }
}
