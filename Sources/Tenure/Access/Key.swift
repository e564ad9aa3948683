/// A key of the operator or of a tenant: never its secret.
package struct Key: Sendable {
  package let id: KeyID
  package let tenant: TenantID
  /// The part of the token that names the key; not secret.
  package let reference: String
  package let name: String
  package let role: Role
  /// What the key is narrowed to; nil for all that its role allows.
  package let scopes: [Permission]?
  package let createdAt: Timestamp
  package let createdBy: String
  package let expiresAt: Timestamp
  package let revokedAt: Timestamp?
  package let successor: KeyID?
  /// The person it was made for; nil for a key that a service uses.
  package let holder: AccountID?
  /// When that person collected it; nil before, when nobody can use it, and for a service's key.
  package let collectedAt: Timestamp?
  /// The key that made it; nil where the service did.
  package let maker: KeyID?
  package let version: Int

  package init(
    id: KeyID, tenant: TenantID, reference: String, name: String, role: Role,
    scopes: [Permission]?, createdAt: Timestamp, createdBy: String, expiresAt: Timestamp,
    revokedAt: Timestamp? = nil, successor: KeyID? = nil, holder: AccountID? = nil,
    collectedAt: Timestamp? = nil, maker: KeyID? = nil, version: Int = 1
  ) {
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
    self.holder = holder
    self.collectedAt = collectedAt
    self.maker = maker
    self.version = version
  }
}
