import JSON
package import Tenure

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

extension Shapes {
  static let accountContacts: [Component] = [
    AccountContact.shape.component
  ]
}
