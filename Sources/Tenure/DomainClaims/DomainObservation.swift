package import Foundation

/// One resolver's answer about a claim, as stored: evidence for later disputes.
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
