package import Foundation
package import JSON
package import Tenure

/// A claim as its tenant sees it, with the record to publish.
package struct DomainClaimView: View {
  package let claim: DomainClaim
  package let challenge: DomainChallenge
  /// Why a proven claim does not hold its name yet; nil where nothing stands in the way.
  package var blocker: ProblemCode?

  package init(_ claim: DomainClaim, challenge: DomainChallenge, blocker: ProblemCode? = nil) {
    self.claim = claim
    self.challenge = challenge
    self.blocker = blocker
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(claim.id)
      writer.key("tenant_id")
      writer.identifier(claim.tenant)
      writer.key("domain")
      writer.string(claim.domain.text)
      writer.key("scope")
      writer.string(claim.scope.rawValue)
      writer.key("state")
      writer.string(claim.state.rawValue)
      writer.key("method")
      writer.string(claim.method.rawValue)
      writer.key("record")
      writer.object { writer in
        writer.key("type")
        writer.string("TXT")
        writer.key("name")
        writer.string(challenge.name)
        writer.key("value")
        writer.string(challenge.value)
      }
      writer.key("file")
      writer.object { writer in
        writer.key("url")
        writer.string("https://\(claim.domain)\(challenge.filePath)")
        writer.key("content")
        writer.string(challenge.fileContent)
      }
      writer.key("token_expires_at")
      writer.timestamp(claim.tokenExpiresAt)
      writer.key("state_since")
      writer.timestamp(claim.stateSince)
      writer.key("verified_at")
      writer.timestamp(claim.verifiedAt)
      writer.key("checked_at")
      writer.timestamp(claim.checkedAt)
      writer.key("finding")
      writer.string(claim.finding)
      writer.key("deadline")
      writer.timestamp(claim.deadline)
      writer.key("review_on")
      writer.timestamp(claim.reviewOn)
      writer.key("affiliation")
      writer.string(claim.affiliation?.rawValue)
      writer.key("affiliated_at")
      writer.timestamp(claim.affiliatedAt)
      writer.key("review")
      writer.string(claim.review?.rawValue)
      writer.key("blocker")
      writer.string(blocker?.rawValue)
      writer.key("created_at")
      writer.timestamp(claim.createdAt)
      writer.key("updated_at")
      writer.timestamp(claim.updatedAt)
    }
  }
}

/// The body that claims a domain.
package struct DomainClaimBody: Body {
  package let domain: String
  package let scope: DomainClaim.Scope

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (domain, scope): (String?, DomainClaim.Scope?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "domain": domain = try reader.text(max: 1_000)
      case "scope": scope = try reader.choice(DomainClaim.Scope.self)
      default: throw reader.unknownMember()
      }
    }
    guard let domain else { throw reader.missing("domain") }
    (self.domain, self.scope) = (domain, scope ?? .exact)
  }
}

/// The body with which the operator vouches for a claim.
package struct AttestationBody: Body {
  package let reason: String
  package let reviewOn: Timestamp

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (reason, reviewOn): (String?, Timestamp?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "reason": reason = try reader.text(max: 500)
      case "review_on": reviewOn = try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    guard let reason else { throw reader.missing("reason") }
    guard let reviewOn else { throw reader.missing("review_on") }
    (self.reason, self.reviewOn) = (reason, reviewOn)
  }
}

/// The body that shows a claim by a file or by a code to a mailbox; a mailbox without its code asks
/// for one.
package struct AffiliationBody: Body {
  package let method: DomainClaim.Affiliation
  package let mailbox: DomainClaim.Mailbox?
  package let code: String?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var method: DomainClaim.Affiliation?
    var (mailbox, code): (DomainClaim.Mailbox?, String?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "method": method = try reader.choice(DomainClaim.Affiliation.self)
      case "mailbox": mailbox = try reader.choice(DomainClaim.Mailbox.self)
      case "code": code = try reader.text(max: 20)
      default: throw reader.unknownMember()
      }
    }
    guard let method else { throw reader.missing("method") }
    if method == .mailbox, mailbox == nil { throw reader.missing("mailbox") }
    if method == .file, mailbox != nil || code != nil {
      throw reader.error(.value, "mailbox and code belong to the method 'mailbox'")
    }
    (self.method, self.mailbox, self.code) = (method, mailbox, code)
  }
}

/// A code was sent to an address or mailbox that is to be proven.
package struct CodeSentView: View {
  package let expiresAt: Timestamp

  package init(expiresAt: Timestamp) { self.expiresAt = expiresAt }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("code_sent")
      writer.bool(true)
      writer.key("expires_at")
      writer.timestamp(expiresAt)
    }
  }
}

/// The body with which the operator allows a name that mixes scripts or looks like another.
package struct DomainReviewBody: Body {
  package let reason: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var reason: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "reason": reason = try reader.text(max: 500)
      default: throw reader.unknownMember()
      }
    }
    guard let reason else { throw reader.missing("reason") }
    self.reason = reason
  }
}

/// What the holder of a name lets another tenant have, as one of the two sees it.
package struct DomainGrantView: View {
  package let grant: DomainGrant
  /// Whose list it stands in.
  package let reader: TenantID

  package init(grant: DomainGrant, reader: TenantID) {
    self.grant = grant
    self.reader = reader
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(grant.id)
      writer.key("direction")
      writer.string(grant.tenant == reader ? "given" : "received")
      writer.key("tenant_id")
      writer.identifier(grant.tenant)
      writer.key("domain_claim_id")
      writer.identifier(grant.claim)
      writer.key("domain")
      writer.string(grant.domain.text)
      writer.key("grantee_id")
      writer.identifier(grant.grantee)
      writer.key("state")
      writer.string(grant.state.rawValue)
      writer.key("created_at")
      writer.timestamp(grant.createdAt)
      writer.key("expires_at")
      writer.timestamp(grant.expiresAt)
      writer.key("ended_at")
      writer.timestamp(grant.endedAt)
    }
  }
}

/// The body that lets another tenant have the name, or one below it.
package struct DomainGrantBody: Body {
  package let tenant: TenantID
  package let domain: String?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (tenant, domain): (TenantID?, String?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "tenant_id": tenant = try reader.identifier(TenantID.self)
      case "domain": domain = try reader.text(max: 1_000)
      default: throw reader.unknownMember()
      }
    }
    guard let tenant else { throw reader.missing("tenant_id") }
    (self.tenant, self.domain) = (tenant, domain)
  }
}

/// What one resolver said: the evidence in a dispute.
package struct DomainObservationView: View {
  package let id: UUID
  package let at: Timestamp
  package let observation: DomainClaim.Observation

  package init(id: UUID, at: Timestamp, observation: DomainClaim.Observation) {
    self.id = id
    self.at = at
    self.observation = observation
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("at")
      writer.timestamp(at)
      writer.key("resolver")
      writer.string(observation.resolver)
      writer.key("outcome")
      writer.string(observation.outcome.rawValue)
      writer.key("is_proof")
      writer.bool(observation.isProof)
      writer.key("records")
      writer.array { writer in for record in observation.records { writer.string(record) } }
    }
  }
}
