/// A takeover: a tenant's terms for bringing the accounts of a claimed domain under its control.
///
/// Each account has its own case.
package struct Takeover: Sendable, Equatable {
  /// What a case can result in for the account.
  package enum Outcome: String, CaseIterable, Sendable {
    /// The person keeps the account; the tenant gets the address.
    case detachAddress = "detach_address"
    case blockSignIn = "block_sign_in"
    case assumeControl = "assume_control"
  }

  package enum State: String, CaseIterable, Sendable {
    case running, completed, cancelled
  }

  /// Days of notice: the operator's default is within the range, and no takeover is below the
  /// floor.
  package static let noticeDaysRange = 14...90
  package static let noticeDaysFloor = 7
  package static let extensionDays = 14
  package static let undoDays: Int64 = 30
  package static let exportDays: Int64 = 14

  package let id: TakeoverID
  package let tenant: TenantID
  package let claim: DomainClaimID
  package let domain: DomainName
  package let scope: DomainClaim.Scope
  package let noAnswer: Outcome
  package let noticeDays: Int
  package let state: State
  package let extendedAt: Timestamp?
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: TakeoverID, tenant: TenantID, claim: DomainClaimID, domain: DomainName,
    scope: DomainClaim.Scope, noAnswer: Outcome, noticeDays: Int, state: State,
    extendedAt: Timestamp?, createdBy: String,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.tenant = tenant
    self.claim = claim
    self.domain = domain
    self.scope = scope
    self.noAnswer = noAnswer
    self.noticeDays = noticeDays
    self.state = state
    self.extendedAt = extendedAt
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}

extension Takeover {
  /// Whether an address is at the claimed domain or, by the claim's scope, below it.
  package func covers(_ address: EmailAddress) -> Bool {
    address.domain == domain.text
      || (scope == .subtree && address.domain.hasSuffix("." + domain.text))
  }

  /// Whether an address is the person's own.
  ///
  /// Addresses below the claimed domain are not, whatever the claim's scope, because whoever has
  /// the domain can create names below it.
  package func isPersonal(_ address: EmailAddress) -> Bool {
    address.domain != domain.text && !address.domain.hasSuffix("." + domain.text)
  }
}

/// How many cases of a takeover have a state and, where they have one, an outcome.
package struct CaseCount: Sendable {
  package let state: TakeoverCase.State
  package let outcome: Takeover.Outcome?
  package let count: Int

  package init(state: TakeoverCase.State, outcome: Takeover.Outcome?, count: Int) {
    self.state = state
    self.outcome = outcome
    self.count = count
  }
}
