import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureAssembly
import TenureKernel
import TenureTesting
import Testing

@testable import TenureServer

/// The queue loses nothing that somebody wants, and nothing that fails keeps others waiting.
@Suite struct JobQueueTests {
  /// A job that lies so far ahead that only this test takes it.
  private struct Held {
    let server: TestServer
    let job = UUID()
    let access = SystemCaller(job: "test").access(to: .platform)

    init() async throws {
      server = try await TestServer()
      try await run(JobStore.enqueue(job, .domainCheck, at: hours(10), access))
      let taken = try await run(JobStore.take(at: hours(11), leaseSeconds: 3_600))
      #expect(taken == [job.uuidString.lowercased()])
    }

    func hours(_ count: Int64) -> Timestamp { server.clock.now.adding(seconds: count * 3_600) }

    /// Runs a statement as the service does; answers the first column.
    @discardableResult
    func run(_ statement: SQL) async throws -> [String] {
      let worker = server.service.firstWorker
      let access = self.access
      return try await worker.loop.run {
        let rows = try await worker.database.run([access.context, statement], commits: true)
        return rows[1].map { row in
          (try? row.uuid(0).uuidString.lowercased()) ?? (try? "\(row.int(0))") ?? ""
        }
      }
    }

    /// The same, however long somebody holds its row: a busy machine is slower than a lock is patient.
    func insist(_ statement: SQL) async throws {
      for _ in 0..<20 {
        do {
          try await run(statement)
          return
        } catch let error as PostgresError where error.isLockTimeout {}
      }
      try await run(statement)
    }

    /// When it is due, in hours from now, and whether somebody has it; nil where it is gone.
    func state() throws -> String? {
      try server.database.administrator().run(
        """
        SELECT extract(epoch FROM run_at - '\(server.clock.now)')::bigint / 3600
          || CASE WHEN lease_until IS NULL THEN '' ELSE ' taken' END
        FROM tenure_global.jobs WHERE job_id = '\(job)'
        """
      ).first
    }
  }

  @Test(arguments: [nil, 20, 13] as [Int64?])
  func `a turn ends as its worker says`(next: Int64?) async throws {
    let held = try await Held()
    try await held.run(JobStore.finish(held.job, next: next.map(held.hours), held.access))
    #expect(try held.state() == next.map { "\($0)" })
    try await held.server.stop()
  }

  @Test(arguments: [nil, 20, 13] as [Int64?])
  func `what is wanted between the last look and the end of the turn is not slept through`(
    next: Int64?
  ) async throws {
    let held = try await Held()
    try await held.run(
      JobStore.enqueue(held.job, .domainCheck, at: held.hours(14), held.access))
    try await held.run(JobStore.finish(held.job, next: next.map(held.hours), held.access))
    #expect(try held.state() == "\(min(next ?? 14, 14))")
    try await held.server.stop()
  }

  @Test(arguments: [nil, 20] as [Int64?])
  func `a turn that ends waits for a wish that is not committed yet`(next: Int64?) async throws {
    let held = try await Held()
    let other = try held.server.database.administrator()
    try other.run(
      """
      BEGIN;
      UPDATE tenure_global.jobs SET run_at = '\(held.hours(14))' WHERE job_id = '\(held.job)'
      """)
    async let finished = held.insist(
      JobStore.finish(held.job, next: next.map(held.hours), held.access))
    try await Task.sleep(for: .milliseconds(150))
    try other.run("COMMIT")
    _ = try await finished
    #expect(try held.state() == "14")
    try await held.server.stop()
  }

