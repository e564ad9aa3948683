import CFiles

/// What UTS 46 and RFC 5893 need to know of a code point, from the table that
/// `Deploy/checks/unicode` writes.
enum UnicodeFacts {
  /// Bidirectional classes (UAX 9 table 4); `other` are those that RFC 5893 does not mention.
  enum Bidi: String { case L, R, AL, AN, EN, ES, CS, ET, ON, BN, NSM, other }

  case valid(bidi: Bidi, joining: UInt8)
  case mapped([Unicode.Scalar])
  case ignored
  case disallowed

  static func of(_ scalar: Unicode.Scalar) -> UnicodeFacts {
    // The last range that begins at or before it.
    var (low, high) = (0, table.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if table[middle].start <= scalar.value { low = middle } else { high = middle }
    }
    return table[low].facts
  }

  /// Read once, for the first name that is not plain ASCII: about ten milliseconds.
  private static let table: [(start: UInt32, facts: UnicodeFacts)] = {
    String(cString: cfiles_text("uts46.txt")).utf8.split(separator: UInt8(ascii: "\n")).compactMap {
      line in
      let words = line.split(separator: UInt8(ascii: " ")).map { Substring($0) }
      guard let start = words.first.flatMap({ UInt32($0, radix: 16) }) else { return nil }
      return (start, facts(words.dropFirst()))
    }
  }()

  private static func facts(_ words: ArraySlice<Substring>) -> UnicodeFacts {
    let rest = words.dropFirst()
    switch words.first {
    case "V":
      let bidi = rest.first.flatMap { Bidi(rawValue: String($0)) } ?? .other
      return .valid(bidi: bidi, joining: rest.last?.utf8.first ?? UInt8(ascii: "U"))
    case "M":
      let scalars = rest.compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
      return scalars.isEmpty ? .ignored : .mapped(scalars)
    case "I": return .ignored
    default: return .disallowed
    }
  }
}
