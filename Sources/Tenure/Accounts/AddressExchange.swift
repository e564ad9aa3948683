/// Accounts that are to have addresses of each other.
///
/// Where each that gives one also gets one, in a circle, no address becomes free and none is in doubt;
/// any other giving is refused by whoever holds the address, or by its rest.
package struct AddressExchange: Sendable {
  /// For each that gets addresses, from whom.
  private var givers: [AccountID: Set<AccountID>] = [:]

  package init() {}

  package mutating func give(to receiver: AccountID, from others: Set<AccountID>) {
    givers[receiver, default: []].formUnion(others)
  }

  /// The accounts that give to each other, those of one circle together.
  package var circles: [Set<AccountID>] {
    var circles: [Set<AccountID>] = []
    var seen: Set<AccountID> = []
    for start in givers.keys where !seen.contains(start) {
      let circle = connected(to: start)
      seen.formUnion(circle)
      let giving = Set(circle.flatMap { givers[$0] ?? [] })
      if giving == circle && circle.allSatisfy({ givers[$0] != nil }) { circles.append(circle) }
    }
    return circles
  }

  /// All that have to do with one another, in either direction.
  private func connected(to start: AccountID) -> Set<AccountID> {
    var found: Set<AccountID> = [start]
    var grew = true
    while grew {
      grew = false
      for (receiver, others) in givers {
        let pair = others.union([receiver])
        if !found.isDisjoint(with: pair), !pair.isSubset(of: found) {
          found.formUnion(pair)
          grew = true
        }
      }
    }
    return found
  }
}
