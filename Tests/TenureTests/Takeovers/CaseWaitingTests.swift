import Tenure
import Testing

/// What waits alone: an account that does not open, and a claimant whom the operator has suspended.
@Suite struct CaseWaitingTests {
  private static let clear = CaseStanding(
    rights: .full, custody: .platform, status: .active, hasAddress: true, isPrimary: true,
    hasOtherDestination: true, isRestricted: false, hasOpenRequest: false, ownsElsewhere: false,
    ownsClaimant: false, isHeld: false)

  private func verdict(
    _ outcome: Takeover.Outcome, isPersons: Bool = false, isBlocking: Bool = false,
    _ change: (inout CaseStanding) -> Void
  ) -> CaseStanding.Verdict {
    var standing = Self.clear
    change(&standing)
    return standing.verdict(on: outcome, isBlocking: isBlocking, isPersons: isPersons)
  }

  @Test(arguments: Takeover.Outcome.allCases)
  func `what does not open says nothing of its addresses, and waits`(outcome: Takeover.Outcome) {
    func unreadable(_ standing: inout CaseStanding) {
      standing.isReadable = false
      standing.hasAddress = false
      standing.isPrimary = false
      standing.hasOtherDestination = false
    }
    for isPersons in [false, true] {
      #expect(verdict(outcome, isPersons: isPersons, unreadable) == .waits(.later))
    }
    // What is over is over, whether it opens or not.
    #expect(
      verdict(outcome) {
        unreadable(&$0)
        $0.status = .erased
      } == .never(.accountGone))
    #expect(
      verdict(outcome) {
        unreadable(&$0)
        $0.rights = .suspended
      } == .never(.domainNotHeld))
  }

  @Test(arguments: [false, true])
  func `for a suspended claimant only who leaves is served`(isBlocking: Bool) {
    func suspended(_ standing: inout CaseStanding) {
      standing.isClaimantSuspended = true
      if isBlocking { standing.status = .blocked }
    }
    for outcome in Takeover.Outcome.allCases {
      #expect(verdict(outcome, isBlocking: isBlocking, suspended) == .waits(.later))
    }
    #expect(
      verdict(.detachAddress, isPersons: true, isBlocking: isBlocking, suspended) == .clear)
    #expect(
      verdict(.assumeControl, isPersons: true, isBlocking: isBlocking, suspended)
        == .waits(.later))
  }
}
