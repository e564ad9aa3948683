import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureAssembly
import TenureKernel
import TenureSchema
import TenureServer
import TenureTesting
import Testing
import Vault

@Suite struct AuditTreeTests {
  private let digests: Digests
  private let merkle: MerkleTree

  init() throws {
    digests = try Digests()
    merkle = MerkleTree(digests: digests)
  }

  private func bytes(_ text: String?) -> [UInt8] {
    Data(base64Encoded: text ?? "").map { Array($0) } ?? []
  }

  /// A checkpoint, once the log has as many entries: it shows what no open transaction of the whole
  /// cluster can still come before.
  private func checkpoint(
    _ server: TestServer, _ key: String, atLeast count: Int
  ) async throws -> JSONValue {
    var answer = JSONValue.null
    try await eventually {
      answer = try await server.send("POST", "/v1/audit_checkpoints", key: key).json
      return answer["size"]?.int ?? 0 >= count
    }
    return answer
  }

  @Test func `a log is signed, its entries are proven, and it only grows`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    for number in 0..<5 {
      _ = try await server.send(
        "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"a\#(number).test"}"#)
    }
    let first = try await checkpoint(server, acme.key, atLeast: 6)
    let verifier = try #require(
      SignedNote.Verifier(parsing: first["verifier_key"]?.string ?? "", digests: digests))
    let note = first["note"]?.string ?? ""
    let text = try #require(try SignedNote.open(note, by: verifier, digests: digests))
    let signed = try #require(AuditCheckpoint(parsing: text))
    #expect(signed.size == first["size"]?.int && signed.root == first["root"]?.string)
    #expect(signed.tenant.description == acme.id)

    // Every entry is in it, by a proof that fits no other.
    let entries = try await server.get("/v1/audit_entries", key: acme.key).json["data"]?.array ?? []
    for entry in entries.prefix(signed.size) {
      let id = entry["id"]?.string ?? ""
      let proof = try await server.get(
        "/v1/audit_entries/\(id)/proof?size=\(signed.size)", key: acme.key)
      #expect(proof.status == 200, "\(proof.text)")
      let index = try #require(proof.json["leaf_index"]?.int)
      let leaf = try merkle.leaf(canonical(entry, acme.id))
      let hashes = (proof.json["hashes"]?.array ?? []).map { bytes($0.string) }
      func isIn(_ index: Int) throws -> Bool {
        try merkle.isIncluded(
          leaf, at: index, size: signed.size, proof: hashes, root: bytes(signed.root))
      }
      #expect(try isIn(index))
      #expect(try !isIn((index + 1) % signed.size))
    }

