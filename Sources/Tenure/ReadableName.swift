import Foundation

/// The name of an organisation, a person or a document, as people read it.
///
/// Names tell people who acts, so one rule for all of them lets nothing in that cannot be seen. A
/// name is in Unicode's composed form (NFC), trimmed, with single spaces.
package struct ReadableName: Sendable, Equatable, CustomStringConvertible {
  /// Why a text is not a name; the raw value is shown to whoever gave it.
  package enum Refusal: String, Error, Sendable, CaseIterable {
    case empty = "must not be empty"
    case tooLong = "is too long"
    /// Control characters, line breaks, and characters that only set the direction of text or show
    /// nothing.
    case invisible = "must not hold control, formatting or invisible characters"
    case unknown = "must not hold private or unassigned characters"
    /// Combining marks without a letter before them, or too many on one letter.
    case marks = "must not begin with a combining mark or pile them up"
    case nothingToRead = "must hold a letter, a digit or a symbol"
  }

  /// The most Unicode scalars, which is what JSON Schema counts.
  package static let lengthMax = 200
  /// The most combining marks in a row, one more than the three that Hebrew and Vietnamese need.
  private static let marksMax = 4
  /// OBJECT REPLACEMENT CHARACTER and REPLACEMENT CHARACTER.
  private static let placeholders: Set<Unicode.Scalar> = ["\u{FFFC}", "\u{FFFD}"]

  package let text: String
  package var description: String { text }

  /// Checks a name as somebody typed it; throws why it is not one.
  package init(parsing given: String, max: Int = lengthMax) throws(Refusal) {
    if given.utf8.count > max && given.unicodeScalars.count > 4 * max { throw .tooLong }
    let text = Self.spaced(given.precomposedStringWithCanonicalMapping)
    if text.isEmpty { throw .empty }
    if text.unicodeScalars.count > max { throw .tooLong }
    var (marks, isLegible) = (Self.marksMax, false)
    let scalars = text.unicodeScalars
    for index in scalars.indices {
      let scalar = scalars[index]
      if Self.joins(scalars, index) { continue }
      let category = scalar.properties.generalCategory
      switch category {
      case _ where scalar.isInvisible: throw .invisible
      case .privateUse, .unassigned, .surrogate: throw .unknown
      case .nonspacingMark, .spacingMark, .enclosingMark:
        marks += 1
        // A mark without a letter before it is refused like too many.
        if marks > Self.marksMax { throw .marks }
      default: marks = category == .spaceSeparator ? Self.marksMax : 0
      }
      if Self.placeholders.contains(scalar) { throw .invisible }
      isLegible = isLegible || Self.reads(category)
    }
    if !isLegible { throw .nothingToRead }
    self.text = text
  }

  /// Whether an invisible character is needed at this place: a joiner as some scripts write it (RFC
  /// 5892 appendix A.1 and A.2), or the parts that make one emoji of several (UTS 51).
  private static func joins(
    _ scalars: String.UnicodeScalarView, _ index: String.UnicodeScalarView.Index
  ) -> Bool {
    let scalar = scalars[index]
    guard ["\u{200C}", "\u{200D}", "\u{FE0F}"].contains(scalar), index > scalars.startIndex
    else { return false }
    let before = scalars[scalars.index(before: index)]
    let after = scalars.index(after: index)
    func isEmoji(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value >= 0x80 && scalar.properties.isEmoji
    }
    if scalar == "\u{FE0F}" { return isEmoji(before) }
    if scalar == "\u{200D}", after < scalars.endIndex, isEmoji(scalars[after]) {
      return isEmoji(before) || before == "\u{FE0F}"
    }
    return InternationalName.mayJoin(scalars, index)
  }

  /// The text trimmed, with each run of spaces as one space.
  ///
  /// Line breaks stay, and are refused later.
  private static func spaced(_ text: String) -> String {
    text.unicodeScalars.split { $0.properties.generalCategory == .spaceSeparator }
      .map { String($0) }.joined(separator: " ")
  }

  private static func reads(_ category: Unicode.GeneralCategory) -> Bool {
    switch category {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .otherSymbol, .mathSymbol, .currencySymbol:
      true
    default: false
    }
  }
}

extension Unicode.Scalar {
  /// Whether nobody sees the character, or it only changes how others are shown: control and format
  /// characters, separators of lines and paragraphs, what Unicode has ignored by default, and the
  /// BRAILLE PATTERN BLANK.
  package var isInvisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: properties.isDefaultIgnorableCodePoint || self == "\u{2800}"
    }
  }
}
