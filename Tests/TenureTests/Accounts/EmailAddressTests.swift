import Tenure
import Testing

@Suite struct EmailAddressTests {
  @Test(arguments: [
    ("ada@acme.test", "ada@acme.test"),
    ("Ada.Lovelace+tag@ACME.Test", "ada.lovelace+tag@acme.test"),
    ("ada@Büro.example", "ada@xn--bro-hoa.example"),
    ("ADA@B\u{75}\u{308}RO.example", "ada@xn--bro-hoa.example"),
    ("用户@例子.测试", "用户@xn--fsqu00a.xn--0zwm56d"),
    ("ada@acme。test", "ada@acme.test"),
    ("É@acme.test", "é@acme.test"),
    ("E\u{301}@acme.test", "é@acme.test"),
  ]) func `an address has one identity`(text: String, identity: String) throws {
    #expect(try EmailAddress(parsing: text).identity == identity)
  }

  @Test(arguments: [
    ("", EmailAddress.Refusal.missingAt), ("ada", .missingAt), ("@acme.test", .missingAt),
    ("ada@", .missingAt), (".ada@acme.test", .localMalformed), ("ada.@acme.test", .localMalformed),
    ("a..b@acme.test", .localMalformed), ("a b@acme.test", .localMalformed),
    ("a@b@acme.test", .localMalformed), ("a\u{0}b@acme.test", .localMalformed),
    ("a\u{202E}b@acme.test", .localMalformed), ("\"ada\"@acme.test", .quoted),
    ("ada@[127.0.0.1]", .addressLiteral), ("ada@127.0.0.1", .addressLiteral),
    ("ada@localhost", .domainNotQualified), ("ada@acme..test", .domainMalformed),
    ("ada@.acme.test", .domainMalformed), ("ada@acme.test.", .domainMalformed),
    ("ada@-acme.test", .domainMalformed), ("ada@ac_me.test", .domainMalformed),
    ("ada@xn--.test", .domainMalformed),
  ]) func `a malformed address is refused for its reason`(
    text: String, refusal: EmailAddress.Refusal
  ) {
    #expect(throws: refusal) { try EmailAddress(parsing: text) }
  }

  @Test func `lengths are bounded as RFC 5321 says`() throws {
    _ = try EmailAddress(parsing: String(repeating: "a", count: 64) + "@acme.test")
    #expect(throws: EmailAddress.Refusal.localTooLong) {
      try EmailAddress(parsing: String(repeating: "a", count: 65) + "@acme.test")
    }
    let label = String(repeating: "a", count: 60)
    #expect(throws: EmailAddress.Refusal.tooLong) {
      try EmailAddress(parsing: "ada.lovelace@\(label).\(label).\(label).\(label).test")
    }
  }
}
