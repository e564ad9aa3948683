/// What a tenant may do with a domain, and with the accounts whose control rests on its claim.
///
/// The raw value is stored in `tenure_global.domains.rights` for domains that are held;
/// `tenure.domain_rights` computes it for accounts.
package enum DomainRights: String, CaseIterable, Sendable {
  /// The name is proven.
  case full
  /// The proof has gone missing: accounts under control are administered as before, but none is
  /// taken over.
  case kept
  /// The proof has long been missing, or a rival has proven the domain: nothing irreversible is
  /// done to accounts, and what was scheduled waits.
  case frozen
  /// The tenant does not hold the domain: the control of its accounts is suspended.
  case suspended

  /// Whether takeovers may begin and take effect.
  package var allowsTakeovers: Bool { self == .full }

  /// Whether accounts may be destroyed, hidden, given away, purged or put under a hold, and their
  /// addresses or roles changed.
  ///
  /// Where not, what was scheduled waits.
  package var allowsDestruction: Bool { self == .full || self == .kept }
}

extension DomainClaim.State {
  /// The rights that a claim in this state gives.
  ///
  /// For `contested` these are the incumbent's: the rival does not hold the domain.
  package var rights: DomainRights {
    switch self {
    case .verified: .full
    case .atRisk: .kept
    case .grace, .contested: .frozen
    case .pending, .lapsed, .expired, .ownershipChanged, .released, .refused: .suspended
    }
  }
}
