import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

@testable import Vault

/// What was said of a person is gone with them: from every table, and from what any key that is left
/// opens.
@Suite struct CanaryTests {
  /// All that a service's database has to say to somebody who has every key that is left.
  ///
  /// No value is asked where it belongs: without its tag AES-GCM is a stream, and the key is enough.
  private struct Reader {
    let server: TestServer

    /// Where a mark is found: `schema.table.column`, with how it was read.
    func places(of mark: String) async throws -> Set<String> {
      let admin = try server.database.administrator()
      let worker = server.service.firstWorker
      let tenants = try admin.run("SELECT tenant_id::text FROM tenure.tenants")
      let people = try ["accounts", "audit_keys"].flatMap { try wrapped($0, admin) }
      let values = try values(admin)
      return try await worker.loop.run {
        var keys: [KeyMaterial] = []
        var tenantKeys: [String: TenantKey] = [:]
        for text in tenants {
          guard let uuid = UUID(uuidString: text) else { continue }
          let access = SystemCaller(job: "canary").access(to: TenantID(uuid: uuid))
          let key = try await worker.tenantKey(access)
          tenantKeys[text] = key
          for version in key.known { keys.append(try key.of(version).secrets) }
        }
        for person in people {
          guard let tenant = tenantKeys[person.tenant] else { continue }
          keys.append(
            try worker.keyring.unwrapAccountKey(
              person.key, account: person.account, for: person.purpose, under: tenant,
              sealer: worker.sealer))
        }
        var found: Set<String> = []
        let wanted = Data(mark.utf8)
        for (place, value) in values {
          if Data(value).range(of: wanted) != nil { found.insert(place + " (clear)") }
          guard value.count >= Sealer.overheadBytes, value[0] == Sealer.suiteAES256GCM else {
            continue
          }
          for key in keys {
            let plain = try stream(value, key, worker.sealer.cipher)
            if Data(plain).range(of: wanted) != nil { found.insert(place + " (sealed)") }
          }
        }
        return found
      }
    }

    private func stream(
      _ value: [UInt8], _ key: KeyMaterial, _ cipher: Cipher
    ) throws -> [UInt8] {
      let body = value[18..<(value.count - Cipher.tagBytes)]
      let pad = try cipher.seal(
        [UInt8](repeating: 0, count: body.count), key: key, nonce: Array(value[6..<18]), aad: [])
      return zip(body, pad).map { $0 ^ $1 }
    }

    private struct Wrapped: Sendable {
      let account: UUID
      let tenant: String
      let purpose: AccountKeyPurpose
      let key: WrappedKey
    }

    private func wrapped(_ table: String, _ admin: BlockingSession) throws -> [Wrapped] {
      let isAudit = table == "audit_keys"
      let (version, key, commitment) =
        isAudit
        ? ("version", "wrapped", "commitment") : ("key_version", "wrapped_key", "key_commitment")
      let rows = try admin.run(
        """
        SELECT concat_ws('|', account_id, tenant_id, \(version), key_epoch, parent_version,
          encode(\(key), 'hex'), encode(\(commitment), 'hex'))
        FROM tenure.\(table) WHERE \(key) IS NOT NULL
        """)
      return rows.compactMap { row in
        let parts = row.split(separator: "|").map(String.init)
        guard parts.count == 7, let account = UUID(uuidString: parts[0]),
          let version = Int(parts[2]), let epoch = Int(parts[3]), let parent = Int(parts[4])
        else { return nil }
        return Wrapped(
          account: account, tenant: parts[1], purpose: isAudit ? .audit : .account,
          key: WrappedKey(
            version: version, epoch: epoch, parent: parent, wrapped: Self.bytes(hex: parts[5]),
            commitment: Self.bytes(hex: parts[6])))
      }
    }

    /// Every value of every column, and what lies in texts as hexadecimal digits or base64.
    private func values(_ admin: BlockingSession) throws -> [(String, [UInt8])] {
      let columns = try admin.run(
        """
        SELECT table_schema || '|' || table_name || '|' || column_name || '|' || data_type
        FROM information_schema.columns JOIN information_schema.tables
          USING (table_catalog, table_schema, table_name)
        WHERE table_schema IN ('tenure', 'tenure_global') AND table_type = 'BASE TABLE'
        """)
      var values: [(String, [UInt8])] = []
      for line in columns {
        let parts = line.split(separator: "|").map(String.init)
        let (table, column) = (parts[0] + "." + parts[1], parts[2])
        let place = table + "." + column
        let isBytes = parts[3] == "bytea"
        let read = isBytes ? "encode(\"\(column)\", 'hex')" : "\"\(column)\"::text"
        let rows = try admin.run(
          "SELECT \(read) FROM \(table) WHERE \"\(column)\" IS NOT NULL")
        for row in rows {
          if isBytes {
            values.append((place, Self.bytes(hex: row)))
            continue
          }
          values.append((place, Array(row.utf8)))
          for match in row.matches(of: /\\x([0-9a-f]{68,})/) {
            values.append((place, Self.bytes(hex: String(match.1))))
          }
          for match in row.matches(of: /[A-Za-z0-9+\/]{44,}={0,2}/) {
            if let data = Data(base64Encoded: String(match.0)) {
              values.append((place, Array(data)))
            }
          }
        }
      }
      return values
    }

