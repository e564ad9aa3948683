import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Verbs for any number of accounts, from a file with a row for each.
@Suite struct AccountChangeImportTests {
  private static let path = "/v1/account_changes:import"

  private func row(_ account: String, _ verb: String, _ members: String = "") -> String {
    #"{"account_id":"\#(account)","verb":"\#(verb)","reason":"left for good"\#(members)}"#
  }

  private func send(
    _ rows: [String], to path: String = path, _ server: TestServer, key: String? = nil
  ) async throws -> [JSONValue] {
    let answer = try await server.send(
      "POST", path, key: key, body: rows.joined(separator: "\n"),
      contentType: "application/x-ndjson")
    #expect(answer.status == 202, "\(answer.text)")
    let operation = try await server.finish(answer.id, key: key)
    #expect(operation["state"]?.string == "succeeded")
    #expect(operation["progress"]?["done"]?.int == rows.count)
    let results = try await server.get("/v1/operations/\(answer.id)/results", key: key).text
    return try results.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
  }

  @Test func `a file does a verb to more accounts than one request takes, and can be sent again`()
    async throws
  {
    let server = try await TestServer()
    let people = (0..<1_100).map { #"{"addresses":[{"address":"p\#($0)@x.test"}]}"# }
    let created = try await send(people, to: "/v1/imports", server)
    let ids = created.map { $0["account_id"]?.string ?? "" }
    let rows = ids.enumerated().map {
      row($0.element, "deactivate", #","client_item_id":"r\#($0.offset)""#)
    }
    let results = try await send(rows, server)
    #expect(results.map { $0["row"]?.int } == (1...1_100).map { $0 })
    #expect(results.map { $0["account_id"]?.string } == ids)
    #expect(results.map { $0["client_item_id"]?.string } == (0..<1_100).map { "r\($0)" })
    #expect(
      results.allSatisfy {
        $0["outcome"]?.string == "changed" && $0["status"]?.string == "deactivated"
          && $0["change_id"]?.string != nil
      })
    let admin = try server.database.administrator()
    #expect(
      try admin.run("SELECT DISTINCT status FROM tenure.accounts") == ["deactivated"])
    // Each change is the sender's, with their reason; nobody is told twice.
    #expect(
      try admin.run(
        "SELECT DISTINCT left(requested_by, 4) || state FROM tenure.account_changes")
        == ["key_done"])
    let log = try await server.get("/v1/audit_entries?action=account.deactivated&limit=200")
    let entry = log.json["data"]?.array?.first
    #expect(entry?["actor"]?.string?.hasPrefix("key_") == true)
    #expect(entry?["details"]?["reason"]?.string == "left for good")
    let again = try await send(rows, server)
    #expect(again.allSatisfy { $0["outcome"]?.string == "unchanged" })
    #expect(
      try admin.run(
        "SELECT count(*) FROM tenure.audit_entries WHERE action = 'account.deactivated'")
        == ["1100"])
    try await server.stop()
  }

  @Test func `rows fail alone, each for its own reason, and are done in their order`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let (server, key) = (fixture.server, fixture.acme.key)
    let (ada, bob, cyd) = (
      try await fixture.account("ada@x.test").description,
      try await fixture.account("bob@x.test").description,
      try await fixture.account("cyd@x.test").description
    )
    let rival = try await server.makeTenant("Rival")
    let theirs = try await server.makeAccount(inCustodyOf: rival.id, "r@x.test").description
    _ = try await send([row(cyd, "isolate")], server, key: key)
    let results = try await send(
      [
        row(ada, "restrict"), row(ada, "deactivate"), row(ada, "reactivate"),
        row(theirs, "deactivate"), row(cyd, "reactivate"), row(bob, "restore"),
        row(bob, "delete"),
      ], server, key: key)
    #expect(
      results.map { $0["outcome"]?.string }
        == ["changed", "changed", "changed", "failed", "failed", "failed", "changed"])
    #expect(
      results.map { $0["status"]?.string }
        == ["restricted", "deactivated", "active", nil, nil, nil, "deleted"])
    #expect(
      results.dropFirst(3).prefix(3).map { $0["code"]?.string }
        == ["not_found", "account_isolated", "account_state_conflict"])
    #expect(try await server.get("/v1/accounts/\(theirs)", key: rival.key).status == 200)
    try await server.stop()
  }

  @Test func `a row that nothing can be made of refuses the file, and nothing is done`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let (server, key) = (fixture.server, fixture.acme.key)
    let ada = try await fixture.account("ada@x.test").description
    for (wrong, pointer) in [
      ("{}", "/600/account_id"), ("not json", "/600"), (row(ada, "explode"), "/600/verb"),
      (row(ada, "erase"), "/600/verb"), (row("acc_1", "delete"), "/600/account_id"),
      (row(ada, "delete", #","why":1"#), "/600/why"),
    ] {
      let rows = Array(repeating: row(ada, "deactivate"), count: 600) + [wrong]
      let refused = try await server.send(
        "POST", Self.path, key: key, body: rows.joined(separator: "\n"),
        contentType: "application/x-ndjson")
      #expect(refused.status == 422, "\(refused.text)")
      #expect(refused.json["errors"]?.array?.first?["pointer"]?.string == pointer, "\(wrong)")
    }
    #expect(try await fixture.changes(of: AccountID(parsing: ada)).isEmpty)
    let admin = try server.database.administrator()
    #expect(try admin.run("SELECT DISTINCT state FROM tenure.operations") == ["failed"])
    #expect(
      try admin.run("SELECT count(*) FROM tenure.import_chunks WHERE payload IS NOT NULL") == ["0"])
    try await server.stop()
  }

  @Test func `files under way are counted, those given up are not, and results go in time`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let (server, key) = (fixture.server, fixture.acme.key)
    let ada = try await fixture.account("ada@x.test").description
    let done = try await send([row(ada, "restrict")], server, key: key)
    let admin = try server.database.administrator()
    // Eight whose sender or whose server went away.
    let tenant = try TenantID(parsing: fixture.acme.id).uuid
    try admin.run(
      """
      INSERT INTO tenure.operations SELECT tenant_id, gen_random_uuid(), kind, 'receiving', 0, NULL,
        0, created_by, '\(server.clock.now)', '\(server.clock.now)', 1
      FROM tenure.operations, generate_series(1, 8) WHERE tenant_id = '\(tenant)';
      INSERT INTO tenure.import_chunks SELECT tenant_id, operation_id, 0, 1, 1, 'x'
      FROM tenure.operations WHERE state = 'receiving'
      """)
    func post() async throws -> TestAnswer {
      try await server.send(
        "POST", Self.path, key: key, body: row(ada, "deactivate"),
        contentType: "application/x-ndjson")
    }
    #expect(try await post().code == "too_many_operations")
    #expect(done.count == 1)
    server.clock.advance(seconds: 3_601)
    try await server.purge()
    #expect(
      try admin.run("SELECT state || count(*) FROM tenure.operations GROUP BY state ORDER BY state")
        == ["failed8", "succeeded1"])
    #expect(
      try admin.run("SELECT count(*) FROM tenure.import_chunks WHERE payload IS NOT NULL") == ["0"])
    let last = try await post()
    #expect(last.status == 202, "\(last.text)")
    _ = try await server.finish(last.id, key: key)
    server.clock.advance(seconds: 91 * 86_400)
    try await server.purge()
    #expect(try admin.run("SELECT count(*) FROM tenure.import_chunks") == ["0"])
    #expect(try admin.run("SELECT count(*) FROM tenure.operations") == ["10"])
    try await server.stop()
  }

  @Test func `what is put off is put off once`() async throws {
    let fixture = try await DisposalFixture()
    let (server, key) = (fixture.server, fixture.acme.key)
    let ada = try await fixture.account("ada@x.test")
    let later = server.clock.now.adding(seconds: 86_400)
    let rows = [row(ada.description, "deactivate", #","effective_at":"\#(later)""#)]
    let first = try await send(rows, server, key: key)
    let again = try await send(rows, server, key: key)
    #expect(first.first?["outcome"]?.string == "scheduled")
    #expect(again.first?["change_id"] == first.first?["change_id"])
    #expect(try await fixture.changes(of: ada).count == 1)
    server.clock.advance(seconds: 86_401)
    #expect(try await fixture.becomes("deactivated", ada))
    try await server.stop()
  }

  @Test func `erasing by a file takes the permission to erase, and holds`() async throws {
    let fixture = try await DisposalFixture()
    let (server, key) = (fixture.server, fixture.acme.key)
    let path = "/v1/account_changes:import_erasures"
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    let held = try await server.send(
      "POST", "/v1/holds", key: key,
      body: #"{"matter":"m","reason":"r","custodian_ids":["\#(bob)"]}"#)
    #expect(held.status == 201, "\(held.text)")
    let admin = try #require(
      try await server.makeKey(in: fixture.acme.id, role: "admin").json["token"]?.string)
    let refused = try await server.send(
      "POST", path, key: admin, body: row(ada.description, "erase"),
      contentType: "application/x-ndjson")
    #expect(refused.status == 403, "\(refused.text)")
    let results = try await send(
      [row(ada.description, "erase"), row(bob.description, "erase")], to: path, server, key: key)
    #expect(results.map { $0["outcome"]?.string } == ["scheduled", "failed"])
    #expect(results.map { $0["code"]?.string } == [nil, "account_held"])
    let mild = try await server.send(
      "POST", path, key: key, body: row(ada.description, "delete"),
      contentType: "application/x-ndjson")
    #expect(mild.status == 422, "\(mild.text)")
    #expect(try await fixture.becomes("erased", ada))
    #expect(try await fixture.status(bob) == "active")
    try await server.stop()
  }
}
