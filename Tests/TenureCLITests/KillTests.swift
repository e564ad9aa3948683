import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// The main job under kill -9 of the service and of PostgreSQL: nothing is lost, nothing done twice.
///
/// `TENURE_KILLS` makes it long.
@Suite(.onOwnThreads) struct KillTests {
  static let kills =
    Int(ProcessInfo.processInfo.environment["TENURE_KILLS"] ?? "") ?? 2

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

    // Everybody acknowledged it at a place of their own, and 31 days go by: the past is written without
    // the triggers that keep it from being written.
    _ = try victims.query(
      """
      SET session_replication_role = replica;
      INSERT INTO tenure.notice_destinations (tenant_id, case_id, destination_id, kind,
        address_hash, names, is_verified, is_claimants, link_digest, made_at, made_in)
      SELECT tenant_id, case_id, gen_random_uuid(), 'sms', sha256(uuid_send(case_id)), '{}', true,
        false, sha256('link'), now() - interval '32 days', pg_current_xact_id()
      FROM tenure.takeover_cases;
      INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, level, channel,
        is_outside_domain, delivered_at, received_at, destination_id)
      SELECT tenant_id, gen_random_uuid(), case_id, 3, 'acknowledge', true,
        now() - interval '31 days', now() - interval '31 days', destination_id
      FROM tenure.notice_destinations WHERE kind = 'sms';
      UPDATE tenure.takeover_cases SET state = 'running', next_at = now(),
        created_at = now() - interval '32 days', notice_at = now() - interval '32 days',
        clock_started_at = now() - interval '31 days', deadline_at = now() - interval '1 day';
      RESET session_replication_role;
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

  @Test func `a retention run goes on after kills, and disposes of each thing once`() async throws {
    let victims = try await Victims()
    let count = 1_500 * Self.kills
    try await victims.register(count)
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

  @Test func `a file of verbs goes on after kills, and does each row once`() async throws {
    let victims = try await Victims()
    let count = 1_500 * Self.kills
    try await victims.register(count)
    let rows = try victims.query("SELECT account_id FROM tenure.accounts").map { text in
      let id = AccountID(uuid: try #require(UUID(uuidString: text)))
      return #"{"account_id":"\#(id)","verb":"deactivate","reason":"left"}"#
    }
    #expect(
      try await RawHTTP.post(
        port: victims.daemon.port, path: "/v1/account_changes:import",
        key: victims.daemon.operatorKey, body: rows.joined(separator: "\n"),
        contentType: "application/x-ndjson") == 202)
    try await killing(victims) {
      try victims.query("SELECT state FROM tenure.operations WHERE kind = 'account_changes'")
        == ["succeeded"]
    }
    for sql in [
      "SELECT count(*) FROM tenure.accounts WHERE status = 'deactivated'",
      "SELECT count(*) FROM tenure.account_changes WHERE state = 'done'",
      "SELECT done - failed FROM tenure.operations WHERE kind = 'account_changes'",
      "SELECT count(*) FROM tenure.audit_entries WHERE action = 'account.deactivated'",
      "SELECT count(*) FROM tenure.events WHERE type = 'account.deactivated'",
    ] {
      #expect(try victims.query(sql) == ["\(count)"], "\(sql)")
    }
    try victims.end()
  }
}
