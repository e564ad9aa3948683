/// What shows that somebody was told of a case, and whether it suffices.
///
/// `tenure.told` in the database says the same and has the last word; a test holds both against one
/// table of situations.
package struct Evidence: Sendable, Equatable {
  /// What has become of one destination.
  package struct Place: Sendable, Equatable {
    package var kind: Destination.Kind
    /// Before the case began.
    package var isVerified: Bool
    /// As judged now.
    package var isClaimants: Bool
    /// The operator signed that it arrived there (L2).
    package var deliveredAt: Timestamp?
    /// The operator signed that nothing arrives there.
    package var failedAt: Timestamp?
    /// The person acted from there (L3).
    package var actedAt: Timestamp?

    package init(
      _ kind: Destination.Kind, isVerified: Bool = true, isClaimants: Bool = false,
      deliveredAt: Timestamp? = nil, failedAt: Timestamp? = nil, actedAt: Timestamp? = nil
    ) {
      self.kind = kind
      self.isVerified = isVerified
      self.isClaimants = isClaimants
      self.deliveredAt = deliveredAt
      self.failedAt = failedAt
      self.actedAt = actedAt
    }

    /// Since when it is known that somebody was told there; what the operator said last holds.
    package var arrivedAt: Timestamp? {
      var delivered = deliveredAt
      if let at = delivered, let failedAt, failedAt > at { delivered = nil }
      return [delivered, actedAt].compactMap(\.self).min()
    }

    /// Since when it is known what became of it.
    var settledAt: Timestamp? { [arrivedAt, failedAt].compactMap(\.self).min() }
  }

  /// The destinations of the first notice.
  package var places: [Place]
  /// When the person first acted from a place of their own (L3), by a link or by a session.
  package var actedAt: Timestamp?

  package init(places: [Place], actedAt: Timestamp? = nil) {
    self.places = places
    self.actedAt = actedAt
  }

  /// Since when it suffices for an outcome; nil while it does not.
  package func sufficed(for outcome: Takeover.Outcome) -> Timestamp? {
    switch outcome {
    case .assumeControl: forControl
    case .detachAddress, .blockSignIn: forAddress
    }
  }

  private var verified: [Place] { places.filter(\.isVerified) }

  /// Every verified destination is settled, and somewhere it arrived.
  private var forAddress: Timestamp? {
    let settled = verified.compactMap(\.settledAt)
    guard settled.count == verified.count, let last = settled.max(),
      let first = verified.compactMap(\.arrivedAt).min()
    else { return nil }
    return max(last, first)
  }

  /// The person acted; or it arrived at a place of their own, or at two of different kinds, one of
  /// them not the claimant's.
  private var forControl: Timestamp? {
    let own = verified.filter { !$0.isClaimants }.compactMap(\.arrivedAt)
    var ways = own + (actedAt.map { [$0] } ?? [])
    for one in verified {
      for other in verified
      where one.kind != other.kind && !(one.isClaimants && other.isClaimants) {
        if let first = one.arrivedAt, let second = other.arrivedAt {
          ways.append(max(first, second))
        }
      }
    }
    return ways.min()
  }
}
