import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// SQL of `tenure.domain_claims` and of the directory of domains.
enum DomainClaimStore {
  private static let columns: StaticString = """
    claim_id, domain, scope, method, state, state_since, token_number, token_expires_at,
    verified_at, checked_at, checks, frozen_at, rival_tenant_id, rival_claim_id, review_on,
    created_at, updated_at, version, affiliation, affiliated_at, review, finding
    """

  static func insert(_ claim: DomainClaim, listVersion: String, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.domain_claims (tenant_id, claim_id, domain, scope, method, state,
      state_since, token_number, token_expires_at, checks, deadline, review, list_version,
      created_at, updated_at, version)
    VALUES (\(access.tenant), \(claim.id), \(claim.domain.text), \(claim.scope.rawValue),
      \(claim.method.rawValue), \(claim.state.rawValue), \(claim.stateSince),
      \(claim.tokenNumber), \(claim.tokenExpiresAt), 0, \(nullable: claim.deadline),
      \(nullable: claim.review?.rawValue), \(listVersion), \(claim.createdAt),
      \(claim.updatedAt), 1)
    """
  }

  static func find(_ id: DomainClaimID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.domain_claims
    WHERE tenant_id = \(access.tenant) AND claim_id = \(id)
    """
  }

  /// One claim, locked until the transaction ends.
  static func lock(_ id: DomainClaimID, _ access: Access) -> SQL { find(id, access).forUpdate }

  /// When the tenant, or one under common ownership with it, first claimed any domain; NULL where
  /// none has.
  static func firstClaimed(_ access: Access) -> SQL {
    "SELECT tenure.first_claimed(\(access.tenant))"
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [DomainClaim] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.domain_claims
      WHERE tenant_id = \(access.tenant) AND claim_id > \(after ?? .zero)
      ORDER BY claim_id
      LIMIT \(limit)
      """
    ).map { try claim($0, access) }
  }

  /// Saves a claim, whose row must be locked, as its next version.
  static func save(_ claim: inout DomainClaim, at: Timestamp, _ access: Access) -> SQL {
    claim.saved(at: at)
    return """
      UPDATE tenure.domain_claims
      SET method = \(claim.method.rawValue), state = \(claim.state.rawValue),
        state_since = \(claim.stateSince), token_number = \(claim.tokenNumber),
        token_expires_at = \(claim.tokenExpiresAt), verified_at = \(nullable: claim.verifiedAt),
        checked_at = \(nullable: claim.checkedAt), checks = \(claim.checks),
        finding = \(nullable: claim.finding),
        deadline = \(nullable: claim.deadline), frozen_at = \(nullable: claim.frozenAt),
        review = \(nullable: claim.review?.rawValue), rival_tenant_id = \(nullable: claim.rival?.tenant),
        rival_claim_id = \(nullable: claim.rival?.claim), review_on = \(nullable: claim.reviewOn),
        affiliation = \(nullable: claim.affiliation?.rawValue),
        affiliated_at = \(nullable: claim.affiliatedAt), updated_at = \(claim.updatedAt),
        version = version + 1
      WHERE tenant_id = \(access.tenant) AND claim_id = \(claim.id)
      """
  }

  /// Stores, sealed, why the operator vouched for a claim.
  static func keep(attestation: [UInt8], _ id: DomainClaimID, _ access: Access) -> SQL {
    """
    UPDATE tenure.domain_claims SET attestation = \(Bytes(attestation))
    WHERE tenant_id = \(access.tenant) AND claim_id = \(id)
    """
  }

  static func claim(_ row: Row, _ access: Access) throws -> DomainClaim {
    let rival = try row.optionalUUID(12).map { tenant in
      DomainClaim.Rival(
        tenant: TenantID(uuid: tenant), claim: try row.identifier(13, DomainClaimID.self))
    }
    return DomainClaim(
      id: try row.identifier(0, DomainClaimID.self), tenant: access.tenant,
      domain: DomainName(stored: try row.string(1)),
      scope: try row.choice(2), method: try row.choice(3), state: try row.choice(4),
      stateSince: try row.time(5), tokenNumber: try row.int(6), tokenExpiresAt: try row.time(7),
      verifiedAt: try row.optionalTime(8), checkedAt: try row.optionalTime(9),
      checks: try row.int(10), finding: try row.optionalString(21), rival: rival,
      frozenAt: try row.optionalTime(11),
      review: try row.optionalChoice(20), reviewOn: try row.optionalTime(14),
      affiliation: try row.optionalChoice(18),
      affiliatedAt: try row.optionalTime(19), createdAt: try row.time(15),
      updatedAt: try row.time(16), version: try row.int(17))
  }

  // MARK: Codes to mailboxes

  /// Stores that a code was mailed to a mailbox; the code itself is derived from that.
  static func keepCode(
    _ id: DomainClaimID, _ mailbox: DomainClaim.Mailbox, until: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.domain_claims
    SET code_mailbox = \(mailbox.rawValue), code_expires_at = \(until)
    WHERE tenant_id = \(access.tenant) AND claim_id = \(id)
    """
  }

