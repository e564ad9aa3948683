package import JSON
package import Tenure

/// A key as callers see it, with its token in the one answer that creates it.
package struct KeyView: View, Shaped {
  package let key: Key
  package let token: String?

  package init(_ key: Key, token: String? = nil) {
    self.key = key
    self.token = token
  }

  package static let shape = Shape<KeyView>("Key", "A key of the operator or of a tenant.") {
    Member("id", \.key.id, .id())
    Member("tenant_id", \.key.tenant, .id())
    Member(
      "reference", \.key.reference, .string,
      "The part of the token that names the key; not secret.", example: "4fG7kQ2mX9aB")
    Member("name", \.key.name, .string, example: "provisioning")
    Member("role", \.key.role, .choice())
    Member(
      "scopes", \.key.scopes, .nullable(.list(.choice())),
      "What the key is narrowed to; null for all that its role allows.")
    Member("created_at", \.key.createdAt, .timestamp)
    Member("created_by", \.key.createdBy, .actor)
    Member("expires_at", \.key.expiresAt, .timestamp)
    Member("revoked_at", \.key.revokedAt, .nullable(.timestamp))
    Member(
      "successor_id", \.key.successor, .nullable(.id()), "The key that takes its place.",
      example: .some(nil))
    Member(
      "account_id", \.key.holder, .nullable(.id()),
      "The person it was made for; null for a service's key, which is nobody's.",
      example: .some(nil))
    Member(
      "collected_at", \.key.collectedAt, .nullable(.timestamp),
      "When that person took it up; null while it is only offered.")
    Member(
      optional: "token", \.token, .string.with("pattern", .string("^tnrk_[0-9A-Za-z]{50}$")),
      """
      The secret; only in the answer that creates the key. Of an offered key: what its person \
      collects it with, and nothing else.
      """, example: KeyToken.example)
  }
}

/// The body that creates a key.
package struct KeyBody: Body, Shaped {
  package static let nameMax = 100

  package let name: String
  package let role: Role
  /// nil for all that the role allows.
  package let scopes: [Permission]?
  package let expiresAt: Timestamp?
  /// The person it is offered to; nil for a service's key.
  package let account: AccountID?

  package static let shape = Shape("KeyBody", nil, KeyBody.init) {
    Member("name", \.name, .name(max: nameMax), "What the key is for.", example: "provisioning")
    Member("role", \.role, .choice(), example: .admin)
    Member(optional: "scopes", \.scopes, .set(.choice(), min: 1), example: [.accountsRead])
    Member(
      optional: "expires_at", \.expiresAt, .timestamp,
      """
      Within 365 days; 90 days where absent. A key that would outlive the one that makes it ends \
      with that.
      """)
    Member(
      optional: "account_id", \.account, .id(),
      """
      The person it is offered to, who has a role in the tenant. The key works once they have \
      collected it, and is worth no more than their role.
      """)
  }
}

/// The body that reports a leaked key: its token, and nothing else.
package struct LeakedKeyBody: Body, Shaped {
  package let token: String

  package static let shape = Shape("LeakedKeyBody", nil, LeakedKeyBody.init) {
    Member("token", \.token, .token, "The token as it was found.")
  }
}

/// The body that collects a key that is offered: the token of the offer, and nothing else.
package struct CollectKeyBody: Body, Shaped {
  package let token: String

  package static let shape = Shape("CollectKeyBody", nil, CollectKeyBody.init) {
    Member("token", \.token, .token, "The token that the offer's maker was given.")
  }
}

extension KeyToken {
  /// What the contract shows for one.
  fileprivate static let example = "tnrk_" + String(repeating: "0", count: 50)
}

extension Codec where Value == String {
  /// A token as somebody hands it in.
  ///
  /// Text of any kind is read: what is no token gets the answer of one that is not known.
  fileprivate static var token: Codec {
    let max = 200
    let schema = Schema(
      "string",
      [
        ("minLength", .number("1")), ("maxLength", .number(String(max))),
        ("pattern", .string("^[!-~]+$")),
      ], example: .string(KeyToken.example))
    return Codec(schema) { (reader) throws(JSONError) in
      try reader.text(max: max)
    } write: {
      $1.string($0)
    }
  }
}

/// Who the caller is and what they may.
package struct WhoAmIView: View, Shaped {
  private enum Plane: String, CaseIterable, Sendable {
    case platform = "operator"
    case tenant, person
  }

  package let caller: Caller

  package init(caller: Caller) { self.caller = caller }

  private var plane: Plane {
    switch caller.plane {
    case .platform: .platform
    case .tenant: .tenant
    case .person: .person
    }
  }

  /// A person has none about themselves.
  private var role: Role? { plane == .person ? nil : caller.role }

  private var account: AccountID? {
    if case .person(let account) = caller.plane { account } else { caller.holder }
  }

  package static let shape = Shape<WhoAmIView>(
    "WhoAmI", "Who the caller is and what they may."
  ) {
    Member("plane", \.plane, .choice())
    Member("tenant_id", \.caller.home, .id())
    Member("key_id", \.caller.key, .nullable(.id()))
    Member("role", \.role, .nullable(.choice()), example: .platformOperator)
    Member(
      "account_id", \.account, .nullable(.id()),
      "The person who calls, or whose key it is; null for a service's key.", example: .some(nil))
    Member("permissions", \.caller.permissions.permissions, .list(.choice()))
  }
}

/// One role with what it allows.
package struct RoleView: View, Shaped {
  package let role: Role

  package init(role: Role) { self.role = role }

  package static let shape = Shape<RoleView>("Role", "A role, and what it may do.") {
    Member("name", \.role, .choice())
    Member("permissions", \.role.permissions.permissions, .list(.choice()))
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

extension Shapes {
  static let keys: [Component] = [
    KeyView.shape.component, KeyBody.shape.component, LeakedKeyBody.shape.component,
    CollectKeyBody.shape.component, WhoAmIView.shape.component, RoleView.shape.component,
  ]
}
