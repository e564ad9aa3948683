package import JSON
package import Tenure

extension Preference: Body, View {
  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (topic, channel, purpose) = (Preference.any, Preference.any, Preference.any)
    var isAllowed: Bool?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "topic": topic = try reader.category()
      case "channel": channel = try reader.category()
      case "purpose": purpose = try reader.category()
      case "allowed": isAllowed = try reader.bool()
      default: throw reader.unknownMember()
      }
    }
    guard let isAllowed else { throw reader.missing("allowed") }
    if !isAllowed && Communication.mandatoryTopics.contains(topic) {
      throw reader.error(.value, "what is told of '\(topic)' cannot be refused")
    }
    self.init(topic: topic, channel: channel, purpose: purpose, isAllowed: isAllowed)
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("topic")
      writer.string(topic)
      writer.key("channel")
      writer.string(channel)
      writer.key("purpose")
      writer.string(purpose)
      writer.key("allowed")
      writer.bool(isAllowed)
    }
  }
}

/// All that somebody prefers: what it does not name is gone.
package struct PreferencesBody: Body, View {
  package static let preferencesMax = 200
  package let preferences: [Preference]

  package init(_ preferences: [Preference]) { self.preferences = preferences }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var preferences: [Preference]?
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "preferences" else { throw reader.unknownMember() }
      var some: [Preference] = []
      try reader.array { (reader) throws(JSONError) in
        if some.count == Self.preferencesMax {
          throw reader.error(.value, "more than \(Self.preferencesMax) preferences")
        }
        let preference = try Preference(reading: &reader)
        let isTwice = some.contains {
          ($0.topic, $0.channel, $0.purpose)
            == (preference.topic, preference.channel, preference.purpose)
        }
        if isTwice { throw reader.error(.value, "appears twice") }
        some.append(preference)
      }
      preferences = some
    }
    guard let preferences else { throw reader.missing("preferences") }
    self.preferences = preferences
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("preferences")
      writer.array { writer in for preference in preferences { preference.write(to: &writer) } }
    }
  }
}

/// The body that has an address not written to any more.
package struct SuppressionBody: Body {
  package let address: EmailAddress
  package let suppression: Suppression

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var address: EmailAddress?
    var (channel, topic) = ("email", Preference.any)
    var reason: Suppression.Reason?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "address": address = try reader.emailAddress()
      case "channel": channel = try reader.category()
      case "topic": topic = try reader.category()
      case "reason": reason = try reader.choice(Suppression.Reason.self)
      default: throw reader.unknownMember()
      }
    }
    guard let address else { throw reader.missing("address") }
    guard let reason else { throw reader.missing("reason") }
    if reason != .bounce && Communication.mandatoryTopics.contains(topic) {
      throw reader.error(.value, "what is told of '\(topic)' cannot be suppressed")
    }
    self.address = address
    suppression = Suppression(channel: channel, topic: topic, reason: reason)
  }
}

/// An address that is not written to; which one, only whoever knows it can find out.
package struct SuppressionView: View {
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

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("channel")
      writer.string(suppression.channel)
      writer.key("topic")
      writer.string(suppression.topic)
      writer.key("reason")
      writer.string(suppression.reason.rawValue)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("created_at")
      writer.timestamp(createdAt)
    }
  }
}

/// What is to be sent, and to whom.
package struct CommunicationCheckBody: Body {
  package static let recipientsMax = 500

  package struct Recipient: Body {
    package let account: AccountID?
    package let address: EmailAddress?

    package init(reading reader: inout JSONReader) throws(JSONError) {
      var account: AccountID?
      var address: EmailAddress?
      try reader.object { (member, reader) throws(JSONError) in
        switch member {
        case "account_id": account = try reader.identifier(AccountID.self)
        case "address": address = try reader.emailAddress()
        default: throw reader.unknownMember()
        }
      }
      if account == nil && address == nil { throw reader.missing("account_id") }
      self.account = account
      self.address = address
    }
  }

  package let communication: Communication
  package let recipients: [Recipient]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (topic, channel, purpose): (String?, String?, String?) = (nil, nil, nil)
    var recipients: [Recipient] = []
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "topic": topic = try reader.category()
      case "channel": channel = try reader.category()
      case "purpose": purpose = try reader.category()
      case "recipients":
        try reader.array { (reader) throws(JSONError) in
          if recipients.count == Self.recipientsMax {
            throw reader.error(.value, "more than \(Self.recipientsMax) recipients")
          }
          recipients.append(try Recipient(reading: &reader))
        }
      default: throw reader.unknownMember()
      }
    }
    guard let topic else { throw reader.missing("topic") }
    guard let channel else { throw reader.missing("channel") }
    guard let purpose else { throw reader.missing("purpose") }
    if recipients.isEmpty { throw reader.missing("recipients") }
    communication = Communication(topic: topic, channel: channel, purpose: purpose)
    self.recipients = recipients
  }
}

/// Whether something may be sent to one recipient; `index` is its place in the request.
package struct CommunicationCheckView: View {
  package let index: Int
  package let outcome: Communication.Outcome
  package let reason: Communication.Reason

  package init(index: Int, outcome: Communication.Outcome, reason: Communication.Reason) {
    self.index = index
    self.outcome = outcome
    self.reason = reason
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("index")
      writer.int(index)
      writer.key("outcome")
      writer.string(outcome.rawValue)
      writer.key("reason")
      writer.string(reason.rawValue)
    }
  }
}