  /// The mailbox that a code was mailed to, and until when the code holds; NULL where none was.
  static func code(_ id: DomainClaimID, _ access: Access) -> SQL {
    """
    SELECT code_mailbox, code_expires_at FROM tenure.domain_claims
    WHERE tenant_id = \(access.tenant) AND claim_id = \(id)
    """
  }

  // MARK: Observations

  static func insert(
    _ observations: [DomainClaim.Observation], _ id: DomainClaimID, at: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.domain_observations
      (tenant_id, claim_id, observation_id, at, resolver, outcome, is_proof, records)
    SELECT \(access.tenant), \(id), seen.id, seen.at, seen.resolver, seen.outcome, seen.is_proof,
      ARRAY(SELECT jsonb_array_elements_text(seen.records::jsonb))
    FROM unnest(
      \(observations.map { _ in UUID.v7(at: at) }), \(observations.map { _ in at }),
      \(observations.map(\.resolver)), \(observations.map(\.outcome.rawValue)),
      \(observations.map(\.isProof)),
      \(observations.map { String(decoding: Self.texts.bytes(of: $0.records), as: UTF8.self) }))
      AS seen (id, at, resolver, outcome, is_proof, records)
    """
  }

  /// An observation's records as JSON: PostgreSQL has no arrays of lists of different lengths.
  private static let texts: Codec<[String]> = .list(.string)

  static func observations(
    _ database: Database, _ id: DomainClaimID, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [DomainObservation] {
    try await database.read(
      access,
      """
      SELECT observation_id, at, resolver, outcome, is_proof, array_to_json(records)::text FROM tenure.domain_observations
      WHERE tenant_id = \(access.tenant) AND claim_id = \(id)
        AND observation_id > \(after ?? .zero)
      ORDER BY observation_id
      LIMIT \(limit)
      """
    ).map { row in
      DomainObservation(
        id: try row.uuid(0), at: try row.time(1),
        observation: .init(
          resolver: try row.string(2),
          outcome: try row.choice(3), isProof: try row.bool(4),
          records: try texts.stored(Array(try row.string(5).utf8))))
    }
  }

  // MARK: The holder of a domain

  /// The claim that holds a domain, or a parent domain with its subtree.
  struct Holder: Sendable {
    let domain: String
    let tenant: TenantID
    let claim: DomainClaimID
    let rights: DomainRights
  }

  /// The holder of a domain by longest match among all tenants' domains; no row where nobody holds
  /// it.
  static func holder(of domain: DomainName) -> SQL {
    "SELECT domain, tenant_id, claim_id, rights FROM tenure_global.domain_holder(\(domain.text))"
  }

  /// The holder of each of these domains in the same way: domain, tenant and claim; no row for
  /// those that nobody holds.
  static func holders(of domains: [String]) -> SQL {
    """
    SELECT wanted.name, holder.tenant_id, holder.claim_id
    FROM unnest(\(domains)) AS wanted (name)
    CROSS JOIN LATERAL tenure_global.domain_holder(wanted.name) AS holder
    """
  }

  static func holder(_ row: Row) throws -> Holder {
    Holder(
      domain: try row.string(0), tenant: try row.identifier(1, TenantID.self),
      claim: try row.identifier(2, DomainClaimID.self), rights: try row.choice(3))
  }

  /// Enters the claim as holder of its domain.
  ///
  /// `name` is the domain's hash; the primary key decides between rivals.
  static func hold(_ claim: DomainClaim, name: [UInt8], _ access: Access) -> SQL {
    """
    INSERT INTO tenure_global.domains
      (domain, name_hmac, scope, tenant_id, claim_id, rights, skeleton)
    VALUES (\(claim.domain.text), \(Bytes(name)), \(claim.scope.rawValue), \(access.tenant),
      \(claim.id), \(claim.state.rights.rawValue),
      \(Confusables.skeleton(ofName: claim.domain.text)))
    """
  }

  /// Sets in the directory what rights the claim's state gives on the domain that it holds.
  static func setRights(_ claim: DomainClaim, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.domains SET rights = \(claim.state.rights.rawValue)
    WHERE tenant_id = \(access.tenant) AND domain = \(claim.domain.text)
      AND claim_id = \(claim.id)
    """
  }