  @Test func `a wish that comes while the turn is being ended makes a new job`() async throws {
    let held = try await Held()
    let other = try held.server.database.administrator()
    try other.run(
      """
      BEGIN;
      SET LOCAL tenure.tenant = '\(TenantID.platform.uuid)';
      SELECT tenure_global.finish_job(
        '\(TenantID.platform.uuid)', '\(held.job)', NULL)
      """)
    async let wanted = held.insist(
      JobStore.enqueue(held.job, .domainCheck, at: held.hours(14), held.access))
    try await Task.sleep(for: .milliseconds(150))
    try other.run("COMMIT")
    _ = try await wanted
    #expect(try held.state() == "14")
    try await held.server.stop()
  }

  @Test func `who is gone leaves the job to the next, with what was wanted`() async throws {
    let held = try await Held()
    try await held.run(
      JobStore.enqueue(held.job, .domainCheck, at: held.hours(30), held.access))
    #expect(try await held.run(JobStore.take(at: held.hours(11), leaseSeconds: 10)).isEmpty)
    #expect(try await held.run(JobStore.take(at: held.hours(13), leaseSeconds: 10)).count == 1)
    try await held.server.stop()
  }

  @Test func `failures count while they are the same, and a piece that is done ends the row`()
    async throws
  {
    let held = try await Held()
    func fail(_ failure: String) async throws -> [String] {
      try await held.run(JobStore.countFailure(held.job, failure, held.access))
    }
    #expect(try await fail("a") == ["1"])
    #expect(try await fail("a") == ["2"])
    #expect(try await fail("b") == ["1"])
    #expect(try await fail("b") == ["2"])
    try await held.run(JobStore.extendLease(held.job, until: held.hours(12), held.access))
    #expect(try await fail("b") == ["1"])
    try await held.run(JobStore.retry(held.job, at: held.hours(12), held.access))
    #expect(try held.state() == "12")
    #expect(try await fail("b") == ["2"])
    try await held.run(JobStore.finish(held.job, next: held.hours(12), held.access))
    #expect(try await fail("b") == ["1"])
    try await held.server.stop()
  }

  /// An import whose rows nobody can open.
  private func plantImport(_ server: TestServer, _ operation: OperationID) throws {
    let admin = try server.database.administrator()
    let id = TenantID.platform.uuid
    try admin.run(
      """
      INSERT INTO tenure.operations (tenant_id, operation_id, kind, state, done, total, failed,
        created_by, created_at, updated_at, version)
      VALUES ('\(id)', '\(operation.uuid)', 'import', 'running', 0, 1, 0, 'test',
        '\(server.clock.now)', '\(server.clock.now)', 1);
      INSERT INTO tenure.import_chunks (tenant_id, operation_id, chunk, first_row, rows, payload)
      VALUES ('\(id)', '\(operation.uuid)', 0, 0, 1, '\\x00');
      INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
      VALUES ('\(operation.uuid)', '\(id)', 'import', '\(server.clock.now)')
      """)
  }

  @Test func `work that fails in the same way five times ends as failed, and says so`()
    async throws
  {
    let server = try await TestServer()
    let operations = (0..<8).map { _ in OperationID(at: server.clock.now) }
    for operation in operations { try plantImport(server, operation) }
    func states() async throws -> Set<String> {
      var states: Set<String> = []
      for operation in operations {
        let view = try await server.get("/v1/operations/\(operation)").json
        states.insert("\(view["state"]?.string ?? "") \(view["failure"]?.string ?? "-")")
      }
      return states
    }
    for pause in [10, 20, 40, 80] as [Int64] {
      try await server.drainJobs()
      #expect(try await states() == ["running -"])
      // Not before its time.
      server.clock.advance(seconds: pause - 1)
      try await server.drainJobs()
      server.clock.advance(seconds: 1)
    }
    let ended = try await eventually { try await states() == ["failed failed_repeatedly"] }
    #expect(ended)
    var events: [JSONValue] = []
    let areTold = try await eventually {
      events = try await server.get("/v1/events?type=job.failed").json["data"]?.array ?? []
      return events.count == 8
    }
    #expect(areTold)
    let data = events.first?["data"]
    #expect(data?["kind"]?.string == "import" && data?["failures"]?.int == 5)
    #expect(data?["next_try_at"] == .null)
    #expect(data?["tenant_id"]?.string == TenantID.platform.description)
    // Other imports go on: those that ended take up no room.
    let file = try await server.send(
      "POST", "/v1/imports",
      body: #"{"display_name":"Ada","addresses":[{"address":"ada@x.test"}]}"#,
      contentType: "application/x-ndjson")
    #expect(file.status == 202, "\(file.text)")
    let done = try await server.finish(file.id)
    #expect(done["state"]?.string == "succeeded", "\(done)")
    try await server.stop()
  }

