/// Which names of addresses a controller manages: those it holds, by longest match over the verified
/// names of all tenants.
///
/// What it may not is answered the same whoever has the name or the address: nothing is learned from
/// trying.
package struct NameHoldings: Sendable {
  package enum Holding: Sendable, Equatable {
    case held
    /// Its own, but its proof is at issue: rights on it stand still.
    case frozen
    /// Somebody else's, or nobody's.
    case foreign
  }

  package enum Refusal: Error, Equatable, Sendable {
    case notHeld
    case frozen
  }

  /// By domain, as `EmailAddress.domain` has it.
  private let holdings: [String: Holding]

  /// Domains that are not among them are foreign.
  package init(_ holdings: [String: Holding]) { self.holdings = holdings }

  package func holding(of address: EmailAddress) -> Holding {
    holdings[address.domain] ?? .foreign
  }

  /// Whether an address is the controller's to know: frozen rights are still its own.
  package func isTheirs(_ address: EmailAddress) -> Bool { holding(of: address) != .foreign }

  /// Whether the controller may add, remove or verify all of these.
  ///
  /// A foreign one decides, wherever it stands: the others must not make a difference.
  package func check(_ changed: some Collection<EmailAddress>) throws(Refusal) {
    if changed.contains(where: { holding(of: $0) == .foreign }) { throw .notHeld }
    if changed.contains(where: { holding(of: $0) == .frozen }) { throw .frozen }
  }
}
