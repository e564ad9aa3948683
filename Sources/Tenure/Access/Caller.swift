/// What the operator says of how somebody came to a person's token.
package enum Assurance: Sendable, Equatable {
  /// Whoever reads the person's mailbox could have it: it counts as the claimant's.
  case mailbox
  /// A session of a product: signed in since then and still the same, or with a second factor.
  case session(signedInAt: Timestamp?, hasSecondFactor: Bool)

  /// Whether it is the person's own hand where the first claim on a name of theirs was made at
  /// `claimedSince`; nil where nobody claims one.
  package func isPersons(claimedSince: Timestamp?) -> Bool {
    guard case .session(let signedInAt, let hasSecondFactor) = self else { return false }
    guard let claimedSince else { return true }
    return hasSecondFactor || signedInAt.map { $0 < claimedSince } ?? false
  }
}

/// Who is calling, as the authenticator found out.
package struct Caller: Sendable {
  package enum Plane: Sendable, Equatable {
    case platform
    case tenant
    case person(AccountID)
  }

  package let plane: Plane
  /// The key that was presented; nil for the service's own work.
  package let key: KeyID?
  /// The one-time link that was presented in place of a token.
  package let link: Link?
  /// Of a person's token: how they came to it.
  package let assurance: Assurance
  /// The tenant the key belongs to.
  package let home: TenantID
  package let role: Role
  /// What the role allows, narrowed by the key's scopes.
  package let permissions: PermissionSet
  /// When the key that was presented ends; nil for the service's own work and for links.
  package let expiresAt: Timestamp?
  /// The person who collected the key that was presented; nil for a service's key, which is nobody's.
  package let holder: AccountID?
  /// Which work of the service's own it is; nil for whoever presents a key or a link.
  package let job: String?

  package init(
    plane: Plane, key: KeyID?, link: Link? = nil, assurance: Assurance = .mailbox, home: TenantID,
    role: Role, permissions: PermissionSet, expiresAt: Timestamp? = nil, holder: AccountID? = nil,
    job: String? = nil
  ) {
    self.expiresAt = expiresAt
    self.holder = holder
    self.job = job
    self.plane = plane
    self.key = key
    self.link = link
    self.assurance = assurance
    self.home = home
    self.role = role
    self.permissions = permissions
  }

  /// Whoever reads what a link shows: the person it was sent to, who may do nothing else by it.
  package init(reading link: Link, account: AccountID) {
    self.init(
      plane: .person(account), key: nil, link: link, home: .platform, role: .auditor,
      permissions: [])
  }

  /// The case whose notice the caller holds the link of, and the destination that was sent to.
  package var notice: (case: CaseID, destination: DestinationID)? {
    if case .notice(let id, let destination) = link { return (id, destination) }
    return nil
  }

  /// How the audit log names the caller.
  package var actor: String {
    switch plane {
    case .person(let account): account.description
    case .platform, .tenant: key?.description ?? "system:\(job ?? role.rawValue)"
    }
  }
}

/// Why a caller may not.
package enum Denial: Error, Equatable {
  /// Another tenant's affair: the caller is not told that it exists.
  case notFound
  case forbidden(Permission)
}

/// The proof that a caller was authorised for something in one tenant.
///
/// Only `Caller.authorize` makes one, and every function that touches a tenant's data takes one:
/// a statement without it does not compile.
package struct Access: Sendable {
  package let tenant: TenantID
  package let caller: Caller

  fileprivate init(tenant: TenantID, caller: Caller) {
    self.tenant = tenant
    self.caller = caller
  }
}

extension Caller {
  package func authorize(
    _ permission: Permission, in tenant: TenantID
  ) throws(Denial) -> Access {
    switch plane {
    case .person: throw .forbidden(permission)
    case .tenant: if tenant != home { throw .notFound }
    case .platform:
      if tenant != .platform && !Role.operatorInTenant.contains(permission) {
        throw .forbidden(permission)
      }
    }
    guard permissions.contains(permission) else { throw .forbidden(permission) }
    return Access(tenant: tenant, caller: self)
  }

  /// The proof that a person reads their own account, in whoever's custody it lies.
  package func authorizeOwnAccount(custodian: TenantID) -> (account: AccountID, access: Access)? {
    guard case .person(let account) = plane else { return nil }
    return (account, Access(tenant: custodian, caller: self))
  }
}

extension Caller {
  /// The proof that a person acts on what the platform keeps for them: notices and callbacks.
  package func authorizeOwnRecords() -> (account: AccountID, access: Access)? {
    guard case .person(let account) = plane else { return nil }
    return (account, Access(tenant: .platform, caller: self))
  }
}

/// The service itself at work, named for the job that asks.
package struct SystemCaller: Sendable {
  package let job: String
  package init(job: String) { self.job = job }

  package func access(to tenant: TenantID) -> Access {
    Access(
      tenant: tenant,
      caller: Caller(
        plane: tenant == .platform ? .platform : .tenant, key: nil, home: tenant,
        role: tenant == .platform ? .platformOperator : .owner, permissions: .all, job: job))
  }
}
