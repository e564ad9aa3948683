package import JSON
package import Tenure

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

  /// The same addresses with one primary among them: the one that is, or else the first.
  package var withOnePrimary: [AccountAddress] {
    let primary = firstIndex(where: \.isPrimary) ?? startIndex
    return zip(indices, self).map { index, address in
      AccountAddress(
        email: address.email, isVerified: address.isVerified, isPrimary: index == primary)
    }
  }
}

/// What is the person's own while somebody controls their account: addresses outside the
/// controller's names, and the attributes from before the control.
package struct PersonalRecord: Sendable, Equatable {
  package var addresses: [AccountAddress]
  /// An object.
  package var attributes: JSONValue

  package init(addresses: [AccountAddress], attributes: JSONValue) {
    self.addresses = addresses
    self.attributes = attributes
  }

  package var isEmpty: Bool { addresses.isEmpty && attributes == .object([]) }

  /// The record as it is sealed, and as the person is given it: a profile of nothing else.
  package var json: [UInt8] {
    AccountProfile(
      externalID: nil, displayName: nil, locale: nil, addresses: addresses, attributes: attributes
    ).json
  }

  /// A record as it was sealed.
  package static func stored(_ bytes: [UInt8]) throws(JSONError) -> PersonalRecord {
    let profile = try AccountProfile.stored(bytes)
    return PersonalRecord(addresses: profile.addresses, attributes: profile.attributes)
  }
}

extension AccountProfile {
  /// Divides a profile where control is taken: what the controller gets, and what stays the
  /// person's.
  package func divided(
    _ isTheirs: (EmailAddress) -> Bool
  ) -> (controllers: AccountProfile, persons: PersonalRecord) {
    var theirs = self
    theirs.addresses = addresses.filter { isTheirs($0.email) }.withOnePrimary
    theirs.attributes = .object([])
    let own = PersonalRecord(
      addresses: addresses.filter { !isTheirs($0.email) }, attributes: attributes)
    return (theirs, own)
  }

  /// Puts together again what `divided` took apart, when control ends.
  ///
  /// What the controller wrote into the attributes meanwhile was its own, and stays behind.
  package func joined(with own: PersonalRecord) -> AccountProfile {
    var whole = self
    let added = own.addresses.filter { address in
      !addresses.contains { $0.email.identity == address.email.identity }
    }
    whole.addresses =
      added.contains(where: \.isPrimary)
      ? (added.sorted { $0.isPrimary && !$1.isPrimary } + addresses).withOnePrimary
      : (addresses + added).withOnePrimary
    whole.attributes = own.attributes
    return whole
  }

  /// Adds what a row of a file says to what is there: nothing is taken away, no address loses its
  /// proof.
  ///
  /// `mentioned` is the row's own members; an address that it marks as primary becomes it.
  package func merging(addresses row: [AccountAddress], namesPrimary: Bool) -> [AccountAddress] {
    var merged = addresses
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
