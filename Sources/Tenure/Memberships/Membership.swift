/// Who an account is in a tenant.
package enum MembershipRole: String, CaseIterable, Sendable {
  case member
  case owner
  case admin
  case helpdesk
  case privacyOfficer = "privacy_officer"
  case auditor

  /// The administrative role, where it is one.
  package var role: Role? { Role(rawValue: rawValue) }
}

/// That an account belongs to a tenant, and as what.
package struct Membership: Sendable {
  package let account: AccountID
  package let tenant: TenantID
  package let role: MembershipRole
  /// Names of the product's teams.
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
