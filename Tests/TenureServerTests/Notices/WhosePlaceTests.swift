import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Whose a place is: evidence, hands, sessions, detach, release and packages give one answer, for every
/// name of the claimant's and of those under common ownership with it.
@Suite struct WhosePlaceTests {
  /// A claim of a tenant's, as it would have come about: it has been so for days.
  private static func claim(
    _ domain: String, _ state: String, sinceDays days: Int, of tenant: String,
    _ fixture: TakeoverFixture
  ) throws {
    let id = try TenantID(parsing: tenant).uuid
    try fixture.server.database.administrator().run(
      """
      SET session_replication_role = replica;
      INSERT INTO tenure.domain_claims (tenant_id, claim_id, domain, scope, state, method,
        token_number, token_expires_at, state_since, checks, list_version, created_at, updated_at,
        version)
      SELECT '\(id)', gen_random_uuid(), '\(domain)', 'exact', '\(state)', 'dns', 1, since, since, 0,
        '', since, since, 1
      FROM (SELECT tenure.now() - interval '\(days) days' AS since) AS x
      """)
  }

  private static func actions(
    _ item: String, _ key: String, _ fixture: TakeoverFixture
  ) async throws -> Bool {
    let notice = try await fixture.server.get("/v1/me/notices/\(item)", key: key)
    return notice.json["actions"]?.array?.contains { $0.string == "accept" } ?? false
  }

  /// Starts a takeover of the account that there is; the id of it and of its case.
  private static func start(
    _ noAnswer: String, _ fixture: TakeoverFixture
  ) async throws -> (takeover: String, item: String) {
    let takeover = try await fixture.start(noAnswer).id
    let item = try #require(try await fixture.cases(takeover).first?["id"]?.string)
    fixture.server.clock.advance(seconds: 1)
    return (takeover, item)
  }

