import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

/// Every read of what is somebody else's leaves an entry: the table of endpoints is gone through,
/// and an endpoint that nobody has thought about fails here.
@Suite struct ReadTests {
  /// What a read of personal data leaves in the log.
  private struct Read: Sendable {
    let action: String
    /// Whether the entry says whom it is about; not where nobody may learn or knows.
    var hasSubject = true
    /// Whether the operator asks; else the tenant.
    var isOperators = false
    var body: String?
    /// Which of the world's policies.
    var policy = "policy_id"
  }

  /// Endpoints that answer personal data of somebody else.
  private static let personal: [String: Read] = [
    "listMemberships": Read(action: "membership.read"),
    "getMembership": Read(action: "membership.read"),
    "listAccounts": Read(action: "account.read"),
    "lookupAccount": Read(action: "account.read", body: #"{"address":"ada@x.test"}"#),
    "searchAccounts": Read(
      action: "account.read", body: #"{"filter":"address eq \"ada@x.test\""}"#),
    "getAccount": Read(action: "account.read"),
    "listAccountChanges": Read(action: "account_change.read"),
    "getAccountChange": Read(action: "account_change.read"),
    "listApprovals": Read(action: "approval.read"),
    "getApproval": Read(action: "approval.read"),
    "listContentItems": Read(action: "content_item.read"),
    "getContentItem": Read(action: "content_item.read"),
    "previewContentTransfer": Read(
      action: "content_item.read",
      body: #"{"from_account_id":"ACCOUNT","to":{"kind":"tenant"}}"#),
    "getAccountDates": Read(action: "account_dates.read"),
    "explainRetention": Read(action: "retention.read"),
    "listRetentionResults": Read(action: "retention_result.read"),
    // Whom a hold is about stands in the hold alone.
    "listCustodians": Read(action: "hold_custodian.read", hasSubject: false),
    "listRequests": Read(action: "request.read"),
    "getRequest": Read(action: "request.read"),
    "getRequestPackage": Read(action: "package.read"),
    "getProcessing": Read(action: "processing.read", isOperators: true),
    "listAcceptances": Read(action: "acceptance.read"),
    "listPendingAcceptances": Read(action: "acceptance.read", policy: "pending_id"),
    "getPreferences": Read(action: "preferences.read", isOperators: true),
    // A keyed hash of an address is nobody's that the service knows.
    "listSuppressions": Read(action: "suppression.read", hasSubject: false, isOperators: true),
    "getSuppression": Read(action: "suppression.read", hasSubject: false, isOperators: true),
    "lookupSuppressions": Read(
      action: "suppression.read", hasSubject: false, isOperators: true,
      body: #"{"address":"v@x.test"}"#),
    "checkCommunications": Read(
      action: "communication.read", isOperators: true,
      body: #"{"topic":"t","channel":"c","purpose":"p","recipients":[{"account_id":"ACCOUNT"}]}"#),
    "listTakeoverCases": Read(action: "takeover_case.read"),
    "getTakeoverCase": Read(action: "takeover_case.read"),
    "listReceipts": Read(action: "receipt.read"),
    "listCaseDisputes": Read(action: "dispute.read"),
    "listAccountNotices": Read(action: "account_notice.read"),
    "listAccountNoticeReceipts": Read(action: "receipt.read"),
  ]

  /// Endpoints that answer nothing personal, or only the caller's own, or whose entry is tested
  /// elsewhere: each with why.
  private static let others: [String: String] = [
    "listTenants": "organisations", "getTenant": "organisations",
    "listKeys": "keys are the tenant's", "getKey": "keys are the tenant's",
    "whoAmI": "the caller", "listRoles": "roles", "getMe": "the caller",
    "getSignInStatus": "a yes or no that products ask for at every sign-in",
    "listDisputes": "dispute.read, tested where disputes are made",
    "getDispute": "dispute.read, tested where disputes are made",
    "listErasures": "whoever it was about is gone", "getErasure": "whoever it was about is gone",
    "getErasureCertificate": "whoever it was about is gone",
    "listDomainGrants": "names between tenants", "listRetentionRules": "rules",
    "getRetentionRule": "rules",
    "listRetentionRuleVersions": "rules", "simulateRetention": "counts, and ids as samples",
    "getRetentionCalendar": "counts", "listRetentionRuns": "counts", "getRetentionRun": "counts",
    "listHolds": "matters; whom they are about is asked for by itself", "getHold": "matters",
    "listPolicies": "documents", "getPolicy": "documents",
    "listDomainClaims": "names", "getDomainClaim": "names", "listDomainObservations": "names",
    "previewTakeover": "tested where it is made", "listTakeovers": "campaigns",
    "getTakeover": "campaigns",
    "listWebhookEndpoints": "endpoints", "getWebhookEndpoint": "endpoints",
    "listWebhookDeliveries": "attempts", "listEvents": "the feed that the tenant asked to have",
    "listOperations": "counts", "getOperation": "counts",
    "listOperationResults": "outcomes of what the caller sent",
    "listAuditEntries": "the log itself", "getAuditProof": "digests",
    "listAuditCheckpoints": "digests", "getAuditConsistency": "digests",
    "exportAudit": "the log itself",
    "getLiveness": "health", "getReadiness": "health", "getContract": "the contract",
    "listProblems": "the contract", "getProblem": "the contract",
  ]

  @Test func `every read is one that somebody has thought about`() {
    let reads = Endpoints.all.filter(\.reads)
    let foreign = reads.filter {
      $0.audience != .person && $0.audience != .ownHand && $0.audience != .told
    }
    let thought = Set(Self.personal.keys).union(Self.others.keys)
    #expect(
      foreign.map(\.id).filter { !thought.contains($0) } == [],
      "does it answer what is somebody else's? Say so in ReadTests, with its entry or why not")
    #expect(thought.subtracting(reads.map(\.id)).sorted() == [], "listed here, and reads nothing")
  }

  @Test func `a change that finds nothing to do leaves a read of what it shows`() async throws {
    let server = try await TestServer()
    let account = try await server.makeAccount("ada@x.test").id
    let path = "/v1/accounts/\(account)"
    let admin = try server.database.administrator()
    func reads(_ action: String) throws -> Int {
      let rows = try admin.run(
        "SELECT count(*) FROM tenure.audit_entries WHERE action = '\(action)' AND subject_id IS NOT NULL"
      )
      return Int(rows[0]) ?? 0
    }
    func leaves(
      _ number: Int, _ action: String, _ change: () async throws -> TestAnswer
    ) async throws {
      let before = try reads(action)
      let answer = try await change()
      #expect(answer.status == 200, "\(answer.text)")
      #expect(try reads(action) - before == number, "\(action): \(answer.text)")
    }
    // Nothing to change, lived and tried; what changes something has an entry of its own.
    for query in ["", "?dry_run=true"] {
      try await leaves(1, "account.read") {
        try await server.send("PATCH", path + query, body: "{}")
      }
    }
    try await leaves(0, "account.read") {
      try await server.send("PATCH", path, body: #"{"locale":"de"}"#)
    }
    let member = "/v1/memberships/\(account)"
    _ = try await server.send("PUT", member, body: #"{"role":"member"}"#)
    try await leaves(1, "membership.read") {
      try await server.send("PUT", member, body: #"{"role":"member"}"#)
    }
    try await server.stop()
  }

  @Test func `every read of what is somebody else's leaves an entry that says whose`() async throws
  {
    let fixture = try await TakeoverFixture()
    let server = fixture.server
    let world = try await world(fixture)
    let admin = try server.database.administrator()
    for endpoint in Endpoints.all {
      guard let read = Self.personal[endpoint.id] else { continue }
      func count() throws -> Int {
        let whose = read.hasSubject ? "AND subject_id = '\(world.account.uuid)'" : ""
        return Int(
          try admin.run(
            "SELECT count(*) FROM tenure.audit_entries WHERE action = '\(read.action)' \(whose)")[0]
        ) ?? 0
      }
      let path = endpoint.path.split(separator: "/", omittingEmptySubsequences: false).map {
        part -> String in
        guard let start = part.firstIndex(of: "{"), let end = part.firstIndex(of: "}") else {
          return String(part)
        }
        let name = String(part[part.index(after: start)..<end])
        return (world.ids[name == "policy_id" ? read.policy : name] ?? "?")
          + part[part.index(after: end)...]
      }.joined(separator: "/")
      let before = try count()
      let answer = try await server.send(
        endpoint.method.rawValue, path, key: read.isOperators ? nil : fixture.acme.key,
        body: read.body?.replacing("ACCOUNT", with: world.account.description))
      #expect(answer.status == 200, "\(endpoint.id): \(answer.text)")
      #expect(try count() > before, "\(endpoint.id) leaves no \(read.action)")
    }
    try await fixture.stop()
  }

  private struct World: Sendable {
    let account: AccountID
    let ids: [String: String]
  }

  /// An account about which there is one of everything.
  private func world(_ fixture: TakeoverFixture) async throws -> World {
    let (server, key) = (fixture.server, fixture.acme.key)
    let disposal = DisposalFixture(server: server, acme: fixture.acme)
    let ada = try await disposal.account("ada@x.test")
    func post(_ path: String, _ body: String?, asOperator: Bool = false) async throws -> TestAnswer
    {
      let answer = try await server.send("POST", path, key: asOperator ? nil : key, body: body)
      #expect((200..<300).contains(answer.status), "\(path): \(answer.text)")
      return answer
    }
    _ = try await server.send(
      "PUT", "/v1/memberships/\(ada)", key: key, body: #"{"role":"member"}"#)
    let policy = try await post(
      "/v1/policies",
      #"{"name":"terms","version":1,"language":"en","title":"T","body":"b","needs":"acceptance"}"#)
    let pending = try await post(
      "/v1/policies",
      #"{"name":"rules","version":1,"language":"en","title":"T","body":"b","needs":"acceptance"}"#)
    _ = try await post(
      "/v1/policies/\(policy.id)/acceptances", #"{"account_id":"\#(ada)"}"#)
    let item = try await post(
      "/v1/content_items",
      #"{"items":[{"account_id":"\#(ada)","tenant_id":"\#(fixture.acme.id)","product":"p","#
        + #""kind":"k","external_id":"1","visibility":"tenant","category":"c","title":"t"}]}"#,
      asOperator: true)
    let suppression = try await post(
      "/v1/suppressions", #"{"address":"v@x.test","reason":"bounce"}"#, asOperator: true)
    let hold = try await post(
      "/v1/holds", #"{"matter":"m","reason":"r","secret":true,"custodian_ids":["\#(ada)"]}"#)
    let request = try await post("/v1/requests", #"{"account_id":"\#(ada)","type":"access"}"#)
    _ = try await post("/v1/requests/\(request.id):fulfil", nil)
    #expect(
      try await eventually {
        try await server.get("/v1/requests/\(request.id)", key: key).json["state"]?.string
          == "fulfilled"
      })
    // Isolated by a rule and brought back by two: a result, a change, an approval and a notice.
    _ = try await server.send(
      "PUT", "/v1/accounts/\(ada)/dates", key: key, body: #"{"dates":{"left":"2020-01-01"}}"#)
    _ = try await post(
      "/v1/retention_rules",
      #"{"name":"n","applies_to":"account","trigger":"left","period":"P1Y","action":"isolate"}"#)
    let run = try await post("/v1/retention_runs", "{}")
    #expect(try await disposal.becomes("isolated", ada))
    let approval = try await post("/v1/accounts/\(ada):reactivate", #"{"reason":"r"}"#)
    try server.database.administrator().run(
      "UPDATE tenure.accounts SET status = 'active' WHERE account_id = '\(ada.uuid)'")
    let change = try await post("/v1/accounts/\(ada):restrict", #"{"reason":"r"}"#)
    #expect(change.json["status"]?.string == "restricted")
    let changes = try await server.get("/v1/account_changes?account_id=\(ada)", key: key)
    let notices = try await server.get("/v1/account_notices?account_id=\(ada)", key: key)
    func first(_ list: TestAnswer) -> String {
      list.json["data"]?.array?.first?["id"]?.string ?? ""
    }
    let claimed = try claim(for: ada, fixture)
    return World(
      account: ada,
      ids: [
        "account_id": ada.description, "policy_id": policy.id, "item_id": first(item),
        "suppression_id": suppression.id, "hold_id": hold.id, "dsr_id": request.id,
        "run_id": run.id, "approval_id": approval.id, "change_id": first(changes),
        "notice_id": first(notices), "takeover_id": claimed.takeover, "case_id": claimed.case,
        "pending_id": pending.id,
      ])
  }

  /// A campaign with a case of this account, as if it had been on the claimed name once.
  private func claim(
    for account: AccountID, _ fixture: TakeoverFixture
  ) throws -> (takeover: String, case: String) {
    let tenant = try TenantID(parsing: fixture.acme.id).uuid
    let claim = try DomainClaimID(parsing: fixture.claim).uuid
    let id = "01890a5d-ac96-774b-bcce-b302099a8058"
    try fixture.server.database.administrator().run(
      """
      SET session_replication_role = replica;
      INSERT INTO tenure.takeovers (tenant_id, takeover_id, claim_id, plan_id, domain, scope,
        no_answer, notice_days, state, excluded_ids, created_by, created_at, updated_at, version)
      VALUES ('\(tenant)', '\(id)', '\(claim)', gen_random_uuid(), 'acme.test', 'exact',
        'assume_control', 30, 'cancelled', '{}', 'x', now(), now(), 1);
      INSERT INTO tenure.takeover_cases (tenant_id, case_id, takeover_id, account_id, state,
        reminders, disputes, created_at, updated_at, version)
      VALUES ('\(tenant)', '\(id)', '\(id)', '\(account.uuid)', 'cancelled', 0, 0, now(),
        now(), 1);
      RESET session_replication_role
      """)
    return ("tko_01h455vb4pex5vsknk084sn02r", "cas_01h455vb4pex5vsknk084sn02r")
  }
}

/// A dry run shows what a change would answer, and is no way to read unseen.
@Suite struct DryRunReadTests {
  private func reads(_ server: TestServer, _ id: String) async throws -> Int {
    let log = try await server.get(
      "/v1/audit_entries?subject_id=\(id)&action=account.read&limit=200")
    return log.json["data"]?.array?.count ?? -1
  }

  @Test func `what a dry run shows of a person leaves an entry, and its change none`() async throws
  {
    let server = try await TestServer()
    let id = try await server.makeAccount("ada@x.test").id
    let before = try await reads(server, id)
    let tried = try await server.send(
      "PATCH", "/v1/accounts/\(id)?dry_run=true", body: #"{"locale":"en"}"#,
      contentType: "application/merge-patch+json")
    #expect(tried.status == 200 && tried.text.contains("ada@x.test"), "\(tried.text)")
    #expect(tried.json["dry_run"]?.bool == true && tried.json["locale"]?.string == "en")
    #expect(tried.json["effects"]?.array?.first?["action"]?.string == "account.updated")
    #expect(try await reads(server, id) == before + 1)
    let entries = try await server.get("/v1/audit_entries?subject_id=\(id)&action=account.updated")
    #expect(entries.json["data"]?.array == [])
    #expect(try await server.get("/v1/accounts/\(id)").json["locale"] == .null)
    // A refusal shows nothing.
    let refused = try await server.send(
      "PATCH", "/v1/accounts/\(id)?dry_run=true", body: #"{"locale":"en"}"#,
      contentType: "application/merge-patch+json", headers: [("If-Match", "\"v9\"")])
    #expect(refused.status == 412)
    #expect(try await reads(server, id) == before + 2, "the GET, and no more")
    try await server.stop()
  }

  @Test func `what only reads takes no dry run`() async throws {
    let server = try await TestServer()
    for endpoint in Endpoints.all where endpoint.reads && endpoint.method == .post {
      let answer = try await server.send("POST", endpoint.path + "?dry_run=true", body: "{}")
      #expect(answer.code == "parameter_unknown", "\(endpoint.id): \(answer.text)")
    }
    try await server.stop()
  }

  @Test func `a dry run shows no secret, and all else that the change would`() async throws {
    let server = try await TestServer()
    let (_, key) = try await server.makeTenant()
    for (path, body, secret) in [
      ("/v1/keys", #"{"name":"n","role":"auditor"}"#, "token"),
      ("/v1/webhook_endpoints", #"{"url":"https://hook.test/"}"#, "secret"),
    ] {
      let tried = try await server.send("POST", path + "?dry_run=true", key: key, body: body)
      #expect(tried.status == 200 && tried.json["id"]?.string != nil, "\(tried.text)")
      #expect(tried.json[secret] == nil && !tried.text.contains("tnrk_"), "\(tried.text)")
      #expect(tried.header("location") == nil && tried.header("etag") == nil)
      let made = try await server.send("POST", path, key: key, body: body)
      #expect(made.json[secret]?.string?.isEmpty == false, "\(made.text)")
    }
    let hold = try await server.send(
      "POST", "/v1/holds?dry_run=true", key: key,
      body: #"{"matter":"m","reason":"r","covers_all":true,"secret":true}"#)
    #expect(hold.json["secret"]?.bool == true, "a truth is no secret: \(hold.text)")
    try await server.stop()
  }

  @Test func `what is shown once, or by two, is not tried`() async throws {
    let server = try await TestServer()
    for path in [
      "/v1/accounts/acc_01h455vb4pex5vsknk084sn02q:open",
      "/v1/content_items/con_01h455vb4pex5vsknk084sn02q:open", "/v1/imports",
      "/v1/account_changes:import", "/v1/account_changes:import_erasures",
      "/v1/domain_claims/dom_01h455vb4pex5vsknk084sn02q:check", "/v1/accounts:lookup",
    ] {
      let tried = try await server.send("POST", path + "?dry_run=true", body: #"{"reason":"x"}"#)
      #expect(tried.code == "parameter_unknown", "\(path): \(tried.text)")
    }
    try await server.stop()
  }
}
