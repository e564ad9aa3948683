import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

/// Where a tenant has two people, both decide on what cannot be undone, whatever way it is asked for.
@Suite struct DisposalTwoPeopleTests {
  private struct Fixture: Sendable {
    let disposal: DisposalFixture
    /// The keys of two people.
    let one: String
    let other: String

    init() async throws {
      disposal = try await DisposalFixture(
        settings: ["erasure_wait_hours": "24", "erasure_alone_wait_hours": "168"])
      let (server, acme) = (disposal.server, disposal.acme)
      one = try await server.makePerson(in: acme.id, role: "owner", offeredBy: acme.key).key
      other = try await server.makePerson(in: acme.id, role: "owner", offeredBy: acme.key).key
    }

    func post(_ path: String, _ body: String?, type: String = "application/json") async throws
      -> TestAnswer
    {
      disposal.server.clock.advance(seconds: 1)
      return try await disposal.server.send(
        "POST", path, key: one, body: body, contentType: type)
    }

    /// Asks, and has the other one agree: it was asked for what nobody has done yet.
    func agree(
      _ path: String, _ body: String?, type: String = "application/json"
    ) async throws -> TestAnswer {
      let asked = try await post(path, body, type: type)
      #expect(asked.status == 202 && asked.id.hasPrefix("apr_"), "\(path): \(asked.text)")
      let approve = "/v1/approvals/\(asked.id):approve"
      let server = disposal.server
      #expect(try await server.send("POST", approve, key: one).code == "approval_not_yours")
      #expect(try await server.send("POST", approve, key: other).status == 200)
      return try await post(path, body, type: type)
    }
  }

  @Test(arguments: ["delete", "anonymise", "erase"])
  func `two people decide, by whichever call, list or file`(verb: String) async throws {
    let fixture = try await Fixture()
    let server = fixture.disposal.server
    var ids: [AccountID] = []
    for name in ["a", "b", "c", "d"] {
      ids.append(try await fixture.disposal.account("\(name)@x.test"))
    }
    let destroys = verb != "delete"
    let call = try await fixture.agree("/v1/accounts/\(ids[0]):\(verb)", #"{"reason":"r"}"#)
    #expect(call.status == (destroys ? 202 : 200), "\(call.text)")
    if destroys {
      let due = try #require(Timestamp(parsing: call.json["effective_at"]?.string ?? ""))
      #expect(due.seconds(since: server.clock.now) == 24 * 3_600)
    }
    let list = try await fixture.agree(
      "/v1/account_changes\(destroys ? ":erase" : "")",
      #"{"verb":"\#(verb)","account_ids":["\#(ids[1])"],"reason":"r"}"#)
    #expect(list.json["data"]?.array?.first?["outcome"]?.string != "failed", "\(list.text)")
    // A file with one more row is another file.
    func row(_ id: AccountID) -> String {
      #"{"account_id":"\#(id)","verb":"\#(verb)","reason":"r"}"# + "\n"
    }
    let path = "/v1/account_changes:import\(destroys ? "_erasures" : "")"
    let type = "application/x-ndjson"
    let file = try await fixture.agree(path, row(ids[2]), type: type)
    #expect(file.id.hasPrefix("opn_"), "\(file.text)")
    _ = try await server.finish(file.id, key: fixture.one)
    let longer = try await fixture.post(path, row(ids[2]) + row(ids[3]), type: type)
    #expect(longer.id.hasPrefix("apr_"), "\(longer.text)")
    for id in ids[0..<3] { #expect(try await fixture.disposal.status(id) == "deleted") }
    #expect(try await fixture.disposal.status(ids[3]) == "active")
    try await server.stop()
  }

  @Test func `two people grant an erasure, and make a rule that disposes`() async throws {
    let fixture = try await Fixture()
    let server = fixture.disposal.server
    let ada = try await fixture.disposal.account("ada@x.test")
    let asked = try await fixture.post(
      "/v1/requests", #"{"account_id":"\#(ada)","type":"erasure"}"#)
    #expect(asked.status == 201, "\(asked.text)")
    let granted = try await fixture.agree("/v1/requests/\(asked.id):fulfil", nil)
    #expect(granted.json["state"]?.string == "granted", "\(granted.text)")
    let members = #""name":"n","applies_to":"account","trigger":"left","period":"P9Y""#
    for action in ["delete", "anonymise"] {
      let rule = try await fixture.agree(
        "/v1/retention_rules", "{\(members),\"action\":\"\(action)\"}")
      #expect(rule.status == 201, "\(rule.text)")
    }
    for action in ["retain", "isolate"] {
      let rule = try await fixture.post(
        "/v1/retention_rules", "{\(members),\"action\":\"\(action)\"}")
      #expect(rule.status == 201, "\(rule.text)")
    }
    try await server.stop()
  }

  @Test func `nobody is asked for what is refused anyway, or was done before`() async throws {
    let fixture = try await Fixture()
    let ada = try await fixture.disposal.account("ada@x.test")
    let path = "/v1/accounts/\(ada):erase"
    let hold = try await fixture.post(
      "/v1/holds", #"{"matter":"m","reason":"r","custodian_ids":["\#(ada)"]}"#)
    #expect(hold.status == 201, "\(hold.text)")
    #expect(try await fixture.post(path, #"{"reason":"r"}"#).code == "account_held")
    let tried = try await fixture.post("\(path)?dry_run=true", #"{"reason":"r"}"#)
    #expect(tried.code == "account_held")
    let bob = try await fixture.disposal.account("bob@x.test")
    _ = try await fixture.agree("/v1/accounts/\(bob):delete", #"{"reason":"r"}"#)
    let again = try await fixture.post("/v1/accounts/\(bob):delete", #"{"reason":"other"}"#)
    #expect(again.json["status"]?.string == "deleted", "\(again.text)")
    try await fixture.disposal.server.stop()
  }

  @Test func `one person alone waits for a week`() async throws {
    let disposal = try await DisposalFixture(
      settings: ["erasure_wait_hours": "24", "erasure_alone_wait_hours": "168"])
    let server = disposal.server
    let one = try await server.makePerson(
      in: disposal.acme.id, role: "owner", offeredBy: disposal.acme.key
    ).key
    let ada = try await disposal.account("ada@x.test")
    let change = try await disposal.perform("erase", ada, key: one)
    let due = try #require(Timestamp(parsing: change.json["effective_at"]?.string ?? ""))
    #expect(due.seconds(since: server.clock.now) == 168 * 3_600)
    try await server.stop()
  }
}
