/// How a person obtained their token, as the operator states when it mints one: what the token may
/// do depends on it.
package enum Assurance: Sendable, Equatable {
  /// By a link sent to a mailbox. Whoever reads that mailbox could have it, so a tenant that claims
  /// the mailbox's domain could too.
  case mailbox
  /// By a session of a product, which began at `signedInAt` (nil where the operator does not say).
  case session(signedInAt: Timestamp?, hasSecondFactor: Bool)

  /// Whether only the person can have obtained the token.
  ///
  /// `claimedSince` is when a tenant first claimed a domain of the person's addresses, nil where
  /// none has: a session counts where it began before that, or had a second factor.
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
  /// How the person obtained the token; `.mailbox`, the weakest, for all other callers.
  package let assurance: Assurance
  /// The tenant that the key belongs to; the platform for people.
  package let home: TenantID
  package let role: Role
  /// What the role allows, narrowed by the key's scopes.
  package let permissions: PermissionSet
  /// When the key that was presented ends; nil for the service's own work and for links.
  package let expiresAt: Timestamp?
  /// The person who collected the key that was presented; nil for a service's key, which is nobody's.
  package let holder: AccountID?
  /// The name of the background job that acts; nil for whoever presents a key or a link.
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

  /// The person a one-time link was sent to: they read what it shows, and have no permission
  /// besides.
  package init(reading link: Link, account: AccountID) {
    self.init(
      plane: .person(account), key: nil, link: link, home: .platform, role: .auditor,
      permissions: [])
  }

  /// The case and the destination that a notice's link names; nil for callers without such a link.
  package var notice: (case: CaseID, destination: DestinationID)? {
    if case .notice(let id, let destination) = link { return (id, destination) }
    return nil
  }

  /// How the audit log names the caller: an account's id, a key's id, or `system:` and the job.
  package var actor: String {
    switch plane {
    case .person(let account): account.description
    case .platform, .tenant: key?.description ?? "system:\(job ?? role.rawValue)"
    }
  }
}

/// Why a caller may not.
package enum Denial: Error, Equatable {
  /// It belongs to another tenant: the caller is not told that it exists.
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
  /// The proof that the caller has a permission in a tenant.
  ///
  /// Throws `.notFound` for another tenant than the caller's own, unless the operator calls.
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

  /// The person's own account and the proof that they may read it with its custodian, whichever
  /// tenant that is; nil for callers that are no person.
  package func authorizeOwnAccount(custodian: TenantID) -> (account: AccountID, access: Access)? {
    guard case .person(let account) = plane else { return nil }
    return (account, Access(tenant: custodian, caller: self))
  }
}

extension Caller {
  /// The person's account and the proof for what the platform keeps for them, such as notices and
  /// callbacks; nil for callers that are no person.
  package func authorizeOwnRecords() -> (account: AccountID, access: Access)? {
    guard case .person(let account) = plane else { return nil }
    return (account, Access(tenant: .platform, caller: self))
  }
}

/// The service itself as a caller, for background work: `job` names the work in the audit log.
package struct SystemCaller: Sendable {
  package let job: String
  package init(job: String) { self.job = job }

  /// The proof for everything in a tenant: as its owner, or as the operator on the platform.
  package func access(to tenant: TenantID) -> Access {
    Access(
      tenant: tenant,
      caller: Caller(
        plane: tenant == .platform ? .platform : .tenant, key: nil, home: tenant,
        role: tenant == .platform ? .platformOperator : .owner, permissions: .all, job: job))
  }
}
