import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

/// What was accepted can be taken back for a while, and looks the same whatever keeps it.
@Suite struct DisposalWaitTests {
  private static let hour: Int64 = 3_600

  private func fixture() async throws -> DisposalFixture {
    try await DisposalFixture(
      settings: ["erasure_wait_hours": "24", "erasure_alone_wait_hours": "168"])
  }

  private func holdSecretly(_ id: AccountID, _ fixture: DisposalFixture) async throws {
    let hold = try await fixture.post(
      "/v1/holds", #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(id)"]}"#)
    #expect(hold.status == 201, "\(hold.text)")
  }

  /// All that anybody without a right to holds can see of an account, without ids and times.
  private func view(
    _ id: AccountID, _ change: String, _ fixture: DisposalFixture
  ) async throws -> String {
    var answers: [TestAnswer] = []
    for path in [
      "/v1/accounts/\(id)", "/v1/account_changes?account_id=\(id)", "/v1/account_changes/\(change)",
      "/v1/account_notices?account_id=\(id)", "/v1/erasures?account_id=\(id)",
      "/v1/audit_entries?subject_id=\(id)&action=account.deleted",
      "/v1/audit_entries?subject_id=\(id)&action=account.erased",
    ] {
      answers.append(try await fixture.server.get(path, key: fixture.acme.key))
    }
    answers.append(try await fixture.server.get("/v1/accounts/\(id)/sign_in_status"))
    // Whoever may know of holds is told of them here: an administrator may not.
    let admin = try await fixture.server.makeKey(in: fixture.acme.id, role: "admin")
    answers.append(
      try await fixture.server.get(
        "/v1/accounts/\(id)/retention", key: admin.json["token"]?.string))
    let events = try await fixture.server.get("/v1/events", key: fixture.acme.key)
    let about = events.json["data"]?.array?.filter { $0["subject"]?.string == id.description } ?? []
    let types = about.map { $0["type"]?.string ?? "" }.joined(separator: ",")
    return answers.map { "\($0.status) \(Self.plain($0.text))" }.joined(separator: "\n") + types
  }

  /// Ids and times differ between any two accounts.
  private static func plain(_ text: String) -> String {
    text.replacing(/[a-z]{3}_[0-9a-z]{26}|20[0-9-]+T[0-9:.]+Z|"sequence":[0-9]+/, with: "X")
      .replacing(/"(leaf_index|number|cursor|next_cursor)":"?[^,}]*/, with: "X")
  }

  @Test(arguments: ["erase", "anonymise"])
  func `the wait is the same with a secret hold and without, and can be ended either way`(
    verb: String
  ) async throws {
    let fixture = try await fixture()
    let server = fixture.server
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    try await holdSecretly(ada, fixture)
    var changes: [AccountID: String] = [:]
    for id in [ada, bob] {
      let accepted = try await fixture.perform(verb, id)
      #expect(accepted.status == 202, "\(accepted.text)")
      changes[id] = accepted.id
      let due = try #require(
        Timestamp(parsing: accepted.json["effective_at"]?.string ?? ""))
      #expect(due.seconds(since: server.clock.now) == 168 * Self.hour)
    }
    for hours in [0, 24, 143] as [Int64] {
      server.clock.advance(seconds: hours * Self.hour)
      try await server.drainJobs()
      for id in [ada, bob] { #expect(try await fixture.status(id) == "deleted") }
    }
    let adas = try await view(ada, changes[ada] ?? "", fixture)
    let bobs = try await view(bob, changes[bob] ?? "", fixture)
    #expect(adas == bobs)

    // Cancelling gives the account back, and so does restoring it.
    for id in [ada, bob] {
      let back = try await fixture.post("/v1/account_changes/\(changes[id] ?? ""):cancel", nil)
      #expect(back.json["state"]?.string == "cancelled", "\(back.text)")
      #expect(try await fixture.status(id) == "active")
      _ = try await fixture.perform(verb, id)
      #expect(try await fixture.perform("restore", id).json["status"]?.string == "active")
    }
    server.clock.advance(seconds: 400 * Self.hour)
    try await server.drainJobs()
    for id in [ada, bob] { #expect(try await fixture.status(id) == "active") }
    try await server.stop()
  }

  @Test func `what is held waits past its time, and can be taken back then as well`() async throws {
    let fixture = try await fixture()
    let server = fixture.server
    let (ada, bob) = (
      try await fixture.account("ada@x.test"), try await fixture.account("bob@x.test")
    )
    try await holdSecretly(ada, fixture)
    var changes: [String] = []
    for id in [ada, bob] { changes.append(try await fixture.perform("erase", id).id) }
    server.clock.advance(seconds: 169 * Self.hour)
    try await server.drainJobs()
    #expect(try await fixture.status(bob) == "erased")
    #expect(try await fixture.status(ada) == "deleted")
    let late = try await fixture.post("/v1/account_changes/\(changes[1]):cancel", nil)
    #expect(late.code == "change_ended")
    let back = try await fixture.post("/v1/account_changes/\(changes[0]):cancel", nil)
    #expect(back.json["state"]?.string == "cancelled", "\(back.text)")
    #expect(try await fixture.status(ada) == "active")
    try await server.stop()
  }

  @Test func `an erasure of what was deleted before goes back to what it was before that`()
    async throws
  {
    let fixture = try await fixture()
    let ada = try await fixture.account("ada@x.test")
    _ = try await fixture.perform("deactivate", ada)
    _ = try await fixture.perform("delete", ada)
    let erasure = try await fixture.perform("erase", ada)
    let back = try await fixture.post("/v1/account_changes/\(erasure.id):cancel", nil)
    #expect(back.json["state"]?.string == "cancelled", "\(back.text)")
    #expect(try await fixture.status(ada) == "deactivated")
    try await fixture.server.stop()
  }

  @Test func `an erasure for a later day waits from that day on`() async throws {
    let fixture = try await fixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let day = server.clock.now.adding(seconds: 10 * 86_400)
    let change = try await fixture.perform("erase", ada, #","effective_at":"\#(day)""#)
    #expect(change.status == 202, "\(change.text)")
    server.clock.advance(seconds: 10 * 86_400)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "deleted")
    #expect(try await fixture.perform("restore", ada).status == 200)
    try await server.stop()
  }

  @Test func `an erasure that was granted is taken back by whoever asked for it`() async throws {
    let fixture = try await fixture()
    let server = fixture.server
    let ada = try await fixture.account("ada@x.test")
    let token = try await server.send(
      "POST", "/v1/person_tokens",
      body: #"{"account_id":"\#(ada)","assurance":"session","second_factor":true}"#)
    let person = token.json["token"]?.string ?? ""
    let asked = try await server.send(
      "POST", "/v1/me/requests", key: person, body: #"{"type":"erasure"}"#)
    #expect(asked.status == 201, "\(asked.text)")
    #expect(try await fixture.post("/v1/requests/\(asked.id):fulfil", nil).status == 202)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "deleted")
    // It is looked at every hour, and accepted once.
    server.clock.advance(seconds: 3 * Self.hour)
    try await server.drainJobs()
    let waiting = try await fixture.changes(of: ada).filter {
      $0["state"]?.string == "scheduled"
    }
    #expect(waiting.count == 1)
    let again = try await server.send(
      "POST", "/v1/person_tokens",
      body: #"{"account_id":"\#(ada)","assurance":"session","second_factor":true}"#)
    let back = try await server.send(
      "POST", "/v1/me/requests/\(asked.id):withdraw", key: again.json["token"]?.string)
    #expect(back.json["state"]?.string == "withdrawn", "\(back.text)")
    #expect(try await fixture.status(ada) == "active")
    server.clock.advance(seconds: 400 * Self.hour)
    try await server.drainJobs()
    #expect(try await fixture.status(ada) == "active")
    try await server.stop()
  }

  @Test func `whoever restores as the time is over has it back or not, and nothing between`()
    async throws
  {
    let fixture = try await fixture()
    let server = fixture.server
    var ids: [AccountID] = []
    for number in 0..<12 { ids.append(try await fixture.account("a\(number)@x.test")) }
    for id in ids { #expect(try await fixture.perform("erase", id).status == 202) }
    server.clock.advance(seconds: 168 * Self.hour + 60)
    let answers = try await withThrowingTaskGroup(of: (AccountID, Int).self) { group in
      for id in ids.reversed() {
        group.addTask {
          // A machine that is busy with other things may say so, and is asked again.
          while true {
            let answer = try await server.send(
              "POST", "/v1/accounts/\(id):restore", key: fixture.acme.key,
              body: #"{"reason":"a mistake"}"#)
            if answer.status != 503 { return (id, answer.status) }
          }
        }
      }
      var answers: [(AccountID, Int)] = []
      for try await answer in group { answers.append(answer) }
      return answers
    }
    try await server.drainJobs()
    for (id, status) in answers {
      #expect([200, 409].contains(status))
      #expect(try await fixture.status(id) == (status == 200 ? "active" : "erased"))
    }
    try await server.stop()
  }
}
