/// Why somebody may not give away what they want to give.
package enum GrantRefusal: Error, Equatable {
  /// The giver lacks it: nobody gives more than they have, whatever the roles are called.
  case lacks(Permission)
  /// Only its holder and the key that made it get a key's successor.
  case notYours
}

/// What a key is good for, and whose it is.
package struct KeyDescent: Sendable, Equatable {
  package let id: KeyID
  /// The key that made it; nil for the service's own.
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

/// Nobody widens themselves: a key, a role in a tenant, or a successor is given only within what the
/// giver has.
extension Caller {
  /// Gives what is `wanted`; refuses with the first permission that the caller lacks.
  package func give(_ wanted: PermissionSet) throws(GrantRefusal) {
    if let lacking = wanted.subtracting(permissions).permissions.first { throw .lacks(lacking) }
  }

  /// When a key that the caller makes ends: as wanted, and no later than the caller's own.
  package func end(_ wanted: Timestamp) -> Timestamp { min(wanted, expiresAt ?? wanted) }

  /// Hands out a key's successor: to the key itself, or to whoever made it.
  ///
  /// `earlier` are the keys that the caller's own took the place of: what they made, it made. A key
  /// that a person has collected is theirs alone. Refuses with what the caller lacks of it, too.
  package func rotate(_ old: KeyDescent, earlier: Set<KeyID> = []) throws(GrantRefusal) {
    guard let key else { throw .notYours }
    // What it renews itself is as wide as it was.
    if old.id == key { return }
    guard let maker = old.maker, maker == key || earlier.contains(maker), old.holder == nil
    else { throw .notYours }
    try give(old.permissions)
  }

  /// Takes a key or a role away: one's own, what one made, and whatever one could have given.
  ///
  /// An administrator does not remove who watches them.
  package func take(
    _ held: PermissionSet, of key: KeyDescent? = nil, earlier: Set<KeyID> = []
  ) throws(GrantRefusal) {
    if let key, let own = self.key {
      if key.id == own || key.maker == own || key.maker.map(earlier.contains) ?? false { return }
    }
    try give(held)
  }
}
