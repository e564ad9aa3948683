import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Giving back what a hold keeps waits, can be taken back, and says nothing of what it waits for.
@Suite struct ReleaseWaitTests {
  private enum Kept: CaseIterable { case openly, secretly }

  /// A controlled account of somebody with an address of their own, and its case.
  private func controlled(
    _ fixture: TakeoverFixture, _ names: [String]
  ) async throws -> [(account: String, id: String)] {
    var accounts: [String] = []
    for name in names {
      accounts.append(try await fixture.account("\(name)@acme.test", "\(name)@home.test"))
    }
    let takeover = try await fixture.start()
    for item in try await fixture.cases(takeover.id) {
      let answer = try await fixture.server.send(
        "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept",
        key: try await fixture.person(item["account_id"]?.string ?? ""))
      #expect(answer.status == 200, "\(answer.text)")
    }
    try await fixture.server.drainJobs()
    fixture.server.clock.advance(seconds: 1)
    let cases = try await fixture.list(takeover.id)
    return accounts.map { account in
      (
        account,
        cases.first { $0["account_id"]?.string == account }?["id"]?.string ?? ""
      )
    }
  }

  private func hold(
    _ fixture: TakeoverFixture, _ account: String, _ kept: Kept
  ) async throws -> String {
    let hold = try await fixture.server.send(
      "POST", "/v1/holds", key: fixture.acme.key,
      body: """
        {"matter":"m","reason":"r","secret":\(kept == .secretly),"custodian_ids":["\(account)"]}
        """)
    #expect(hold.status == 201, "\(hold.text)")
    return hold.id
  }

  /// What an administrator who may not read holds gets to see, without ids and times.
  private func plain(_ answer: TestAnswer) -> String {
    "\(answer.status) "
      + answer.text.replacing(/[a-z]{3,4}_[0-9a-z]{26}|20[0-9-]+T[0-9:.]+Z/, with: "X")
      .replacing(/"(version|sequence|leaf_index|next_cursor)":[^,}]*/, with: "X")
      .replacing(/(ada|bob|cyd)@/, with: "X@")
  }

  private func view(
    _ fixture: TakeoverFixture, _ account: String, _ id: String, _ key: String?
  ) async throws -> String {
    var seen: [String] = []
    for path in [
      "/v1/accounts/\(account)", "/v1/account_changes?account_id=\(account)",
      "/v1/takeover_cases/\(id)", "/v1/accounts/\(account)/sign_in_status",
      "/v1/audit_entries?subject_id=\(account)&action=account_change.scheduled",
    ] {
      seen.append(plain(try await fixture.server.get(path, key: key)))
    }
    return seen.joined(separator: "\n")
  }

  @Test(arguments: ["release", "undo"])
  func `it looks the same with a hold that few may know of and with any other`(verb: String)
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let people = try await controlled(fixture, ["ada", "bob", "cyd"])
    let admin = try await server.makeKey(in: fixture.acme.id, role: "admin")
    let key = admin.json["token"]?.string
    var holds: [String] = []
    for (person, kept) in zip(people, Kept.allCases) {
      holds.append(try await hold(fixture, person.account, kept))
    }
    func ask(_ person: (account: String, id: String), _ query: String = "") async throws
      -> TestAnswer
    {
      server.clock.advance(seconds: 1)
      return verb == "undo"
        ? try await server.send("POST", "/v1/takeover_cases/\(person.id):undo\(query)", key: key)
        : try await server.send(
          "POST", "/v1/accounts/\(person.account):release\(query)", key: key,
          body: #"{"reason":"left"}"#)
    }
    var answers: [[String]] = []
    var changes: [String] = []
    for person in people.prefix(2) {
      let tried = try await ask(person, "?dry_run=true")
      let asked = try await ask(person)
      #expect(asked.status == 202 && asked.json["state"]?.string == "scheduled", "\(asked.text)")
      // Said again it is the same.
      let again = try await ask(person)
      #expect(again.id == asked.id, "\(again.text)")
      changes.append(asked.id)
      try await server.drainJobs()
      server.clock.advance(seconds: 7_200)
      try await server.drainJobs()
      answers.append([
        plain(tried), plain(asked), try await view(fixture, person.account, person.id, key),
      ])
    }
    #expect(answers[0] == answers[1])
    // Who is not held is given back at once.
    let free = try await ask(people[2])
    #expect(free.status == 200, "\(free.text)")
    // It can be taken back while it waits.
    let back = try await server.send(
      "POST", "/v1/account_changes/\(changes[0]):cancel", key: fixture.acme.key)
    #expect(back.json["state"]?.string == "cancelled", "\(back.text)")
    // And it is done when nothing keeps the account any more, though 30 days are over by then.
    for id in holds {
      server.clock.advance(seconds: 1)
      let read = try await server.get("/v1/holds/\(id)", key: fixture.acme.key)
      let ended = try await server.send(
        "POST", "/v1/holds/\(id):release", key: fixture.acme.key, body: #"{"reason":"over"}"#,
        headers: [("If-Match", read.header("etag") ?? "")])
      #expect(ended.status == 200, "\(ended.text)")
    }
    fixture.days(31)
    try await server.coolHolds()
    try await server.drainJobs()
    server.clock.advance(seconds: 3_601)
    try await server.drainJobs()
    let accounts = try await [
      server.get("/v1/accounts/\(people[0].account)", key: fixture.acme.key),
      server.get("/v1/accounts/\(people[1].account)", key: fixture.acme.key),
    ]
    #expect(accounts.map(\.status) == [200, 404], "\(accounts.map(\.text))")
    let done = try await server.get("/v1/account_changes/\(changes[1])", key: fixture.acme.key)
    #expect(done.json["state"]?.string == "done", "\(done.text)")
    #expect((done.json["case_id"]?.string == people[1].id) == (verb == "undo"), "\(done.text)")
    try await fixture.stop()
  }
}
