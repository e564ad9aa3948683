import Tenure
import Testing

@Suite struct CommunicationTests {
  private let newsletter = Communication(
    topic: "newsletter", channel: "email", purpose: "direct_marketing")

  private func recipient(
    _ preferences: [Preference] = [], _ suppressions: [Suppression] = []
  ) -> Communication.Recipient {
    var recipient = Communication.Recipient()
    recipient.preferences = preferences
    recipient.suppressions = suppressions
    return recipient
  }

  private func wish(
    _ topic: String, _ channel: String, _ purpose: String, _ isAllowed: Bool
  ) -> Preference {
    Preference(topic: topic, channel: channel, purpose: purpose, isAllowed: isAllowed)
  }

  @Test func `the closest preference decides, and of two as close the one that says no`() {
    #expect(newsletter.decide(for: recipient()) == (.deliver, .noPreference))
    let none = wish("any", "any", "any", false)
    #expect(newsletter.decide(for: recipient([none])) == (.suppress, .preference))
    let some = wish("newsletter", "email", "any", true)
    #expect(newsletter.decide(for: recipient([none, some])) == (.deliver, .preference))
    let other = wish("newsletter", "any", "direct_marketing", false)
    for order in [[none, some, other], [other, some, none]] {
      #expect(newsletter.decide(for: recipient(order)) == (.suppress, .preference))
    }
    let foreign = wish("newsletter", "sms", "any", false)
    #expect(newsletter.decide(for: recipient([foreign])) == (.deliver, .noPreference))
  }

  @Test(arguments: [
    (Suppression.Reason.optOut, Communication.Reason.optOut), (.complaint, .complaint),
    (.bounce, .bounce),
  ]) func `what is suppressed is not sent, whatever is preferred`(
    reason: Suppression.Reason, expected: Communication.Reason
  ) {
    let all = Suppression(channel: "email", topic: "any", reason: reason)
    let wanted = wish("newsletter", "email", "direct_marketing", true)
    #expect(newsletter.decide(for: recipient([wanted], [all])) == (.suppress, expected))
    let elsewhere = Suppression(channel: "sms", topic: "any", reason: reason)
    #expect(newsletter.decide(for: recipient([wanted], [elsewhere])) == (.deliver, .preference))
    let other = Suppression(channel: "email", topic: "surveys", reason: reason)
    #expect(newsletter.decide(for: recipient([wanted], [other])) == (.deliver, .preference))
  }

  @Test func `what must be told is told, and a bounce makes it fail`() {
    var unwilling = recipient(
      [wish("any", "any", "any", false)],
      [Suppression(channel: "email", topic: "any", reason: .complaint)])
    unwilling.isRestricted = true
    unwilling.objections = ["notice"]
    for topic in Communication.mandatoryTopics {
      let notice = Communication(topic: topic, channel: "email", purpose: "notice")
      #expect(notice.decide(for: unwilling) == (.deliver, .mandatory), "\(topic)")
      var gone = unwilling
      gone.suppressions.append(Suppression(channel: "email", topic: "any", reason: .bounce))
      #expect(notice.decide(for: gone) == (.undeliverable, .bounce), "\(topic)")
    }
  }

  @Test func `objections and restrictions stand before preferences`() {
    var objecting = recipient([wish("newsletter", "email", "direct_marketing", true)])
    objecting.objections = ["direct_marketing"]
    #expect(newsletter.decide(for: objecting) == (.suppress, .objection))
    var restricted = recipient([wish("newsletter", "email", "direct_marketing", true)])
    restricted.isRestricted = true
    #expect(newsletter.decide(for: restricted) == (.suppress, .restriction))
  }

  @Test(arguments: AccountStatus.allCases)
  func `who is away is not written to, and who is gone cannot be told`(status: AccountStatus) {
    var away = recipient([wish("newsletter", "email", "direct_marketing", true)])
    away.status = status
    let notice = Communication(topic: "takeover", channel: "email", purpose: "notice")
    typealias Answer = (Communication.Outcome, Communication.Reason)
    let (news, told): (Answer, Answer) =
      switch status {
      case .active, .blocked, .restricted: ((.deliver, .preference), (.deliver, .mandatory))
      case .deactivated: ((.suppress, .deactivated), (.deliver, .mandatory))
      case .isolated: ((.suppress, .isolated), (.deliver, .mandatory))
      case .deleted: ((.suppress, .deleted), (.deliver, .mandatory))
      case .anonymised: ((.suppress, .anonymised), (.undeliverable, .anonymised))
      case .erased: ((.suppress, .erased), (.undeliverable, .erased))
      }
    #expect(newsletter.decide(for: away) == news)
    #expect(notice.decide(for: away) == told)
    // What the address says comes first.
    away.suppressions = [Suppression(channel: "email", topic: "any", reason: .optOut)]
    #expect(newsletter.decide(for: away) == (.suppress, .optOut))
  }
}
