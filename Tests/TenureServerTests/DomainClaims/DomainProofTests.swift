import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// What counts as proof, and for which claim.
@Suite struct DomainProofTests {
  /// Asks the resolvers while they are held, does something else meanwhile, and lets them answer.
  private static func whileAsking(
    _ fixture: DomainFixture, _ id: String, _ body: () async throws -> Void
  ) async throws -> TestAnswer {
    let (server, key) = (fixture.server, fixture.acme.key)
    try fixture.zone.hold()
    async let asked = server.send("POST", "/v1/domain_claims/\(id):check", key: key)
    try await Task.sleep(for: .milliseconds(400))
    try await body()
    try fixture.zone.goOn()
    return try await asked
  }

  @Test func `what was asked before an attestation decides nothing after it`() async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.server.drainJobs()
    let body = #"{"reason":"register extract seen","review_on":"2099-01-01T00:00:00Z"}"#
    let answer = try await Self.whileAsking(fixture, claim.id) {
      let attested = try await fixture.server.send(
        "POST", "/v1/domain_claims/\(claim.id):attest", body: body,
        headers: [("Tenure-Tenant", fixture.acme.id)])
      #expect(attested.json["state"]?.string == "verified", "\(attested.text)")
    }
    #expect(answer.json["state"]?.string == "verified", "\(answer.text)")
    #expect(try await fixture.state(claim.id, fixture.acme.key) == "verified")
    // What they said is evidence all the same.
    let seen = try await fixture.server.get(
      "/v1/domain_claims/\(claim.id)/observations", key: fixture.acme.key)
    #expect(seen.json["data"]?.array?.count ?? 0 >= 2)
    try await fixture.stop()
  }

  @Test(arguments: ["token expiry", "token,expiry", "\"token expiry\"", "other", "tokenx"])
  func `a record proves however a zone file puts its strings, if it is the claim's`(
    form: String
  ) async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    let record = claim.json["record"]
    let parts = (record?["value"]?.string ?? "").split(separator: " ").map(String.init)
    #expect(parts.count == 2)
    let (name, value) = (record?["name"]?.string ?? "", parts.joined(separator: " "))
    let text =
      switch form {
      case "token,expiry": parts.joined(separator: "\",\"")
      case "\"token expiry\"": "\\\"\(value)\\\""
      case "other": "token=" + String(repeating: "A", count: 43) + " " + parts[1]
      case "tokenx": parts[0] + "x " + parts[1]
      default: value
      }
    try await fixture.zone.add(name, "TXT", text)
    let checked = try await fixture.check(claim.id, fixture.acme.key)
    let isProof = !["other", "tokenx"].contains(form)
    #expect(checked.json["state"]?.string == (isProof ? "verified" : "pending"), "\(checked.text)")
    try await fixture.stop()
  }

  @Test func `a claim says what was seen, and why it did not prove it`() async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    #expect(claim.json["finding"] == .null, "nobody has looked")
    let record = claim.json["record"]
    let name = record?["name"]?.string ?? ""
    let none = try await fixture.check(claim.id, fixture.acme.key)
    #expect(
      none.json["finding"]?.string?.contains("\(name) does not exist") == true, "\(none.text)")
    fixture.server.clock.advance(seconds: 1)
    try await fixture.zone.add(name, "TXT", "v=spf1 -all")
    let other = try await fixture.check(claim.id, fixture.acme.key)
    let said = other.json["finding"]?.string ?? ""
    #expect(said.contains("'v=spf1 -all' (something else)"), "\(said)")
    let read = try await fixture.server.get("/v1/domain_claims/\(claim.id)", key: fixture.acme.key)
    #expect(read.json["finding"]?.string == said)
    let seen = try await fixture.server.get(
      "/v1/domain_claims/\(claim.id)/observations", key: fixture.acme.key)
    #expect(seen.json["data"]?.array?.last?["records"]?.array == [.string("v=spf1 -all")])
    #expect(seen.json["data"]?.array?.first?["records"]?.array == [])
    try await fixture.publish(claim)
    let proven = try await fixture.check(claim.id, fixture.acme.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    #expect(proven.json["finding"] == .null)
    try await fixture.stop()
  }

  @Test func `a server that refuses has answered, and is not said to be silent`() async throws {
    let fixture = try await DomainFixture()
    // The zone's server knows nothing but its own names.
    let claim = try await fixture.claim("acme.com", fixture.acme.key)
    let began = ContinuousClock.now
    let checked = try await fixture.check(claim.id, fixture.acme.key)
    #expect(checked.json["state"]?.string == "pending", "\(checked.text)")
    #expect(ContinuousClock.now - began < .seconds(6), "it is not asked until the time is over")
    let seen = try await fixture.server.get(
      "/v1/domain_claims/\(claim.id)/observations", key: fixture.acme.key)
    let outcomes = (seen.json["data"]?.array ?? []).map { $0["outcome"]?.string }
    #expect(!outcomes.isEmpty && outcomes.allSatisfy { $0 == "servfail" }, "\(seen.text)")
    try await fixture.stop()
  }

  @Test func `what was asked before a release, or by the old token, decides nothing`()
    async throws
  {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(claim)
    _ = try await fixture.check(claim.id, fixture.acme.key)
    try await fixture.zone.remove(claim.json["record"]?["name"]?.string ?? "")
    let answer = try await Self.whileAsking(fixture, claim.id) {
      _ = try await fixture.server.send(
        "POST", "/v1/domain_claims/\(claim.id):release", key: fixture.acme.key)
    }
    #expect(answer.json["state"]?.string == "released", "\(answer.text)")
    #expect(try await fixture.state(claim.id, fixture.acme.key) == "released")
    try await fixture.stop()
  }

  @Test func `an alias out of the claimed name proves nothing, one within it does`() async throws {
    let fixture = try await DomainFixture()
    let claim = try await fixture.claim("acme.test", fixture.acme.key)
    let name = claim.json["record"]?["name"]?.string ?? ""
    let value = claim.json["record"]?["value"]?.string ?? ""
    // A hoster answers for whatever its customers ask it to: the name is only let to them.
    try await fixture.zone.add("customer.hoster.test", "TXT", value)
    try await fixture.zone.add(name, "CNAME", "customer.hoster.test")
    let pending = try await fixture.check(claim.id, fixture.acme.key)
    #expect(pending.json["state"]?.string == "pending", "\(pending.text)")
    // A name that merely ends alike is another name.
    try await fixture.zone.remove(name)
    try await fixture.zone.add("notacme.test", "TXT", value)
    try await fixture.zone.add(name, "CNAME", "notacme.test")
    #expect(
      try await fixture.check(claim.id, fixture.acme.key).json["state"]?.string == "pending")
    try await fixture.zone.remove(name)
    try await fixture.zone.add("proofs.acme.test", "TXT", value)
    try await fixture.zone.add(name, "CNAME", "proofs.acme.test")
    let proven = try await fixture.check(claim.id, fixture.acme.key)
    #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    try await fixture.stop()
  }

  @Test func `an attestation overrides nobody: the name itself, one above, one below`()
    async throws
  {
    let fixture = try await DomainFixture()
    for (domain, scope) in [("acme.test", "subtree"), ("lab.beta.test", "exact")] {
      let held = try await fixture.claim(domain, fixture.rival.key, scope: scope)
      try await fixture.publish(held)
      _ = try await fixture.check(held.id, fixture.rival.key)
    }
    let body = #"{"reason":"register extract seen","review_on":"2099-01-01T00:00:00Z"}"#
    func attest(_ domain: String, _ scope: String) async throws -> TestAnswer {
      let claim = try await fixture.claim(domain, fixture.acme.key, scope: scope)
      return try await fixture.server.send(
        "POST", "/v1/domain_claims/\(claim.id):attest", body: body,
        headers: [("Tenure-Tenant", fixture.acme.id)])
    }
    #expect(try await attest("acme.test", "exact").code == "domain_held")
    #expect(try await attest("lab.acme.test", "exact").code == "domain_held")
    #expect(try await attest("beta.test", "subtree").code == "domain_held")
    #expect(try await attest("gamma.test", "subtree").json["state"]?.string == "verified")
    let admin = try fixture.server.database.administrator()
    #expect(
      try admin.run("SELECT domain FROM tenure_global.domains ORDER BY domain")
        == ["acme.test", "gamma.test", "lab.beta.test"])
    try await fixture.stop()
  }

  @Test func `a name that mixes scripts, or looks like one that is held, waits for the operator`()
    async throws
  {
    let fixture = try await DomainFixture()
    let held = try await fixture.claim("acme.test", fixture.acme.key)
    try await fixture.publish(held)
    _ = try await fixture.check(held.id, fixture.acme.key)
    // Cyrillic letters in the first, a numeral in the second; the third is somebody's own script.
    for name in ["аcme.test", "acme.test".replacing("m", with: "rn"), "mail.acrne.test"] {
      let claim = try await fixture.claim(name, fixture.rival.key)
      try await fixture.publish(claim)
      let waiting = try await fixture.check(claim.id, fixture.rival.key)
      #expect(waiting.json["state"]?.string == "pending", "\(waiting.text)")
      #expect(waiting.json["review"]?.string == "needed")
      #expect(waiting.json["blocker"]?.string == "domain_review_needed")
      let path = "/v1/domain_claims/\(claim.id):allow"
      let body = #"{"reason":"the company's own name"}"#
      #expect(
        try await fixture.server.send("POST", path, key: fixture.rival.key, body: body).status
          == 403)
      let allowed = try await fixture.server.send(
        "POST", path, body: body, headers: [("Tenure-Tenant", fixture.rival.id)])
      #expect(allowed.json["review"]?.string == "allowed", "\(allowed.text)")
      let proven = try await fixture.check(claim.id, fixture.rival.key)
      #expect(proven.json["state"]?.string == "verified", "\(proven.text)")
    }
    let plain = try await fixture.claim("почта.test", fixture.rival.key)
    try await fixture.publish(plain)
    #expect(
      try await fixture.check(plain.id, fixture.rival.key).json["state"]?.string == "verified")
    #expect(
      try await eventually {
        try await fixture.server.get("/v1/events?type=domain_claim.review_needed")
          .json["data"]?.array?.count == 3
      })
    try await fixture.stop()
  }
}
