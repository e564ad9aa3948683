/// Which domains of addresses a controller may manage: those it holds, by longest match over the
/// verified claims of all tenants.
///
/// The refusal is the same whether another tenant holds the domain, another account the address, or
/// nobody either: trying reveals nothing.
package struct NameHoldings: Sendable {
  package enum Holding: Sendable, Equatable {
    case held
    /// The controller's own, but its proof is in doubt: addresses on it cannot be changed for now.
    case frozen
    /// Somebody else's, or nobody's.
    case foreign
  }

  package enum Refusal: Error, Equatable, Sendable {
    case notHeld
    case frozen
  }

  /// By domain, written as in `EmailAddress.domain`.
  private let holdings: [String: Holding]

  /// Domains without an entry are foreign.
  package init(_ holdings: [String: Holding]) { self.holdings = holdings }

  /// How the domain of an address is held.
  package func holding(of address: EmailAddress) -> Holding {
    holdings[address.domain] ?? .foreign
  }

  /// Whether the controller may see an address: on a held domain, or on a frozen one.
  package func isTheirs(_ address: EmailAddress) -> Bool { holding(of: address) != .foreign }

  /// Allows adding, removing or verifying all of these addresses.
  ///
  /// One foreign address decides the refusal, wherever it stands in the list: the order must not
  /// show which of the others exist.
  package func check(_ changed: some Collection<EmailAddress>) throws(Refusal) {
    if changed.contains(where: { holding(of: $0) == .foreign }) { throw .notHeld }
    if changed.contains(where: { holding(of: $0) == .frozen }) { throw .frozen }
  }
}
