/// What a caller may do.
///
/// The raw value is the scope's name in keys and in the contract.
package enum Permission: String, CaseIterable, Sendable {
  case tenantsCreate = "tenants:create"
  case tenantsSuspend = "tenants:suspend"
  case tenantsRead = "tenants:read"
  case tenantsWrite = "tenants:write"
  case keysRead = "keys:read"
  case keysWrite = "keys:write"
  case membershipsRead = "memberships:read"
  case membershipsWrite = "memberships:write"
  case accountsRead = "accounts:read"
  case accountsWrite = "accounts:write"
  case accountsRegister = "accounts:register"
  case personTokensWrite = "person_tokens:write"
  case operationsRead = "operations:read"
  case operationsWrite = "operations:write"
  case auditRead = "audit:read"
  case domainsRead = "domains:read"
  case domainsWrite = "domains:write"
  case domainsAttest = "domains:attest"
  case webhooksRead = "webhooks:read"
  case webhooksWrite = "webhooks:write"
  case eventsRead = "events:read"
  case takeoversRead = "takeovers:read"
  case takeoversWrite = "takeovers:write"
  case receiptsWrite = "receipts:write"
  case accountsErase = "accounts:erase"
  case approvalsRead = "approvals:read"
  case approvalsWrite = "approvals:write"
  case holdsRead = "holds:read"
  case holdsWrite = "holds:write"
  case contentRegister = "content:register"
  case contentRead = "content:read"
  case contentWrite = "content:write"
  case retentionRead = "retention:read"
  case retentionWrite = "retention:write"
  case requestsRead = "requests:read"
  case requestsWrite = "requests:write"
  case policiesRead = "policies:read"
  case policiesWrite = "policies:write"
  case communicationsRead = "communications:read"
  case communicationsWrite = "communications:write"
}

/// A set of permissions, small enough to be one number.
package struct PermissionSet: OptionSet, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package init(_ permissions: some Sequence<Permission>) {
    rawValue = permissions.reduce(0) { $0 | Self.bit($1) }
  }

  package static let all = PermissionSet(Permission.allCases)

  package func contains(_ permission: Permission) -> Bool { rawValue & Self.bit(permission) != 0 }

  package var permissions: [Permission] { Permission.allCases.filter { contains($0) } }

  private static func bit(_ permission: Permission) -> UInt64 {
    1 << UInt64(Permission.allCases.firstIndex(of: permission) ?? 63)
  }
}

/// What somebody is entitled to in a tenant, or on the platform.
///
/// The permissions of each role are printed in `House/permissions.txt`.
package enum Role: String, CaseIterable, Sendable {
  /// The company that runs the service.
  case platformOperator = "operator"
  case owner
  case admin
  case helpdesk
  case privacyOfficer = "privacy_officer"
  case auditor

  package var permissions: PermissionSet { Self.matrix[self] ?? [] }

  private static let matrix: [Role: PermissionSet] = [
    .platformOperator: .all,
    .owner: PermissionSet(
      Permission.allCases.filter { permission in
        switch permission {
        case .tenantsCreate, .tenantsSuspend, .accountsRegister, .personTokensWrite,
          .domainsAttest, .receiptsWrite, .contentRegister, .communicationsRead,
          .communicationsWrite:
          false
        default: true
        }
      }),
    .admin: PermissionSet([
      .tenantsRead, .keysRead, .keysWrite, .membershipsRead, .membershipsWrite, .accountsRead,
      .accountsWrite, .operationsRead, .operationsWrite, .domainsRead, .domainsWrite,
      .webhooksRead, .webhooksWrite, .eventsRead, .takeoversRead, .takeoversWrite,
      .approvalsRead, .approvalsWrite, .contentRead, .contentWrite, .retentionRead,
      .requestsRead, .policiesRead, .policiesWrite,
    ]),
    .helpdesk: PermissionSet([
      .tenantsRead, .membershipsRead, .accountsRead, .operationsRead, .domainsRead, .takeoversRead,
      .policiesRead,
    ]),
    .privacyOfficer: PermissionSet([
      .tenantsRead, .membershipsRead, .accountsRead, .operationsRead, .auditRead, .domainsRead,
      .takeoversRead, .eventsRead, .accountsErase, .approvalsRead, .approvalsWrite, .holdsRead,
      .holdsWrite, .contentRead, .retentionRead, .retentionWrite, .requestsRead, .requestsWrite,
      .policiesRead, .policiesWrite,
    ]),
    .auditor: PermissionSet([
      .tenantsRead, .keysRead, .membershipsRead, .operationsRead, .auditRead, .domainsRead,
      .takeoversRead, .eventsRead, .requestsRead, .policiesRead,
    ]),
  ]

  /// What the operator may do inside a tenant that is not the platform: look after it, but not
  /// read or change the accounts it controls.
  package static let operatorInTenant = PermissionSet([
    .tenantsRead, .tenantsWrite, .keysRead, .keysWrite, .membershipsRead, .membershipsWrite,
    .auditRead, .domainsRead, .domainsAttest, .takeoversRead,
  ])

  /// The permissions of a person with this role in a tenant: owners of the platform's own tenant
  /// have the operator's.
  package func permissions(in tenant: TenantID) -> PermissionSet {
    tenant == .platform && self == .owner ? Role.platformOperator.permissions : permissions
  }

  /// What a key of this role may do, narrowed by its scopes; nil for all of it.
  package func permissions(scopes: [Permission]?) -> PermissionSet {
    scopes.map { permissions.intersection(PermissionSet($0)) } ?? permissions
  }
}
