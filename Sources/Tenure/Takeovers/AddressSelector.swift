import Foundation

/// A choice among the accounts of a takeover's plan: one address at the claimed domain, or a
/// pattern of addresses, in which `*` before the `@` stands for any characters or none.
package struct AddressSelector: Sendable, Equatable {
  package enum Refusal: Error, Equatable {
    /// It is neither an address nor a pattern of one.
    case malformed
    /// Its domain is not the claimed one: the tenant may not ask who has accounts elsewhere.
    case notOnTheName
  }

  /// The chosen address; nil for a pattern.
  package let address: EmailAddress?
  /// The parts of a pattern between its asterisks, in lower case and NFC, as addresses are
  /// compared.
  private let pieces: [String]
  private let domain: String

  /// Reads a selector.
  ///
  /// Its domain must be `name`, or may be below it where the claim covers the subtree.
  package init(
    parsing text: String, on name: DomainName, _ scope: DomainClaim.Scope
  ) throws(Refusal) {
    guard let at = text.lastIndex(of: "@"), at != text.startIndex else { throw .malformed }
    let local = text[..<at]
    let isPattern = local.contains("*")
    // A pattern is no address: with "x" before the `@`, the domain alone decides whether it can be
    // read.
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

  /// The longest part before the `@` (RFC 5321 section 4.5.3.1.1).
  private static let localBytesMax = 64

  /// Whether it chooses an address.
  ///
  /// Each part matches at the first place where it fits, which is always right because only `*`
  /// stands between parts.
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
