/// The record that proves a claim (draft-ietf-dnsop-domain-verification-techniques): a name bound to
/// the tenant, and a value that is good for one claim and one time.
package struct DomainChallenge: Sendable, Equatable {
  package let name: String
  /// The claimed name, within which the record must stand.
  package let zone: String
  package let value: String
  /// Where a file shows the claim, and what it must hold: no more than affiliation.
  package let filePath: String
  package let fileContent: String

  /// `label` and `token` are the keyed digests that bind the record: 16 base32 characters of the
  /// tenant's, 43 of base64url of the claim's.
  package init(_ claim: DomainClaim, label: String, token: String) {
    let kind = claim.scope == .exact ? "_tenure-challenge" : "_tenure-challenge-subtree"
    zone = claim.domain.text
    name = "_\(label).\(kind).\(claim.domain)"
    filePath = "/.well-known/tenure-challenge/\(token)"
    fileContent = token
    value = "token=\(token) expiry=\(claim.tokenExpiresAt.description.prefix(10))"
  }

  /// Whether a TXT record's text is this challenge's.
  ///
  /// The expiry is for whoever tidies up the zone: the token alone proves. Without quotes in a zone
  /// file the two are two strings, which come as one without a space between (RFC 7208, section 3.3);
  /// with too many, the quotes come along.
  package func isAnswered(by text: String) -> Bool {
    let token = value.prefix { $0 != " " }
    let said = text.drop { $0 == "\"" || $0 == " " }
    guard said.hasPrefix(token) else { return false }
    let rest = said.dropFirst(token.count)
    return rest.isEmpty || rest.first == " " || rest.first == "\"" || rest.hasPrefix("expiry=")
  }
}