    _ = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"b.test"}"#)
    let second = try await checkpoint(server, acme.key, atLeast: signed.size + 1)
    let path = "/v1/audit_checkpoints:consistency?from=\(signed.size)"
    let proof = try await server.get(
      "\(path)&size=\(second["size"]?.int ?? 0)", key: acme.key)
    #expect(
      try merkle.isConsistent(
        signed.size, bytes(signed.root), with: second["size"]?.int ?? 0,
        bytes(second["root"]?.string),
        proof: (proof.json["hashes"]?.array ?? []).map { bytes($0.string) }), "\(proof.text)")
    let list = try await server.get("/v1/audit_checkpoints", key: acme.key)
    #expect(list.json["data"]?.array?.last?["root"]?.string == second["root"]?.string)
    // Nobody else sees any of it.
    let rival = try await server.makeTenant("Rival")
    let id = entries.first?["id"]?.string ?? ""
    #expect(try await server.get("/v1/audit_entries/\(id)/proof", key: rival.key).status == 404)
    try await server.stop()
  }

  private func canonical(_ entry: JSONValue, _ tenant: String) throws -> [UInt8] {
    AuditEntry(
      id: try AuditEntryID(parsing: entry["id"]?.string ?? ""),
      tenant: try TenantID(parsing: tenant),
      at: try #require(Timestamp(parsing: entry["at"]?.string ?? "")),
      actor: entry["actor"]?.string ?? "", action: entry["action"]?.string ?? "",
      object: entry["object"]?.string ?? "",
      subject: try entry["subject_id"]?.string.map { try AccountID(parsing: $0) },
      requestID: entry["request_id"]?.string ?? ""
    ).canonical(detailsDigest: [])
  }

  /// A transaction that is open while others commit: what it writes is sealed after it ends, and
  /// nothing that could come after it is sealed before.
  @Test func `no entry that commits late escapes the tree`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let size = try await checkpoint(server, acme.key, atLeast: 1)["size"]?.int ?? 0
    let tenant = try TenantID(parsing: acme.id).uuid
    let slow = try server.database.administrator()
    try slow.run("BEGIN")
    try slow.run(
      """
      INSERT INTO tenure.audit_entries (tenant_id, entry_id, at, actor, action, object, request_id)
      VALUES ('\(tenant)', gen_random_uuid(), now(), 'x', 'late', 'x', '')
      """)
    _ = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"b.test"}"#)
    let between = try await server.send("POST", "/v1/audit_checkpoints", key: acme.key)
    #expect(between.json["size"]?.int == size, "\(between.text)")
    try slow.run("COMMIT")
    _ = try await checkpoint(server, acme.key, atLeast: size + 2)
    let admin = try server.database.administrator()
    let missing = """
      SELECT count(*) FROM tenure.audit_entries e WHERE tenant_id = '\(tenant)'
        AND action IN ('late', 'domain_claim.created') AND NOT EXISTS (
          SELECT FROM tenure.audit_batches b WHERE b.tenant_id = e.tenant_id
            AND (b.transaction_number, b.entry_id) >= (e.transaction_number, e.entry_id))
      """
    #expect(try admin.run(missing) == ["0"])
    try await server.stop()
  }

  @Test func `entries are leaves in the order of commits, as numbers and not as text`() async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let tenant = try TenantID(parsing: acme.id).uuid
    let admin = try server.database.administrator()
    for xid in [10, 9, 100] {
      try admin.run(
        """
        INSERT INTO tenure.audit_entries
          (tenant_id, entry_id, transaction_number, at, actor, action, object, request_id)
        VALUES ('\(tenant)', gen_random_uuid(), '\(xid)', now(), 'x', 'xid-\(xid)', 'x', '')
        """)
    }
    _ = try await checkpoint(server, acme.key, atLeast: 3)
    let export = try await server.get("/v1/audit_export", key: acme.key)
    let order = export.text.split(separator: "\n").compactMap {
      try? JSONValue(parsing: Array($0.utf8))["action"]?.string
    }
    #expect(order.filter { $0.hasPrefix("xid-") } == ["xid-9", "xid-10", "xid-100"])
    try await server.stop()
  }

  /// As after a dump that was loaded by hand into a younger cluster.
  @Test func `a log that is ahead of the cluster's transactions is not sealed in silence`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    _ = try await checkpoint(server, acme.key, atLeast: 1)
    let admin = try server.database.administrator()
    func letTransactionsBegin(at number: Int) throws {
      try admin.run(
        """
        CREATE OR REPLACE FUNCTION tenure.first_open_transaction() RETURNS bigint
        LANGUAGE sql STABLE AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          + \(number)'
        """)
    }
    try letTransactionsBegin(at: -4_000_000_000)
    #expect(try await server.send("POST", "/v1/audit_checkpoints", key: acme.key).status == 500)
    try letTransactionsBegin(at: 0)
    #expect(try await server.send("POST", "/v1/audit_checkpoints", key: acme.key).status == 200)
    try await server.stop()
  }

  @Test func `the background signs what grew, and pushes it`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let worker = server.service.firstWorker
    let rounds = AuditSealer.rounds(every: 1, worker: worker)
    // What other tests have open in the cluster keeps entries from being sealed, and a log that
    // showed nothing new is looked at again after a second of the held clock.
    func seal() async throws {
      server.clock.advance(seconds: 1)
      try await worker.loop.run { try await rounds.run() }
      try await Task.sleep(for: .milliseconds(600))
    }
    func isPushed() async throws -> Bool {
      let events = try await server.get("/v1/events?type=audit.checkpoint", key: acme.key)
      return events.json["data"]?.array?.first?["data"]?["checkpoint"]?.string != nil
    }
    for _ in 0..<50 where try await !isPushed() { try await seal() }
    #expect(try await isPushed())
    // Not again before a minute has gone by, though the log grows.
    let admin = try server.database.administrator()
    let tenant = try TenantID(parsing: acme.id).uuid
    let sealed = """
      SELECT coalesce(sum(length(hashes)), 0) FROM tenure.audit_batches
      WHERE tenant_id = '\(tenant)'
      """
    let before = try admin.run(sealed)
    let change = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"acme.test"}"#)
    #expect(change.status == 201, "\(change.text)")
    for _ in 0..<25 where try admin.run(sealed) == before { try await seal() }
    #expect(try admin.run(sealed) != before)
    let count = "SELECT count(*) FROM tenure.audit_checkpoints WHERE tenant_id = '\(tenant)'"
    #expect(try admin.run(count) == ["1"])
    try await server.stop()
  }

  @Test func `the tree is inserted and read, never changed`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    _ = try await checkpoint(server, acme.key, atLeast: 1)
    let admin = try server.database.administrator()
    let tenant = try TenantID(parsing: acme.id).uuid
    for statement in [
      "UPDATE tenure.audit_batches SET first_index = 9", "DELETE FROM tenure.audit_nodes",
      "UPDATE tenure.audit_nodes SET hash = 'x'", "DELETE FROM tenure.audit_checkpoints",
      "UPDATE tenure.audit_checkpoints SET note = 'x'", "DELETE FROM tenure.audit_batches",
      """
      INSERT INTO tenure.audit_entries
        (tenant_id, entry_id, transaction_number, at, actor, action, object, request_id)
      VALUES ('\(tenant)', gen_random_uuid(), 3, now(), 'x', 'x', 'x', '')
      """,
    ] {
      try admin.run("SET ROLE tenure_app")
      try admin.run("SELECT set_config('tenure.tenant', '\(tenant)', false)")
      #expect(try admin.refusal(of: statement) == "42501", "\(statement)")
      try admin.run("RESET ROLE")
    }
    // Nor does an entry go or change, not even for whoever is bound by nothing else.
    for statement in [
      "UPDATE tenure.audit_entries SET action = 'x'",
      "UPDATE tenure.audit_entries SET transaction_number = 3",
      "UPDATE tenure.audit_entries SET details = 'x'",
      "UPDATE tenure.audit_entries SET details_digest = 'x'",
      "UPDATE tenure.audit_entries SET details = NULL, actor = 'x'",
      "DELETE FROM tenure.audit_entries", "TRUNCATE tenure.audit_entries CASCADE",
    ] {
      let rule =
        statement.hasPrefix("UPDATE") ? "audit_entries_do_not_change" : "audit_entries_stay"
      #expect(try admin.refusal(of: statement) == "23514 \(rule)", "\(statement)")
    }
    try await server.stop()
  }

  /// Not even for whoever is bound by nothing else: a batch is of the entries that follow the last
  /// one, all of them.
  @Test func `no batch leaves an entry out, or comes twice`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let size = try await checkpoint(server, acme.key, atLeast: 1)["size"]?.int ?? 0
    let tenant = try TenantID(parsing: acme.id).uuid
    let admin = try server.database.administrator()
    for _ in 0..<3 {
      try admin.run(
        """
        INSERT INTO tenure.audit_entries
          (tenant_id, entry_id, at, actor, action, object, request_id)
        VALUES ('\(tenant)', gen_random_uuid(), now(), 'x', 'more', 'x', '')
        """)
    }
    let last =
      "SELECT transaction_number, entry_id FROM tenure.audit_entries WHERE tenant_id = "
      + "'\(tenant)' ORDER BY 1 DESC, 2 DESC LIMIT 1"
    func insert(at index: Int, leaves: Int, upTo place: String) -> String {
      """
      INSERT INTO tenure.audit_batches
        (tenant_id, first_index, transaction_number, entry_id, hashes)
      SELECT '\(tenant)', \(index), last.*, decode(repeat('00', 32 * \(leaves)), 'hex')
      FROM (\(place)) AS last
      """
    }
    // What other tests have open in the cluster keeps entries from being sealed.
    try await eventually {
      try admin.run(
        "SELECT tenure.first_open_transaction() > (SELECT max(transaction_number) "
          + "FROM tenure.audit_entries)") == ["t"]
    }
    let first =
      "SELECT transaction_number, entry_id FROM tenure.audit_batches WHERE tenant_id = "
      + "'\(tenant)' ORDER BY first_index LIMIT 1"
    for (index, leaves, place) in [
      (size, 2, last), (size, 4, last), (size + 1, 3, last), (size - 1, 3, last), (0, 3, last),
      (size, size, first), (size, 3, "SELECT 9, gen_random_uuid()"),
      (size, 3, "SELECT tenure.transaction_number(), gen_random_uuid()"),
    ] {
      #expect(
        try admin.refusal(of: insert(at: index, leaves: leaves, upTo: place))
          == "23514 audit_batches_are_of_entries",
        "\(index) \(leaves) \(place)")
    }
    try admin.run(insert(at: size, leaves: 3, upTo: last))
    try await server.stop()
  }
}
