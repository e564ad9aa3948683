/// A dispute about a name that one tenant holds and another has proven: who of them has it is
/// decided within ten days.
///
/// Pure: it takes both claims as they are and gives them back as they become. Meanwhile the rights
/// of both on the name are frozen, and nothing befalls the incumbent's people.
package struct ClaimContest: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case open
    /// The incumbent proved the name anew.
    case defended
    /// The incumbent did not, by the deadline.
    case lost
    /// The name went to somebody else meanwhile, or the incumbent gave it up.
    case moved
  }

  /// Why a contest cannot be opened, or does not end that way.
  package enum Refusal: Error, Equatable, Sendable {
    /// There is one about the name already.
    case alreadyOpen
    /// This rival has opened one about this name before; it may do so again from then on.
    case tooSoon(until: Timestamp)
    /// The rival has as many open as it may have.
    case tooMany
    /// The deadline has not come.
    case notOver
    case notOpen
  }

  /// What the rival has opened before, as the rules ask for it.
  package struct Past: Sendable, Equatable {
    /// When it last opened one about this name; nil for never.
    package let lastOpenedAt: Timestamp?
    /// The places that its open ones take, each from 1 to `openMax`.
    package let places: Set<Int>
    package init(lastOpenedAt: Timestamp?, places: Set<Int>) {
      self.lastOpenedAt = lastOpenedAt
      self.places = places
    }
  }

  package static let days: Int64 = 10
  /// From opening one until the same rival may open the next about the same name.
  package static let restDays: Int64 = 90
  /// Open at once by one tenant.
  package static let openMax = 3

  package let domain: DomainName
  package let incumbent: DomainClaim.Rival
  package let rival: DomainClaim.Rival
  /// Which of the rival's places it takes while it is open.
  package let place: Int
  package let openedAt: Timestamp
  package var state: State
  package var endedAt: Timestamp?

  package init(
    domain: DomainName, incumbent: DomainClaim.Rival, rival: DomainClaim.Rival, place: Int,
    openedAt: Timestamp, state: State, endedAt: Timestamp?
  ) {
    self.domain = domain
    self.incumbent = incumbent
    self.rival = rival
    self.place = place
    self.openedAt = openedAt
    self.state = state
    self.endedAt = endedAt
  }

  package var deadline: Timestamp { openedAt.adding(seconds: Self.days * 86_400) }

  /// Opens one about the name that `held` holds and `proven` has proven: the incumbent is to prove
  /// it anew, with a fresh token.
  package static func open(
    _ held: inout DomainClaim, by proven: inout DomainClaim, past: Past, at now: Timestamp
  ) throws(Refusal) -> ClaimContest {
    guard held.state.holds else { throw .alreadyOpen }
    if let until = past.lastOpenedAt?.adding(seconds: restDays * 86_400), now < until {
      throw .tooSoon(until: until)
    }
    guard let place = (1...openMax).first(where: { !past.places.contains($0) }) else {
      throw .tooMany
    }
    let contest = ClaimContest(
      domain: held.domain, incumbent: .init(tenant: held.tenant, claim: held.id),
      rival: .init(tenant: proven.tenant, claim: proven.id), place: place, openedAt: now,
      state: .open, endedAt: nil)
    held.tokenNumber += 1
    held.tokenExpiresAt = contest.deadline
    held.enter(.contested, at: now)
    held.rival = contest.rival
    proven.enter(.contested, at: now)
    proven.rival = contest.incumbent
    return contest
  }

  /// The incumbent has proven the name anew: it keeps it.
  package mutating func defend(
    _ held: inout DomainClaim, against other: inout DomainClaim?, at now: Timestamp
  ) throws(Refusal) {
    try end(.defended, at: now)
    held.enter(.verified, at: now)
    other?.leave(self, as: .refused, at: now)
  }

  /// The deadline has passed: nobody holds the name, and the rival's next proof takes it.
  package mutating func expire(
    _ held: inout DomainClaim, against other: inout DomainClaim?, at now: Timestamp
  ) throws(Refusal) {
    guard now >= deadline else { throw .notOver }
    try end(.lost, at: now)
    held.enter(.ownershipChanged, at: now)
    if other?.leave(self, as: .pending, at: now) == true { other?.checks = 0 }
  }

  /// The name changes hands meanwhile: the contest ends for both.
  package mutating func move(
    _ held: inout DomainClaim, against other: inout DomainClaim?, at now: Timestamp
  ) throws(Refusal) {
    try end(.moved, at: now)
    held.enter(.released, at: now)
    other?.leave(self, as: .refused, at: now)
  }

  private mutating func end(_ state: State, at now: Timestamp) throws(Refusal) {
    guard self.state == .open else { throw .notOpen }
    self.state = state
    endedAt = now
  }
}

extension DomainClaim {
  /// The rival's side of a contest that ends; false where it is in none, or in another.
  @discardableResult
  fileprivate mutating func leave(
    _ contest: ClaimContest, as next: State, at now: Timestamp
  ) -> Bool {
    guard state == .contested, rival == contest.incumbent else { return false }
    enter(next, at: now)
    return true
  }
}
