/// How the suspension of an account's control goes: its person is told that it began, again as its
/// end comes near, and after ninety days control ends by itself.
package enum ControlSuspension {
  /// What the person has been told; the raw value is what the database keeps.
  package enum Told: Int, CaseIterable, Sendable {
    case nothing
    case suspended
    /// That control ends in two weeks, and in a day.
    case endsInTwoWeeks
    case endsTomorrow
  }

  /// Days of suspension after which each further word is due, and control ends.
  package static let wordDays: [(told: Told, days: Int64)] = [
    (.suspended, 0), (.endsInTwoWeeks, 76), (.endsTomorrow, 89),
  ]

  /// When control that is suspended since then ends.
  package static func end(of since: Timestamp) -> Timestamp {
    since.adding(seconds: DomainClaim.suspensionDays * 86_400)
  }

  /// What the person is to have been told by now.
  package static func due(since: Timestamp, at now: Timestamp) -> Told {
    wordDays.last { now >= since.adding(seconds: $0.days * 86_400) }?.told ?? .nothing
  }
}
