import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// A key with what is needed to authenticate its caller.
struct KeyRecord: Sendable {
  let id: KeyID
  let tenant: TenantID
  let digest: [UInt8]
  let caller: Caller
  let expiresAt: Timestamp
  let revokedAt: Timestamp?
  let isTenantSuspended: Bool
  let standing: Standing

  /// Whether the key can be used, by what its holder is.
  enum Standing: Sendable {
    /// A service's key, or one whose person has a role and may sign in.
    case own
    /// Made for a person who has not collected it.
    case offered
    /// Its holder has no role in the tenant any more, or may not sign in.
    case gone
  }
}

/// Caches the keys that were looked up lately, on one event loop.
///
/// Every process hears of revocations by LISTEN. While it does not listen, entries are used for no
/// more than a second.
package final class KeyCache: @unchecked Sendable {
  package static let entriesMax = 10_000
  private static let ageMaxListening: Int64 = 60_000_000
  private static let ageMaxDeaf: Int64 = 1_000_000

  private var entries: [String: (record: KeyRecord, at: Timestamp)] = [:]
  package var isListening = false
  /// How often something was forgotten.
  private(set) var forgotten = 0

  package init() {}

  func find(_ reference: String, now: Timestamp) -> KeyRecord? {
    guard let entry = entries[reference] else { return nil }
    let age = now.microseconds - entry.at.microseconds
    // Nobody is notified when a person loses their role or account, and so their key.
    let isHeard = isListening && entry.record.caller.holder == nil
    if age > (isHeard ? Self.ageMaxListening : Self.ageMaxDeaf) || age < 0 {
      entries[reference] = nil
      return nil
    }
    return entry.record
  }

  /// Caches a key that was looked up.
  ///
  /// `forgotten` is the count from before it was looked up: a revocation that was heard of meanwhile
  /// may be of this key, and newer than what was read.
  func keep(_ reference: String, _ record: KeyRecord, now: Timestamp, since forgotten: Int) {
    if forgotten != self.forgotten { return }
    if entries.count >= Self.entriesMax { entries.removeAll(keepingCapacity: true) }
    entries[reference] = (record, now)
  }

  /// Forgets one key, or all of them where the name is empty.
  package func forget(_ reference: String) {
    forgotten += 1
    if reference.isEmpty {
      entries.removeAll(keepingCapacity: true)
    } else {
      entries[reference] = nil
    }
  }
}

/// Sign-in by a key: from the bearer token by its digest to the caller (RFC 6750).
package struct KeySignIn: SignInScheme {
  private let worker: Worker
  private let cache: KeyCache

  package init(worker: Worker, cache: KeyCache) {
    self.worker = worker
    self.cache = cache
  }

  package func caller(
    _ credential: ArraySlice<UInt8>, now: Timestamp
  ) async throws -> Caller? {
    guard let token = KeyToken(parsing: credential) else { return nil }
    if let cached = cache.find(token.reference, now: now) {
      // Nobody is refused by what is cached: it may have been collected, rotated or reinstated since.
      do { return try caller(token, cached, now) } catch is Problem {}
    }
    let forgotten = cache.forgotten
    guard let found = try await KeyStore.record(token.reference, worker.database) else {
      throw Problem.unauthenticated(.keyUnknown)
    }
    cache.keep(token.reference, found, now: now, since: forgotten)
    return try caller(token, found, now)
  }

  private func caller(
    _ token: KeyToken, _ record: KeyRecord, _ now: Timestamp
  ) throws -> Caller {
    let digest = try worker.sealer.digests.sha256(token.secret)
    guard constantTimeEqual(digest, record.digest) else {
      throw Problem.unauthenticated(.keyUnknown)
    }
    // Only a caller with the right secret learns that the key is revoked.
    if let revokedAt = record.revokedAt, revokedAt <= now {
      throw Problem.unauthenticated(.keyRevoked)
    }
    if record.expiresAt <= now { throw Problem.unauthenticated(.keyExpired) }
    switch record.standing {
    case .own: break
    case .offered: throw Problem.unauthenticated(.keyOffered)
    case .gone: throw Problem.unauthenticated(.keyHolderGone)
    }
    if record.isTenantSuspended { throw Problem(.tenantSuspended) }
    return record.caller
  }
}
