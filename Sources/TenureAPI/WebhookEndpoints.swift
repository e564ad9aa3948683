package import JSON
package import Tenure

/// An endpoint as its owner sees it; its secret appears where it is made, and nowhere else.
package struct WebhookEndpointView: View {
  package let id: WebhookEndpointID
  package let url: String
  package let eventTypes: [String]
  package let ordering: WebhookOrdering
  package let state: WebhookEndpointState
  package let disabledReason: String?
  package let failures: Int
  package let lastSuccessAt: Timestamp?
  /// `whpk_…`: what checks `v1a` signatures.
  package let publicKey: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int
  /// `whsec_…`, in the answer that makes it.
  package var secret: String?

  package init(
    id: WebhookEndpointID, url: String, eventTypes: [String], ordering: WebhookOrdering,
    state: WebhookEndpointState, disabledReason: String?, failures: Int, lastSuccessAt: Timestamp?,
    publicKey: String,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int, secret: String? = nil
  ) {
    self.id = id
    self.url = url
    self.eventTypes = eventTypes
    self.ordering = ordering
    self.state = state
    self.disabledReason = disabledReason
    self.failures = failures
    self.lastSuccessAt = lastSuccessAt
    self.publicKey = publicKey
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
    self.secret = secret
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("url")
      writer.string(url)
      writer.key("event_types")
      writer.array { writer in for type in eventTypes { writer.string(type) } }
      writer.key("ordering")
      writer.string(ordering.rawValue)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("disabled_reason")
      writer.string(disabledReason)
      writer.key("failures")
      writer.int(failures)
      writer.key("last_success_at")
      writer.timestamp(lastSuccessAt)
      writer.key("public_key")
      writer.string(publicKey)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
      if let secret {
        writer.key("secret")
        writer.string(secret)
      }
    }
  }
}

/// The body that makes or changes an endpoint.
package struct WebhookEndpointBody: Body {
  package static let patternsMax = 50
  package let url: String?
  package let eventTypes: [String]?
  package let ordering: WebhookOrdering?
  package let isEnabled: Bool?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (url, types, isEnabled): (String?, [String]?, Bool?) = (nil, nil, nil)
    var ordering: WebhookOrdering?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "ordering": ordering = try reader.choice(WebhookOrdering.self)
      case "url": url = try reader.text(max: 2_048)
      case "event_types":
        var list: [String] = []
        try reader.array { (reader) throws(JSONError) in
          let pattern = try reader.text(max: 60)
          guard EventType.isPattern(pattern) else {
            throw reader.error(.value, "a type of event, or such as 'takeover.*', is expected")
          }
          if list.contains(pattern) { throw reader.error(.value, "the type appears twice") }
          list.append(pattern)
        }
        if list.count > Self.patternsMax {
          throw reader.error(.value, "at most \(Self.patternsMax) types are expected")
        }
        types = list
      case "enabled": isEnabled = try reader.bool()
      default: throw reader.unknownMember()
      }
    }
    (self.url, eventTypes, self.isEnabled) = (url, types, isEnabled)
    self.ordering = ordering
  }
}

/// The body that asks for deliveries again: of one event, or of all since a time.
package struct ReplayBody: Body {
  package let event: EventID?
  package let since: Timestamp?
  package let until: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (event, since, until): (EventID?, Timestamp?, Timestamp?) = (nil, nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "event_id": event = try reader.identifier(EventID.self)
      case "since": since = try reader.timestamp()
      case "until": until = try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    if (event == nil) == (since == nil) {
      throw reader.error(.value, "either event_id or since is expected")
    }
    (self.event, self.since, self.until) = (event, since, until)
  }
}

/// What became of one event at one endpoint.
package struct WebhookDeliveryView: View {
  package let event: EventID
  package let type: String
  package let state: String
  package let attempts: Int
  package let lastStatus: Int?
  package let lastError: String?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let nextAttemptAt: Timestamp?

  package init(
    event: EventID, type: String, state: String, attempts: Int, lastStatus: Int?,
    lastError: String?, createdAt: Timestamp, updatedAt: Timestamp, nextAttemptAt: Timestamp?
  ) {
    self.event = event
    self.type = type
    self.state = state
    self.attempts = attempts
    self.lastStatus = lastStatus
    self.lastError = lastError
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.nextAttemptAt = nextAttemptAt
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("event_id")
      writer.identifier(event)
      writer.key("type")
      writer.string(type)
      writer.key("state")
      writer.string(state)
      writer.key("attempts")
      writer.int(attempts)
      writer.key("last_status")
      if let lastStatus { writer.int(lastStatus) } else { writer.null() }
      writer.key("last_error")
      writer.string(lastError)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
      writer.key("next_attempt_at")
      writer.timestamp(nextAttemptAt)
    }
  }
}
