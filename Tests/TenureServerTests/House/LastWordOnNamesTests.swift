import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What the database does not let the application's own role say of names, of times and of who
/// decides: each without its evidence.
@Suite struct LastWordOnNamesTests {
  /// Statements as the application's role, with a tenant in context.
  private struct Hand {
    let session: BlockingSession
    let tenant: UUID

    init(_ server: TestServer, _ tenant: String) throws {
      session = try BlockingSession(server.database.source)
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
  }

  private static func seen(_ isProof: Bool, at: String = "tenure.now()", times: Int = 1) -> String {
    """
    INSERT INTO tenure.domain_observations (tenant_id, claim_id, observation_id, at, resolver,
      outcome, is_proof)
    SELECT tenant_id, claim_id, gen_random_uuid(), \(at), n::text, 'found', \(isProof)
    FROM tenure.domain_claims, generate_series(1, \(times)) AS n;
    """
  }

  @Test func `every time in the database is bounded, or free for a reason`() async throws {
    let database = try TestDatabase()
    defer { try? database.drop() }
    let found = try database.administrator().run(
      """
      SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name
      FROM information_schema.columns c JOIN information_schema.tables t
        USING (table_schema, table_name)
      WHERE c.table_schema IN ('tenure', 'tenure_global') AND t.table_type = 'BASE TABLE'
        AND (c.data_type LIKE 'timestamp%' OR c.udt_name LIKE '_timestamp%')
      """)
    let list = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("times.txt")
    let known = try String(contentsOf: list, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map(String.init)
    #expect(Set(found).subtracting(known).sorted() == [], "say in times.txt what bounds it")
    #expect(Set(known).subtracting(found).sorted() == [], "gone")
    #expect(Set(known).count == known.count)
  }

  @Test func `a control is suspended now, and goes on by a name that is held`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    _ = try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):accept", key: try await fixture.person(ada))
    try await fixture.server.drainJobs()
    let hand = try Hand(fixture.server, fixture.acme.id)
    let admin = try fixture.server.database.administrator()
    let refused = "controls_are_suspended_now"
    #expect(hand.attempt("UPDATE tenure.controls SET claim_id = gen_random_uuid()") == refused)
    #expect(
      hand.attempt("UPDATE tenure.controls SET suspended_at = '1970-01-01'", keep: true) == "done")
    #expect(
      try admin.run("SELECT suspended_at = tenure.now() FROM tenure.controls") == ["t"],
      "it is stamped")
    fixture.days(1)
    for at in ["tenure.now()", "'1970-01-01'", "suspended_at + interval '1 second'"] {
      #expect(hand.attempt("UPDATE tenure.controls SET suspended_at = \(at)") == refused, "\(at)")
    }
    let resume = "UPDATE tenure.controls SET suspended_at = NULL"
    #expect(hand.attempt("DELETE FROM tenure_global.domains; \(resume)") == refused)
    #expect(hand.attempt("\(resume), claim_id = gen_random_uuid()") == refused)
    #expect(hand.attempt(resume) == "done")
    try await fixture.stop()
  }

  @Test func `no control and no takeover by a name in doubt`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await fixture.receipt(id, "ada@home.test").status == 201)
    // The background takes no control meanwhile: it has nothing in hand, and nothing to come.
    try await fixture.server.drainJobs()
    try fixture.server.database.administrator().run("DELETE FROM tenure_global.jobs")
    fixture.days(31)
    let hand = try Hand(fixture.server, fixture.acme.id)
    let control = """
      INSERT INTO tenure.accounts (tenant_id, account_id, status, key_version, profile, created_at,
        updated_at, version)
      SELECT tenant_id, account_id, 'active', 1, '', now(), now(), 1 FROM tenure.takeover_cases;
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
      SELECT tenant_id, account_id, case_id, tenure.now(), tenure.now() FROM tenure.takeover_cases;
      """
    let next = """
      INSERT INTO tenure.takeovers (tenant_id, takeover_id, claim_id, plan_id, domain, scope,
        no_answer, notice_days, state, excluded_ids, created_by, created_at, updated_at, version)
      SELECT tenant_id, gen_random_uuid(), claim_id, plan_id, DOMAIN, scope, 'assume_control', 7,
        'running', '{}', 'x', AT, now(), 1 FROM tenure.takeovers;
      """
    func another(_ domain: String = "domain", at: String = "tenure.now()") -> String {
      next.replacing("DOMAIN", with: domain).replacing("AT,", with: "\(at),")
    }
    #expect(hand.attempt(control) == "done")
    #expect(hand.attempt(another()) == "done")
    #expect(hand.attempt(another("'x.test'")) == "takeovers_begin_on_a_sure_name")
    #expect(
      hand.attempt(another(at: "tenure.now() - interval '1 day'"))
        == "takeovers_begin_on_a_sure_name")
    for state in ["at_risk", "grace", "contested", "lapsed", "released"] {
      let doubt = "UPDATE tenure.domain_claims SET state = '\(state)';"
      #expect(hand.attempt(doubt + control) == "controls_need_a_sure_name", "\(state)")
      #expect(hand.attempt(doubt + another()) == "takeovers_begin_on_a_sure_name", "\(state)")
    }
    for said in [
      "answer = 'accept'", "clock_started_at = '1970-01-01'", "deadline_at = '1970-01-01'",
      "notice_at = '1970-01-01'", "exported_at = '1970-01-01'", "created_at = '1970-01-01'",
      "state = 'running'",
    ] {
      let parts = said.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      let values = ["state": "'notice_pending'", "created_at": "tenure.now()"]
        .merging([parts[0]: parts[1]]) { $1 }
      let names = values.keys.sorted()
      #expect(
        hand.attempt(
          """
          INSERT INTO tenure.takeover_cases (tenant_id, case_id, takeover_id, account_id, reminders,
            disputes, updated_at, version, \(names.joined(separator: ", ")))
          SELECT tenant_id, gen_random_uuid(), takeover_id, gen_random_uuid(), 0, 0, now(), 1,
            \(names.map { values[$0] ?? "" }.joined(separator: ", "))
          FROM tenure.takeovers
          """) == "takeover_cases_begin_untold", "\(said)")
    }
    try await fixture.stop()
  }

  @Test func `a name is held by what was seen of it`() async throws {
    let fixture = try await TakeoverFixture()
    let hand = try Hand(fixture.server, fixture.acme.id)
    let refused = "domain_claims_are_proven"
    func set(_ columns: String) -> String { "UPDATE tenure.domain_claims SET \(columns);" }
    // What its check saw proves nothing any more.
    for change in [
      "domain = 'x.test'", "scope = 'subtree'", "claim_id = gen_random_uuid()",
      "created_at = '1970-01-01'", "state_since = '1970-01-01'",
      "verified_at = tenure.now() + interval '1 second'",
      "state_since = tenure.now() + interval '301 seconds'",
    ] {
      #expect(hand.attempt(set(change)) == refused, "\(change)")
    }
    let back = "state = 'verified'"
    for state in ["at_risk", "grace", "contested", "lapsed", "released", "ownership_changed"] {
      let lost = set("state = '\(state)'")
      #expect(hand.attempt(lost) == "done", "\(state)")
      #expect(hand.attempt(lost + set(back)) == refused, "\(state)")
      // Two of four are no proof, nor are attestations without words or a day.
      let half = Self.seen(true, times: 2) + Self.seen(false, times: 2)
      #expect(hand.attempt(lost + half + set(back)) == refused, "\(state)")
      let most = Self.seen(true, times: 3) + Self.seen(false, times: 1)
      #expect(hand.attempt(lost + most + set(back)) == "done", "\(state)")
      let affiliated = Self.seen(true).replacing("n::text", with: "'web'")
      #expect(hand.attempt(lost + affiliated + set(back)) == refused, "\(state)")
      #expect(hand.attempt(lost + set(back + ", method = 'attestation'")) == refused)
      #expect(
        hand.attempt(
          lost + set(back + ", method = 'attestation', attestation = '', review_on = now()"))
          == "done")
    }
    #expect(hand.attempt(set("state = 'grace'") + set("state = 'at_risk'")) == refused)
    #expect(hand.attempt(set("state = 'lapsed'") + set("state = 'grace'")) == refused)
    #expect(
      hand.attempt(Self.seen(true, at: "tenure.now() - interval '1 day'"))
        == "domain_observations_are_of_now")
    #expect(hand.attempt("UPDATE tenure.domain_observations SET is_proof = true") == "42501")
    try await fixture.stop()
  }

  @Test func `a claim begins unproven, and the directory follows it`() async throws {
    let fixture = try await TakeoverFixture()
    let hand = try Hand(fixture.server, fixture.acme.id)
    func claim(_ state: String, _ verified: String = "NULL", at: String = "tenure.now()") -> String
    {
      """
      INSERT INTO tenure.domain_claims (tenant_id, claim_id, domain, scope, state, method,
        token_number, token_expires_at, state_since, verified_at, checks, list_version, created_at,
        updated_at, version)
      VALUES ('\(hand.tenant)', '01890a5d-ac96-774b-bcce-b302099a8058', 'new.test', 'exact',
        '\(state)', 'dns', 1, tenure.now(), tenure.now(), \(verified), 0, '', \(at), now(), 1);
      """
    }
    let refused = "domain_claims_are_proven"
    #expect(hand.attempt(claim("pending")) == "done")
    #expect(hand.attempt(claim("verified", "tenure.now()")) == refused)
    #expect(hand.attempt(claim("pending", "tenure.now()")) == refused)
    #expect(hand.attempt(claim("pending", at: "'1970-01-01'")) == refused)
    #expect(hand.attempt(claim("pending", at: "'2999-01-01'")) == refused)
    func name(_ rights: String, _ scope: String = "exact") -> String {
      """
      INSERT INTO tenure_global.domains (domain, name_hmac, scope, tenant_id, claim_id, rights)
      VALUES ('new.test', '', '\(scope)', '\(hand.tenant)', '01890a5d-ac96-774b-bcce-b302099a8058',
        '\(rights)');
      """
    }
    for rights in ["full", "kept", "frozen"] {
      #expect(hand.attempt(name(rights)) == "domains_are_held_by_claims", "\(rights)")
      #expect(hand.attempt(claim("pending") + name(rights)) == "domains_are_held_by_claims")
    }
    let change = "UPDATE tenure_global.domains SET"
    #expect(hand.attempt("\(change) domain = 'x.test'") == "domains_are_held_by_claims")
    #expect(hand.attempt("\(change) scope = 'subtree'") == "domains_are_held_by_claims")
    for (state, rights) in [("at_risk", "full"), ("grace", "kept"), ("contested", "kept")] {
      #expect(
        hand.attempt(
          "UPDATE tenure.domain_claims SET state = '\(state)'; \(change) rights = '\(rights)'")
          == "domains_are_held_by_claims", "\(state) \(rights)")
    }
    #expect(
      hand.attempt("UPDATE tenure.domain_claims SET state = 'grace'; \(change) rights = 'frozen'")
        == "done")
    for at in ["'2999-01-01'::timestamptz", "'1970-01-01'::timestamptz"] {
      #expect(
        hand.attempt(
          """
          INSERT INTO tenure_global.domain_grants (tenant_id, grant_id, claim_id, domain, grantee_id,
            state, created_at, expires_at)
          SELECT tenant_id, gen_random_uuid(), claim_id, domain, tenant_id, 'open', \(at), \(at)
          FROM tenure.domain_claims
          """) == "domain_grants_are_of_now")
    }
    try await fixture.stop()
  }

  @Test func `two people do not agree in one transaction`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let (_, first) = try await server.makePerson(in: tenant, role: "owner", offeredBy: owner)
    let (second, _) = try await server.makePerson(in: tenant, role: "owner", offeredBy: owner)
    let target = try await server.makeAccount(inCustodyOf: tenant, "ada@x.test")
    for path in ["isolate", "open"] {
      _ = try await server.send(
        "POST", "/v1/accounts/\(target):\(path)", key: first, body: #"{"reason":"x"}"#)
    }
    let hand = try Hand(server, tenant)
    let person = try AccountID(parsing: second).uuid
    let key = "(SELECT key_id FROM tenure.keys WHERE holder_id = '\(person)' LIMIT 1)"
    func decide(at: String = "tenure.now()", _ more: String = "WHERE state = 'pending'") -> String {
      """
      UPDATE tenure.approvals SET state = 'approved', decided_by = \(key), decided_at = \(at)
      \(more);
      """
    }
    #expect(hand.attempt(decide()) == "done")
    let moments = "approvals_take_two_moments"
    #expect(hand.attempt(decide(at: "'1970-01-01'")) == moments)
    func ask(at: String = "tenure.now()") -> String {
      """
      INSERT INTO tenure.approvals (tenant_id, approval_id, action, object, fingerprint,
        requested_by, requested_at, expires_at, state, version)
      SELECT tenant_id, '01890a5d-ac96-774b-bcce-b302099a8058', action, object || 'x', sha256(fingerprint),
        requested_by, \(at), '2999-01-01', 'pending', 1 FROM tenure.approvals LIMIT 1;
      """
    }
    let fresh = "WHERE approval_id = '01890a5d-ac96-774b-bcce-b302099a8058'"
    #expect(hand.attempt(ask()) == "done")
    #expect(hand.attempt(ask(at: "'1970-01-01'")) == moments)
    #expect(hand.attempt(ask() + decide(fresh)) == moments)
    #expect(hand.attempt("UPDATE tenure.approvals SET made_in = '3'") == moments)
    // A key that this very transaction makes, or changes, decides elsewhere.
    #expect(hand.attempt("UPDATE tenure.keys SET version = version + 1; " + decide()) == moments)
    try await server.stop()
  }

  @Test func `a receipt that nobody signed keeps its case from control, and no other`() async throws
  {
    let fixture = try await TakeoverFixture()
    let places = ["ada@home.test", "bob@home.test"]
    for (work, own) in zip(["ada@acme.test", "bob@acme.test"], places) {
      _ = try await fixture.account(work, own)
    }
    let takeover = try await fixture.start()
    let ids = try await fixture.cases(takeover.id).compactMap { $0["id"]?.string }
    #expect(ids.count == 2)
    // One case's receipt is the operator's; the other's came by SQL under the operator's key.
    var genuine = ""
    for id in ids where genuine.isEmpty {
      for place in places where try await fixture.receipt(id, place).status == 201 { genuine = id }
    }
    let forged = try #require(ids.first { $0 != genuine })
    let hand = try Hand(fixture.server, fixture.acme.id)
    let item = try CaseID(parsing: forged).uuid
    let admin = try fixture.server.database.administrator()
    let key = try #require(
      try admin.run("SELECT encode(public_key, 'hex') FROM tenure_global.receipt_keys").first)
    #expect(
      hand.attempt(
        """
        SELECT tenure.keep_delivery(gen_random_uuid(), '\(item)', NULL, 'email', d.address_hash,
          false, d.address_hash, tenure.now(), '\\x\(key)', d.address_hash || d.address_hash)
        FROM tenure.notice_destinations d
        WHERE d.case_id = '\(item)' AND NOT d.is_claimants;
        UPDATE tenure.takeover_cases SET state = 'running', clock_started_at = tenure.now(),
          deadline_at = tenure.now() + interval '30 days', next_at = tenure.now() + interval '30 days'
        WHERE case_id = '\(item)'
        """, keep: true) == "done")
    let kept = try admin.run(
      "SELECT count(*) FROM tenure.receipts WHERE case_id = '\(item)' AND level = 2")
    #expect(kept == ["1"], "it is there, signed by nobody")
    fixture.days(31)
    try await fixture.server.drainJobs()
    let states = Dictionary(
      try await fixture.list(takeover.id).map { ($0["id"]?.string, $0["state"]?.string) }
    ) { $1 }
    #expect(states[genuine] == "effective")
    #expect(states[forged] == "running")
    let controls = try admin.run("SELECT case_id FROM tenure.controls")
    #expect(controls == [try CaseID(parsing: genuine).uuid.uuidString.lowercased()])
    #expect(
      try admin.run("SELECT blocker FROM tenure.takeover_cases WHERE case_id = '\(item)'")
        == ["not_notified"])
    try await fixture.stop()
  }
}
