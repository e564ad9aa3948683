import Foundation
import Glibc
import HTTP
import JSON
import Tenure
import TenureTesting
import Testing

/// A tenant with a pending claim on `acme.test`, whose web server the test plays.
private struct Fixture {
  let zone: TestZone
  let web: TestSink
  let server: TestServer
  let acme: (id: String, key: String)
  let claim: TestAnswer

  init() async throws {
    zone = try await TestZone()
    // The file is asked for at the port of https alone, so the address is one that nobody else uses,
    // another run of the tests included.
    let address = "127.\(UInt8.random(in: 1...254)).\(UInt8.random(in: 1...254)).7"
    web = try await TestSink(host: "acme.test", address: address, port: 443)
    try await zone.add("acme.test", "A", address)
    server = try await TestServer(settings: [
      "resolvers": zone.address, "outbound_roots": web.certificate, "outbound_private": "true",
    ])
    acme = try await server.makeTenant("Acme")
    claim = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"acme.test"}"#)
  }

  func affiliate(_ body: String) async throws -> TestAnswer {
    try await server.send(
      "POST", "/v1/domain_claims/\(claim.id):affiliate", key: acme.key, body: body)
  }

  func stop() async throws {
    try await server.stop()
    await web.stop()
    zone.stop()
  }
}

// One after the other: a website answers at one address, by the port of HTTPS.
@Suite(.serialized) struct DomainAffiliationTests {
  @Test(.enabled(if: getuid() == 0, "port 443 is for root"))
  func `a file shows affiliation, moves no state, and opens no takeover`() async throws {
    let fixture = try await Fixture()
    let content = fixture.claim.json["file"]?["content"]?.string ?? ""
    #expect(
      fixture.claim.json["file"]?["url"]?.string
        == "https://acme.test/.well-known/tenure-challenge/\(content)")
    let wrong: [HTTPResponse] = [
      HTTPResponse(status: 404), HTTPResponse(status: 302),
      HTTPResponse(status: 200, body: Array("<p>\(content)</p>".utf8)),
      HTTPResponse(status: 200, body: Array(String(repeating: "x", count: 5_000).utf8)),
    ]
    for answer in wrong {
      fixture.web.answers { _ in answer }
      let refused = try await fixture.affiliate(#"{"method":"file"}"#)
      #expect(refused.code == "affiliation_not_shown", "\(refused.text)")
      fixture.server.clock.advance(seconds: 1)
    }
    fixture.web.answers { _ in HTTPResponse(status: 200, body: Array(content.utf8)) }
    let shown = try await fixture.affiliate(#"{"method":"file"}"#)
    #expect(shown.status == 200 && shown.json["affiliation"]?.string == "file", "\(shown.text)")
    #expect(shown.json["state"]?.string == "pending")
    #expect(shown.json["affiliated_at"]?.string != nil)
    let preview = try await fixture.server.send(
      "POST", "/v1/takeovers:preview", key: fixture.acme.key,
      body: #"{"domain_claim_id":"\#(fixture.claim.id)"}"#)
    #expect(preview.code == "domain_not_held", "\(preview.text)")
    let seen = try await fixture.server.get(
      "/v1/domain_claims/\(fixture.claim.id)/observations", key: fixture.acme.key)
    let web = seen.json["data"]?.array?.filter { $0["resolver"]?.string == "web" } ?? []
    #expect(web.count == 5 && web.last?["is_proof"]?.bool == true)
    try await fixture.stop()
  }

  @Test(.enabled(if: getuid() == 0, "port 443 is for root"))
  func `a code comes back from a mailbox, and cannot be tried out`() async throws {
    let fixture = try await Fixture()
    #expect(
      try await fixture.affiliate(#"{"method":"mailbox","mailbox":"ada"}"#).status == 422)
    let asked = try await fixture.affiliate(#"{"method":"mailbox","mailbox":"postmaster"}"#)
    #expect(asked.status == 202, "\(asked.text)")
    // Asking again sends no second mail.
    _ = try await fixture.affiliate(#"{"method":"mailbox","mailbox":"postmaster"}"#)
    var events: [JSONValue] = []
    try await eventually {
      let feed = try await fixture.server.get("/v1/events?type=domain_claim.code_required")
      events = feed.json["data"]?.array ?? []
      return !events.isEmpty
    }
    #expect(events.count == 1)
    let code = events.first?["data"]?["code"]?.string ?? ""
    #expect(code.count == 8)
    // The claimant's own feed has no code.
    let own = try await fixture.server.get("/v1/events", key: fixture.acme.key)
    #expect(!own.text.contains(code))
    let right = #"{"method":"mailbox","mailbox":"postmaster","code":"\#(code)"}"#
    let other = #"{"method":"mailbox","mailbox":"admin","code":"\#(code)"}"#
    #expect(try await fixture.affiliate(other).code == "code_wrong")
    let shown = try await fixture.affiliate(right)
    #expect(shown.json["affiliation"]?.string == "mailbox", "\(shown.text)")
    #expect(shown.json["state"]?.string == "pending")
    // Four more tries are left of five: the right code comes too late for a guesser.
    for _ in 0..<4 {
      _ = try await fixture.affiliate(
        #"{"method":"mailbox","mailbox":"postmaster","code":"00000000"}"#)
    }
    let late = try await fixture.affiliate(right)
    #expect(late.status == 429 && late.code == "codes_exhausted")
    #expect(late.header("retry-after") == "86400", "\(late.headers)")
    try await fixture.stop()
  }

  @Test func `an attestation is looked at again on its day`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let claim = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"acme.test"}"#)
    let review = server.clock.now.adding(seconds: 30 * 86_400)
    let attested = try await server.send(
      "POST", "/v1/domain_claims/\(claim.id):attest",
      body: #"{"reason":"register extract","review_on":"\#(review)"}"#,
      headers: [("Tenure-Tenant", acme.id)])
    #expect(attested.json["state"]?.string == "verified", "\(attested.text)")
    func reviews(_ key: String? = nil) async throws -> Int {
      let feed = try await server.get("/v1/events?type=domain_claim.review_due", key: key)
      return feed.json["data"]?.array?.count ?? 0
    }
    server.clock.advance(seconds: 29 * 86_400)
    try await server.drainJobs()
    #expect(try await reviews() == 0)
    server.clock.advance(seconds: 2 * 86_400)
    #expect(try await eventually { try await reviews() == 1 })
    #expect(try await eventually { try await reviews(acme.key) == 1 })
    try await server.drainJobs()
    #expect(try await reviews() == 1)
    try await server.stop()
  }
}
