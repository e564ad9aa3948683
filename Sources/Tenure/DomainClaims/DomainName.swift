/// A domain that a tenant may claim: A-labels in lower case, below a public suffix.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
  /// Why a name cannot be claimed.
  package enum Refusal: Error, Equatable, Sendable {
    case malformed
    /// Longer than 253 octets, or a label longer than 63.
    case tooLong
    case addressLiteral
    /// A public suffix such as `co.uk`: anybody may register below it.
    case publicSuffix
    /// A suffix of a private party, such as `github.io`. Only the suffix itself can be claimed, and
    /// the operator decides about it.
    case privateSuffix
    /// A mail provider such as `gmail.com`: the people with mailboxes there belong to no one
    /// organisation.
    case publicMailProvider
  }

  package let text: String
  package var description: String { text }

  /// Checks a domain as somebody typed it.
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

  /// A stored domain, which was checked when it came in.
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
