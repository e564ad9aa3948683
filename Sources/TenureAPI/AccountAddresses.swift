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

  /// These addresses with one primary among them: the one that is, or else the first.
  package var withOnePrimary: [AccountAddress] {
    let primary = firstIndex(where: \.isPrimary) ?? startIndex
    return zip(indices, self).map { index, address in
      AccountAddress(
        email: address.email, isVerified: address.isVerified, isPrimary: index == primary)
    }
  }
}

/// What is the person's own while somebody controls their account: addresses outside the
/// controller's names, whatever else reaches them, and the attributes from before the control.
package struct PersonalRecord: Sendable, Equatable {
  package var addresses: [AccountAddress]
  package var contacts: [AccountContact]
  /// An object.
  package var attributes: JSONValue

  package init(
    addresses: [AccountAddress] = [], contacts: [AccountContact] = [],
    attributes: JSONValue = .object([])
  ) {
    self.addresses = addresses
    self.contacts = contacts
    self.attributes = attributes
  }

  package var isEmpty: Bool {
    addresses.isEmpty && contacts.isEmpty && attributes == .object([])
  }

  /// The record as it is sealed, and as the person is given it: a profile of nothing else.
  package var json: [UInt8] {
    AccountProfile(
      externalID: nil, displayName: nil, locale: nil, addresses: addresses, contacts: contacts,
      attributes: attributes
    ).json
  }

  /// A record as it was sealed.
  package static func stored(_ bytes: [UInt8]) throws(StoredFormError) -> PersonalRecord {
    let profile = try AccountProfile.stored(bytes)
    return PersonalRecord(
      addresses: profile.addresses, contacts: profile.contacts, attributes: profile.attributes)
  }
}

extension AccountProfile {
  /// Divides a profile where control is taken: what the controller gets, and what stays the
  /// person's.
  ///
  /// The operator's id of the account is neither's: whoever administers accounts has ids of its own
  /// for them (RFC 7643, section 3.1), and the controller begins without any.
  package func divided(
    _ isTheirs: (EmailAddress) -> Bool
  ) -> (controllers: AccountProfile, persons: PersonalRecord) {
    var theirs = self
    theirs.addresses = addresses.filter { isTheirs($0.email) }.withOnePrimary
    theirs.contacts = []
    theirs.attributes = .object([])
    theirs.externalID = nil
    let own = PersonalRecord(
      addresses: addresses.filter { !isTheirs($0.email) }, contacts: contacts,
      attributes: attributes)
    return (theirs, own)
  }

  /// Puts together again what `divided` took apart, when control ends.
  ///
  /// What the controller wrote into the attributes meanwhile, and its id of the account, were its
  /// own, and stay behind.
  package func joined(with own: PersonalRecord) -> AccountProfile {
    var whole = self
    let added = own.addresses.filter { address in
      !addresses.contains { $0.email.identity == address.email.identity }
    }
    whole.addresses =
      added.contains(where: \.isPrimary)
      ? (added.sorted { $0.isPrimary && !$1.isPrimary } + addresses).withOnePrimary
      : (addresses + added).withOnePrimary
    whole.contacts = own.contacts
    whole.attributes = own.attributes
    whole.externalID = nil
    return whole
  }

  /// Whether somebody is reached otherwise by this profile than by another.
  package func isReachedOtherwise(than before: AccountProfile) -> Bool {
    contacts != before.contacts || !addresses.changed(from: before.addresses).isEmpty
  }

  /// Adds the contacts of a row of a file to those there are: none loses its proof.
  package func merging(contacts row: [AccountContact]) -> [AccountContact] {
    var merged = contacts
    for contact in row {
      if let index = merged.firstIndex(where: { $0.identity == contact.identity }) {
        if contact.isVerified { merged[index] = contact }
      } else {
        merged.append(contact)
      }
    }
    return merged
  }

  /// Adds the addresses of a row of a file to those there are: nothing is taken away, no address
  /// loses its proof.
  ///
  /// `namesPrimary`: the row says itself which is primary, and that becomes it.
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

/// Everywhere a person is reached, as it is confided to the operator, who reaches them there.
package struct PersonReach: View, Sendable {
  package private(set) var addresses: [AccountAddress]
  package private(set) var contacts: [AccountContact]

  package init(_ profile: AccountProfile, _ own: PersonalRecord?) {
    addresses = profile.addresses + (own?.addresses ?? [])
    contacts = profile.contacts + (own?.contacts ?? [])
  }

  /// As `write(to:)` wrote it.
  package init(stored: [UInt8]) throws {
    addresses = []
    contacts = []
    for place in try Self.places.stored(stored) {
      if place.kind == .email {
        let email = try EmailAddress(parsing: place.value)
        addresses.append(
          AccountAddress(email: email, isVerified: place.isVerified, isPrimary: false))
      } else {
        contacts.append(
          AccountContact(kind: place.kind, value: place.value, isVerified: place.isVerified))
      }
    }
  }

  /// Everywhere that the person is reached by either.
  package func adding(_ other: PersonReach) -> PersonReach {
    var both = self
    both.addresses += other.addresses
    both.contacts += other.contacts
    return both
  }

  package func write(to writer: inout JSONWriter) {
    let places =
      addresses.map { Place(kind: .email, value: $0.email.text, isVerified: $0.isVerified) }
      + contacts.map { Place(kind: $0.kind, value: $0.value, isVerified: $0.isVerified) }
    Self.places.write(places, &writer)
  }

  private static let places: Codec<[Place]> = .list(.inline(Place.shape))

  /// One place where a person is reached: an address among them.
  private struct Place {
    let kind: Destination.Kind
    let value: String
    let isVerified: Bool

    static let shape = Shape("Place", nil, Place.init) {
      Member("kind", \.kind, .choice())
      Member("value", \.value, .string)
      Member("verified", \.isVerified, .bool)
    }
  }
}
