import JSON
import Postgres
import Tenure
import TenureKernel
import TenureTesting
import Testing

@testable import TenureServer

@Suite struct KeyTests {
  @Test func `a key works until it is revoked, and then nowhere`() async throws {
    let server = try await TestServer(settings: ["loops": "2"])
    let (tenant, owner) = try await server.makeTenant()
    let made = try await server.makeKey(in: tenant, role: "auditor")
    let token = made.json["token"]?.string ?? ""
    #expect(try await server.get("/v1/whoami", key: token).json["role"]?.string == "auditor")
    #expect(try await server.get("/v1/keys/\(made.id)", key: owner).text.contains("token") == false)
    #expect(try await server.send("DELETE", "/v1/keys/\(made.id)", key: owner).status == 204)
    #expect(try await server.send("DELETE", "/v1/keys/\(made.id)", key: owner).status == 204)
    // Every loop hears of it within a second: connections are dealt to both.
    #expect(
      try await eventually(within: 1) {
        for _ in 0..<4 where try await server.get("/v1/whoami", key: token).code != "key_revoked" {
          return false
        }
        return true
      })
    try await server.stop()
  }

  @Test func `nobody is refused by what was cached`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    let made = try await server.makeKey(in: tenant, role: "auditor")
    let token = made.json["token"]?.string ?? ""
    let admin = try server.database.administrator()
    // What no service tells of: nobody hears of it.
    try admin.run("SET session_replication_role = replica")
    let key = "WHERE key_id = '\(try KeyID(parsing: made.id).uuid)'"
    try admin.run("UPDATE tenure.keys SET revoked_at = created_at \(key)")
    #expect(try await server.get("/v1/whoami", key: token).code == "key_revoked")
    try admin.run("UPDATE tenure.keys SET revoked_at = NULL \(key)")
    #expect(try await server.get("/v1/whoami", key: token).status == 200)
    try await server.stop()
  }

  @Test func `what was looked up while something was revoked is not kept`() throws {
    let cache = KeyCache()
    let now = Timestamp(microseconds: 1)
    let id = KeyID(at: now)
    let record = KeyRecord(
      id: id, tenant: .platform, digest: [],
      caller: Caller(
        plane: .tenant, key: id, home: .platform, role: .auditor, permissions: [],
        expiresAt: now, holder: nil), expiresAt: now, revokedAt: nil, isTenantSuspended: false,
      standing: .own)
    for (told, isKept) in [([], true), (["r"], false), ([""], false), (["other"], false)]
      as [([String], Bool)]
    {
      cache.forget("")
      let before = cache.forgotten
      for reference in told { cache.forget(reference) }
      cache.keep("r", record, now: now, since: before)
      #expect((cache.find("r", now: now) != nil) == isKept, "\(told)")
    }
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
    func make(_ key: String?, _ role: String, _ scopes: String = "") async throws -> Int {
      try await server.send(
        "POST", "/v1/keys", key: key, body: #"{"name":"x","role":"\#(role)"\#(scopes)}"#
      ).status
    }
    for role in ["owner", "privacy_officer", "auditor"] {
      #expect(try await make(admin, role) == 403, "\(role)")
    }
    for role in ["admin", "helpdesk"] { #expect(try await make(admin, role) == 201, "\(role)") }
    #expect(try await make(owner, "operator") == 422)
    let narrow = try await server.send(
      "POST", "/v1/keys", key: owner, body: #"{"name":"x","role":"owner","scopes":["keys:write"]}"#)
    let token = narrow.json["token"]?.string
    for role in ["owner", "admin", "helpdesk", "privacy_officer", "auditor"] {
      #expect(try await make(token, role) == 403, "\(role)")
    }
    #expect(try await make(token, "admin", #","scopes":["keys:write"]"#) == 201)
    #expect(try await server.get("/v1/keys", key: token).status == 403)
    try await server.stop()
  }

  @Test func `a narrow operator's key makes nothing wide, anywhere`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    func make(_ key: String?, _ body: String, in tenant: String?) async throws -> Int {
      try await server.send(
        "POST", "/v1/keys", key: key, body: body,
        headers: tenant.map { [("Tenure-Tenant", $0)] } ?? []
      ).status
    }
    let narrow = try await server.send(
      "POST", "/v1/keys",
      body: #"{"name":"x","role":"operator","scopes":["keys:write","memberships:write"]}"#)
    let token = narrow.json["token"]?.string
    #expect(try await make(token, #"{"name":"x","role":"operator"}"#, in: nil) == 403)
    #expect(try await make(token, #"{"name":"x","role":"owner"}"#, in: tenant) == 403)
    let narrower = #"{"name":"x","role":"owner","scopes":["keys:write"]}"#
    #expect(try await make(token, narrower, in: tenant) == 201)
    // Nor by a role in the tenant.
    let account = try await server.makeAccount("a@x.test").id
    for (role, status) in [("owner", 403), ("auditor", 403), ("member", 201)] {
      let put = try await server.send(
        "PUT", "/v1/memberships/\(account)", key: token, body: #"{"role":"\#(role)"}"#,
        headers: [("Tenure-Tenant", tenant)])
      #expect(put.status == status, "\(put.text)")
    }
    // The whole operator starts a tenant with an owner.
    #expect(try await make(nil, #"{"name":"x","role":"owner"}"#, in: tenant) == 201)
    try await server.stop()
  }

  @Test func `a key ends no later than its maker`() async throws {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    let soon = server.clock.now.adding(seconds: 3_600)
    let later = server.clock.now.adding(seconds: 3_601)
    let short = try await server.send(
      "POST", "/v1/keys", key: owner,
      body: #"{"name":"x","role":"owner","expires_at":"\#(soon)"}"#)
    let token = short.json["token"]?.string
    func make(_ members: String) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/keys", key: token, body: #"{"name":"y","role":"owner"\#(members)}"#)
    }
    #expect(try await make("").json["expires_at"]?.string == soon.description)
    for (wanted, end) in [(soon.adding(seconds: -1), soon.adding(seconds: -1)), (later, soon)] {
      let made = try await make(#","expires_at":"\#(wanted)""#)
      #expect(made.json["expires_at"]?.string == end.description, "\(made.text)")
    }
    try await server.stop()
  }

  @Test func `a key that renews itself ends no later than its maker, or what took its place`()
    async throws
  {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    let day = Int64(86_400)
    let end = server.clock.now.adding(seconds: 3 * day)
    let maker = try await server.send(
      "POST", "/v1/keys", key: owner,
      body: #"{"name":"x","role":"owner","expires_at":"\#(end)"}"#)
    var made: [TestAnswer] = []
    for _ in 0..<2 {
      made.append(
        try await server.send(
          "POST", "/v1/keys", key: maker.json["token"]?.string,
          body: #"{"name":"y","role":"admin"}"#))
    }
    #expect(made.allSatisfy { $0.json["expires_at"]?.string == end.description })
    server.clock.advance(seconds: 2 * day)
    func rotate(_ key: TestAnswer) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/keys/\(key.id):rotate", key: key.json["token"]?.string)
    }
    let renewed = try await rotate(made[0])
    #expect(renewed.json["expires_at"]?.string == end.description, "\(renewed.text)")
    // Its maker was renewed by the first owner, and with it what it made can be.
    let next = try await server.send("POST", "/v1/keys/\(maker.id):rotate", key: owner)
    let nextEnd = server.clock.now.adding(seconds: 3 * day)
    #expect(next.json["expires_at"]?.string == nextEnd.description, "\(next.text)")
    let later = try await rotate(made[1])
    #expect(later.json["expires_at"]?.string == nextEnd.description, "\(later.text)")
    try await server.stop()
  }

  @Test func `a key is rotated by itself and by its maker, and by nobody else`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    func id(_ key: String) async throws -> String {
      try await server.get("/v1/whoami", key: key).json["key_id"]?.string ?? ""
    }
    func rotate(_ id: String, _ key: String?) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/keys/\(id):rotate", key: key,
        headers: key == nil ? [("Tenure-Tenant", tenant)] : [])
    }
    let narrow = try await server.send(
      "POST", "/v1/keys", key: owner,
      body: #"{"name":"x","role":"owner","scopes":["keys:write"]}"#)
    let token = narrow.json["token"]?.string ?? ""
    // Not its maker's, nor one that somebody else made.
    #expect(try await rotate(try await id(owner), token).status == 403)
    let helpdesk = try await server.makeKey(in: tenant, role: "helpdesk")
    #expect(try await rotate(helpdesk.id, owner).status == 403)
    // Its own, and one that it made, after it was rotated itself, too.
    let second = try await rotate(try await id(owner), owner).json["token"]?.string ?? ""
    #expect(try await rotate(narrow.id, second).status == 201)
    // The operator's own of this tenant, by the key that made it and by no other.
    let other = try await server.send("POST", "/v1/keys", body: #"{"name":"o","role":"operator"}"#)
    let refused = try await server.send(
      "POST", "/v1/keys/\(helpdesk.id):rotate", key: other.json["token"]?.string,
      headers: [("Tenure-Tenant", tenant)])
    #expect(refused.status == 403, "\(refused.text)")
    #expect(try await rotate(helpdesk.id, nil).status == 201)
    try await server.stop()
  }

  @Test func `an administrator does not revoke who watches them`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    let admin = try await server.makeKey(in: tenant, role: "admin").json["token"]?.string
    for (role, status) in [("auditor", 403), ("privacy_officer", 403), ("helpdesk", 204)] {
      let key = try await server.makeKey(in: tenant, role: role)
      let answer = try await server.send("DELETE", "/v1/keys/\(key.id)", key: admin)
      #expect(answer.status == status, "\(role)")
    }
    try await server.stop()
  }

  @Test func `two keys of one tenant do not hear each other's answers`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let other = try await server.makeKey(in: tenant, role: "owner").json["token"]?.string
    func make(_ key: String?) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/keys", key: key, body: #"{"name":"x","role":"admin"}"#,
        idempotencyKey: "the-same")
    }
    let first = try await make(owner)
    let second = try await make(other)
    #expect(second.status == 201 && second.header("idempotency-replayed") == nil)
    #expect(first.id != second.id && first.json["token"]?.string != second.json["token"]?.string)
    #expect(try await make(owner).id == first.id)
    // Nor does a key hear what the one before it was told.
    let own = try await server.get("/v1/whoami", key: owner).json["key_id"]?.string ?? ""
    let successor = try await server.send("POST", "/v1/keys/\(own):rotate", key: owner)
    let third = try await make(successor.json["token"]?.string)
    #expect(third.status == 201 && third.id != first.id)
    try await server.stop()
  }

  @Test func `nobody has events sent to them that they could not fetch`() async throws {
    let server = try await TestServer()
    let (_, owner) = try await server.makeTenant()
    func endpoint(_ scopes: String) async throws -> Int {
      let key = try await server.send(
        "POST", "/v1/keys", key: owner, body: #"{"name":"x","role":"owner","scopes":[\#(scopes)]}"#)
      return try await server.send(
        "POST", "/v1/webhook_endpoints", key: key.json["token"]?.string,
        body: #"{"url":"https://hook.example/"}"#
      ).status
    }
    #expect(try await endpoint(#""webhooks:write""#) == 403)
    #expect(try await endpoint(#""webhooks:write","events:read""#) == 201)
    try await server.stop()
  }

  @Test func `a found key is revoked by the token alone`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    let token = try await server.makeKey(in: tenant, role: "admin").json["token"]?.string ?? ""
    for body in [token, token, "tnrk_nonsense"] {
      let answer = try await server.send(
        "POST", "/v1/keys:revoke_leaked", body: #"{"token":"\#(body)"}"#)
      #expect(answer.status == 204)
    }
    #expect(
      try await eventually(within: 1) {
        try await server.get("/v1/whoami", key: token).code == "key_revoked"
      })
    try await server.stop()
  }

  @Test func `a suspended tenant's keys are refused at once`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    #expect(try await server.get("/v1/whoami", key: owner).status == 200)
    #expect(
      try await server.send("POST", "/v1/tenants/\(tenant):suspend", key: owner).status == 403)
    #expect(try await server.send("POST", "/v1/tenants/\(tenant):suspend").status == 200)
    #expect(
      try await eventually(within: 1) {
        try await server.get("/v1/whoami", key: owner).code == "tenant_suspended"
      })
    #expect(try await server.send("POST", "/v1/tenants/\(tenant):resume").status == 200)
    #expect(
      try await eventually(within: 1) {
        try await server.get("/v1/whoami", key: owner).status == 200
      })
    try await server.stop()
  }
}
