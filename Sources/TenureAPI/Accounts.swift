package import JSON
package import Tenure

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

/// What is personal about an account.
///
/// Sealed as a whole under the account's own key.
package struct AccountProfile: Sendable, Equatable, View, Body, Shaped {
  package static let displayNameMax = 256
  package static let localeMax = 35
  package static let externalIDMax = 255
  package static let addressesMax = 20
  package static let contactsMax = 20
  package static let attributesBytesMax = 16 * 1_024

  package var externalID: String?
  package var displayName: String?
  package var locale: String?
  package var addresses: [AccountAddress]
  /// What reaches the person besides addresses; only the operator says.
  package var contacts: [AccountContact]
  /// An object of the operator's own choosing.
  package var attributes: JSONValue

  package init(
    externalID: String?, displayName: String?, locale: String?, addresses: [AccountAddress],
    contacts: [AccountContact] = [], attributes: JSONValue
  ) {
    self.externalID = externalID
    self.displayName = displayName
    self.locale = locale
    self.addresses = addresses
    self.contacts = contacts
    self.attributes = attributes
  }

  /// The profile of nobody: of an account that is sealed away or gone, or does not open.
  package static let empty = AccountProfile(
    externalID: nil, displayName: nil, locale: nil, addresses: [], attributes: .object([]))

  package static let shape = table("AccountBody", named: .name(max: displayNameMax), .given)

  /// What was sealed is read as it is: by whatever rule its name was taken, and with the addresses of
  /// its controller and of its person together, or without any.
  fileprivate static let sealed = table(
    "AccountProfile", named: .text(max: displayNameMax), .sealed)

  private static func table(
    _ name: String, named displayName: Codec<String>, _ addresses: Codec<[AccountAddress]>
  ) -> Shape<AccountProfile> {
    Shape(
      name, nil,
      AccountProfile.init(externalID:displayName:locale:addresses:contacts:attributes:)
    ) {
      Member(
        "external_id", \.externalID, .nullable(.text(max: externalIDMax)),
        """
        The id by which whoever administers the account knows it (RFC 7643, externalId): the \
        operator's, and while somebody controls the account the controller's own, which begins as \
        null. The operator's is there again when control has ended.
        """, default: nil)
      Member(
        "display_name", \.displayName, .nullable(displayName),
        "The name of the person as shown.", default: nil, example: "Ada Lovelace")
      Member(
        "locale", \.locale, .nullable(.languageTag), "A language tag (BCP 47).", default: nil,
        example: "en-GB")
      Member("addresses", \.addresses, addresses)
      Member(
        optional: "contacts", \.contacts, .contacts,
        "What reaches the person besides addresses; they are destinations of notices.")
      Member(
        "attributes", \.attributes, .attributes,
        "Whatever the operator wants to keep with the account, at most 16 KiB as JSON.",
        default: .object([]))
    }
  }

  /// A profile as it was sealed.
  package static func stored(_ bytes: [UInt8]) throws(JSONError) -> AccountProfile {
    var reader = JSONReader(bytes)
    let profile = try sealed.read(&reader)
    try reader.end()
    return profile
  }

  /// The profile as JSON: what is sealed, and what an answer shows.
  package var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }
}

extension Codec where Value == String {
  /// A language tag (BCP 47), as far as its form goes.
  package static var languageTag: Codec {
    let schema = Schema(
      "string", [("pattern", .string("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"))],
      example: .string("en-GB"))
    return Codec(schema) { (reader) throws(JSONError) in
      let tag = try reader.text(max: AccountProfile.localeMax)
      let subtags = tag.split(separator: "-", omittingEmptySubsequences: false)
      let isWellFormed = subtags.enumerated().allSatisfy { index, subtag in
        (1...8).contains(subtag.utf8.count)
          && subtag.utf8.allSatisfy {
            ($0 | 0x20) &- 0x61 < 26 || (index > 0 && $0 &- 0x30 < 10)
          }
      }
      guard isWellFormed, subtags[0].utf8.count >= 2 else {
        throw reader.error(.value, "a language tag (BCP 47) such as 'en-GB' is expected")
      }
      return tag
    } write: {
      $1.string($0)
    }
  }
}

