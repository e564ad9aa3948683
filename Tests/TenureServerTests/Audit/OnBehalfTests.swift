import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What is done later for somebody's request says so: whose it was, which, why, and who agreed.
@Suite struct OnBehalfTests {
  private func entry(
    _ server: TestServer, _ query: String, key: String
  ) async throws -> JSONValue? {
    let found = try await server.get("/v1/audit_entries?\(query)", key: key)
    return found.json["data"]?.array?.first
  }

  @Test func `a job says on whose behalf it works, in which request, and why`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let item = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(ada)","product":"docs","kind":"report","#
        + #""external_id":"1","visibility":"tenant","category":"report","title":"T","#
        + #""tenant_id":"\#(fixture.acme.id)"}]}"#)
    #expect(item.status < 300, "\(item.text)")
    let asked = try await server.send(
      "POST", "/v1/content_transfers", key: fixture.acme.key,
      body: #"{"from_account_id":"\#(ada)","to":{"kind":"tenant"},"reason":"they left"}"#)
    #expect(asked.status == 202, "\(asked.text)")
    let operation = try await server.finish(asked.id, key: fixture.acme.key)
    #expect(operation["state"]?.string == "succeeded", "\(operation)")
    let begun = try await entry(server, "action=content_transfer.created", key: fixture.acme.key)
    let done = try await entry(server, "action=content_item.transferred", key: fixture.acme.key)
    #expect(done?["actor"]?.string == "system:content_transfer", "\(done ?? .null)")
    #expect(done?["on_behalf_of"]?.string == begun?["actor"]?.string)
    #expect(begun?["actor"]?.string?.hasPrefix("key_") == true)
    #expect(done?["request_id"]?.string == asked.header("x-request-id"))
    #expect(done?["details"]?["reason"]?.string == "they left", "\(done ?? .null)")
    // Who does their own work does it on nobody's behalf.
    #expect(begun?["on_behalf_of"] == .null && begun?["approved_by"] == .null)
    try await server.stop()
  }

  @Test func `what is put off to a later day keeps the request that asked for it`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let later = server.clock.now.adding(seconds: 86_400)
    let asked = try await fixture.perform("deactivate", ada, #","effective_at":"\#(later)""#)
    #expect(asked.status == 202, "\(asked.text)")
    server.clock.advance(seconds: 86_401)
    #expect(try await fixture.becomes("deactivated", ada))
    let done = try await entry(server, "action=account.deactivated", key: fixture.acme.key)
    #expect(done?["request_id"]?.string == asked.header("x-request-id"), "\(done ?? .null)")
    #expect(done?["details"]?["reason"]?.string == "a reason of ours")
    let deleted = try await fixture.perform("delete", try await fixture.account("bob@x.test"))
    #expect(deleted.status == 200, "\(deleted.text)")
    server.clock.advance(seconds: 31 * 86_400)
    try await server.drainJobs()
    let gone = try await entry(server, "action=account.erased", key: fixture.acme.key)
    #expect(gone?["request_id"]?.string == deleted.header("x-request-id"), "\(gone ?? .null)")
    try await server.stop()
  }

  @Test func `what two people agreed on names the second`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    #expect(try await fixture.perform("isolate", ada).json["sign_in"]?.string == "denied")
    let asked = try await fixture.perform("open", ada)
    #expect(asked.status == 202, "\(asked.text)")
    let agreed = try await server.agree(
      to: asked.id, in: fixture.acme.id, offeredBy: fixture.acme.key)
    #expect(agreed.json["state"]?.string == "approved", "\(agreed.text)")
    #expect(try await fixture.perform("open", ada).status == 200)
    let opened = try await entry(server, "action=account.opened", key: fixture.acme.key)
    let agreement = try await entry(server, "action=approval.approved", key: fixture.acme.key)
    #expect(opened?["approved_by"]?.string == agreement?["actor"]?.string, "\(opened ?? .null)")
    #expect(opened?["approved_by"]?.string != opened?["actor"]?.string)
    try await server.stop()
  }

  @Test func `one change that fails keeps no other from being done`() async throws {
    let fixture = try await DisposalFixture()
    let server = fixture.server
    let later = server.clock.now.adding(seconds: 86_400)
    var people: [AccountID] = []
    for name in ["ada", "bob", "eve"] {
      let person = try await fixture.account("\(name)@x.test")
      people.append(person)
      let asked = try await fixture.perform("deactivate", person, #","effective_at":"\#(later)""#)
      #expect(asked.status == 202, "\(asked.text)")
    }
    // Damage that no rule foresees: nobody can read why.
    let admin = try server.database.administrator()
    try admin.run(
      "UPDATE tenure.account_changes SET reason = '\\x00' WHERE account_id = '\(people[1].uuid)'")
    server.clock.advance(seconds: 86_401)
    for person in [people[0], people[2]] {
      #expect(try await fixture.becomes("deactivated", person))
    }
    try await server.drainJobs()
    #expect(try await fixture.status(people[1]) == "active")
    let change = try await fixture.changes(of: people[1]).first
    #expect(change?["state"]?.string == "refused", "\(change ?? .null)")
    #expect(change?["refusal"]?.string == "internal_error")
    try await server.stop()
  }
}
