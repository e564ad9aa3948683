/// What a receipt shows that a person was told.
package enum Notice: Sendable, Hashable, CustomStringConvertible {
  /// That a takeover of their account is under way.
  case takeover(CaseID)
  /// What was done to their account, or became of a request of theirs.
  case account(NoticeID)

  package var description: String {
    switch self {
    case .takeover(let id): id.description
    case .account(let id): id.description
    }
  }

  /// The case, of a notice of a takeover.
  package var item: CaseID? {
    if case .takeover(let id) = self { return id }
    return nil
  }

  /// The notice of an account, where it is of one.
  package var account: NoticeID? {
    if case .account(let id) = self { return id }
    return nil
  }
}

/// One piece of evidence of what became of a notice.
package struct Receipt: Sendable {
  package let id: ReceiptID
  package let notice: Notice
  /// 1 an endpoint took it, 2 the operator signed what became of it, 3 the person has read it.
  package let level: Int
  package let channel: String
  /// Of a notice of a takeover: where it went, or from where the person acted.
  package let destination: DestinationID?
  package let outcome: ReceiptStatement.Outcome
  /// nil as well where the reader may not know: with it, an address can be guessed.
  package private(set) var addressHash: String?
  /// Whether the destination was not the claimant's when the receipt came.
  package let isOutsideDomain: Bool
  package let templateHash: String?
  package let deliveredAt: Timestamp
  package let receivedAt: Timestamp
  /// nil as well where the reader may not know: it signs the address's hash, and so tests a guess.
  package private(set) var signature: String?

  package init(
    id: ReceiptID, notice: Notice, level: Int, channel: String, destination: DestinationID?,
    outcome: ReceiptStatement.Outcome, addressHash: String?, isOutsideDomain: Bool,
    templateHash: String?, deliveredAt: Timestamp, receivedAt: Timestamp, signature: String?
  ) {
    self.id = id
    self.notice = notice
    self.level = level
    self.channel = channel
    self.destination = destination
    self.outcome = outcome
    self.addressHash = addressHash
    self.isOutsideDomain = isOutsideDomain
    self.templateHash = templateHash
    self.deliveredAt = deliveredAt
    self.receivedAt = receivedAt
    self.signature = signature
  }

  /// The receipt without what tells a guessed address from a wrong one: as tenants see it.
  package var withoutAddress: Receipt {
    var receipt = self
    receipt.addressHash = nil
    receipt.signature = nil
    return receipt
  }
}

/// What a receipt says of one destination: the bytes the operator signs.
package struct ReceiptStatement: Sendable, Equatable {
  package enum Outcome: String, CaseIterable, Sendable {
    /// It arrived.
    case delivered
    /// Nothing arrives there: it bounced, or the number is out of use.
    case failed
  }

  package let notice: Notice
  /// How it went: the destination's own kind.
  package let kind: Destination.Kind
  /// SHA-256 of `addressMessage`, hexadecimal: names the destination.
  package let addressHash: String
  package let templateHash: String
  package let outcome: Outcome
  package let deliveredAt: Timestamp

  package init(
    notice: Notice, kind: Destination.Kind, addressHash: String, templateHash: String,
    outcome: Outcome = .delivered, deliveredAt: Timestamp
  ) {
    self.notice = notice
    self.kind = kind
    self.addressHash = addressHash
    self.templateHash = templateHash
    self.outcome = outcome
    self.deliveredAt = deliveredAt
  }

  /// What is signed with Ed25519: what is said, in which version, and each field on a line of its own.
  package var message: [UInt8] {
    let title =
      switch outcome {
      case .delivered: "tenure/receipt/v1"
      case .failed: "tenure/receipt-failed/v1"
      }
    return Array(
      [
        title, notice.description, kind.rawValue, addressHash, templateHash,
        deliveredAt.description, "",
      ].joined(separator: "\n").utf8)
  }

  /// What `addressHash` is the digest of: the notice and what identifies the destination.
  ///
  /// That is an address in lower case, or a kind, ':' and the value as it was registered.
  package static func addressMessage(_ notice: Notice, _ identity: String) -> [UInt8] {
    Array("\(notice)\n\(identity)".utf8)
  }
}
