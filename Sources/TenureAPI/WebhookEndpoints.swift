package import JSON
package import Tenure

/// An endpoint as its owner sees it; its secret appears where it is made, and nowhere else.
package struct WebhookEndpointView: View, Shaped {
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
    publicKey: String, createdAt: Timestamp, updatedAt: Timestamp, version: Int,
    secret: String? = nil
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

  package static let shape = Shape<WebhookEndpointView>(
    "WebhookEndpoint", "Where events are sent (Standard Webhooks 1.0)."
  ) {
    Member("id", \.id, .id())
    Member("url", \.url, .string, example: "https://hook.example/tenure")
    Member("event_types", \.eventTypes, .list(.string), "Empty for all.", example: ["takeover.*"])
    Member("ordering", \.ordering, .choice(), WebhookEndpointPatch.orderingHelp)
    Member(
      "state", \.state, .choice(),
      "`probing`: disabled for failing, and tried by one test event.")
    Member("disabled_reason", \.disabledReason, .nullable(.string))
    Member("failures", \.failures, .int, example: 0)
    Member("last_success_at", \.lastSuccessAt, .nullable(.timestamp))
    Member(
      "public_key", \.publicKey, .string, "`whpk_…`: checks `v1a` signatures.", example: "whpk_…")
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
    Member(
      optional: "secret", \.secret, .string,
      "`whsec_…`: checks `v1` signatures; only where it is made.", example: "whsec_…")
  }
}

/// The body that changes an endpoint: what it does not name stays.
package struct WebhookEndpointPatch: Body, Shaped {
  package static let patternsMax = 50
  package let url: String?
  package let eventTypes: [String]?
  package let ordering: WebhookOrdering?
  package let isEnabled: Bool?

  fileprivate static let orderingHelp = "`object`: the events of one subject one after the other."

  package static let shape = Shape("WebhookEndpointPatch", nil, WebhookEndpointPatch.init) {
    Member(
      optional: "url", \.url, .url, "https, a public name, port 443 or 8443.",
      example: "https://hook.example/tenure")
    Member(optional: "event_types", \.eventTypes, .eventPatterns(max: patternsMax))
    Member(optional: "ordering", \.ordering, .choice(), orderingHelp)
    Member(optional: "enabled", \.isEnabled, .bool, example: true)
  }
}

/// The body that makes an endpoint: what a patch of one may say, and where it is.
package struct WebhookEndpointBody: Body {
  package let url: String
  package let choices: WebhookEndpointPatch

  package static let shape = WebhookEndpointPatch.shape.requiring(["url"], "WebhookEndpointBody")

  package init(reading reader: inout JSONReader) throws(JSONError) {
    choices = try Self.shape.read(&reader)
    guard let url = choices.url else { throw reader.missing("url") }
    self.url = url
  }
}

extension Codec where Value == String {
  /// Where events go; which hosts and ports may be reached is judged where they are sent.
  fileprivate static var url: Codec {
    let max = 2_048
    let schema = Schema(
      "string",
      [("maxLength", .number(String(max))), ("pattern", .string("^https?://."))],
      example: .string("https://hook.example/tenure"))
    return Codec(schema, read: text(max: max).read, write: string.write)
  }
}

extension Codec where Value == [String] {
  /// Types of events, or all of a noun, none of them twice.
  fileprivate static func eventPatterns(max: Int) -> Codec {
    let any = Codec.set(.eventPattern, twice: "the type appears twice")
    return Codec(Codec.set(.eventPattern, max: max).schema) { (reader) throws(JSONError) in
      let patterns = try any.read(&reader)
      if patterns.count > max { throw reader.error(.value, "at most \(max) types are expected") }
      return patterns
    } write: {
      any.write($0, &$1)
    }
  }
}

/// The body that asks for deliveries again: of one event, or of all since a time.
package struct ReplayBody: Body, Shaped {
  package let event: EventID?
  package let since: Timestamp?
  package let until: Timestamp?

  package static let shape = Shape(
    "ReplayBody",
    "One event by its `event_id`, or those of a time: from `since`, to `until` where it is given.",
    ReplayBody.init, .either("event_id", "since")
  ) {
    Member(optional: "event_id", \.event, .id())
    Member(optional: "since", \.since, .timestamp)
    Member(optional: "until", \.until, .timestamp)
  }
}

/// How many deliveries a replay queued.
package struct Queued: View, Shaped {
  package let count: Int

  package init(count: Int) { self.count = count }

  package static let shape = Shape<Queued>("Queued", "How many deliveries a replay queued.") {
    Member("queued", \.count, .int)
  }
}

extension EventDelivery: View, Shaped {
  package static let shape = Shape<EventDelivery>(
    "WebhookDelivery", "What became of one event at one endpoint."
  ) {
    Member("event_id", \.event, .id())
    Member("type", \.type, .string, example: EventType.domainClaimVerified.rawValue)
    Member("state", \.state, .choice())
    Member("attempts", \.attempts, .int)
    Member("last_status", \.lastStatus, .nullable(.int))
    Member("last_error", \.lastError, .nullable(.string))
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
    Member("next_attempt_at", \.nextAttemptAt, .nullable(.timestamp))
  }
}

extension Shapes {
  static let webhookEndpoints: [Component] = [
    WebhookEndpointView.shape.component, WebhookEndpointBody.shape.component,
    WebhookEndpointPatch.shape.component, ReplayBody.shape.component, Queued.shape.component,
    EventDelivery.shape.component,
  ]
}
