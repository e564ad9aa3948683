import Foundation
import HTTP
package import JSON
import Logging
import Postgres
import Reactor
import Synchronization
package import Tenure
import TenureAPI
package import TenureAssembly
package import TenureKernel
import TenureServer

/// A clock that stands still until a test moves it, and the database's with it.
package final class HeldClock: Clock, @unchecked Sendable {
  private let lock = Lock()
  private var held: Timestamp
  private var session: BlockingSession?

  /// Whole milliseconds: as times are written, so that what is due now is due to whoever reads it.
  package init(_ time: Timestamp = SystemClock().now) {
    held = Timestamp(microseconds: time.microseconds / 1_000 * 1_000)
  }

  package var now: Timestamp { lock.withLock { held } }

  package func advance(seconds: Int64) {
    lock.withLock {
      held = held.adding(seconds: seconds)
      // A test whose database is gone has nothing left to judge by.
      _ = try? session?.run("UPDATE public.held_clock SET at = '\(held)'")
    }
  }

  /// Has this database judge by this clock, and not by its own.
  fileprivate func hold(_ database: TestDatabase) throws {
    let session = try database.administrator()
    try lock.withLock {
      try session.run(
        """
        CREATE TABLE IF NOT EXISTS public.held_clock (at timestamptz NOT NULL);
        DELETE FROM public.held_clock;
        INSERT INTO public.held_clock VALUES ('\(held)');
        CREATE OR REPLACE FUNCTION tenure.now() RETURNS timestamptz
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
        AS 'SELECT at FROM public.held_clock';
        ALTER FUNCTION tenure.now() OWNER TO CURRENT_USER
        """)
      self.session = session
    }
  }
}

/// An answer as a test looks at it.
package struct TestAnswer: Sendable {
  package let status: Int
  package let headers: [(name: String, value: String)]
  package let bytes: [UInt8]

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  package var text: String { String(decoding: bytes, as: UTF8.self) }
  package var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
  package var code: String? { json["code"]?.string }
  package var id: String { json["id"]?.string ?? "" }
}

