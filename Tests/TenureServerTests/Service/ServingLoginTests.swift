import Foundation
import Postgres
import TenureAssembly
import TenureKernel
import TenureServer
import TenureTesting
import Testing

@Suite struct ServingLoginTests {
  @Test func `a login that may become more than it should serves nobody`() async throws {
    // Roles belong to the cluster: one of the test's own.
    let cluster = try TestCluster()
    defer { cluster.remove() }
    try await cluster.start()
    let admin = try cluster.administrator()
    try admin.run(
      """
      CREATE ROLE tenure_owner; CREATE ROLE tenure_router; CREATE ROLE tenure_recorder;
      CREATE ROLE tenure_app LOGIN
      """)
    func danger(login: String = "tenure_app", role: String = "") throws -> String? {
      try ServingLogin.danger(
        BlockingSession(
          ConnectionSource(
            url: cluster.url + " user=\(login)", role: role, applicationName: "test")))
    }
    #expect(try danger() == nil)
    #expect(try danger(login: "postgres") == "the login postgres is a superuser")
    // The role that a session takes does not hide who logged in.
    #expect(
      try danger(login: "postgres", role: "tenure_app") == "the login postgres is a superuser")
    let powers = [
      ("ALTER ROLE tenure_app SUPERUSER", "ALTER ROLE tenure_app NOSUPERUSER"),
      ("ALTER ROLE tenure_app BYPASSRLS", "ALTER ROLE tenure_app NOBYPASSRLS"),
      ("ALTER ROLE tenure_app CREATEROLE", "ALTER ROLE tenure_app NOCREATEROLE"),
      ("ALTER ROLE tenure_app REPLICATION", "ALTER ROLE tenure_app NOREPLICATION"),
      ("GRANT tenure_owner TO tenure_app", "REVOKE tenure_owner FROM tenure_app"),
      ("GRANT tenure_router TO tenure_app", "REVOKE tenure_router FROM tenure_app"),
      ("GRANT tenure_recorder TO tenure_app", "REVOKE tenure_recorder FROM tenure_app"),
      ("GRANT postgres TO tenure_app", "REVOKE postgres FROM tenure_app"),
      ("GRANT pg_write_server_files TO tenure_app", "REVOKE pg_write_server_files FROM tenure_app"),
      (
        "CREATE ROLE between; GRANT tenure_owner TO between; GRANT between TO tenure_app",
        "REVOKE between FROM tenure_app; DROP ROLE between"
      ),
      (
        "CREATE ROLE maker CREATEROLE; GRANT maker TO tenure_app",
        "REVOKE maker FROM tenure_app; DROP ROLE maker"
      ),
    ]
    for (grant, revoke) in powers {
      try admin.run(grant)
      let found = try danger()
      #expect(found?.hasPrefix("the login tenure_app") == true, "\(grant): \(found ?? "nothing")")
      try admin.run(revoke)
      #expect(try danger() == nil, "\(revoke)")
    }
    // A member of the application's role and of nothing else is as good as it.
    try admin.run("CREATE ROLE other; GRANT other TO tenure_app")
    #expect(try danger() == nil)
  }

  @Test func `the service does not start by the login that owns the schema`() async throws {
    let database = try TestDatabase()
    for settings in [
      ["database_url": database.url], ["database_url": database.url, "migrate_url": ""],
    ] {
      let error = await #expect(throws: ServiceFailure.self) {
        _ = try await TestServer(settings: settings, database: database)
      }
      #expect(error?.description.contains("is a superuser") == true, "\(String(describing: error))")
    }
    try database.drop()
  }

  @Test func `without the owner's login the service serves a current schema, and no other`()
    async throws
  {
    let server = try await TestServer(settings: ["migrate_url": ""])
    #expect(try await server.get("/v1/whoami").status == 200)
    try await server.stop()
    let database = try TestDatabase()
    try database.administrator().run(
      "DELETE FROM public.tenure_migrations WHERE name = 'M0014_communications'")
    let error = await #expect(throws: ServiceFailure.self) {
      _ = try await TestServer(settings: ["migrate_url": ""], database: database)
    }
    #expect(error?.description.contains("tenured migrate up") == true)
    try database.drop()
  }
}
