import CFiles
import Foundation
import Tenure
import TenureKernel

/// What a name is judged by: the list of public suffixes and those of mail providers.
package final class DomainRules: Sendable {
  let suffixes: PublicSuffixList
  private let mailProviders: Set<String>

  /// Reads the list of public suffixes, and the one of further mail providers where there is one;
  /// throws with a message for the operator where one is missing.
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

  /// Names the lists a decision was made by.
  var version: String {
    let list = suffixes.version.isEmpty ? "\(suffixes.count) rules" : suffixes.version
    return "public suffixes \(list), \(mailProviders.count) mail providers"
  }

  func judge(_ text: String) throws(DomainName.Refusal) -> DomainName {
    try DomainName(parsing: text, suffixes: suffixes) { mailProviders.contains($0) }
  }

  private static func names(_ text: String) -> [String] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .flatMap { $0.lowercased().split(whereSeparator: \.isWhitespace).map(String.init) }
  }

  /// The list the program carries: some 13,000 names.
  private static var knownProviders: [String] {
    names(String(cString: cfiles_text("mail_providers.txt")))
  }
}

extension Worker {
  /// What names are judged by.
  var domains: DomainRules { terms() }
}
