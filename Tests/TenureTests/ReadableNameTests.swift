import Tenure
import Testing

@Suite struct ReadableNameTests {
  private static func refusal(_ text: String) -> ReadableName.Refusal? {
    do throws(ReadableName.Refusal) {
      _ = try ReadableName(parsing: text)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("Acme", "Acme"), ("  Acme  GmbH ", "Acme GmbH"), ("Müller & Söhne", "Müller & Söhne"),
    ("Mu\u{308}ller", "Müller"), ("株式会社アクメ", "株式会社アクメ"), ("אבג בע״מ", "אבג בע״מ"),
    ("شركة", "شركة"), ("Nguyễn", "Nguyễn"), ("C++ 2", "C++ 2"), ("3M", "3M"), ("💜", "💜"),
    ("Family 👨\u{200D}👩\u{200D}👧", "Family 👨\u{200D}👩\u{200D}👧"),
    ("❤\u{FE0F}", "❤\u{FE0F}"), ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("टेन्योर", "टेन्योर"),
    ("क्\u{200D}ष", "क्\u{200D}ष"), ("A\u{00A0}B", "A B"), ("\u{3000}東京\u{3000}", "東京"),
  ])
  func `a name that shows what it holds is one`(given: String, name: String) throws {
    let parsed = try ReadableName(parsing: given)
    #expect(Array(parsed.text.unicodeScalars) == Array(name.unicodeScalars))
  }

  @Test(arguments: [
    "\u{202E}emcA", "Acme\u{202A}", "A\u{2066}b\u{2069}", "Ac\u{200B}me", "Ac\u{200D}me",
    "Ac\u{00AD}me", "\u{FEFF}Acme", "Ac\u{0000}me", "Ac\nme", "Ac\tme", "Ac\u{2028}me",
    "Ac\u{2029}me", "Ac\u{0085}me", "Acme\u{E0041}", "Acme\u{FE0F}", "\u{3164}", "\u{115F}Acme",
    "Ac\u{034F}me", "\u{2800}", "Acme\u{2800}", "Ac\u{061C}me", "Ac\u{180E}me",
    "\u{FFFC}", "Acme\u{FFFD}", "Ac\u{200C}me", "\u{200D}Acme", "👨\u{200D}",
  ])
  func `what is not seen is refused`(text: String) { #expect(Self.refusal(text) == .invisible) }

  @Test(arguments: ["", " ", "\u{00A0}\u{3000}"])
  func `nothing but space is nothing`(text: String) { #expect(Self.refusal(text) == .empty) }

  @Test(arguments: ["\u{E000}", "Acme\u{F8FF}", "Ac\u{10FFFD}me", "Ac\u{0378}me", "Ac\u{FFFF}me"])
  func `what has no meaning is refused`(text: String) { #expect(Self.refusal(text) == .unknown) }

  @Test(arguments: [
    "\u{0301}", "\u{0301}Acme", "A \u{0301}b", "Z\u{0310}\u{0310}\u{0310}\u{0310}\u{0310}",
  ])
  func `marks stand on letters, and not in heaps`(text: String) {
    #expect(Self.refusal(text) == .marks)
  }

  @Test(arguments: ["...", "--", "\u{00B4}", "!?"])
  func `signs alone are no name`(text: String) { #expect(Self.refusal(text) == .nothingToRead) }

  @Test func `two hundred characters fit, and no more`() {
    #expect(Self.refusal(String(repeating: "é", count: 200)) == nil)
    #expect(Self.refusal(String(repeating: "é", count: 201)) == .tooLong)
    #expect(Self.refusal(String(repeating: "e\u{301}", count: 200)) == nil)
    #expect(Self.refusal(String(repeating: "x", count: 100_000)) == .tooLong)
  }
}
