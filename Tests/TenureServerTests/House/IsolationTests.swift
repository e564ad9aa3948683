import Foundation
import HTTP
import JSON
import Postgres
import Reactor
import Tenure
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

/// Every endpoint with a stranger's key: a foreign id must answer like one that never was.
///
/// Three runs: all walls up; row-level security off, so that the application's own predicate holds
/// alone; that predicate off, so that row-level security holds alone.
@Suite struct IsolationTests {
  private struct World: Sendable {
    let server: TestServer
    let stranger: String
    let victimTenant: String
    let victimKey: String
    /// A foreign id for each parameter of a path.
    let foreign: [String: String]
  }

  private static let random = [
    "tenant_id": "ten_01h455vb4pex5vsknk084sn02q", "key_id": "key_01h455vb4pex5vsknk084sn02q",
    "account_id": "acc_01h455vb4pex5vsknk084sn02q",
    "operation_id": "opn_01h455vb4pex5vsknk084sn02q",
    "domain_claim_id": "dom_01h455vb4pex5vsknk084sn02q",
    "grant_id": "grt_01h455vb4pex5vsknk084sn02q",
    "takeover_id": "tko_01h455vb4pex5vsknk084sn02q", "case_id": "cas_01h455vb4pex5vsknk084sn02q",
    "endpoint_id": "whk_01h455vb4pex5vsknk084sn02q",
    "audit_entry_id": "aud_01h455vb4pex5vsknk084sn02q",
    "change_id": "chg_01h455vb4pex5vsknk084sn02q",
    "approval_id": "apr_01h455vb4pex5vsknk084sn02q", "hold_id": "hld_01h455vb4pex5vsknk084sn02q",
    "item_id": "con_01h455vb4pex5vsknk084sn02q",
    "erasure_id": "ers_01h455vb4pex5vsknk084sn02q",
    "rule_id": "rul_01h455vb4pex5vsknk084sn02q", "run_id": "run_01h455vb4pex5vsknk084sn02q",
    "dsr_id": "dsr_01h455vb4pex5vsknk084sn02q",
    "policy_id": "pol_01h455vb4pex5vsknk084sn02q", "notice_id": "ntc_01h455vb4pex5vsknk084sn02q",
    "suppression_id": "sup_01h455vb4pex5vsknk084sn02q",
  ]

  private static let lists = [
    "accounts", "keys", "memberships", "operations", "audit_entries", "tenants", "domain_claims",
    "takeovers", "webhook_endpoints", "events", "audit_checkpoints",
    "account_changes", "approvals", "holds", "content_items",
    "erasures", "retention_rules", "retention_runs", "requests", "policies", "account_notices",
  ]

