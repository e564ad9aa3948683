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

/// What a receipt says was delivered: the bytes the operator signs.
package struct ReceiptStatement: Sendable, Equatable {
  package let notice: Notice
  package let channel: String
  /// SHA-256, hexadecimal.
  package let addressHash: String
  package let templateHash: String
  package let deliveredAt: Timestamp

  package init(
    notice: Notice, channel: String, addressHash: String, templateHash: String,
    deliveredAt: Timestamp
  ) {
    self.notice = notice
    self.channel = channel
    self.addressHash = addressHash
    self.templateHash = templateHash
    self.deliveredAt = deliveredAt
  }

  /// What is signed with Ed25519: a version and each field on a line of its own.
  package var message: [UInt8] {
    Array(
      [
        "tenure/receipt/v1", notice.description, channel, addressHash, templateHash,
        deliveredAt.description, "",
      ].joined(separator: "\n").utf8)
  }

  /// What `addressHash` is the digest of: the notice and the address's identity.
  package static func addressMessage(_ notice: Notice, _ identity: String) -> [UInt8] {
    Array("\(notice)\n\(identity)".utf8)
  }
}
