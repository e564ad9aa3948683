package import Foundation
package import JSON
package import Tenure

/// A tenant as callers see it.
package struct TenantView: View {
  package enum State: String, CaseIterable, Sendable { case active, suspended }

  package let id: TenantID
  package let name: String
  package let state: State
  package let policy: TenantPolicy
  /// Tenants under common ownership: what they claim counts as this one's, and the other way round.
  package let commonOwnership: [TenantID]
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: TenantID, name: String, state: State, policy: TenantPolicy = TenantPolicy(),
    commonOwnership: [TenantID] = [], createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.commonOwnership = commonOwnership
    self.id = id
    self.name = name
    self.state = state
    self.policy = policy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("name")
      writer.string(name)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("time_zone")
      writer.string(policy.timeZone)
      writer.key("purge_days")
      writer.int(policy.purgeDays)
      writer.key("erased_content")
      writer.string(policy.erasedContent.rawValue)
      writer.key("retention_budget")
      if let budget = policy.retentionBudget { writer.int(budget) } else { writer.null() }
      writer.key("common_ownership")
      writer.array { writer in
        for tenant in commonOwnership { writer.identifier(tenant) }
      }
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// What a tenant decides about its data.
package struct TenantPolicy: Sendable, Equatable {
  package enum ErasedContent: String, CaseIterable, Sendable {
    /// Shared content stays under a pseudonym when its author is erased.
    case keep
    case delete
  }

  /// Days between deleting an account and erasing it.
  package static let purgeDaysRange = 7...90

  /// IANA name: where the days of the tenant's calendar begin.
  package var timeZone = "UTC"
  package var purgeDays = 30
  package var erasedContent = ErasedContent.keep
  /// How much a daily run of retention may dispose of by itself; nil: nothing runs by itself.
  package var retentionBudget: Int?

  package init() {}

  /// Where the days of the tenant's calendar begin.
  package var zone: TimeZone { TimeZone(identifier: timeZone) ?? .gmt }
}

/// The body that creates or changes a tenant: what it does not name stays.
package struct TenantBody: Body {
  /// Under common ownership with so many others a tenant can be.
  package static let commonOwnersMax = 50

  package let name: String?
  /// All that are to be under common ownership with it.
  package let commonOwnership: [TenantID]?
  private let timeZone: String?
  private let purgeDays: Int?
  private let erasedContent: TenantPolicy.ErasedContent?
  private let retentionBudget: MergePatch<Int>

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var timeZone: String?
    var purgeDays: Int?
    var erasedContent: TenantPolicy.ErasedContent?
    var retentionBudget = MergePatch<Int>.keep
    var commonOwnership: [TenantID]?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "name": name = try reader.name()
      case "time_zone":
        let text = try reader.text(max: 64)
        guard TimeZone(identifier: text) != nil, text.contains("/") || text == "UTC" else {
          throw reader.error(.value, "an IANA time zone such as 'Europe/Berlin' is expected")
        }
        timeZone = text
      case "purge_days":
        let days = try reader.int()
        guard TenantPolicy.purgeDaysRange.contains(days) else {
          throw reader.error(.value, "7 to 90 days are expected")
        }
        purgeDays = days
      case "erased_content": erasedContent = try reader.choice(TenantPolicy.ErasedContent.self)
      case "retention_budget":
        if reader.null() {
          retentionBudget = .clear
        } else {
          let budget = try reader.int()
          guard (1...RetentionRunBody.budgetMax).contains(budget) else {
            throw reader.error(.value, "1 to \(RetentionRunBody.budgetMax) is expected")
          }
          retentionBudget = .set(budget)
        }
      case "common_ownership": commonOwnership = try Self.tenants(&reader)
      default: throw reader.unknownMember()
      }
    }
    self.retentionBudget = retentionBudget
    self.commonOwnership = commonOwnership
    self.name = name
    self.timeZone = timeZone
    self.purgeDays = purgeDays
    self.erasedContent = erasedContent
  }

  private static func tenants(
    _ reader: inout JSONReader
  ) throws(JSONError) -> [TenantID] {
    var tenants: [TenantID] = []
    try reader.array { (reader) throws(JSONError) in
      let tenant = try reader.identifier(TenantID.self)
      if tenants.contains(tenant) { throw reader.error(.value, "is named twice") }
      if tenants.count == commonOwnersMax {
        throw reader.error(.value, "at most \(commonOwnersMax) are expected")
      }
      tenants.append(tenant)
    }
    return tenants
  }

  /// The policy with what the body names.
  package func policy(after before: TenantPolicy) -> TenantPolicy {
    var policy = before
    if let timeZone { policy.timeZone = timeZone }
    if let purgeDays { policy.purgeDays = purgeDays }
    if let erasedContent { policy.erasedContent = erasedContent }
    switch retentionBudget {
    case .keep: break
    case .clear: policy.retentionBudget = nil
    case .set(let budget): policy.retentionBudget = budget
    }
    return policy
  }
}
