import Foundation
import HTTP
import JSON
import Postgres
import Reactor
import Tenure
import TenureAPI
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

/// What must stay true is printed, committed, and compared.
///
/// `TENURE_RECORD=1` prints it anew.
func compare(_ name: String, _ text: String) throws {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  let file = folder.appendingPathComponent(name)
  if ProcessInfo.processInfo.environment["TENURE_RECORD"] != nil {
    try text.write(to: file, atomically: true, encoding: .utf8)
  }
  let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  #expect(recorded == text, "\(name) differs; if that is meant, record it with TENURE_RECORD=1")
}

@Suite struct HouseTests {
  @Test func `the matrix of permissions is the one that was agreed`() throws {
    var lines = ["# Roles and what they allow."]
    for role in Role.allCases {
      lines.append(
        "\(role.rawValue): " + role.permissions.permissions.map(\.rawValue).joined(separator: " "))
    }
    lines.append(
      "operator in a tenant: "
        + Role.operatorInTenant.permissions.map(\.rawValue).joined(separator: " "))
    lines.append("\n# Endpoints and whom they are for.")
    for endpoint in Endpoints.all {
      let audience =
        switch endpoint.audience {
        case .permission(let permission): permission.rawValue
        case .anyCaller: "any caller"
        case .person: "person"
        case .ownHand: "person, in their own hand"
        case .told: "person, or the holder of a notice's link"
        case .anyone: "anyone"
        }
      lines.append("\(endpoint.id) \(endpoint.method.rawValue) \(endpoint.path): \(audience)")
    }
    try compare("permissions.txt", lines.joined(separator: "\n") + "\n")
  }

  @Test func `the catalogue of problems is the one that was agreed`() throws {
    let lines = ProblemCode.allCases.map {
      "\($0.entry.status) \($0.rawValue): \($0.entry.title). \($0.entry.help)"
    }
    try compare("problems.txt", lines.sorted().joined(separator: "\n") + "\n")
  }

