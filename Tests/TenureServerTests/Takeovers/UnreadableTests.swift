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

/// What does not open of one account keeps nobody else waiting.
@Suite struct UnreadableTests {
  /// Damages what lies in an account's row.
  private func damage(_ server: TestServer, _ account: String, _ column: String) throws {
    let admin = try server.database.administrator()
    try admin.run(
      """
      SET session_replication_role = replica;
      UPDATE tenure.accounts SET \(column) = set_byte(\(column), 20, get_byte(\(column), 20) # 1)
      WHERE account_id = '\(AccountID(parsing: account).uuid)'
      """)
  }

  @Test(arguments: ["assume_control", "detach_address", "block_sign_in"])
  func `one whose profile does not open is put aside alone`(outcome: String) async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let bob = try await fixture.account("bob@acme.test", "bob@home.test")
    let takeover = try await fixture.start(outcome)
    for item in try await fixture.cases(takeover.id) {
      let id = item["id"]?.string ?? ""
      let name = item["account_id"]?.string == ada ? "ada" : "bob"
      for address in ["\(name)@acme.test", "\(name)@home.test"] {
        let answer = try await fixture.receipt(id, address)
        #expect(answer.status == 201, "\(answer.text)")
      }
    }
    try damage(fixture.server, ada, "profile")
    // Whoever previews sees the others all the same.
    let preview = try await fixture.preview()
    #expect(preview.status == 200, "\(preview.text)")
    fixture.days(31)
    try await fixture.server.drainJobs()
    let cases = try await fixture.list(takeover.id)
    func item(_ account: String) -> JSONValue? {
      cases.first { $0["account_id"]?.string == account }
    }
    #expect(item(bob)?["state"]?.string == "effective")
    #expect(item(ada)?["state"]?.string == "running")
    #expect(item(ada)?["blocker"]?.string == "later")
    try await fixture.stop()
  }

  @Test func `a list names one that does not open, and shows the others`() async throws {
    let server = try await TestServer()
    let ada = try await server.makeAccount("ada@x.test").id
    let bob = try await server.makeAccount("bob@x.test").id
    try damage(server, ada, "profile")
    let list = try await server.get("/v1/accounts")
    let found = list.json["data"]?.array ?? []
    #expect(Set(found.map { $0["id"]?.string }) == [ada, bob], "\(list.text)")
    let damaged = found.first { $0["id"]?.string == ada }
    #expect(damaged?["addresses"]?.array?.isEmpty == true && list.text.contains("bob@x.test"))
    #expect(try await server.get("/v1/accounts/\(ada)").status == 500)
    try await server.stop()
  }

  @Test func `a row of a file for one that does not open fails, and the others are done`()
    async throws
  {
    let server = try await TestServer()
    let ada = try await server.makeAccount("ada@x.test").id
    _ = try await server.makeAccount("bob@x.test")
    try damage(server, ada, "profile")
    let rows = ["ada", "bob"].map { #"{"addresses":[{"address":"\#($0)@x.test"}],"locale":"de"}"# }
    let sent = try await server.send(
      "POST", "/v1/imports", body: rows.joined(separator: "\n"),
      contentType: "application/x-ndjson")
    try await server.drainJobs()
    let results = try await server.get("/v1/operations/\(sent.id)/results").text
    #expect(results.contains(#""outcome":"failed""#) && results.contains("internal_error"))
    #expect(results.contains(#""outcome":"updated""#), "\(results)")
    try await server.stop()
  }

  @Test func `one that does not open can still be erased`() async throws {
    let fixture = try await DisposalFixture()
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    try damage(fixture.server, ada.description, "profile")
    for id in [ada, bob] { #expect(try await fixture.perform("erase", id).status == 202) }
    try await fixture.server.drainJobs()
    for id in [ada, bob] { #expect(try await fixture.status(id) == "erased") }
    try await fixture.server.stop()
  }

  @Test func `keys move on beside one that does not open, whose epoch is kept for it`()
    async throws
  {
    let directory = NSTemporaryDirectory() + "tenure-vault-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    let server = try await TestServer(settings: ["vault_dir": directory])
    let ada = try await server.makeAccount("ada@x.test").id
    let bob = try await server.makeAccount("bob@x.test").id
    try damage(server, ada, "wrapped_key")
    let worker = server.service.firstWorker
    let closed = try await worker.loop.run {
      let rotation = KeyRotation(worker: worker, directory: directory, epochDays: 30)
      try rotation.begin()
      try rotation.begin()
      _ = try await rotation.moveAll { _ in }
      return try await rotation.close()
    }
    #expect(!closed)
    #expect(try await server.get("/v1/accounts/\(bob)").status == 200)
    let admin = try server.database.administrator()
    let epochs = try admin.run(
      """
      SELECT (key_epoch = (SELECT max(key_epoch) FROM tenure.accounts))::text
      FROM tenure.accounts ORDER BY account_id = '\(AccountID(parsing: ada).uuid)'
      """)
    #expect(epochs == ["true", "false"], "\(epochs)")
    try await server.stop()
  }

  @Test func `an epoch waits for a key whose row somebody has locked`() async throws {
    let directory = NSTemporaryDirectory() + "tenure-vault-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    let server = try await TestServer(settings: ["vault_dir": directory])
    let ada = try await server.makeAccount("ada@x.test").id
    _ = try await server.makeAccount("bob@x.test")
    let isAda = "account_id = '\(try AccountID(parsing: ada).uuid)'"
    let worker = server.service.firstWorker
    func close(patience: Duration) async throws -> Bool {
      try await worker.loop.run {
        try await KeyRotation(
          worker: worker, directory: directory, epochDays: 30, patience: patience
        ).close()
      }
    }
    try await worker.loop.run {
      let rotation = KeyRotation(worker: worker, directory: directory, epochDays: 30)
      try rotation.begin()
      try rotation.begin()
    }
    // Two, one behind the other: the second has begun after the database knows of the new epoch.
    let first = try server.database.administrator()
    nonisolated(unsafe) let second = try server.database.administrator()
    let lock = "BEGIN; SELECT FROM tenure.accounts WHERE \(isAda) FOR UPDATE"
    try first.run(lock)
    let waiting = Task.detached { try second.run(lock) }
    let looking = try server.database.administrator()
    let isWaiting = """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'BEGIN; SELECT%'
      """
    #expect(try await eventually { try looking.run(isWaiting) == ["1"] })
    async let closed = close(patience: .seconds(2))
    let isMoved = "SELECT (key_epoch > 1)::text FROM tenure.accounts WHERE NOT \(isAda)"
    #expect(try await eventually { try looking.run(isMoved) == ["true"] })
    try first.run("COMMIT")
    _ = try await waiting.value
    #expect(try await !closed)
    try second.run("COMMIT")
    #expect(try await close(patience: .seconds(60)))
    #expect(try await server.get("/v1/accounts/\(ada)").json["display_name"]?.string == "Ada")
    try await server.stop()
  }

  @Test func `keys are renewed beside one that does not open`() async throws {
    let server = try await TestServer()
    let ada = try await server.makeAccount("ada@x.test").id
    let bob = try await server.makeAccount("bob@x.test").id
    try damage(server, ada, "profile")
    server.clock.advance(seconds: 60)
    let worker = server.service.firstWorker
    let renewed = try await worker.loop.run {
      try await KeyRenewal(worker: worker, olderThan: .seconds(1)).renewAccounts { _ in }
    }
    #expect(renewed == 1)
    #expect(try await server.get("/v1/accounts/\(bob)").status == 200)
    try await server.stop()
  }
}
