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
    let (contacts, all) = (choice(Destination.Kind.allCases.filter { $0 != .email }), choice())
    return Codec(contacts.schema) { (reader) throws(JSONError) in
      let kind = try all.read(&reader)
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

extension Shapes {
  static let accountContacts: [Component] = [
    AccountAddress.body.component, AccountAddress.shape.component, AccountContact.shape.component,
  ]
}
