import Tenure
import Testing

@Suite struct DisputeTests {
  private let now = Timestamp(microseconds: 1_700_000_000_000_000)

  private func open() -> Dispute {
    Dispute(
      id: DisputeID(at: now), item: CaseID(at: now), claimant: TenantID(at: now),
      account: AccountID(at: now), number: 1, isPersons: true, state: .open, openedAt: now,
      endedAt: nil)
  }

  @Test func `a dispute ends once`() {
    var upheld = open()
    #expect(upheld.decide(.uphold, at: now) && upheld.state == .upheld && upheld.endedAt == now)
    #expect(!upheld.decide(.dismiss, at: now) && !upheld.close(at: now))
    var dismissed = open()
    #expect(dismissed.decide(.dismiss, at: now) && dismissed.state == .dismissed)
    var closed = open()
    #expect(closed.close(at: now) && closed.state == .closed)
    #expect(!closed.decide(.uphold, at: now) && closed.state == .closed)
  }

  @Test func `something new is said in other words, whatever their case, spaces and marks`() {
    #expect(Dispute.isNew("mine", after: []))
    #expect(!Dispute.isNew("Mine!", after: ["mine"]))
    #expect(!Dispute.isNew("  it is\n MINE ", after: ["other", "It is mine."]))
    #expect(Dispute.isNew("it is mine: here is the contract", after: ["it is mine"]))
    #expect(!Dispute.isNew(" … ", after: []))
  }
}
