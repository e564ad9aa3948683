import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What became of a delivery is written down, whatever else fails: nothing goes out again and again.
@Suite struct WebhookRecordTests {
  /// How often each event arrived.
  private func arrivals(_ sink: TestSink) throws -> [String: Int] {
    let ids = try sink.received.compactMap { try JSONValue(parsing: $0.body)["id"]?.string }
    return Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
  }

  @Test func `what is told of a release is recorded once, with its receipt`() async throws {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let endpoint = try await server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"\#(fixture.sink.url)"}"#)
    let ada = try await fixture.account("ada@acme.test", "ada@home.test")
    let takeover = try await fixture.start()
    for item in try await fixture.cases(takeover.id) {
      _ = try await server.send(
        "POST", "/v1/me/notices/\(item["id"]?.string ?? ""):accept",
        key: try await fixture.person(ada))
    }
    try await server.drainJobs()
    server.clock.advance(seconds: 1)
    let released = try await server.send(
      "POST", "/v1/accounts/\(ada):release", key: fixture.acme.key, body: #"{"reason":"left"}"#)
    #expect(released.status == 200, "\(released.text)")
    let told = try await fixture.events("control.released")
    let notice = try #require(told.first?["data"]?["notice_id"]?.string)
    try await server.drainDeliveries()
    // Leases run out, and nothing is sent again.
    for _ in 0..<3 {
      server.clock.advance(seconds: 61)
      try await server.drainJobs()
      try await server.drainDeliveries()
    }
    let arrivals = try arrivals(fixture.sink)
    #expect(!arrivals.isEmpty && arrivals.values.allSatisfy { $0 == 1 }, "\(arrivals)")
    let log = try await server.get("/v1/webhook_endpoints/\(endpoint.id)/deliveries?limit=200")
    let states = log.json["data"]?.array?.map { $0["state"]?.string }
    #expect(Set(states ?? []) == ["delivered"], "\(log.text)")
    let mine = try await server.get(
      "/v1/me/account_notices", key: try await fixture.person(ada))
    let read = mine.json["data"]?.array?.first { $0["id"]?.string == notice }
    #expect(read?["level"]?.int == 1, "\(mine.text)")
    // The account lies with the platform again; its notice takes receipts all the same.
    let receipt = try await fixture.receipt(notice, "ada@home.test")
    #expect(receipt.status == 201, "\(receipt.text)")
    try await fixture.stop()
  }

  @Test func `evidence that the database refuses keeps no outcome from being written down`()
    async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    // As if every second receipt could not be kept, the first among them.
    let admin = try server.database.administrator()
    try admin.run(
      """
      CREATE SEQUENCE public.tries;
      GRANT USAGE ON SCHEMA public TO PUBLIC;
      GRANT ALL ON SEQUENCE public.tries TO PUBLIC;
      CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.tries') % 2 = 0 THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation';
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON tenure.receipts
        FOR EACH ROW EXECUTE FUNCTION public.refuse()
      """)
    let endpoint = try await server.send(
      "POST", "/v1/webhook_endpoints", body: #"{"url":"\#(fixture.sink.url)"}"#)
    for number in 0..<5 {
      let account = try await server.makeAccount(
        inCustodyOf: fixture.acme.id, "a\(number)@acme.test")
      _ = try await server.send(
        "POST", "/v1/accounts/\(account):deactivate", key: fixture.acme.key,
        body: #"{"reason":"left"}"#)
    }
    try await server.drainDeliveries()
    server.clock.advance(seconds: 61)
    try await server.drainDeliveries()
    let arrivals = try arrivals(fixture.sink)
    #expect(arrivals.count >= 5 && arrivals.values.allSatisfy { $0 == 1 }, "\(arrivals)")
    let log = try await server.get("/v1/webhook_endpoints/\(endpoint.id)/deliveries?limit=200")
    #expect(log.json["data"]?.array?.allSatisfy { $0["state"]?.string == "delivered" } == true)
    // One that is refused takes no other with it.
    let kept = try #require(
      Int(try admin.run("SELECT count(*) FROM tenure.receipts WHERE level = 1").first ?? ""))
    #expect(kept > 0)
    try await fixture.stop()
  }

  @Test func `a lock that somebody holds for a while delays recording, and sends nothing twice`()
    async throws
  {
    let fixture = try await WebhookFixture()
    let server = fixture.server
    let endpoint = try await fixture.endpoint()
    fixture.sink.answers { number in
      // The first is answered while somebody holds the rows.
      HTTPResponse(status: number == 1 ? 500 : 200)
    }
    _ = try await fixture.test(endpoint.id)
    try await server.drainDeliveries()
    let admin = try server.database.administrator()
    try admin.run("BEGIN; SELECT FROM tenure.webhook_deliveries FOR UPDATE")
    server.clock.advance(seconds: 10)
    #expect(try await fixture.arrived(2))
    // Longer than a statement waits for a lock.
    try await Task.sleep(for: .milliseconds(1_200))
    try admin.run("COMMIT")
    try await server.drainDeliveries()
    #expect(try await fixture.delivery(endpoint.id)?["state"]?.string == "delivered")
    server.clock.advance(seconds: 61)
    try await server.drainDeliveries()
    #expect(fixture.sink.received.count == 2)
    try await fixture.stop()
  }

  @Test func `a replay waits for nobody who writes down what has just arrived`() async throws {
    let fixture = try await WebhookFixture()
    let server = fixture.server
    let endpoint = try await fixture.endpoint()
    for _ in 0..<3 { _ = try await fixture.test(endpoint.id) }
    try await server.drainDeliveries()
    let before = fixture.sink.received.count
    let admin = try server.database.administrator()
    try admin.run(
      """
      BEGIN;
      SELECT FROM tenure.webhook_deliveries WHERE event_id = (
        SELECT min(event_id::text)::uuid FROM tenure.webhook_deliveries) FOR UPDATE
      """)
    let since = server.clock.now.adding(seconds: -3_600)
    let replayed = try await server.send(
      "POST", "/v1/webhook_endpoints/\(endpoint.id):replay", body: #"{"since":"\#(since)"}"#)
    #expect(replayed.status == 202, "\(replayed.text)")
    try admin.run("COMMIT")
    try await server.drainDeliveries()
    // The one whose row was held was being written down: it has just arrived.
    let again = try arrivals(fixture.sink).values.filter { $0 == 2 }.count
    #expect(fixture.sink.received.count == before + again && again >= 2)
    try await fixture.stop()
  }
}
