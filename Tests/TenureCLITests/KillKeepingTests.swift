import Foundation
import Glibc
import JSON
import Postgres
import Reactor
import Tenure
import TenureTesting
import Testing

/// What keeps the data, under the same kills: keys that change, the log that is sealed, a restore.
extension KillTests {
  @Test func `a rotation goes on after kills, and every account opens after it`() async throws {
    let victims = try await Victims()
    let vault = ["TENURE_VAULT_DIR": victims.daemon.folder + "/vault"]
    _ = victims.daemon.stop()
    try await victims.daemon.start(environment: vault)
    let count = 1_500 * Self.kills
    try await victims.register(count)
    for _ in 0..<Self.kills {
      _ = try await killing(
        ["rotate-keys", "epoch"], victims.daemon.environment.merging(vault) { $1 },
        after: 300...900)
      try await victims.kill(0, environment: vault)
    }
    let last = try victims.daemon.run("tenured", ["rotate-keys", "epoch"], environment: vault)
    #expect(last.status == 0, "\(last)")
    #expect(try victims.query("SELECT count(DISTINCT key_epoch) FROM tenure.accounts") == ["1"])
    let file = try String(
      contentsOfFile: victims.daemon.folder + "/vault/epochs", encoding: .utf8)
    #expect(file.split(separator: "\n").count == 1)
    let list = try victims.daemon.tenure("account", "list", "-o", "csv")
    let names = Set(
      list.output.split(separator: "\r\n").dropFirst().compactMap {
        $0.split(separator: ",", omittingEmptySubsequences: false).dropFirst(3).first
      })
    #expect(names.count == count, "\(list.errors)")
    try victims.end()
  }

