import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What the database does not let the application's own role do, whatever statements it is sent.
@Suite struct LastWordTests {
  /// A session as the service's login with a tenant in context, that tries statements one by one.
  private struct Hand {
    let session: BlockingSession
    let admin: BlockingSession
    let tenant: UUID

    init(_ server: TestServer, _ tenant: String) throws {
      session = try BlockingSession(server.database.source)
      admin = try server.database.administrator()
      self.tenant = try TenantID(parsing: tenant).uuid
    }

    /// What became of a transaction: "done", or the constraint that refused it.
    func attempt(_ statements: String, keep: Bool = false) -> String {
      defer { _ = try? session.run("ROLLBACK") }
      do {
        try session.run(
          "BEGIN; SELECT set_config('tenure.tenant', '\(tenant)', true); \(statements); "
            + (keep ? "COMMIT" : "SELECT 1"))
        return "done"
      } catch {
        return error.constraint.isEmpty ? error.sqlState : error.constraint
      }
    }

    func read(_ query: String) throws -> [String] { try admin.run(query) }
  }

  private func held(
    _ fixture: DisposalFixture, _ members: String = ""
  ) async throws -> (account: AccountID, hand: Hand) {
    let ada = try await fixture.account("ada@x.test")
    let hold = try await fixture.post(
      "/v1/holds",
      #"{"matter":"m","reason":"r","custodian_ids":["\#(ada)"]\#(members)}"#)
    #expect(hold.status == 201, "\(hold.text)")
    return (ada, try Hand(fixture.server, fixture.acme.id))
  }

  // MARK: Holds

  @Test func `a hold cools for thirty days of the database's, whatever is written`() async throws {
    let fixture = try await DisposalFixture()
    let (ada, hand) = try await held(fixture)
    let held = "held_data_stays"
    for statement in [
      "UPDATE tenure.holds SET state = 'ended', cools_until = tenure.now()",
      "UPDATE tenure.holds SET state = 'cooling', cools_until = tenure.now(); "
        + "UPDATE tenure.holds SET state = 'ended'",
      "UPDATE tenure.holds SET state = 'cooling', cools_until = '1970-01-01'; "
        + "UPDATE tenure.holds SET cools_until = '1970-01-01'; "
        + "UPDATE tenure.holds SET state = 'ended'",
      "UPDATE tenure.hold_custodians SET cools_until = '1970-01-01'; "
        + "DELETE FROM tenure.hold_custodians",
      "DELETE FROM tenure.hold_custodians",
      "UPDATE tenure.holds SET hold_id = gen_random_uuid()",
    ] {
      #expect(hand.attempt(statement) == held, "\(statement)")
    }
    for statement in [
      "DELETE FROM tenure.holds", "TRUNCATE tenure.hold_custodians",
      "UPDATE tenure.hold_custodians SET account_id = gen_random_uuid()",
      "SELECT tenure.end_restored_holds('\(hand.tenant)', '\(ada.uuid)', tenure.now())",
    ] {
      #expect(hand.attempt(statement) == "42501", "\(statement)")
    }
    // Released by hand it cools as well, from now on and not from when it says.
    #expect(
      hand.attempt(
        "UPDATE tenure.holds SET state = 'cooling', cools_until = '1970-01-01'", keep: true)
        == "done")
    let end = "UPDATE tenure.holds SET state = 'ended'"
    fixture.server.clock.advance(seconds: 30 * 86_400 - 1)
    #expect(hand.attempt(end) == held)
    fixture.server.clock.advance(seconds: 1)
    #expect(hand.attempt(end) == "done")
    try await fixture.server.stop()
  }