extension Codec where Value == [AccountAddress] {
  /// The addresses somebody gives an account: at least one, none of them twice, one of them primary.
  fileprivate static var given: Codec {
    let schema = Schema.list(
      of: AccountAddress.body.codec.schema, min: 1, max: AccountProfile.addressesMax)
    return Codec(schema) { (reader) throws(JSONError) in
      var addresses = try elements(&reader, max: AccountProfile.addressesMax)
      if addresses.isEmpty { throw reader.error(.value, "at least one address is needed") }
      switch addresses.filter(\.isPrimary).count {
      case 0:
        let first = addresses[0]
        addresses[0] = AccountAddress(
          email: first.email, isVerified: first.isVerified, isPrimary: true)
      case 1: break
      default: throw reader.error(.value, "only one address can be primary")
      }
      return addresses
    } write: {
      writeAll($0, &$1)
    }
  }

  /// The addresses of an account as they were sealed, and as an answer shows them.
  ///
  /// The primary one is missing where it is with whoever has the rest.
  fileprivate static var sealed: Codec {
    let schema = Schema.list(of: AccountAddress.shape.codec.schema, min: 0, max: nil)
    return Codec(schema) { (reader) throws(JSONError) in
      let addresses = try elements(&reader, max: .max)
      if addresses.filter(\.isPrimary).count > 1 {
        throw reader.error(.value, "only one address can be primary")
      }
      return addresses
    } write: {
      writeAll($0, &$1)
    }
  }

  private static func writeAll(_ addresses: [AccountAddress], _ writer: inout JSONWriter) {
    writer.array { writer in
      for address in addresses { AccountAddress.shape.write(address, &writer) }
    }
  }

  private static func elements(
    _ reader: inout JSONReader, max: Int
  ) throws(JSONError) -> [AccountAddress] {
    var addresses: [AccountAddress] = []
    try reader.array { (reader) throws(JSONError) in
      let address = try AccountAddress.body.read(&reader)
      if addresses.contains(where: { $0.email.identity == address.email.identity }) {
        throw reader.error(.value, "the address appears twice")
      }
      if addresses.count == max { throw reader.error(.value, "more than \(max) addresses") }
      addresses.append(address)
    }
    return addresses
  }
}

extension Codec where Value == [AccountContact] {
  /// What reaches somebody besides addresses, nothing of it twice.
  fileprivate static var contacts: Codec {
    let max = AccountProfile.contactsMax
    let schema = Schema.list(of: AccountContact.shape.codec.schema, min: 0, max: max)
    return Codec(schema) { (reader) throws(JSONError) in
      var contacts: [AccountContact] = []
      try reader.array { (reader) throws(JSONError) in
        let contact = try AccountContact.shape.read(&reader)
        if contacts.contains(where: { $0.identity == contact.identity }) {
          throw reader.error(.value, "the contact appears twice")
        }
        if contacts.count == max { throw reader.error(.value, "more than \(max) contacts") }
        contacts.append(contact)
      }
      return contacts
    } write: { contacts, writer in
      writer.array { writer in
        for contact in contacts { AccountContact.shape.write(contact, &writer) }
      }
    }
  }
}

extension Codec where Value == JSONValue {
  /// An object of somebody's own choosing.
  fileprivate static var attributes: Codec {
    let schema = Schema("object", [("additionalProperties", .bool(true))], example: .object([]))
    return Codec(schema) { (reader) throws(JSONError) in
      let value = try reader.value()
      guard case .object = value else { throw reader.error(.type, "an object is expected") }
      var writer = JSONWriter()
      writer.value(value)
      if writer.bytes.count > AccountProfile.attributesBytesMax {
        throw reader.error(.value, "is longer than \(AccountProfile.attributesBytesMax) bytes")
      }
      return value
    } write: {
      $1.value($0)
    }
  }
}