  /// Starts one of the daemon's commands, and kills it after a while; answers whether it had ended.
  private func killing(
    _ arguments: [String], _ environment: [String: String], after milliseconds: ClosedRange<Int>
  ) async throws -> Bool {
    let process = try ChildProcess(
      Daemon.binaries.appendingPathComponent("tenured").path, arguments, environment: environment)
    try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds)))
    let hasEnded = !process.isRunning
    process.signal(SIGKILL)
    process.wait()
    return hasEnded
  }

  @Test func `people's keys are replaced under kills, each once, and every account opens after it`()
    async throws
  {
    let victims = try await Victims()
    let count = 1_500 * Self.kills
    try await victims.register(count)
    let arguments = ["rotate-keys", "accounts", "--older-than-hours", "0"]
    for round in 0..<Self.kills {
      _ = try await killing(arguments, victims.daemon.environment, after: 300...900)
      try await victims.kill(round)
    }
    let last = try victims.daemon.run("tenured", arguments)
    #expect(last.status == 0, "\(last)")
    #expect(
      try victims.query("SELECT count(*) FROM tenure.accounts WHERE key_version = 1") == ["0"])
    let list = try victims.daemon.tenure("account", "list", "-o", "csv")
    let names = Set(
      list.output.split(separator: "\r\n").dropFirst().compactMap {
        $0.split(separator: ",", omittingEmptySubsequences: false).dropFirst(3).first
      })
    #expect(names.count == count, "\(list.errors)")
    try victims.end()
  }

  @Test func `a log is sealed under kills without a gap, and verifies`() async throws {
    let sealing = ["TENURE_AUDIT_SEAL_SECONDS": "1"]
    let victims = try await Victims(environment: sealing)
    let count = 8_000 * Self.kills
    _ = try victims.query(
      """
      INSERT INTO tenure.audit_entries
        (tenant_id, entry_id, at, actor, action, object, subject_id, request_id)
      SELECT '\(TenantID.platform.uuid)', gen_random_uuid(), date_trunc('milliseconds', now()),
        'system:test', 'account.read', 'acc_01m7zxyxbtf46rjshedaq7k2em', NULL, 'killed'
      FROM generate_series(1, \(count))
      """)
    for round in 0..<Self.kills {
      try await Task.sleep(for: .milliseconds(Int.random(in: 100...700)))
      try await victims.kill(round, environment: sealing)
    }
    let isSealed = try await eventually {
      try victims.query(
        """
        SELECT count(*) = 0 FROM tenure.audit_entries AS e
        WHERE request_id = 'killed' AND NOT EXISTS (
          SELECT FROM tenure.audit_batches AS b WHERE b.tenant_id = e.tenant_id
            AND (b.transaction_number, b.entry_id) >= (e.transaction_number, e.entry_id))
        """) == ["t"]
    }
    #expect(isSealed)
    #expect(
      try victims.query(
        """
        SELECT count(*) FROM (SELECT tenant_id, sum(length(hashes)) / 32 AS leaves,
            max(first_index + length(hashes) / 32) AS size
          FROM tenure.audit_batches GROUP BY 1) AS log WHERE leaves <> size
        """) == ["0"], "a leaf is missing or doubled")
    let key = try await victims.daemon.checkpoint()["verifier_key"]?.string ?? ""
    let export = victims.daemon.folder + "/log.jsonl"
    try victims.daemon.tenure("audit", "export").output.write(
      toFile: export, atomically: true, encoding: .utf8)
    let verified = try victims.daemon.run("tenure", ["audit", "verify", export, "--key", key])
    #expect(verified.status == 0, "\(verified)")
    try victims.end()
  }

  @Test func `a restore that was killed is not served, and done again it is whole`() async throws {
    let victims = try await Victims()
    let vault = ["TENURE_VAULT_DIR": victims.daemon.folder + "/vault"]
    _ = victims.daemon.stop()
    try await victims.daemon.start(environment: vault)
    let count = 1_500 * Self.kills
    try await victims.register(count)
    let backup = victims.daemon.folder + "/backup"
    let made = try victims.daemon.run("tenured", ["backup", backup], environment: vault)
    #expect(made.status == 0, "\(made)")
    let gone = try victims.query("SELECT account_id FROM tenure.accounts ORDER BY 1 LIMIT 1")[0]
    let id = AccountID(uuid: try #require(UUID(uuidString: gone)))
    _ = try await victims.send("/v1/accounts/\(id):erase", #"{"reason":"asked"}"#)
    let isRecorded = try await eventually {
      try victims.query("SELECT count(recorded_at) FROM tenure.erasures") == ["1"]
    }
    #expect(isRecorded)
    #expect(victims.daemon.stop() == 0)

    let empty = try TestDatabase(isEmpty: true)
    var environment = victims.daemon.environment.merging(vault) { $1 }
    environment.merge(Daemon.databases(empty.url)) { $1 }
    let arguments = ["restore", backup]
    func schemas() throws -> [String] {
      try empty.administrator().run(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenure%' ORDER BY 1")
    }
    for _ in 0..<(Self.kills + 1) {
      _ = try await killing(arguments, environment, after: 100...900)
      if try schemas().contains("tenure_restoring") {
        let served = try victims.daemon.run("tenured", ["serve"], environment: environment)
        #expect(served.status == 1 && served.errors.contains("was not finished"), "\(served)")
      }
    }
    if try schemas() != ["tenure", "tenure_global"] {
      let last = try victims.daemon.run("tenured", arguments, environment: environment)
      #expect(last.status == 0, "\(last)")
    }
    #expect(try schemas() == ["tenure", "tenure_global"])
    let admin = try empty.administrator()
    #expect(try admin.run("SELECT count(*) FROM tenure.accounts") == ["\(count)"])
    #expect(
      try admin.run("SELECT account_id FROM tenure.accounts WHERE wrapped_key IS NULL") == [gone])
    let again = try victims.daemon.run("tenured", arguments, environment: environment)
    #expect(again.status == 1 && again.errors.contains("not empty"), "\(again)")
    try victims.end()
    try empty.drop()
  }
}
