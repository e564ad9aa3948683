import HTTP
package import Logging
package import Postgres
package import Reactor
package import Tenure
import TenureAPI
package import Vault

/// Everything that one event loop needs to serve: its database connections, crypto contexts and
/// caches.
///
/// A worker is confined to its loop. Workers share only the rate limiter, whose lock is held for
/// nanoseconds.
package final class Worker: @unchecked Sendable {
  package let loop: EventLoop
  package let database: Database
  package let sealer: Sealer
  package let keyring: Keyring
  package let clock: any Clock
  package let log: Logger
  package private(set) var platformKey: TenantKey
  package let limiter: RateLimiter
  package let readAudit: ReadAudit
  package let metrics: Metrics
  package let outbound: Outbound
  private let terms: Terms
  private var isStopping = false
  /// Whether the service is about to stop: it serves, and says that it is not ready.
  package var isEnding = false
  private var tenantKeys: [TenantID: (key: TenantKey, readAt: UInt64)] = [:]
  /// Seconds for which the versions of a tenant's key are cached; a new version comes into use
  /// after twice that time.
  package static let keySeconds = 5

  package init(
    loop: EventLoop, database: Database, sealer: Sealer, keyring: Keyring,
    platformKey: TenantKey, clock: any Clock, log: Logger, limiter: RateLimiter,
    endpoints: Int, outbound: Outbound, terms: Terms
  ) {
    self.loop = loop
    self.database = database
    self.sealer = sealer
    self.keyring = keyring
    self.platformKey = platformKey
    self.clock = clock
    self.log = log
    self.limiter = limiter
    readAudit = ReadAudit(database: database)
    metrics = Metrics(endpoints: endpoints)
    self.outbound = outbound
    self.terms = terms
    // A time of 0 makes the first use read it again; only the loop's own thread may read the loop's
    // clock here.
    tenantKeys[.platform] = (platformKey, 0)
  }

  /// The operator's settings for one feature; each feature has an extension that names its own.
  package func terms<Value: Sendable>(_ type: Value.Type = Value.self) -> Value {
    terms.value(type)
  }

  /// The tenant's key with all versions, unwrapped once for each loop and version.
  package func tenantKey(_ access: Access) async throws -> TenantKey {
    if let known = tenantKeys[access.tenant],
      loop.now - known.readAt < UInt64(Self.keySeconds) * 1_000_000_000
    {
      return known.key
    }
    return try await readTenantKey(access)
  }

  /// Reads the versions of the tenant's key, and unwraps them if they are not those in the cache.
  @discardableResult
  package func readTenantKey(_ access: Access) async throws -> TenantKey {
    let readAt = loop.now
    guard let found = try await TenantKeyStore.versions(at: clock.now, database, access) else {
      throw Problem(.notFound)
    }
    var key: TenantKey
    if let known = tenantKeys[access.tenant]?.key, known.known == found.numbers,
      known.version == found.writing
    {
      key = known
    } else {
      key = try keyring.unwrapTenantKey(
        found.keys, writing: found.writing, tenant: access.tenant.uuid, sealer: sealer)
    }
    tenantKeys[access.tenant] = (key, readAt)
    if access.tenant == .platform { platformKey = key }
    return key
  }

  /// Looks for newer versions of the platform's key regularly, because `platformKey` is used
  /// without a look.
  ///
  /// Call it on the loop.
  package func watchPlatformKey() {
    Task.immediate(executorPreference: loop) { [weak self] in
      while let self, !isStopping {
        await loop.sleep(for: .seconds(Self.keySeconds))
        if isStopping { return }
        _ = try? await readTenantKey(SystemCaller(job: "platform_key").access(to: .platform))
      }
    }
  }

  package func stopWatching() { isStopping = true }

  /// The keyed hash by which the directory knows a domain.
  package func nameHash(_ name: String) throws -> [UInt8] { try blindIndex("name", name) }

  /// The hashes of an address's domain and of its parents, down to two labels, one after the other:
  /// a claim may be on any of them.
  package func nameHashes(_ domain: String) throws -> [UInt8] {
    try Destination.names(of: domain).flatMap { try nameHash($0) }
  }

  /// The HMAC by which an address or external id is found without being stored readably (a blind
  /// index).
  package func blindIndex(_ purpose: StaticString, _ value: String) throws -> [UInt8] {
    var message: [UInt8] = []
    purpose.withUTF8Buffer { message.append(contentsOf: $0) }
    message.append(0)
    message.append(contentsOf: value.utf8)
    return try sealer.digests.hmac(message, key: platformKey.index)
  }
}

/// The operator's settings for each feature, by the type that the feature keeps them in.
///
/// The kernel knows none of these types: the assembly puts them in, and each feature gets its own
/// back.
package struct Terms: Sendable {
  private var values: [ObjectIdentifier: any Sendable] = [:]

  package init() {}

  package mutating func set<Value: Sendable>(_ value: Value) {
    values[ObjectIdentifier(Value.self)] = value
  }

  /// Traps where the assembly has put none in, which is a programming error that shows at the first
  /// use.
  fileprivate func value<Value: Sendable>(_ type: Value.Type) -> Value {
    guard let value = values[ObjectIdentifier(type)] as? Value else {
      preconditionFailure("the service was started without \(type)")
    }
    return value
  }
}