    private static func bytes(hex: String) -> [UInt8] {
      let digits = Array(hex.utf8).map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
      return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
  }

  private let mark = "canary" + UUID().uuidString.replacing("-", with: "").prefix(10).lowercased()

  @Test(arguments: ["erase", "anonymise"])
  func `what was said of a person is found nowhere once they are gone`(verb: String) async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let reader = Reader(server: server)
    // Somebody beside them, whose keys are left.
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let ada = try await life(of: "ada", fixture)
    let before = try await reader.places(of: mark)
    for place in [
      "tenure.accounts.profile (sealed)", "tenure.audit_entries.details (sealed)",
      "tenure.account_changes.reason (sealed)", "tenure.idempotency_keys.response (sealed)",
      "tenure.import_chunks.results (sealed)", "tenure.disputes.statement (sealed)",
      "tenure.disputes.reason (sealed)", "tenure.requests.details (sealed)",
    ] {
      #expect(before.contains(place), "\(place) is not found before: \(before.sorted())")
    }
    #expect(before.allSatisfy { $0.hasSuffix("(sealed)") }, "\(before.sorted())")

    let gone = try await server.send(
      "POST", "/v1/accounts/\(ada):\(verb)", body: #"{"reason":"\#(mark) asked for it"}"#)
    #expect(gone.status == 202, "\(gone.text)")
    try await server.drainJobs()
    let status = try await server.get("/v1/accounts/\(ada)/sign_in_status")
    #expect(status.text.contains(verb == "erase" ? "erased" : "anonymised"), "\(status.text)")
    // What is said of them afterwards is not kept either.
    _ = try await server.send(
      "GET", "/v1/accounts/\(ada)", headers: [("Tenure-Reason", mark)])
    let after = try await reader.places(of: mark)
    #expect(after.isEmpty, "\(after.sorted())")
    #expect(try await server.get("/v1/accounts/\(bob)").status == 200)
    try await fixture.stop()
  }

