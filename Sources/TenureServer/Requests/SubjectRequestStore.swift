import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.requests`.
enum SubjectRequestStore {
  private static let columns: StaticString = """
    request_id, account_id, type, purposes, jurisdiction, received_at, requested_by, state, due_at,
    paused_for, paused_at, extended_at, ended_at, lifted_at, erasure_id, updated_at, version, details
    """

  /// A row as read, what was said still sealed.
  struct Stored: Sendable {
    var request: SubjectRequest
    let details: [UInt8]
  }

  static func insert(_ request: SubjectRequest, details: [UInt8], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.requests (tenant_id, request_id, account_id, type, state, details, purposes,
      jurisdiction, received_at, due_at, requested_by, updated_at, version)
    VALUES (\(access.tenant), \(request.id), \(request.account), \(request.kind.rawValue),
      \(request.state.rawValue), \(Bytes(details)), \(request.purposes),
      \(request.rule.jurisdiction), \(request.receivedAt), \(request.dueAt),
      \(request.requestedBy), \(request.updatedAt), 1)
    """
  }

  static func find(_ id: SubjectRequestID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.requests
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  static func find(_ ids: [SubjectRequestID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.requests
    WHERE tenant_id = \(access.tenant) AND request_id = ANY (\(ids))
    """
  }

  /// Some of the requests after one, narrowed to whose they are, or to where they stand.
  static func page(
    after: UUID?, limit: Int, account: AccountID?, state: SubjectRequest.State?, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.requests
    WHERE tenant_id = \(access.tenant) AND request_id > \(after ?? .zero)
      AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
      AND (\(nullable: state?.rawValue)::text IS NULL OR state = \(nullable: state?.rawValue))
    ORDER BY request_id
    LIMIT \(limit)
    """
  }

  /// Saves a request whose row is locked, and answers it.
  static func save(_ request: SubjectRequest, details: [UInt8], _ access: Access) -> SQL {
    """
    UPDATE tenure.requests
    SET state = \(request.state.rawValue), details = \(Bytes(details)), due_at = \(request.dueAt),
      paused_for = \(Int(request.pausedFor)), paused_at = \(nullable: request.pausedAt),
      extended_at = \(nullable: request.extendedAt), ended_at = \(nullable: request.endedAt),
      lifted_at = \(nullable: request.liftedAt), erasure_id = \(nullable: request.erasure),
      updated_at = \(request.updatedAt), version = version + 1
    WHERE tenant_id = \(access.tenant) AND request_id = \(request.id)
    """
  }

  /// Those of the accounts with a request that nobody has answered; an erasure that was granted
  /// stands in nobody's way.
  static func open(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT wanted.id FROM unnest(\(accounts)) AS wanted (id)
    WHERE EXISTS (
      SELECT FROM tenure.requests
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id
        AND (state IN ('received', 'paused') OR (state = 'granted' AND type <> 'erasure')))
    """
  }

  /// Those of the accounts whose erasure was granted and waits for what keeps the data.
  static func erasureGranted(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT wanted.id FROM unnest(\(accounts)) AS wanted (id)
    WHERE EXISTS (
      SELECT FROM tenure.requests
      WHERE tenant_id = \(access.tenant) AND account_id = wanted.id AND type = 'erasure'
        AND state = 'granted')
    """
  }

  /// The erasures that were granted for these accounts, locked.
  static func lockErasures(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.requests
    WHERE tenant_id = \(access.tenant) AND account_id = ANY (\(accounts)) AND type = 'erasure'
      AND state = 'granted'
    ORDER BY request_id
    FOR UPDATE
    """
  }

  /// The requests about an account that are not ended, locked.
  static func lockOpen(of account: AccountID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.requests
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
      AND state IN ('received', 'paused', 'granted')
    ORDER BY request_id
    FOR UPDATE
    """
  }

  /// Those of the accounts, whoever has them, with a request that is open.
  static func openAnywhere(_ accounts: [AccountID]) -> SQL {
    "SELECT tenure_global.with_open_request(\(accounts))"
  }

  // MARK: Whose request it is

  static func tenant(
    of id: SubjectRequestID, _ database: Database
  ) async throws -> (tenant: TenantID, account: AccountID)? {
    let rows = try await database.run([
      "SELECT tenant_id, account_id FROM tenure_global.request_tenant(\(id))"
    ])
    return try rows[0].first.map {
      (try $0.identifier(0, TenantID.self), try $0.identifier(1, AccountID.self))
    }
  }

  static func requests(
    of account: AccountID, after: UUID?, limit: Int, _ database: Database
  ) async throws -> [(id: SubjectRequestID, tenant: TenantID)] {
    let rows = try await database.run([
      """
      SELECT request_id, tenant_id
      FROM tenure_global.requests_of(\(account), \(after ?? .zero), \(limit))
      """
    ])
    return try rows[0].map {
      (try $0.identifier(0, SubjectRequestID.self), try $0.identifier(1, TenantID.self))
    }
  }

  static func stored(_ row: Row, _ access: Access) throws -> Stored {
    let request = SubjectRequest(
      id: try row.identifier(0, SubjectRequestID.self), controllerAtReceipt: access.tenant,
      account: try row.identifier(1, AccountID.self),
      kind: try row.choice(2),
      purposes: try row.strings(3),
      rule: try rule(row),
      receivedAt: try row.time(5), requestedBy: try row.string(6),
      state: try row.choice(7),
      dueAt: try row.time(8), pausedFor: Int64(try row.int(9)),
      pausedAt: try row.optionalTime(10), extendedAt: try row.optionalTime(11),
      endedAt: try row.optionalTime(12), liftedAt: try row.optionalTime(13),
      erasure: try row.optionalUUID(14).map { ErasureID(uuid: $0) },
      updatedAt: try row.time(15), version: try row.int(16))
    return Stored(request: request, details: try row.bytes(17))
  }

  private static func rule(_ row: Row) throws -> CountingRule {
    let jurisdiction = try row.string(4)
    guard let rule = CountingRule.of(jurisdiction) else {
      throw PostgresError(kind: .decoding, message: "no rule counts for '\(jurisdiction)'")
    }
    return rule
  }
}

/// SQL of `tenure.objections`.
enum ObjectionStore {
  static func insert(_ request: SubjectRequest, at: Timestamp, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.objections (tenant_id, account_id, purpose, request_id, since)
    SELECT \(access.tenant), \(request.account), purpose, \(request.id), \(at)
    FROM unnest(\(request.purposes)) AS purpose
    ON CONFLICT (tenant_id, account_id, purpose) DO NOTHING
    """
  }

  static func delete(of id: SubjectRequestID, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.objections
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  static func deleteAll(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.objections
    WHERE tenant_id = \(access.tenant) AND account_id = ANY (\(accounts))
    """
  }

  /// What each of these people objects to.
  static func list(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT objection.account_id, objection.purpose FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.objections AS objection
      ON objection.tenant_id = \(access.tenant) AND objection.account_id = wanted.id
    """
  }

  /// What somebody objects to.
  static func list(_ account: AccountID, _ access: Access) -> SQL {
    """
    SELECT purpose FROM tenure.objections
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
    ORDER BY purpose
    """
  }
}