  @Test(arguments: [(4, "succeeded -"), (5, "failed failed_repeatedly")])
  func `work that breaks its connection is tried again, and ended after five times in a row`(
    times: Int, end: String
  ) async throws {
    let server = try await TestServer()
    try server.database.administrator().run(
      """
      GRANT USAGE ON SCHEMA public TO PUBLIC;
      CREATE SEQUENCE public.breaks;
      CREATE FUNCTION public.break() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
      BEGIN
        IF nextval('public.breaks') <= \(times) THEN
          PERFORM pg_terminate_backend(pg_backend_pid());
          PERFORM pg_sleep(5);
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER break BEFORE UPDATE ON tenure.import_chunks
      FOR EACH ROW EXECUTE FUNCTION public.break()
      """)
    let file = try await server.send(
      "POST", "/v1/imports", body: #"{"addresses":[{"address":"ada@x.test"}]}"#,
      contentType: "application/x-ndjson")
    let done = try await server.finish(file.id)
    #expect("\(done["state"]?.string ?? "") \(done["failure"]?.string ?? "-")" == end)
    let told = times < 5 ? [] : ["database lost"]
    let isTold = try await eventually {
      let events = try await server.get("/v1/events?type=job.failed").json["data"]?.array ?? []
      return events.map { $0["data"]?["failure"]?.string } == told
    }
    #expect(isTold)
    try await server.stop()
  }

  @Test func `of what passes by itself only a lost connection counts`() {
    func name(_ kind: PostgresError.Kind, _ state: String = "") -> String? {
      Job.lostConnection(of: PostgresError(kind: kind, sqlState: state))
    }
    for lost in [name(.lost), name(.commitUnknown), name(.refused, "57P01")] {
      #expect(lost == "database lost")
    }
    for other in [name(.unavailable), name(.overloaded), name(.refused, "40P01")] {
      #expect(other == nil)
    }
    #expect(Job.failure(of: PostgresError(kind: .lost)) == nil)
  }

  @Test func `what is owed to somebody rests, and is tried again every hour`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant()
    let admin = try server.database.administrator()
    let job = UUID()
    try admin.run(
      """
      INSERT INTO tenure_global.jobs (job_id, tenant_id, kind, run_at)
      VALUES ('\(job)', '\(try TenantID(parsing: acme.id).uuid)', 'of a newer version',
        '\(server.clock.now)')
      """)
    func told() async throws -> [JSONValue] {
      try await server.get("/v1/events?type=job.failed", key: acme.key).json["data"]?.array ?? []
    }
    for pause in [10, 20, 40, 80] as [Int64] {
      try await server.drainJobs()
      #expect(try await told().isEmpty)
      server.clock.advance(seconds: pause)
    }
    try await server.drainJobs()
    let later = server.clock.now.adding(seconds: 3_600)
    #expect(try await eventually { try await told().count == 1 })
    #expect(try await told().map { $0["data"]?["next_try_at"]?.string } == [later.description])
    for failures in 6...7 {
      server.clock.advance(seconds: 3_600)
      try await server.drainJobs()
      #expect(try admin.run("SELECT failures FROM tenure_global.jobs") == ["\(failures)"])
    }
    #expect(try await told().count == 1)
    try await server.stop()
  }
}
