import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Whatever a holder did in good days keeps nobody under a control that is suspended: its person
/// leaves, the operator ends it for them, and it ends by itself.
@Suite struct SuspendedLeaveTests {
  /// What the holder of an account did before its claim was given up.
  enum Deed: String, CaseIterable {
    case request, correction, hold, secretHold, heldContent, sameID, onlyOwner, deactivate, isolate
    case delete, mailboxRequest, ownErasure
  }

  private struct World: Sendable {
    let fixture: TakeoverFixture
    let ada: String
    let item: String
    var server: TestServer { fixture.server }
    var key: String { fixture.acme.key }

    /// Ada is under Acme's control, Acme does that, and gives the name up.
    init(_ deed: Deed) async throws {
      fixture = try await TakeoverFixture()
      ada = try await fixture.account("ada@acme.test", "ada@home.test")
      let takeover = try await fixture.start()
      item = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
      _ = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item):accept", key: try await fixture.person(ada))
      try await fixture.server.drainJobs()
      #expect(try await fixture.state(takeover.id) == "effective")
      fixture.server.clock.advance(seconds: 1)
      try await perform(deed)
      fixture.server.clock.advance(seconds: 1)
      let freed = try await server.send(
        "POST", "/v1/domain_claims/\(fixture.claim):release", key: key)
      #expect(freed.status == 200, "\(freed.text)")
      try await server.drainJobs()
      fixture.server.clock.advance(seconds: 1)
    }

    private func done(
      _ method: String, _ path: String, key: String?, _ body: String,
      headers: [(String, String)] = []
    ) async throws {
      let answer = try await server.send(method, path, key: key, body: body, headers: headers)
      #expect(answer.status < 300, "\(path): \(answer.text)")
    }