  private static func own(
    _ tenants: [String], on tenant: String, key: String?, _ fixture: TakeoverFixture
  ) async throws -> TestAnswer {
    let list = tenants.map { "\"\($0)\"" }.joined(separator: ",")
    return try await fixture.server.send(
      "PATCH", "/v1/tenants/\(tenant)", key: key, body: #"{"common_ownership":[\#(list)]}"#)
  }

  @Test(arguments: [("pending", 1), ("released", 5), ("expired", 89), ("lapsed", 89)])
  func `silence leaves nobody with an address on another name of the claimant's alone`(
    _ state: String, _ days: Int
  ) async throws {
    let fixture = try await TakeoverFixture()
    try Self.claim("corp.test", state, sinceDays: days, of: fixture.acme.id, fixture)
    let account = try await fixture.account("ada@acme.test", "ada@mail.corp.test")
    let (takeover, item) = try await Self.start("detach_address", fixture)
    for address in ["ada@acme.test", "ada@mail.corp.test"] {
      #expect(try await fixture.receipt(item, address).status == 201)
    }
    #expect(try await fixture.state(takeover) == "running")
    fixture.days(31)
    try await fixture.server.drainJobs()
    let after = try #require(try await fixture.list(takeover).first)
    #expect(after["state"]?.string == "running", "\(after)")
    #expect(after["blocker"]?.string == "no_other_destination", "\(after)")
    let kept = try await fixture.server.get("/v1/accounts/\(account)")
    #expect(kept.text.contains("ada@acme.test"), "\(kept.text)")
    try await fixture.stop()
  }

  @Test func `a name that was the claimant's within 90 days is, and one from before is not`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    for (name, state, days) in [
      ("old.test", "released", 91), ("late.test", "released", 89), ("no.test", "refused", 1),
    ] {
      try Self.claim(name, state, sinceDays: days, of: fixture.acme.id, fixture)
    }
    _ = try await fixture.account(
      "ada@acme.test", "ada@old.test", "ada@late.test", "ada@no.test")
    let (_, item) = try await Self.start("assume_control", fixture)
    for (place, isPersons) in [
      ("ada@acme.test", false), ("ada@old.test", true), ("ada@late.test", false),
      ("ada@no.test", true),
    ] {
      let receipt = try await fixture.receipt(item, place)
      #expect(receipt.json["is_outside_domain"]?.bool == isPersons, "\(place)")
      let link = try await fixture.link(item, place)
      #expect(try await Self.actions(item, link, fixture) == isPersons, "\(place)")
    }
    // An address to keep the account under is judged by the same.
    for (place, code) in [("x@late.test", "address_not_personal"), ("x@old.test", nil)] {
      let answer = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item):detach", key: try await fixture.link(item, "ada@old.test"),
        body: #"{"address":"\#(place)"}"#)
      #expect(answer.code == code && (code != nil || answer.status == 202), "\(answer.text)")
    }
    try await fixture.stop()
  }

  @Test func `a release looks for an address that is on no name the claimant asks for either`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, item) = try await Self.start("assume_control", fixture)
    let accepted = try await fixture.server.send(
      "POST", "/v1/me/notices/\(item):accept", key: try await fixture.person(account))
    #expect(accepted.status == 200, "\(accepted.text)")
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover) == "effective")
    let claimed = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"home.test"}"#)
    #expect(claimed.status == 201)
    let released = try await fixture.server.send(
      "POST", "/v1/accounts/\(account):release", key: fixture.acme.key, body: #"{"reason":"left"}"#)
    #expect(released.code == "address_not_personal", "\(released.text)")
    try await fixture.stop()
  }

  @Test(arguments: [true, false])
  func `what is under common ownership counts for both, whichever names the other`(
    _ isNamedByClaimant: Bool
  ) async throws {
    let fixture = try await TakeoverFixture()
    let beta = try await fixture.server.makeTenant("Beta")
    try Self.claim("home.test", "pending", sinceDays: 1, of: beta.id, fixture)
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, item) = try await Self.start("assume_control", fixture)
    let link = try await fixture.link(item, "ada@home.test")
    // Between the claims of the two: whose mailbox opened it depends on whether they are one.
    let session = try await fixture.session(
      account, since: fixture.server.clock.now.adding(seconds: -3_600))
    #expect(try await Self.actions(item, link, fixture))
    #expect(try await Self.actions(item, session, fixture))
    #expect(try await fixture.receipt(item, "ada@home.test").status == 201)
    #expect(try await fixture.state(takeover) == "running")

    let named =
      isNamedByClaimant
      ? try await Self.own([beta.id], on: fixture.acme.id, key: fixture.acme.key, fixture)
      : try await Self.own([fixture.acme.id], on: beta.id, key: beta.key, fixture)
    #expect(named.status == 200, "\(named.text)")
    #expect(try await !Self.actions(item, link, fixture))
    #expect(try await !Self.actions(item, session, fixture))
    #expect(try await Self.actions(item, fixture.person(account), fixture))
    for key in [link, session] {
      let accepted = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item):accept", key: key)
      #expect(accepted.code == "destination_not_personal", "\(accepted.text)")
    }
    // The evidence is looked at again when control is due; and no package goes there.
    let again = try await fixture.receipt(item, "ada@home.test")
    #expect(again.json["is_outside_domain"]?.bool == false, "\(again.text)")
    fixture.days(31)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover) == "running")
    let export = try await fixture.server.send(
      "POST", "/v1/me/notices/\(item):export", key: link)
    #expect(export.status == 200, "\(export.text)")
    try await fixture.server.drainJobs()
    let ready = try await fixture.events("request.package_ready").last?["data"]
    #expect(ready?["destinations"]?.array?.isEmpty == true, "\(String(describing: ready))")
    try await fixture.stop()
  }

  @Test func `common ownership is added by either, and taken away by the operator alone`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let acme = fixture.acme
    let beta = try await fixture.server.makeTenant("Beta")
    func list(_ id: String) async throws -> [String?]? {
      try await fixture.server.get("/v1/tenants/\(id)").json["common_ownership"]?.array?
        .map(\.string)
    }
    let unknown = TenantID(at: fixture.server.clock.now).description
    for other in [unknown, acme.id, TenantID.platform.description] {
      let refused = try await Self.own([other], on: acme.id, key: acme.key, fixture)
      #expect(refused.code == "validation_failed", "\(refused.text)")
    }
    let tried = try await fixture.server.send(
      "PATCH", "/v1/tenants/\(acme.id)?dry_run=true", key: acme.key,
      body: #"{"common_ownership":["\#(beta.id)"]}"#)
    #expect(tried.json["effects"]?.array?.count == 2, "\(tried.text)")
    #expect(try await list(acme.id) == [])
    let named = try await Self.own([beta.id], on: acme.id, key: acme.key, fixture)
    #expect(named.json["common_ownership"]?.array?.first?.string == beta.id, "\(named.text)")
    #expect(try await list(beta.id) == [acme.id])
    // Both logs say so.
    for key in [acme.key, beta.key] {
      let log = try await fixture.server.get("/v1/audit_entries?limit=200", key: key)
      let actions = log.json["data"]?.array?.map { $0["action"]?.string } ?? []
      #expect(actions.contains("tenant.updated"), "\(log.text)")
    }
    // Neither takes itself off.
    for (id, key) in [acme, beta] {
      let refused = try await Self.own([], on: id, key: key, fixture)
      #expect(refused.code == "forbidden", "\(refused.text)")
    }
    let same = try await Self.own([beta.id], on: acme.id, key: acme.key, fixture)
    #expect(same.status == 200)
    let admin = try fixture.server.database.administrator()
    func counts(_ sinceDays: Int) throws -> String? {
      let id = try TenantID(parsing: acme.id).uuid
      try admin.run("SELECT set_config('tenure.tenant', '\(id)', false)")
      return try admin.run(
        """
        SELECT tenure.is_claimed('\(id)', tenure.name_digests('\(id)', 'a.home.test'),
          tenure.now() + interval '\(sinceDays) days')
        """
      ).first
    }
    try Self.claim("home.test", "pending", sinceDays: 1, of: beta.id, fixture)
    #expect(try counts(0) == "t")
    let parted = try await Self.own([], on: beta.id, key: nil, fixture)
    #expect(parted.status == 200, "\(parted.text)")
    #expect(try await list(acme.id) == [])
    #expect(try await list(beta.id) == [])
    // For what begins in the next 90 days it still counts.
    #expect(try counts(89) == "t")
    #expect(try counts(91) == "f")
    #expect(try await Self.own([acme.id], on: beta.id, key: beta.key, fixture).status == 200)
    #expect(try counts(91) == "t")
    try await fixture.stop()
  }

  @Test func `a tenant cannot tell from receipts which address a person has`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let (takeover, item) = try await Self.start("detach_address", fixture)
    let sent = try await fixture.receipt(item, "ada@home.test")
    let hash = try #require(sent.json["address_hash"]?.string)
    let signature = try #require(sent.json["signature"]?.string)
    let receipts = "/v1/takeover_cases/\(item)/receipts"
    for path in [receipts, "/v1/takeovers/\(takeover)/cases", "/v1/events", "/v1/audit_entries"] {
      let answer = try await fixture.server.get(path, key: fixture.acme.key)
      #expect(answer.status == 200 && !answer.text.contains(hash), "\(path): \(answer.text)")
      #expect(!answer.text.contains(signature), "\(path)")
    }
    let operators = try await fixture.server.send(
      "GET", receipts, headers: [("Tenure-Tenant", fixture.acme.id)])
    #expect(operators.text.contains(hash) && operators.text.contains(signature))
    // The same of what is told of accounts otherwise.
    let accepted = try await fixture.server.send(
      "POST", "/v1/me/notices/\(item):accept", key: try await fixture.person(account))
    #expect(accepted.status == 200)
    try await fixture.server.drainJobs()
    let done = try await fixture.server.send(
      "POST", "/v1/accounts/\(account):deactivate", key: fixture.acme.key,
      body: #"{"reason":"left"}"#)
    #expect(done.status == 200, "\(done.text)")
    let notices = try await fixture.server.get(
      "/v1/account_notices?account_id=\(account)", key: fixture.acme.key)
    let notice = try #require(notices.json["data"]?.array?.last?["id"]?.string)
    let told = try await fixture.receipt(notice, "ada@home.test")
    let other = try #require(told.json["address_hash"]?.string)
    let list = "/v1/account_notices/\(notice)/receipts"
    let seen = try await fixture.server.get(list, key: fixture.acme.key)
    #expect(seen.json["data"]?.array?.isEmpty == false && !seen.text.contains(other))
    try await fixture.stop()
  }

  @Test func `a change of addresses takes receipts from where the person was before`() async throws
  {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account(
      [("ada@acme.test", true), ("ada@home.test", true)], contacts: [("sms", "+4930123456", true)])
    let changed = try await fixture.server.send(
      "PATCH", "/v1/accounts/\(account)",
      body: #"{"addresses":[{"address":"ada@new.test","verified":true}],"contacts":[]}"#)
    #expect(changed.status == 200, "\(changed.text)")
    let event = try await fixture.events("account.addresses_changed").first
    let notice = try #require(event?["data"]?["notice_id"]?.string)
    for (place, channel) in [
      ("ada@home.test", "email"), ("ada@acme.test", "email"), ("ada@new.test", "email"),
      ("+4930123456", "sms"),
    ] {
      let receipt = try await fixture.receipt(notice, place, channel: channel)
      #expect(receipt.status == 201, "\(place): \(receipt.text)")
    }
    for (place, channel) in [("eve@home.test", "email"), ("+4930123457", "sms")] {
      let receipt = try await fixture.receipt(notice, place, channel: channel)
      #expect(receipt.code == "receipt_refused", "\(place): \(receipt.text)")
    }
    try await fixture.stop()
  }

  @Test func `an export that fails is ended by the operator, and the case goes on`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let made = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(account)","product":"docs","kind":"note","#
        + #""external_id":"1","visibility":"private","category":"note","title":"Dear diary"}]}"#)
    #expect(made.status == 200, "\(made.text)")
    // Nothing opens it any more: the package cannot be made.
    let admin = try server.database.administrator()
    try admin.run("UPDATE tenure.content_items SET details = '\\x00'")
    let (takeover, item) = try await Self.start("detach_address", fixture)
    let link = try await fixture.link(item, "ada@home.test")
    let export = try await server.send("POST", "/v1/me/notices/\(item):export", key: link)
    #expect(export.status == 200, "\(export.text)")
    try await server.drainJobs()
    let requests = try await server.get("/v1/requests")
    let request = try #require(requests.json["data"]?.array?.first)
    let id = try #require(request["id"]?.string)
    #expect(request["state"]?.string == "granted", "\(requests.text)")
    let accepted = try await server.send("POST", "/v1/me/notices/\(item):accept", key: link)
    #expect(accepted.status == 200, "\(accepted.text)")
    try await server.drainJobs()
    #expect(try await fixture.list(takeover).first?["blocker"]?.string == "open_request")
    let refused = try await server.send(
      "POST", "/v1/requests/\(id):refuse", body: #"{"reason":"it cannot be made"}"#)
    #expect(refused.json["state"]?.string == "refused", "\(refused.text)")
    #expect(try admin.run("SELECT count(*) FROM tenure.package_files") == ["0"])
    server.clock.advance(seconds: 3_601)
    try await server.drainJobs()
    #expect(try await fixture.state(takeover) == "effective")
    try await fixture.stop()
  }
}
