package import JSON
package import Tenure

/// A key as callers see it: never its secret, except in the one answer that creates it.
package struct KeyView: View {
  package let id: KeyID
  package let tenant: TenantID
  package let reference: String
  package let name: String
  package let role: Role
  package let scopes: [String]?
  package let createdAt: Timestamp
  package let createdBy: String
  package let expiresAt: Timestamp
  package let revokedAt: Timestamp?
  package let successor: KeyID?
  /// The person it was made for; nil for a service's key.
  package let holder: AccountID?
  /// When they took it up; nil while it is only offered to them.
  package let collectedAt: Timestamp?
  /// The key that made it; nil for the service's own.
  ///
  /// Not shown: `created_by` says it.
  package var maker: KeyID?
  /// The token, in the answer that creates the key and nowhere else.
  package var token: String?

  package init(
    id: KeyID, tenant: TenantID, reference: String, name: String, role: Role, scopes: [String]?,
    createdAt: Timestamp, createdBy: String, expiresAt: Timestamp, revokedAt: Timestamp?,
    successor: KeyID?, holder: AccountID? = nil, collectedAt: Timestamp? = nil,
    maker: KeyID? = nil, token: String? = nil
  ) {
    self.holder = holder
    self.collectedAt = collectedAt
    self.maker = maker
    self.id = id
    self.tenant = tenant
    self.reference = reference
    self.name = name
    self.role = role
    self.scopes = scopes
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
    self.successor = successor
    self.token = token
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("tenant_id")
      writer.identifier(tenant)
      writer.key("reference")
      writer.string(reference)
      writer.key("name")
      writer.string(name)
      writer.key("role")
      writer.string(role.rawValue)
      writer.key("scopes")
      if let scopes {
        writer.array { writer in for scope in scopes { writer.string(scope) } }
      } else {
        writer.null()
      }
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("expires_at")
      writer.timestamp(expiresAt)
      writer.key("revoked_at")
      writer.timestamp(revokedAt)
      writer.key("successor_id")
      writer.string(successor?.description)
      writer.key("account_id")
      writer.string(holder?.description)
      writer.key("collected_at")
      writer.timestamp(collectedAt)
      if let token {
        writer.key("token")
        writer.string(token)
      }
    }
  }
}

/// The body that creates a key.
package struct KeyBody: Body {
  package static let nameMax = 100
  package let name: String
  package let role: Role
  package let scopes: [Permission]?
  package let expiresAt: Timestamp?
  /// The person it is offered to; nil for a service's key.
  package let account: AccountID?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var role: Role?
    var scopes: [Permission]?
    var expiresAt: Timestamp?
    var account: AccountID?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "name": name = try reader.name(max: Self.nameMax)
      case "role": role = try reader.choice(Role.self)
      case "scopes":
        var list: [Permission] = []
        try reader.array { (reader) throws(JSONError) in
          let scope = try reader.choice(Permission.self)
          if list.contains(scope) { throw reader.error(.value, "the scope appears twice") }
          list.append(scope)
        }
        if list.isEmpty { throw reader.error(.value, "at least one scope is needed") }
        scopes = list
      case "expires_at": expiresAt = try reader.timestamp()
      case "account_id": account = try reader.identifier(AccountID.self)
      default: throw reader.unknownMember()
      }
    }
    guard let name else { throw reader.missing("name") }
    guard let role else { throw reader.missing("role") }
    (self.name, self.role, self.scopes, self.expiresAt) = (name, role, scopes, expiresAt)
    self.account = account
  }
}

/// The body that reports a leaked key, or collects one: the token alone.
package struct KeyTokenBody: Body {
  package let token: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var token: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "token": token = try reader.text(max: 200)
      default: throw reader.unknownMember()
      }
    }
    guard let token else { throw reader.missing("token") }
    self.token = token
  }
}

/// Who the caller is and what they may.
package struct WhoAmIView: View {
  package let caller: Caller
  package init(caller: Caller) { self.caller = caller }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("plane")
      switch caller.plane {
      case .platform: writer.string("operator")
      case .tenant: writer.string("tenant")
      case .person: writer.string("person")
      }
      writer.key("tenant_id")
      writer.identifier(caller.home)
      writer.key("key_id")
      writer.string(caller.key?.description)
      writer.key("role")
      if case .person = caller.plane { writer.null() } else { writer.string(caller.role.rawValue) }
      writer.key("account_id")
      switch caller.plane {
      case .person(let account): writer.identifier(account)
      case .platform, .tenant: writer.string(caller.holder?.description)
      }
      writer.key("permissions")
      writer.array { writer in
        for permission in caller.permissions.permissions { writer.string(permission.rawValue) }
      }
    }
  }
}

/// One role with what it allows.
package struct RoleView: View {
  package let role: Role
  package init(role: Role) { self.role = role }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("name")
      writer.string(role.rawValue)
      writer.key("permissions")
      writer.array { writer in
        for permission in role.permissions.permissions { writer.string(permission.rawValue) }
      }
    }
  }
}

/// The matrix of roles and permissions.
package struct RoleList: View {
  package init() {}

  package func write(to writer: inout JSONWriter) {
    writer.page(Role.allCases.map { RoleView(role: $0) }, nextCursor: nil)
  }
}

extension Problem {
  /// Why a key, a role or a successor is not given.
  package init(_ refusal: GrantRefusal) {
    switch refusal {
    case .lacks(let permission):
      self.init(.forbidden, "nobody gives or takes what they lack: '\(permission.rawValue)'")
    case .notYours:
      self.init(
        .forbidden, "only a key itself and the key that made it rotate it: make another one")
    }
  }
}
