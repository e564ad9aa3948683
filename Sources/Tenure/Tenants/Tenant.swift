package import Foundation

/// An organisation: the root of keys, policy and audit log.
package struct Tenant: Sendable {
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
    self.id = id
    self.name = name
    self.state = state
    self.policy = policy
    self.commonOwnership = commonOwnership
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
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