    private func perform(_ deed: Deed) async throws {
      let account = "/v1/accounts/\(ada)"
      switch deed {
      case .request, .correction:
        let members =
          deed == .request
          ? #""type":"access""# : #""type":"rectification","correction":{"locale":"de"}"#
        try await done(
          "POST", "/v1/requests", key: key, #"{"account_id":"\#(ada)",\#(members)}"#)
      case .hold, .secretHold, .heldContent:
        if deed == .heldContent {
          try await done(
            "POST", "/v1/content_items", key: nil,
            #"{"items":[{"account_id":"\#(ada)","product":"docs","kind":"note","external_id":"1","#
              + #""visibility":"private","category":"note","title":"Dear diary"}]}"#)
        }
        try await done(
          "POST", "/v1/holds", key: key,
          #"{"matter":"m","reason":"r","secret":\#(deed == .secretHold),"#
            + #""custodian_ids":["\#(ada)"]}"#)
      case .sameID:
        try await done(
          "POST", "/v1/accounts", key: nil,
          #"{"external_id":"e1","addresses":[{"address":"z@free.test"}]}"#)
        let answer = try await server.send(
          "PATCH", account, key: key, body: #"{"external_id":"e1"}"#,
          contentType: "application/merge-patch+json")
        #expect(answer.status == 200, "\(answer.text)")
      case .onlyOwner:
        try await done(
          "PUT", "/v1/memberships/\(ada)", key: nil, #"{"role":"owner"}"#,
          headers: [("Tenure-Tenant", fixture.acme.id)])
      case .deactivate, .isolate, .delete:
        try await done("POST", "\(account):\(deed)", key: key, #"{"reason":"x"}"#)
      case .mailboxRequest:
        try await done(
          "POST", "/v1/me/requests", key: try await fixture.mailbox(ada), #"{"type":"access"}"#)
      case .ownErasure:
        try await perform(.secretHold)
        let asked = try await server.send(
          "POST", "/v1/me/requests", key: try await fixture.person(ada),
          body: #"{"type":"erasure"}"#)
        try await done("POST", "/v1/requests/\(asked.id):fulfil", key: key, "")
        try await server.drainJobs()
        let status = try await server.get("/v1/accounts/\(ada)/sign_in_status")
        #expect(status.json["status"]?.string == "deleted", "accepted, and held")
      }
    }

    func isFree() async throws -> Bool {
      let account = try await server.get("/v1/accounts/\(ada)")
      return account.json["status"]?.string == "active"
        && account.text.contains("ada@acme.test") && account.text.contains("ada@home.test")
    }
  }

  @Test(arguments: Deed.allCases)
  func `a person leaves whatever was done to them`(deed: Deed) async throws {
    let world = try await World(deed)
    let left = try await world.server.send(
      "POST", "/v1/me/notices/\(world.item):detach",
      key: try await world.fixture.person(world.ada), body: "{}")
    #expect(left.status == 200, "\(left.text)")
    #expect(try await world.isFree())
    try await world.server.drainJobs()
    #expect(try await world.isFree(), "nothing of what was to come goes after them")
    try await world.fixture.stop()
  }

  @Test(arguments: Deed.allCases)
  func `the operator ends it for somebody whatever was done to them`(deed: Deed) async throws {
    let world = try await World(deed)
    let ended = try await world.server.send(
      "POST", "/v1/accounts/\(world.ada):release", body: #"{"reason":"she called"}"#)
    #expect(ended.status == 200, "\(ended.text)")
    #expect(try await world.isFree())
    try await world.fixture.stop()
  }

  @Test(arguments: Deed.allCases)
  func `it ends by itself whatever was done`(deed: Deed) async throws {
    let world = try await World(deed)
    world.fixture.days(89)
    try await world.server.drainJobs()
    #expect(try await world.server.get("/v1/accounts/\(world.ada)").status == 404)
    world.fixture.days(1)
    try await world.server.drainJobs()
    #expect(try await world.isFree(), "\(deed)")
    try await world.fixture.stop()
  }

  @Test func `what a hold keeps stays behind, and the account goes`() async throws {
    for deed in [Deed.secretHold, .heldContent] {
      let world = try await World(deed)
      let admin = try world.server.database.administrator()
      let kept = "SELECT source FROM tenure.kept_values ORDER BY 1"
      let before = try admin.run(kept).count
      let left = try await world.server.send(
        "POST", "/v1/me/notices/\(world.item):detach",
        key: try await world.fixture.person(world.ada), body: "{}")
      #expect(left.status == 200, "\(left.text)")
      let after = try admin.run(kept)
      #expect(after.contains("accounts") && after.count > before, "\(after)")
      #expect(after.contains("content_items") == (deed == .heldContent), "\(after)")
      // The hold stands, over what it keeps.
      #expect(try admin.run("SELECT state FROM tenure.holds") == ["active"])
      #expect(try admin.run("SELECT count(*) FROM tenure.hold_custodians") == ["1"])
      try await world.fixture.stop()
    }
  }

  @Test(arguments: ["accounts", "content_items"])
  func `a hold keeps what there is of somebody whose control is not suspended`(
    table: String
  ) async throws {
    let world = try await AddressRightsTests.World()
    let content = try await world.server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(world.ada)","product":"docs","kind":"note","#
        + #""external_id":"1","visibility":"private","category":"note","title":"Dear diary"}]}"#)
    #expect(content.status == 200, "\(content.text)")
    let hold = try await world.server.send(
      "POST", "/v1/holds", key: world.key,
      body: #"{"matter":"m","reason":"r","custodian_ids":["\#(world.ada)"]}"#)
    #expect(hold.status == 201, "\(hold.text)")
    let admin = try world.server.database.administrator()
    let id = try AccountID(parsing: world.ada).uuid
    do {
      try admin.run(
        """
        BEGIN;
        SET CONSTRAINTS tenure.controls_tenant_id_account_id_fkey DEFERRED;
        DELETE FROM tenure.\(table) WHERE account_id = '\(id)'
        """)
      Issue.record("what is held is gone")
    } catch { #expect("\(error)".contains("held data stays"), "\(error)") }
    try await world.fixture.stop()
  }

  @Test func `a holder whose control is suspended puts nothing off and turns nothing down`()
    async throws
  {
    let world = try await World(.mailboxRequest)
    let list = try await world.server.get("/v1/requests", key: world.key)
    let id = list.json["data"]?.array?.first?["id"]?.string ?? ""
    for verb in ["pause", "extend", "refuse"] {
      let answer = try await world.server.send(
        "POST", "/v1/requests/\(id):\(verb)", key: world.key, body: #"{"reason":"no"}"#)
      #expect(answer.code == "control_suspended", "\(verb): \(answer.text)")
    }
    let dates = try await world.server.send(
      "PUT", "/v1/accounts/\(world.ada)/dates", key: world.key,
      body: #"{"dates":{"left":"2020-01-01"}}"#)
    #expect(dates.code == "control_suspended", "\(dates.text)")
    try await world.fixture.stop()
  }

  @Test func `the holder's own requests end, and the person's stay with whoever was asked`()
    async throws
  {
    for (deed, state) in [
      (Deed.request, "refused"), (.correction, "refused"), (.mailboxRequest, "received"),
      (.ownErasure, "refused"),
    ] {
      let world = try await World(deed)
      _ = try await world.server.send(
        "POST", "/v1/me/notices/\(world.item):detach",
        key: try await world.fixture.person(world.ada), body: "{}")
      let list = try await world.server.get("/v1/requests", key: world.key)
      let found = list.json["data"]?.array?.first
      #expect(found?["state"]?.string == state, "\(deed): \(list.text)")
      let events = try await world.server.get("/v1/events?type=request.refused")
      #expect(events.json["data"]?.array?.count == (state == "refused" ? 1 : 0), "\(deed)")
      try await world.fixture.stop()
    }
  }

  @Test func `the operator brings back what the holder has deleted or sealed away`() async throws {
    let world = try await World(.delete)
    let restored = try await world.server.send(
      "POST", "/v1/accounts/\(world.ada):restore", body: #"{"reason":"she called"}"#)
    #expect(restored.json["status"]?.string == "active", "\(restored.text)")
    try await world.fixture.stop()
    let other = try await World(.isolate)
    let asked = try await other.server.send(
      "POST", "/v1/accounts/\(other.ada):reactivate", body: #"{"reason":"she called"}"#)
    #expect(asked.status == 202, "two people of the operator's: \(asked.text)")
    try await other.fixture.stop()
  }
}
