import Foundation
import Tenure
import Testing

/// What suffices for what, at each side of each boundary.
///
/// That the database says the same is tested with `EvidenceTests` of the server.
@Suite struct EvidenceRuleTests {
  @Test(arguments: [
    (true, false, true), (true, true, false), (false, false, false), (false, true, false),
  ])
  func `a place is the person's that was verified and lies on no name of the claimant's`(
    isVerified: Bool, isClaimants: Bool, isPersons: Bool
  ) {
    let place = Destination(
      id: DestinationID(uuid: UUID()), kind: .email, addressHash: [], isVerified: isVerified,
      isClaimants: isClaimants, linkUsedAt: nil)
    #expect(place.isPersons == isPersons)
  }

  private static func at(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: 1_700_000_000_000_000).adding(seconds: seconds)
  }

  private typealias Place = Evidence.Place

  private func address(_ places: Place..., acted: Timestamp? = nil) -> Timestamp? {
    Evidence(places: places, actedAt: acted).sufficed(for: .detachAddress)
  }

  private func control(_ places: Place..., acted: Timestamp? = nil) -> Timestamp? {
    Evidence(places: places, actedAt: acted).sufficed(for: .assumeControl)
  }

  @Test func `the milder outcomes need every verified destination settled, and one arrived`() {
    let told = Place(.email, deliveredAt: Self.at(1))
    #expect(address() == nil)
    #expect(address(Place(.email)) == nil)
    #expect(address(told) == Self.at(1))
    #expect(address(told, Place(.email)) == nil)
    #expect(address(told, Place(.email, deliveredAt: Self.at(5))) == Self.at(5))
    #expect(address(told, Place(.email, failedAt: Self.at(5))) == Self.at(5))
    #expect(address(told, Place(.email, actedAt: Self.at(5))) == Self.at(5))
    // A failure alone tells nobody, and what it says counts from when somebody was told.
    #expect(address(Place(.email, failedAt: Self.at(1))) == nil)
    #expect(
      address(Place(.email, failedAt: Self.at(1)), Place(.sms, deliveredAt: Self.at(3)))
        == Self.at(3))
    // What was never verified is not waited for, and does not count.
    #expect(address(told, Place(.email, isVerified: false)) == Self.at(1))
    #expect(address(Place(.email, isVerified: false, deliveredAt: Self.at(1))) == nil)
    // The claimant's own mailbox is an address of the account like the others.
    #expect(address(Place(.email, isClaimants: true, deliveredAt: Self.at(1))) == Self.at(1))
    #expect(
      Evidence(places: [told]).sufficed(for: .blockSignIn)
        == Evidence(places: [told]).sufficed(for: .detachAddress))
  }

  @Test func `control needs the person, or a place that is not the claimant's`() {
    let claimants = Place(.email, isClaimants: true, deliveredAt: Self.at(1))
    #expect(control(claimants) == nil)
    // Another mailbox of the claimant's is not another channel, and neither is another kind of it.
    #expect(control(claimants, Place(.email, isClaimants: true, deliveredAt: Self.at(2))) == nil)
    #expect(control(claimants, Place(.push, isClaimants: true, deliveredAt: Self.at(2))) == nil)
    #expect(control(Place(.email, deliveredAt: Self.at(2))) == Self.at(2))
    #expect(control(claimants, Place(.sms, deliveredAt: Self.at(2))) == Self.at(2))
    #expect(control(claimants, Place(.sms, isVerified: false, deliveredAt: Self.at(2))) == nil)
    #expect(control(claimants, acted: Self.at(9)) == Self.at(9))
    #expect(control(acted: Self.at(9)) == Self.at(9))
  }

  @Test func `what the operator says last of a destination holds`() {
    func place(_ delivered: Int64, _ failed: Int64) -> Place {
      Place(.email, deliveredAt: Self.at(delivered), failedAt: Self.at(failed))
    }
    #expect(place(1, 2).arrivedAt == nil)
    #expect(place(2, 2).arrivedAt == Self.at(2))
    #expect(place(2, 1).arrivedAt == Self.at(2))
    var acted = place(1, 2)
    acted.actedAt = Self.at(3)
    #expect(acted.arrivedAt == Self.at(3), "who acted from there was reached there")
  }

  @Test func `a name makes every address on it and below it the claimant's`() {
    #expect(Destination.names(of: "acme.test") == ["acme.test"])
    #expect(
      Destination.names(of: "a.b.acme.test") == ["a.b.acme.test", "b.acme.test", "acme.test"])
  }

  @Test(arguments: NoticeAction.allCases)
  func `whoever reads the claimed mailbox decides nothing`(_ action: NoticeAction) {
    #expect(Standing.person.allows(action))
    #expect(Standing.mailbox.allows(action) == ![.accept, .detach].contains(action))
  }

  @Test func `a session is the person's own where it began before the claim`() {
    func session(_ seconds: Int64?, _ hasSecondFactor: Bool = false) -> Assurance {
      .session(signedInAt: seconds.map(Self.at), hasSecondFactor: hasSecondFactor)
    }
    let claimed = Self.at(100)
    #expect(session(99).isPersons(claimedSince: claimed))
    #expect(!session(100).isPersons(claimedSince: claimed))
    #expect(!session(101).isPersons(claimedSince: claimed))
    #expect(session(101, true).isPersons(claimedSince: claimed))
    #expect(session(nil, true).isPersons(claimedSince: claimed))
    #expect(session(101).isPersons(claimedSince: nil))
    #expect(!Assurance.mailbox.isPersons(claimedSince: nil))
    #expect(!Assurance.mailbox.isPersons(claimedSince: claimed))
  }

  @Test func `a link's token names the case and the destination, and shows any change`() throws {
    let link = Link.notice(CaseID(at: Self.at(0)), DestinationID(at: Self.at(1)))
    let text = LinkToken(link: link, digest: Array(0..<32)).text
    let parsed = try #require(LinkToken(parsing: text.utf8))
    #expect(parsed.link == link && parsed.digest == Array(0..<16))
    for index in Array(text.utf8).indices {
      var bytes = Array(text.utf8)
      bytes[index] = bytes[index] == 0x30 ? 0x31 : 0x30
      #expect(LinkToken(parsing: bytes) == nil || bytes == Array(text.utf8), "\(index)")
    }
  }

  @Test func `a failure is another statement than a delivery`() {
    func statement(_ outcome: ReceiptStatement.Outcome) -> [UInt8] {
      ReceiptStatement(
        notice: .takeover(CaseID(at: Self.at(0))), kind: .email, addressHash: "a",
        templateHash: "b", outcome: outcome, deliveredAt: Self.at(1)
      ).message
    }
    #expect(statement(.delivered) != statement(.failed))
  }
}
