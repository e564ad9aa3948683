/// What the holder of a name lets another tenant have, once that tenant proves it: the name itself
/// (transfer), or one below it (consent).
package struct DomainGrant: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case open
    /// The other tenant has proven the name: it gives nothing further.
    case used
    case withdrawn
    /// Its time is over, or the holder's claim is.
    case ended
  }

  /// How long it can be used.
  package static let days: Int64 = 14

  package let id: DomainGrantID
  /// Who gives.
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

  /// A new one, open for 14 days.
  package init(
    id: DomainGrantID, _ claim: DomainClaim, _ domain: DomainName, to grantee: TenantID,
    at now: Timestamp
  ) {
    self.init(
      id: id, tenant: claim.tenant, claim: claim.id, domain: domain, grantee: grantee,
      state: .open, createdAt: now, expiresAt: now.adding(seconds: Self.days * 86_400),
      endedAt: nil)
  }

  /// Whether the other tenant may take the name by it.
  package func isGood(at now: Timestamp) -> Bool { state == .open && now < expiresAt }
}
