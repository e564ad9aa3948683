package import JSON
package import Tenure

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
