/// Where a person's notices are sent: an address, a phone or a device.
package struct Destination: Sendable, Equatable {
  /// The channel; the operator sends the messages.
  package enum Kind: String, CaseIterable, Sendable {
    case email, sms, push
    case inApp = "in_app"
    case post
  }

  package let id: DestinationID
  package let kind: Kind
  /// SHA-256 of `ReceiptStatement.addressMessage`: whoever knows the address can tell which it is.
  package let addressHash: [UInt8]
  /// Verified before the case began; destinations verified later are no evidence.
  package let isVerified: Bool
  /// Whether the address is at a domain that the claimant holds or is claiming at this moment.
  package let isClaimants: Bool
  /// When the person decided by the link that was sent here, which cannot be used again; nil
  /// before.
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

  /// Whether only the person reads what is sent there.
  package var isPersons: Bool { isVerified && !isClaimants }

  /// The domain of an address and its parents, down to two labels.
  ///
  /// A claim on any of them makes the address the claimant's: whoever has a domain can create names
  /// below it.
  package static func names(of domain: String) -> [String] {
    let labels = domain.split(separator: ".")
    guard labels.count > 2 else { return [domain] }
    return (0...(labels.count - 2)).map { labels[$0...].joined(separator: ".") }
  }
}

/// What a person can answer to a notice.
package enum NoticeAction: String, CaseIterable, Sendable {
  /// They have read it.
  case acknowledge
  /// The tenant may have the account.
  case accept
  /// They keep the account, under an address of their own.
  case detach
  /// They want their data first.
  case export
  /// Something is wrong: the operator must decide.
  case dispute

  /// Whether it decides about the account.
  ///
  /// Then it counts only from the person, not from whoever reads a mailbox at the claimed domain.
  package var isPersonsAlone: Bool {
    switch self {
    case .accept, .detach: true
    case .acknowledge, .export, .dispute: false
    }
  }
}

/// Who an answer to a notice can have come from.
package enum Standing: Sendable, Equatable {
  /// The person for certain: from a destination of their own, or a session that was not opened by a
  /// mailbox.
  case person
  /// Whoever reads the mailbox: from a destination that is the claimant's or was never verified.
  case mailbox

  package func allows(_ action: NoticeAction) -> Bool {
    self == .person || !action.isPersonsAlone
  }
}
