import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// An address rests however it became free, for everybody but whoever had it.
@Suite struct AddressRestTests {
  private static let day: Int64 = 86_400

  private func patch(_ server: TestServer, _ id: String, _ addresses: [String]) async throws
    -> TestAnswer
  {
    let list = addresses.map { #"{"address":"\#($0)"}"# }.joined(separator: ",")
    return try await server.send(
      "PATCH", "/v1/accounts/\(id)", body: #"{"addresses":[\#(list)]}"#,
      contentType: "application/merge-patch+json")
  }

  @Test func `an address that was given up rests for others, and its holder may return`()
    async throws
  {
    let server = try await TestServer()
    let ada = try await server.makeAccount("ada@x.test").id
    let bob = try await server.makeAccount("bob@x.test").id
    #expect(try await patch(server, ada, ["lovelace@x.test"]).status == 200)
    #expect(try await server.makeAccount("ada@x.test").code == "address_resting")
    #expect(try await patch(server, bob, ["bob@x.test", "ADA@x.test"]).code == "address_resting")
    // To and fro, as often as she likes; what she leaves rests each time.
    #expect(try await patch(server, ada, ["ada@x.test"]).status == 200)
    #expect(try await server.makeAccount("lovelace@x.test").code == "address_resting")
    #expect(try await server.makeAccount("ada@x.test").code == "address_taken")
    #expect(try await patch(server, ada, ["lovelace@x.test"]).status == 200)
    server.clock.advance(seconds: 29 * Self.day)
    #expect(try await server.makeAccount("ada@x.test").code == "address_resting")
    server.clock.advance(seconds: 2 * Self.day)
    let eve = try await server.makeAccount("ada@x.test")
    #expect(eve.status == 201, "\(eve.text)")
    // Nobody is told that she came back, and everybody that somebody else came.
    var told: [String?] = []
    _ = try await eventually {
      told =
        try await server.get("/v1/events?type=identifier.recycled").json["data"]?.array?
        .map { $0["subject"]?.string } ?? []
      return !told.isEmpty
    }
    #expect(told == [eve.id])
    #expect(try await patch(server, ada, ["ada@x.test"]).code == "address_taken")
    try await server.stop()
  }

  @Test func `of whoever is gone nothing says what they gave up, and it rests on`() async throws {
    let server = try await TestServer()
    let ada = try await server.makeAccount("ada@x.test").id
    #expect(try await patch(server, ada, ["lovelace@x.test"]).status == 200)
    let admin = try server.database.administrator()
    let former = "SELECT count(*) FROM tenure_global.resting_addresses WHERE former_id IS NOT NULL"
    #expect(try admin.run(former) == ["1"])
    _ = try await server.send(
      "POST", "/v1/accounts/\(ada):erase", body: #"{"reason":"asked to"}"#)
    server.clock.advance(seconds: 8 * Self.day)
    let isErased = try await eventually {
      try await server.get("/v1/accounts/\(ada)/sign_in_status").json["status"]?.string == "erased"
    }
    #expect(isErased)
    #expect(try admin.run(former) == ["0"])
    for address in ["ada@x.test", "lovelace@x.test"] {
      #expect(try await server.makeAccount(address).code == "address_resting")
    }
    try await server.stop()
  }
}
