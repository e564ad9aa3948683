import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureAssembly
import TenureKernel
import TenureTesting
import Testing

@testable import TenureServer

@Suite struct ImportTests {
  private func rows(_ range: Range<Int>) -> String {
    range.map {
      #"{"client_item_id":"r\#($0)","external_id":"e\#($0)","addresses":[{"address":"p\#($0)@x.test"}]}"#
    }
    .joined(separator: "\n")
  }

  private func send(_ server: TestServer, _ body: String) async throws -> (JSONValue, [JSONValue]) {
    let answer = try await server.send(
      "POST", "/v1/imports", body: body, contentType: "application/x-ndjson")
    #expect(answer.status == 202)
    let operation = try await server.finish(answer.id)
    let text = try await server.get("/v1/operations/\(answer.id)/results").text
    let results = try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    try #require(results.count == body.split(separator: "\n").count, "\(text.prefix(300))")
    return (operation, results)
  }

  @Test func `each row has one outcome, and repeating the file changes nothing`() async throws {
    let server = try await TestServer()
    let file = rows(0..<1_203) + "\nnot json\n" + rows(5..<6) + "\n\n"
    let (operation, results) = try await send(server, file)
    #expect(operation["state"]?.string == "succeeded")
    #expect(operation["progress"]?["total"]?.int == 1_205)
    #expect(results.count == 1_205)
    #expect(results.map { $0["row"]?.int } == (1...1_205).map { $0 })
    #expect(results.count { $0["outcome"]?.string == "created" } == 1_203)
    #expect(results[1_203]["code"]?.string == "invalid_json")
    #expect(results[1_204]["outcome"]?.string == "unchanged")
    let (_, again) = try await send(server, rows(0..<1_203))
    #expect(again.allSatisfy { $0["outcome"]?.string == "unchanged" })
    #expect(again[7]["account_id"] == results[7]["account_id"])
    try await server.stop()
  }

  @Test func `a row updates the account it means, and says when it means several`() async throws {
    let server = try await TestServer()
    _ = try await send(server, rows(0..<2))
    let (_, results) = try await send(
      server,
      """
      {"external_id":"e0","display_name":"New","addresses":[{"address":"p0@x.test"}]}
      {"external_id":"e0","addresses":[{"address":"p1@x.test"}]}
      {"addresses":[{"address":"p1@x.test"},{"address":"p9@x.test"}]}
      """)
    #expect(results.map { $0["outcome"]?.string } == ["updated", "failed", "updated"])
    #expect(results[1]["code"]?.string == "duplicate_row")
    let found = try await server.send(
      "POST", "/v1/accounts:lookup", body: #"{"address":"p0@x.test"}"#)
    #expect(found.json["display_name"]?.string == "New")
    try await server.stop()
  }

  @Test func `a row whose address another tenant's account holds fails alone`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    _ = try await server.makeAccount(inCustodyOf: tenant, "p3@x.test")
    let (_, results) = try await send(server, rows(0..<20))
    #expect(results.count { $0["outcome"]?.string == "created" } == 19)
    #expect(results[3]["code"]?.string == "address_taken")
    try await server.stop()
  }

