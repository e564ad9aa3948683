/// A contest of two tenants about a domain: the incumbent holds it, the rival has proven it as
/// well.
///
/// It ends within ten days.
///
/// Pure: the functions take both claims and change them; the caller saves them. While the contest
/// is open, the rights of both on the domain are frozen, and nothing happens to the incumbent's
/// accounts.
package struct ClaimContest: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case open
    /// The incumbent proved the domain again: it keeps it.
    case defended
    /// The incumbent did not prove it by the deadline.
    case lost
    /// The domain was transferred to another tenant, or the incumbent gave it up.
    case moved
  }

  /// Why a contest cannot be opened, or cannot be ended in this way.
  package enum Refusal: Error, Equatable, Sendable {
    /// A contest about the domain is open already.
    case alreadyOpen
    /// The rival opened a contest about this domain less than `restDays` ago.
    case tooSoon(until: Timestamp)
    /// The rival has `openMax` contests open.
    case tooMany
    /// The deadline is still to come.
    case notOver
    case notOpen
  }

  /// The contests that the rival has opened before.
  package struct Past: Sendable, Equatable {
    /// When it last opened one about this domain; nil where it never did.
    package let lastOpenedAt: Timestamp?
    /// The places, from 1 to `openMax`, that its open contests take.
    package let places: Set<Int>
    package init(lastOpenedAt: Timestamp?, places: Set<Int>) {
      self.lastOpenedAt = lastOpenedAt
      self.places = places
    }
  }

  package static let days: Int64 = 10
  /// Days from opening a contest until the same rival may open another about the same domain.
  package static let restDays: Int64 = 90
  /// How many contests a tenant may have open as rival.
  package static let openMax = 3

  package let domain: DomainName
  package let incumbent: DomainClaim.Rival
  package let rival: DomainClaim.Rival
  /// The rival's place, from 1 to `openMax`: no two open contests of a rival have the same one,
  /// which the database checks.
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

  /// Opens a contest about a domain that the claim `held` holds and the claim `proven` has proven.
  ///
  /// The incumbent gets a fresh token and must prove the domain with it by the deadline.
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

  /// The incumbent has proven the domain again and keeps it.
  package mutating func defend(
    _ held: inout DomainClaim, against other: inout DomainClaim?, at now: Timestamp
  ) throws(Refusal) {
    try end(.defended, at: now)
    held.enter(.verified, at: now)
    other?.leave(self, as: .refused, at: now)
  }

  /// The deadline has passed: nobody holds the domain, and the rival gets it with its next proof.
  package mutating func expire(
    _ held: inout DomainClaim, against other: inout DomainClaim?, at now: Timestamp
  ) throws(Refusal) {
    guard now >= deadline else { throw .notOver }
    try end(.lost, at: now)
    held.enter(.ownershipChanged, at: now)
    if other?.leave(self, as: .pending, at: now) == true { other?.checks = 0 }
  }

  /// The incumbent loses the domain in another way (a transfer, or by giving it up): the contest
  /// ends for both.
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
  /// Ends the rival's part in this contest; false where its claim is in none, or in another.
  @discardableResult
  fileprivate mutating func leave(
    _ contest: ClaimContest, as next: State, at now: Timestamp
  ) -> Bool {
    guard state == .contested, rival == contest.incumbent else { return false }
    enter(next, at: now)
    return true
  }
}
