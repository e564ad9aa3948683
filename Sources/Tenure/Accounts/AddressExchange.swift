/// Changes by which accounts get addresses that other accounts have at present.
///
/// Where each account of a group gives an address and gets one, all can be saved together: no
/// address becomes free in between. Any other such change is refused, as its address is still held
/// or rests.
package struct AddressExchange: Sendable {
  /// The accounts that give addresses, by the account that gets them.
  private var givers: [AccountID: Set<AccountID>] = [:]

  package init() {}

  /// Adds that `receiver` gets addresses that `others` have now.
  package mutating func give(to receiver: AccountID, from others: Set<AccountID>) {
    givers[receiver, default: []].formUnion(others)
  }

  /// Whether an account gets addresses of others, in a circle or not.
  package func hasReceiver(_ account: AccountID) -> Bool { givers[account] != nil }

  /// The groups of accounts in which everyone both gives and gets an address.
  package var circles: [Set<AccountID>] {
    var neighbours: [AccountID: [AccountID]] = [:]
    for (receiver, others) in givers {
      for giver in others {
        neighbours[receiver, default: []].append(giver)
        neighbours[giver, default: []].append(receiver)
      }
    }
    var circles: [Set<AccountID>] = []
    var seen: Set<AccountID> = []
    for start in givers.keys where !seen.contains(start) {
      let circle = Self.connected(to: start, by: neighbours)
      seen.formUnion(circle)
      let giving = Set(circle.flatMap { givers[$0] ?? [] })
      if giving == circle && circle.allSatisfy({ givers[$0] != nil }) { circles.append(circle) }
    }
    return circles
  }

  /// The accounts that `start` is connected to by giving or getting, over any number of steps.
  ///
  /// Each gift is looked at twice: a file can hold one ring of all its accounts.
  private static func connected(
    to start: AccountID, by neighbours: [AccountID: [AccountID]]
  ) -> Set<AccountID> {
    var found: Set<AccountID> = [start]
    var rest = [start]
    while let account = rest.popLast() {
      for neighbour in neighbours[account] ?? [] where found.insert(neighbour).inserted {
        rest.append(neighbour)
      }
    }
    return found
  }
}
