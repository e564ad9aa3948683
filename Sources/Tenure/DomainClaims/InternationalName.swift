import Foundation

/// Domain names in any script (UTS 46 revision 35, Unicode 17): non-transitional processing with
/// every check on (hyphens, joiners, bidirectional text, STD 3 ASCII rules, lengths).
package enum InternationalName {
  /// The name in A-labels and lower case (UTS 46 section 4.2); nil where it is not a valid name.
  package static func ascii(_ text: String) -> String? {
    if let plain = plain(text) { return plain }
    let (name, isValid) = unicode(text)
    guard isValid else { return nil }
    var labels: [String] = []
    for label in name.split(separator: ".", omittingEmptySubsequences: false) {
      guard !label.utf8.allSatisfy({ $0 < 0x80 }) else {
        labels.append(String(label))
        continue
      }
      guard let encoded = Punycode.encode(String(label)) else { return nil }
      labels.append("xn--" + encoded)
    }
    // RFC 1035 section 2.3.4, without the root label.
    guard labels.allSatisfy({ (1...63).contains($0.utf8.count) }) else { return nil }
    let ascii = labels.joined(separator: ".")
    return ascii.utf8.count > 253 ? nil : ascii
  }

  /// The name in U-labels, and whether it is valid (UTS 46 section 4.3).
  package static func unicode(_ text: String) -> (name: String, isValid: Bool) {
    var mapped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch UnicodeFacts.of(scalar) {
      case .mapped(let replacement): mapped.append(contentsOf: replacement)
      case .ignored: break
      case .valid, .disallowed: mapped.append(scalar)
      }
    }
    var isValid = true
    var labels: [String.UnicodeScalarView] = []
    let normal = String(mapped).precomposedStringWithCanonicalMapping.unicodeScalars
    for part in normal.split(separator: ".", omittingEmptySubsequences: false) {
      var label = String.UnicodeScalarView(part)
      if part.starts(with: "xn--".unicodeScalars) {
        let encoded = String(label).dropFirst(4)
        guard encoded.utf8.allSatisfy({ $0 < 0x80 }), let decoded = Punycode.decode(encoded) else {
          isValid = false
          labels.append(label)
          continue
        }
        label = decoded.unicodeScalars
        // An A-label that decodes to ASCII, or to text that is not normalised, would be a second
        // name for one domain.
        if label.allSatisfy(\.isASCII)
          || decoded.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual(label)
            == false
        {
          isValid = false
        }
      }
      isValid = isValid && isLabel(label)
      labels.append(label)
    }
    // As soon as one label reads from right to left, RFC 5893 applies to all of them.
    if labels.contains(where: readsRightToLeft), !labels.allSatisfy(obeysBidiRule) {
      isValid = false
    }
    return (labels.map(String.init).joined(separator: "."), isValid)
  }

  /// A fast way for names that need no table, which nearly all are: ASCII without `xn--`; nil where
  /// the table is needed.
  private static func plain(_ text: String) -> String? {
    var length = 0
    var previous = UInt8(ascii: ".")
    guard (1...253).contains(text.utf8.count) else { return nil }
    for (offset, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "."):
        if previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") { return nil }
        length = 0
      case UInt8(ascii: "-"):
        // Hyphens in the third and fourth place mean `xn--`, or are reserved.
        if offset == 0 || length == 0 || length == 3 && previous == byte { return nil }
        length += 1
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: length += 1
      default: return nil
      }
      if length > 63 { return nil }
      previous = byte
    }
    return length == 0 || previous == UInt8(ascii: "-") ? nil : text.lowercased()
  }

  /// Whether a label is valid by UTS 46 section 4.1, without the bidirectional rule.
  private static func isLabel(_ label: String.UnicodeScalarView) -> Bool {
    guard let first = label.first else { return true }
    let ascii = label.prefix(4).map { $0 == "-" }
    if first == "-" || label.last == "-" || ascii.count == 4 && ascii[2] && ascii[3] {
      return false
    }
    switch first.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    default: break
    }
    guard label.allSatisfy(isValid) else { return false }
    return label.indices.allSatisfy { mayJoin(label, $0) }
  }

  private static func isValid(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "-"
    }
    if case .valid = UnicodeFacts.of(scalar) { return true }
    return false
  }

  /// Whether a joiner (U+200C, U+200D) may stand at this place: RFC 5892 appendix A.1 and A.2.
  static func mayJoin(
    _ label: String.UnicodeScalarView, _ index: String.UnicodeScalarView.Index
  ) -> Bool {
    let scalar = label[index]
    guard scalar == "\u{200C}" || scalar == "\u{200D}" else { return true }
    let before = label[..<index]
    // Combining class 9 is virama.
    if before.last?.properties.canonicalCombiningClass.rawValue == 9 { return true }
    if scalar == "\u{200D}" { return false }
    let joining: (Unicode.Scalar) -> UInt8? = {
      guard case .valid(_, let joining) = UnicodeFacts.of($0) else { return nil }
      return joining
    }
    let left = before.lazy.reversed().compactMap(joining).first { $0 != UInt8(ascii: "T") }
    let right = label[label.index(after: index)...].lazy.compactMap(joining)
      .first { $0 != UInt8(ascii: "T") }
    return (left == UInt8(ascii: "L") || left == UInt8(ascii: "D"))
      && (right == UInt8(ascii: "R") || right == UInt8(ascii: "D"))
  }

  private static func bidi(_ scalar: Unicode.Scalar) -> UnicodeFacts.Bidi {
    guard case .valid(let bidi, _) = UnicodeFacts.of(scalar) else { return .other }
    return bidi
  }

  private static func readsRightToLeft(_ label: String.UnicodeScalarView) -> Bool {
    label.contains {
      switch bidi($0) {
      case .R, .AL, .AN: true
      default: false
      }
    }
  }

  /// Whether a label obeys the Bidi rule: RFC 5893 section 2.
  private static func obeysBidiRule(_ label: String.UnicodeScalarView) -> Bool {
    guard let first = label.first else { return true }
    let classes = label.map(bidi)
    let last = classes.last { $0 != .NSM }
    switch bidi(first) {
    case .R, .AL:
      let hasBothNumbers = classes.contains(.AN) && classes.contains(.EN)
      return !hasBothNumbers && [.R, .AL, .EN, .AN].contains(last)
        && classes.allSatisfy {
          [.R, .AL, .AN, .EN, .ES, .CS, .ET, .ON, .BN, .NSM].contains($0)
        }
    case .L:
      return [.L, .EN].contains(last)
        && classes.allSatisfy { [.L, .EN, .ES, .CS, .ET, .ON, .BN, .NSM].contains($0) }
    default: return false
    }
  }
}
