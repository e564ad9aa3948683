package import Foundation

/// What one resolver said of a claim, and when: the evidence in a dispute.
package struct DomainObservation: Sendable {
  package let id: UUID
  package let at: Timestamp
  package let observation: DomainClaim.Observation

  package init(id: UUID, at: Timestamp, observation: DomainClaim.Observation) {
    self.id = id
    self.at = at
    self.observation = observation
  }
}