  /// Deletes the claim as holder of its domain: the next claim that proves it has it.
  static func letGo(_ claim: DomainClaim, _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.domains
    WHERE tenant_id = \(access.tenant) AND domain = \(claim.domain.text)
      AND claim_id = \(claim.id)
    """
  }

  /// Whether the tenant has another claim on the domain that is not over.
  static func hasLiving(besides claim: DomainClaim, _ access: Access) -> SQL {
    """
    SELECT EXISTS (SELECT FROM tenure.domain_claims
      WHERE tenant_id = \(access.tenant) AND domain = \(claim.domain.text)
        AND claim_id <> \(claim.id)
        AND state IN ('pending', 'verified', 'at_risk', 'grace', 'contested'))
    """
  }

  /// The tenant's lapsed claims on a domain that another claim of its has proven.
  static func lapsed(besides claim: DomainClaim, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.domain_claims
    WHERE tenant_id = \(access.tenant) AND domain = \(claim.domain.text)
      AND claim_id <> \(claim.id) AND state = 'lapsed'
    FOR UPDATE
    """
  }

  /// Whether another tenant holds a domain that looks like this one or like one of its parents.
  static func looksHeld(_ domain: DomainName, by access: Access) -> SQL {
    let names = domain.registrableNames
    let looks = names.map { Confusables.skeleton(ofName: $0) }
    return "SELECT tenure_global.looks_held(\(looks), \(names), \(access.tenant))"
  }

  /// Whether another tenant holds a domain below this one.
  static func isHeldBelow(_ domain: DomainName, _ access: Access) -> SQL {
    "SELECT tenure_global.is_held_below(\(domain.text), \(access.tenant))"
  }

  /// The claim that control of each of these accounts rests on, with its rights: account, claim,
  /// rights.
  ///
  /// The transaction must have the tenant's context. Accounts that nobody controls have no row: no
  /// claim limits what is done to them.
  static func rights(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT account_id, claim_id, rights
    FROM tenure.domain_rights(\(access.tenant), \(accounts))
    """
  }

  /// The rights of each account, from rows of `rights(of:_:)`.
  static func rights(_ rows: Rows) throws -> [AccountID: DomainRights] {
    Dictionary(
      try rows.map { (try $0.identifier(0, AccountID.self), try $0.choice(2)) }
    ) { first, _ in first }
  }
}
