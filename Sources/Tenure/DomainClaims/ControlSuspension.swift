/// The schedule of a suspended control: the person is told when the suspension begins and again
/// near its end, and after ninety days control ends by itself.
package enum ControlSuspension {
  /// The last message that the person was sent; the raw value is stored in the database.
  package enum Told: Int, CaseIterable, Sendable {
    case nothing
    case suspended
    /// Control ends in two weeks; `endsTomorrow`: in a day.
    case endsInTwoWeeks
    case endsTomorrow
  }

  /// For each message, the day of the suspension on which it is due.
  package static let wordDays: [(told: Told, days: Int64)] = [
    (.suspended, 0), (.endsInTwoWeeks, 76), (.endsTomorrow, 89),
  ]

  /// When control that has been suspended since `since` ends.
  package static func end(of since: Timestamp) -> Timestamp {
    since.adding(seconds: DomainClaim.suspensionDays * 86_400)
  }

  /// The message that the person should have been sent by `now`.
  package static func due(since: Timestamp, at now: Timestamp) -> Told {
    wordDays.last { now >= since.adding(seconds: $0.days * 86_400) }?.told ?? .nothing
  }
}