/// The whole service on a database of its own, reached over real sockets.
package final class TestServer: Sendable {
  package let database: TestDatabase
  package let clock: HeldClock
  package let service: Service
  package let operatorKey: String
  private let loop: EventLoop
  private let client: HTTPClient
  private let slot: TestSlot

  /// The lists of domains that were read, by the settings that name them: each test need not read
  /// them again.
  private static let domains = Mutex<[[String]: DomainRules]>([:])

  private static func domains(_ configuration: Configuration) throws -> DomainRules {
    let files = ["public_suffix_list", "mail_providers"].map { configuration[$0] }
    return try domains.withLock { known in
      if let read = known[files] { return read }
      let read = try DomainRules(suffixes: files[0], mailProviders: files[1])
      known[files] = read
      return read
    }
  }

  /// Starts a service.
  ///
  /// `settings` override what a test needs otherwise.
  package init(settings: [String: String] = [:], database: TestDatabase? = nil) async throws {
    slot = await TestSlot(in: .services, isSecond: database != nil)
    self.database = try database ?? TestDatabase()
    clock = HeldClock()
    try clock.hold(self.database)
    let keyFile = NSTemporaryDirectory() + "tenure-key-" + UUID().uuidString
    var flags = [
      "database_url": self.database.serviceURL, "migrate_url": self.database.url,
      "root_key": String(repeating: "07", count: 32),
      "listen": "127.0.0.1:0", "metrics_listen": "127.0.0.1:0", "loops": "1",
      "operator_key_file": keyFile, "audit_seal_seconds": "0", "drain_seconds": "0",
      "tenant_rate": "0",
      "operator_rate": "0", "failure_rate": "0",
      // Tests of the wait itself set it.
      "erasure_wait_hours": "0", "erasure_alone_wait_hours": "0",
    ]
    flags.merge(settings) { $1 }
    let configuration = try Configuration(flags: flags, environment: [:], file: nil)
    // With TENURE_TEST_LOG it says why a request failed.
    let isLoud = ProcessInfo.processInfo.environment["TENURE_TEST_LOG"] != nil
    let log =
      isLoud ? Logger(label: "test") : Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    service = Service(
      configuration: configuration, clock: clock, log: log, domains: try Self.domains(configuration)
    )
    try await service.start()
    let text = (try? String(contentsOfFile: keyFile, encoding: .utf8)) ?? ""
    operatorKey = text.trimmingCharacters(in: .whitespacesAndNewlines)
    loop = EventLoop(name: "test-client")
    loop.start()
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    limits.responseBytesMax = 64 * 1_024 * 1_024
    limits.seconds = 60
    client = HTTPClient(loop: loop, tls: nil, limits: limits)
  }

  package func stop() async throws {
    await service.stop()
    loop.stop()
    try database.drop()
  }

  // MARK: Requests

  /// Sends a request.
  ///
  /// A POST gets a fresh Idempotency-Key unless one is given; "" sends none.
  package func send(
    _ method: String, _ path: String, key: String? = nil, body: String? = nil,
    contentType: String = "application/json", idempotencyKey: String? = nil,
    headers: [(name: String, value: String)] = []
  ) async throws -> TestAnswer {
    try await send(
      method, path, key: key, bytes: body.map { Array($0.utf8) }, contentType: contentType,
      idempotencyKey: idempotencyKey, headers: headers)
  }

  /// Sends a body that need not be UTF-8.
  package func send(
    _ method: String, _ path: String, key: String? = nil, bytes: [UInt8]?,
    contentType: String = "application/json", idempotencyKey: String? = nil,
    headers: [(name: String, value: String)] = []
  ) async throws -> TestAnswer {
    var request = OutboundRequest(
      method: method, host: "localhost", port: service.port, target: path, headers: headers)
    request.headers.append(("Authorization", "Bearer \(key ?? operatorKey)"))
    if let bytes {
      request.body = bytes
      request.headers.append(("Content-Type", contentType))
    }
    if method == "POST", idempotencyKey != "" {
      request.headers.append(("Idempotency-Key", idempotencyKey ?? UUID().uuidString))
    }
    guard let address = OutboundAddress("127.0.0.1") else { throw OutboundError.addressRefused }
    let answer = try await client.send(request, to: address)
    return TestAnswer(status: answer.status, headers: answer.headers, bytes: answer.body)
  }

  package func get(_ path: String, key: String? = nil) async throws -> TestAnswer {
    if path.hasPrefix("/v1/events") { try await levelFeed() }
    return try await send("GET", path, key: key)
  }

  /// Waits until the feed shows every event that was committed: it holds back those behind a
  /// transaction that is still open, and a cluster that other tests share has many.
  private func levelFeed() async throws {
    let admin = try database.administrator()
    let held = """
      SELECT count(*) FROM tenure.events
      WHERE transaction_number >= (SELECT tenure.first_open_transaction())
      """
    try await eventually { try admin.run(held) == ["0"] }
  }

  // MARK: Things tests need

  /// A tenant with the key of its first owner.
  package func makeTenant(_ name: String = "Acme") async throws -> (id: String, key: String) {
    let tenant = try await send("POST", "/v1/tenants", body: #"{"name":"\#(name)"}"#)
    let key = try await makeKey(in: tenant.id, role: "owner")
    return (tenant.id, key.json["token"]?.string ?? "")
  }

  package func makeKey(in tenant: String, role: String) async throws -> TestAnswer {
    try await send(
      "POST", "/v1/keys", body: #"{"name":"test","role":"\#(role)"}"#,
      headers: [("Tenure-Tenant", tenant)])
  }

  /// A person with a role in a tenant, and the key that they have collected: `offeredBy` is a key
  /// of the tenant that may give the role.
  package func makePerson(
    in tenant: String, role: String, offeredBy key: String
  ) async throws -> (account: String, key: String) {
    let account = try await makeAccount("\(UUID().uuidString.lowercased())@people.test").id
    _ = try await send(
      "PUT", "/v1/memberships/\(account)", body: #"{"role":"\#(role)"}"#,
      headers: [("Tenure-Tenant", tenant)])
    return (account, try await collectKey(for: account, role: role, offeredBy: key).text)
  }

  /// Offers a key to a person, and has them collect it: the last answer, and the token in it.
  package func collectKey(
    for account: String, role: String, offeredBy key: String
  ) async throws -> (answer: TestAnswer, text: String) {
    let offer = try await send(
      "POST", "/v1/keys", key: key,
      body: #"{"name":"test","role":"\#(role)","account_id":"\#(account)"}"#)
    let answer = try await send(
      "POST", "/v1/me/keys:collect", key: try await personToken(of: account),
      body: #"{"token":"\#(offer.json["token"]?.string ?? "")"}"#)
    return (answer, answer.json["token"]?.string ?? "")
  }

  /// A token of somebody whom the operator has signed in, with a second factor.
  package func personToken(of account: String) async throws -> String {
    let answer = try await send(
      "POST", "/v1/person_tokens",
      body: #"{"account_id":"\#(account)","assurance":"session","second_factor":true}"#)
    return answer.json["token"]?.string ?? ""
  }

  /// Has two persons of a tenant agree to what was asked for: the answer to the second.
  package func agree(
    to approval: String, in tenant: String, offeredBy key: String
  ) async throws -> TestAnswer {
    var answer = TestAnswer(status: 0, headers: [], bytes: [])
    for _ in 0..<2 {
      let person = try await makePerson(in: tenant, role: "owner", offeredBy: key)
      answer = try await send("POST", "/v1/approvals/\(approval):approve", key: person.key)
      if answer.json["state"]?.string == "approved" { break }
    }
    return answer
  }

  package func makeAccount(_ address: String) async throws -> TestAnswer {
    try await send(
      "POST", "/v1/accounts",
      body: #"{"display_name":"Ada","addresses":[{"address":"\#(address)"}]}"#)
  }

  /// An account in a tenant's custody, as only a takeover will bring about over HTTP; `own` is an
  /// address that the person keeps to themselves.
  package func makeAccount(
    inCustodyOf tenant: String, _ address: String, own: String? = nil
  ) async throws -> AccountID {
    let worker = service.firstWorker
    let id = try TenantID(parsing: tenant)
    let clock = self.clock
    return try await worker.loop.run {
      try await worker.placeAccount(
        address, own: own, in: SystemCaller(job: "test").access(to: id), at: clock.now)
    }
  }

  /// Has holds end whose time to cool is over, as the background does every ten minutes.
  package func coolHolds() async throws {
    let worker = service.firstWorker
    try await worker.loop.run { try await HoldRoutes.cooling(worker: worker).run() }
  }

  /// Forgets once what has had its time, as the background does every ten minutes.
  package func purge() async throws {
    let worker = service.firstWorker
    try await worker.loop.run { try await Purge(worker: worker).run() }
  }

  /// Tells once of what ends or is due soon, as the background does every hour.
  package func remind() async throws {
    let worker = service.firstWorker
    try await worker.loop.run { try await Reminders(worker: worker).run() }
  }

  /// Looks once which tenants' daily runs are to start.
  package func startDailyRetention() async throws {
    let worker = service.firstWorker
    try await worker.loop.run { try await RetentionRoutes.daily(worker: worker).run() }
  }

  /// Looks once whether every audit log is whole, as the background does every ten minutes.
  package func checkAuditLogs() async throws {
    let worker = service.firstWorker
    try await worker.loop.run { try await AuditCheck.rounds(worker: worker).run() }
  }

  /// Waits until all that is due in the background has been done: what has not happened then does
  /// not happen before the clock moves.
  package func drainJobs() async throws {
    let admin = try database.administrator()
    let due = """
      SELECT count(*) FROM tenure_global.jobs
      WHERE run_at <= '\(clock.now)' OR lease_until IS NOT NULL
      """
    if try await eventually(within: 20, { try admin.run(due) == ["0"] }) { return }
    // A lease that its holder could not give back runs out after ten seconds. Time stands still
    // here: it has to be let run out.
    try admin.run(
      """
      UPDATE tenure_global.jobs SET lease_until = '\(clock.now)'::timestamptz - interval '1 second'
      WHERE lease_until IS NOT NULL
      """)
    guard try await eventually({ try admin.run(due) == ["0"] }) else {
      throw JobsDoNotEnd(
        left: try admin.run(
          """
          SELECT kind || ' since ' || run_at || ' leased until ' || coalesce(lease_until::text, '-')
          FROM tenure_global.jobs WHERE run_at <= '\(clock.now)' OR lease_until IS NOT NULL
          """))
    }
  }

  /// Has addresses that became free rest no longer, whatever the time is.
  package func endRest() throws {
    try database.administrator().run("DELETE FROM tenure_global.resting_addresses")
  }

  /// Waits until every event that is due at an endpoint has been sent there, and that is recorded.
  package func drainDeliveries() async throws {
    let admin = try database.administrator()
    let due = """
      SELECT count(*) FROM tenure_global.deliveries AS due
      WHERE leased_until IS NOT NULL OR (next_at <= '\(clock.now)' AND NOT EXISTS (
        SELECT FROM tenure_global.deliveries AS earlier
        WHERE earlier.endpoint_id = due.endpoint_id AND earlier.subject = due.subject
          AND earlier.sequence < due.sequence))
      """
    guard try await eventually({ try admin.run(due) == ["0"] }) else {
      throw JobsDoNotEnd(left: ["deliveries"])
    }
  }

  /// What was due was not done in two minutes.
  package struct JobsDoNotEnd: Error {
    package let left: [String]
  }

  /// Waits until an operation has ended; answers its document.
  package func finish(_ operation: String, key: String? = nil) async throws -> JSONValue {
    var document = JSONValue.null
    try await eventually {
      document = try await get("/v1/operations/\(operation)", key: key).json
      return document["done"]?.bool == true
    }
    return document
  }
}

extension Service {
  /// The worker of the first loop, for tests that act as the service.
  package var firstWorker: Worker { workers[0] }
}
