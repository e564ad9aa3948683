/// Whether an endpoint is sent events.
package enum WebhookEndpointState: String, CaseIterable, Sendable {
  case enabled, disabled
  /// Disabled after failing too long, and on trial: one test event decides.
  case probing
}

/// In which order an endpoint is sent events.
package enum WebhookOrdering: String, CaseIterable, Sendable {
  /// As they become due; a failed one is overtaken.
  case none
  /// The events of one subject one after the other: a failing one holds up those behind it.
  case object
}
