import JSON
package import Tenure

/// A claim as its tenant sees it, with the record to publish.
package struct DomainClaimView: View, Shaped {
  package let claim: DomainClaim
  package let challenge: DomainChallenge
  /// Why a proven claim does not hold its name yet; nil where nothing stands in the way.
  package var blocker: ProblemCode?

  package init(_ claim: DomainClaim, challenge: DomainChallenge, blocker: ProblemCode? = nil) {
    self.claim = claim
    self.challenge = challenge
    self.blocker = blocker
  }

  package static let shape = Shape<DomainClaimView>(
    "DomainClaim", "A tenant's claim on an email domain."
  ) {
    Member("id", \.claim.id, .id())
    Member("tenant_id", \.claim.tenant, .id())
    Member(
      "domain", \.claim.domain.text, .string, "A-labels in lower case.", example: "acme.test")
    Member("scope", \.claim.scope, .choice())
    Member("state", \.claim.state, .choice())
    Member("method", \.claim.method, .choice())
    Member("record", \.challenge, .object(DomainChallenge.record))
    Member("file", \.challenge, .object(DomainChallenge.file))
    Member("token_expires_at", \.claim.tokenExpiresAt, .timestamp)
    Member("state_since", \.claim.stateSince, .timestamp)
    Member("verified_at", \.claim.verifiedAt, .nullable(.timestamp))
    Member("checked_at", \.claim.checkedAt, .nullable(.timestamp))
    Member(
      "finding", \.claim.finding, .nullable(.string),
      "Of the last look at DNS, what was found in the place of the proof and why it is not that;"
        + " null where it was there, or nobody has looked.",
      example: "192.0.2.53: the name _x._tenure-challenge.acme.test has no TXT record.")
    Member(
      "deadline", \.claim.deadline, .nullable(.timestamp),
      "When the state ends by itself, unless something else happens before; null where it does"
        + " not.")
    Member("review_on", \.claim.reviewOn, .nullable(.timestamp))
    Member(
      "affiliation", \.claim.affiliation, .nullable(.choice()),
      "What showed that somebody on the domain knows of the claim; it proves no ownership.")
    Member("affiliated_at", \.claim.affiliatedAt, .nullable(.timestamp))
    Member(
      "review", \.claim.review, .nullable(.choice()),
      "Whether the operator looks at the name first, because it mixes scripts or looks like one"
        + " that another organisation holds.")
    Member(
      "blocker", \.blocker?.rawValue, .nullable(.string),
      "What keeps a proven claim from holding its name.")
    Member("created_at", \.claim.createdAt, .timestamp)
    Member("updated_at", \.claim.updatedAt, .timestamp)
  }
}

extension DomainChallenge {
  private static let tokenExample = String(repeating: "0", count: 43)
  fileprivate static let valueExample = "token=\(tokenExample) expiry=2026-12-05"

  package static let record = Shape<DomainChallenge>("DomainRecord", "What to publish.") {
    Member("type", { _ in "TXT" }, .string.with("const", .string("TXT")), example: "TXT")
    Member("name", \.name, .string, example: "_x._tenure-challenge.acme.test")
    Member("value", \.value, .string, example: valueExample)
  }

  package static let file = Shape<DomainChallenge>(
    "DomainFile", "What a web server may serve to show affiliation: no proof of ownership."
  ) {
    Member(
      "url", { "https://\($0.zone)\($0.filePath)" }, .string,
      example: "https://acme.test/.well-known/tenure-challenge/\(tokenExample)")
    Member("content", \.fileContent, .string, example: tokenExample)
  }
}

/// The body that claims a domain.
package struct DomainClaimBody: Body, Shaped {
  package let domain: String
  package let scope: DomainClaim.Scope

  package static let shape = Shape("DomainClaimBody", nil, DomainClaimBody.init) {
    Member(
      "domain", \.domain, .text(max: 1_000),
      "The name; internationalised ones are accepted as well.", example: "acme.test")
    Member("scope", \.scope, .choice(), default: .exact)
  }
}

/// The body with which the operator vouches for a claim.
package struct AttestationBody: Body, Shaped {
  package let reason: String
  package let reviewOn: Timestamp

  package static let shape = Shape("AttestationBody", nil, AttestationBody.init) {
    Member("reason", \.reason, .text(max: 500), example: "register extract seen")
    Member("review_on", \.reviewOn, .timestamp)
  }
}