  @Test func `why two people decided goes with whom they decided about`() async throws {
    let fixture = try await DisposalFixture()
    let (server, acme) = (fixture.server, fixture.acme)
    let one = try await server.makePerson(in: acme.id, role: "owner", offeredBy: acme.key).key
    let other = try await server.makePerson(in: acme.id, role: "owner", offeredBy: acme.key).key
    let ada = try await fixture.account("ada@x.test")
    func erase() async throws -> TestAnswer {
      server.clock.advance(seconds: 1)
      return try await server.send(
        "POST", "/v1/accounts/\(ada):erase", key: one, body: #"{"reason":"\#(mark) asked"}"#)
    }
    let asked = try await erase()
    #expect(asked.id.hasPrefix("apr_"), "\(asked.text)")
    let agreed = try await server.send(
      "POST", "/v1/approvals/\(asked.id):approve", key: other,
      headers: [("Tenure-Reason", "\(mark) may go")])
    #expect(agreed.status == 200, "\(agreed.text)")
    let before = try await Reader(server: server).places(of: mark)
    #expect(before.contains("tenure.audit_entries.details (sealed)"), "\(before)")
    #expect(try await erase().status == 202)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "erased")
    let after = try await Reader(server: server).places(of: mark)
    #expect(after.isEmpty, "\(after.sorted())")
    try await server.stop()
  }

  /// Somebody of whom everything is said that can be: registered, imported, told, in dispute, taken,
  /// managed, given back, asking.
  private func life(of name: String, _ fixture: TakeoverFixture) async throws -> String {
    let server = fixture.server
    func post(
      _ path: String, _ body: String? = nil, key: String? = nil, type: String = "application/json"
    ) async throws -> TestAnswer {
      server.clock.advance(seconds: 1)
      let answer = try await server.send(
        "POST", path, key: key, body: body, contentType: type,
        // Why a file is sent is said of the file.
        headers: type == "application/json" ? [("Tenure-Reason", "\(mark) header")] : [])
      #expect(answer.status < 300, "\(path): \(answer.text)")
      return answer
    }
    let profile = """
      "external_id":"\(mark)x","display_name":"\(mark) Ada","attributes":{"team":"\(mark)t"},
      "addresses":[{"address":"\(mark)@acme.test","verified":true},
        {"address":"me@\(mark).test","verified":true}]
      """
    let ada = try await post("/v1/accounts", "{\(profile)}").id
    let ndjson = "application/x-ndjson"
    _ = try await post(
      "/v1/imports",
      #"{"client_item_id":"\#(mark)row","external_id":"\#(mark)x","attributes":{"desk":"\#(mark)"}}"#,
      type: ndjson)
    try await server.drainJobs()
    // Told, in dispute, a new address proven half way, and then taken.
    let takeover = try await fixture.start()
    let cases = try await fixture.cases(takeover.id)
    let id = cases.first { $0["account_id"]?.string == ada }?["id"]?.string ?? ""
    let own = try await fixture.person(ada)
    _ = try await post(
      "/v1/me/notices/\(id):detach", #"{"address":"new@\#(mark)2.test"}"#, key: own)
    _ = try await post(
      "/v1/me/notices/\(id):dispute", #"{"reason":"\#(mark) never worked there"}"#, key: own)
    _ = try await post(
      "/v1/takeover_cases/\(id):decide",
      #"{"decision":"dismiss","reason":"\#(mark) did work there"}"#)
    _ = try await post("/v1/me/notices/\(id):accept", key: own)
    try await server.drainJobs()
    // Managed by the tenant.
    let acme = fixture.acme.key
    let later = server.clock.now.adding(seconds: 40 * 86_400)
    _ = try await post(
      "/v1/accounts/\(ada):restrict", #"{"reason":"\#(mark) is suspected"}"#, key: acme)
    _ = try await post(
      "/v1/accounts/\(ada):reactivate", #"{"reason":"\#(mark) is not"}"#, key: acme)
    _ = try await post(
      "/v1/accounts/\(ada):deactivate",
      #"{"reason":"\#(mark) leaves","effective_at":"\#(later)"}"#, key: acme)
    _ = try await post(
      "/v1/account_changes:import",
      #"{"account_id":"\#(ada)","verb":"restrict","reason":"\#(mark) again","client_item_id":"\#(mark)v"}"#,
      key: acme, type: ndjson)
    try await server.drainJobs()
    _ = try await post(
      "/v1/accounts/\(ada):reactivate", #"{"reason":"\#(mark) is back"}"#, key: acme)
    // Given back, and asking for something.
    _ = try await post(
      "/v1/accounts/\(ada):release", #"{"reason":"\#(mark) left"}"#, key: acme)
    let request = try await post(
      "/v1/me/requests",
      """
      {"type":"rectification","details":"\(mark) is misspelt",
       "correction":{"display_name":"\(mark) A."}}
      """, key: own)
    _ = try await post(
      "/v1/requests/\(request.id):refuse", #"{"reason":"\#(mark) is spelt so"}"#)
    _ = try await post(
      "/v1/accounts/\(ada):deactivate",
      #"{"reason":"\#(mark) is away","effective_at":"\#(later)"}"#)
    try await server.drainJobs()
    return ada
  }

  /// Every column that can keep something from being read, or that is no plain value, stands in the
  /// table of the page that says what ends it.
  @Test func `every sealed column is in the table of what goes with the person`() async throws {
    let server = try await TestServer()
    let admin = try server.database.administrator()
    let columns = try admin.run(
      """
      SELECT table_schema || '.' || table_name || '.' || column_name
      FROM information_schema.columns JOIN information_schema.tables
        USING (table_catalog, table_schema, table_name)
      WHERE table_schema IN ('tenure', 'tenure_global') AND table_type = 'BASE TABLE'
        AND (data_type IN ('bytea', 'jsonb') OR udt_name = '_bytea')
      """)
    try await server.stop()
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let page = try String(
      contentsOf: root.appendingPathComponent(
        "Sources/TenureServer/TenureServer.docc/Decisions/WhatGoesWithThePerson.md"),
      encoding: .utf8)
    let named = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
      (line.split(separator: "|").first ?? "").split(separator: "`").map(String.init)
        .filter { $0.contains(".") }
    }
    #expect(Set(named).count == named.count, "a column stands twice")
    let missing = Set(columns).subtracting(named)
    #expect(missing.isEmpty, "not in the table: \(missing.sorted())")
    let strange = Set(named).subtracting(columns).subtracting([
      "tenure.events.data", "tenure.keys.name",
    ])
    #expect(strange.isEmpty, "no such columns: \(strange.sorted())")
  }
}
