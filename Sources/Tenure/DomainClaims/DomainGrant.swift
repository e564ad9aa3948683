/// A permission that the holder of a domain gives to another tenant, which takes the name by
/// proving it.
///
/// The name is the holder's own (transfer), or one below it (consent).
package struct DomainGrant: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case open
    /// The other tenant has taken the name: the grant cannot be used again.
    case used
    case withdrawn
    /// Its 14 days are over, or the holder's claim has ended.
    case ended
  }

  /// Days for which a grant can be used.
  package static let days: Int64 = 14

  package let id: DomainGrantID
  /// The tenant that gives, and its claim.
  package let tenant: TenantID
  package let claim: DomainClaimID
  package let domain: DomainName
  package let grantee: TenantID
  package let state: State
  package let createdAt: Timestamp
  package let expiresAt: Timestamp
  package let endedAt: Timestamp?

  package init(
    id: DomainGrantID, tenant: TenantID, claim: DomainClaimID, domain: DomainName,
    grantee: TenantID, state: State, createdAt: Timestamp, expiresAt: Timestamp,
    endedAt: Timestamp?
  ) {
    self.id = id
    self.tenant = tenant
    self.claim = claim
    self.domain = domain
    self.grantee = grantee
    self.state = state
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.endedAt = endedAt
  }

  /// A new grant, open for 14 days.
  package init(
    id: DomainGrantID, _ claim: DomainClaim, _ domain: DomainName, to grantee: TenantID,
    at now: Timestamp
  ) {
    self.init(
      id: id, tenant: claim.tenant, claim: claim.id, domain: domain, grantee: grantee,
      state: .open, createdAt: now, expiresAt: now.adding(seconds: Self.days * 86_400),
      endedAt: nil)
  }

  /// Whether the other tenant may take the name with it.
  package func isGood(at now: Timestamp) -> Bool { state == .open && now < expiresAt }
}
