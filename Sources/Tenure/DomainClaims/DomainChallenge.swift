/// The TXT record that proves a claim (draft-ietf-dnsop-domain-verification-techniques).
///
/// Its name is bound to the tenant; its value holds for one claim, and until a fresh token is asked
/// for.
package struct DomainChallenge: Sendable, Equatable {
  package let name: String
  /// The claimed domain, in whose zone the record must be.
  package let zone: String
  package let value: String
  /// The path and content of a file on the domain's web server.
  ///
  /// It proves affiliation only, never the domain.
  package let filePath: String
  package let fileContent: String

  /// `label` and `token` are keyed digests that bind the record: `label` to the tenant (16
  /// characters of base32), `token` to the claim (43 of base64url).
  package init(_ claim: DomainClaim, label: String, token: String) {
    let kind = claim.scope == .exact ? "_tenure-challenge" : "_tenure-challenge-subtree"
    zone = claim.domain.text
    name = "_\(label).\(kind).\(claim.domain)"
    filePath = "/.well-known/tenure-challenge/\(token)"
    fileContent = token
    value = "token=\(token) expiry=\(claim.tokenExpiresAt.description.prefix(10))"
  }

  /// Whether the text of a TXT record is the value of this challenge.
  ///
  /// The token alone proves; the expiry tells whoever tidies up the zone when the record may go.
  /// Typed into a zone file without quotes, token and expiry become two strings, which resolvers
  /// join without a space (RFC 7208, section 3.3); with double quoting, the quotes become part of
  /// the text.
  package func isAnswered(by text: String) -> Bool {
    let token = value.prefix { $0 != " " }
    let said = text.drop { $0 == "\"" || $0 == " " }
    guard said.hasPrefix(token) else { return false }
    let rest = said.dropFirst(token.count)
    return rest.isEmpty || rest.first == " " || rest.first == "\"" || rest.hasPrefix("expiry=")
  }
}