  private func makeWorld() async throws -> World {
    let server = try await TestServer(settings: ["resolvers": "127.0.0.1:9"])
    let (tenant, key) = try await server.makeTenant("Victim")
    let (_, stranger) = try await server.makeTenant("Stranger")
    let account = try await server.makeAccount(inCustodyOf: tenant, "victim@x.test")
    _ = try await server.send(
      "PUT", "/v1/memberships/\(account)", body: #"{"role":"owner"}"#,
      headers: [("Tenure-Tenant", tenant)])
    let spare = try await server.makeKey(in: tenant, role: "admin")
    let admin = try server.database.administrator()
    let tenantUUID = try admin.run("SELECT tenant_id FROM tenure.tenants WHERE name = 'Victim'")[0]
    try admin.run(
      """
      INSERT INTO tenure.operations VALUES ('\(tenantUUID)', '01890a5d-ac96-774b-bcce-b302099a8058',
        'import', 'running', 0, 1, 0, 'x', now(), now(), 1)
      """)
    // Resolvers that answer nothing: the claim stays as it is.
    let claim = try await server.send(
      "POST", "/v1/domain_claims", key: key, body: #"{"domain":"victim.test"}"#)
    // Before there is an endpoint that would hear of it, and fail in the background.
    let disposal = try await disposal(server, tenant, key)
    let notices = try await server.get("/v1/account_notices?limit=1", key: key)
    let notice = notices.json["data"]?.array?.first?["id"]?.string ?? ""
    #expect(notice.hasPrefix("ntc_"))
    let policy = try await server.send(
      "POST", "/v1/policies", key: key,
      body:
        #"{"name":"terms","version":1,"language":"en","title":"T","body":"b","needs":"notice"}"#)
    let suppression = try await server.send(
      "POST", "/v1/suppressions", body: #"{"address":"v@x.test","reason":"bounce"}"#)
    let request = try await server.send(
      "POST", "/v1/requests", key: key, body: #"{"account_id":"\#(account)","type":"access"}"#)
    let rule = try await server.send(
      "POST", "/v1/retention_rules", key: key,
      body:
        #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","action":"delete"}"#)
    let run = try await server.send("POST", "/v1/retention_runs", key: key, body: "{}")
    let isDone = try await eventually {
      let answer = try await server.get("/v1/retention_runs/\(run.id)", key: key)
      return answer.json["state"]?.string == "completed"
    }
    #expect(isDone)
    let entry = try await auditEntry(server, key)
    let endpoint = try await server.send(
      "POST", "/v1/webhook_endpoints", key: key, body: #"{"url":"https://victim.test/"}"#)
    try admin.run(
      """
      INSERT INTO tenure.erasures (tenant_id, erasure_id, account_id, method, requested_at, erased_at)
      VALUES ('\(tenantUUID)', '01890a5d-ac96-774b-bcce-b302099a8058', '\(account.uuid)', 'erase',
        now(), now())
      """)
    let claimUUID = try DomainClaimID(parsing: claim.id).uuid
    try admin.run(
      """
      DELETE FROM tenure_global.jobs;
      SET session_replication_role = replica;
      INSERT INTO tenure.takeovers VALUES ('\(tenantUUID)', '01890a5d-ac96-774b-bcce-b302099a8058',
        '\(claimUUID)', gen_random_uuid(), 'victim.test', 'exact', 'assume_control', 30, 'running', NULL,
        '{}', 'x', now(), now(), 1);
      INSERT INTO tenure.takeover_cases (tenant_id, case_id, takeover_id, account_id, state,
        reminders, disputes, created_at, updated_at, version)
      VALUES ('\(tenantUUID)', '01890a5d-ac96-774b-bcce-b302099a8058',
        '01890a5d-ac96-774b-bcce-b302099a8058', '\(account.uuid)', 'notice_pending', 0, 0,
        now(), now(), 1);
      RESET session_replication_role
      """)
    return World(
      server: server, stranger: stranger, victimTenant: tenant, victimKey: key,
      foreign: [
        "tenant_id": tenant, "key_id": spare.id, "account_id": account.description,
        "operation_id": "opn_01h455vb4pex5vsknk084sn02r", "domain_claim_id": claim.id,
        "grant_id": "grt_01h455vb4pex5vsknk084sn02r",
        "takeover_id": "tko_01h455vb4pex5vsknk084sn02r",
        "case_id": "cas_01h455vb4pex5vsknk084sn02r", "endpoint_id": endpoint.id,
        "audit_entry_id": entry, "change_id": disposal.change, "approval_id": disposal.approval,
        "hold_id": disposal.hold, "item_id": disposal.item,
        "erasure_id": "ers_01h455vb4pex5vsknk084sn02r", "rule_id": rule.id, "run_id": run.id,
        "dsr_id": request.id, "notice_id": notice, "policy_id": policy.id,
        "suppression_id": suppression.id,
      ])
  }

  /// A change, an approval and a hold of the victim's.
  private func disposal(
    _ server: TestServer, _ tenant: String, _ key: String
  ) async throws -> (change: String, approval: String, hold: String, item: String) {
    let account = try await server.makeAccount(inCustodyOf: tenant, "isolated@x.test")
    func post(_ path: String, _ body: String) async throws -> TestAnswer {
      try await server.send("POST", path, key: key, body: body)
    }
    _ = try await post("/v1/accounts/\(account):isolate", #"{"reason":"x"}"#)
    let approval = try await post("/v1/accounts/\(account):open", #"{"reason":"x"}"#)
    let change = try await post(
      "/v1/accounts/\(account):delete", #"{"reason":"x","effective_at":"2099-01-01T00:00:00Z"}"#)
    let hold = try await post(
      "/v1/holds", #"{"matter":"m","reason":"x","custodian_ids":["\#(account)"]}"#)
    #expect(change.status == 202 && approval.status == 202 && hold.status == 201)
    let content = try await server.send(
      "POST", "/v1/content_items",
      body: #"{"items":[{"account_id":"\#(account)","tenant_id":"\#(tenant)","product":"docs","#
        + #""kind":"report","external_id":"1","visibility":"tenant","category":"report","#
        + #""title":"Victim's"}]}"#)
    let item = content.json["data"]?.array?.first?["id"]?.string ?? ""
    #expect(item.hasPrefix("con_"))
    return (change.id, approval.id, hold.id, item)
  }

  /// An entry of a tenant's log that is a leaf of its tree.
  private func auditEntry(_ server: TestServer, _ key: String) async throws -> String {
    try await eventually {
      try await server.send("POST", "/v1/audit_checkpoints", key: key).json["size"]?.int ?? 0 > 0
    }
    let entries = try await server.get("/v1/audit_entries?limit=1", key: key)
    return entries.json["data"]?.array?.first?["id"]?.string ?? ""
  }

  /// Everything in the database that is not the stranger's own traffic.
  private func checksum(_ world: World) throws -> [String] {
    let admin = try world.server.database.administrator()
    let tenant = try admin.run("SELECT tenant_id FROM tenure.tenants WHERE name = 'Victim'")[0]
    let tables = try admin.run(
      """
      SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
      WHERE relnamespace IN ('tenure'::regnamespace, 'tenure_global'::regnamespace) AND relkind = 'r'
      ORDER BY 1
      """)
    return try tables.flatMap { table in
      try admin.run(
        "SELECT '\(table) ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM \(table) t WHERE tenant_id = '\(tenant)'"
      )
    }
  }

  private func body(_ endpoint: Endpoint) -> String? {
    switch endpoint.id {
    case "updateTenant": #"{"name":"Taken"}"#
    case "putMembership": #"{"role":"member"}"#
    case "updateAccount": #"{"display_name":"Taken"}"#
    case "restrictAccount", "deactivateAccount", "reactivateAccount", "isolateAccount",
      "openAccount", "deleteAccount", "restoreAccount", "anonymiseAccount", "eraseAccount",
      "releaseAccount", "releaseHold", "pauseRequest", "extendRequest", "refuseRequest",
      "liftRequest",
      "openContentItem", "liftTakeoverBlock", "disputeNotice":
      #"{"reason":"x"}"#
    case "putRetentionRule":
      #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","action":"delete"}"#
    case "resumeRetentionRun": "{}"
    case "createAcceptance": #"{"account_id":"acc_01h455vb4pex5vsknk084sn02q"}"#
    case "putPreferences": #"{"preferences":[]}"#
    case "putAccountDates": #"{"dates":{"left":"2020-01-01"}}"#
    case "addCustodians", "removeCustodians":
      #"{"account_ids":["acc_01h455vb4pex5vsknk084sn02q"]}"#
    case "affiliateDomainClaim": #"{"method":"mailbox","mailbox":"admin"}"#
    case "attestDomainClaim": #"{"reason":"x","review_on":"2099-01-01T00:00:00Z"}"#
    case "grantDomain": #"{"tenant_id":"ten_01h455vb4pex5vsknk084sn02q"}"#
    case "decideDispute": #"{"decision":"uphold","reason":"x"}"#
    case "updateWebhookEndpoint": #"{"enabled":false}"#
    case "replayWebhookEndpoint": #"{"since":"2020-01-01T00:00:00Z"}"#
    case "detachNotice": "{}"
    default: nil
    }
  }

  private func send(
    _ world: World, _ endpoint: Endpoint, ids: [String: String],
    headers: [(name: String, value: String)] = []
  ) async throws -> TestAnswer {
    var path = endpoint.path
    for (name, id) in ids { path = path.replacing("{\(name)}", with: id) }
    return try await world.server.send(
      endpoint.method.rawValue, path, key: world.stranger, body: body(endpoint),
      contentType: endpoint.body == .mergePatch
        ? "application/merge-patch+json" : "application/json",
      headers: headers)
  }

  /// What a stranger can see of an answer, without what differs between any two requests.
  private func visible(_ answer: TestAnswer, _ ids: [String: String]) -> String {
    var body = answer.text
    for id in ids.values { body = body.replacing(id, with: "ID") }
    if let request = answer.json["request_id"]?.string { body = body.replacing(request, with: "R") }
    let names = answer.headers.map(\.name).sorted().joined(separator: ",")
    return "\(answer.status) \(names) \(body)"
  }

  private func attack(_ world: World) async throws {
    // The victim's own reading leaves entries: it comes before the checksum.
    var cursors: [String: String] = [:]
    for path in Self.lists {
      let page = try await world.server.get("/v1/\(path)?limit=1", key: world.victimKey)
      cursors[path] = page.json["next_cursor"]?.string
    }
    #expect(cursors["keys"] != nil && cursors["audit_entries"] != nil)
    let before = try checksum(world)
    for endpoint in Endpoints.all where endpoint.path.contains("_id}") {
      let foreign = try await send(world, endpoint, ids: world.foreign)
      let random = try await send(world, endpoint, ids: Self.random)
      #expect(
        visible(foreign, world.foreign) == visible(random, Self.random),
        "\(endpoint.id) tells a foreign id from a random one")
      #expect(foreign.status == 404 || foreign.status == 403, "\(endpoint.id): \(foreign.status)")
      let malformed = try await send(world, endpoint, ids: Self.random.mapValues { _ in "zzz" })
      #expect([400, 403].contains(malformed.status), "\(endpoint.id): \(malformed.status)")
    }
    for endpoint in Endpoints.all
    where endpoint.method == .get && endpoint.path.hasPrefix("/v1/") {
      let named = try await send(
        world, endpoint, ids: Self.random, headers: [("Tenure-Tenant", world.victimTenant)])
      if case .permission = endpoint.audience {
        #expect(named.status == 404 || named.status == 403, "\(endpoint.id) under another's name")
      }
    }
    for path in Self.lists {
      let list = try await world.server.get("/v1/\(path)?limit=200", key: world.stranger)
      for secret in world.foreign.values {
        #expect(!list.text.contains(secret), "/v1/\(path) shows \(secret)")
      }
      if let cursor = cursors[path] {
        let stolen = try await world.server.get("/v1/\(path)?cursor=\(cursor)", key: world.stranger)
        #expect(stolen.status == 400, "a stolen cursor for /v1/\(path)")
      }
    }
    let lookup = try await world.server.send(
      "POST", "/v1/accounts:lookup", key: world.stranger, body: #"{"address":"victim@x.test"}"#)
    let nobody = try await world.server.send(
      "POST", "/v1/accounts:lookup", key: world.stranger, body: #"{"address":"nobody@x.test"}"#)
    #expect(visible(lookup, [:]) == visible(nobody, [:]))
    let subject = try await world.server.get(
      "/v1/audit_entries?subject_id=\(world.foreign["account_id"] ?? "")", key: world.stranger)
    #expect(subject.json["data"]?.array?.isEmpty == true)
    #expect(try checksum(world) == before, "the victim's data changed")
  }

  @Test func `a stranger reaches nothing`() async throws {
    let world = try await makeWorld()
    try await attack(world)
    // An idempotency key is the principal's own: another's does not replay.
    let key = UUID().uuidString
    let body = #"{"name":"x","role":"auditor"}"#
    let mine = try await world.server.send(
      "POST", "/v1/keys", key: world.victimKey, body: body, idempotencyKey: key)
    let theirs = try await world.server.send(
      "POST", "/v1/keys", key: world.stranger, body: body, idempotencyKey: key)
    #expect(theirs.status == 201 && theirs.id != mine.id)
    try await world.server.stop()
  }

  @Test func `a stranger reaches nothing with row-level security off`() async throws {
    let world = try await makeWorld()
    let admin = try world.server.database.administrator()
    for table in try admin.run(
      """
      SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
      WHERE relnamespace IN ('tenure'::regnamespace, 'tenure_global'::regnamespace) AND relkind = 'r'
      """)
    {
      try admin.run("ALTER TABLE \(table) NO FORCE ROW LEVEL SECURITY")
      try admin.run("ALTER TABLE \(table) DISABLE ROW LEVEL SECURITY")
    }
    try await attack(world)
    try await world.server.stop()
  }

  #if DEBUG
    @Test func `a stranger reaches nothing with the application's predicate off`() async throws {
      let world = try await makeWorld()
      nonisolated(unsafe) var removed = 0
      for worker in world.server.service.workers {
        try await worker.loop.run {
          worker.database.rewrite = { text in
            // The predicate stays a comparison of the parameter, so that its type is still known.
            text.replacing(
              /(?<before>WHERE|AND|OR|\() (?:[a-z]+\.)?tenant_id = (?<value>\$\d+)/
            ) { match in
              removed += 1
              return "\(match.before) \(match.value)::uuid IS NOT NULL"
            }
          }
        }
      }
      try await attack(world)
      #expect(removed > 100)
      try await world.server.stop()
    }
  #endif
}
