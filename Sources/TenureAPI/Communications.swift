import JSON
package import Tenure

extension Preference: Body, View, Shaped {
  package static let shape = Shape(
    "Preference",
    """
    A wish; `any` stands for everything. What is told of `takeover`, `request` and `security` \
    cannot be refused.
    """, Preference.init
  ) {
    Member("topic", \.topic, .category, default: any, example: "newsletter")
    Member("channel", \.channel, .category, default: any, example: "email")
    Member("purpose", \.purpose, .category, default: any, example: any)
    Member("allowed", \.isAllowed, .bool)
  } check: { (preference, reader) throws(JSONError) in
    if !preference.isAllowed && Communication.mandatoryTopics.contains(preference.topic) {
      throw reader.error(.value, "what is told of '\(preference.topic)' cannot be refused")
    }
  }
}

/// All that somebody prefers: what it does not name is gone.
package struct PreferencesBody: Body, View, Shaped {
  package static let preferencesMax = 200
  package let preferences: [Preference]

  package init(_ preferences: [Preference]) { self.preferences = preferences }

  package static let shape = Shape(
    "Preferences", "All that somebody prefers.", PreferencesBody.init
  ) {
    Member(
      "preferences", \.preferences,
      .list(.object(Preference.shape), max: preferencesMax, "preferences") {
        [$0.topic, $0.channel, $0.purpose]
      })
  }
}

/// The body that has an address not written to any more.
package struct SuppressionBody: Body, Shaped {
  package let address: EmailAddress
  package let suppression: Suppression

  private init(
    address: EmailAddress, channel: String, topic: String, reason: Suppression.Reason
  ) {
    self.address = address
    suppression = Suppression(channel: channel, topic: topic, reason: reason)
  }

  package static let shape = Shape(
    "SuppressionBody",
    "An address not to write to. Only a `bounce` is about `takeover`, `request` or `security`.",
    SuppressionBody.init(address:channel:topic:reason:)
  ) {
    Member("address", \.address, .address)
    Member("channel", \.suppression.channel, .category, default: "email", example: "email")
    Member("topic", \.suppression.topic, .category, default: Preference.any, example: "newsletter")
    Member("reason", \.suppression.reason, .choice())
  } check: { (body, reader) throws(JSONError) in
    let (topic, reason) = (body.suppression.topic, body.suppression.reason)
    if reason != .bounce && Communication.mandatoryTopics.contains(topic) {
      throw reader.error(.value, "what is told of '\(topic)' cannot be suppressed")
    }
  }
}

extension SuppressionRecord: View, Shaped {
  package static let shape = Shape<SuppressionRecord>(
    "Suppression",
    "An address that is not written to; which one, only whoever knows it can find out."
  ) {
    Member("id", \.id, .id())
    Member("channel", \.suppression.channel, .category, example: "email")
    Member(
      "topic", \.suppression.topic, .category, "`any` for all of them.", example: "newsletter")
    Member(
      "reason", \.suppression.reason, .choice(),
      "Nothing arrives where it is a `bounce`: a notice fails there, and its receipt is refused.")
    Member("created_by", \.createdBy, .actor)
    Member("created_at", \.createdAt, .timestamp)
  }
}

/// The body that looks up an address that is not written to: a body, because an address has no place in a URL.
package struct LookupBody: Body, Shaped {
  package let address: EmailAddress

  package static let shape = Shape("LookupBody", nil, LookupBody.init) {
    Member("address", \.address, .address)
  }
}

/// What is to be sent, and to whom.
package struct CommunicationCheckBody: Body, Shaped {
  package static let recipientsMax = 500

  package struct Recipient: Body, Shaped {
    package let account: AccountID?
    package let address: EmailAddress?

    package static let shape = Shape(
      "Recipient", "By account, by address, or best by both.", Recipient.init, .atLeastOne
    ) {
      Member(optional: "account_id", \.account, .id())
      Member(optional: "address", \.address, .address)
    }
  }

  package let communication: Communication
  package let recipients: [Recipient]

  private init(topic: String, channel: String, purpose: String, recipients: [Recipient]) {
    communication = Communication(topic: topic, channel: channel, purpose: purpose)
    self.recipients = recipients
  }

  package static let shape = Shape(
    "CommunicationCheckBody", "What is to be sent, and to whom.",
    CommunicationCheckBody.init(topic:channel:purpose:recipients:)
  ) {
    Member("topic", \.communication.topic, .category, example: "newsletter")
    Member("channel", \.communication.channel, .category, example: "email")
    Member("purpose", \.communication.purpose, .category, example: "direct_marketing")
    Member(
      "recipients", \.recipients,
      .list(.object(Recipient.shape), max: recipientsMax, "recipients")
        .with("minItems", .number("1")))
  } check: { (body, reader) throws(JSONError) in
    if body.recipients.isEmpty { throw reader.missing("recipients") }
  }
}

/// Whether something may be sent to one recipient; `index` is its place in the request.
package struct CommunicationCheckView: View, Shaped {
  package let index: Int
  package let outcome: Communication.Outcome
  package let reason: Communication.Reason

  package init(index: Int, outcome: Communication.Outcome, reason: Communication.Reason) {
    self.index = index
    self.outcome = outcome
    self.reason = reason
  }

  package static let shape = Shape<CommunicationCheckView>(
    "CommunicationCheck", "Whether it may be sent, and why or why not."
  ) {
    Member("index", \.index, .count, "Its place among the recipients.", example: 0)
    Member(
      "outcome", \.outcome, .choice(),
      "What must be told and cannot be is `undeliverable`: tell it another way.")
    Member("reason", \.reason, .choice())
  }
}

extension Shapes {
  static let communications: [Component] = [
    Preference.shape.component, PreferencesBody.shape.component, SuppressionRecord.shape.component,
    SuppressionBody.shape.component, LookupBody.shape.component,
    CommunicationCheckBody.shape.component,
    CommunicationCheckBody.Recipient.shape.component, CommunicationCheckView.shape.component,
  ]
}
