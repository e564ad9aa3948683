import Tenure
import Testing

/// What a case finds when its time has come, row by row.
@Suite struct CaseStandingTests {
  private typealias Verdict = CaseStanding.Verdict

  private static let clear = CaseStanding(
    rights: .full, custody: .platform, status: .active, hasAddress: true, isPrimary: true,
    hasOtherDestination: true, isRestricted: false, hasOpenRequest: false, ownsElsewhere: false,
    ownsClaimant: false, isHeld: false)

  private func verdicts(
    isBlocking: Bool = false, isPersons: Bool = false, _ change: (inout CaseStanding) -> Void
  ) -> [Verdict] {
    var standing = Self.clear
    change(&standing)
    return [Takeover.Outcome.assumeControl, .blockSignIn, .detachAddress].map {
      standing.verdict(on: $0, isBlocking: isBlocking, isPersons: isPersons)
    }
  }

  @Test func `where nothing stands in the way everything has its effect`() {
    #expect(verdicts { _ in } == [.clear, .clear, .clear])
    #expect(verdicts(isPersons: true) { _ in } == [.clear, .clear, .clear])
  }

  @Test(arguments: [
    (DomainRights.kept, CaseStanding.Verdict.waits(.later)), (.frozen, .waits(.later)),
    (.suspended, .never(.domainNotHeld)),
  ])
  func `an effect needs the claim with all its rights, whoever chose it`(
    rights: DomainRights, verdict: CaseStanding.Verdict
  ) {
    for isPersons in [false, true] {
      #expect(
        verdicts(isPersons: isPersons) { $0.rights = rights } == [verdict, verdict, verdict])
    }
  }

  @Test(arguments: [
    (CaseStanding.Custody.claimant, TakeoverCase.Blocker.alreadyControlled),
    (.another, .otherTenantControls), (.nobody, .accountGone),
  ])
  func `whoever has the account by now keeps it`(
    custody: CaseStanding.Custody, blocker: TakeoverCase.Blocker
  ) {
    #expect(
      verdicts { $0.custody = custody } == [.never(blocker), .never(blocker), .never(blocker)])
  }

  @Test(arguments: AccountStatus.allCases)
  func `an account that is gone is not brought back`(status: AccountStatus) {
    let found = verdicts { $0.status = status }
    switch status {
    case .active, .deactivated, .restricted: #expect(found == [.clear, .clear, .clear])
    case .blocked: #expect(found == Array(repeating: .never(.openCase), count: 3))
    case .isolated, .deleted, .anonymised, .erased:
      #expect(found == Array(repeating: .never(.accountGone), count: 3))
    }
  }

  @Test func `a case's own block does not stand in its way`() {
    #expect(
      verdicts(isBlocking: true, isPersons: true) { $0.status = .blocked }
        == [.clear, .clear, .clear])
  }

  @Test func `the address must still be there, and be the primary one where the account is taken`()
  {
    #expect(
      verdicts {
        $0.hasAddress = false
        $0.isPrimary = false
      } == [.never(.addressGone), .never(.addressGone), .never(.addressGone)])
    #expect(
      verdicts { $0.isPrimary = false }
        == [.never(.addressSecondaryOnly), .never(.addressSecondaryOnly), .clear])
  }

  @Test func `a detach leaves something that reaches the person`() {
    for isPersons in [false, true] {
      #expect(
        verdicts(isPersons: isPersons) { $0.hasOtherDestination = false }
          == [.clear, .clear, .waits(.noOtherDestination)])
    }
  }

  @Test func `requests and restrictions put everything off but the person's own leaving`() {
    #expect(
      verdicts { $0.hasOpenRequest = true }
        == [.waits(.openRequest), .waits(.openRequest), .waits(.openRequest)])
    #expect(
      verdicts { $0.isRestricted = true }
        == [.waits(.restricted), .waits(.restricted), .waits(.restricted)])
    #expect(
      verdicts(isPersons: true) {
        $0.hasOpenRequest = true
        $0.isRestricted = true
      } == [.waits(.restricted), .waits(.restricted), .clear])
  }

  @Test func `no tenant is left without an owner who signs in`() {
    #expect(
      verdicts { $0.ownsElsewhere = true } == [.waits(.lastOwner), .waits(.lastOwner), .clear])
    #expect(verdicts { $0.ownsClaimant = true } == [.clear, .waits(.lastOwner), .clear])
  }

  @Test func `a hold puts off without a word, and hides behind every other reason`() {
    #expect(verdicts { $0.isHeld = true } == [.waits(.later), .waits(.later), .waits(.later)])
    #expect(
      verdicts {
        $0.isHeld = true
        $0.hasOpenRequest = true
      } == verdicts { $0.hasOpenRequest = true })
    #expect(
      verdicts {
        $0.isHeld = true
        $0.hasOtherDestination = false
        $0.ownsElsewhere = true
      } == [.waits(.lastOwner), .waits(.lastOwner), .waits(.noOtherDestination)])
  }
}
