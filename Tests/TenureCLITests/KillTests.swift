import Foundation
import Glibc
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// The main job under kill -9 of the service and of PostgreSQL: nothing is lost, nothing done twice.
///
/// `TENURE_KILLS` makes it long.
@Suite(.serialized) struct KillTests {
  private static let kills =
    Int(ProcessInfo.processInfo.environment["TENURE_KILLS"] ?? "") ?? 2

  /// A service and a cluster of its own, and who kills them in turn.
  private struct Victims {
    let cluster: TestCluster
    let daemon: Daemon

    init(environment: [String: String] = [:]) async throws {
      cluster = try TestCluster()
      try await cluster.start()
      daemon = try Daemon(cluster: cluster)
      try await daemon.start(environment: environment)
    }

    func kill(_ round: Int, environment: [String: String] = [:]) async throws {
      if round.isMultiple(of: 2) {
        daemon.kill()
        try await daemon.start(environment: environment)
      } else {
        cluster.kill()
        try await cluster.start()
        #expect(try await eventually { try daemon.run("tenured", ["healthcheck"]).status == 0 })
      }
    }

    func query(_ sql: String) throws -> [String] { try cluster.administrator().run(sql) }

    func send(
      _ path: String, _ body: String = "", key: String? = nil, tenant: String? = nil
    ) async throws -> JSONValue {
      let answer = try await RawHTTP.send(
        port: daemon.port, path: path, key: key ?? daemon.operatorKey, body: body, tenant: tenant)
      #expect(answer.status < 300, "\(path): \(answer.json)")
      return answer.json
    }

    func end() throws {
      try daemon.cleanUp()
      cluster.remove()
    }
  }

