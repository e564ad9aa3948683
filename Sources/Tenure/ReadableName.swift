import Foundation

/// A name that people read: of an organisation, of somebody, of a document.
///
/// One rule for all of them, because a name says who acts: what it shows is what it holds. It is in
/// Unicode's composed form (NFC), without space around it, with single spaces in it.
package struct ReadableName: Sendable, Equatable, CustomStringConvertible {
  /// Why a text is no name; the raw value says so to whoever gave it.
  package enum Refusal: String, Error, Sendable, CaseIterable {
    case empty = "must not be empty"
    case tooLong = "is too long"
    /// Controls, line breaks, and what sets the direction of text or nothing at all.
    case invisible = "must not hold control, formatting or invisible characters"
    case unknown = "must not hold private or unassigned characters"
    /// Marks with nothing to stand on, or heaps of them.
    case marks = "must not begin with a combining mark or pile them up"
    case nothingToRead = "must hold a letter, a digit or a symbol"
  }

  /// In Unicode scalars, as JSON Schema counts.
  package static let lengthMax = 200
  /// Hebrew and Vietnamese need three on one letter.
  private static let marksMax = 4
  /// Blank, or standing for what is not there, though no format characters: BRAILLE PATTERN BLANK,
  /// OBJECT REPLACEMENT CHARACTER, REPLACEMENT CHARACTER.
  private static let blanks: Set<Unicode.Scalar> = ["\u{2800}", "\u{FFFC}", "\u{FFFD}"]

  package let text: String
  package var description: String { text }

  /// Judges a name as somebody typed it; throws why it is none.
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
      case .control, .format, .lineSeparator, .paragraphSeparator: throw .invisible
      case .privateUse, .unassigned, .surrogate: throw .unknown
      case .nonspacingMark, .spacingMark, .enclosingMark:
        marks += 1
        // Nothing to stand on counts as a heap.
        if marks > Self.marksMax { throw .marks }
      default: marks = category == .spaceSeparator ? Self.marksMax : 0
      }
      if scalar.properties.isDefaultIgnorableCodePoint || Self.blanks.contains(scalar) {
        throw .invisible
      }
      isLegible = isLegible || Self.reads(category)
    }
    if !isLegible { throw .nothingToRead }
    self.text = text
  }

  /// Whether what is not seen by itself is needed where it stands: joiners as some scripts write with
  /// them (RFC 5892 appendix A.1 and A.2), and what makes one emoji of several (UTS 51).
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

  /// Runs of space as one, none around; line breaks stay, to be refused.
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
