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
  /// Blank, though it is no space and no format character.
  private static let brailleBlank: Unicode.Scalar = "\u{2800}"

  package let text: String
  package var description: String { text }

  /// Judges a name as somebody typed it; throws why it is none.
  package init(parsing given: String, max: Int = lengthMax) throws(Refusal) {
    if given.utf8.count > max && given.unicodeScalars.count > 4 * max { throw .tooLong }
    let text = Self.spaced(given.precomposedStringWithCanonicalMapping)
    if text.isEmpty { throw .empty }
    if text.unicodeScalars.count > max { throw .tooLong }
    var (marks, isLegible) = (Self.marksMax, false)
    for scalar in text.unicodeScalars {
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
      if scalar.properties.isDefaultIgnorableCodePoint || scalar == Self.brailleBlank {
        throw .invisible
      }
      isLegible = isLegible || Self.reads(category)
    }
    if !isLegible { throw .nothingToRead }
    self.text = text
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
