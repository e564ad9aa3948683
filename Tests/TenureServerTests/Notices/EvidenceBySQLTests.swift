import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing
import Vault

/// Evidence cannot be made by whoever writes SQL as the application's own role: it is bounded, stamped
/// and shown, or it is not taken.
@Suite struct EvidenceBySQLTests {
  private struct World {
    let fixture: TakeoverFixture
    let tenant: UUID
    let account: UUID
    let item: UUID
    let session: BlockingSession
    let key: String

    init(_ noAnswer: String = "assume_control") async throws {
      fixture = try await TakeoverFixture()
      let account = try await fixture.account("ada@acme.test", "ada@home.test")
      let takeover = try await fixture.start(noAnswer)
      let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
      tenant = try TenantID(parsing: fixture.acme.id).uuid
      self.account = try AccountID(parsing: account).uuid
      item = try CaseID(parsing: id).uuid
      session = try BlockingSession(fixture.server.database.source)
      key = try Signature.publicKey(seed: TakeoverFixture.seed)
        .map { String(format: "%02x", $0) }.joined()
    }

    /// What the database answers to these statements in one transaction, which is undone.
    func attempt(_ steps: String, keep: Bool = false) -> String {
      do {
        try session.run(
          "BEGIN; SELECT set_config('tenure.tenant', '\(tenant)', true); \(steps)")
        _ = try? session.run(keep ? "COMMIT" : "ROLLBACK")
        return "accepted"
      } catch {
        _ = try? session.run("ROLLBACK")
        return error.constraint.isEmpty ? error.sqlState : error.constraint
      }
    }

    /// The account in the tenant's own custody, as a takeover would have it.
    var moved: String {
      """
      INSERT INTO tenure.accounts (tenant_id, account_id, status, key_version, profile, created_at,
        updated_at, version)
      VALUES ('\(tenant)', '\(account)', 'active', 1, '', now(), now(), 1);
      """
    }

    /// Control from now on, or from a time of the writer's own.
    func control(at: String = "tenure.now()", cutoff: String = "tenure.now()") -> String {
      """
      INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
      VALUES ('\(tenant)', '\(account)', '\(item)', \(at), \(cutoff));
      """
    }

    var due: String {
      """
      UPDATE tenure.takeover_cases SET state = 'running', clock_started_at = now() - interval '1 year',
        deadline_at = now() - interval '1 year' WHERE case_id = '\(item)';
      """
    }

    /// A receipt through the function, with parts of the writer's own.
    func delivery(
      at: String = "tenure.now()", signature: String? = nil, key: String? = nil,
      address: String = "ada@home.test", kind: String = "email"
    ) -> String {
      let signature = signature ?? String(repeating: "00", count: 64)
      let hash = "sha256(convert_to('\(CaseID(uuid: item))' || E'\\n' || '\(address)', 'UTF8'))"
      return """
        SELECT tenure.keep_delivery(gen_random_uuid(), '\(item)', NULL, '\(kind)', \(hash), false,
          sha256('t'), \(at), '\\x\(key ?? self.key)', '\\x\(signature)');
        """
    }
  }

