/// What became of one event at one endpoint.
package struct EventDelivery: Sendable {
  package enum State: String, CaseIterable, Sendable {
    case pending, delivered
    /// Not tried again.
    case dead
  }

  package let event: EventID
  package let type: String
  package let state: State
  package let attempts: Int
  package let lastStatus: Int?
  package let lastError: String?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let nextAttemptAt: Timestamp?

  package init(
    event: EventID, type: String, state: State, attempts: Int, lastStatus: Int?,
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
}
