package import JSON
package import Tenure

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
  static let accountAddresses: [Component] = [
    AccountAddress.body.component, AccountAddress.shape.component,
  ]
}
