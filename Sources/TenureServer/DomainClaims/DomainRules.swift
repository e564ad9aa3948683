import CFiles
import Foundation
import Tenure
import TenureKernel

/// The lists that domains are checked against: public suffixes and mail providers.
package final class DomainRules: Sendable {
  let suffixes: PublicSuffixList
  /// The mail providers that the operator names, besides those that the program knows.
  private let further: Set<String>

  /// Reads the list of public suffixes, and a further list of mail providers if `further` names
  /// one.
  ///
  /// Throws with a message for the operator where a file is missing.
  package init(suffixes path: String, mailProviders further: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ServiceFailure(
        description: "public_suffix_list: \(path) cannot be read; install publicsuffix")
    }
    suffixes = PublicSuffixList(text: text)
    if further.isEmpty {
      self.further = []
    } else {
      guard let text = try? String(contentsOfFile: further, encoding: .utf8) else {
        throw ServiceFailure(description: "mail_providers: \(further) cannot be read")
      }
      self.further = Self.names(text).subtracting(Self.known)
    }
  }

  /// The versions of the lists, which say by what a decision was made.
  var version: String {
    let list = suffixes.version.isEmpty ? "\(suffixes.count) rules" : suffixes.version
    return "public suffixes \(list), \(Self.known.count + further.count) mail providers"
  }

  /// Checks a domain as somebody typed it.
  func judge(_ text: String) throws(DomainName.Refusal) -> DomainName {
    try DomainName(parsing: text, suffixes: suffixes) {
      Self.known.contains($0) || further.contains($0)
    }
  }

  /// The names in a list, whose comments begin with `#`.
  private static func names(_ text: String) -> Set<String> {
    let lines = text.utf8.split { $0 == 0x0A || $0 == 0x0D }
    return Set(
      lines.lazy.filter { $0.first != UInt8(ascii: "#") }
        .flatMap { $0.split { $0 <= 0x20 } }.map { String(Substring($0)).lowercased() })
  }

  /// The mail providers that the program knows, about 13,000 domains.
  private static let known = names(String(cString: cfiles_text("mail_providers.txt")))
}

extension Worker {
  /// The lists that the service has loaded.
  var domains: DomainRules { terms() }
}
