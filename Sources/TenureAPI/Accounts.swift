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
package struct AccountProfile: Sendable, Equatable, View, Body {
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

  package init(reading reader: inout JSONReader) throws(JSONError) {
    try self.init(reading: &reader) { (_, _) throws(JSONError) in false }
  }

  /// Reads a profile among members that belong to somebody else: `foreign` consumes those it knows.
  ///
  /// `isStored` reads what was sealed, which may have lost its last address, or hold those of its
  /// controller and of its person together.
  package init(
    reading reader: inout JSONReader, isStored: Bool = false,
    foreign: (String, inout JSONReader) throws(JSONError) -> Bool
  ) throws(JSONError) {
    var profile = AccountProfile.empty
    var hasAddresses = false
    try reader.object { (member, reader) throws(JSONError) in
      if member == "addresses" {
        hasAddresses = true
        profile.addresses = try Self.readAddresses(&reader, isStored: isStored)
        return
      }
      if isStored && member == "display_name" {
        // What is kept is read as it is, whatever rule it was taken by.
        profile.displayName = reader.null() ? nil : try reader.text(max: Self.displayNameMax)
        return
      }
      if try profile.readMember(member, &reader) { return }
      guard try foreign(member, &reader) else { throw reader.unknownMember() }
    }
    if !hasAddresses { throw reader.missing("addresses") }
    self = profile
  }

  /// Reads one member where it belongs to a profile; `null` clears what may be absent.
  mutating func readMember(
    _ member: String, _ reader: inout JSONReader
  ) throws(JSONError) -> Bool {
    switch member {
    case "external_id":
      externalID = reader.null() ? nil : try reader.text(max: Self.externalIDMax)
    case "display_name":
      displayName = reader.null() ? nil : try reader.name(max: Self.displayNameMax)
    case "locale": locale = reader.null() ? nil : try Self.readLocale(&reader)
    case "addresses": addresses = try Self.readAddresses(&reader)
    case "contacts": contacts = reader.null() ? [] : try Self.readContacts(&reader)
    case "attributes": attributes = try Self.readAttributes(&reader)
    default: return false
    }
    return true
  }

  static func readLocale(_ reader: inout JSONReader) throws(JSONError) -> String {
    let locale = try reader.text(max: localeMax)
    let subtags = locale.split(separator: "-", omittingEmptySubsequences: false)
    let isWellFormed = subtags.enumerated().allSatisfy { index, subtag in
      (1...8).contains(subtag.utf8.count)
        && subtag.utf8.allSatisfy {
          ($0 | 0x20) &- 0x61 < 26 || (index > 0 && $0 &- 0x30 < 10)
        }
    }
    guard isWellFormed, subtags[0].utf8.count >= 2 else {
      throw reader.error(.value, "a language tag (BCP 47) such as 'en-GB' is expected")
    }
    return locale
  }

  static func readAddresses(
    _ reader: inout JSONReader, isStored: Bool = false
  ) throws(JSONError) -> [AccountAddress] {
    var addresses: [AccountAddress] = []
    try reader.array { (reader) throws(JSONError) in
      let address = try AccountAddress(reading: &reader)
      if addresses.contains(where: { $0.email.identity == address.email.identity }) {
        throw reader.error(.value, "the address appears twice")
      }
      if addresses.count == addressesMax && !isStored {
        throw reader.error(.value, "more than \(addressesMax) addresses")
      }
      addresses.append(address)
    }
    if addresses.isEmpty {
      if isStored { return [] }
      throw reader.error(.value, "at least one address is needed")
    }
    switch addresses.filter(\.isPrimary).count {
    // Of what was sealed none may be: the primary is with whoever has the rest.
    case 0 where isStored: break
    case 0:
      let first = addresses[0]
      addresses[0] = AccountAddress(
        email: first.email, isVerified: first.isVerified, isPrimary: true)
    case 1: break
    default: throw reader.error(.value, "only one address can be primary")
    }
    return addresses
  }

  private static func readContacts(
    _ reader: inout JSONReader
  ) throws(JSONError) -> [AccountContact] {
    var contacts: [AccountContact] = []
    try reader.array { (reader) throws(JSONError) in
      let contact = try AccountContact(reading: &reader)
      if contacts.contains(where: { $0.identity == contact.identity }) {
        throw reader.error(.value, "the contact appears twice")
      }
      if contacts.count == contactsMax {
        throw reader.error(.value, "more than \(contactsMax) contacts")
      }
      contacts.append(contact)
    }
    return contacts
  }

  private static func readAttributes(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
    let value = try reader.value()
    guard case .object = value else { throw reader.error(.type, "an object is expected") }
    var writer = JSONWriter()
    writer.value(value)
    if writer.bytes.count > attributesBytesMax {
      throw reader.error(.value, "is longer than \(attributesBytesMax) bytes")
    }
    return value
  }

  /// A profile as it was sealed.
  package static func stored(_ bytes: [UInt8]) throws(JSONError) -> AccountProfile {
    var reader = JSONReader(bytes)
    return try AccountProfile(reading: &reader, isStored: true) { (_, _) throws(JSONError) in false
    }
  }

  /// The profile as JSON: what is sealed, and what an answer shows.
  package var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in writeMembers(to: &writer) }
  }

  private func writeMembers(to writer: inout JSONWriter) {
    writer.key("external_id")
    writer.string(externalID)
    writer.key("display_name")
    writer.string(displayName)
    writer.key("locale")
    writer.string(locale)
    writer.key("addresses")
    writer.array { writer in
      for address in addresses {
        writer.object { writer in
          writer.key("address")
          writer.string(address.email.text)
          writer.key("verified")
          writer.bool(address.isVerified)
          writer.key("primary")
          writer.bool(address.isPrimary)
        }
      }
    }
    if !contacts.isEmpty {
      writer.key("contacts")
      writer.array { writer in
        for contact in contacts {
          writer.object { writer in
            writer.key("kind")
            writer.string(contact.kind.rawValue)
            writer.key("value")
            writer.string(contact.value)
            writer.key("verified")
            writer.bool(contact.isVerified)
          }
        }
      }
    }
    writer.key("attributes")
    writer.value(attributes)
  }
}

