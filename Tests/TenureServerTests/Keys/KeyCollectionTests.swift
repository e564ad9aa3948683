import JSON
import Tenure
import TenureTesting
import Testing

/// Keys of persons: who they are, how they come by them, and when there are two.
@Suite struct KeyCollectionTests {
  private func offer(
    _ server: TestServer, _ account: String, _ key: String?, role: String = "admin",
    in tenant: String? = nil
  ) async throws -> TestAnswer {
    try await server.send(
      "POST", "/v1/keys", key: key,
      body: #"{"name":"mine","role":"\#(role)","account_id":"\#(account)"}"#,
      headers: tenant.map { [("Tenure-Tenant", $0)] } ?? [])
  }

  private func member(
    _ server: TestServer, _ tenant: String, _ role: String, _ address: String = "a@x.test"
  ) async throws -> String {
    let account = try await server.makeAccount(address).id
    _ = try await server.send(
      "PUT", "/v1/memberships/\(account)", body: #"{"role":"\#(role)"}"#,
      headers: [("Tenure-Tenant", tenant)])
    return account
  }

  @Test func `an offered key opens nothing until its person has collected it`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let account = try await member(server, tenant, "admin")
    let offered = try await offer(server, account, owner)
    let token = offered.json["token"]?.string ?? ""
    #expect(offered.json["account_id"]?.string == account)
    #expect(try await server.get("/v1/whoami", key: token).code == "key_offered")
    func collect(_ person: String, _ key: String? = nil) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/me/keys:collect", key: person, body: #"{"token":"\#(token)"}"#,
        idempotencyKey: key)
    }
    let stranger = try await member(server, tenant, "admin", "b@x.test")
    #expect(try await collect(server.personToken(of: stranger)).code == "key_not_live")
    // Whoever reads the person's mailbox is not the person: the tenant could be.
    let reader = try await server.send(
      "POST", "/v1/person_tokens", body: #"{"account_id":"\#(account)"}"#)
    let refused = try await collect(reader.json["token"]?.string ?? "")
    #expect(refused.status == 403, "\(refused.text)")
    let person = try await server.personToken(of: account)
    let collected = try await collect(person, "once")
    #expect(collected.status == 200 && collected.id == offered.id, "\(collected.text)")
    #expect(try await collect(person, "once").bytes == collected.bytes)
    #expect(try await collect(person).code == "key_not_live", "once")
    let own = collected.json["token"]?.string ?? ""
    let me = try await server.get("/v1/whoami", key: own)
    #expect(
      me.json["account_id"]?.string == account && me.json["role"]?.string == "admin", "\(me.text)")
    // Who offered it has seen a token that opens nothing.
    server.clock.advance(seconds: 2)
    #expect(try await server.get("/v1/whoami", key: token).code == "key_unknown")
    let log = try await server.get("/v1/audit_entries?action=key.collected", key: owner)
    #expect(log.json["data"]?.array?.first?["actor"]?.string == account, "\(log.text)")
    try await server.stop()
  }

  @Test func `a key is offered at home, to somebody who has a role, within what one has`()
    async throws
  {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let (_, elsewhere) = try await server.makeTenant("Other")
    let account = try await member(server, tenant, "admin")
    let plain = try await member(server, tenant, "member", "c@x.test")
    // What the operator makes is nobody's.
    #expect(try await offer(server, account, nil, in: tenant).status == 422)
    #expect(try await offer(server, account, elsewhere).status == 422)
    #expect(try await offer(server, plain, owner).status == 422)
    let admin = try await server.makeKey(in: tenant, role: "admin").json["token"]?.string
    #expect(try await offer(server, account, admin, role: "owner").status == 403)
    // Worth no more than the role of who holds it.
    let (answer, key) = try await server.collectKey(for: account, role: "owner", offeredBy: owner)
    #expect(answer.json["role"]?.string == "owner")
    #expect(try await server.get("/v1/audit_entries", key: key).status == 403)
    #expect(try await server.get("/v1/accounts", key: key).status == 200)
    try await server.stop()
  }

  @Test func `a person's key ends with their role, their account and the time for collecting`()
    async throws
  {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let (account, key) = try await server.makePerson(in: tenant, role: "admin", offeredBy: owner)
    func put(_ role: String) async throws {
      _ = try await server.send(
        "PUT", "/v1/memberships/\(account)", body: #"{"role":"\#(role)"}"#,
        headers: [("Tenure-Tenant", tenant)])
      server.clock.advance(seconds: 2)
    }
    try await put("helpdesk")
    #expect(try await server.get("/v1/keys", key: key).status == 403)
    #expect(try await server.get("/v1/accounts", key: key).status == 200)
    try await put("member")
    #expect(try await server.get("/v1/accounts", key: key).code == "key_revoked")
    try await put("admin")
    #expect(try await server.get("/v1/accounts", key: key).code == "key_revoked")

    let (_, second) = try await server.collectKey(for: account, role: "admin", offeredBy: owner)
    #expect(try await server.get("/v1/accounts", key: second).status == 200)
    let off = try await server.send(
      "POST", "/v1/accounts/\(account):deactivate", body: #"{"reason":"left"}"#)
    #expect(off.status == 200, "\(off.text)")
    server.clock.advance(seconds: 2)
    #expect(try await server.get("/v1/accounts", key: second).code == "key_holder_gone")

    for (days, status) in [(7, 409), (6, 200)] {
      let late = try await member(server, tenant, "admin", "late\(days)@x.test")
      let offered = try await offer(server, late, owner)
      server.clock.advance(seconds: Int64(days) * 86_400)
      let answer = try await server.send(
        "POST", "/v1/me/keys:collect", key: try await server.personToken(of: late),
        body: #"{"token":"\#(offered.json["token"]?.string ?? "")"}"#)
      #expect(answer.status == status, "\(answer.text)")
    }
    try await server.stop()
  }

  @Test func `a person's key is renewed by its person alone, and stays theirs`() async throws {
    let server = try await TestServer()
    let (tenant, owner) = try await server.makeTenant()
    let (account, key) = try await server.makePerson(in: tenant, role: "admin", offeredBy: owner)
    let id = try await server.get("/v1/whoami", key: key).json["key_id"]?.string ?? ""
    #expect(try await server.send("POST", "/v1/keys/\(id):rotate", key: owner).status == 403)
    let fresh = try await server.send("POST", "/v1/keys/\(id):rotate", key: key)
    #expect(fresh.status == 201 && fresh.json["account_id"]?.string == account, "\(fresh.text)")
    let me = try await server.get("/v1/whoami", key: fresh.json["token"]?.string)
    #expect(me.json["account_id"]?.string == account)
    try await server.stop()
  }

  // MARK: Two persons

  private struct Asked {
    let server: TestServer
    let tenant: String
    let owner: String
    let account: String

    init() async throws {
      server = try await TestServer()
      (tenant, owner) = try await server.makeTenant()
      account = try await server.makeAccount(inCustodyOf: tenant, "held@x.test").description
      _ = try await server.send(
        "POST", "/v1/accounts/\(account):isolate", key: owner, body: #"{"reason":"x"}"#)
    }

    func open(_ key: String) async throws -> TestAnswer {
      try await server.send(
        "POST", "/v1/accounts/\(account):open", key: key, body: #"{"reason":"x"}"#)
    }

    func approve(_ id: String, _ key: String?) async throws -> TestAnswer {
      try await server.send("POST", "/v1/approvals/\(id):approve", key: key)
    }
  }

  @Test func `no number of keys makes one person two`() async throws {
    let asked = try await Asked()
    let server = asked.server
    let id = try await asked.open(asked.owner).id
    let made = try await server.makeKey(in: asked.tenant, role: "owner").json["token"]?.string
    let own = try await server.send(
      "POST", "/v1/keys", key: asked.owner, body: #"{"name":"me","role":"owner"}"#)
    let self1 = try await server.get("/v1/whoami", key: asked.owner).json["key_id"]?.string ?? ""
    let rotated = try await server.send(
      "POST", "/v1/keys/\(self1):rotate", headers: [("Tenure-Tenant", asked.tenant)])
    for key in [
      asked.owner, made, own.json["token"]?.string, rotated.json["token"]?.string,
    ] {
      #expect(try await asked.approve(id, key).code == "approval_not_yours")
    }
    // A person who holds two keys, and a successor of one of them.
    let (account, first) = try await server.makePerson(
      in: asked.tenant, role: "owner", offeredBy: asked.owner)
    let (_, second) = try await server.collectKey(
      for: account, role: "owner", offeredBy: first)
    let mine = try await asked.open(first).id
    let fresh = try await server.send(
      "POST",
      "/v1/keys/\(try await server.get("/v1/whoami", key: second).json["key_id"]?.string ?? ""):rotate",
      key: second)
    for key in [first, second, fresh.json["token"]?.string] {
      #expect(try await asked.approve(mine, key).code == "approval_not_yours")
    }
    let (_, colleague) = try await server.makePerson(
      in: asked.tenant, role: "privacy_officer", offeredBy: asked.owner)
    #expect(try await asked.approve(mine, colleague).json["state"]?.string == "approved")
    #expect(try await asked.open(first).status == 200)
    try await server.stop()
  }

  @Test func `what a service asks for, two persons agree to`() async throws {
    let asked = try await Asked()
    let server = asked.server
    let id = try await asked.open(asked.owner).id
    let (account, first) = try await server.makePerson(
      in: asked.tenant, role: "owner", offeredBy: asked.owner)
    let vouched = try await asked.approve(id, first)
    #expect(vouched.json["state"]?.string == "pending", "\(vouched.text)")
    #expect(vouched.json["vouched_by"]?.string?.hasPrefix("key_") == true)
    #expect(try await asked.open(asked.owner).status == 202)
    // The same person again, with the same key and with another one.
    #expect(try await asked.approve(id, first).json["state"]?.string == "pending")
    let (_, second) = try await server.collectKey(for: account, role: "owner", offeredBy: first)
    #expect(try await asked.approve(id, second).code == "approval_not_yours")
    let (_, colleague) = try await server.makePerson(
      in: asked.tenant, role: "owner", offeredBy: asked.owner)
    #expect(try await asked.approve(id, colleague).json["state"]?.string == "approved")
    #expect(try await asked.open(asked.owner).status == 200)
    try await server.stop()
  }
}
