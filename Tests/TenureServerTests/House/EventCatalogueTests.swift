import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing
import Yams

/// Every event type is really sent, and looks as the contract's example says.
@Suite struct EventCatalogueTests {
  @Test func `every type of event is sent, as its example in the contract shows it`() async throws {
    let story = try await Story()
    try await story.proveAndDispute()
    try await story.takeOver()
    try await story.failAndRecover()
    try await story.lose()
    try await story.grant()
    try await story.suspend()
    let contract = try await story.fixture.server.get("/openapi.yaml").text
    let document = try Yams.load(yaml: contract) as? [String: Any]
    let catalogue = document?["webhooks"] as? [String: Any] ?? [:]
    #expect(Set(catalogue.keys) == Set(EventType.allCases.map(\.rawValue)))
    let sent = try story.sent()
    for type in EventType.allCases {
      let event = try #require(sent[type.rawValue]?.first, "\(type.rawValue) was not sent")
      let example = try #require(Self.example(catalogue[type.rawValue]), "\(type.rawValue)")
      #expect(Set(example.keys) == Set(event.members.map(\.name)), "\(type.rawValue)")
      let data = example["data"] as? [String: Any] ?? [:]
      let members = event["data"]?.members ?? []
      #expect(Set(data.keys) == Set(members.map(\.name)), "\(type.rawValue): \(members)")
      for (name, value) in members {
        // A number is a number, and a truth a truth.
        #expect(
          (data[name] is Int) == (value.int != nil), "\(type.rawValue) \(name): \(value)")
        #expect(
          (data[name] is Bool) == (value.bool != nil), "\(type.rawValue) \(name): \(value)")
      }
      for (name, value) in members where value.string?.contains("_") == true {
        // An id in the example is an id of the same kind.
        let prefix = value.string?.prefix(4) ?? ""
        guard prefix.last == "_" else { continue }
        #expect((data[name] as? String)?.hasPrefix(prefix) == true, "\(type.rawValue) \(name)")
      }
    }
    try await story.stop()
  }

  @Test func `every list of types in the contract names them all`() async throws {
    let server = try await TestServer()
    let contract = try await server.get("/openapi.yaml").text
    try await server.stop()
    let document = try #require(try Yams.load(yaml: contract) as? [String: Any])
    let types = EventType.allCases.map(\.rawValue)
    let nouns = Set(types.compactMap { $0.split(separator: ".").first }).map { "\($0).*" }
    var lists = 0
    func look(_ value: Any?) {
      if let members = value as? [String: Any] {
        if let list = members["enum"] as? [String], list.contains("audit.checkpoint") {
          lists += 1
          let patterns = list.filter { $0.hasSuffix(".*") }
          #expect(Set(list).subtracting(patterns) == Set(types))
          #expect(patterns.isEmpty || Set(patterns) == Set(nouns))
        }
        for member in members.values { look(member) }
      }
      for item in value as? [Any] ?? [] { look(item) }
    }
    look(document)
    #expect(lists == 2)
  }

  private static func example(_ item: Any?) -> [String: Any]? {
    var value = item
    for key in ["post", "requestBody", "content", "application/json", "example"] {
      value = (value as? [String: Any])?[key]
    }
    return value as? [String: Any]
  }
}

extension JSONValue {
  fileprivate var members: [(name: String, value: JSONValue)] {
    if case .object(let members) = self { return members }
    return []
  }
}

/// What a service goes through until it has told of everything, with one receiver of all of it.
private struct Story {
  let fixture: TakeoverFixture
  let rival: (id: String, key: String)
  let frail: TestSink

  var acme: String { fixture.acme.key }

