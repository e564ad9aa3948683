import HTTP
package import Logging
package import Postgres
package import Reactor
package import Tenure
import TenureAPI
package import Vault

/// Everything one loop needs to serve: its database, its crypto contexts, its caches.
///
/// Confined to its loop. Workers share nothing that changes, except the rate limiter, whose lock is
/// held for nanoseconds.
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
  private var tenantKeys: [TenantID: (key: TenantKey, readAt: UInt64)] = [:]
  /// How long a tenant's key is believed to have no newer version; a new one is written with after
  /// twice that time.
  package static let keySeconds = 5

  package init(
    loop: EventLoop, database: Database, sealer: Sealer, keyring: Keyring,
    platformKey: TenantKey, clock: any Clock, log: Logger, limiter: RateLimiter,
    operations: Int, outbound: Outbound, terms: Terms
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
    metrics = Metrics(operations: operations)
    self.outbound = outbound
    self.terms = terms
    // Read anew when first asked for: the loop's clock is its own thread's to read.
    tenantKeys[.platform] = (platformKey, 0)
  }

  /// What the operator has set for one feature; an extension of the feature's own names it.
  package func terms<Value: Sendable>(_ type: Value.Type = Value.self) -> Value {
    terms.value(type)
  }

  /// The tenant's keys, unwrapped once per loop and version.
  package func tenantKey(_ access: Access) async throws -> TenantKey {
    if let known = tenantKeys[access.tenant],
      loop.now - known.readAt < UInt64(Self.keySeconds) * 1_000_000_000
    {
      return known.key
    }
    return try await readTenantKey(access)
  }

  /// Reads which versions there are; unwraps them where they are others than those known.
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

  /// Looks again and again for a newer version of the platform's key, which is used without asking.
  ///
  /// On the loop.
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

  /// How the directory knows a name: by a keyed hash.
  package func nameHash(_ name: String) throws -> [UInt8] { try blindIndex("name", name) }

  /// The hashes of the name an address lies on and of those above it down to two labels, one after
  /// the other: a claim can be on any of them.
  package func nameHashes(_ domain: String) throws -> [UInt8] {
    try Destination.names(of: domain).flatMap { try nameHash($0) }
  }

  /// HMAC that finds an address or external id without revealing it (a blind index).
  package func blindIndex(_ purpose: StaticString, _ value: String) throws -> [UInt8] {
    var message: [UInt8] = []
    purpose.withUTF8Buffer { message.append(contentsOf: $0) }
    message.append(0)
    message.append(contentsOf: value.utf8)
    return try sealer.digests.hmac(message, key: platformKey.index)
  }
}

/// What the operator has set for each feature, by the type that the feature keeps it in.
///
/// The kernel knows none of these types: whoever starts the service puts them together, and a worker
/// gives each back to its feature.
package struct Terms: Sendable {
  private var values: [ObjectIdentifier: any Sendable] = [:]

  package init() {}

  package mutating func set<Value: Sendable>(_ value: Value) {
    values[ObjectIdentifier(Value.self)] = value
  }

  /// Traps where the service was started without: a mistake of whoever wrote it, and seen at once.
  fileprivate func value<Value: Sendable>(_ type: Value.Type) -> Value {
    guard let value = values[ObjectIdentifier(type)] as? Value else {
      preconditionFailure("the service was started without \(type)")
    }
    return value
  }
}
