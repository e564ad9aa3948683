import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// A tenant with accounts in its custody, and who administers it.
struct DisposalFixture: Sendable {
  let server: TestServer
  let acme: (id: String, key: String)

  init(settings: [String: String] = [:]) async throws {
    server = try await TestServer(settings: settings)
    acme = try await server.makeTenant("Acme")
  }

  /// The same, on a service that a test has started for more.
  init(server: TestServer, acme: (id: String, key: String)) {
    self.server = server
    self.acme = acme
  }

  func account(_ address: String, own: String? = nil) async throws -> AccountID {
    try await server.makeAccount(inCustodyOf: acme.id, address, own: own)
  }

  func perform(
    _ verb: String, _ id: AccountID, _ members: String = "", query: String = "",
    key: String? = nil
  ) async throws -> TestAnswer {
    server.clock.advance(seconds: 1)
    return try await server.send(
      "POST", "/v1/accounts/\(id):\(verb)\(query)", key: key ?? acme.key,
      body: #"{"reason":"a reason of ours"\#(members)}"#)
  }

  func status(_ id: AccountID) async throws -> String {
    let answer = try await server.get("/v1/accounts/\(id)/sign_in_status")
    return answer.json["status"]?.string ?? answer.text
  }

  /// Waits until the background has brought an account to a status.
  func becomes(_ status: String, _ id: AccountID) async throws -> Bool {
    try await eventually { try await self.status(id) == status }
  }

  func post(_ path: String, _ body: String?, ifMatch: String? = nil) async throws -> TestAnswer {
    try await server.send(
      "POST", path, key: acme.key, body: body, headers: ifMatch.map { [("If-Match", $0)] } ?? [])
  }

  func changes(of id: AccountID) async throws -> [JSONValue] {
    let list = try await server.get("/v1/account_changes?account_id=\(id)", key: acme.key)
    return list.json["data"]?.array ?? []
  }
}

@Suite struct AccountDisposalTests {
  @Test func `what is deleted is out of sight, comes back in time, and goes when it is over`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    #expect(try await fixture.perform("deactivate", ada).status == 200)
    #expect(try await fixture.perform("delete", ada).json["status"]?.string == "deleted")
    #expect(try await server.get("/v1/accounts/\(ada)", key: fixture.acme.key).status == 404)
    let list = try await server.get("/v1/accounts", key: fixture.acme.key)
    #expect(list.json["data"]?.array?.isEmpty == true)
    // Nobody else gets the address meanwhile.
    #expect(try await server.makeAccount("ada@x.test").code == "address_taken")
    let pending = try await fixture.changes(of: ada).first { $0["verb"]?.string == "erase" }
    #expect(pending?["state"]?.string == "scheduled")
    #expect(try await fixture.perform("restore", ada).json["status"]?.string == "deactivated")
    #expect(try await fixture.changes(of: ada).map { $0["state"]?.string }.contains("cancelled"))
    #expect(try await server.get("/v1/accounts/\(ada)", key: fixture.acme.key).status == 200)

    _ = try await fixture.perform("delete", ada)
    server.clock.advance(seconds: 29 * 86_400)
    #expect(try await fixture.status(ada) == "deleted")
    server.clock.advance(seconds: 2 * 86_400)
    #expect(try await fixture.becomes("erased", ada))
    #expect(try await fixture.perform("restore", ada).code == "account_state_conflict")
    try await server.stop()
  }

  @Test func `erasing destroys keys, tokens and addresses, and tells both sides`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let token = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(ada)","assurance":"session","second_factor":true}"#)
    let person = token.json["token"]?.string ?? ""
    #expect(try await server.get("/v1/me", key: person).status == 200)
    // Something confided to the audit log about the person.
    _ = try await fixture.perform("restrict", ada)
    _ = try await fixture.perform("reactivate", ada)

    let tried = try await fixture.perform("erase", ada, query: "?dry_run=true")
    #expect(tried.json["effects"]?.array?.first?["action"]?.string == "account.erased")
    #expect(try await fixture.status(ada) == "active")
    let accepted = try await fixture.perform("erase", ada)
    #expect(accepted.status == 202 && accepted.json["state"]?.string == "scheduled")
    #expect(try await fixture.becomes("erased", ada))
    let change = try await server.get("/v1/account_changes/\(accepted.id)", key: fixture.acme.key)
    #expect(change.json["state"]?.string == "done", "\(change.text)")

