import Foundation
import HTTP
import JSON
package import Postgres
package import Tenure
package import TenureAPI
import Vault

/// The Idempotency-Key of a request.
///
/// The reply is stored in the transaction of the effect, and returned again when the request is
/// repeated within a day.
package struct Idempotency: Sendable {
  package static let keyBytesMax = 255
  package static let keptSeconds: Int64 = 86_400

  private let call: Call
  private let access: Access
  private let principal: UUID
  private let digest: [UInt8]
  private let fingerprint: [UInt8]
  private let tenantKey: TenantKey?

  /// Reads the header if the endpoint takes one.
  ///
  /// A dry run stores nothing.
  package init(_ call: Call, _ access: Access) async throws {
    self.call = call
    self.access = access
    principal = Self.principal(access.caller)
    guard let key = try Self.key(call), !call.isDryRun else {
      (digest, fingerprint, tenantKey) = ([], [], nil)
      return
    }
    let digests = call.worker.sealer.digests
    digest = try digests.sha256(Array(key.utf8))
    let request = call.request
    let head = "\(request.method.rawValue)\0\(request.path)\0\(request.query)\0"
    fingerprint = try digests.sha256(Array(head.utf8) + request.body)
    tenantKey = try await call.worker.tenantKey(access)
  }

  /// Who the key belongs to: two callers never share one.
  private static func principal(_ caller: Caller) -> UUID {
    if let key = caller.key { return key.uuid }
    if let link = caller.link { return link.uuid }
    if case .person(let account) = caller.plane { return account.uuid }
    return .zero
  }

  /// The header's value, checked; nil where it is missing and not required.
  package static func key(_ call: Call) throws(Problem) -> String? {
    let values = call.request.values("idempotency-key")
    guard let key = values.first else {
      if call.endpoint.needsIdempotencyKey {
        throw Problem(.idempotencyKeyMissing)
      }
      return nil
    }
    guard values.count == 1, (1...keyBytesMax).contains(key.utf8.count),
      key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw Problem(.idempotencyKeyMalformed) }
    return key
  }

  // MARK: Keeping

  /// The statements that store a reply; the unique key makes sure that the effect happens once.
  ///
  /// `subjects` are the people whom the reply says something of: when one is erased, the reply is
  /// emptied.
  package func keep(_ reply: Reply, of subjects: Set<AccountID>) throws -> [SQL] {
    guard let tenantKey else { return [] }
    let several = subjects.count > 1 ? Array(subjects) : nil
    let sealed = try call.worker.sealer.seal(
      Self.encode(reply), under: tenantKey, at: place)
    return [
      """
      INSERT INTO tenure.idempotency_keys
        (tenant_id, principal_id, key_digest, fingerprint, status, response, created_at,
          subject_id, subject_ids)
      VALUES (\(access.tenant), \(principal), \(Bytes(digest)), \(Bytes(fingerprint)),
        \(reply.status), \(Bytes(sealed)), \(call.now),
        \(nullable: several == nil ? subjects.first : nil), \(nullable: several))
      """
    ]
  }

  /// Empties the stored replies about these people, who are gone.
  ///
  /// That the requests were carried out stays recorded.
  package static func forget(_ accounts: [AccountID], _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure.idempotency_keys AS kept SET response = ''
      FROM unnest(\(accounts)) AS gone (id)
      WHERE kept.tenant_id = \(access.tenant) AND kept.subject_id = gone.id
      """,
      """
      UPDATE tenure.idempotency_keys SET response = ''
      WHERE tenant_id = \(access.tenant) AND subject_ids IS NOT NULL
        AND subject_ids && \(accounts)
      """,
    ]
  }

  /// The stored reply of an earlier request with this key; nil where there is none.
  package func replay(_ transaction: Transaction) async throws -> Reply? {
    if tenantKey == nil { return nil }
    guard let row = try await transaction.run(select).first else { return nil }
    return try reply(row)
  }

  /// Runs a change; if another request with the same key commits first, returns the reply of that
  /// one.
  package func guarding(_ body: () async throws -> Reply) async throws -> Reply {
    do {
      return try await body()
    } catch let error as PostgresError
      where error.constraint == "idempotency_keys_are_used_once"
    {
      guard let row = try await call.worker.database.find(access, select).first else {
        throw Problem(.idempotencyInFlight)
      }
      return try reply(row)
    } catch let error as PostgresError
      where error.waited(forIndex: "idempotency_keys_are_used_once")
    {
      var problem = Problem(.idempotencyInFlight)
      problem.headers = [("Retry-After", "1")]
      throw problem
    }
  }

  private var select: SQL {
    """
    SELECT fingerprint, status, response FROM tenure.idempotency_keys
    WHERE tenant_id = \(access.tenant) AND principal_id = \(principal)
      AND key_digest = \(Bytes(digest))
    """
  }

  private func reply(_ row: Row) throws -> Reply {
    guard let tenantKey, try row.bytes(0) == fingerprint else {
      throw Problem(.idempotencyKeyReused)
    }
    let sealed = try row.bytes(2)
    // The reply was emptied when the person it was about was erased.
    if sealed.isEmpty { throw Problem(.notFound) }
    let opened = try call.worker.sealer.open(
      sealed, under: tenantKey, at: place)
    var reply = try Self.decode(opened, status: try row.int(1))
    reply.headers.append(("Idempotency-Replayed", "true"))
    return reply
  }

  private var place: FieldPlace {
    FieldPlace(
      table: "idempotency_keys", column: "response", tenant: access.tenant.uuid, row: principal,
      subject: UUID(uuid: digest.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }))
  }

  // MARK: The stored form: version, Location, body

  // By hand: a line with what the body lacks, and then the body's own bytes, which may be no JSON.

  private static func encode(_ reply: Reply) -> [UInt8] {
    var writer = JSONWriter()
    writer.array { writer in
      if let version = reply.version { writer.int(version) } else { writer.null() }
      writer.string(reply.location)
    }
    return writer.bytes + [0x0A] + reply.body
  }

  private static func decode(_ bytes: [UInt8], status: Int) throws -> Reply {
    guard let newline = bytes.firstIndex(of: 0x0A) else { throw VaultError.refused }
    guard let head = try JSONValue(stored: Array(bytes[..<newline])).array, head.count == 2,
      head[0] == .null || head[0].int != nil, head[1] == .null || head[1].string != nil
    else { throw PostgresError(kind: .decoding, message: "a kept answer has no head") }
    var reply = Reply(status: status, body: Array(bytes[(newline + 1)...]))
    reply.version = head[0].int
    reply.location = head[1].string
    return reply
  }
}