  @Test func `receipts are written by the functions alone`() async throws {
    let world = try await World()
    let byHand = """
      INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, level, channel, session_id,
        is_outside_domain, delivered_at, received_at)
      VALUES ('\(world.tenant)', gen_random_uuid(), '\(world.item)', 3, 'accept',
        gen_random_uuid(), true, now(), now());
      """
    #expect(world.attempt(byHand) == "42501")
    #expect(world.attempt("UPDATE tenure.receipts SET level = 3;") == "42501")
    #expect(world.attempt("DELETE FROM tenure.receipts;") == "42501")
    for table in ["tenure.notice_destinations", "tenure_global.receipt_keys"] {
      #expect(world.attempt("DELETE FROM \(table);") == "42501", "\(table)")
    }
    #expect(
      world.attempt(
        "INSERT INTO tenure_global.receipt_keys VALUES (tenure.platform_tenant(), sha256('x'), now());"
      )
        == "42501")
    for column in ["is_claimants = false", "is_verified = true", "link_digest = sha256('x')"] {
      #expect(
        world.attempt("UPDATE tenure.notice_destinations SET \(column);") == "42501", "\(column)")
    }
    // Destinations are made once, before anybody is told, and not added afterwards.
    let admin = try world.fixture.server.database.administrator()
    let count = "SELECT count(*) FROM tenure.notice_destinations"
    #expect(
      world.attempt(
        """
        SELECT tenure.make_destinations(ARRAY['\(world.item)']::uuid[], ARRAY[gen_random_uuid()],
          ARRAY['sms'], ARRAY[sha256('x')], ARRAY[''], ARRAY[true], ARRAY[sha256('y')]);
        """, keep: true) == "accepted")
    #expect(try admin.run(count) == ["2"])
    try await world.fixture.stop()
  }

  @Test func `a receipt is of the operator's key, of a destination, and of now`() async throws {
    let world = try await World()
    #expect(world.attempt(world.delivery()) == "accepted")
    #expect(
      world.attempt(world.delivery(signature: "00")) == "receipts_of_the_operator_are_signed")
    #expect(
      world.attempt(world.delivery(key: String(repeating: "01", count: 32)))
        == "receipts_need_a_known_key")
    #expect(world.attempt(world.delivery(address: "x@y.test")) == "receipts_name_a_destination")
    #expect(world.attempt(world.delivery(kind: "sms")) == "receipts_name_a_destination")
    func at(_ interval: String) -> String {
      world.attempt(world.delivery(at: "tenure.now() + interval '\(interval)'"))
    }
    #expect(at("-100 days") == "receipts_are_in_time")
    #expect(at("-301 seconds") == "receipts_are_in_time")
    #expect(at("-300 seconds") == "accepted")
    #expect(at("300 seconds") == "accepted")
    #expect(at("301 seconds") == "receipts_are_in_time")
    try await world.fixture.stop()
  }

  @Test func `control follows its evidence and its notice period, whatever is written beside it`()
    async throws
  {
    let world = try await World()
    let needed = "controls_need_a_receipt"
    #expect(world.attempt(world.moved + world.control()) == needed)
    #expect(world.attempt(world.moved + world.due + world.control()) == needed)
    // A time of control in a year, a case that says its deadline was a year ago, a receipt of today.
    #expect(world.attempt(world.moved + world.due + world.delivery() + world.control()) == needed)
    let later = world.control(at: "tenure.now() + interval '1 year'")
    #expect(world.attempt(world.moved + world.due + world.delivery() + later) == needed)
    #expect(world.attempt(world.delivery(), keep: true) == "accepted")
    #expect(world.attempt(world.due, keep: true) == "accepted")
    world.fixture.server.clock.advance(seconds: 30 * 86_400 - 1)
    #expect(world.attempt(world.moved + world.control()) == needed)
    world.fixture.server.clock.advance(seconds: 1)
    // With all of it there the trigger lets it pass: nothing else stands in the way.
    #expect(world.attempt(world.moved + world.control()) == "accepted")
    // It begins now, and what is private to the person is cut off now.
    for wrong in [
      world.control(at: "tenure.now() + interval '1 year'"),
      world.control(at: "tenure.now() - interval '6 minutes'"),
      world.control(cutoff: "'1970-01-01'"),
      world.control(cutoff: "tenure.now() + interval '6 minutes'"),
    ] { #expect(world.attempt(world.moved + wrong) == needed, "\(wrong)") }
    // A claim on the name where it arrived takes the evidence away again.
    let admin = try world.fixture.server.database.administrator()
    try admin.run(
      """
      INSERT INTO tenure.domain_claims (tenant_id, claim_id, domain, scope, state, method,
        token_number, token_expires_at, state_since, checks, list_version, created_at, updated_at,
        version)
      SELECT tenant_id, gen_random_uuid(), 'home.test', 'exact', 'pending', 'dns', 1, tenure.now(),
        tenure.now(), 0, '', tenure.now(), tenure.now(), 1
      FROM tenure.domain_claims LIMIT 1
      """)
    #expect(world.attempt(world.moved + world.control()) == needed)
    try await world.fixture.stop()
  }

  @Test(arguments: ["detach_address", "block_sign_in"])
  func `the milder outcomes need every destination and their time`(_ noAnswer: String) async throws
  {
    let world = try await World(noAnswer)
    let effect = """
      UPDATE tenure.takeover_cases SET state = 'effective',
        effect_at = tenure.now(), outcome = '\(noAnswer)' WHERE case_id = '\(world.item)';
      """
    let needed = "takeover_cases_need_a_receipt"
    // That endpoints took it and that somebody saw it is said of every case, and suffices for nothing.
    let sent = ["operator_webhook", "person_webhook", "acknowledge"].map { channel in
      """
      SELECT tenure.keep_sent(ARRAY[gen_random_uuid()], ARRAY['\(world.item)']::uuid[],
        ARRAY[NULL]::uuid[], ARRAY['\(channel)'], ARRAY[NULL]::uuid[]);
      """
    }.joined()
    #expect(world.attempt(sent, keep: true) == "accepted")
    #expect(world.attempt(world.due, keep: true) == "accepted")
    #expect(world.attempt(effect) == needed)
    #expect(world.attempt(world.delivery(), keep: true) == "accepted")
    world.fixture.server.clock.advance(seconds: 40 * 86_400)
    #expect(world.attempt(effect) == needed, "one of two")
    #expect(world.attempt(world.delivery(address: "ada@acme.test"), keep: true) == "accepted")
    world.fixture.server.clock.advance(seconds: 30 * 86_400 - 1)
    #expect(world.attempt(effect) == needed)
    world.fixture.server.clock.advance(seconds: 1)
    #expect(world.attempt(effect) == "accepted")
    #expect(
      world.attempt(effect.replacing(noAnswer, with: "assume_control")) == needed,
      "not what the takeover said")
    try await world.fixture.stop()
  }

  @Test func `nobody says for the person that they accepted`() async throws {
    let world = try await World()
    let accepted = """
      UPDATE tenure.takeover_cases SET state = 'running', answer = 'accept',
        answered_at = tenure.now()
      WHERE case_id = '\(world.item)';
      """
    func act(_ link: String, _ proof: String, _ session: String) -> String {
      """
      SELECT tenure.keep_act(gen_random_uuid(), '\(world.item)', NULL, 'accept', \(link), \(proof),
        \(session));
      """
    }
    let shown = "receipts_of_a_person_are_shown"
    #expect(world.attempt(world.moved + accepted + world.control()) == "controls_need_a_receipt")
    #expect(world.attempt(act("NULL", "NULL", "NULL")) == shown)
    #expect(world.attempt(act("NULL", "NULL", "gen_random_uuid()")) == shown)
    let admin = try world.fixture.server.database.administrator()
    let places = try admin.run(
      "SELECT destination_id FROM tenure.notice_destinations ORDER BY is_claimants")
    let own = try #require(places.first)
    #expect(world.attempt(act("'\(own)'", "'\\x00'", "NULL")) == shown)
    // The digest is not what proves it.
    let digest =
      try admin.run(
        "SELECT encode(link_digest, 'hex') FROM tenure.notice_destinations WHERE destination_id = '\(own)'"
      ).first ?? ""
    #expect(world.attempt(act("'\(own)'", "'\\x\(digest)'", "NULL")) == shown)
    // Nor a session that whoever reads the mailbox may have opened.
    _ = try await world.fixture.mailbox(AccountID(uuid: world.account).description)
    let mailbox = try #require(
      try admin.run("SELECT key_id FROM tenure.keys WHERE assurance = 'mailbox'").first)
    #expect(world.attempt(act("NULL", "NULL", "'\(mailbox)'")) == shown)
    // Nor a token that the same transaction makes.
    let forged = """
      SELECT set_config('tenure.tenant', tenure.platform_tenant()::text, true);
      INSERT INTO tenure.keys (tenant_id, key_id, reference, digest, name, role, account_id,
        created_at, created_by, expires_at, version, assurance, has_second_factor)
      VALUES (tenure.platform_tenant(), '\(world.account)', 'forged', '', '', 'person',
        '\(world.account)', now() - interval '1 year', '', now() + interval '1 year', 1, 'session',
        true);
      SELECT set_config('tenure.tenant', '\(world.tenant)', true);
      """
    #expect(world.attempt(forged + act("NULL", "NULL", "'\(world.account)'")) == shown)
    #expect(
      world.attempt(forged + "SAVEPOINT s; " + act("NULL", "NULL", "'\(world.account)'")) == shown)
    try await world.fixture.stop()
  }

  @Test func `what was said to the person is not made less`() async throws {
    let world = try await World()
    #expect(
      try await world.fixture.receipt(
        CaseID(uuid: world.item).description, "ada@home.test"
      ).status == 201)
    let terms = "takeover_cases_keep_their_terms"
    func change(_ columns: String) -> String {
      world.attempt("UPDATE tenure.takeover_cases SET \(columns);")
    }
    #expect(change("deadline_at = deadline_at - interval '1 second'") == terms)
    #expect(change("deadline_at = deadline_at + interval '1 second'") == "accepted")
    #expect(change("notice_at = NULL") == terms)
    #expect(change("notice_at = notice_at - interval '1 day'") == terms)
    #expect(change("account_id = gen_random_uuid()") == terms)
    func takeover(_ columns: String) -> String {
      world.attempt("UPDATE tenure.takeovers SET \(columns);")
    }
    let standing = "takeovers_keep_their_terms"
    #expect(takeover("notice_days = notice_days - 1") == standing)
    #expect(takeover("notice_days = notice_days + 1") == "accepted")
    #expect(takeover("no_answer = 'block_sign_in'") == standing)
    #expect(takeover("domain = 'other.test'") == standing)
    try await world.fixture.stop()
  }
}
