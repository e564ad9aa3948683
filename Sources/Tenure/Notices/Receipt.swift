/// The notice that a receipt is evidence for.
package enum Notice: Sendable, Hashable, CustomStringConvertible {
  /// A notice that a takeover of the account is under way.
  case takeover(CaseID)
  /// A notice of what was done to the account, or of what became of a request.
  case account(NoticeID)

  package var description: String {
    switch self {
    case .takeover(let id): id.description
    case .account(let id): id.description
    }
  }

  /// The case of a takeover's notice; nil for others.
  package var item: CaseID? {
    if case .takeover(let id) = self { return id }
    return nil
  }

  /// The id of an account's notice; nil for a takeover's.
  package var account: NoticeID? {
    if case .account(let id) = self { return id }
    return nil
  }
}

/// One piece of evidence about a notice.
package struct Receipt: Sendable {
  package let id: ReceiptID
  package let notice: Notice
  /// 1: a webhook endpoint took the event.
  ///
  /// 2: the operator signed that the notice arrived, or failed. 3: the person has read it.
  package let level: Int
  package let channel: String
  /// For a takeover's notice, the destination that it was sent to, or that the person answered
  /// from.
  package let destination: DestinationID?
  package let outcome: ReceiptStatement.Outcome
  /// Also nil where the reader may not see it: with it, a guessed address can be tested.
  package private(set) var addressHash: String?
  /// Whether the destination was not the claimant's at the time of the receipt.
  package let isOutsideDomain: Bool
  package let templateHash: String?
  package let deliveredAt: Timestamp
  package let receivedAt: Timestamp
  /// Also nil where the reader may not see it: it covers the address's hash, and so would test a
  /// guess.
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

  /// The receipt as tenants see it: without what would let them test a guessed address.
  package var withoutAddress: Receipt {
    var receipt = self
    receipt.addressHash = nil
    receipt.signature = nil
    return receipt
  }
}

/// What the operator signs about one destination.
package struct ReceiptStatement: Sendable, Equatable {
  package enum Outcome: String, CaseIterable, Sendable {
    /// The notice arrived.
    case delivered
    /// Nothing arrives there: it bounced, or the number is out of use.
    case failed
  }

  package let notice: Notice
  /// The channel, which must be the destination's kind.
  package let kind: Destination.Kind
  /// SHA-256 of `addressMessage` in hexadecimal: says which destination.
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

  /// The bytes that are signed with Ed25519: a title with the version, then each field on its own
  /// line.
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

  /// The bytes whose SHA-256 is `addressHash`: the notice, and the identity of the destination.
  ///
  /// The identity is an e-mail address in lower case; for other kinds the kind, ':' and the value
  /// as it was registered.
  package static func addressMessage(_ notice: Notice, _ identity: String) -> [UInt8] {
    Array("\(notice)\n\(identity)".utf8)
  }
}