  @Test func `the contract and the table of endpoints name the same things`() async throws {
    let server = try await TestServer()
    let contract = try await server.get("/openapi.yaml").text
    try await server.stop()
    // The document's shape is fixed by how it is written: paths at two blanks, methods at four.
    var found: Set<String> = []
    var (path, method) = ("", "")
    var isInPaths = false
    for line in contract.split(separator: "\n") {
      if !line.hasPrefix(" ") { isInPaths = line == "paths:" }
      guard isInPaths else { continue }
      if line.hasPrefix("  /") { path = line.dropFirst(2).dropLast().trimmingCharacters(in: ["'"]) }
      if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
        method = line.trimmingCharacters(in: [" ", ":"]).uppercased()
      }
      if line.hasPrefix("      operationId: ") {
        found.insert("\(line.dropFirst(19)) \(method) \(path)")
      }
    }
    let expected = Set(Endpoints.all.map { "\($0.id) \($0.method.rawValue) \($0.path)" })
    #expect(found.subtracting(expected).sorted() == [], "in the contract, not in the service")
    #expect(expected.subtracting(found).sorted() == [], "in the service, not in the contract")
  }

  @Test func `every code a test could meet has its page`() async throws {
    let server = try await TestServer()
    for code in ProblemCode.allCases {
      let page = try await server.get("/errors/\(code.rawValue)")
      #expect(page.status == 200 && page.json["status"]?.int == code.entry.status)
    }
    #expect(try await server.get("/errors/nonsense").status == 404)
    try await server.stop()
  }

  @Test func `the schema is the one that was agreed`() throws {
    let database = try TestDatabase()
    defer { try? database.drop() }
    let dump = try ChildProcess.run(
      "/usr/bin/env",
      [
        "pg_dump", "--schema-only", "--schema=tenure", "--schema=tenure_global", "--no-comments",
        "-d", database.url,
      ])
    #expect(dump.status == 0, "\(dump.errors)")
    let lines = dump.output.split(separator: "\n").filter {
      !$0.hasPrefix("--") && !$0.hasPrefix("SET ") && !$0.hasPrefix("SELECT pg_catalog.set_config")
        && !$0.hasPrefix("\\")
    }
    try compare("schema.sql", lines.joined(separator: "\n") + "\n")
  }

  /// The gate queries every schema of ours must pass.
  @Test(arguments: [
    "no table without forced row-level security": """
    SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname IN ('tenure', 'tenure_global') AND relkind IN ('r', 'p')
      AND NOT (relrowsecurity AND relforcerowsecurity)
    """,
    "no login role above the walls": """
    SELECT rolname FROM pg_roles
    WHERE rolcanlogin AND (rolsuper OR rolbypassrls) AND rolname LIKE 'tenure%'
    """,
    "no definer's function without a pinned search path": """
    SELECT proname FROM pg_proc
    WHERE prosecdef AND proconfig IS NULL
      AND pronamespace IN ('tenure'::regnamespace, 'tenure_global'::regnamespace)
    """,
    "no table without the guard that binds everybody": """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE nspname = 'tenure' AND relkind IN ('r', 'p') AND NOT EXISTS (
      SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT polpermissive
        AND polcmd = '*' AND polroles = '{0}')
    """,
    "no unique index that does not begin with the tenant": """
    SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE nspname = 'tenure' AND indisunique AND NOT EXISTS (
      SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'tenant_id'
        AND attnum = indkey[0])
    """,
    "no foreign key that does not begin with the tenant, or touches the directory": """
    SELECT conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_class target ON target.oid = k.confrelid
    WHERE contype = 'f' AND 'tenure_global'::regnamespace
        IN (c.relnamespace, target.relnamespace)
      OR contype = 'f' AND c.relnamespace = 'tenure'::regnamespace AND NOT EXISTS (
        SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'tenant_id'
          AND attnum = conkey[1])
    """,
    "nothing owned by the application": """
    SELECT relname FROM pg_class WHERE relowner = 'tenure_app'::regrole
    """,
  ]) func `the database keeps its rules`(rule: String, query: String) throws {
    let database = try TestDatabase()
    defer { try? database.drop() }
    #expect(try database.administrator().run(query) == [], "\(rule)")
  }

  @Test func `the application role alone reads and changes nothing it should not`() async throws {
    let server = try await TestServer()
    let (tenant, _) = try await server.makeTenant()
    _ = try await server.makeAccount(inCustodyOf: tenant, "a@x.test")
    let admin = try server.database.administrator()
    func asApplication(_ sql: String) throws -> [String] {
      try admin.run("SET ROLE tenure_app")
      defer { _ = try? admin.run("RESET ROLE") }
      return try admin.run(sql)
    }
    try admin.run("SET ROLE tenure_app")
    #expect(
      try admin.refusal(of: "SELECT count(*) FROM tenure.accounts") == "42704",
      "no context is an error, not an empty answer")
    try admin.run("RESET ROLE")
    let platform = "SET tenure.tenant = '\(TenantID.platform.uuid)';"
    #expect(try asApplication(platform + "SELECT count(*) FROM tenure.accounts") == ["0"])
    for statement in [
      "UPDATE tenure.audit_entries SET action = 'x'", "DELETE FROM tenure.audit_entries",
      "TRUNCATE tenure.keys", "SELECT * FROM pg_authid",
      "INSERT INTO tenure.tenant_keys SELECT gen_random_uuid(), 9, 'x', '', '', now()",
      "CREATE TABLE tenure.mine (id uuid)",
      "ALTER TABLE tenure.accounts DISABLE ROW LEVEL SECURITY",
    ] {
      #expect {
        try asApplication(platform + statement)
      } throws: { error in
        // Insufficient privilege, or a row that the policies refuse: both are 42501.
        (error as? PostgresError)?.sqlState == "42501"
      }
    }
    // What it may do in general reaches nobody in another tenant's context.
    for statement in [
      "DELETE FROM tenure.accounts", "UPDATE tenure.accounts SET tenant_id = gen_random_uuid()",
    ] {
      #expect(try asApplication(platform + statement + " RETURNING 1") == [], "\(statement)")
    }
    #expect(try admin.run("SELECT count(*) FROM tenure.audit_entries WHERE action = 'x'") == ["0"])
    #expect(try admin.run("SELECT count(*) FROM tenure.accounts") == ["1"])
    try await server.stop()
  }
}
