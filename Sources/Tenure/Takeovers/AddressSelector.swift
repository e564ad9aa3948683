import Foundation

/// Whom somebody means among the accounts of a plan: one address on the claimed name, or a pattern of
/// addresses, `*` in the part before the `@` standing for any characters or none.
package struct AddressSelector: Sendable, Equatable {
  package enum Refusal: Error, Equatable {
    /// No address, and no pattern of one.
    case malformed
    /// On a name that the claim is not about: what is there is nobody's to ask.
    case notOnTheName
  }

  /// The address itself; nil for a pattern.
  package let address: EmailAddress?
  /// What stands between the asterisks, lower case and NFC, as addresses are compared.
  private let pieces: [String]
  private let domain: String

  /// Reads a selector of accounts on a claimed name, or below it where the claim is on all of that.
  package init(
    parsing text: String, on name: DomainName, _ scope: DomainClaim.Scope
  ) throws(Refusal) {
    guard let at = text.lastIndex(of: "@"), at != text.startIndex else { throw .malformed }
    let local = text[..<at]
    let isPattern = local.contains("*")
    // A part that is an address for certain tells whether the name is one.
    let whole = isPattern ? "x" + text[at...] : text
    guard let known = try? EmailAddress(parsing: whole) else { throw .malformed }
    guard
      known.domain == name.text || (scope == .subtree && known.domain.hasSuffix("." + name.text))
    else { throw .notOnTheName }
    domain = known.domain
    address = isPattern ? nil : known
    pieces = local.split(separator: "*", omittingEmptySubsequences: false).map {
      $0.lowercased().precomposedStringWithCanonicalMapping
    }
    if local.utf8.count > Self.localBytesMax || pieces.contains(where: { $0.contains("@") }) {
      throw .malformed
    }
  }

  /// RFC 5321 section 4.5.3.1.1.
  private static let localBytesMax = 64

  /// Whether it means an address: without backtracking, each piece where it first fits.
  package func matches(_ other: EmailAddress) -> Bool {
    if let address { return address.identity == other.identity }
    guard other.domain == domain, let first = pieces.first, let last = pieces.last,
      let at = other.identity.lastIndex(of: "@")
    else { return false }
    var rest = other.identity[..<at]
    guard rest.hasPrefix(first) else { return false }
    rest = rest.dropFirst(first.count)
    guard rest.hasSuffix(last) else { return false }
    rest = rest.dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
