package import JSON
package import Tenure

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
  static let sealed = table(
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
  package static func stored(_ bytes: [UInt8]) throws(StoredFormError) -> AccountProfile {
    try sealed.stored(bytes)
  }
}

extension Codec where Value == String {
  /// A language tag (BCP 47), as far as its form goes.
  package static var languageTag: Codec {
    let schema = Schema(
      "string",
      [
        ("maxLength", .number(String(AccountProfile.localeMax))),
        ("pattern", .string("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")),
      ], example: .string("en-GB"))
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
    let max = AccountProfile.addressesMax
    let addresses = distinct(.object(AccountAddress.body), max: max)
    let schema = Schema.list(of: AccountAddress.body.codec.schema, min: 1, max: max)
    return Codec(schema) { (reader) throws(JSONError) in
      let given = try addresses.read(&reader)
      if given.isEmpty { throw reader.error(.value, "at least one address is needed") }
      return given.withOnePrimary
    } write: {
      addresses.write($0, &$1)
    }
  }

  /// The addresses of an account as they were sealed, and as an answer shows them.
  ///
  /// The primary one is missing where it is with whoever has the rest.
  fileprivate static var sealed: Codec { distinct(.object(AccountAddress.shape)) }

  /// Addresses, none of them twice, and not two of them primary.
  private static func distinct(_ address: Codec<AccountAddress>, max: Int? = nil) -> Codec {
    let all = list(address, max: max, "addresses", twice: "the address appears twice") {
      $0.email.identity
    }
    return Codec(all.schema) { (reader) throws(JSONError) in
      let addresses = try all.read(&reader)
      if addresses.count(where: \.isPrimary) > 1 {
        throw reader.error(.value, "only one address can be primary")
      }
      return addresses
    } write: {
      all.write($0, &$1)
    }
  }
}

extension Codec where Value == [AccountContact] {
  /// What reaches somebody besides addresses, nothing of it twice.
  fileprivate static var contacts: Codec {
    list(
      .object(AccountContact.shape), max: AccountProfile.contactsMax, "contacts",
      twice: "the contact appears twice"
    ) { $0.identity }
  }
}

extension Codec where Value == JSONValue {
  /// An object of somebody's own choosing.
  fileprivate static var attributes: Codec {
    let object = anyObject
    let schema = object.schema.with("additionalProperties", .bool(true))
    return Codec(schema) { (reader) throws(JSONError) in
      let value = try object.read(&reader)
      if value.bytes.count > AccountProfile.attributesBytesMax {
        throw reader.error(.value, "is longer than \(AccountProfile.attributesBytesMax) bytes")
      }
      return value
    } write: {
      object.write($0, &$1)
    }
  }
}

extension Shapes {
  static let accountProfiles: [Component] = [
    AccountProfile.shape.component
  ]
}
