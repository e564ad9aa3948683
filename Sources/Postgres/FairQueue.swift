package import Foundation

/// Who waits for something, in turns: each party's first in line comes once a round, however many
/// more it has.
struct FairQueue<Element> {
  private var lines: [UUID: [Element]] = [:]
  /// The parties that have somebody in line, the one whose turn is next first.
  private var turns: [UUID] = []

  func count(of party: UUID) -> Int { lines[party]?.count ?? 0 }
  func hasAny(of mayCome: (UUID) -> Bool) -> Bool { turns.contains(where: mayCome) }

  mutating func append(_ element: Element, of party: UUID) {
    lines[party, default: []].append(element)
    if lines[party]?.count == 1 { turns.append(party) }
  }

  /// The next, by turn, of a party that `mayCome`; its party's turn is the last one afterwards.
  mutating func popFirst(of mayCome: (UUID) -> Bool) -> Element? {
    guard let index = turns.firstIndex(where: mayCome),
      let element = lines[turns[index]]?.removeFirst()
    else { return nil }
    let party = turns.remove(at: index)
    if lines[party]?.isEmpty == true { lines[party] = nil } else { turns.append(party) }
    return element
  }

  /// Takes out all of which something is true; returns them.
  mutating func removeAll(where isOut: (Element) -> Bool) -> [Element] {
    var removed: [Element] = []
    for (party, line) in lines {
      let out = line.filter(isOut)
      if out.isEmpty { continue }
      removed += out
      let rest = line.filter { !isOut($0) }
      lines[party] = rest.isEmpty ? nil : rest
    }
    if !removed.isEmpty { turns.removeAll { lines[$0] == nil } }
    return removed
  }
}

/// Whose turn a task's wait for a connection is.
package struct LeaseTurn: Sendable {
  /// All of one party share its turns; callers from outside cannot take another's.
  ///
  /// Nor can one party have all connections of a loop at once.
  package let party: UUID
  /// Whether it waits as long as for a failover; a caller who could ask again is told so earlier.
  package let isPatient: Bool

  package init(party: UUID, isPatient: Bool) {
    self.party = party
    self.isPatient = isPatient
  }
}
