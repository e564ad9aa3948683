/// Something besides an address that reaches the person, as the operator knows it: a phone, a letter
/// box, a product they use.
package struct AccountContact: Sendable, Equatable {
  package static let valueMax = 500

  /// Not `email`: addresses stand for themselves.
  package let kind: Destination.Kind
  /// What the operator's products and carriers know it by: a number, a postal address, their own id.
  package let value: String
  package let isVerified: Bool

  package init(kind: Destination.Kind, value: String, isVerified: Bool) {
    self.kind = kind
    self.value = value
    self.isVerified = isVerified
  }

  /// What tells it from others: what `address_hash` of a receipt is the digest of.
  package var identity: String { "\(kind.rawValue):\(value)" }
}

extension Collection<AccountContact> {
  /// Adds the contacts of a row of a file to those there are: none is taken away, and none loses its
  /// proof.
  package func merging(_ row: [AccountContact]) -> [AccountContact] {
    var merged = Array(self)
    for contact in row {
      if let index = merged.firstIndex(where: { $0.identity == contact.identity }) {
        if contact.isVerified { merged[index] = contact }
      } else {
        merged.append(contact)
      }
    }
    return merged
  }
}
