import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

@Suite struct ContentTransferTests {
  /// Ada's report and her team's plan; Bob is a colleague outside her team, Cyd is in it.
  private struct World: Sendable {
    let fixture: DisposalFixture
    let (ada, bob, cyd): (AccountID, AccountID, AccountID)
    let report: String
    let plan: String
    let note: String
    var server: TestServer { fixture.server }

    init() async throws {
      fixture = try await DisposalFixture()
      ada = try await fixture.account("ada@x.test")
      bob = try await fixture.account("bob@x.test")
      cyd = try await fixture.account("cyd@x.test")
      for (id, teams) in [(ada, #"["red"]"#), (bob, "[]"), (cyd, #"["red"]"#)] {
        let put = try await fixture.server.send(
          "PUT", "/v1/memberships/\(id)", key: fixture.acme.key,
          body: #"{"role":"member","teams":\#(teams)}"#)
        #expect(put.status == 201, "\(put.text)")
      }
      let answer = try await Self.register(
        fixture,
        [
          Self.item(ada, "1", "tenant", fixture.acme.id),
          Self.item(ada, "2", "team", fixture.acme.id, #","team":"red","reference":"x://2""#),
          Self.item(ada, "3", "private", nil),
        ])
      let ids = answer.json["data"]?.array?.map { $0["id"]?.string ?? "" } ?? []
      #expect(ids.count == 3 && !ids.contains(""), "\(answer.text)")
      (report, plan, note) = (ids[0], ids[1], ids[2])
    }

    static func item(
      _ account: AccountID, _ externalID: String, _ visibility: String, _ tenant: String?,
      _ more: String = ""
    ) -> String {
      let place = tenant.map { #","tenant_id":"\#($0)""# } ?? ""
      return #"{"account_id":"\#(account)","product":"docs","kind":"report","#
        + #""external_id":"\#(externalID)","visibility":"\#(visibility)","category":"report","#
        + #""title":"Title \#(externalID)"\#(place)\#(more)}"#
    }

    static func register(_ fixture: DisposalFixture, _ items: [String]) async throws -> TestAnswer {
      try await fixture.server.send(
        "POST", "/v1/content_items", body: #"{"items":[\#(items.joined(separator: ","))]}"#)
    }

    func person(_ id: AccountID) async throws -> String {
      let token = try await server.send(
        "POST", "/v1/person_tokens",
        body:
          #"{"account_id":"\#(id)","assurance":"session","second_factor":true}"#)
      return token.json["token"]?.string ?? ""
    }

    func body(to owner: String, from: AccountID? = nil) -> String {
      #"{"from_account_id":"\#(from ?? ada)","to":{\#(owner)},"reason":"left"}"#
    }

    /// Transfers and waits for the end; answers the results.
    func transfer(to owner: String) async throws -> [JSONValue] {
      let started = try await fixture.post("/v1/content_transfers", body(to: owner))
      #expect(started.status == 202, "\(started.text)")
      #expect(
        try await eventually {
          try await server.get("/v1/operations/\(started.id)", key: fixture.acme.key)
            .json["state"]?.string == "succeeded"
        })
      let results = try await server.get(
        "/v1/operations/\(started.id)/results", key: fixture.acme.key)
      return try results.text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    func owner(of item: String) async throws -> JSONValue? {
      try await server.get("/v1/content_items/\(item)", key: fixture.acme.key).json["owner"]
    }
  }

  @Test func `a preview names what breaks, and a successor answers for what was shared`()
    async throws
  {
    let world = try await World()
    let to = #""kind":"account","account_id":"\#(world.bob)""#
    let preview = try await world.fixture.post("/v1/content_transfers:preview", world.body(to: to))
    #expect(preview.json["items"]?.int == 2, "\(preview.text)")
    let breaks = preview.json["breaks"]?.array ?? []
    #expect(
      breaks.map { $0["code"]?.string } == [
        "successor_not_in_team", "external_reference", "private_stays",
      ], "\(preview.text)")
    #expect(breaks[0]["sample"]?.array?.map(\.string) == [world.plan])
    #expect(breaks[2]["sample"]?.array?.isEmpty == true, "which notes there are is nobody's")
    #expect(!preview.text.contains(world.note))
    #expect(try await world.owner(of: world.report)?["kind"]?.string == "author")

    let results = try await world.transfer(to: to)
    #expect(
      Set(results.map { $0["item_id"]?.string }) == [world.report, world.plan], "\(results)")
    #expect(results.count == 2)
    #expect(results.allSatisfy { $0["outcome"]?.string == "transferred" })
    let owner = try await world.owner(of: world.plan)
    #expect(owner?["account_id"]?.string == world.bob.description)
    // Who answers for it reads it, though the team is not theirs; the author is shown as before.
    let read = try await world.server.get(
      "/v1/me/content_items/\(world.plan)", key: try await world.person(world.bob))
    #expect(read.json["author"]?["account_id"]?.string == world.ada.description, "\(read.text)")
    // Nothing is left to hand over.
    #expect(try await world.transfer(to: #""kind":"tenant""#).isEmpty)
    let feed = try await world.server.get("/v1/events?type=content_transfer.completed")
    #expect(feed.json["data"]?.array?.first?["data"]?["items"]?.int == 2, "\(feed.text)")
    try await world.server.stop()
  }

  @Test func `what changed hands outlives its author's erasure, and its owner's`() async throws {
    let world = try await World()
    let changed = try await world.server.send(
      "PATCH", "/v1/tenants/\(world.fixture.acme.id)", key: world.fixture.acme.key,
      body: #"{"erased_content":"delete"}"#, contentType: "application/merge-patch+json")
    #expect(changed.status == 200)
    _ = try await world.transfer(to: #""kind":"account","account_id":"\#(world.cyd)""#)
    let later = try await World.register(
      world.fixture, [World.item(world.ada, "4", "tenant", world.fixture.acme.id)])
    let own = later.json["data"]?.array?.first?["id"]?.string ?? ""
    #expect(try await world.fixture.perform("erase", world.ada).status == 202)
    #expect(try await world.fixture.becomes("erased", world.ada))
    let key = world.fixture.acme.key
    #expect(try await world.server.get("/v1/content_items/\(own)", key: key).status == 404)
    let kept = try await world.server.get("/v1/content_items/\(world.report)", key: key)
    #expect(kept.json["author"]?["account_id"] == .null, "\(kept.text)")
    #expect(kept.json["owner"]?["account_id"]?.string == world.cyd.description)
    #expect(try await world.fixture.perform("erase", world.cyd).status == 202)
    #expect(try await world.fixture.becomes("erased", world.cyd))
    #expect(try await world.owner(of: world.report)?["kind"]?.string == "tenant")
    try await world.server.stop()
  }

  @Test func `erasure waits for a transfer that is under way`() async throws {
    let world = try await World()
    let admin = try world.server.database.administrator()
    let tenant = try TenantID(parsing: world.fixture.acme.id).uuid
    // A transfer whose work nobody has taken up yet.
    try admin.run(
      """
      INSERT INTO tenure.operations VALUES ('\(tenant)', '01890a5d-ac96-774b-bcce-b302099a8058',
        'content_transfer', 'running', 0, NULL, 0, 'x', now(), now(), 1);
      INSERT INTO tenure.content_transfers (tenant_id, operation_id, from_id, to_kind, place, chunk)
      VALUES ('\(tenant)', '01890a5d-ac96-774b-bcce-b302099a8058', '\(world.ada.uuid)', 'tenant',
        '00000000-0000-0000-0000-000000000000', 0)
      """)
    #expect(try await world.fixture.perform("erase", world.ada).status == 202)
    try await world.server.drainJobs()
    #expect(try await world.fixture.status(world.ada) == "deleted")
    // It goes on, and the erasure after it.
    try admin.run(
      """
      INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
      VALUES ('01890a5d-ac96-774b-bcce-b302099a8058', '\(tenant)', 'content_transfer',
        '2020-01-01')
      """)
    #expect(
      try await eventually {
        try await world.owner(of: world.report)?["kind"]?.string == "tenant"
      })
    world.server.clock.advance(seconds: 3_601)
    #expect(try await world.fixture.becomes("erased", world.ada))
    try await world.server.stop()
  }

  @Test func `nobody answers for it who cannot`() async throws {
    let world = try await World()
    let rival = try await world.server.makeTenant("Rival")
    let eve = try await world.server.makeAccount(inCustodyOf: rival.id, "eve@x.test")
    _ = try await world.fixture.perform("deactivate", world.cyd)
    for owner in [
      #""kind":"account","account_id":"\#(eve)""#, #""kind":"team","team":"blue""#,
      #""kind":"account","account_id":"\#(world.ada)""#, #""kind":"account""#, #""kind":"author""#,
      #""kind":"account","account_id":"\#(world.cyd)""#,
    ] {
      let refused = try await world.fixture.post("/v1/content_transfers", world.body(to: owner))
      #expect(refused.code == "validation_failed", "\(owner): \(refused.text)")
    }
    let foreign = try await world.fixture.post(
      "/v1/content_transfers", world.body(to: #""kind":"tenant""#, from: eve))
    #expect(foreign.code == "validation_failed")
    try await world.server.stop()
  }

  @Test func `what a product takes away is out of sight, and stays while a hold keeps it`()
    async throws
  {
    let world = try await World()
    let hold = try await world.fixture.post(
      "/v1/holds",
      #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(world.ada)"]}"#)
    #expect(hold.status == 201)
    func remove(_ externalID: String) async throws -> String? {
      let answer = try await world.server.send(
        "POST", "/v1/content_items:remove",
        body: #"{"items":[{"tenant_id":"\#(world.fixture.acme.id)","product":"docs","#
          + #""external_id":"\#(externalID)"}]}"#)
      return answer.json["data"]?.array?.first?["outcome"]?.string ?? answer.text
    }
    let key = world.fixture.acme.key
    let bobs = try await World.register(
      world.fixture, [World.item(world.bob, "9", "tenant", world.fixture.acme.id)])
    #expect(bobs.status == 200)
    // Held or not, it looks the same.
    for externalID in ["1", "9"] {
      #expect(try await remove(externalID) == "removed")
      #expect(try await remove(externalID) == "unchanged")
    }
    #expect(
      try await world.server.get("/v1/content_items/\(world.report)", key: key).status == 404)
    let list = try await world.server.get("/v1/content_items", key: key)
    #expect(list.json["data"]?.array?.map { $0["id"]?.string } == [world.plan])
    try await world.server.purge()
    let admin = try world.server.database.administrator()
    let left = "SELECT external_id FROM tenure.content_items WHERE removed_at IS NOT NULL"
    #expect(try admin.run(left) == ["1"])
    // Registered again it is there again.
    let again = try await World.register(
      world.fixture, [World.item(world.ada, "1", "tenant", world.fixture.acme.id)])
    #expect(again.json["data"]?.array?.first?["outcome"]?.string == "updated", "\(again.text)")
    #expect(
      try await world.server.get("/v1/content_items/\(world.report)", key: key).status == 200)
    try await world.server.stop()
  }
}