extension AccountContact: Shaped {
  package static let shape = Shape(
    "Contact", "Something besides an address that reaches the person, as the operator knows it.",
    AccountContact.init
  ) {
    Member("kind", \.kind, .contactKind)
    Member(
      "value", \.value, .text(max: valueMax),
      "A number, a postal address, or the operator's own id of the product's user.",
      example: "+4930123456")
    Member(
      "verified", \.isVerified, .bool,
      "What is not verified before a takeover begins counts for nothing in it.", default: false)
  }
}

extension Codec where Value == Destination.Kind {
  /// How a contact reaches somebody: not by mail, whose addresses stand for themselves.
  fileprivate static var contactKind: Codec {
    let contacts = choice(Destination.Kind.allCases.filter { $0 != .email })
    return Codec(contacts.schema) { (reader) throws(JSONError) in
      let kind = try reader.choice(Destination.Kind.self)
      if kind == .email { throw reader.error(.value, "addresses stand in 'addresses'") }
      return kind
    } write: {
      contacts.write($0, &$1)
    }
  }
}

extension AccountAddress: Shaped {
  /// An address as somebody gives it to an account.
  package static let body = Shape("AddressBody", nil, AccountAddress.init) {
    Member("address", \.email, .address, "An e-mail address.")
    Member("verified", \.isVerified, .bool, default: false)
    Member(
      "primary", \.isPrimary, .bool, "At most one; the first where none is.", default: false)
  }

  package static let shape = body.answer("AccountAddress")
}

extension JSONReader {
  package mutating func emailAddress() throws(JSONError) -> EmailAddress {
    let text = try string()
    do throws(EmailAddress.Refusal) { return try EmailAddress(parsing: text) } catch {
      throw self.error(.value, error.rawValue)
    }
  }
}

/// A merge patch of an account (RFC 7396): only the members it names change.
package struct AccountPatch: Body {
  package static let component = AccountProfile.shape.patch(
    "AccountPatch", "A merge patch (RFC 7396): only the members it names change, null clears.")

  private let patch: JSONValue
  private let changesAddresses: Bool

  /// A patch whose members were read before.
  init(_ patch: JSONValue) {
    self.patch = patch
    changesAddresses = patch["addresses"] != nil
  }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    self.init(try AccountProfile.shape.readPatch(&reader))
  }

  /// The profile after the patch.
  ///
  /// Refused where the whole would no longer be valid.
  package func applied(to profile: AccountProfile) throws(JSONError) -> AccountProfile {
    var result = JSONWriter()
    result.value(try JSONValue(parsing: profile.json).merging(patch: patch))
    // What is not touched need not be as a caller would have to say it.
    return changesAddresses
      ? try AccountProfile(parsing: result.bytes) : try AccountProfile.stored(result.bytes)
  }
}

