import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureTesting
import Testing

@testable import TenureServer

@Suite struct HoldTests {
  private func place(
    _ fixture: DisposalFixture, on id: AccountID, isSecret: Bool
  ) async throws -> TestAnswer {
    try await fixture.post(
      "/v1/holds",
      #"{"matter":"Acme v. Rival","reason":"ordered","secret":\#(isSecret),"custodian_ids":["\#(id)"]}"#
    )
  }

  @Test func `a hold stops every disposal, and thirty days after its release none`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let hold = try await place(fixture, on: ada, isSecret: false)
    #expect(hold.status == 201 && hold.json["custodian_count"]?.int == 1, "\(hold.text)")
    for verb in ["delete", "anonymise", "erase"] {
      #expect(try await fixture.perform(verb, ada).code == "account_held", "\(verb)")
    }
    #expect(try await fixture.perform("deactivate", ada).status == 200)
    let path = "/v1/holds/\(hold.id):release"
    let reason = #"{"reason":"settled"}"#
    #expect(try await fixture.post(path, reason).code == "precondition_required")
    #expect(
      try await fixture.post(path, reason, ifMatch: "\"v9\"").code == "precondition_failed")
    let released = try await fixture.post(path, reason, ifMatch: hold.header("etag"))
    #expect(released.json["state"]?.string == "cooling", "\(released.text)")
    #expect(try await fixture.perform("erase", ada).code == "account_held")
    server.clock.advance(seconds: 31 * 86_400)
    try await server.coolHolds()
    #expect(try await fixture.perform("erase", ada).status == 202)
    #expect(try await fixture.becomes("erased", ada))
    try await server.stop()
  }

  @Test func `a secret hold shows in no answer, and keeps the data all the same`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let bob = try await fixture.account("bob@x.test")
    #expect(try await place(fixture, on: ada, isSecret: true).status == 201)
    let admin = try await server.makeKey(in: fixture.acme.id, role: "admin").json["token"]?.string
    #expect(try await server.get("/v1/holds", key: admin).status == 403)
    var visible: [String] = []
    for id in [ada, bob] {
      var answers: [TestAnswer] = []
      for query in ["?dry_run=true", ""] {
        answers.append(try await fixture.perform("erase", id, query: query))
      }
      answers.append(try await server.get("/v1/accounts/\(id)", key: fixture.acme.key))
      visible.append(
        answers.map { answer in
          let headers = answer.headers.map(\.name).sorted().joined(separator: ",")
          let text = answer.text.replacing(id.description, with: "ACCOUNT")
            .replacing(/chg_[0-9a-z]{26}|req_[0-9a-z]{26}|20[0-9-]+T[0-9:.]+Z/, with: "X")
          return "\(answer.status) \(headers) \(text)"
        }.joined(separator: "\n"))
    }
    #expect(visible[0] == visible[1])
    #expect(try await fixture.becomes("erased", bob))
    // The held one is out of sight, and its key is there.
    #expect(try await fixture.status(ada) == "deleted")
    let database = try server.database.administrator()
    #expect(
      try database.run(
        "SELECT wrapped_key IS NOT NULL FROM tenure.accounts WHERE account_id = '\(ada.uuid)'")
        == ["t"])
    // Once the hold is gone, what was asked for happens by itself.
    let hold = try await server.get("/v1/holds", key: fixture.acme.key)
    let id = hold.json["data"]?.array?.first?["id"]?.string ?? ""
    let one = try await server.get("/v1/holds/\(id)", key: fixture.acme.key)
    _ = try await fixture.post(
      "/v1/holds/\(id):release", #"{"reason":"over"}"#, ifMatch: one.header("etag"))
    server.clock.advance(seconds: 31 * 86_400)
    try await server.coolHolds()
    #expect(try await fixture.becomes("erased", ada))
    try await server.stop()
  }

  @Test func `the database keeps held data from its owner as well`() async throws {
    let fixture = try await DisposalFixture()
    let ada = try await fixture.account("ada@x.test")
    #expect(try await place(fixture, on: ada, isSecret: true).status == 201)
    let admin = try fixture.server.database.administrator()
    let tenant = try TenantID(parsing: fixture.acme.id).uuid
    // Row-level security off, as only the owner can: the walls behind it stand.
    let prelude =
      "BEGIN; SET ROLE tenure_owner; ALTER TABLE tenure.accounts NO FORCE ROW LEVEL SECURITY; "
      + "ALTER TABLE tenure.holds NO FORCE ROW LEVEL SECURITY; "
      + "ALTER TABLE tenure.hold_custodians NO FORCE ROW LEVEL SECURITY; "
    let attempts = [
      "UPDATE tenure.accounts SET wrapped_key = NULL, key_commitment = NULL, status = 'erased'",
      "UPDATE tenure.accounts SET status = 'anonymised'",
      "DELETE FROM tenure.accounts",
      "TRUNCATE tenure.accounts CASCADE",
      "DELETE FROM tenure.hold_custodians",
      "TRUNCATE tenure.hold_custodians",
      "DELETE FROM tenure.hold_custodians; DELETE FROM tenure.holds",
      "UPDATE tenure.holds SET state = 'ended', cools_until = now()",
    ]
    for context in ["", "SET LOCAL tenure.tenant = '\(tenant)'; "] {
      for attempt in attempts {
        let error = #expect(throws: PostgresError.self, "\(attempt)") {
          try admin.run(prelude + context + attempt + "; COMMIT")
        }
        #expect(error?.constraint == "held_data_stays", "\(attempt): \(String(describing: error))")
        _ = try? admin.run("ROLLBACK")
        try admin.run("RESET ROLE")
      }
    }
    #expect(
      try admin.run(
        "SELECT count(*) FROM tenure.accounts WHERE status = 'active' AND wrapped_key IS NOT NULL")
        == ["1"])
    try await fixture.server.stop()
  }

  @Test func `custodians join and leave; leaving cools too`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let bob = try await fixture.account("bob@x.test")
    let hold = try await place(fixture, on: ada, isSecret: false)
    let path = "/v1/holds/\(hold.id)"
    let stranger = AccountID(at: server.clock.now)
    #expect(
      try await fixture.post("\(path):add_custodians", #"{"account_ids":["\#(stranger)"]}"#).status
        == 422)
    let added = try await fixture.post(
      "\(path):add_custodians", #"{"account_ids":["\#(bob)"]}"#)
    #expect(added.json["custodian_count"]?.int == 2, "\(added.text)")
    let removed = try await fixture.post(
      "\(path):remove_custodians", #"{"account_ids":["\#(bob)"]}"#, ifMatch: added.header("etag"))
    #expect(removed.status == 200, "\(removed.text)")
    #expect(try await fixture.perform("erase", bob).code == "account_held")
    server.clock.advance(seconds: 31 * 86_400)
    try await server.coolHolds()
    #expect(try await fixture.perform("erase", bob).status == 202)
    #expect(try await fixture.perform("erase", ada).code == "account_held")
    let list = try await server.get("\(path)/custodians", key: fixture.acme.key)
    #expect(list.json["data"]?.array?.count == 1)
    try await server.stop()
  }

  @Test func `what a hold is about is written as it was read, and never half`() throws {
    let text = #"{"matter":"Doe v. \"Acme\"","reason":"ordered"}"#
    let details = try HoldDetails.shape.stored(Array(text.utf8))
    #expect(String(decoding: HoldDetails.shape.bytes(of: details), as: UTF8.self) == text)
    for half in [#"{"matter":"Doe"}"#, #"{"matter":"Doe","reason":null}"#] {
      #expect(throws: StoredFormError.self) { try HoldDetails.shape.stored(Array(half.utf8)) }
    }
  }
}
