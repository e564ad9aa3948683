extension Timestamp {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// A date of HTTP in any of its three forms (RFC 9110, section 5.6.7); nil for anything else.
  ///
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
  package init?(httpDate text: String) {
    var words = text.split { " ,-".contains($0) }.map(String.init)
    guard !words.isEmpty else { return nil }
    words.removeFirst()
    if words.count == 4 { words = [words[1], words[0], words[3], words[2], "GMT"] }
    guard words.count == 5, words[4] == "GMT", let day = Self.number(words[0]),
      let index = Self.months.firstIndex(of: words[1]), var year = Self.number(words[2]),
      let time = Timestamp(parsing: "1970-01-01T\(words[3])Z")
    else { return nil }
    // Years of two digits: 70 to 99 are 1970 to 1999, 00 to 69 are 2000 to 2069.
    if words[2].count == 2 { year += year < 70 ? 2_000 : 1_900 }
    let month = Int64(index) + 1
    guard (1...Self.days(inMonth: month, of: year)).contains(day) else { return nil }
    self = time.adding(seconds: Self.days(fromCivil: year, month, day) * 86_400)
  }

  /// A number of at most four digits, without a sign.
  private static func number(_ text: String) -> Int64? {
    (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
      ? Int64(text) : nil
  }
}