/// An account as callers see it.
package struct AccountView: View, Shaped {
  package let id: AccountID
  package let status: AccountStatus
  /// The tenant that controls the account; nil while nobody does.
  package let controller: TenantID?
  /// The profile as the JSON it is sealed as: the contract's form, spliced in as it is.
  package let profile: [UInt8]
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: AccountID, status: AccountStatus, controller: TenantID?, profile: [UInt8],
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.status = status
    self.controller = controller
    self.profile = profile
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package static let shape = Shape<AccountView>("Account", "An account of one person.") {
    Member("id", \.id, .id())
    Member("status", \.status, .choice())
    Member(
      "controller_id", \.controller, .nullable(.id()),
      "The tenant that controls the account; null while nobody does.")
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }.inserting(AccountProfile.sealed, of: \.opened, after: "controller_id")

  /// The profile, read again.
  private var opened: AccountProfile { (try? AccountProfile.stored(profile)) ?? .empty }

  /// What the table says, by hand: the profile is spliced in as it was sealed, unread.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("status")
      writer.string(status.rawValue)
      writer.key("controller_id")
      if let controller { writer.identifier(controller) } else { writer.null() }
      writer.members(ofObject: profile)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// The body of an exact look-up by address: a body, because an address has no place in a URL.
package struct LookupBody: Body, Shaped {
  package let address: EmailAddress

  package static let shape = Shape("LookupBody", nil, LookupBody.init) {
    Member("address", \.address, .address)
  }
}

/// The body that finds one account, by what it is known by.
package struct AccountLookupBody: Body, Shaped {
  package enum Key: Sendable {
    case address(EmailAddress)
    case externalID(String)
  }

  package let key: Key

  private init(address: EmailAddress?, externalID: String?) {
    key = address.map(Key.address) ?? .externalID(externalID ?? "")
  }

  private var address: EmailAddress? {
    if case .address(let address) = key { address } else { nil }
  }
  private var externalID: String? { if case .externalID(let id) = key { id } else { nil } }

  package static let shape = Shape(
    "AccountLookupBody", "By the one or by the other.",
    AccountLookupBody.init(address:externalID:), .exactlyOne
  ) {
    Member(optional: "address", \.address, .address)
    Member(
      optional: "external_id", \.externalID, .text(max: AccountProfile.externalIDMax),
      example: "emp-1042")
  }
}

/// The body that searches accounts by a filter, which may have personal attributes.
package struct AccountSearchBody: Body, Shaped {
  package let filter: String

  package static let shape = Shape("AccountSearchBody", nil, AccountSearchBody.init) {
    Member(
      "filter", \.filter, .text(max: Filter.bytesMax), example: "external_id eq \"emp-1042\"")
  }
}

/// The body that mints a person's token.
package struct PersonTokenBody: Body, Shaped {
  /// One hour, unless asked for less.
  package static let secondsDefault = 3_600
  package static let secondsMax = 86_400

  package let account: AccountID
  package let expiresInSeconds: Int
  private let name: Assurance.Name
  private let signedInAt: Timestamp?
  private let hasSecondFactor: Bool

  /// `mailbox` unless the operator says more.
  package var assurance: Assurance {
    switch name {
    case .mailbox: .mailbox
    case .session: .session(signedInAt: signedInAt, hasSecondFactor: hasSecondFactor)
    }
  }

  package static let shape = Shape("PersonTokenBody", nil, PersonTokenBody.init) {
    Member("account_id", \.account, .id())
    Member(
      "expires_in_seconds", \.expiresInSeconds,
      .int(60...secondsMax, "60 to \(secondsMax) seconds are allowed"), default: secondsDefault)
    Member(
      "assurance", \.name, .choice(),
      """
      Whether somebody who reads the person's mailbox could have got as far. A `mailbox` token may \
      read notices, acknowledge, export and dispute; what decides about the account or gives away \
      something private needs a `session`.
      """, default: .mailbox)
    Member(
      "signed_in_at", \.signedInAt, .nullable(.timestamp),
      """
      When the session began, in which the person still is. It counts against a claimant where \
      that was before the claim was made.
      """, default: nil)
    Member(
      "second_factor", \.hasSecondFactor, .bool,
      "The session was signed in to with a second factor.", default: false)
  } check: { (body, reader) throws(JSONError) in
    if body.name == .session && body.signedInAt == nil && !body.hasSecondFactor {
      throw reader.missing("signed_in_at")
    }
  }
}

/// A person's token, shown once.
package struct PersonTokenView: View, Shaped {
  package let account: AccountID
  package let token: String
  package let assurance: Assurance
  package let expiresAt: Timestamp

  package init(account: AccountID, token: String, assurance: Assurance, expiresAt: Timestamp) {
    self.account = account
    self.token = token
    self.assurance = assurance
    self.expiresAt = expiresAt
  }

  package static let shape = Shape<PersonTokenView>("PersonToken", "A person's token, shown once.")
  {
    Member("account_id", \.account, .id())
    Member(
      "token", \.token, .string.with("pattern", .string("^tnrw_[0-9A-Za-z]{50}$")),
      example: "tnrw_" + String(repeating: "0", count: 50))
    Member("assurance", \.assurance.name, .choice())
    Member("expires_at", \.expiresAt, .timestamp)
  }
}

extension Assurance {
  /// How a token is called by what it is worth.
  fileprivate enum Name: String, CaseIterable {
    case mailbox, session
  }

  fileprivate var name: Name {
    switch self {
    case .mailbox: .mailbox
    case .session: .session
    }
  }
}