    let admin = try server.database.administrator()
    let row = try admin.run(
      "SELECT wrapped_key IS NULL AND profile = '' AND external_id_hmac IS NULL FROM tenure.accounts"
    )
    #expect(row == ["t"])
    #expect(try admin.run("SELECT count(*) FROM tenure_global.addresses") == ["0"])
    #expect(
      try admin.run("SELECT count(*) FROM tenure.audit_keys WHERE account_id = '\(ada.uuid)'")
        == ["0"])
    // Heard of within a second.
    #expect(try await eventually { try await server.get("/v1/me", key: person).status == 401 })
    for key in [nil, fixture.acme.key] {
      #expect(
        try await eventually {
          let feed = try await server.get("/v1/events?type=account.erased", key: key)
          return feed.json["data"]?.array?.count == 1
        })
    }
    // The log says what was done, and no longer why.
    let log = try await server.get(
      "/v1/audit_entries?action=account.restricted", key: fixture.acme.key)
    #expect(log.json["data"]?.array?.count == 1)
    #expect(!log.text.contains("a reason of ours"))
    #expect(try await fixture.perform("restore", ada).code == "account_state_conflict")
    #expect(try await fixture.perform("erase", ada).json["status"]?.string == "erased")
    try await server.stop()
  }

  @Test func `an address rests before somebody else has it, and then that is announced`()
    async throws
  {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    _ = try await fixture.perform("erase", ada)
    #expect(try await fixture.becomes("erased", ada))
    #expect(try await server.makeAccount("ADA@x.test").code == "address_resting")
    server.clock.advance(seconds: 31 * 86_400)
    let heir = try await server.makeAccount("ada@x.test")
    #expect(heir.status == 201, "\(heir.text)")
    #expect(
      try await eventually {
        let feed = try await server.get("/v1/events?type=identifier.recycled")
        return feed.json["data"]?.array?.first?["subject"]?.string == heir.id
      })
    try await server.stop()
  }

  @Test func `an anonymised person is a pseudonym under another key`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let admin = try server.database.administrator()
    let before = try admin.run("SELECT wrapped_key FROM tenure.accounts")
    #expect(try await fixture.perform("anonymise", ada).status == 202)
    #expect(try await fixture.becomes("anonymised", ada))
    #expect(try admin.run("SELECT wrapped_key FROM tenure.accounts") != before)
    let account = try await server.get("/v1/accounts/\(ada)", key: fixture.acme.key)
    let name = account.json["display_name"]?.string ?? ""
    #expect(name.hasPrefix("Former member ") && name.count == 22, "\(account.text)")
    #expect(account.json["addresses"]?.array?.isEmpty == true)
    #expect(try await fixture.perform("reactivate", ada).code == "account_state_conflict")
    try await server.stop()
  }

  @Test func `an isolated account opens to two people only`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    #expect(try await fixture.perform("isolate", ada).json["sign_in"]?.string == "denied")
    #expect(
      try await server.get("/v1/accounts/\(ada)", key: fixture.acme.key).code
        == "account_isolated")
    let asked = try await fixture.perform("open", ada)
    #expect(asked.status == 202 && asked.json["state"]?.string == "pending", "\(asked.text)")
    let approval = "/v1/approvals/\(asked.id)"
    // Neither who asked, nor a key of their making.
    #expect(try await fixture.post("\(approval):approve", nil).code == "approval_not_yours")
    let own = try await server.send(
      "POST", "/v1/keys", key: fixture.acme.key, body: #"{"name":"second me","role":"owner"}"#)
    let ownKey = own.json["token"]?.string ?? ""
    #expect(
      try await server.send("POST", "\(approval):approve", key: ownKey).code
        == "approval_not_yours")
    // Nor are two keys of one maker two people.
    let second = try await server.send(
      "POST", "/v1/keys", key: fixture.acme.key, body: #"{"name":"third me","role":"owner"}"#)
    let mine = try await fixture.perform("open", ada, key: ownKey)
    #expect(mine.status == 202)
    #expect(
      try await server.send(
        "POST", "/v1/approvals/\(mine.id):approve", key: second.json["token"]?.string
      ).code == "approval_not_yours")
    // Nor what the operator makes: it is nobody's.
    let operators =
      try await server.makeKey(in: fixture.acme.id, role: "privacy_officer").json["token"]?.string
      ?? ""
    #expect(
      try await server.send("POST", "\(approval):approve", key: operators).code
        == "approval_not_yours")
    let agreed = try await server.agree(
      to: asked.id, in: fixture.acme.id, offeredBy: fixture.acme.key)
    #expect(agreed.json["state"]?.string == "approved", "\(agreed.text)")
    // Another reason is another request.
    let other = try await server.send(
      "POST", "/v1/accounts/\(ada):open", key: fixture.acme.key, body: #"{"reason":"curious"}"#)
    #expect(other.status == 202)
    let opened = try await fixture.perform("open", ada)
    #expect(opened.json["display_name"]?.string == "Ada", "\(opened.text)")
    let log = try await server.get("/v1/audit_entries?action=account.opened", key: fixture.acme.key)
    #expect(log.json["data"]?.array?.count == 1)
    // Once: the next look takes two people again.
    #expect(try await fixture.perform("open", ada).status == 202)

    let back = try await fixture.perform("reactivate", ada)
    #expect(back.status == 202)
    #expect(
      try await server.agree(to: back.id, in: fixture.acme.id, offeredBy: fixture.acme.key).status
        == 200)
    #expect(try await fixture.perform("reactivate", ada).json["status"]?.string == "active")
    try await server.stop()
  }

  @Test func `a list of accounts has an outcome for each, and repeats safely`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    var ids: [AccountID] = []
    for name in ["a", "b", "c"] { ids.append(try await fixture.account("\(name)@x.test")) }
    _ = try await fixture.perform("deactivate", ids[1])
    let unknown = AccountID(at: server.clock.now)
    let all = (ids + [unknown]).map { "\"\($0)\"" }.joined(separator: ",")
    let body = #"{"verb":"deactivate","account_ids":[\#(all)],"reason":"closing the branch"}"#
    let key = UUID().uuidString
    let answers = try await [1, 2].asyncMap { _ in
      try await server.send(
        "POST", "/v1/account_changes", key: fixture.acme.key, body: body, idempotencyKey: key)
    }
    #expect(answers[0].bytes == answers[1].bytes)
    let outcomes = answers[0].json["data"]?.array?.map { $0["outcome"]?.string ?? "" }
    #expect(outcomes == ["changed", "unchanged", "changed", "failed"], "\(answers[0].text)")
    #expect(answers[0].json["data"]?.array?.last?["code"]?.string == "not_found")
    for id in ids { #expect(try await fixture.status(id) == "deactivated") }
    let wrong = try await fixture.post(
      "/v1/account_changes", #"{"verb":"erase","account_ids":[\#(all)],"reason":"x"}"#)
    #expect(wrong.status == 422)
    // An administrator may deactivate, and not erase.
    let admin = try await server.makeKey(in: fixture.acme.id, role: "admin").json["token"]?.string
    let refused = try await server.send(
      "POST", "/v1/account_changes:erase", key: admin,
      body: #"{"verb":"erase","account_ids":[\#(all)],"reason":"x"}"#)
    #expect(refused.status == 403)
    try await server.stop()
  }

  @Test func `an erasure for a later day happens then, and not to the last owner`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let bob = try await fixture.account("bob@x.test")
    let put = try await server.send(
      "PUT", "/v1/memberships/\(ada)", key: fixture.acme.key, body: #"{"role":"owner"}"#)
    #expect(put.status == 201)
    let later = server.clock.now.adding(seconds: 86_400)
    var changes: [String] = []
    for id in [ada, bob] {
      let change = try await fixture.perform("erase", id, #","effective_at":"\#(later)""#)
      #expect(change.status == 202, "\(change.text)")
      changes.append(change.id)
    }
    #expect(try await fixture.status(bob) == "active")
    server.clock.advance(seconds: 86_400)
    #expect(try await fixture.becomes("erased", bob))
    let isRefused = try await eventually {
      let change = try await server.get("/v1/account_changes/\(changes[0])", key: fixture.acme.key)
      return change.json["refusal"]?.string == "last_owner"
    }
    #expect(isRefused)
    #expect(try await fixture.status(ada) == "active")
    try await server.stop()
  }

  @Test func `a verb for a later day happens then, unless it is called off`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let bob = try await fixture.account("bob@x.test")
    let later = server.clock.now.adding(seconds: 86_400)
    func schedule(_ id: AccountID) async throws -> TestAnswer {
      try await fixture.perform("deactivate", id, #","effective_at":"\#(later)""#)
    }
    let change = try await schedule(ada)
    #expect(change.status == 202 && change.json["state"]?.string == "scheduled", "\(change.text)")
    let other = try await schedule(bob)
    let cancelled = try await fixture.post("/v1/account_changes/\(other.id):cancel", nil)
    #expect(cancelled.json["state"]?.string == "cancelled")
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "active")
    server.clock.advance(seconds: 86_400)
    #expect(try await fixture.becomes("deactivated", ada))
    #expect(try await fixture.status(bob) == "active")
    let log = try await server.get(
      "/v1/audit_entries?action=account.deactivated", key: fixture.acme.key)
    let entry = log.json["data"]?.array?.first
    #expect(entry?["details"]?["reason"]?.string == "a reason of ours", "\(log.text)")
    #expect(entry?["actor"]?.string?.hasPrefix("key_") == true)
    try await server.stop()
  }
}

extension Sequence where Self: Sendable, Element: Sendable {
  fileprivate func asyncMap<Value>(
    _ body: (Element) async throws -> Value
  ) async throws -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await body(element)) }
    return values
  }
}
