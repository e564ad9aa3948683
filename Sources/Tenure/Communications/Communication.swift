/// Whether somebody wants messages of a topic, by a channel, for a purpose; `any` in one of the
/// three stands for all.
package struct Preference: Sendable, Equatable {
  package static let any = "any"

  package let topic: String
  package let channel: String
  package let purpose: String
  package let isAllowed: Bool

  package init(topic: String, channel: String, purpose: String, isAllowed: Bool) {
    self.topic = topic
    self.channel = channel
    self.purpose = purpose
    self.isAllowed = isAllowed
  }

  /// How many of the three parts name the communication's own, the others being `any`; nil where
  /// one names another.
  fileprivate func fit(_ communication: Communication) -> Int? {
    let parts = [
      (topic, communication.topic), (channel, communication.channel),
      (purpose, communication.purpose),
    ]
    guard parts.allSatisfy({ $0.0 == Self.any || $0.0 == $0.1 }) else { return nil }
    return parts.count { $0.0 != Self.any }
  }
}

/// A reason not to write to an address, by a channel and for a topic.
package struct Suppression: Sendable, Equatable {
  package enum Reason: String, CaseIterable, Sendable {
    case optOut = "opt_out"
    case complaint
    /// Messages to the address come back.
    case bounce
  }

  package let channel: String
  /// The topic it is limited to; `any` for all topics.
  package let topic: String
  package let reason: Reason

  package init(channel: String, topic: String, reason: Reason) {
    self.channel = channel
    self.topic = topic
    self.reason = reason
  }
}

/// A suppression as it is kept: of which address, only whoever knows it can find out.
package struct SuppressionRecord: Sendable {
  package let id: SuppressionID
  package let suppression: Suppression
  package let createdBy: String
  package let createdAt: Timestamp

  package init(
    id: SuppressionID, suppression: Suppression, createdBy: String, createdAt: Timestamp
  ) {
    self.id = id
    self.suppression = suppression
    self.createdBy = createdBy
    self.createdAt = createdAt
  }
}

/// A message that a product wants to send.
package struct Communication: Sendable, Equatable {
  /// Topics that are sent whatever people prefer; to an address that bounces, the answer is
  /// `undeliverable` instead of `suppress`.
  package static let mandatoryTopics: Set<String> = ["takeover", "request", "security"]

  package let topic: String
  package let channel: String
  package let purpose: String

  package init(topic: String, channel: String, purpose: String) {
    self.topic = topic
    self.channel = channel
    self.purpose = purpose
  }

  package enum Outcome: String, CaseIterable, Sendable {
    case deliver, suppress
    /// It must be sent, but not to this address: another way is needed.
    case undeliverable
  }

  package enum Reason: String, CaseIterable, Sendable {
    case mandatory, bounce, complaint
    /// The account has this status.
    case deactivated, isolated, deleted, anonymised, erased
    case optOut = "opt_out"
    case restriction, objection, preference
    case noPreference = "no_preference"
  }

  /// What is known of the person and the address that a message is for.
  package struct Recipient: Sendable {
    package var preferences: [Preference] = []
    package var suppressions: [Suppression] = []
    /// Purposes the person objects to.
    package var objections: Set<String> = []
    package var isRestricted = false
    /// The account's status; nil where no account has or had the address.
    package var status: AccountStatus?

    /// The reason that the account's status gives to send only mandatory topics; nil where it gives
    /// none.
    fileprivate var absence: Reason? {
      switch status {
      case nil, .active, .blocked, .restricted: nil
      case .deactivated: .deactivated
      case .isolated: .isolated
      case .deleted: .deleted
      case .anonymised: .anonymised
      case .erased: .erased
      }
    }

    package init() {}
  }

  /// Whether the message may be sent, with the reason.
  ///
  /// Judged in this order: mandatory topics, unless the person's data is gone; suppressions of the
  /// address; the account's status; restriction and objection; the preference that names most of
  /// topic, channel and purpose.
  package func decide(for recipient: Recipient) -> (outcome: Outcome, reason: Reason) {
    let about = recipient.suppressions.filter {
      $0.channel == channel && ($0.topic == Preference.any || $0.topic == topic)
    }
    let bounces = about.contains { $0.reason == .bounce }
    if Self.mandatoryTopics.contains(topic) {
      if let absence = recipient.absence, recipient.status?.hasPerson == false {
        return (.undeliverable, absence)
      }
      return bounces ? (.undeliverable, .bounce) : (.deliver, .mandatory)
    }
    if bounces { return (.suppress, .bounce) }
    if about.contains(where: { $0.reason == .complaint }) { return (.suppress, .complaint) }
    if about.contains(where: { $0.reason == .optOut }) { return (.suppress, .optOut) }
    if let absence = recipient.absence { return (.suppress, absence) }
    if recipient.isRestricted { return (.suppress, .restriction) }
    if recipient.objections.contains(purpose) { return (.suppress, .objection) }
    let fitting = recipient.preferences.compactMap { preference in
      preference.fit(self).map { (fit: $0, isAllowed: preference.isAllowed) }
    }
    // Of two preferences that fit equally well, the one that forbids wins.
    let closest = fitting.max { one, other in
      (one.fit, one.isAllowed ? 0 : 1) < (other.fit, other.isAllowed ? 0 : 1)
    }
    guard let closest else { return (.deliver, .noPreference) }
    return (closest.isAllowed ? .deliver : .suppress, .preference)
  }
}
