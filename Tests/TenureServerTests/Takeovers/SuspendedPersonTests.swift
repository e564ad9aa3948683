import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What people and operators can still do once the name has gone, or its proof is in doubt.
@Suite struct SuspendedPersonTests {
  /// An account that Acme controls, by its person's own consent, and the case that brought it.
  private func controlled(
    _ fixture: TakeoverFixture, _ account: String
  ) async throws -> (takeover: String, id: String) {
    let takeover = try await fixture.start()
    let cases = try await fixture.cases(takeover.id)
    let id =
      cases.first { $0["account_id"]?.string == account }?["id"]?.string ?? ""
    _ = try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):accept", key: try await fixture.person(account))
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "effective")
    fixture.server.clock.advance(seconds: 1)
    return (takeover.id, id)
  }

  private func blocked(_ fixture: TakeoverFixture) async throws -> (
    account: String, takeover: String
  ) {
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start("block_sign_in")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    for place in ["ada@acme.test", "ada@home.test"] {
      #expect(try await fixture.receipt(id, place).status == 201)
    }
    fixture.days(31)
    try await fixture.server.drainJobs()
    #expect(try await status(fixture, ada) == "blocked")
    return (ada, takeover.id)
  }

  private func status(_ fixture: TakeoverFixture, _ account: String) async throws -> String? {
    try await fixture.server.get("/v1/accounts/\(account)").json["status"]?.string
  }

  private func giveUp(_ fixture: TakeoverFixture) async throws {
    let answer = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(fixture.claim):release", key: fixture.acme.key)
    #expect(answer.status == 200, "\(answer.text)")
    try await fixture.server.drainJobs()
  }

  @Test func `whoever is under suspended control leaves by their own hand, and by no other`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let (_, id) = try await controlled(fixture, ada)
    func detach(_ key: String) async throws -> TestAnswer {
      try await fixture.server.send("POST", "/v1/me/notices/\(id):detach", key: key, body: "{}")
    }
    // While it is held, control is no case to leave.
    #expect(try await detach(try await fixture.person(ada)).status == 409)
    try await giveUp(fixture)
    #expect(try await detach(try await fixture.mailbox(ada)).status == 403)
    let left = try await detach(try await fixture.person(ada))
    #expect(left.status == 200, "\(left.text)")
    let me = try await fixture.server.get("/v1/me", key: try await fixture.person(ada))
    #expect(me.text.contains("ada@acme.test") && me.text.contains("ada@home.test"), "\(me.text)")
    let admin = try fixture.server.database.administrator()
    #expect(try admin.run("SELECT count(*) FROM tenure.controls") == ["0"])
    #expect(try admin.run("SELECT state FROM tenure.takeover_cases") == ["released"])
    #expect(
      try await fixture.server.get("/v1/accounts/\(ada)", key: fixture.acme.key).status == 404)
    try await fixture.stop()
  }

  @Test func `the operator reactivates and gives back what suspended control holds`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    _ = try await controlled(fixture, ada)
    let path = "/v1/accounts/\(ada)"
    func verb(_ verb: String, key: String? = nil) async throws -> TestAnswer {
      fixture.server.clock.advance(seconds: 1)
      return try await fixture.server.send(
        "POST", "\(path):\(verb)", key: key, body: #"{"reason":"x"}"#)
    }
    #expect(try await verb("deactivate", key: fixture.acme.key).status < 300)
    try await giveUp(fixture)
    #expect(try await verb("reactivate", key: fixture.acme.key).code == "control_suspended")
    let reactivated = try await verb("reactivate")
    #expect(reactivated.status == 200, "\(reactivated.text)")
    #expect(reactivated.json["status"]?.string == "active", "\(reactivated.text)")
    let released = try await verb("release")
    #expect(released.status == 200, "\(released.text)")
    let me = try await fixture.server.get("/v1/me", key: try await fixture.person(ada))
    #expect(me.text.contains("ada@acme.test") && me.text.contains("ada@home.test"), "\(me.text)")
    try await fixture.stop()
  }

  @Test func `a block is lifted once its claim is given up, or lapses`() async throws {
    for isReleased in [true, false] {
      let fixture = try await TakeoverFixture()
      let (ada, _) = try await blocked(fixture)
      if isReleased {
        try await giveUp(fixture)
      } else {
        let claim = try await fixture.server.get(
          "/v1/domain_claims/\(fixture.claim)", key: fixture.acme.key)
        try await fixture.zone.remove(claim.json["record"]?["name"]?.string ?? "")
        for (hours, state) in [(24, "at_risk"), (72, "grace"), (14 * 24, "lapsed")] {
          #expect(try await status(fixture, ada) == "blocked", "\(state)")
          fixture.server.clock.advance(seconds: Int64(hours) * 3_600)
          let checked = try await fixture.server.send(
            "POST", "/v1/domain_claims/\(fixture.claim):check", key: fixture.acme.key)
          #expect(checked.json["state"]?.string == state, "\(checked.text)")
          fixture.server.clock.advance(seconds: 1)
          try await fixture.server.drainJobs()
        }
      }
      #expect(try await status(fixture, ada) == "active", "\(isReleased)")
      let admin = try fixture.server.database.administrator()
      #expect(try admin.run("SELECT state FROM tenure.takeover_cases") == ["undone"])
      try await fixture.stop()
    }
  }

  @Test func `a block is lifted when another tenant wins the name`() async throws {
    let fixture = try await TakeoverFixture()
    let (ada, _) = try await blocked(fixture)
    let rival = try await fixture.server.makeTenant("Rival")
    let claim = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: rival.key, body: #"{"domain":"acme.test"}"#)
    let record = claim.json["record"]
    try await fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    _ = try await fixture.server.send("POST", "/v1/domain_claims/\(claim.id):check", key: rival.key)
    let held = "/v1/domain_claims/\(fixture.claim)"
    let contested = try await fixture.server.get(held, key: fixture.acme.key)
    #expect(contested.json["state"]?.string == "contested", "\(contested.text)")
    try await fixture.server.drainJobs()
    #expect(try await status(fixture, ada) == "blocked")
    fixture.days(11)
    try await fixture.server.drainJobs()
    let lost = try await fixture.server.get(held, key: fixture.acme.key)
    #expect(lost.json["state"]?.string == "ownership_changed", "\(lost.text)")
    #expect(try await status(fixture, ada) == "active")
    try await fixture.stop()
  }

  @Test(arguments: ["helpdesk", nil])
  func `undo leaves a membership as it was found`(_ role: String?) async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let path = "/v1/memberships/\(ada)"
    if let role {
      let put = try await fixture.server.send(
        "PUT", path, body: #"{"role":"\#(role)"}"#, headers: [("Tenure-Tenant", fixture.acme.id)])
      #expect(put.status < 300, "\(put.text)")
    }
    let (_, id) = try await controlled(fixture, ada)
    let during = try await fixture.server.get(path, key: fixture.acme.key)
    #expect(during.json["role"]?.string == role ?? "member", "\(during.text)")
    let undone = try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(id):undo", key: fixture.acme.key)
    #expect(undone.status == 200, "\(undone.text)")
    let after = try await fixture.server.get(path, key: fixture.acme.key)
    if let role {
      #expect(after.json["role"]?.string == role, "\(after.text)")
    } else {
      #expect(after.status == 404, "\(after.text)")
    }
    try await fixture.stop()
  }

  @Test func `addresses stay as they are while the name is in doubt`() async throws {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    _ = try await controlled(fixture, ada)
    let admin = try fixture.server.database.administrator()
    func patch(_ address: String) async throws -> TestAnswer {
      fixture.server.clock.advance(seconds: 1)
      return try await fixture.server.send(
        "PATCH", "/v1/accounts/\(ada)", key: fixture.acme.key,
        body: #"{"addresses":[{"address":"\#(address)"}]}"#,
        contentType: "application/merge-patch+json")
    }
    for (state, rights, code) in [
      ("at_risk", "kept", nil), ("contested", "frozen", "domain_frozen"),
      ("grace", "frozen", "domain_frozen"),
    ] as [(String, String, String?)] {
      try admin.run(
        """
        UPDATE tenure.domain_claims SET state = '\(state)';
        UPDATE tenure_global.domains SET rights = '\(rights)'
        """)
      let answer = try await patch("ada.\(state)@acme.test")
      #expect(answer.code == code, "\(state): \(answer.text)")
      #expect((answer.status == 200) == (code == nil), "\(state): \(answer.text)")
    }
    try await giveUp(fixture)
    #expect(try await patch("ada.late@acme.test").code == "control_suspended")
    let me = try await fixture.server.get("/v1/me", key: try await fixture.person(ada))
    #expect(me.text.contains("ada.at_risk@acme.test"), "\(me.text)")
    #expect(!me.text.contains("late@") && !me.text.contains("grace@"), "\(me.text)")
    try await fixture.stop()
  }

  @Test func `of five destinations of three kinds each is told, or signed to be out of reach`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account(
      [("ada@acme.test", true), ("ada@home.test", true)],
      contacts: [
        ("sms", "+4915100000001", true), ("sms", "+4915100000002", true), ("push", "device", true),
      ])
    let takeover = try await fixture.start("detach_address")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    for (place, kind, hasFailed) in [
      ("ada@acme.test", "email", false), ("+4915100000001", "sms", false),
      ("+4915100000002", "sms", true), ("device", "push", true),
    ] {
      let answer = try await fixture.receipt(id, place, channel: kind, hasFailed: hasFailed)
      #expect(answer.status == 201, "\(place): \(answer.text)")
      #expect(try await fixture.state(takeover.id) == "notice_pending", "\(place)")
    }
    fixture.days(40)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    #expect(try await fixture.receipt(id, "ada@home.test").status == 201)
    #expect(try await fixture.state(takeover.id) == "running")
    fixture.server.clock.advance(seconds: 30 * 86_400 - 2)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "running")
    fixture.server.clock.advance(seconds: 2)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "effective")
    let after = try await fixture.server.get("/v1/accounts/\(ada)")
    #expect(!after.text.contains("ada@acme.test"), "\(after.text)")
    try await fixture.stop()
  }
}
