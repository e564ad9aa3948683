import JSON
import TenureTesting
import Testing

@Suite struct KeyTests {
  @Test func `a key works until it is revoked, and then nowhere`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let made = try await server.makeKey(in: tenant, role: "auditor")
    let token = made.json["token"]?.string ?? ""
    #expect(try await server.get("/v1/whoami", key: token).json["role"]?.string == "auditor")
    #expect(try await server.get("/v1/keys/\(made.id)", key: owner).text.contains("token") == false)
    #expect(try await server.send("DELETE", "/v1/keys/\(made.id)", key: owner).status == 204)
    #expect(try await server.send("DELETE", "/v1/keys/\(made.id)", key: owner).status == 204)
    // Every loop hears of it within a second: connections are dealt to both.
    try await Task.sleep(for: .milliseconds(300))
    for _ in 0..<4 {
      #expect(try await server.get("/v1/whoami", key: token).code == "key_revoked")
    }
    try await server.stop()
  }

  @Test func `a key that is missing, mistyped or unknown is told apart`() async throws {
    let server = try await TestServer()
    let right = server.operatorKey
    let mistyped = String(right.dropLast()) + (right.hasSuffix("A") ? "B" : "A")
    #expect(try await server.get("/v1/whoami", key: mistyped).code == "key_malformed")
    #expect(try await server.get("/v1/whoami", key: "").code == "key_malformed")
    let other = try await TestServer()
    let unknown = try await server.get("/v1/whoami", key: other.operatorKey)
    #expect(unknown.status == 401 && unknown.code == "key_unknown")
    #expect(unknown.header("www-authenticate") == #"Bearer realm="tenure", error="invalid_token""#)
    try await other.stop()
    try await server.stop()
  }

  @Test func `two keys live at once while one is rotated`() async throws {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    let id = try await server.get("/v1/whoami", key: owner).json["key_id"]?.string ?? ""
    let fresh = try await server.send("POST", "/v1/keys/\(id):rotate", key: owner)
    #expect(fresh.status == 201)
    let token = fresh.json["token"]?.string ?? ""
    #expect(try await server.get("/v1/whoami", key: owner).status == 200)
    #expect(try await server.get("/v1/whoami", key: token).status == 200)
    let again = try await server.send("POST", "/v1/keys/\(id):rotate", key: owner)
    #expect(again.code == "key_already_rotated")
    #expect(try await server.send("DELETE", "/v1/keys/\(id)", key: token).status == 204)
    try await server.stop()
  }

  @Test func `the last owner's key stays`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let id = try await server.get("/v1/whoami", key: owner).json["key_id"]?.string ?? ""
    let refused = try await server.send("DELETE", "/v1/keys/\(id)", key: owner)
    #expect(refused.status == 409 && refused.code == "last_owner")
    let second = try await server.makeKey(in: tenant, role: "owner")
    // Both are revoked at once: one of the two must stay.
    async let a = server.send("DELETE", "/v1/keys/\(id)", key: owner)
    async let b = server.send(
      "DELETE", "/v1/keys/\(second.id)", headers: [("Tenure-Tenant", tenant)])
    let statuses = [try await a.status, try await b.status]
    #expect(statuses.sorted() == [204, 409])
    try await server.stop()
  }

  @Test func `nobody gives more than they have`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let admin = try await server.makeKey(in: tenant, role: "admin").json["token"]?.string
    func make(_ key: String?, _ body: String) async throws -> TestAnswer {
      try await server.send("POST", "/v1/keys", key: key, body: body)
    }
    #expect(try await make(admin, #"{"name":"x","role":"owner"}"#).status == 403)
    #expect(try await make(admin, #"{"name":"x","role":"auditor"}"#).status == 201)
    #expect(try await make(owner, #"{"name":"x","role":"operator"}"#).status == 422)
    let narrow = try await make(owner, #"{"name":"x","role":"owner","scopes":["keys:write"]}"#)
    let token = narrow.json["token"]?.string
    #expect(try await make(token, #"{"name":"x","role":"owner"}"#).status == 403)
    #expect(try await server.get("/v1/keys", key: token).status == 403)
    try await server.stop()
  }

  @Test func `a found key is revoked by the token alone`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    let token = try await server.makeKey(in: tenant, role: "admin").json["token"]?.string ?? ""
    for body in [token, token, "tnrk_nonsense"] {
      let answer = try await server.send(
        "POST", "/v1/keys:revoke-leaked", body: #"{"token":"\#(body)"}"#)
      #expect(answer.status == 204)
    }
    try await Task.sleep(for: .milliseconds(300))
    #expect(try await server.get("/v1/whoami", key: token).code == "key_revoked")
    try await server.stop()
  }

  @Test func `a suspended tenant's keys are refused at once`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    #expect(try await server.get("/v1/whoami", key: owner).status == 200)
    #expect(
      try await server.send("POST", "/v1/tenants/\(tenant):suspend", key: owner).status == 403)
    #expect(try await server.send("POST", "/v1/tenants/\(tenant):suspend").status == 200)
    try await Task.sleep(for: .milliseconds(300))
    #expect(try await server.get("/v1/whoami", key: owner).code == "tenant_suspended")
    #expect(try await server.send("POST", "/v1/tenants/\(tenant):resume").status == 200)
    try await Task.sleep(for: .milliseconds(300))
    #expect(try await server.get("/v1/whoami", key: owner).status == 200)
    try await server.stop()
  }
}
