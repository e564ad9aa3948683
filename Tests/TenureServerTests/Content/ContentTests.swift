import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

@Suite struct ContentTests {
  /// Ada's report, shared with the tenant, and her private note; Bob is a colleague.
  private struct World: Sendable {
    let fixture: DisposalFixture
    let ada: AccountID
    let bob: AccountID
    let report: String
    let note: String

    init() async throws {
      fixture = try await DisposalFixture()
      ada = try await fixture.account("ada@x.test")
      bob = try await fixture.account("bob@x.test")
      for id in [ada, bob] {
        let put = try await fixture.server.send(
          "PUT", "/v1/memberships/\(id)", key: fixture.acme.key, body: #"{"role":"member"}"#)
        #expect(put.status == 201)
      }
      let answer = try await Self.register(
        fixture,
        [
          Self.item(ada, "d-1", "tenant", fixture.acme.id, title: "Third quarter"),
          Self.item(ada, "d-2", "private", nil, title: "Dear diary"),
        ])
      let ids = answer.json["data"]?.array?.map { $0["id"]?.string ?? "" } ?? []
      #expect(ids.count == 2, "\(answer.text)")
      report = ids.first ?? ""
      note = ids.last ?? ""
    }

    static func item(
      _ account: AccountID, _ externalID: String, _ visibility: String, _ tenant: String?,
      title: String, team: String? = nil
    ) -> String {
      let place = tenant.map { #","tenant_id":"\#($0)""# } ?? ""
      let group = team.map { #","team":"\#($0)""# } ?? ""
      return #"{"account_id":"\#(account)","product":"docs","kind":"report","#
        + #""external_id":"\#(externalID)","visibility":"\#(visibility)","category":"report","#
        + #""title":"\#(title)","body":"as it was"\#(place)\#(group)}"#
    }

    static func register(
      _ fixture: DisposalFixture, _ items: [String]
    ) async throws -> TestAnswer {
      try await fixture.server.send(
        "POST", "/v1/content_items", body: #"{"items":[\#(items.joined(separator: ","))]}"#)
    }

    func person(_ id: AccountID) async throws -> String {
      let token = try await fixture.server.send(
        "POST", "/v1/person_tokens",
        body:
          #"{"account_id":"\#(id)","assurance":"session","second_factor":true}"#)
      return token.json["token"]?.string ?? ""
    }

    func read(_ item: String, _ key: String, asPerson: Bool) async throws -> TestAnswer {
      let path = asPerson ? "/v1/me/content_items" : "/v1/content_items"
      return try await fixture.server.get("\(path)/\(item)", key: key)
    }
  }

  @Test
  func `a colleague reads the shared report after its author was deactivated; nobody the note`()
    async throws
  {
    let world = try await World()
    let acme = world.fixture.acme.key
    let (ada, bob) = (try await world.person(world.ada), try await world.person(world.bob))
    let before = try await world.read(world.report, bob, asPerson: true)
    #expect(before.json["author"]?["name"]?.string == "Ada", "\(before.text)")
    #expect(
      try await world.read(world.note, ada, asPerson: true).json["title"]?.string == "Dear diary")
    #expect(try await world.read(world.note, bob, asPerson: true).status == 404)
    #expect(try await world.read(world.note, acme, asPerson: false).status == 404)
    let mine = try await world.fixture.server.get("/v1/me/content_items", key: ada)
    #expect(mine.json["data"]?.array?.count == 2, "\(mine.text)")

    #expect(try await world.fixture.perform("deactivate", world.ada).status == 200)
    let after = try await world.read(world.report, bob, asPerson: true)
    #expect(after.text == before.text)
    #expect(try await world.read(world.report, acme, asPerson: false).text == before.text)
    #expect(try await world.read(world.note, ada, asPerson: true).code == "account_state_conflict")
    #expect(try await world.read(world.note, acme, asPerson: false).status == 404)
    let list = try await world.fixture.server.get("/v1/content_items", key: acme)
    #expect(list.json["data"]?.array?.map { $0["id"]?.string } == [world.report])
    // What was read of somebody is in the log.
    let log = try await world.fixture.server.get(
      "/v1/audit_entries?action=content_item.read&subject_id=\(world.ada)", key: acme)
    #expect(log.json["data"]?.array?.count == 4, "\(log.text)")
    try await world.fixture.server.stop()
  }

  @Test func `an anonymised author is the same pseudonym everywhere, and the note is gone`()
    async throws
  {
    let world = try await World()
    let bob = try await world.person(world.bob)
    #expect(try await world.fixture.perform("anonymise", world.ada).status == 202)
    #expect(try await world.fixture.becomes("anonymised", world.ada))
    let report = try await world.read(world.report, bob, asPerson: true)
    let account = try await world.fixture.server.get(
      "/v1/accounts/\(world.ada)", key: world.fixture.acme.key)
    #expect(report.json["title"]?.string == "Third quarter", "\(report.text)")
    #expect(report.json["author"]?["account_id"] == .null)
    #expect(report.json["author"]?["name"]?.string == account.json["display_name"]?.string)
    let admin = try world.fixture.server.database.administrator()
    #expect(
      try admin.run("SELECT count(*) FROM tenure.content_items WHERE visibility = 'private'")
        == ["0"])
    try await world.fixture.server.stop()
  }

  @Test func `after an erasure the tenant's policy decides what becomes of shared content`()
    async throws
  {
    for (policy, status) in [("keep", 200), ("delete", 404)] {
      let world = try await World()
      let changed = try await world.fixture.server.send(
        "PATCH", "/v1/tenants/\(world.fixture.acme.id)", key: world.fixture.acme.key,
        body: #"{"erased_content":"\#(policy)"}"#, contentType: "application/merge-patch+json")
      #expect(changed.json["erased_content"]?.string == policy, "\(changed.text)")
      #expect(try await world.fixture.perform("erase", world.ada).status == 202)
      #expect(try await world.fixture.becomes("erased", world.ada))
      let read = try await world.read(world.report, world.fixture.acme.key, asPerson: false)
      #expect(read.status == status)
      #expect(!read.text.contains(world.ada.description))
      try await world.fixture.server.stop()
    }
  }

  @Test func `what is shared with a team is for its members`() async throws {
    let world = try await World()
    let bob = try await world.person(world.bob)
    let item = World.item(
      world.ada, "d-3", "team", world.fixture.acme.id, title: "Plan", team: "red")
    let answer = try await World.register(world.fixture, [item])
    let id = answer.json["data"]?.array?.first?["id"]?.string ?? ""
    #expect(try await world.read(id, bob, asPerson: true).status == 404)
    let joined = try await world.fixture.server.send(
      "PUT", "/v1/memberships/\(world.bob)", key: world.fixture.acme.key,
      body: #"{"role":"member","teams":["red"]}"#)
    #expect(joined.status == 200, "\(joined.text)")
    #expect(try await world.read(id, bob, asPerson: true).json["title"]?.string == "Plan")
    try await world.fixture.server.stop()
  }

  @Test func `registering again brings up to date, and another's item is not taken over`()
    async throws
  {
    let world = try await World()
    let tenant = world.fixture.acme.id
    let rival = try await world.fixture.server.makeTenant("Rival")
    let answer = try await World.register(
      world.fixture,
      [
        World.item(world.ada, "d-1", "tenant", tenant, title: "Third quarter"),
        World.item(world.ada, "d-2", "tenant", tenant, title: "Dear colleagues"),
        World.item(world.bob, "d-1", "tenant", tenant, title: "Mine now"),
        World.item(world.bob, "d-9", "tenant", rival.id, title: "For strangers"),
        World.item(
          AccountID(at: world.fixture.server.clock.now), "d-8", "private", nil, title: "x"),
      ])
    let outcomes = answer.json["data"]?.array ?? []
    #expect(
      outcomes.map { $0["outcome"]?.string } == [
        "unchanged", "updated", "failed", "failed", "failed",
      ], "\(answer.text)")
    #expect(
      outcomes.map { $0["code"]?.string } == [
        nil, nil, "content_conflict", "not_found", "not_found",
      ])
    // What was private and is shared now opens with the tenant's key.
    let shared = try await world.read(world.note, world.fixture.acme.key, asPerson: false)
    #expect(shared.json["title"]?.string == "Dear colleagues", "\(shared.text)")
    let refused = try await world.fixture.server.send(
      "POST", "/v1/content_items", key: world.fixture.acme.key, body: #"{"items":[]}"#)
    #expect(refused.status == 403)
    try await world.fixture.server.stop()
  }
}
