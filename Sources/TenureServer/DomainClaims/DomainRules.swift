import CFiles
import Foundation
import Tenure
import TenureKernel

/// The lists that domains are checked against: public suffixes and mail providers.
package final class DomainRules: Sendable {
  let suffixes: PublicSuffixList
  private let mailProviders: Set<String>

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
    var providers = Set(Self.knownProviders)
    if !further.isEmpty {
      guard let text = try? String(contentsOfFile: further, encoding: .utf8) else {
        throw ServiceFailure(description: "mail_providers: \(further) cannot be read")
      }
      providers.formUnion(Self.names(text))
    }
    mailProviders = providers
  }

  /// The versions of the lists, which say by what a decision was made.
  var version: String {
    let list = suffixes.version.isEmpty ? "\(suffixes.count) rules" : suffixes.version
    return "public suffixes \(list), \(mailProviders.count) mail providers"
  }

  /// Checks a domain as somebody typed it.
  func judge(_ text: String) throws(DomainName.Refusal) -> DomainName {
    try DomainName(parsing: text, suffixes: suffixes) { mailProviders.contains($0) }
  }

  private static func names(_ text: String) -> [String] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .flatMap { $0.lowercased().split(whereSeparator: \.isWhitespace).map(String.init) }
  }

  /// The list of mail providers in the program, about 13,000 domains.
  private static var knownProviders: [String] {
    names(String(cString: cfiles_text("mail_providers.txt")))
  }
}

extension Worker {
  /// The lists that the service has loaded.
  var domains: DomainRules { terms() }
}
