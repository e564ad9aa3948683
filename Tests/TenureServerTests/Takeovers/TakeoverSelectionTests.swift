import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureKernel
import TenureTesting
import Testing

@testable import TenureServer

@Suite struct TakeoverSelectionTests {
  private func create(
    _ fixture: TakeoverFixture, _ members: String
  ) async throws -> TestAnswer {
    let plan = try await fixture.preview().json["plan"]?.string ?? ""
    return try await fixture.server.send(
      "POST", "/v1/takeovers", key: fixture.acme.key,
      body: #"{"plan":"\#(plan)","domain_claim_id":"\#(fixture.claim)",\#(members)}"#)
  }

  private func chosen(_ fixture: TakeoverFixture, _ takeover: TestAnswer) async throws -> Set<
    String
  > {
    #expect(takeover.status == 201, "\(takeover.text)")
    let ids = try await fixture.list(takeover.id).compactMap { $0["account_id"]?.string }
    _ = try await fixture.server.send(
      "POST", "/v1/takeovers/\(takeover.id):cancel", key: fixture.acme.key)
    try await fixture.server.drainJobs()
    return Set(ids)
  }

  @Test func `the preview shows addresses on the tenant's name and when they came, and no more`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    fixture.server.clock.advance(seconds: 60)
    let bob = try await fixture.account("bob@home.test", "bob@acme.test")
    let preview = try await fixture.preview()
    let accounts = preview.json["accounts"]?.array ?? []
    #expect(accounts.count == 1 && accounts.first?["account_id"]?.string == ada, "\(preview.text)")
    #expect(accounts.first?["addresses"]?.array?.map(\.string) == ["ada@acme.test"])
    let came = fixture.server.clock.now.adding(seconds: -60)
    #expect(accounts.first?["created_at"]?.string == came.description)
    let blocked = preview.json["blocked"]?.array?.first
    #expect(blocked?["account_id"]?.string == bob)
    #expect(blocked?["addresses"]?.array?.map(\.string) == ["bob@acme.test"])
    #expect(!preview.text.contains("home.test") && !preview.text.contains("Ada"))
    for id in [ada, bob] {
      let log = try await fixture.server.get(
        "/v1/audit_entries?subject_id=\(id)&action=takeover_candidate.read", key: fixture.acme.key)
      #expect(log.json["data"]?.array?.count == 1, "\(log.text)")
    }
    try await fixture.stop()
  }

  @Test func `a plan is gone through in parts, and is good for less than a day`() async throws {
    let fixture = try await TakeoverFixture()
    var all: [String] = []
    for name in ["a", "b", "c", "d", "e"] {
      all.append(try await fixture.account("\(name)@acme.test"))
    }
    let text = try await fixture.preview().json["plan"]?.string ?? ""
    let plan = try #require(UUID(uuidString: String(text.dropFirst(5))))
    let access = SystemCaller(job: "test").access(to: try TenantID(parsing: fixture.acme.id))
    let worker = fixture.server.service.firstWorker
    var parts: [[String]] = []
    for start in [0, 2, 4, 6] {
      parts.append(
        try await worker.loop.run {
          try await worker.database.find(
            access, TakeoverPlanStore.accounts(of: plan, from: start, 2, access)
          ).map { try $0.identifier(0, AccountID.self).description }
        })
    }
    #expect(parts.map(\.count) == [2, 2, 1, 0] && parts.flatMap { $0 } == all.sorted(), "\(parts)")
    fixture.server.clock.advance(seconds: 23 * 3_600 - 1)
    #expect(try await fixture.start(plan: "plan_" + UUID().uuidString.lowercased()).status == 422)
    fixture.server.clock.advance(seconds: 1)
    let late = try await fixture.start(plan: text)
    #expect(late.status == 422 && late.text.contains("no such plan"), "\(late.text)")
    fixture.server.clock.advance(seconds: -2)
    #expect(try await fixture.start(plan: text).status == 201)
    try await fixture.stop()
  }

  @Test func `the preview is read page by page`() async throws {
    let fixture = try await TakeoverFixture()
    var all: [String] = []
    for name in ["a", "b", "c"] { all.append(try await fixture.account("\(name)@acme.test")) }
    var (seen, after): ([String], String?) = ([], nil)
    repeat {
      let start = after.map { #","after_account_id":"\#($0)""# } ?? ""
      let page = try await fixture.server.send(
        "POST", "/v1/takeovers:preview", key: fixture.acme.key,
        body: #"{"domain_claim_id":"\#(fixture.claim)","limit":2\#(start)}"#)
      #expect(page.json["counts"]?["eligible"]?.int == 3, "\(page.text)")
      seen += page.json["account_ids"]?.array?.compactMap(\.string) ?? []
      after = page.json["next_after_account_id"]?.string
    } while after != nil && seen.count < 4
    #expect(seen == all.sorted())
    try await fixture.stop()
  }

  @Test func `selectors take addresses and patterns, and what they found is kept`() async throws {
    let fixture = try await TakeoverFixture()
    var ids: [String: String] = [:]
    for name in ["ada", "anna", "bob"] {
      ids[name] = try await fixture.account("\(name)@acme.test", "\(name)@home.test")
      fixture.server.clock.advance(seconds: 1)
    }
    func set(_ names: String...) -> Set<String> { Set(names.compactMap { ids[$0] }) }
    for (members, expected) in [
      (#""addresses":["Ada@acme.test"]"#, set("ada")),
      (#""addresses":["a*@acme.test"]"#, set("ada", "anna")),
      (#""addresses":["a*@acme.test"],"exclude_addresses":["*nn*@acme.test"]"#, set("ada")),
      (#""exclude_addresses":["bob@acme.test","nobody@acme.test"]"#, set("ada", "anna")),
      (
        #""account_ids":["\#(ids["bob"] ?? "")"],"addresses":["ada@acme.test"]"#,
        set("ada", "bob")
      ),
    ] {
      let takeover = try await create(fixture, members)
      #expect(try await chosen(fixture, takeover) == expected, "\(members)")
    }
    let admin = try fixture.server.database.administrator()
    let kept = try admin.run(
      "SELECT count(*) FROM tenure.takeovers WHERE cardinality(selected_ids) > 0")
    #expect(kept == ["4"])
    try await fixture.stop()
  }

  @Test func `who is unknown and who is not eligible get one answer, and strangers' names none`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    _ = try await fixture.account("ada@acme.test")
    _ = try await fixture.account("bob@home.test", "bob@acme.test")
    func refusal(_ address: String) async throws -> String {
      let answer = try await create(fixture, #""addresses":["\#(address)"]"#)
      #expect(answer.status == 422, "\(answer.text)")
      return answer.text.replacing(address, with: "X")
        .replacing(/"(request_id|instance)":"[^"]*"/, with: "")
    }
    // Not eligible: it is Bob's second address.
    #expect(try await refusal("bob@acme.test") == (try await refusal("nobody@acme.test")))
    #expect(try await refusal("bob@home.test") == (try await refusal("nobody@home.test")))
    #expect(try await refusal("*@home.test").contains("not on the claimed name"))
    try await fixture.stop()
  }
}
