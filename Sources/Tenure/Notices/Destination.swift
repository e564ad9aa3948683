/// Something that reaches somebody: where a notice goes.
package struct Destination: Sendable, Equatable {
  /// How it reaches them; the operator delivers it.
  package enum Kind: String, CaseIterable, Sendable {
    case email, sms, push
    case inApp = "in_app"
    case post
  }

  package let id: DestinationID
  package let kind: Kind
  /// SHA-256 of `ReceiptStatement.addressMessage`: says which, to whoever knows it.
  package let addressHash: [UInt8]
  /// Before the case began; what was not counts for nothing.
  package let isVerified: Bool
  /// Lies on a name that the claimant holds or has a running claim on, as judged now.
  package let isClaimants: Bool
  /// When its link was used for what uses it up.
  package let linkUsedAt: Timestamp?

  package init(
    id: DestinationID, kind: Kind, addressHash: [UInt8], isVerified: Bool, isClaimants: Bool,
    linkUsedAt: Timestamp?
  ) {
    self.id = id
    self.kind = kind
    self.addressHash = addressHash
    self.isVerified = isVerified
    self.isClaimants = isClaimants
    self.linkUsedAt = linkUsedAt
  }

  /// Whether it is the person's own: nobody else reads what arrives there.
  package var isPersons: Bool { isVerified && !isClaimants }

  /// The name an address lies on and those above it down to two labels: a claim on any of them makes
  /// it the claimant's, because whoever has a name can make names below it.
  package static func names(of domain: String) -> [String] {
    let labels = domain.split(separator: ".")
    guard labels.count > 2 else { return [domain] }
    return (0...(labels.count - 2)).map { labels[$0...].joined(separator: ".") }
  }
}

/// What somebody can do about a notice.
package enum NoticeAction: String, CaseIterable, Sendable {
  /// I have read it.
  case acknowledge
  /// The organisation may have the account.
  case accept
  /// I keep the account under an address of my own.
  case detach
  /// I want my data first.
  case export
  /// Something is wrong: the operator is to decide.
  case dispute

  /// Whether it decides about the account: only the person may, and not who reads the claimed
  /// mailbox.
  package var isPersonsAlone: Bool {
    switch self {
    case .accept, .detach: true
    case .acknowledge, .export, .dispute: false
    }
  }
}

/// Whose hand it is that acts on a notice.
package enum Standing: Sendable, Equatable {
  /// From a destination of the person's own, or a session that no mailbox opened.
  case person
  /// From a destination of the claimant's, or one that was never proven: whoever reads that.
  case mailbox

  package func allows(_ action: NoticeAction) -> Bool {
    self == .person || !action.isPersonsAlone
  }
}