  @Test func `a takeover goes on after kills, and tells and takes each account once`()
    async throws
  {
    let victims = try await Victims()
    let count = 600 * Self.kills
    let tenant = try await victims.send("/v1/tenants", #"{"name":"Acme"}"#)["id"]?.string ?? ""
    let rows = (0..<count).map {
      #"{"addresses":[{"address":"a\#($0)@acme.test","verified":true}]}"#
    }
    #expect(
      try await RawHTTP.post(
        port: victims.daemon.port, path: "/v1/imports", key: victims.daemon.operatorKey,
        body: rows.joined(separator: "\n"), contentType: "application/x-ndjson") == 202)
    try await eventually {
      try victims.query("SELECT state FROM tenure.operations") == ["succeeded"]
    }
    let key =
      try await victims.send(
        "/v1/keys", #"{"name":"owner","role":"owner"}"#, tenant: tenant)["token"]?.string ?? ""
    let claim =
      try await victims.send(
        "/v1/domain_claims", #"{"domain":"acme.test"}"#, key: key)["id"]?.string ?? ""
    _ = try await victims.send(
      "/v1/domain_claims/\(claim):attest",
      #"{"reason":"known","review_on":"2099-01-01T00:00:00Z"}"#, tenant: tenant)
    let plan = try await victims.send(
      "/v1/takeovers:preview", #"{"domain_claim_id":"\#(claim)"}"#, key: key)
    _ = try await victims.send(
      "/v1/takeovers",
      """
      {"domain_claim_id":"\(claim)","plan":"\(plan["plan"]?.string ?? "")",
       "no_answer":"assume_control"}
      """, key: key)

    try await killing(victims) {
      try victims.query("SELECT count(*) FROM tenure.takeover_cases WHERE notice_at IS NULL")
        == ["0"]
    }
    for number in ["count(*)", "count(DISTINCT subject)"] {
      let told = "SELECT \(number) FROM tenure.events WHERE type = 'takeover.notice_required'"
      #expect(try victims.query(told) == ["\(count)"])
    }

    // Everybody was told by two ways, and 31 days go by.
    _ = try victims.query(
      """
      INSERT INTO tenure.receipts SELECT tenant_id, gen_random_uuid(), case_id, 2, channel, 'x',
        false, 'x', now() - interval '31 days', now() - interval '31 days', 'x', 'x'
      FROM tenure.takeover_cases, unnest(ARRAY['email', 'sms']) AS channel;
      UPDATE tenure.takeover_cases SET state = 'running', next_at = now(),
        clock_started_at = now() - interval '31 days', deadline_at = now() - interval '1 day';
      INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
      SELECT takeover_id, tenant_id, 'takeover', now() FROM tenure.takeovers
      ON CONFLICT (job_id) DO UPDATE SET run_at = now()
      """)
    try await killing(victims) {
      try victims.query("SELECT count(*) FROM tenure.takeover_cases WHERE state = 'running'")
        == ["0"]
    }
    for query in [
      "SELECT count(*) FROM tenure.controls",
      "SELECT count(*) FROM tenure.memberships WHERE role = 'member' OR role IS NULL",
      "SELECT count(*) FROM tenure.takeover_cases WHERE state = 'effective'",
      """
      SELECT count(DISTINCT subject_id) FROM tenure.audit_entries
      WHERE action = 'takeover.assume_control'
      """,
      """
      SELECT count(*) / 2 FROM tenure.audit_entries WHERE action = 'takeover.assume_control'
      """,
      "SELECT count(*) / 2 FROM tenure.events WHERE type = 'control.taken'",
      "SELECT count(DISTINCT subject) FROM tenure.events WHERE type = 'control.taken'",
      "SELECT count(*) FROM tenure.accounts JOIN tenure.controls USING (tenant_id, account_id)",
      "SELECT count(*) FROM tenure.accounts",
    ] {
      #expect(try victims.query(query) == ["\(count)"], "\(query)")
    }
    try victims.end()
  }

  /// Kills in turn while work goes on, at times nobody chose, until it is done.
  private func killing(_ victims: Victims, until isDone: () throws -> Bool) async throws {
    for round in 0..<Self.kills {
      try await Task.sleep(for: .milliseconds(Int.random(in: 50...600)))
      try await victims.kill(round)
    }
    #expect(try await eventually(within: 120) { try isDone() })
  }

  @Test func `events are delivered whatever is killed, and repeats keep their id`() async throws {
    let zone = try await TestZone()
    let sink = try await TestSink()
    try await zone.add("hook.test", "A", "127.0.0.1")
    let environment = [
      "TENURE_RESOLVERS": zone.address, "TENURE_OUTBOUND_ROOTS": sink.certificate,
      "TENURE_OUTBOUND_PRIVATE": "true",
    ]
    let victims = try await Victims(environment: environment)
    var endpoints: [String] = []
    for _ in 0..<8 {
      let made = try await victims.send("/v1/webhook_endpoints", #"{"url":"\#(sink.url)"}"#)
      endpoints.append(made["id"]?.string ?? "")
    }
    let total = 200 * Self.kills
    let (port, key) = (victims.daemon.port, victims.daemon.operatorKey)
    let targets = endpoints
    let writer = Task.detached {
      var count = 0
      while count < total {
        let path = "/v1/webhook_endpoints/\(targets[count % targets.count]):test"
        let status = try? await RawHTTP.post(port: port, path: path, key: key, body: "")
        if status == 202 { count += 1 } else { try? await Task.sleep(for: .milliseconds(20)) }
      }
    }
    for round in 0..<Self.kills {
      try await Task.sleep(for: .milliseconds(Int.random(in: 300...900)))
      try await victims.kill(round, environment: environment)
    }
    await writer.value
    // What was on its way from a killed process waits for its lease: that minute goes by.
    _ = try victims.query("UPDATE tenure_global.deliveries SET leased_until = NULL")
    #expect(
      try await eventually(within: 200) {
        try victims.query("SELECT count(*) FROM tenure_global.deliveries") == ["0"]
      })
    // Checkpoints of the audit log go on meanwhile.
    let tests = "SELECT event_id FROM tenure.events WHERE type = 'webhook_endpoint.test'"
    let sent = try victims.query(tests)
      .compactMap { UUID(uuidString: $0).map { EventID(uuid: $0).description } }
    let received = Dictionary(
      grouping: try sink.received.filter {
        try JSONValue(parsing: $0.body)["type"]?.string == "webhook_endpoint.test"
      }
    ) { $0.id }
    #expect(sent.count >= total)
    #expect(Set(sent).subtracting(received.keys) == [], "sent and never received")
    #expect(Set(received.keys).subtracting(sent) == [], "received, though nothing was kept")
    for (id, copies) in received {
      #expect(Set(copies.map(\.body)).count == 1, "\(id) differs between its copies")
    }
    try victims.end()
    await sink.stop()
    zone.stop()
  }

  /// Registers so many accounts that nobody controls.
  private func register(_ count: Int, _ victims: Victims) async throws {
    let rows = (0..<count).map {
      #"{"display_name":"p\#($0)","addresses":[{"address":"a\#($0)@acme.test"}]}"#
    }
    #expect(
      try await RawHTTP.post(
        port: victims.daemon.port, path: "/v1/imports", key: victims.daemon.operatorKey,
        body: rows.joined(separator: "\n"), contentType: "application/x-ndjson") == 202)
    let isDone = try await eventually {
      try victims.query("SELECT state FROM tenure.operations") == ["succeeded"]
    }
    #expect(isDone)
  }

  @Test func `a retention run goes on after kills, and disposes of each thing once`() async throws {
    let victims = try await Victims()
    let count = 1_500 * Self.kills
    try await register(count, victims)
    _ = try victims.query(
      """
      INSERT INTO tenure.account_dates
      SELECT tenant_id, account_id, 'left', '2020-01-01' FROM tenure.accounts
      """)
    _ = try await victims.send(
      "/v1/retention_rules",
      #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","action":"isolate"}"#)
    _ = try await victims.send("/v1/retention_runs", #"{"budget":\#(count)}"#)
    for round in 0..<Self.kills {
      try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
      try await victims.kill(round)
    }
    let isDone = try await eventually(within: 120) {
      try victims.query("SELECT state FROM tenure.retention_runs") == ["completed"]
    }
    #expect(isDone)
    for sql in [
      "SELECT count(*) FROM tenure.accounts WHERE status = 'isolated'",
      "SELECT count(*) FROM tenure.retention_results",
      "SELECT disposed FROM tenure.retention_runs",
      "SELECT count(*) FROM tenure.audit_entries WHERE action = 'account.isolated'",
      "SELECT count(*) FROM tenure.events WHERE type = 'account.isolated'",
    ] {
      #expect(try victims.query(sql) == ["\(count)"], "\(sql)")
    }
    try victims.end()
  }

  @Test func `a rotation goes on after kills, and every account opens after it`() async throws {
    let victims = try await Victims()
    let vault = ["TENURE_VAULT_DIR": victims.daemon.folder + "/vault"]
    _ = victims.daemon.stop()
    try await victims.daemon.start(environment: vault)
    let count = 1_500 * Self.kills
    try await register(count, victims)
    for _ in 0..<Self.kills {
      let rotation = Process()
      rotation.executableURL = Daemon.binaries.appendingPathComponent("tenured")
      rotation.arguments = ["rotate-keys", "epoch"]
      rotation.environment = victims.daemon.environment.merging(vault) { $1 }
      rotation.standardError = FileHandle.nullDevice
      rotation.standardOutput = FileHandle.nullDevice
      try rotation.run()
      try await Task.sleep(for: .milliseconds(Int.random(in: 300...900)))
      kill(rotation.processIdentifier, SIGKILL)
      rotation.waitUntilExit()
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
    let process = Process()
    process.executableURL = Daemon.binaries.appendingPathComponent("tenured")
    process.arguments = arguments
    process.environment = environment
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds)))
    let hasEnded = !process.isRunning
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return hasEnded
  }

  @Test func `people's keys are replaced under kills, each once, and every account opens after it`()
    async throws
  {
    let victims = try await Victims()
    let count = 1_500 * Self.kills
    try await register(count, victims)
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
    try await register(count, victims)
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
    environment["TENURE_DATABASE_URL"] = empty.url
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
