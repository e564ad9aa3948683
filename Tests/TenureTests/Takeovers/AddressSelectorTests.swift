import Tenure
import Testing

@Suite struct AddressSelectorTests {
  private let name = DomainName(stored: "acme.test")

  private func selects(
    _ text: String, _ address: String, _ scope: DomainClaim.Scope = .exact
  ) throws -> Bool {
    try AddressSelector(parsing: text, on: name, scope).matches(EmailAddress(parsing: address))
  }

  @Test func `a pattern means what its asterisks leave open, and an address itself`() throws {
    for (text, address, isMeant) in [
      ("ada@acme.test", "Ada@Acme.test", true), ("ada@acme.test", "ada2@acme.test", false),
      ("*@acme.test", "ada@acme.test", true), ("a*@acme.test", "ada@acme.test", true),
      ("a*@acme.test", "a@acme.test", true), ("a*@acme.test", "bob@acme.test", false),
      ("*a@acme.test", "ada@acme.test", true), ("*a@acme.test", "adam@acme.test", false),
      ("a*d*a@acme.test", "ada@acme.test", true), ("a*a@acme.test", "a@acme.test", false),
      ("a*d*d*a@acme.test", "ada@acme.test", false), ("A*@ACME.TEST", "ada@acme.test", true),
      ("a.*@acme.test", "a.lovelace@acme.test", true), ("**@acme.test", "ada@acme.test", true),
      ("*lovelace*@acme.test", "ada.lovelace.2@acme.test", true),
    ] {
      #expect(try selects(text, address) == isMeant, "\(text) \(address)")
    }
  }

  @Test func `a selector asks about the claimed name, and below it where the claim does`() throws {
    #expect(try selects("*@sub.acme.test", "ada@sub.acme.test", .subtree))
    #expect(try !selects("*@acme.test", "ada@sub.acme.test", .subtree))
    for (text, scope) in [
      ("ada@home.test", DomainClaim.Scope.subtree), ("*@home.test", .subtree),
      ("*@sub.acme.test", .exact), ("*@notacme.test", .subtree),
      ("*@acme.test.home.test", .subtree),
    ] {
      #expect(throws: AddressSelector.Refusal.notOnTheName, "\(text)") {
        try AddressSelector(parsing: text, on: name, scope)
      }
    }
    for text in [
      "", "ada", "@acme.test", "*", "*@", "a b@acme.test", "*@*.acme.test", "a*@b@acme.test",
    ] {
      #expect(throws: AddressSelector.Refusal.malformed, "\(text)") {
        try AddressSelector(parsing: text, on: name, .subtree)
      }
    }
  }

  /// A pattern that tries to cost much is read once from the left.
  @Test func `a pattern of many asterisks takes no longer than its length`() throws {
    let text = String(repeating: "a*", count: 31) + "b@acme.test"
    let address = String(repeating: "a", count: 60) + "@acme.test"
    #expect(try !selects(text, address))
  }
}
