import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// The log is found by what one knows of an entry, and says when it is not whole.
@Suite struct AuditSearchTests {
  private func found(
    _ server: TestServer, _ query: String, key: String
  ) async throws -> [JSONValue] {
    let answer = try await server.get("/v1/audit_entries?\(query)", key: key)
    #expect(answer.status == 200, "\(query): \(answer.text)")
    return answer.json["data"]?.array ?? []
  }

  /// Signs a log once so many of its entries are sealed, which waits for transactions of other tests;
  /// answers how many there are.
  private func sign(_ server: TestServer, _ key: String, atLeast count: Int) async throws -> Int {
    var size = 0
    try await eventually {
      let signed = try await server.send("POST", "/v1/audit_checkpoints", key: key)
      size = signed.json["size"]?.int ?? 0
      return size >= count
    }
    return size
  }

  @Test func `entries are found by time, actor, action, object and person, the newest first`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    let helpdesk = try await server.makeKey(in: acme.id, role: "admin")
    let other = helpdesk.json["token"]?.string ?? ""
    var accounts: [String] = []
    for name in ["ada", "bob", "eve"] {
      accounts.append(
        try await server.makeAccount(inCustodyOf: acme.id, "\(name)@x.test").description)
    }
    var times: [Timestamp] = []
    for (index, account) in accounts.enumerated() {
      server.clock.advance(seconds: 3_600)
      times.append(server.clock.now)
      let done = try await server.send(
        "POST", "/v1/accounts/\(account):deactivate", key: index == 1 ? other : acme.key,
        body: #"{"reason":"left"}"#)
      #expect(done.status == 200, "\(done.text)")
    }
    func subjects(_ query: String) async throws -> [String] {
      try await found(server, "action=account.deactivated&\(query)", key: acme.key).compactMap {
        $0["subject_id"]?.string
      }
    }
    let newest = Array(accounts.reversed())
    #expect(try await subjects("") == newest)
    #expect(try await subjects("order=desc") == newest)
    #expect(try await subjects("order=asc") == accounts)
    // From a time on, and before one: each at both sides of its boundary.
    #expect(try await subjects("from=\(times[1])") == [accounts[2], accounts[1]])
    #expect(try await subjects("from=\(times[1].adding(seconds: 1))") == [accounts[2]])
    #expect(try await subjects("to=\(times[1])") == [accounts[0]])
    #expect(try await subjects("to=\(times[1].adding(seconds: 1))") == [accounts[1], accounts[0]])
    #expect(try await subjects("from=\(times[1])&to=\(times[2])") == [accounts[1]])
    #expect(try await subjects("subject_id=\(accounts[1])") == [accounts[1]])
    #expect(try await subjects("object=\(accounts[2])") == [accounts[2]])
    let actor = helpdesk.id
    #expect(try await subjects("actor=\(actor)") == [accounts[1]])
    #expect(try await subjects("actor=\(actor)&to=\(times[1])") == [])
    let all = try await found(server, "action=account.*&limit=200", key: acme.key)
    let actions = Set(all.compactMap { $0["action"]?.string })
    #expect(actions == ["account.created", "account.deactivated"])
    #expect(all.map { $0["at"]?.string ?? "" } == all.map { $0["at"]?.string ?? "" }.sorted(by: >))
    try await server.stop()
  }

  @Test func `a cursor goes on where it was, in its order and filter only`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    for number in 0..<7 {
      server.clock.advance(seconds: 1)
      _ = try await server.makeAccount(inCustodyOf: acme.id, "a\(number)@x.test")
    }
    for order in ["desc", "asc"] {
      let whole = try await found(
        server, "order=\(order)&action=account.created", key: acme.key)
      var pages: [JSONValue] = []
      var cursor: String?
      repeat {
        let query =
          "order=\(order)&action=account.created&limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
        let answer = try await server.get("/v1/audit_entries?\(query)", key: acme.key)
        pages += answer.json["data"]?.array ?? []
        cursor = answer.json["next_cursor"]?.string
        if let cursor {
          let other = order == "desc" ? "asc" : "desc"
          for query in ["order=\(other)&action=account.created", "order=\(order)"] {
            let refused = try await server.get(
              "/v1/audit_entries?\(query)&limit=3&cursor=\(cursor)", key: acme.key)
            #expect(refused.code == "cursor_mismatch", "\(refused.text)")
          }
        }
      } while cursor != nil
      #expect(pages == whole && whole.count == 7)
    }
    for query in [
      "order=up", "from=soon", "to=2026-13-01", "actor=", "object=", "action=*", "action=a.*.b",
      "subject_id=ten_1",
    ] {
      let answer = try await server.get("/v1/audit_entries?\(query)", key: acme.key)
      #expect(answer.code == "parameter_invalid", "\(query): \(answer.text)")
    }
    try await server.stop()
  }

  @Test func `a log that lacks what was sealed says so, while it runs and before it is exported`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    for number in 0..<5 {
      _ = try await server.makeAccount(inCustodyOf: acme.id, "a\(number)@x.test")
    }
    let size = try await sign(server, acme.key, atLeast: 6)
    func damaged(_ key: String, _ count: Int) async throws -> [JSONValue] {
      var told: [JSONValue] = []
      try await eventually {
        told =
          try await server.get("/v1/events?type=audit.damaged", key: key).json["data"]?.array ?? []
        return told.count >= count
      }
      return told
    }
    try await server.checkAuditLogs()
    #expect(try await damaged(acme.key, 0).isEmpty)
    #expect(try await server.get("/v1/audit_export", key: acme.key).status == 200)
    let admin = try server.database.administrator()
    let id = try TenantID(parsing: acme.id).uuid
    // Whoever may lift the guards deletes one in the middle.
    try admin.run(
      """
      SET session_replication_role = replica;
      DELETE FROM tenure.audit_entries WHERE entry_id = (
        SELECT entry_id FROM tenure.audit_entries WHERE tenant_id = '\(id)'
        ORDER BY entry_id LIMIT 1 OFFSET 2)
      """)
    for _ in 0..<2 { try await server.checkAuditLogs() }
    for key in [acme.key, server.operatorKey] {
      let told = try await damaged(key, 1)
      #expect(told.count == 1, "once")
      let data = told.first?["data"]
      #expect(data?["sealed"]?.int == size && data?["found"]?.int == size - 1, "\(told)")
      #expect(data?["tenant_id"]?.string == acme.id)
    }
    let export = try await server.get("/v1/audit_export", key: acme.key)
    #expect(export.status == 409 && export.code == "audit_log_damaged", "\(export.text)")
    try await server.stop()
  }

  @Test func `an entry that is not what it was is seen, and one log's damage is not another's`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    let rival = try await server.makeTenant("Rival")
    for key in [acme.key, rival.key] { _ = try await sign(server, key, atLeast: 1) }
    let admin = try server.database.administrator()
    let id = try TenantID(parsing: acme.id).uuid
    try admin.run(
      """
      SET session_replication_role = replica;
      UPDATE tenure.audit_entries SET actor = 'somebody else'
      WHERE tenant_id = '\(id)' AND action = 'key.created'
      """)
    try await server.checkAuditLogs()
    func told(_ key: String) async throws -> Int? {
      try await server.get("/v1/events?type=audit.damaged", key: key).json["data"]?.array?.count
    }
    #expect(try await eventually { try await told(acme.key) == 1 })
    #expect(try await told(rival.key) == 0)
    try await server.stop()
  }
}