/// The body that shows a claim by a file or by a code to a mailbox; a mailbox without its code asks
/// for one.
package struct AffiliationBody: Body, Shaped {
  package let method: DomainClaim.Affiliation
  package let mailbox: DomainClaim.Mailbox?
  package let code: String?

  package static let shape = Shape(
    "AffiliationBody", "By a file on the name's web server, or by a code to one of its mailboxes.",
    AffiliationBody.init
  ) {
    Member("method", \.method, .choice(), example: .mailbox)
    Member(
      optional: "mailbox", \.mailbox, .choice(),
      "Where the code goes: needed for `mailbox`, and for nothing else.", example: .postmaster)
    Member(
      optional: "code", \.code, .code, "What came back; without it a code is sent.")
  } check: { (body, reader) throws(JSONError) in
    if body.method == .mailbox, body.mailbox == nil { throw reader.missing("mailbox") }
    if body.method == .file, body.mailbox != nil || body.code != nil {
      throw reader.error(.value, "mailbox and code belong to the method 'mailbox'")
    }
  }
}

/// A code was sent to an address or mailbox that is to be proven.
package struct CodeSentView: View, Shaped {
  package let expiresAt: Timestamp

  package init(expiresAt: Timestamp) { self.expiresAt = expiresAt }

  package static let shape = Shape<CodeSentView>(
    "CodeSent", "A code was sent to what is to be proven."
  ) {
    Member("code_sent", { _ in true }, .bool.with("const", .bool(true)), example: true)
    Member("expires_at", \.expiresAt, .timestamp)
  }
}

/// The body with which the operator allows a name that mixes scripts or looks like another.
package struct DomainReviewBody: Body, Shaped {
  package let reason: String

  package static let shape = Shape("DomainReviewBody", nil, DomainReviewBody.init) {
    Member("reason", \.reason, .text(max: 500), example: "the name is the company's own")
  }
}

/// What the holder of a name lets another tenant have, as one of the two sees it.
package struct DomainGrantView: View, Shaped {
  private enum Direction: String, CaseIterable {
    case given, received
  }

  package let grant: DomainGrant
  /// Whose list it stands in.
  package let reader: TenantID

  package init(grant: DomainGrant, reader: TenantID) {
    self.grant = grant
    self.reader = reader
  }

  private var direction: Direction { grant.tenant == reader ? .given : .received }

  package static let shape = Shape<DomainGrantView>(
    "DomainGrant",
    "What the holder of a name lets another tenant have once it proves the name, for"
      + " \(DomainGrant.days) days."
  ) {
    Member("id", \.grant.id, .id())
    Member("direction", \.direction, .choice())
    Member("tenant_id", \.grant.tenant, .id())
    Member("domain_claim_id", \.grant.claim, .id())
    Member(
      "domain", \.grant.domain.text, .string,
      "The claim's own name, or one below it; A-labels in lower case.", example: "acme.test")
    Member("grantee_id", \.grant.grantee, .id())
    Member("state", \.grant.state, .choice())
    Member("created_at", \.grant.createdAt, .timestamp)
    Member("expires_at", \.grant.expiresAt, .timestamp)
    Member("ended_at", \.grant.endedAt, .nullable(.timestamp))
  }
}

/// The body that lets another tenant have the name, or one below it.
package struct DomainGrantBody: Body, Shaped {
  package let tenant: TenantID
  package let domain: String?

  package static let shape = Shape("DomainGrantBody", nil, DomainGrantBody.init) {
    Member("tenant_id", \.tenant, .id())
    Member(
      optional: "domain", \.domain, .text(max: 1_000),
      "The name itself where absent, or one below it.", example: "sales.acme.test")
  }
}

extension DomainObservation: View, Shaped {
  package static let shape = Shape<DomainObservation>(
    "DomainObservation", "What was seen when the proof of a claim was looked up."
  ) {
    Member("at", \.at, .timestamp)
    Member("resolver", \.observation.resolver, .string, example: "192.0.2.53")
    Member("outcome", \.observation.outcome, .choice())
    Member("is_proof", \.observation.isProof, .bool)
    Member(
      "records", \.observation.records,
      .list(.string, max: DomainClaim.Observation.recordsMax),
      "The TXT records that were seen, as far as they are kept.",
      example: [DomainChallenge.valueExample])
  }
}

extension Shapes {
  static let domainClaims: [Component] = [
    DomainClaimView.shape.component, DomainChallenge.record.component,
    DomainChallenge.file.component, DomainClaimBody.shape.component,
    AttestationBody.shape.component, AffiliationBody.shape.component, CodeSentView.shape.component,
    DomainReviewBody.shape.component, DomainGrantView.shape.component,
    DomainGrantBody.shape.component, DomainObservation.shape.component,
  ]
}
