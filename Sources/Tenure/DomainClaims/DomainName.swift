/// A name that a tenant may claim: A-labels in lower case, below a public suffix.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
  /// Why a name cannot be claimed.
  package enum Refusal: Error, Equatable, Sendable {
    case malformed
    /// Longer than 253 octets, or a label longer than 63.
    case tooLong
    case addressLiteral
    /// Anybody may register below it.
    case publicSuffix
    /// A suffix registered by a private party: only the name itself, and the operator decides.
    case privateSuffix
    /// People keep mailboxes there who have nothing to do with each other.
    case publicMailProvider
  }

  package let text: String
  package var description: String { text }

  /// Judges a name as somebody typed it.
  package init(
    parsing text: String, suffixes: PublicSuffixList, isMailProvider: (String) -> Bool
  ) throws(Refusal) {
    let name = try Self.normalized(text)
    let (suffix, isPrivate) = suffixes.suffix(of: name)
    if name == suffix { throw isPrivate ? .privateSuffix : .publicSuffix }
    if isMailProvider(name) || suffixes.registrable(name).map(isMailProvider) == true {
      throw .publicMailProvider
    }
    self.text = name
  }

  /// A name that was judged before, as it was stored.
  package init(stored text: String) { self.text = text }

  private static func normalized(_ text: String) throws(Refusal) -> String {
    var text = text
    if text.hasSuffix(".") { text.removeLast() }
    if text.utf8.count > 1_000 { throw .tooLong }
    do throws(EmailAddress.Refusal) {
      return try EmailAddress.domain(text)
    } catch {
      switch error {
      case .addressLiteral: throw .addressLiteral
      case .domainNotQualified: throw .publicSuffix
      case .tooLong: throw .tooLong
      default:
        let isLong = text.utf8.count > 253 || text.split(separator: ".").contains { $0.count > 63 }
        throw isLong
          ? .tooLong
          : text.contains(":") || text.hasPrefix("[")
            ? .addressLiteral : .malformed
      }
    }
  }
}
