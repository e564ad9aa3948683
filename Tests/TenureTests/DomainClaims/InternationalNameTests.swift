import Foundation
import Tenure
import Testing

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct InternationalNameTests {
  @Test(arguments: [
    ("Example.COM", "example.com"), ("Büro.example", "xn--bro-hoa.example"),
    ("bu\u{308}ro.example", "xn--bro-hoa.example"), ("faß.de", "xn--fa-hia.de"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah"), ("XN--BRO-HOA.example", "xn--bro-hoa.example"),
    ("ａｂ.example", "ab.example"), ("a\u{AD}b.example", "ab.example"),
    ("a--b.example", "a--b.example"),
  ]) func `a name has one form`(typed: String, expected: String) {
    #expect(InternationalName.ascii(typed) == expected)
  }

  @Test(arguments: [
    "", ".", "a..b", "-a.example", "a-.example", "ab--c.example", "xn--.example",
    "xn--example.example", "a_b.example", "a b.example", "\u{301}a.example", "a\u{200D}b.example",
    "\u{5D0}1a.example", "xn--a-.example", String(repeating: "a", count: 64) + ".example",
  ]) func `what no registry can hold is no name`(typed: String) {
    #expect(InternationalName.ascii(typed) == nil)
  }

  /// Lines whose source is no Unicode (a lone surrogate) cannot be asked: no `String` holds them.
  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `the tests of UTS 46 pass`() throws {
    let path = (vectors ?? "") + "/idna/IdnaTestV2.txt"
    var (count, wrong) = (0, 0)
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let content = line.prefix { $0 != "#" }
      if content.isEmpty { continue }
      let fields = content.split(separator: ";", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: [" ", "\t"]) }
      guard fields.count >= 5, let source = unescaped(fields[0]) else { continue }
      count += 1
      let name = fields[1].isEmpty ? source : unescaped(fields[1])
      let status = fields[2].isEmpty ? "[]" : fields[2]
      let ascii = fields[3].isEmpty ? name : unescaped(fields[3])
      let asciiStatus = fields[4].isEmpty ? status : fields[4]
      let found = InternationalName.unicode(source)
      let isRight =
        // An empty label is an error of the length check only, which this step does not make.
        (status == "[X4_2]" || found.isValid == (status == "[]"))
        && (status != "[]" || found.name.unicodeScalars.elementsEqual((name ?? "").unicodeScalars))
        && InternationalName.ascii(source) == (asciiStatus == "[]" ? ascii : nil)
      if !isRight, wrong < 20 { Issue.record("\(line): \(found)") }
      wrong += isRight ? 0 : 1
    }
    #expect(wrong == 0)
    #expect(count > 6_000)
  }

  /// `\uXXXX` and `\x{X…}`; nil where it is no Unicode scalar; `""` is the empty string.
  private func unescaped(_ text: String) -> String? {
    if text == "\"\"" { return "" }
    var scalars = String.UnicodeScalarView()
    // Scalars, not characters: a combining mark after an escape would join its last digit.
    var rest = text.unicodeScalars[...]
    while let first = rest.first {
      var digits = Substring.UnicodeScalarView()
      if rest.starts(with: "\\u".unicodeScalars) {
        digits = rest.dropFirst(2).prefix(4)
        rest = rest.dropFirst(6)
      } else if rest.starts(with: "\\x{".unicodeScalars) {
        digits = rest.dropFirst(3).prefix { $0 != "}" }
        rest = rest.dropFirst(4 + digits.count)
      } else {
        scalars.append(first)
        rest = rest.dropFirst()
        continue
      }
      guard let value = UInt32(Substring(digits), radix: 16), let scalar = Unicode.Scalar(value)
      else { return nil }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
