import Foundation
package import JSON
package import Tenure

extension Tenant: View, Shaped {
  package static let shape = Shape<Tenant>(
    "Tenant", "An organisation: the root of keys, policy and audit log."
  ) {
    Member("id", \.id, .id())
    Member("name", \.name, .string, example: "Acme")
    Member("state", \.state, .choice())
    Member("time_zone", \.policy.timeZone, .timeZone, timeZoneHelp)
    Member("purge_days", \.policy.purgeDays, .purgeDays, purgeDaysHelp)
    Member("erased_content", \.policy.erasedContent, .choice(), erasedContentHelp)
    Member(
      "retention_budget", \.policy.retentionBudget, .nullable(.retentionBudget),
      retentionBudgetHelp)
    Member(
      "common_ownership", \.commonOwnership, .list(.id(), max: TenantPatch.commonOwnersMax),
      """
      Tenants under common ownership, named by either side. What one holds or claims counts as the \
      other's where it is judged whether a place is the person's own.
      """)
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }

  // What a tenant decides is said of it, and of the bodies that say so.
  fileprivate static let timeZoneHelp = "IANA name: where the days of the tenant's calendar begin."
  fileprivate static let purgeDaysHelp = "Days between deleting an account and erasing it."
  fileprivate static let erasedContentHelp =
    "What becomes of shared content when its author is erased."
  fileprivate static let retentionBudgetHelp =
    "How much a daily run may dispose of by itself; null: nothing runs by itself."
}

/// The body that changes a tenant: what it does not name stays.
package struct TenantPatch: Body, Shaped {
  /// Under common ownership with so many others a tenant can be.
  package static let commonOwnersMax = 50

  package let name: String?
  private let erasedContent: TenantPolicy.ErasedContent?
  private let purgeDays: Int?
  private let timeZone: String?
  /// nil: it stays; a nil within: nothing runs by itself.
  private let retentionBudget: Int??
  /// All that are to be under common ownership with it.
  package let commonOwnership: [TenantID]?

  package static let shape = Shape("TenantPatch", nil, TenantPatch.init) {
    Member(optional: "name", \.name, .name(), "The name of the organisation.", example: "Acme")
    Member(optional: "erased_content", \.erasedContent, .choice(), Tenant.erasedContentHelp)
    Member(optional: "purge_days", \.purgeDays, .purgeDays, Tenant.purgeDaysHelp)
    Member(optional: "time_zone", \.timeZone, .timeZone, Tenant.timeZoneHelp)
    Member(
      optional: "retention_budget", \.retentionBudget, .nullable(.retentionBudget),
      Tenant.retentionBudgetHelp)
    Member(
      optional: "common_ownership", \.commonOwnership,
      .set(.id(), max: commonOwnersMax, "tenants"),
      """
      All tenants that are to be under common ownership with it, which holds for both sides. The \
      tenant itself adds to the list; only the operator takes off it, and it counts for 90 days \
      more.
      """)
  }

  /// The policy with what the body names.
  package func policy(after before: TenantPolicy) -> TenantPolicy {
    var policy = before
    if let timeZone { policy.timeZone = timeZone }
    if let purgeDays { policy.purgeDays = purgeDays }
    if let erasedContent { policy.erasedContent = erasedContent }
    if let retentionBudget { policy.retentionBudget = retentionBudget }
    return policy
  }
}

/// The body that creates a tenant: what a patch of one may say, and a name.
package struct TenantBody: Body {
  package let name: String
  package let choices: TenantPatch

  package static let shape = TenantPatch.shape.requiring(["name"], "TenantBody")

  package init(reading reader: inout JSONReader) throws(JSONError) {
    choices = try Self.shape.read(&reader)
    guard let name = choices.name else { throw reader.missing("name") }
    self.name = name
  }
}

extension Codec where Value == Int {
  fileprivate static var purgeDays: Codec {
    .int(TenantPolicy.purgeDaysRange, "7 to 90 days are expected")
  }

  fileprivate static var retentionBudget: Codec {
    let max = RetentionRunBody.budgetMax
    return .int(1...max, "1 to \(max) is expected")
  }
}

extension Codec where Value == String {
  /// The IANA name of a time zone.
  fileprivate static var timeZone: Codec {
    let max = 64
    let schema = Schema(
      "string", [("minLength", .number("1")), ("maxLength", .number(String(max)))],
      example: .string("Europe/Berlin"))
    return Codec(schema) { (reader) throws(JSONError) in
      let text = try reader.text(max: max)
      guard TimeZone(identifier: text) != nil, text.contains("/") || text == "UTC" else {
        throw reader.error(.value, "an IANA time zone such as 'Europe/Berlin' is expected")
      }
      return text
    } write: {
      $1.string($0)
    }
  }
}

extension Shapes {
  static let tenants: [Component] = [
    Tenant.shape.component, TenantBody.shape.component, TenantPatch.shape.component,
  ]
}
