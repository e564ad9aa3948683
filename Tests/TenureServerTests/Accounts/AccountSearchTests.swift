import Foundation
import JSON
import Tenure
import TenureTesting
import Testing

/// Accounts are found by what is personal, the deleted too, and what is out of sight stays so.
@Suite struct AccountSearchTests {
  private func search(
    _ server: TestServer, _ filter: String, _ query: String = "", key: String? = nil
  ) async throws -> TestAnswer {
    var writer = JSONWriter()
    writer.value(.object([("filter", .string(filter))]))
    return try await server.send(
      "POST", "/v1/accounts:search\(query)", key: key,
      body: String(decoding: writer.bytes, as: UTF8.self))
  }

  private func lookup(_ server: TestServer, _ member: String, _ value: String) async throws
    -> TestAnswer
  {
    try await server.send("POST", "/v1/accounts:lookup", body: #"{"\#(member)":"\#(value)"}"#)
  }

  private func ids(_ answer: TestAnswer) -> [String] {
    (answer.json["data"]?.array ?? []).compactMap { $0["id"]?.string }
  }

  @Test func `who stands in the way is named, found and brought back`() async throws {
    let server = try await TestServer()
    let made = try await server.send(
      "POST", "/v1/accounts",
      body:
        #"{"external_id":"e1","display_name":"Ada","addresses":[{"address":"ada@x.test"}]}"#)
    let ada = made.id
    _ = try await server.makeAccount("bob@x.test")
    let deleted = try await server.send(
      "POST", "/v1/accounts/\(ada):delete", body: #"{"reason":"left"}"#)
    #expect(deleted.status == 200 || deleted.status == 202, "\(deleted.text)")
    for body in [
      #"{"addresses":[{"address":"ADA@x.test"}]}"#,
      #"{"external_id":"e1","addresses":[{"address":"new@x.test"}]}"#,
    ] {
      let taken = try await server.send("POST", "/v1/accounts", body: body)
      #expect(taken.status == 409 && taken.text.contains("\(ada):restore"), "\(taken.text)")
    }
    for (member, value) in [("address", "Ada@x.test"), ("external_id", "e1")] {
      let found = try await lookup(server, member, value)
      #expect(found.id == ada && found.json["status"]?.string == "deleted", "\(found.text)")
      // Nothing but that it is there.
      #expect(found.json["addresses"]?.array == [] && found.json["display_name"] == .null)
    }
    for filter in [
      #"status eq "deleted""#, #"status eq "deleted" and external_id eq "e1""#,
      #"status eq "deleted" and display_name eq "ADA""#,
      #"address eq "ada@x.test" and status eq "deleted""#,
    ] {
      let found = try await search(server, filter)
      #expect(ids(found) == [ada], "\(filter): \(found.text)")
      #expect(!found.text.contains("Ada"), "\(found.text)")
    }
    let query = "/v1/accounts?filter=status%20eq%20%22deleted%22"
    #expect(ids(try await server.get(query)) == [ada])
    // By its parts a name that is not shown could be read letter by letter.
    for part in [
      #"display_name sw "a""#, #"display_name co "d""#, #"display_name ew "a""#,
      #"(display_name eq "ada" or display_name sw "a")"#,
    ] {
      #expect(ids(try await search(server, #"status eq "deleted" and "# + part)) == [], "\(part)")
    }
    // Who does not ask for it finds none of it.
    #expect(ids(try await search(server, #"address eq "ada@x.test""#)) == [])
    #expect(ids(try await search(server, #"not (status eq "active")"#)) == [])
    #expect(try await server.get("/v1/accounts/\(ada)").status == 404)
    let restored = try await server.send(
      "POST", "/v1/accounts/\(ada):restore", body: #"{"reason":"by mistake"}"#)
    #expect(restored.status == 200, "\(restored.text)")
    let back = try await lookup(server, "external_id", "e1")
    #expect(back.json["display_name"]?.string == "Ada" && back.json["status"]?.string == "active")
    try await server.stop()
  }

  @Test func `a search goes by name, address, id and time, page by page`() async throws {
    let server = try await TestServer()
    var made: [String] = []
    for index in 0..<7 {
      let answer = try await server.send(
        "POST", "/v1/accounts",
        body: """
          {"external_id":"e\(index)","display_name":"\(index % 2 == 0 ? "Ada" : "Bob") \(index)",
           "addresses":[{"address":"p\(index)@x.test"}]}
          """)
      made.append(answer.id)
      server.clock.advance(seconds: 1)
    }
    let even = [0, 2, 4, 6].map { made[$0] }
    #expect(ids(try await search(server, #"display_name sw "ada""#)) == even)
    #expect(ids(try await search(server, #"display_name eq "BOB 3""#)) == [made[3]])
    #expect(
      ids(try await search(server, #"display_name ew " 5" or id eq "\#(made[0])""#))
        == [made[0], made[5]])
    #expect(
      ids(try await search(server, #"not (display_name sw "Ada")"#)) == [1, 3, 5].map { made[$0] })
    #expect(
      ids(try await search(server, #"external_id eq "e4" or address eq "P1@x.test""#))
        == [made[1], made[4]])
    // Pages of two, by names and by what the database decides.
    for filter in [#"display_name sw "Ada""#, #"created_at gt "2000-01-01T00:00:00Z""#] {
      var found: [String] = []
      var query = "?limit=2"
      for _ in 0..<5 {
        let page = try await search(server, filter, query)
        #expect(page.status == 200 && ids(page).count <= 2, "\(page.text)")
        found += ids(page)
        guard let next = page.json["next_cursor"]?.string else { break }
        query = "?limit=2&cursor=\(next)"
      }
      #expect(found == (filter.contains("Ada") ? even : made))
    }
    let first = try await search(server, #"display_name sw "Ada""#, "?limit=2")
    let cursor = first.json["next_cursor"]?.string ?? ""
    let other = try await search(server, #"display_name sw "Bob""#, "?cursor=\(cursor)")
    #expect(other.code == "cursor_mismatch")
    for (filter, code) in [
      (#"display_name gt "a""#, "filter_malformed"), (#"address sw "p""#, "filter_malformed"),
      (#"external_id co "e""#, "filter_malformed"), (#"attributes eq "x""#, "filter_malformed"),
      (#"address eq "nobody""#, "filter_malformed"), (#"status co "act""#, "filter_malformed"),
    ] {
      #expect(try await search(server, filter).code == code, "\(filter)")
    }
    // What is personal has no place in a URL, and the refusal says where it has.
    let named = try await server.get("/v1/accounts?filter=display_name%20eq%20%22Ada%22")
    #expect(named.code == "filter_malformed" && named.text.contains(":search"), "\(named.text)")
    for body in [
      "{}", #"{"address":"a@x.test","external_id":"e1"}"#, #"{"external_id":""}"#,
    ] {
      let answer = try await server.send("POST", "/v1/accounts:lookup", body: body)
      #expect(answer.status == 422, "\(body): \(answer.text)")
    }
    try await server.stop()
  }

  @Test func `a tenant finds its own, and nobody else's`() async throws {
    let server = try await TestServer()
    let (acme, key) = try await server.makeTenant()
    let (other, _) = try await server.makeTenant()
    let own = try await server.makeAccount(inCustodyOf: acme, "ada@x.test")
    _ = try await server.makeAccount(inCustodyOf: other, "bob@x.test")
    _ = try await server.makeAccount("eve@x.test")
    #expect(
      ids(try await search(server, #"created_at gt "2000-01-01T00:00:00Z""#, key: key))
        == [own.description])
    for address in ["bob@x.test", "eve@x.test"] {
      #expect(ids(try await search(server, #"address eq "\#(address)""#, key: key)) == [])
    }
    #expect(
      ids(try await search(server, #"not (display_name eq "x")"#, key: key)) == [own.description])
    try await server.stop()
  }
}
