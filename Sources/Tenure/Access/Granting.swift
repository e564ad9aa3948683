/// Why a caller may not give, renew or take away a key or a role.
package enum GrantRefusal: Error, Equatable {
  /// The caller lacks this permission: nobody gives more than they have, whatever the roles are
  /// called.
  case lacks(Permission)
  /// The key is neither the caller's own nor one that the caller made.
  case notYours
}

/// What decides who may renew or revoke a key: its permissions, its maker and its holder.
package struct KeyDescent: Sendable, Equatable {
  package let id: KeyID
  /// The key that made it; nil where the service did.
  package let maker: KeyID?
  /// The person who collected it; nil for a service's key.
  package let holder: AccountID?
  /// What it allows: its role, narrowed by its scopes.
  package let permissions: PermissionSet

  package init(id: KeyID, maker: KeyID?, holder: AccountID?, permissions: PermissionSet) {
    self.id = id
    self.maker = maker
    self.holder = holder
    self.permissions = permissions
  }
}

/// Nobody gains permissions by making keys: a key, a role in a tenant, or a key's successor is
/// given only within what the giver has.
extension Caller {
  /// Allows giving the `wanted` permissions; refuses with the first one that the caller lacks.
  package func give(_ wanted: PermissionSet) throws(GrantRefusal) {
    if let lacking = wanted.subtracting(permissions).permissions.first { throw .lacks(lacking) }
  }

  /// When a key that the caller makes expires: as wanted, and no later than the caller's own.
  package func end(_ wanted: Timestamp) -> Timestamp { min(wanted, expiresAt ?? wanted) }

  /// Allows renewing a key: to the key itself, or to the key that made it.
  ///
  /// `earlier` are the predecessors of the caller's key: what they made counts as made by it. A key
  /// that a person has collected can be renewed by that person alone. A maker that lacks a
  /// permission of the key is refused as well.
  package func rotate(_ old: KeyDescent, earlier: Set<KeyID> = []) throws(GrantRefusal) {
    guard let key else { throw .notYours }
    // A key that renews itself gains no permission: nothing further is to be checked.
    if old.id == key { return }
    guard let maker = old.maker, maker == key || earlier.contains(maker), old.holder == nil
    else { throw .notYours }
    try give(old.permissions)
  }

  /// Allows taking a key or a role away, where the caller made the key, or could have given its
  /// permissions.
  ///
  /// An administrator can therefore not remove an auditor, whose permissions they lack. `earlier`
  /// are the predecessors of the caller's key; `key` is nil where a role is taken away.
  package func take(
    _ held: PermissionSet, of key: KeyDescent? = nil, earlier: Set<KeyID> = []
  ) throws(GrantRefusal) {
    if let key, let own = self.key {
      if key.id == own || key.maker == own || key.maker.map(earlier.contains) ?? false { return }
    }
    try give(held)
  }
}