extension AccountContact: Body {
  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (kind, value): (Destination.Kind?, String?) = (nil, nil)
    var isVerified = false
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "kind":
        let choice = try reader.choice(Destination.Kind.self)
        if choice == .email { throw reader.error(.value, "addresses stand in 'addresses'") }
        kind = choice
      case "value": value = try reader.text(max: Self.valueMax)
      case "verified": isVerified = try reader.bool()
      default: throw reader.unknownMember()
      }
    }
    guard let kind else { throw reader.missing("kind") }
    guard let value else { throw reader.missing("value") }
    self.init(kind: kind, value: value, isVerified: isVerified)
  }
}

extension AccountAddress: Body {
  package init(reading reader: inout JSONReader) throws(JSONError) {
    var email: EmailAddress?
    var isVerified = false
    var isPrimary = false
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "address": email = try reader.emailAddress()
      case "verified": isVerified = try reader.bool()
      case "primary": isPrimary = try reader.bool()
      default: throw reader.unknownMember()
      }
    }
    guard let email else { throw reader.missing("address") }
    self.init(email: email, isVerified: isVerified, isPrimary: isPrimary)
  }
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
  private let patch: JSONValue
  private let changesAddresses: Bool

  /// A patch whose members were read before.
  init(_ patch: JSONValue) {
    self.patch = patch
    changesAddresses = patch["addresses"] != nil
  }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    let start = reader
    var probe = AccountProfile.empty
    try reader.object { (member, reader) throws(JSONError) in
      if member == "attributes" {
        if reader.null() { return }
      }
      guard try probe.readMember(member, &reader) else { throw reader.unknownMember() }
    }
    var again = start
    self.init(try again.value())
  }

  /// The profile after the patch.
  ///
  /// Refused where the whole would no longer be valid.
  package func applied(to profile: AccountProfile) throws(JSONError) -> AccountProfile {
    var writer = JSONWriter()
    profile.write(to: &writer)
    let merged = try JSONValue(parsing: writer.bytes).merging(patch: patch)
    var result = JSONWriter()
    if case .object(let members) = merged {
      result.object { writer in
        for (name, value) in members {
          writer.key(name)
          writer.value(value)
        }
      }
    }
    // What is not touched need not be as a caller would have to say it.
    return changesAddresses
      ? try AccountProfile(parsing: result.bytes) : try AccountProfile.stored(result.bytes)
  }
}

