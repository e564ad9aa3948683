/// What a tenant may do on a name, and with the accounts whose control rests on its claim.
///
/// The raw value is what the database says: in `tenure_global.domains.rights` for names that are
/// held, and from `tenure.domain_rights` for accounts.
package enum DomainRights: String, CaseIterable, Sendable {
  /// The name is proven.
  case full
  /// The proof is missing: what was taken is administered, nothing new is taken.
  case kept
  /// The proof has long been missing, or somebody else has proven the name: what is there stays as
  /// it is, and the clocks of what would change it stand.
  case frozen
  /// The name is not held: the control of its accounts is suspended.
  case suspended

  /// Whether takeovers may begin and have their effect.
  package var allowsTakeovers: Bool { self == .full }

  /// Whether what destroys, hides or gives away, changes addresses or roles, places holds or purges
  /// may be done to accounts; where not, its clocks stand.
  package var allowsDestruction: Bool { self == .full || self == .kept }

  /// Whether accounts are within their controller's reach at all.
  package var allowsAdministration: Bool { self != .suspended }
}

extension DomainClaim.State {
  /// What follows from the state of a claim for its name.
  ///
  /// In a contest this is the incumbent's side: whoever proved the name second does not hold it.
  package var rights: DomainRights {
    switch self {
    case .verified: .full
    case .atRisk: .kept
    case .grace, .contested: .frozen
    case .pending, .lapsed, .expired, .ownershipChanged, .released, .refused: .suspended
    }
  }
}
