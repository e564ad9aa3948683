import JSON
package import Tenure

extension Membership: View, Shaped {
  package static let shape = Shape<Membership>("Membership", "Who an account is in a tenant.") {
    Member("account_id", \.account, .id())
    Member("tenant_id", \.tenant, .id())
    Member("role", \.role, .choice())
    Member(
      "teams", \.teams, .teams, "The product's teams, for content that is shared with one.",
      example: ["team"])
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }
}

/// The body that puts a membership.
package struct MembershipBody: Body, Shaped {
  package static let teamsMax = 100

  package let role: MembershipRole
  /// nil leaves them as they are.
  package let teams: [String]?

  package static let shape = Shape("MembershipBody", nil, MembershipBody.init) {
    Member("role", \.role, .choice())
    Member(
      optional: "teams", \.teams, .teams,
      "The product's teams, for content that is shared with one. Absent: as they are.",
      example: ["team"])
  }
}

extension Codec where Value == [String] {
  /// Names of teams, none of them twice.
  fileprivate static var teams: Codec {
    let team = Codec<String>.category.with(
      "description", .string("One of the product's teams."))
    return .set(team, max: MembershipBody.teamsMax, "categories")
  }
}

extension Shapes {
  static let memberships: [Component] = [
    Membership.shape.component, MembershipBody.shape.component,
  ]
}
