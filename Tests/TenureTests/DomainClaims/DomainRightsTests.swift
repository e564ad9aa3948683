import Tenure
import Testing

@Suite struct DomainRightsTests {
  @Test func `only a standing proof takes accounts over, and a missing one protects in steps`() {
    let takes = DomainClaim.State.allCases.filter(\.rights.allowsTakeovers)
    #expect(takes == [.verified])
    let destroys = DomainClaim.State.allCases.filter(\.rights.allowsDestruction)
    #expect(destroys == [.verified, .atRisk])
    let suspends = DomainClaim.State.allCases.filter { $0.rights == .suspended }
    #expect(suspends == [.pending, .lapsed, .expired, .ownershipChanged, .released, .refused])
  }
}
