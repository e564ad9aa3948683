import JSON
import Tenure
import TenureTesting
import Testing

@Suite struct AccountNoticeTests {
  @Test func `what is done to an account is told with receipts, as takeovers are`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let ada = try await server.makeAccount(inCustodyOf: fixture.acme.id, "ada@acme.test")
    let endpoint = try await server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"\#(fixture.sink.url)"}"#)
    #expect(endpoint.status == 201, "\(endpoint.text)")
    let done = try await server.send(
      "POST", "/v1/accounts/\(ada):deactivate", key: fixture.acme.key, body: #"{"reason":"left"}"#)
    #expect(done.status == 200, "\(done.text)")

    func notice() async throws -> JSONValue? {
      let list = try await server.get(
        "/v1/account_notices?account_id=\(ada)", key: fixture.acme.key)
      return list.json["data"]?.array?.first
    }
    let id = try #require(try await notice()?["id"]?.string)
    #expect(try await notice()?["type"]?.string == "account.deactivated")
    // That the operator's endpoint took it is the first level.
    #expect(try await eventually { try await notice()?["level"]?.int == 1 })
    let sent = try await fixture.events("account.deactivated").first
    #expect(sent?["data"]?["notice_id"]?.string == id)

    // A receipt of another notice, another address, another key, or from before proves nothing.
    let other = NoticeID(at: server.clock.now).description
    #expect(
      try await fixture.receipt(id, "ada@acme.test", signedFor: other).code == "receipt_refused")
    #expect(
      try await fixture.receipt(id, "ada@acme.test", seed: Array(repeating: 9, count: 32)).code
        == "receipt_refused")
    #expect(try await fixture.receipt(id, "eve@acme.test").code == "receipt_refused")
    #expect(try await fixture.receipt(other, "ada@acme.test").code == "validation_failed")
    #expect(try await notice()?["level"]?.int == 1)

    #expect(try await fixture.receipt(id, "ada@acme.test").status == 201)
    #expect(try await notice()?["level"]?.int == 2)
    let person = try await fixture.person(ada.description)
    let mine = try await server.get("/v1/me/account_notices", key: person)
    #expect(mine.json["data"]?.array?.first?["id"]?.string == id, "\(mine.text)")
    let path = "/v1/me/account_notices/\(id):acknowledge"
    let eve = try await fixture.account("eve@acme.test")
    #expect(
      try await server.send("POST", path, key: try await fixture.person(eve)).status == 404)
    let read = try await server.send("POST", path, key: person)
    #expect(read.json["level"]?.int == 3, "\(read.text)")
    let receipts = try await server.get(
      "/v1/account_notices/\(id)/receipts", key: fixture.acme.key)
    #expect(
      Set(receipts.json["data"]?.array?.map { $0["level"]?.int } ?? []) == [1, 2, 3],
      "\(receipts.text)")
    try await fixture.stop()
  }
}
