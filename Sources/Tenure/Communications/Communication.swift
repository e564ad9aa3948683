/// What somebody wants to be told, by which channel and for which purpose; `any` stands for all.
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

  /// How closely it fits a communication: how many of its parts are named; nil where it does not.
  fileprivate func fit(_ communication: Communication) -> Int? {
    let parts = [
      (topic, communication.topic), (channel, communication.channel),
      (purpose, communication.purpose),
    ]
    guard parts.allSatisfy({ $0.0 == Self.any || $0.0 == $0.1 }) else { return nil }
    return parts.count { $0.0 != Self.any }
  }
}

/// An address that is not written to.
package struct Suppression: Sendable, Equatable {
  package enum Reason: String, CaseIterable, Sendable {
    case optOut = "opt_out"
    case complaint
    /// Nothing arrives there.
    case bounce
  }

  package let channel: String
  /// `any` for all of them.
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

/// Something that is to be sent to somebody.
package struct Communication: Sendable, Equatable {
  /// What people must be told, whatever they prefer: a bounce makes it fail instead.
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
    /// It must be told, and cannot be there: tell it another way.
    case undeliverable
  }

  package enum Reason: String, CaseIterable, Sendable {
    case mandatory, bounce, complaint
    /// What has become of the person's account.
    case deactivated, isolated, deleted, anonymised, erased
    case optOut = "opt_out"
    case restriction, objection, preference
    case noPreference = "no_preference"
  }

  /// What is known of the person and the address.
  package struct Recipient: Sendable {
    package var preferences: [Preference] = []
    package var suppressions: [Suppression] = []
    /// Purposes the person objects to.
    package var objections: Set<String> = []
    package var isRestricted = false
    /// What has become of the account; nil where an address is nobody's.
    package var status: AccountStatus?

    /// Why nobody writes to them but of what they must be told.
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

  /// Whether it may be sent, and why or why not.
  ///
  /// What is mandatory comes first, as long as there is somebody to be told; then what the address says,
  /// then what became of the account, then what the law gave the person, then what they prefer, the
  /// closest of it.
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
    // Of two that fit as closely, the one that says no.
    let closest = fitting.max { one, other in
      (one.fit, one.isAllowed ? 0 : 1) < (other.fit, other.isAllowed ? 0 : 1)
    }
    guard let closest else { return (.deliver, .noPreference) }
    return (closest.isAllowed ? .deliver : .suppress, .preference)
  }
}
