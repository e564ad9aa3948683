package import JSON
package import Tenure

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

/// A membership as callers see it.
package struct MembershipView: View {
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
    createdAt: Timestamp,
    updatedAt: Timestamp, version: Int
  ) {
    self.account = account
    self.tenant = tenant
    self.role = role
    self.teams = teams
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("tenant_id")
      writer.identifier(tenant)
      writer.key("role")
      writer.string(role.rawValue)
      writer.key("teams")
      writer.array { writer in for team in teams { writer.string(team) } }
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// The body that puts a membership.
package struct MembershipBody: Body {
  package static let teamsMax = 100
  package let role: MembershipRole
  /// nil leaves them as they are.
  package let teams: [String]?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var role: MembershipRole?
    var teams: [String]?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "role": role = try reader.choice(MembershipRole.self)
      case "teams": teams = try reader.categories(max: Self.teamsMax)
      default: throw reader.unknownMember()
      }
    }
    guard let role else { throw reader.missing("role") }
    self.role = role
    self.teams = teams
  }
}
