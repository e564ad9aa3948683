/// The role of an account in a tenant.
package enum MembershipRole: String, CaseIterable, Sendable {
  case member
  case owner
  case admin
  case helpdesk
  case privacyOfficer = "privacy_officer"
  case auditor

  /// The administrative role that gives permissions; nil for a plain member.
  package var role: Role? { Role(rawValue: rawValue) }
}

/// An account's membership in a tenant.
package struct Membership: Sendable {
  package let account: AccountID
  package let tenant: TenantID
  package let role: MembershipRole
  /// The teams of the product that the account belongs to there.
  package let teams: [String]
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    account: AccountID, tenant: TenantID, role: MembershipRole, teams: [String],
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.account = account
    self.tenant = tenant
    self.role = role
    self.teams = teams
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }
}
