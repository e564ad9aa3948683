import CSystem
import Foundation
import HTTP
package import Logging
import Postgres
import Reactor
import Tenure
package import TenureKernel
import TenureSchema
package import TenureServer
import Vault

/// The service in one process: event loops with their workers, listeners, and jobs.
package final class Service: @unchecked Sendable {
  private static let drainSeconds = 25
  private static let trimPause = Duration.seconds(20)

  package let configuration: Configuration
  private let clock: any Clock
  private let log: Logger
  private let domains: DomainRules?
  private let pool: WorkerPool
  private let loops: [EventLoop]
  package private(set) var workers: [Worker] = []
  private var servers: [HTTPServer] = []
  /// The cache of keys of each worker's loop.
  private var keyCaches: [KeyCache] = []
  private var runners: [JobRunner] = []
  private var rounds: [TenantRounds] = []
  private var deliveries: [WebhookDelivery] = []
  private var acceptor: Acceptor?
  private var metricsAcceptor: Acceptor?
  private var notifications: Notifications?
  private let tls = Lock()
  private var tlsContext: TLSContext?
  /// How many erasures were repeated at the start, because a restored database did not know of
  /// them.
  package private(set) var repeatedErasures = 0

  /// `domains` are the lists of domains where they are loaded already; otherwise they are read from
  /// the files that the settings name.
  package init(
    configuration: Configuration, clock: any Clock, log: Logger, domains: DomainRules? = nil
  ) {
    self.configuration = configuration
    self.clock = clock
    self.log = log
    self.domains = domains
    pool = WorkerPool(threads: 4)
    let wanted = configuration.int("loops")
    let count = wanted > 0 ? wanted : max(1, ProcessInfo.processInfo.activeProcessorCount)
    loops = (0..<count).map { EventLoop(name: "loop-\($0)") }
  }

  /// The port of the API; 0 before `start`.
  package var port: Int { acceptor?.port ?? 0 }

  /// Prepares everything, and listens.
  ///
  /// Throws an error with a message for the operator.
  package func start() async throws {
    let context = try servedContext()
    tls.withLock { tlsContext = context }
    let bootstrap = try await prepare()
    let first = workers[0]
    let keyFile = configuration["operator_key_file"]
    if !keyFile.isEmpty {
      try await loops[0].run { try await FirstOperatorKey.make(into: keyFile, first) }
    }
    try await listen(bootstrap)
  }

  /// Runs `body` with a worker, without serving: the schema is migrated, the keys are unwrapped,
  /// the database is connected.
  ///
  /// `whileRestoring` is for the restore only: everybody else must refuse a half restored database.
  package func maintain<Value: Sendable>(
    whileRestoring: Bool = false,
    _ body: @escaping @Sendable (Worker) async throws -> Value
  ) async throws -> Value {
    _ = try await prepare(whileRestoring: whileRestoring)
    let first = workers[0]
    let value = try await loops[0].run { try await body(first) }
    await stop()
    return value
  }

  /// Migrates, unwraps the keys, connects, and repeats the erasures that a restored database does
  /// not know of.
  private func prepare(whileRestoring: Bool = false) async throws -> Bootstrap {
    let keyring = try RootKeySource.keyring(configuration)
    let bootstrap = Bootstrap(
      configuration: configuration, keyring: keyring, clock: clock, log: log)
    try await pool.run { try bootstrap.migrate(whileRestoring: whileRestoring) }
    loops.forEach { $0.start() }
    let limiter = RateLimiter()
    let terms = try terms()
    let resolvers = try Resolvers(setting: configuration["resolvers"])
    let clientTLS = try trustedContext()
    let allowsPrivate = configuration["outbound_private"] == "true"
    let now = clock.now
    for loop in loops {
      let database = Database(source: bootstrap.source, loop: loop, workers: pool)
      try await loop.run { database.start() }
      let platformKey = try await loop.run {
        try await PlatformTenant.key(database, keyring: keyring, at: now)
      }
      let worker = Worker(
        loop: loop, database: database, sealer: try Sealer(), keyring: keyring,
        platformKey: platformKey, clock: clock, log: log, limiter: limiter,
        endpoints: Endpoints.all.count,
        outbound: Outbound(
          client: Self.client(loop, clientTLS, allowsPrivate: allowsPrivate),
          resolvers: resolvers, allowsPrivate: allowsPrivate, pool: pool),
        terms: terms)
      workers.append(worker)
    }
    let record = ErasureRecord(worker: workers[0])
    repeatedErasures = try await loops[0].run {
      try await record.replay(endHolds: bootstrap.endRestoredHolds)
    }
    return bootstrap
  }

  /// The operator's settings for each feature.
  private func terms() throws -> Terms {
    var terms = Terms()
    terms.set(
      try domains
        ?? DomainRules(
          suffixes: configuration["public_suffix_list"],
          mailProviders: configuration["mail_providers"]))
    terms.set(ReceiptKeys(configuration.receiptKeys))
    terms.set(NoticeDays(configuration.int("notice_days")))
    terms.set(
      DisposalWait(
        hoursByTwo: configuration.int("erasure_wait_hours"),
        hoursByOne: configuration.int("erasure_alone_wait_hours")))
    terms.set(
      ErasureTerms(
        directory: configuration["vault_dir"], epochDays: configuration.int("epoch_days")))
    return terms
  }

  private static func client(
    _ loop: EventLoop, _ tls: TLSContext, allowsPrivate: Bool
  ) -> HTTPClient {
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = !allowsPrivate
    return HTTPClient(loop: loop, tls: tls, limits: limits)
  }

  private func listen(_ bootstrap: Bootstrap) async throws {
    for worker in workers {
      let keys = KeyCache()
      keyCaches.append(keys)
      let dispatcher = Dispatcher(worker: worker, keys: keys, configuration: configuration)
      let server = HTTPServer(loop: worker.loop, service: dispatcher)
      servers.append(server)
      let runner = JobRunner(worker: worker)
      runners.append(runner)
      let delivery = WebhookDelivery(worker: worker)
      deliveries.append(delivery)
      try await worker.loop.run {
        server.start()
        runner.start()
        delivery.start()
        worker.watchPlatformKey()
      }
    }
    try await hearRevocations(bootstrap)
    rounds = Jobs.rounds(workers[0], configuration)
    if configuration["vault_dir"].isEmpty {
      log.warning("vault_dir is not set: what is erased stays readable in old backups")
    }
    let rounds = rounds
    try await loops[0].run { [self] in
      for round in rounds { round.start() }
      trimMemory()
    }
    guard let (host, port) = configuration.address("listen") else { return }
    let acceptor = try Acceptor(host: host, port: port, servers: servers) { [self] in
      tls.withLock { tlsContext }
    }
    acceptor.start()
    self.acceptor = acceptor
    if let (host, port) = configuration.address("metrics_listen") {
      let metrics = HTTPServer(
        loop: loops[0], service: MetricsService(workers: workers, servers: servers))
      try await loops[0].run { metrics.start() }
      let acceptor = try Acceptor(host: host, port: port, servers: [metrics]) { nil }
      acceptor.start()
      metricsAcceptor = acceptor
    }
  }

  /// Gives back, again and again, the memory that a burst has left free: libc would keep it.
  private func trimMemory() {
    loops[0].schedule(after: Self.trimPause) { [weak self] in
      guard let self else { return }
      // It walks through all of the heap.
      Task { [pool] in try? await pool.run { csys_trim_memory() } }
      trimMemory()
    }
  }

  /// Makes every loop forget a key that any process has revoked.
  private func hearRevocations(_ bootstrap: Bootstrap) async throws {
    let caches = Array(zip(workers, keyCaches))
    let notifications = Notifications(
      source: bootstrap.source, channels: [KeyStore.channel], loop: loops[0], workers: pool,
      changed: { isListening in
        for (worker, keys) in caches {
          worker.loop.execute {
            keys.forget("")
            keys.isListening = isListening
          }
        }
      },
      received: { _, reference in
        for (worker, keys) in caches { worker.loop.execute { keys.forget(reference) } }
      })
    self.notifications = notifications
    try await loops[0].run { notifications.start() }
  }

  /// Reads the certificate and the trusted roots again, for new connections.
  ///
  /// If one of them cannot be read, both stay as they were.
  package func reloadCertificates() throws {
    let (served, trusted) = (try servedContext(), try trustedContext())
    tls.withLock { tlsContext = served }
    for worker in workers { worker.loop.execute { worker.outbound.client.use(trusted) } }
  }

  /// The TLS context of the API; nil for plain text.
  private func servedContext() throws -> TLSContext? {
    let certificate = configuration["tls_certificate"]
    if certificate.isEmpty { return nil }
    return try TLSContext(certificateFile: certificate, keyFile: configuration["tls_key"])
  }

  /// The TLS context by which receivers of webhooks are verified.
  private func trustedContext() throws -> TLSContext {
    let roots = configuration["outbound_roots"]
    return try TLSContext(clientRootsFile: roots.isEmpty ? nil : roots)
  }

  /// Stops without breaking requests.
  ///
  /// For `drain_seconds` it says that it is not ready, still accepts clients, and ends each
  /// connection with its next answer. Then nobody is accepted any more, idle connections are closed,
  /// what has begun is answered, and what still runs after 25 seconds is aborted.
  package func stop() async {
    for (worker, server) in zip(workers, servers) {
      try? await worker.loop.run {
        worker.isEnding = true
        server.announceEnd()
      }
    }
    if let acceptor {
      try? await Task.sleep(for: .seconds(configuration.int("drain_seconds")))
      await acceptor.stop()
    }
    await metricsAcceptor?.stop()
    for (worker, (runner, delivery)) in zip(workers, zip(runners, deliveries)) {
      worker.loop.execute {
        runner.stop()
        delivery.stop()
      }
    }
    let rounds = rounds
    loops[0].execute { for round in rounds { round.stop() } }
    for worker in workers { worker.loop.execute { worker.stopWatching() } }
    for server in servers { try? await server.loop.run { server.drain() } }
    let deadline = ContinuousClock.now + .seconds(Self.drainSeconds)
    while ContinuousClock.now < deadline {
      var open = 0
      for (server, (runner, delivery)) in zip(servers, zip(runners, deliveries)) {
        let working = try? await server.loop.run {
          server.connectionCount + (runner.isIdle ? 0 : 1) + (delivery.isIdle ? 0 : 1)
        }
        open += working ?? 0
      }
      if open == 0 { break }
      try? await Task.sleep(for: .milliseconds(20))
    }
    let notifications = self.notifications
    try? await loops[0].run { notifications?.close() }
    for worker in workers { try? await worker.loop.run { worker.database.close() } }
    loops.forEach { $0.stop() }
  }
}
