/// One address of an account.
package struct AccountAddress: Sendable, Equatable {
  package let email: EmailAddress
  package let isVerified: Bool
  package let isPrimary: Bool

  package init(email: EmailAddress, isVerified: Bool, isPrimary: Bool) {
    self.email = email
    self.isVerified = isVerified
    self.isPrimary = isPrimary
  }
}

extension Collection where Element == AccountAddress {
  /// The addresses that another list does not have in the same form: added, removed, written
  /// otherwise, or verified otherwise.
  ///
  /// Which of them is primary is not looked at: that follows from the others.
  package func changed(from before: some Collection<AccountAddress>) -> [EmailAddress] {
    func missing(
      _ addresses: some Collection<AccountAddress>, in others: some Collection<AccountAddress>
    ) -> [EmailAddress] {
      addresses.filter { address in
        !others.contains {
          $0.email.text == address.email.text && $0.isVerified == address.isVerified
        }
      }.map(\.email)
    }
    let added = missing(self, in: before)
    return added + missing(before, in: self).filter { !added.contains($0) }
  }

  /// These addresses with one primary among them: the one that is, or else the first.
  package var withOnePrimary: [AccountAddress] {
    let primary = firstIndex(where: \.isPrimary) ?? startIndex
    return zip(indices, self).map { index, address in
      AccountAddress(
        email: address.email, isVerified: address.isVerified, isPrimary: index == primary)
    }
  }

  /// Adds the addresses of a row of a file to those there are: nothing is taken away, no address
  /// loses its proof.
  ///
  /// `namesPrimary`: the row says itself which is primary, and that becomes it.
  package func merging(_ row: [AccountAddress], namesPrimary: Bool) -> [AccountAddress] {
    var merged = Array(self)
    for address in row {
      let index = merged.firstIndex { $0.email.identity == address.email.identity }
      let isPrimary = namesPrimary && address.isPrimary
      if isPrimary {
        merged = merged.map {
          AccountAddress(email: $0.email, isVerified: $0.isVerified, isPrimary: false)
        }
      }
      if let index {
        merged[index] = AccountAddress(
          email: address.email, isVerified: merged[index].isVerified || address.isVerified,
          isPrimary: isPrimary || merged[index].isPrimary)
      } else {
        merged.append(
          AccountAddress(email: address.email, isVerified: address.isVerified, isPrimary: isPrimary)
        )
      }
    }
    return merged.withOnePrimary
  }
}