  init() async throws {
    frail = try await TestSink(host: "frail.test")
    // One bundle of roots for both receivers.
    fixture = try await TakeoverFixture(alsoTrusting: frail.certificate)
    try await fixture.zone.add("frail.test", "A", "127.0.0.1")
    rival = try await fixture.server.makeTenant("Rival")
    for key in [nil, fixture.acme.key, rival.key] {
      let endpoint = try await fixture.server.send(
        "POST", "/v1/webhook_endpoints", key: key, body: #"{"url":"\#(fixture.sink.url)"}"#)
      #expect(endpoint.status == 201)
    }
  }

  func stop() async throws {
    await frail.stop()
    try await fixture.stop()
  }

  func sent() throws -> [String: [JSONValue]] {
    let events = try (fixture.sink.received + frail.received).map {
      try JSONValue(parsing: $0.body)
    }
    return Dictionary(grouping: events) { $0["type"]?.string ?? "" }
  }

  /// Waits until events of a type have arrived.
  ///
  /// Time goes on for whoever waits long: what failed on a busy machine, a job or a delivery, is
  /// tried again at a later time, which has to come.
  func wait(for type: EventType, count: Int = 1) async throws {
    var patience = ContinuousClock.now + .seconds(3)
    let isSent = try await eventually {
      if ContinuousClock.now > patience {
        fixture.server.clock.advance(seconds: 300)
        patience = .now + .seconds(3)
      }
      return try sent()[type.rawValue]?.count ?? 0 >= count
    }
    #expect(isSent, "\(type.rawValue)")
  }

  func post(_ path: String, _ body: String? = nil, key: String? = nil) async throws -> TestAnswer {
    fixture.server.clock.advance(seconds: 1)
    return try await fixture.server.send("POST", path, key: key, body: body)
  }

  func claim(_ domain: String, _ key: String, publish: Bool = true) async throws -> TestAnswer {
    let claim = try await post("/v1/domain_claims", #"{"domain":"\#(domain)"}"#, key: key)
    if publish { try await self.publish(claim) }
    return claim
  }

  func publish(_ claim: TestAnswer) async throws {
    let record = claim.json["record"]
    try await fixture.zone.remove(record?["name"]?.string ?? "")
    try await fixture.zone.add(
      record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
  }

  func check(_ claim: TestAnswer, _ key: String) async throws {
    _ = try await post("/v1/domain_claims/\(claim.id):check", key: key)
  }

  func proveAndDispute() async throws {
    let held = try await claim("b.test", acme)
    try await check(held, acme)
    try await wait(for: .domainClaimVerified)
    let contest = try await claim("b.test", rival.key)
    try await check(contest, rival.key)
    try await wait(for: .domainClaimContested, count: 2)
    try await publish(try await fixture.server.get("/v1/domain_claims/\(held.id)", key: acme))
    try await check(held, acme)
    try await wait(for: .domainClaimRefused)

    let affiliated = try await claim("d.test", acme, publish: false)
    let path = "/v1/domain_claims/\(affiliated.id):affiliate"
    _ = try await post(path, #"{"method":"mailbox","mailbox":"admin"}"#, key: acme)
    try await wait(for: .domainClaimCodeRequired)
    let asked = try sent()[EventType.domainClaimCodeRequired.rawValue]?.first
    let code = asked?["data"]?["code"]?.string ?? ""
    _ = try await post(
      path, #"{"method":"mailbox","mailbox":"admin","code":"\#(code)"}"#, key: acme)
    try await wait(for: .domainClaimAffiliated)

    let attested = try await claim("c.test", acme, publish: false)
    let review = fixture.server.clock.now.adding(seconds: 86_400)
    _ = try await fixture.server.send(
      "POST", "/v1/domain_claims/\(attested.id):attest",
      body: #"{"reason":"register","review_on":"\#(review)"}"#,
      headers: [("Tenure-Tenant", fixture.acme.id)])
    fixture.days(1)
    try await wait(for: .domainClaimReviewDue)
    _ = try await post("/v1/domain_claims/\(attested.id):release", key: acme)
    try await wait(for: .domainClaimReleased)
  }

  /// A run that stops at its budget, and goes on.
  private func retain() async throws {
    let left = [
      try await fixture.server.makeAccount(inCustodyOf: fixture.acme.id, "x1@gone.test"),
      try await fixture.server.makeAccount(inCustodyOf: fixture.acme.id, "x2@gone.test"),
    ]
    for id in left {
      _ = try await fixture.server.send(
        "PUT", "/v1/accounts/\(id)/dates", key: acme, body: #"{"dates":{"left":"2020-01-01"}}"#)
    }
    _ = try await post(
      "/v1/retention_rules",
      #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","action":"isolate"}"#,
      key: acme)
    let run = try await post("/v1/retention_runs", #"{"budget":1}"#, key: acme)
    try await wait(for: .retentionRunPaused)
    _ = try await post("/v1/retention_runs/\(run.id):resume", #"{"budget":9}"#, key: acme)
    try await wait(for: .retentionRunCompleted)
  }

  /// Requests that go all the ways there are.
  private func ask() async throws {
    let dan = try await fixture.server.makeAccount(inCustodyOf: fixture.acme.id, "dan@gone.test")
    func request(_ type: String) async throws -> String {
      let body = #"{"account_id":"\#(dan)","type":"\#(type)"}"#
      return "/v1/requests/\(try await post("/v1/requests", body, key: acme).id)"
    }
    let reason = #"{"reason":"story"}"#
    let restriction = try await request("restriction")
    for (verb, body, type) in [
      ("pause", reason, EventType.requestPaused), ("resume", nil, .requestResumed),
      ("extend", reason, .requestExtended), ("fulfil", nil, .requestFulfilled),
      ("lift", reason, .requestLifted),
    ] as [(String, String?, EventType)] {
      _ = try await post("\(restriction):\(verb)", body, key: acme)
      try await wait(for: type, count: 2)
    }
    _ = try await post("\(try await request("access")):refuse", reason, key: acme)
    try await wait(for: .requestRefused, count: 2)
    let mine = try await post(
      "/v1/me/requests", #"{"type":"access"}"#, key: try await fixture.person(dan.description))
    _ = try await post(
      "/v1/me/requests/\(mine.id):withdraw", key: try await fixture.person(dan.description))
    try await wait(for: .requestWithdrawn, count: 2)
    _ = try await post("\(try await request("access")):fulfil", key: acme)
    try await wait(for: .requestPackageReady)
    _ = try await post(
      "/v1/content_transfers",
      #"{"from_account_id":"\#(dan)","to":{"kind":"tenant"},"reason":"story"}"#, key: acme)
    try await wait(for: .contentTransferCompleted, count: 2)
    let moved = try await fixture.server.send(
      "PATCH", "/v1/accounts/\(try await fixture.account("fay@gone.test"))",
      body: #"{"addresses":[{"address":"fay@else.test"}]}"#,
      contentType: "application/merge-patch+json")
    #expect(moved.status == 200, "\(moved.text)")
    try await wait(for: .accountAddressesChanged)
    let policy = try await post(
      "/v1/policies",
      #"{"name":"terms","version":1,"language":"en","title":"T","body":"b","needs":"acceptance"}"#,
      key: acme)
    _ = try await post(
      "/v1/me/policies/\(policy.id):accept", key: try await fixture.person(dan.description))
    try await wait(for: .policyPublished, count: 2)
    try await wait(for: .policyAccepted, count: 2)
  }

  func takeOver() async throws {
    let eve = try await fixture.server.makeAccount(inCustodyOf: fixture.acme.id, "eve@gone.test")
    for (verb, type) in [
      ("restrict", EventType.accountRestricted), ("deactivate", .accountDeactivated),
      ("reactivate", .accountReactivated), ("isolate", .accountIsolated),
      ("delete", .accountDeleted), ("restore", .accountRestored),
      ("anonymise", .accountAnonymised), ("erase", .accountErased),
    ] {
      _ = try await post("/v1/accounts/\(eve):\(verb)", #"{"reason":"story"}"#, key: acme)
      try await wait(for: type, count: 2)
    }
    try await retain()
    try await ask()
    _ = try await fixture.account("ada@acme.test")
    let cancelled = try await fixture.start()
    _ = try await post("/v1/takeovers/\(cancelled.id):cancel", key: acme)
    try await wait(for: .takeoverCancelled)
    // Its case is closed behind the answer.
    try await wait(for: .caseEnded, count: 2)
    let bob = try await fixture.account("bob@acme.test")
    let takeover = try await fixture.start()
    let cases = try await fixture.cases(takeover.id)
    try await wait(for: .noticeRequired, count: 2)
    _ = try await post("/v1/takeovers/\(takeover.id):extend", key: acme)
    let item = cases.first { $0["account_id"]?.string == bob }?["id"]?.string ?? ""
    let token = try await fixture.person(bob)
    _ = try await post("/v1/me/notices/\(item):detach", #"{"address":"bob@home.test"}"#, key: token)
    try await wait(for: .addressCodeRequired)
    for other in cases {
      let account = other["account_id"]?.string ?? ""
      let (id, address) = (other["id"]?.string ?? "", account == bob ? "bob" : "ada")
      _ = try await fixture.receipt(id, "\(address)@acme.test")
      // That arrived at the claimant's: the clock starts as the person says that they know.
      _ = try await post(
        "/v1/me/notices/\(id):acknowledge", key: try await fixture.person(account))
    }
    try await wait(for: .noticeReceived)
    fixture.days(23)
    try await wait(for: .noticeReminder)
    try await disputeAndAccept(item, bob)
    try await wait(for: .controlTaken)
    _ = try await post("/v1/takeover_cases/\(item):undo", key: acme)
    try await wait(for: .controlReleased)
    fixture.days(22)
    try await wait(for: .takeoverCompleted)
  }

  /// Keys live for 90 days, and the stories before these take longer.
  private func freshKey(_ tenant: String) async throws -> String {
    try await fixture.server.makeKey(in: tenant, role: "owner").json["token"]?.string ?? ""
  }

  /// Names that one lets another have, and one that looks like another.
  func grant() async throws {
    let (acme, theirs) = (try await freshKey(fixture.acme.id), try await freshKey(rival.id))
    let parent = try await post(
      "/v1/domain_claims", #"{"domain":"g.test","scope":"subtree"}"#, key: acme)
    try await publish(parent)
    try await check(parent, acme)
    func grant(_ name: String) async throws {
      _ = try await post(
        "/v1/domain_claims/\(parent.id):grant",
        #"{"tenant_id":"\#(rival.id)","domain":"\#(name)"}"#, key: acme)
    }
    try await grant("back.g.test")
    try await wait(for: .domainGrantCreated)
    let given = try await fixture.server.get("/v1/domain_grants", key: acme)
    let id = given.json["data"]?.array?.first?["id"]?.string ?? ""
    _ = try await fixture.server.send("DELETE", "/v1/domain_grants/\(id)", key: acme)
    try await wait(for: .domainGrantWithdrawn)
    try await grant("used.g.test")
    let used = try await claim("used.g.test", theirs)
    try await check(used, theirs)
    try await wait(for: .domainGrantUsed)
    try await grant("left.g.test")
    _ = try await post("/v1/domain_claims/\(parent.id):release", key: acme)
    try await wait(for: .domainGrantEnded)
    let lookalike = try await claim("аcme.test", theirs)
    #expect(lookalike.status == 201, "\(lookalike.text)")
    try await check(lookalike, theirs)
    try await wait(for: .domainClaimReviewNeeded)
  }

  /// Control whose proof goes, is about to end, and comes back.
  func suspend() async throws {
    var acme = try await freshKey(fixture.acme.id)
    let name = try await claim("h.test", acme)
    try await check(name, acme)
    let carol = try await fixture.account("carol@h.test")
    let body = #""domain_claim_id":"\#(name.id)""#
    let plan = try await post("/v1/takeovers:preview", "{\(body)}", key: acme)
      .json["plan"]?.string
    let takeover = try await post(
      "/v1/takeovers", #"{"plan":"\#(plan ?? "")",\#(body),"no_answer":"assume_control"}"#,
      key: acme)
    try await fixture.server.drainJobs()
    let cases = try await fixture.server.get("/v1/takeovers/\(takeover.id)/cases", key: acme)
    let item = cases.json["data"]?.array?.first?["id"]?.string ?? ""
    _ = try await post("/v1/me/notices/\(item):accept", key: try await fixture.person(carol))
    try await fixture.server.drainJobs()
    try await fixture.zone.remove(name.json["record"]?["name"]?.string ?? "")
    for hours in [24, 72, 14 * 24] {
      fixture.server.clock.advance(seconds: Int64(hours) * 3_600)
      try await check(name, acme)
    }
    try await wait(for: .controlSuspended)
    fixture.days(76)
    try await wait(for: .controlEnding)
    acme = try await freshKey(fixture.acme.id)
    try await publish(name)
    try await check(name, acme)
    try await wait(for: .controlResumed)
  }

  /// What is told before its day, and what has gone wrong.
  private func warn() async throws {
    let expires = fixture.server.clock.now.adding(seconds: 8 * 86_400)
    _ = try await post(
      "/v1/keys", #"{"name":"n","role":"auditor","expires_at":"\#(expires)"}"#, key: acme)
    let dan = try await fixture.server.makeAccount(inCustodyOf: fixture.acme.id, "due@gone.test")
    _ = try await post("/v1/requests", #"{"account_id":"\#(dan)","type":"access"}"#, key: acme)
    fixture.days(2)
    try await fixture.server.remind()
    try await wait(for: .keyExpiring, count: 2)
    fixture.days(24)
    try await fixture.server.remind()
    try await wait(for: .requestDueSoon, count: 2)
    let admin = try fixture.server.database.administrator()
    let id = try TenantID(parsing: fixture.acme.id).uuid
    try admin.run(
      """
      INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
      VALUES ('\(UUID())', '\(id)', 'of a newer version', '\(fixture.server.clock.now)')
      """)
    for _ in 0..<5 {
      try await fixture.server.drainJobs()
      fixture.server.clock.advance(seconds: 100)
    }
    try await wait(for: .jobFailed, count: 2)
    try admin.run(
      """
      SET session_replication_role = replica;
      DELETE FROM tenure.audit_entries WHERE tenant_id = '\(id)' AND action = 'account.created'
      """)
    try await fixture.server.checkAuditLogs()
    try await wait(for: .auditDamaged, count: 2)
  }

  /// A dispute that is dismissed, and an acceptance that waits for an answer to a request.
  private func disputeAndAccept(_ item: String, _ bob: String) async throws {
    let token = try await fixture.person(bob)
    _ = try await post("/v1/me/notices/\(item):dispute", #"{"reason":"mine"}"#, key: token)
    try await wait(for: .disputeOpened, count: 2)
    _ = try await post(
      "/v1/takeover_cases/\(item):decide", #"{"decision":"dismiss","reason":"theirs"}"#)
    try await wait(for: .disputeDecided, count: 2)
    let asked = try await post("/v1/me/requests", #"{"type":"access"}"#, key: token)
    _ = try await post("/v1/me/notices/\(item):accept", key: token)
    try await wait(for: .casePutAside, count: 2)
    _ = try await post("/v1/me/requests/\(asked.id):withdraw", key: token)
    fixture.server.clock.advance(seconds: 3_601)
  }

  func failAndRecover() async throws {
    _ = try await post("/v1/audit_checkpoints", key: acme)
    try await wait(for: .auditCheckpoint)
    try await warn()
    frail.answers { _ in HTTPResponse(status: 500) }
    let endpoint = try await post("/v1/webhook_endpoints", #"{"url":"\#(frail.url)"}"#)
    for _ in 0..<25 { _ = try await post("/v1/webhook_endpoints/\(endpoint.id):test") }
    let path = "/v1/webhook_endpoints/\(endpoint.id)"
    func isDisabled() async throws -> Bool {
      try await fixture.server.get(path).json["state"]?.string == "disabled"
    }
    for _ in 0..<12 where try await !isDisabled() {
      let before = frail.received.count
      fixture.server.clock.advance(seconds: 43_200)
      try await eventually(within: 2) { frail.received.count > before }
    }
    try await wait(for: .endpointDisabled)
    frail.answers { _ in HTTPResponse(status: 200) }
    fixture.days(1)
    try await wait(for: .endpointEnabled)
  }

  /// The rest: what nobody proves any more, and what somebody else proves.
  func lose() async throws {
    let lost = try await claim("e.test", acme)
    try await check(lost, acme)
    let contest = try await claim("e.test", rival.key)
    try await check(contest, rival.key)
    fixture.days(11)
    try await wait(for: .domainClaimOwnershipChanged)
    // Most of a key's ninety days are over by now.
    let key = try await fixture.server.makeKey(in: fixture.acme.id, role: "owner")
    let acme = key.json["token"]?.string ?? ""
    let held = try await fixture.server.get("/v1/domain_claims", key: acme).json["data"]?.array?
      .first { $0["domain"]?.string == "b.test" }
    try await fixture.zone.remove(held?["record"]?["name"]?.string ?? "")
    let path = "/v1/domain_claims/\(held?["id"]?.string ?? ""):check"
    for (hours, type) in [
      (1, EventType.domainClaimAtRisk), (73, .domainClaimGrace), (24 * 15, .domainClaimLapsed),
    ] as [(Int64, EventType)] {
      fixture.server.clock.advance(seconds: hours * 3_600)
      let checked = try await post(path, key: acme)
      #expect(checked.status == 200, "\(checked.text)")
      try await wait(for: type)
    }
    fixture.days(31)
    _ = try await fixture.server.makeAccount("eve@gone.test")
    try await wait(for: .identifierRecycled)
  }
}
