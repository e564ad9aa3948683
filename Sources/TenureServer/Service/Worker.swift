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
  package let platformKey: TenantKey
  let limiter: RateLimiter
  let keys: KeyCache
  let readAudit: ReadAudit
  let metrics: Metrics
  let outbound: Outbound
  let domains: DomainRules
  /// Public keys that sign receipts of notices.
  let receiptKeys: [[UInt8]]
  /// Days of notice where a takeover does not say.
  let noticeDays: Int
  /// Days of a key epoch; nil where there are no epochs.
  let epochDays: Int?
  /// What was erased, outside the database; nil where there is no directory for it.
  let ledger: ErasureLedger?
  private var tenantKeys: [TenantID: TenantKey] = [:]

  init(
    loop: EventLoop, database: Database, sealer: Sealer, keyring: Keyring,
    platformKey: TenantKey, clock: any Clock, log: Logger, limiter: RateLimiter,
    operations: Int, outbound: Outbound, domains: DomainRules, receiptKeys: [[UInt8]],
    noticeDays: Int, epochDays: Int?, ledger: ErasureLedger?
  ) {
    self.loop = loop
    self.database = database
    self.sealer = sealer
    self.keyring = keyring
    self.platformKey = platformKey
    self.clock = clock
    self.log = log
    self.limiter = limiter
    keys = KeyCache()
    readAudit = ReadAudit(database: database)
    metrics = Metrics(operations: operations)
    self.outbound = outbound
    self.domains = domains
    self.receiptKeys = receiptKeys
    self.noticeDays = noticeDays
    self.epochDays = epochDays
    self.ledger = ledger
    tenantKeys[.platform] = platformKey
  }

  /// The tenant's keys, unwrapped once per loop.
  package func tenantKey(_ access: Access) async throws -> TenantKey {
    if let key = tenantKeys[access.tenant] { return key }
    guard let wrapped = try await TenantKeyStore.current(database, access) else {
      throw Problem(.notFound)
    }
    let key = try keyring.unwrapTenantKey(
      wrapped.key, rootID: wrapped.rootID, tenant: access.tenant.uuid, sealer: sealer)
    tenantKeys[access.tenant] = key
    return key
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
