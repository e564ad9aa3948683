import JSON
import TenureTesting
import Testing

@Suite struct MembershipTests {
  @Test func `a tenant keeps an owner`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let ada = try await server.makeAccount("ada@x.test").id
    let bob = try await server.makeAccount("bob@x.test").id
    func put(_ account: String, _ role: String) async throws -> TestAnswer {
      try await server.send(
        "PUT", "/v1/memberships/\(account)", body: #"{"role":"\#(role)"}"#,
        headers: [("Tenure-Tenant", tenant)])
    }
    #expect(try await put(ada, "owner").status == 201)
    #expect(try await put(ada, "owner").status == 200)
    #expect(try await put(ada, "auditor").code == "last_owner")
    #expect(
      try await server.send("DELETE", "/v1/memberships/\(ada)", key: owner).code == "last_owner")
    #expect(try await put(bob, "owner").status == 201)
    // Both owners leave at once: one must stay.
    async let first = put(ada, "member")
    async let second = put(bob, "member")
    let statuses = [try await first.status, try await second.status]
    #expect(statuses.sorted() == [200, 409])
    try await server.stop()
  }

  @Test func `a tenant cannot learn whether a foreign account exists`() async throws {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    let foreign = try await server.makeAccount("ada@x.test").id
    let random = "acc_01h455vb4pex5vsknk084sn02q"
    for id in [foreign, random] {
      let answer = try await server.send(
        "PUT", "/v1/memberships/\(id)", key: owner, body: #"{"role":"member"}"#)
      #expect(answer.status == 404 && answer.code == "not_found")
    }
    try await server.stop()
  }
}