  @Test func `a row adds to what is there, and takes nothing away`() async throws {
    let server = try await TestServer()
    let created = try await server.send(
      "POST", "/v1/accounts",
      body: #"""
        {"external_id":"e1","display_name":"Ada","locale":"en","attributes":{"a":1,"b":2},
         "addresses":[{"address":"ada@x.test","verified":true},{"address":"ada@home.test"}]}
        """#)
    #expect(created.status == 201, "\(created.text)")
    let (_, results) = try await send(
      server,
      #"{"external_id":"e1","attributes":{"b":3},"addresses":[{"address":"ada@x.test"},{"address":"ada@y.test"}]}"#
    )
    #expect(results[0]["outcome"]?.string == "updated", "\(results)")
    let read = try await server.get("/v1/accounts/\(created.id)")
    #expect(read.json["display_name"]?.string == "Ada" && read.json["locale"]?.string == "en")
    #expect(read.text.contains(#""attributes":{"a":1,"b":3}"#), "\(read.text)")
    let addresses = read.json["addresses"]?.array ?? []
    #expect(
      addresses.map { $0["address"]?.string } == ["ada@x.test", "ada@home.test", "ada@y.test"])
    #expect(addresses.first?["verified"]?.bool == true, "no row takes proof away")
    #expect(addresses.first?["primary"]?.bool == true)
    // So with contacts; and a name is written as the rule for names does.
    let (_, reached) = try await send(
      server, #"{"external_id":"e1","contacts":[{"kind":"sms","value":"1","verified":true}]}"#)
    #expect(reached[0]["outcome"]?.string == "updated", "\(reached)")
    let (_, named) = try await send(
      server,
      #"{"external_id":"e1","display_name":" Ada  L ","contacts":[{"kind":"sms","value":"2"}]}"#)
    #expect(named[0]["outcome"]?.string == "updated", "\(named)")
    let both = try await server.get("/v1/accounts/\(created.id)")
    let contacts = both.json["contacts"]?.array ?? []
    #expect(contacts.map { $0["value"]?.string } == ["1", "2"], "\(both.text)")
    #expect(both.json["display_name"]?.string == "Ada L", "\(both.text)")
    // An account that is there needs no address to be named; a new one does.
    let (_, more) = try await send(
      server, #"{"external_id":"e1","locale":null}"# + "\n" + #"{"external_id":"e2"}"#)
    #expect(more.map { $0["outcome"]?.string } == ["updated", "failed"], "\(more)")
    #expect(more[1]["code"]?.string == "required")
    let cleared = try await server.get("/v1/accounts/\(created.id)")
    #expect(cleared.json["locale"] == .null && cleared.json["addresses"]?.array?.count == 3)
    try await server.stop()
  }

  @Test func `a row is refused as the single call is, in every status`() async throws {
    let server = try await TestServer()
    let statuses = [
      "active", "blocked", "restricted", "deactivated", "isolated", "deleted", "anonymised",
    ]
    let admin = try server.database.administrator()
    for (index, status) in statuses.enumerated() {
      let account = try await server.makeAccount("old\(index)@x.test")
      let id = try AccountID(parsing: account.id).uuid
      try admin.run("SET session_replication_role = replica")
      try admin.run("UPDATE tenure.accounts SET status = '\(status)' WHERE account_id = '\(id)'")
      let call = try await server.send(
        "PATCH", "/v1/accounts/\(account.id)?dry_run=true", body: #"{"display_name":"New"}"#,
        contentType: "application/merge-patch+json")
      let (_, results) = try await send(
        server,
        #"{"display_name":"New","addresses":[{"address":"old\#(index)@x.test"},{"address":"new\#(index)@x.test"}]}"#
      )
      #expect(results[0]["code"]?.string == call.code, "\(status): \(results)")
      #expect((results[0]["outcome"]?.string == "updated") == (call.status == 200), "\(status)")
      // Nobody else gets the address that was there.
      #expect(try await server.makeAccount("old\(index)@x.test").code == "address_taken")
    }
    try await server.stop()
  }

  @Test func `rows that give addresses to each other are done together`() async throws {
    let server = try await TestServer()
    _ = try await send(server, rows(0..<6))
    func held(_ address: String) async throws -> String? {
      try await server.send(
        "POST", "/v1/accounts:lookup", body: #"{"address":"\#(address)"}"#
      ).json["external_id"]?.string
    }
    let swap = """
      {"external_id":"e0","addresses":[{"address":"p1@x.test"}]}
      {"external_id":"e1","addresses":[{"address":"P0@x.test"}]}
      {"external_id":"e2","addresses":[{"address":"p3@x.test"}]}
      {"external_id":"e3","addresses":[{"address":"p4@x.test"}]}
      {"external_id":"e4","addresses":[{"address":"p2@x.test"}]}
      """
    let (_, results) = try await send(server, swap)
    #expect(results.map { $0["outcome"]?.string } == Array(repeating: "updated", count: 5))
    for (address, account) in [(0, 1), (1, 0), (2, 4), (3, 2), (4, 3)] {
      #expect(try await held("p\(address)@x.test") == "e\(account)")
    }
    let (_, again) = try await send(server, swap)
    #expect(again.allSatisfy { $0["outcome"]?.string == "unchanged" }, "\(again)")
    // Who gives and gets nothing keeps it, and who names nobody's id is in doubt.
    let (_, chain) = try await send(
      server,
      """
      {"external_id":"e0","addresses":[{"address":"p9@x.test"}]}
      {"external_id":"e5","addresses":[{"address":"p1@x.test"}]}
      {"external_id":"e3","addresses":[{"address":"p3@x.test"}]}
      """)
    #expect(chain.map { $0["code"]?.string } == [nil, "address_taken", "ambiguous"], "\(chain)")
    #expect(try await held("p1@x.test") == "e0")
    try await server.stop()
  }

  /// Rows of accounts in a ring: each has addresses of its own, and one more that is its own at
  /// first, and then the next account's.
  private func ring(of count: Int, own: Int, moved: Bool) -> String {
    (0..<count).map { row in
      let names =
        (0..<own).map { "p\(row)n\($0)" } + ["p\(moved ? (row + 1) % count : row)moving"]
      let addresses = names.map { #"{"address":"\#($0)@x.test"}"# }.joined(separator: ",")
      return #"{"external_id":"e\#(row)","addresses":[\#(addresses)]}"#
    }
    .joined(separator: "\n")
  }

  @Test func `a ring of all rows of a chunk does not hold up the service`() async throws {
    let server = try await TestServer()
    _ = try await send(server, ring(of: 500, own: 18, moved: false))
    let (operation, results) = try await send(server, ring(of: 500, own: 18, moved: true))
    #expect(operation["state"]?.string == "succeeded")
    #expect(results.allSatisfy { $0["outcome"]?.string == "updated" }, "\(results[0])")
    try await server.stop()
  }

  @Test func `who has as many addresses as one may have can still swap one`() async throws {
    let server = try await TestServer()
    _ = try await send(server, ring(of: 3, own: 19, moved: false))
    let (_, results) = try await send(server, ring(of: 3, own: 19, moved: true))
    #expect(results.map { $0["outcome"]?.string } == ["updated", "updated", "updated"])
    let read = try await server.get("/v1/accounts/\(results[0]["account_id"]?.string ?? "")")
    let addresses = read.json["addresses"]?.array?.compactMap { $0["address"]?.string } ?? []
    #expect(addresses.count == 20 && addresses.last == "p1moving@x.test", "\(addresses)")
    // One more is one too many, as ever.
    let (_, more) = try await send(
      server, #"{"external_id":"e0","addresses":[{"address":"more@x.test"}]}"#)
    #expect(more[0]["detail"]?.string == "/addresses: more than 20 addresses", "\(more)")
    try await server.stop()
  }

  @Test func `rows too far apart to be done together say how to send them`() async throws {
    let server = try await TestServer()
    _ = try await send(server, rows(0..<603))
    let (one, two) = (
      #"{"external_id":"e0","addresses":[{"address":"p601@x.test"}]}"#,
      #"{"external_id":"e601","addresses":[{"address":"p602@x.test"}]}"#
    )
    let three = #"{"external_id":"e602","addresses":[{"address":"p0@x.test"}]}"#
    // Two of the three are in one part of the file, the third is not.
    let (_, apart) = try await send(
      server, [one, two, rows(1..<601), three].joined(separator: "\n"))
    let failed = apart.filter { $0["outcome"]?.string == "failed" }
    #expect(failed.map { $0["row"]?.int } == [1, 2, 603])
    #expect(failed.map { $0["code"]?.string } == ["address_taken", "ambiguous", "ambiguous"])
    for row in failed {
      #expect(
        row["detail"]?.string?.hasSuffix("a file of their own, of at most 500 rows and 1 MiB")
          == true, "\(row)")
    }
    let (_, together) = try await send(server, [one, two, three].joined(separator: "\n"))
    #expect(together.allSatisfy { $0["outcome"]?.string == "updated" }, "\(together)")
    try await server.stop()
  }

  @Test func `two rows about one account are told apart, also in a circle`() async throws {
    let server = try await TestServer()
    _ = try await send(
      server,
      """
      {"external_id":"e0","addresses":[{"address":"p0@x.test"},{"address":"q0@x.test"}]}
      {"external_id":"e1","addresses":[{"address":"p1@x.test"}]}
      """)
    let (_, results) = try await send(
      server,
      """
      {"external_id":"e0","addresses":[{"address":"p1@x.test"}]}
      {"external_id":"e1","addresses":[{"address":"p0@x.test"}]}
      {"addresses":[{"address":"q0@x.test"},{"address":"r0@x.test"}]}
      """)
    #expect(results.map { $0["outcome"]?.string } == ["updated", "updated", "failed"])
    #expect(results[2]["code"]?.string == "duplicate_row", "\(results)")
    try await server.stop()
  }

  @Test func `a row with an address that rests fails alone, and the file ends`() async throws {
    let server = try await TestServer()
    let gone = try await server.makeAccount("p3@x.test")
    _ = try await server.send(
      "POST", "/v1/accounts/\(gone.id):erase", body: #"{"reason":"asked for"}"#)
    #expect(
      try await eventually {
        try await server.get("/v1/accounts/\(gone.id)/sign_in_status").text.contains("erased")
      })
    let (operation, results) = try await send(server, rows(0..<6))
    #expect(operation["state"]?.string == "succeeded")
    #expect(results.count { $0["outcome"]?.string == "created" } == 5)
    #expect(results[3]["outcome"]?.string == "failed")
    #expect(results[3]["code"]?.string == "address_resting", "\(results[3])")
    try await server.stop()
  }

  @Test func `what is not NDJSON of objects is refused at once`() async throws {
    let server = try await TestServer()
    for body in ["[1]", "\n\n", "7"] {
      let answer = try await server.send(
        "POST", "/v1/imports", body: body, contentType: "application/x-ndjson")
      #expect(answer.status == 422)
    }
    let json = try await server.send("POST", "/v1/imports", body: rows(0..<1))
    #expect(json.status == 415)
    try await server.stop()
  }

  @Test(arguments: ["\u{FEFF}", "\u{FEFF}\r\n", " ", "\t", "\r\n \t\r\n"])
  func `a file is taken as machines write it`(beginning: String) async throws {
    let server = try await TestServer()
    func send(_ path: String, _ rows: [String]) async throws -> [String?] {
      let answer = try await server.send(
        "POST", path, body: beginning + rows.joined(separator: "\r\n") + "\r\n",
        contentType: "application/x-ndjson")
      #expect(answer.status == 202, "\(path): \(answer.text)")
      let operation = try await server.finish(answer.id)
      #expect(operation["progress"]?["total"]?.int == rows.count, "\(path)")
      return try await server.get("/v1/operations/\(answer.id)/results").text
        .split(separator: "\n").map {
          try JSONValue(parsing: Array($0.utf8))["outcome"]?.string
        }
    }
    let made = try await send("/v1/imports", rows(0..<2).components(separatedBy: "\n"))
    #expect(made == ["created", "created"])
    let id = try await server.send(
      "POST", "/v1/accounts:lookup", body: #"{"address":"p0@x.test"}"#
    ).id
    func row(_ verb: String) -> String {
      #"{"account_id":"\#(id)","verb":"\#(verb)","reason":"left"}"#
    }
    #expect(try await send("/v1/account_changes:import", [row("deactivate")]) == ["changed"])
    let erased = try await send("/v1/account_changes:import_erasures", [row("erase")])
    #expect(erased.count == 1 && erased != ["failed"], "\(erased)")
    try await server.stop()
  }

  @Test func `UTF-16 is refused by name, as a file and as a body`() async throws {
    let server = try await TestServer()
    let row = Array(#"{"addresses":[{"address":"p0@x.test"}]}"#.utf8)
    let little: [UInt8] = [0xFF, 0xFE] + row.flatMap { [$0, 0] as [UInt8] }
    let big: [UInt8] = [0xFE, 0xFF] + row.flatMap { [0, $0] as [UInt8] }
    for (path, type) in [
      ("/v1/imports", "application/x-ndjson"),
      ("/v1/account_changes:import", "application/x-ndjson"),
      ("/v1/accounts", "application/json"),
    ] {
      for bytes in [little, big] {
        let answer = try await server.send("POST", path, bytes: bytes, contentType: type)
        #expect(answer.code == "invalid_utf8", "\(path): \(answer.text)")
        #expect(answer.text.contains("the text is UTF-16, and must be UTF-8"), "\(answer.text)")
      }
    }
    try await server.stop()
  }

  @Test func `short work does not wait for long work to end`() async throws {
    let server = try await TestServer()
    let admin = try server.database.administrator()
    // On a busy machine a file may be done before the next one has arrived: then once more.
    var order: [String] = []
    for attempt in 0..<5 where order.first != "1" {
      let start = attempt * 30_000
      var ids: [String] = []
      for (from, count) in [(start, 12_000), (start + 12_000, 12_000), (start + 24_000, 1)] {
        server.clock.advance(seconds: 1)
        let answer = try await server.send(
          "POST", "/v1/imports", body: rows(from..<from + count),
          contentType: "application/x-ndjson")
        ids.append(answer.id)
      }
      server.clock.advance(seconds: 1)
      for id in ids { #expect(try await server.finish(id)["state"]?.string == "succeeded") }
      // In the order they ended in.
      order = try admin.run(
        """
        SELECT total FROM (
          SELECT total, xmin AS ended FROM tenure.operations ORDER BY operation_id DESC LIMIT 3)
          AS last
        ORDER BY ended::text::bigint
        """)
    }
    #expect(order == ["1", "12000", "12000"])
    try await server.stop()
  }

  @Test func `work left by a process that died is taken up by another`() async throws {
    let first = try await TestServer()
    let answer = try await first.send(
      "POST", "/v1/imports", body: rows(0..<3_000), contentType: "application/x-ndjson")
    // The first process ends in the middle; its lease runs out on the second one's clock.
    await first.service.stop()
    let second = try await TestServer(database: first.database)
    second.clock.advance(seconds: 120)
    let admin = try first.database.administrator()
    try await eventually { try admin.run("SELECT state FROM tenure.operations") != ["running"] }
    #expect(try admin.run("SELECT state || done FROM tenure.operations") == ["succeeded3000"])
    #expect(try admin.run("SELECT count(*) FROM tenure.accounts") == ["3000"])
    #expect(answer.status == 202)
    try await second.stop()
  }

  @Test func `results lose what names people who are gone, and nothing else`() throws {
    let lines = [
      #"{"row":1,"client_item_id":"r1","outcome":"created","account_id":"acc_1"}"#,
      #"{"row":2,"client_item_id":"r2","outcome":"created","account_id":"acc_2"}"#,
      #"{"row":3,"outcome":"failed","code":"invalid_value","detail":"/x: no"}"#,
    ]
    let text = lines.map { $0 + "\n" }.joined()
    let left = try ImportResults.shortened(Array(text.utf8), of: ["acc_1"])
    let first = #"{"row":1,"outcome":"created","account_id":"acc_1"}"#
    #expect(
      String(decoding: left, as: UTF8.self)
        == ([first] + lines[1...]).map { $0 + "\n" }.joined())
  }

  @Test(arguments: [#"{"row":1,"client_item_id":"r1","account_id":1}"#, #"["r1","acc_1"]"#])
  func `a line of results that does not say whom it is about is a failure`(line: String) {
    #expect(throws: PostgresError.self) {
      try ImportResults.shortened(Array(line.utf8), of: ["acc_1"])
    }
  }
}
