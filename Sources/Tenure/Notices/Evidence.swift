/// The evidence that a person was told of a case, and whether it is enough.
///
/// `tenure.told` in the database computes the same and decides; a test runs both on one table of
/// situations.
package struct Evidence: Sendable, Equatable {
  /// What is known of one destination.
  package struct Place: Sendable, Equatable {
    package var kind: Destination.Kind
    /// Verified before the case began.
    package var isVerified: Bool
    /// At a domain that the claimant holds or is claiming, as judged now.
    package var isClaimants: Bool
    /// When the operator signed that the notice arrived (level 2); nil where it did not.
    package var deliveredAt: Timestamp?
    /// When the operator signed that nothing arrives there; nil where it did not.
    package var failedAt: Timestamp?
    /// When the person answered from there (level 3); nil where they did not.
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

    /// Since when it is known that the notice arrived; nil where it is not.
    ///
    /// Of a delivery and a failure, the later one counts.
    package var arrivedAt: Timestamp? {
      var delivered = deliveredAt
      if let at = delivered, let failedAt, failedAt > at { delivered = nil }
      return [delivered, actedAt].compactMap(\.self).min()
    }

    /// Since when it is known that the notice arrived or failed; nil where neither is.
    var settledAt: Timestamp? { [arrivedAt, failedAt].compactMap(\.self).min() }
  }

  /// The destinations that the first notice was sent to.
  package var places: [Place]
  /// When the person first answered from a destination of their own or by a session (level 3); nil
  /// where they did not.
  package var actedAt: Timestamp?

  package init(places: [Place], actedAt: Timestamp? = nil) {
    self.places = places
    self.actedAt = actedAt
  }

  /// Since when the evidence is enough for an outcome; nil where it is not.
  package func sufficed(for outcome: Takeover.Outcome) -> Timestamp? {
    switch outcome {
    case .assumeControl: forControl
    case .detachAddress, .blockSignIn: forAddress
    }
  }

  private var verified: [Place] { places.filter(\.isVerified) }

  /// For outcomes that do not put the account under control: every verified destination is known to
  /// have got the notice or to have failed, and one at least has got it.
  private var forAddress: Timestamp? {
    let settled = verified.compactMap(\.settledAt)
    guard settled.count == verified.count, let last = settled.max(),
      let first = verified.compactMap(\.arrivedAt).min()
    else { return nil }
    return max(last, first)
  }

  /// For putting the account under control: the person answered, or the notice arrived at a
  /// destination of their own, or at two destinations of different kinds of which one is not the
  /// claimant's.
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
