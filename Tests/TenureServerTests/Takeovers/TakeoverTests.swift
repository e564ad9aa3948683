import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

@Suite struct TakeoverTests {
  @Test func `control comes with notice, receipt and time, and not before`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "ada@home.test")
    let preview = try await fixture.preview()
    #expect(preview.json["counts"]?["eligible"]?.int == 1, "\(preview.text)")
    let takeover = try await fixture.start(plan: preview.json["plan"]?.string)
    #expect(takeover.status == 201, "\(takeover.text)")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    // However long nobody is told: the clock stands.
    fixture.days(40)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "notice_pending")

    let receipt = try await fixture.receipt(id, "ada@home.test")
    #expect(receipt.status == 201 && receipt.json["level"]?.int == 2, "\(receipt.text)")
    #expect(try await fixture.state(takeover.id) == "running")
    fixture.days(29)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "running")
    fixture.days(2)
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    let path = "/v1/takeover_cases/\(id)"
    let item = try await fixture.server.get(path, key: fixture.acme.key)
    #expect(item.json == (try await fixture.list(takeover.id).first), "\(item.text)")
    #expect(try await fixture.server.get(path).status == 404, "it is no case of the operator's")

    let seen = try await fixture.server.get("/v1/accounts/\(account)", key: fixture.acme.key)
    #expect(seen.status == 200 && seen.json["controller_id"]?.string == fixture.acme.id)
    #expect(seen.json["addresses"]?.array?.count == 1, "\(seen.text)")
    #expect(try await fixture.server.get("/v1/accounts/\(account)").status == 404)
    let token = try await fixture.person(account)
    let control = try await fixture.server.get("/v1/me/control", key: token)
    #expect(control.json["controller"]?["tenant_name"]?.string == "Acme", "\(control.text)")
    #expect(
      try await eventually {
        try await fixture.server.get("/v1/takeovers/\(takeover.id)", key: fixture.acme.key)
          .json["state"]?.string == "completed"
      })
    // Reminders went out at half time, at four fifths and on the last day: all are due by now.
    #expect(try await fixture.events("takeover.notice_reminder").isEmpty == false)

    let picture = try await fixture.server.send(
      "GET", "/v1/takeovers/\(takeover.id)", key: fixture.acme.key,
      headers: [("Accept", "image/svg+xml")])
    #expect(picture.header("content-type") == "image/svg+xml")
    for part in [
      "<title id=\"title\">Takeover of accounts on acme.test</title>", "role=\"table\"", id,
    ] {
      #expect(picture.text.contains(part), "\(part)")
    }
    let undone = try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(id):undo", key: fixture.acme.key)
    #expect(undone.json["state"]?.string == "undone", "\(undone.text)")
    #expect(try await fixture.server.get("/v1/accounts/\(account)").status == 200)
    #expect(
      try await fixture.server.get("/v1/accounts/\(account)", key: fixture.acme.key).status == 404)
    try await fixture.stop()
  }

  @Test func `a receipt at the claimed address alone does not suffice for control`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account(
      [("ada@acme.test", true)], contacts: [("in_app", "user-17", true)])
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await fixture.receipt(id, "ada@acme.test").status == 201)
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    // Nor does another word for the same mailbox.
    let renamed = try await fixture.receipt(id, "ada@acme.test", channel: "in_app")
    #expect(renamed.code == "receipt_refused", "\(renamed.text)")
    // What the operator knew before the takeover, and verified, does.
    fixture.server.clock.advance(seconds: 1)
    #expect(try await fixture.receipt(id, "user-17", channel: "in_app").status == 201)
    #expect(try await fixture.state(takeover.id) == "running")
    try await fixture.stop()
  }

  @Test func `a forged receipt is refused, whatever is forged`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test")
    let other = try await fixture.account("bob@acme.test")
    let takeover = try await fixture.start()
    let cases = try await fixture.cases(takeover.id)
    let mine = cases.first { $0["account_id"]?.string != other }?["id"]?.string ?? ""
    let bobs = cases.first { $0["account_id"]?.string == other }?["id"]?.string ?? ""
    let wrongKey = try await fixture.receipt(
      mine, "ada@home.test", seed: [UInt8](repeating: 6, count: 32))
    #expect(wrongKey.code == "receipt_refused")
    #expect(try await fixture.receipt(mine, "eve@evil.test").code == "receipt_refused")
    #expect(
      try await fixture.receipt(mine, "ada@home.test", signedFor: bobs).code == "receipt_refused")
    #expect(try await fixture.receipt(bobs, "ada@home.test").code == "receipt_refused")
    // The claimant has no way to post one at all.
    let own = try await fixture.server.send(
      "POST", "/v1/receipts", key: fixture.acme.key, body: "{}")
    #expect(own.status == 403)
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    try await fixture.stop()
  }

  @Test func `a person accepts, and it takes effect at once`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start("detach_address")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(account)
    let notices = try await fixture.server.get("/v1/me/notices", key: token)
    let notice = notices.json["data"]?.array?.first
    #expect(notice?["tenant_name"]?.string == "Acme" && notice?["id"]?.string == id)
    let accepted = try await fixture.server.send("POST", "/v1/me/notices/\(id):accept", key: token)
    #expect(accepted.status == 200, "\(accepted.text)")
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    let control = try await fixture.server.get("/v1/me/control", key: token)
    #expect(control.json["controller"]?["tenant_id"]?.string == fixture.acme.id)
    // A stranger sees nothing of it.
    let stranger = try await fixture.person(try await fixture.account("eve@home.test"))
    #expect(
      try await fixture.server.send(
        "POST", "/v1/me/notices/\(id):dispute", key: stranger, body: #"{"reason":"mine"}"#
      ).status
        == 404)
    try await fixture.stop()
  }

  @Test func `a person leaves with a personal address that a code has proven`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(account)
    func detach(_ body: String) async throws -> TestAnswer {
      fixture.server.clock.advance(seconds: 1)
      return try await fixture.server.send(
        "POST", "/v1/me/notices/\(id):detach", key: token, body: body)
    }
    #expect(try await detach("{}").code == "address_not_personal")
    #expect(try await detach(#"{"address":"x@acme.test"}"#).code == "address_not_personal")
    let asked = try await detach(#"{"address":"ada@home.test"}"#)
    #expect(asked.status == 202, "\(asked.text)")
    let data = try await fixture.events("takeover.address_code_required").last?["data"]
    #expect(data?["address"]?.string == "ada@home.test")
    let code = data?["code"]?.string ?? ""
    #expect(code.count == 8)
    #expect(
      try await detach(#"{"address":"ada@home.test","code":"00000000"}"#).code == "code_wrong")
    let done = try await detach(#"{"address":"ada@home.test","code":"\#(code)"}"#)
    #expect(done.json["outcome"]?.string == "detach_address", "\(done.text)")
    let after = try await fixture.server.get("/v1/accounts/\(account)")
    #expect(after.text.contains("ada@home.test") && !after.text.contains("ada@acme.test"))
    // The address is free for the organisation to give out anew.
    _ = try await fixture.account("ada@acme.test")
    try await fixture.stop()
  }

  @Test func `the link of a notice works once, for its case, and only while it is open`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test", "ada@home.test")
    let endpoint = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints",
      body: #"{"url":"\#(fixture.sink.url)","event_types":["takeover.notice_required"]}"#)
    #expect(endpoint.status == 201)
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await eventually { fixture.sink.received.count == 1 })
    let event = try JSONValue(parsing: fixture.sink.received[0].body)
    let link = try await fixture.link(id, "ada@home.test")
    let sent = event["data"]?["destinations"]?.array ?? []
    #expect(sent.count == 2 && sent.contains { $0["link_token"]?.string == link })
    #expect(
      link.hasPrefix("tnrn_"), "\(String(decoding: fixture.sink.received[0].body, as: UTF8.self))")
    // A mail scanner that follows it changes nothing.
    for _ in 0..<3 {
      let seen = try await fixture.server.get("/v1/me/notices/\(id)", key: link)
      #expect(seen.status == 200 && seen.json["state"]?.string == "notice_pending")
      #expect(seen.json["verify_code"] == event["data"]?["verify_code"])
    }
    // It opens nothing else of the person's.
    #expect(try await fixture.server.get("/v1/me", key: link).status == 403)
    #expect(try await fixture.server.get("/v1/me/webhook_endpoints", key: link).status == 403)
    let disputed = try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):dispute", key: link, body: #"{"reason":"it is mine"}"#)
    #expect(disputed.json["state"]?.string == "disputed", "\(disputed.text)")
    let again = try await fixture.server.send("POST", "/v1/me/notices/\(id):accept", key: link)
    #expect(again.status == 401 && again.code == "key_revoked")
    var forged = Array(link.utf8)
    forged[40] = forged[40] == 0x61 ? 0x62 : 0x61
    #expect(
      try await fixture.server.get(
        "/v1/me/notices", key: String(decoding: forged, as: UTF8.self)
      ).code == "key_malformed")
    // The operator finds for the person.
    let decided = try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(id):decide", body: #"{"decision":"uphold","reason":"so it is"}"#
    )
    #expect(decided.json["state"]?.string == "cancelled", "\(decided.text)")
    try await fixture.stop()
  }

  @Test func `a plan that no longer holds is refused with the difference`() async throws {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test")
    let plan = try await fixture.preview().json["plan"]?.string
    let late = try await fixture.account("bob@acme.test")
    let stale = try await fixture.start(plan: plan)
    #expect(stale.status == 409 && stale.code == "plan_stale")
    #expect(stale.text.contains(late))
    let fresh = try await fixture.start()
    #expect(fresh.json["cases"]?["total"]?.int == 2)
    // What has an open case is not reached twice.
    let blocked = try await fixture.preview()
    #expect(blocked.json["counts"]?["open_case"]?.int == 2, "\(blocked.text)")
    let cancelled = try await fixture.server.send(
      "POST", "/v1/takeovers/\(fresh.id):cancel", key: fixture.acme.key)
    #expect(cancelled.json["state"]?.string == "cancelled", "\(cancelled.text)")
    #expect(
      try await eventually {
        try await fixture.preview().json["counts"]?["eligible"]?.int == 2
      })
    let path = "/v1/takeovers/\(fresh.id)"
    let after = try await fixture.server.get(path, key: fixture.acme.key)
    #expect(after.json["cases"]?["cancelled"]?.int == 2, "\(after.text)")
    try await fixture.stop()
  }

  @Test func `a lapsed proof suspends control, and a new one resumes it`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "a@lab.acme.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(account)
    _ = try await fixture.server.send("POST", "/v1/me/notices/\(id):accept", key: token)
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    let path = "/v1/accounts/\(account)"
    #expect(try await fixture.server.get(path, key: fixture.acme.key).status == 200)
    let admin = try fixture.server.database.administrator()
    try admin.run("UPDATE tenure.controls SET suspended_at = now()")
    let read = try await fixture.server.get(path, key: fixture.acme.key)
    #expect(read.status == 409 && read.code == "control_suspended")
    let write = try await fixture.server.send(
      "PATCH", path, key: fixture.acme.key, body: #"{"locale":"de"}"#)
    #expect(write.code == "control_suspended")
    let list = try await fixture.server.get("/v1/accounts", key: fixture.acme.key)
    #expect(list.json["data"]?.array?.isEmpty == true)
    // Giving the name up does the same by itself.
    try admin.run("UPDATE tenure.controls SET suspended_at = NULL")
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(fixture.claim):release", key: fixture.acme.key)
    #expect(try await fixture.server.get(path, key: fixture.acme.key).status == 409)
    let control = try await fixture.server.get(
      "/v1/me/control", key: try await fixture.person(account))
    #expect(control.json["controller"]?["suspended_at"]?.string != nil)
    // Proven anew, by another claim, it goes on.
    let again = try await fixture.server.send(
      "POST", "/v1/domain_claims", key: fixture.acme.key, body: #"{"domain":"acme.test"}"#)
    let record = again.json["record"]
    try await fixture.zone.remove(record?["name"]?.string ?? "")
    try await fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    fixture.server.clock.advance(seconds: 1)
    let proven = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(again.id):check", key: fixture.acme.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    #expect(try await fixture.server.get(path, key: fixture.acme.key).status == 200)
    try await fixture.stop()
  }

  @Test func `that an endpoint took the notice is a receipt, and suffices for nothing`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"\#(fixture.sink.url)"}"#)
    _ = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start("detach_address")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    func receipts() async throws -> [JSONValue] {
      let answer = try await fixture.server.get(
        "/v1/takeover_cases/\(id)/receipts", key: fixture.acme.key)
      return answer.json["data"]?.array ?? []
    }
    #expect(try await eventually { try await receipts().count == 1 })
    let receipt = try await receipts().first
    #expect(receipt?["level"]?.int == 1)
    #expect(receipt?["channel"]?.string == "operator_webhook")
    fixture.days(60)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "notice_pending")
    try await fixture.stop()
  }

  @Test func `an exact claim takes its own addresses and leaves those below`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test", "a@lab.acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    let token = try await fixture.person(account)
    let detached = try await fixture.server.send(
      "POST", "/v1/me/notices/\(id):detach", key: token, body: "{}")
    #expect(detached.status == 200)
    let after = try await fixture.server.get("/v1/accounts/\(account)")
    #expect(!after.text.contains("\"ada@acme.test") && after.text.contains("a@lab.acme.test"))
    try await fixture.stop()
  }

  @Test func `sign-in can be blocked, and unblocked by undoing`() async throws {
    let fixture = try await TakeoverFixture()
    let account = try await fixture.account("ada@acme.test")
    let takeover = try await fixture.start("block_sign_in")
    let id = try await fixture.cases(takeover.id).first?["id"]?.string ?? ""
    #expect(try await fixture.receipt(id, "ada@acme.test").status == 201)
    let extended = try await fixture.server.send(
      "POST", "/v1/takeovers/\(takeover.id):extend", key: fixture.acme.key)
    #expect(extended.json["extended_at"]?.string != nil, "\(extended.text)")
    #expect(
      try await fixture.server.send(
        "POST", "/v1/takeovers/\(takeover.id):extend", key: fixture.acme.key
      ).code == "takeover_state_conflict")
    fixture.days(31)
    try await fixture.server.drainJobs()
    #expect(try await fixture.state(takeover.id) == "running")
    fixture.days(14)
    #expect(try await eventually { try await fixture.state(takeover.id) == "effective" })
    let read = try await fixture.server.get("/v1/accounts/\(account)")
    #expect(read.json["status"]?.string == "blocked")
    fixture.server.clock.advance(seconds: 1)
    _ = try await fixture.server.send(
      "POST", "/v1/takeover_cases/\(id):undo", key: fixture.acme.key)
    #expect(
      try await fixture.server.get("/v1/accounts/\(account)").json["status"]?.string == "active")
    try await fixture.stop()
  }
}