  @Test func `a hold never holds less, nor before others than it did`() async throws {
    let fixture = try await DisposalFixture()
    let (_, hand) = try await held(
      fixture,
      #","categories":["a","b"],"from":"2020-01-01T00:00:00Z","to":"2021-01-01T00:00:00Z""#)
    let all = try await fixture.post(
      "/v1/holds", #"{"matter":"m","reason":"r","covers_all":true}"#)
    #expect(all.status == 201, "\(all.text)")
    let one = "WHERE NOT covers_all"
    for change in [
      "covers_all = false WHERE covers_all", "categories = '{a}' WHERE covers_all",
      "from_at = '1970-01-01' WHERE covers_all", "to_at = '2999-01-01' WHERE covers_all",
      "categories = '{a}' \(one)", "categories = '{c}' \(one)", "from_at = '2020-01-02' \(one)",
      "to_at = '2020-12-31' \(one)", "is_secret = NOT is_secret \(one)",
    ] {
      #expect(hand.attempt("UPDATE tenure.holds SET \(change)") == "held_data_stays", "\(change)")
    }
    for change in [
      "categories = '{a,b,c}'", "categories = '{}'", "from_at = '2019-12-31'", "from_at = NULL",
      "to_at = '2021-01-02'", "to_at = NULL", "covers_all = true",
    ] {
      #expect(hand.attempt("UPDATE tenure.holds SET \(change) \(one)") == "done", "\(change)")
    }
    // It begins as one.
    let begun = hand.attempt(
      """
      INSERT INTO tenure.holds (tenant_id, hold_id, details, is_secret, covers_all, categories, state,
        cools_until, created_by, created_at, updated_at, version)
      VALUES ('\(hand.tenant)', gen_random_uuid(), '', false, false, '{}', 'ended', '1970-01-01', 'x',
        now(), now(), 1);
      DO $$ BEGIN IF EXISTS (SELECT FROM tenure.holds WHERE state <> 'active') THEN
        RAISE EXCEPTION 'ended'; END IF; END $$
      """)
    #expect(begun == "done")
    try await fixture.server.stop()
  }

  @Test func `what is held is kept when it is overwritten`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let (ada, hand) = try await held(fixture)
    let bob = try await fixture.account("bob@x.test")
    let item = try await server.send(
      "POST", "/v1/content_items",
      body:
        #"{"items":[{"account_id":"\#(ada)","tenant_id":"\#(fixture.acme.id)","product":"docs","#
        + #""kind":"file","external_id":"1","visibility":"tenant","category":"report","#
        + #""title":"Third quarter"}]}"#)
    #expect(item.status == 200, "\(item.text)")
    let before = try hand.read(
      """
      SELECT encode(wrapped_key, 'hex') || ' ' || encode(profile, 'hex') FROM tenure.accounts
      WHERE account_id = '\(ada.uuid)'
      """)[0].split(separator: " ")
    let details = try hand.read("SELECT encode(details, 'hex') FROM tenure.content_items")[0]
    let wrapped = try hand.read(
      "SELECT encode(wrapped, 'hex') FROM tenure.tenant_keys WHERE tenant_id = '\(hand.tenant)'")[0]
    // What the log says of her has a key of its own.
    _ = try await fixture.perform("restrict", ada)
    let logged = try hand.read(
      "SELECT encode(wrapped, 'hex') FROM tenure.audit_keys WHERE account_id = '\(ada.uuid)'")
    #expect(!logged.isEmpty)
    for statement in [
      "UPDATE tenure.accounts SET wrapped_key = '\\x00', profile = '\\x00'",
      "UPDATE tenure.accounts SET profile = ''",
      "UPDATE tenure.accounts SET wrapped_key = '\\x01', key_commitment = '\\x02', key_version = 9",
      "UPDATE tenure.content_items SET details = '\\x00'",
      "UPDATE tenure.tenant_keys SET wrapped = '\\x00'",
      "UPDATE tenure.holds SET details = '\\x00'",
      "UPDATE tenure.audit_keys SET wrapped = '\\x00'", "DELETE FROM tenure.audit_keys",
    ] {
      #expect(hand.attempt(statement, keep: true) == "done", "\(statement)")
    }
    for statement in [
      "UPDATE tenure.accounts SET account_id = gen_random_uuid()",
      "UPDATE tenure.content_items SET account_id = '\(bob.uuid)'",
      "UPDATE tenure.content_items SET item_id = gen_random_uuid()",
    ] {
      #expect(hand.attempt(statement) == "held_data_stays", "\(statement)")
    }
    for statement in [
      "SELECT * FROM tenure.kept_values", "DELETE FROM tenure.kept_values",
      "INSERT INTO tenure.kept_values DEFAULT VALUES", "TRUNCATE tenure.kept_values",
    ] {
      #expect(hand.attempt(statement) == "42501", "\(statement)")
    }
    #expect(hand.attempt("SELECT tenure.forget_kept('\(hand.tenant)')", keep: true) == "done")
    func isKept(_ value: some StringProtocol) throws -> Bool {
      try hand.read("SELECT count(*) FROM tenure.kept_values WHERE was::text LIKE '%\(value)%'")
        != ["0"]
    }
    for value in before.map(String.init) + logged { #expect(try isKept(value)) }
    #expect(try isKept(details) && isKept(wrapped))
    // Of somebody whom nothing holds, nothing.
    #expect(
      try hand.read(
        "SELECT count(*) FROM tenure.kept_values WHERE account_id = '\(bob.uuid)'") == ["0"])
    try await server.stop()
  }

  @Test func `what was kept is forgotten once the hold has ended, and not before`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let hold = try await fixture.post(
      "/v1/holds", #"{"matter":"m","reason":"r","custodian_ids":["\#(ada)"]}"#)
    let changed = try await server.send(
      "PATCH", "/v1/accounts/\(ada)", key: fixture.acme.key, body: #"{"locale":"de"}"#,
      contentType: "application/merge-patch+json")
    #expect(changed.status == 200, "who changes a held account goes on: \(changed.text)")
    let admin = try server.database.administrator()
    let count = "SELECT count(*) FROM tenure.kept_values"
    #expect(try admin.run(count) == ["1"])
    _ = try await fixture.post(
      "/v1/holds/\(hold.id):release", #"{"reason":"over"}"#, ifMatch: hold.header("etag"))
    for (seconds, kept) in [(Int64(30 * 86_400 - 1), "1"), (1, "0")] {
      server.clock.advance(seconds: seconds)
      try await server.coolHolds()
      try await server.purge()
      #expect(try admin.run(count) == [kept])
      let state = try await server.get("/v1/holds/\(hold.id)", key: fixture.acme.key)
      #expect(state.json["state"]?.string == (kept == "1" ? "cooling" : "ended"))
    }
    try await server.stop()
  }

  @Test func `a released hold cools for thirty days, to the second`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    let hold = try await fixture.post(
      "/v1/holds", #"{"matter":"m","reason":"r","custodian_ids":["\#(ada)","\#(bob)"]}"#)
    let path = "/v1/holds/\(hold.id)"
    let removed = try await fixture.post(
      "\(path):remove_custodians", #"{"account_ids":["\#(bob)"]}"#, ifMatch: hold.header("etag"))
    _ = try await fixture.post(
      "\(path):release", #"{"reason":"over"}"#, ifMatch: removed.header("etag"))
    let until = server.clock.now.adding(seconds: 30 * 86_400)
    let released = try await server.get(path, key: fixture.acme.key)
    #expect(released.json["cools_until"]?.string == until.description, "\(released.text)")
    server.clock.advance(seconds: 30 * 86_400 - 2)
    try await server.coolHolds()
    // `perform` moves the clock by a second before it asks.
    for id in [ada, bob] {
      #expect(try await fixture.perform("erase", id, query: "?dry_run=true").code == "account_held")
      server.clock.advance(seconds: -1)
    }
    server.clock.advance(seconds: 2)
    try await server.coolHolds()
    for id in [ada, bob] { #expect(try await fixture.perform("erase", id).status < 300) }
    try await server.stop()
  }

  // MARK: Controls and the terms of takeovers

  @Test func `control begins when it begins, and terms stay as people were told`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await fixture.receipt(id, "ada@home.test").status < 300)
    #expect(try await fixture.state(takeover.id) == "running")
    let hand = try Hand(fixture.server, fixture.acme.id)
    // In the tenant's own custody, as a takeover would have it.
    let control = """
      INSERT INTO tenure.accounts (tenant_id, account_id, status, key_version, profile, created_at,
        updated_at, version)
      SELECT tenant_id, account_id, 'active', 1, '', now(), now(), 1 FROM tenure.takeover_cases;
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
      SELECT tenant_id, account_id, case_id, AT, CUTOFF FROM tenure.takeover_cases
      """
    for (at, cutoff) in [
      ("tenure.now()", "tenure.now()"), ("tenure.now() + interval '1 year'", "tenure.now()"),
      ("tenure.now() - interval '1 year'", "tenure.now()"), ("tenure.now()", "'1970-01-01'"),
    ] {
      let statement = control.replacing("AT", with: at, maxReplacements: 1)
        .replacing("CUTOFF", with: cutoff)
      #expect(hand.attempt(statement) == "controls_need_a_receipt", "\(at) \(cutoff)")
    }
    for change in [
      "clock_started_at = '1970-01-01'", "answer = 'accept', answered_at = '1970-01-01'",
      "clock_started_at = tenure.now() + interval '1 hour'", "created_at = '1970-01-01'",
      "answer = 'accept'", "case_id = gen_random_uuid()",
      "state = 'effective', outcome = 'detach_address', effect_at = '1970-01-01'",
      "state = 'effective', outcome = 'detach_address', effect_at = tenure.now() + interval '1 day'",
    ] {
      #expect(
        hand.attempt("UPDATE tenure.takeover_cases SET \(change)")
          == "takeover_cases_keep_their_times", "\(change)")
    }
    for change in [
      "notice_days = 7", "notice_days = notice_days - 1", "no_answer = 'block_sign_in'",
      "domain = 'other.test'", "scope = 'subtree'", "claim_id = gen_random_uuid()",
    ] {
      #expect(
        hand.attempt("UPDATE tenure.takeovers SET \(change)") == "takeovers_keep_their_terms",
        "\(change)")
    }
    for change in [
      "deadline_at = tenure.now()", "deadline_at = deadline_at - interval '1 second'",
      "account_id = gen_random_uuid()", "notice_at = '1970-01-01'",
    ] {
      #expect(
        hand.attempt("UPDATE tenure.takeover_cases SET \(change)")
          == "takeover_cases_keep_their_terms", "\(change)")
    }
    // The milder effects wait as well, to the second.
    let effect = """
      UPDATE tenure.takeover_cases SET state = 'effective', outcome = 'detach_address',
        effect_at = tenure.now()
      """
    fixture.server.clock.advance(seconds: 30 * 86_400 - 1)
    #expect(hand.attempt(effect) == "takeover_cases_need_a_receipt")
    try await fixture.stop()
  }

  // MARK: Keys, approvals and rules

  @Test func `keys and approvals are what the database knows of persons`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let (account, key) = try await server.makePerson(in: tenant, role: "owner", offeredBy: owner)
    let target = try await server.makeAccount(inCustodyOf: tenant, "ada@x.test")
    for path in ["isolate", "open"] {
      _ = try await server.send(
        "POST", "/v1/accounts/\(target):\(path)", key: key, body: #"{"reason":"x"}"#)
    }
    let hand = try Hand(server, tenant)
    let person = try AccountID(parsing: account).uuid
    func find(_ holder: String) -> String {
      "(SELECT key_id FROM tenure.keys WHERE \(holder) LIMIT 1)"
    }
    let service = find("holder_id IS NULL AND role = 'owner'")
    for (by, who) in [
      (service, "a service's key"), ("gen_random_uuid()", "no key at all"),
      (find("holder_id = '\(person)'"), "who asked"),
    ] {
      let refused = hand.attempt(
        """
        UPDATE tenure.approvals SET state = 'approved', decided_by = \(by), decided_at = tenure.now(),
          decided_person = gen_random_uuid()
        """)
      #expect(refused.hasPrefix("approvals_take_two"), "\(who): \(refused)")
    }
    #expect(
      hand.attempt("UPDATE tenure.approvals SET state = 'used', decided_by = \(service)")
        == "approvals_take_two_persons")
    #expect(
      hand.attempt("UPDATE tenure.approvals SET requested_by = \(service)")
        == "approvals_take_two_persons")
    for change in [
      "role = 'owner'", "scopes = NULL", "holder_id = NULL", "made_by = NULL",
      "expires_at = '2999-01-01'", "reference = 'x'",
    ] {
      #expect(hand.attempt("UPDATE tenure.keys SET \(change)") == "42501", "\(change)")
    }
    #expect(
      hand.attempt("UPDATE tenure.keys SET digest = '\\x00' WHERE holder_id IS NOT NULL")
        == "keys_are_collected_once")
    #expect(
      hand.attempt("UPDATE tenure.keys SET collected_at = tenure.now() WHERE holder_id IS NULL")
        == "keys_are_collected_once")
    #expect(
      hand.attempt(
        "UPDATE tenure.keys SET revoked_at = tenure.now(); UPDATE tenure.keys SET revoked_at = NULL"
      )
        == "keys_stay_revoked")
    let forged = """
      INSERT INTO tenure.keys (tenant_id, key_id, reference, digest, name, role, created_at,
        created_by, expires_at, version, made_by, holder_id, collected_at)
      SELECT tenant_id, gen_random_uuid(), 'x', '', 'x', 'owner', now(), 'x', expires_at, 1, MAKER,
        HOLDER, COLLECTED FROM tenure.keys WHERE holder_id IS NOT NULL
      """
    func forge(_ maker: String, _ holder: String, _ collected: String) -> String {
      hand.attempt(
        forged.replacing("MAKER", with: maker).replacing("HOLDER", with: holder)
          .replacing("COLLECTED", with: collected))
    }
    #expect(forge("made_by", "'\(target.uuid)'::uuid", "now()") == "keys_are_offered_first")
    #expect(forge("NULL::uuid", "'\(target.uuid)'::uuid", "NULL") == "keys_are_offered_at_home")
    #expect(forge("made_by", "'\(target.uuid)'::uuid", "NULL") == "done")
    try await server.stop()
  }

  @Test func `a locked rule stays by SQL as well, until its lock is over`() async throws {
    let fixture = try await DisposalFixture()
    let lock = fixture.server.clock.now.adding(seconds: 86_400)
    let made = try await fixture.post(
      "/v1/retention_rules",
      #"{"name":"keep","applies_to":"payroll","trigger":"left","period":"P7Y","action":"retain","#
        + #""locked_until":"\#(lock)"}"#)
    #expect(made.status == 201, "\(made.text)")
    let hand = try Hand(fixture.server, fixture.acme.id)
    func next(_ changes: [String: String]) -> String {
      let columns = [
        "tenant_id", "rule_id", "version + 1", "name", "applies_to", "account_ids", "trigger",
        "period", "action", "locked_until", "is_deleted", "effective_at", "created_by",
        "created_at",
      ].map { changes[$0] ?? $0 }
      return hand.attempt(
        """
        INSERT INTO tenure.retention_rules (tenant_id, rule_id, version, name, applies_to, account_ids,
          trigger, period, action, locked_until, is_deleted, effective_at, created_by, created_at)
        SELECT \(columns.joined(separator: ", ")) FROM tenure.retention_rules
        """)
    }
    let weaker = [
      ["is_deleted": "true"], ["locked_until": "NULL"], ["period": "'P6Y'"],
      ["locked_until": "locked_until - interval '1 second'"], ["action": "'delete'"],
      ["applies_to": "'other'"], ["account_ids": "ARRAY[gen_random_uuid()]"],
    ]
    for change in weaker { #expect(next(change) == "retention_rules_stay_locked", "\(change)") }
    for change in [
      [:], ["period": "'P8Y'"], ["period": "NULL"], ["name": "'other'"],
      ["locked_until": "locked_until + interval '1 day'"],
    ] {
      #expect(next(change) == "done", "\(change)")
    }
    fixture.server.clock.advance(seconds: 86_399)
    #expect(next(["period": "'P6Y'"]) == "retention_rules_stay_locked")
    fixture.server.clock.advance(seconds: 1)
    for change in weaker { #expect(next(change) == "done", "\(change)") }
    try await fixture.server.stop()
  }
}
