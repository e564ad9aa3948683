package import Foundation

/// An organisation that uses the service.
///
/// Keys, policies and an audit log belong to a tenant.
package struct Tenant: Sendable {
  package enum State: String, CaseIterable, Sendable { case active, suspended }

  package let id: TenantID
  package let name: String
  package let state: State
  package let policy: TenantPolicy
  /// Tenants under common ownership, which is mutual: the domains that they claim count as this
  /// one's, too.
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

/// A tenant's settings for its data.
package struct TenantPolicy: Sendable, Equatable {
  package enum ErasedContent: String, CaseIterable, Sendable {
    /// Shared content stays under a pseudonym when its author is erased.
    case keep
    case delete
  }

  /// The days that a tenant can set between the deletion of an account and its erasure.
  package static let purgeDaysRange = 7...90

  /// The IANA name of the time zone of the tenant's calendar, which says where days begin.
  package var timeZone = "UTC"
  package var purgeDays = 30
  package var erasedContent = ErasedContent.keep
  /// How many accounts and items the daily run of retention may dispose of unattended; nil where
  /// there is no daily run.
  package var retentionBudget: Int?

  package init() {}

  /// The time zone named by `timeZone`, which is checked whenever a policy is written or read.
  package var zone: TimeZone { TimeZone(identifier: timeZone) ?? .gmt }
}
