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
