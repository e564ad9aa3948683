import Foundation
import Tenure
import Testing

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct PublicSuffixTests {
  private static let list = PublicSuffixList(
    text: """
      // VERSION: 2026-08-19
      com
      uk
      co.uk
      *.ck
      !www.ck
      // ===BEGIN PRIVATE DOMAINS===
      github.io
      """)

  @Test(arguments: [
    ("example.com", "example.com"), ("a.b.example.com", "example.com"), ("co.uk", nil),
    ("a.co.uk", "a.co.uk"), ("a.ck", nil), ("b.a.ck", "b.a.ck"), ("www.ck", "www.ck"),
    ("x.www.ck", "www.ck"), ("unknown", nil), ("a.unknown", "a.unknown"),
  ]) func `the longest rule wins, and exceptions win over all`(name: String, expected: String?) {
    #expect(Self.list.registrable(name) == expected)
  }

  @Test func `a private party's rule is told from a registry's`() {
    #expect(Self.list.suffix(of: "me.github.io").isPrivate)
    #expect(!Self.list.suffix(of: "me.co.uk").isPrivate)
    #expect(Self.list.version == "2026-08-19")
  }

  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `the list's own tests pass`() throws {
    let folder = (vectors ?? "") + "/psl/"
    let list = PublicSuffixList(
      text: try String(contentsOfFile: folder + "public_suffix_list.dat", encoding: .utf8))
    let tests = try String(contentsOfFile: folder + "tests.txt", encoding: .utf8)
    func ascii(_ name: Substring) -> String? {
      name == "null" ? nil : InternationalName.ascii(String(name))
    }
    var count = 0
    for line in tests.split(separator: "\n") where !line.hasPrefix("//") {
      let words = line.split(separator: " ")
      guard words.count == 2 else { continue }
      count += 1
      let found = ascii(words[0]).flatMap { list.registrable($0) }
      #expect(found == ascii(words[1]), "\(line)")
    }
    #expect(count > 70)
  }
}