/// An account as callers see it.
package struct AccountView: View {
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
package struct LookupBody: Body {
  package let address: EmailAddress

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var address: EmailAddress?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "address": address = try reader.emailAddress()
      default: throw reader.unknownMember()
      }
    }
    guard let address else { throw reader.missing("address") }
    self.address = address
  }
}

/// The body that finds one account, by what it is known by.
package struct AccountLookupBody: Body {
  package enum Key: Sendable {
    case address(EmailAddress)
    case externalID(String)
  }

  package let key: Key

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var key: Key?
    try reader.object { (member, reader) throws(JSONError) in
      if key != nil, ["address", "external_id"].contains(member) {
        throw reader.error(.value, "one of address and external_id is expected")
      }
      switch member {
      case "address": key = .address(try reader.emailAddress())
      case "external_id":
        key = .externalID(try reader.text(max: AccountProfile.externalIDMax))
      default: throw reader.unknownMember()
      }
    }
    guard let key else { throw reader.missing("address") }
    self.key = key
  }
}

/// The body that searches accounts by a filter, which may have personal attributes.
package struct AccountSearchBody: Body {
  package let filter: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var filter: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "filter": filter = try reader.text(max: Filter.bytesMax)
      default: throw reader.unknownMember()
      }
    }
    guard let filter else { throw reader.missing("filter") }
    self.filter = filter
  }
}

/// The body that mints a person's token.
package struct PersonTokenBody: Body {
  /// One hour, unless asked for less.
  package static let secondsDefault = 3_600
  package static let secondsMax = 86_400
  package let account: AccountID
  package let expiresInSeconds: Int
  /// `mailbox` unless the operator says more.
  package let assurance: Assurance

  private enum Name: String, CaseIterable {
    case mailbox, session
  }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var account: AccountID?
    var seconds = Self.secondsDefault
    var (name, signedInAt, hasSecondFactor) = (Name.mailbox, Timestamp?.none, false)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "account_id": account = try reader.identifier(AccountID.self)
      case "expires_in_seconds":
        seconds = try reader.int()
        guard (60...Self.secondsMax).contains(seconds) else {
          throw reader.error(.value, "60 to \(Self.secondsMax) seconds are allowed")
        }
      case "assurance": name = try reader.choice(Name.self)
      case "signed_in_at": signedInAt = reader.null() ? nil : try reader.timestamp()
      case "second_factor": hasSecondFactor = try reader.bool()
      default: throw reader.unknownMember()
      }
    }
    guard let account else { throw reader.missing("account_id") }
    self.account = account
    expiresInSeconds = seconds
    switch name {
    case .mailbox: assurance = .mailbox
    case .session:
      if signedInAt == nil && !hasSecondFactor { throw reader.missing("signed_in_at") }
      assurance = .session(signedInAt: signedInAt, hasSecondFactor: hasSecondFactor)
    }
  }
}

/// A person's token, shown once.
package struct PersonTokenView: View {
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

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("token")
      writer.string(token)
      writer.key("assurance")
      writer.string(assurance == .mailbox ? "mailbox" : "session")
      writer.key("expires_at")
      writer.timestamp(expiresAt)
    }
  }
}
