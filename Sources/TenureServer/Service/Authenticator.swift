import HTTP
import Postgres
import Reactor
import Tenure
import TenureAPI
import Vault

/// A key as the authenticator needs it.
struct KeyRecord: Sendable {
  let id: KeyID
  let tenant: TenantID
  let digest: [UInt8]
  let caller: Caller
  let expiresAt: Timestamp
  let revokedAt: Timestamp?
  let isTenantSuspended: Bool
  let standing: Standing

  /// Whether it is its holder's, who is still somebody here.
  enum Standing: Sendable {
    case own
    /// Made for a person who has not taken it up.
    case offered
    /// Its holder has no role in the tenant any more, or may not sign in.
    case gone
  }
}

/// Keys looked up lately, on one loop.
///
/// Revocation is heard by LISTEN in every process; while nobody listens, nothing is believed for
/// longer than a second.
final class KeyCache: @unchecked Sendable {
  static let entriesMax = 10_000
  private static let ageMaxListening: Int64 = 60_000_000
  private static let ageMaxDeaf: Int64 = 1_000_000

  private var entries: [String: (record: KeyRecord, at: Timestamp)] = [:]
  var isListening = false

  func find(_ reference: String, now: Timestamp) -> KeyRecord? {
    guard let entry = entries[reference] else { return nil }
    let age = now.microseconds - entry.at.microseconds
    // Nobody is told when a person's role or account ends, and their key with it.
    let isHeard = isListening && entry.record.caller.holder == nil
    if age > (isHeard ? Self.ageMaxListening : Self.ageMaxDeaf) || age < 0 {
      entries[reference] = nil
      return nil
    }
    return entry.record
  }

  func keep(_ reference: String, _ record: KeyRecord, now: Timestamp) {
    if entries.count >= Self.entriesMax { entries.removeAll(keepingCapacity: true) }
    entries[reference] = (record, now)
  }

  /// Forgets one key, or all of them where the name is empty.
  func forget(_ reference: String) {
    if reference.isEmpty {
      entries.removeAll(keepingCapacity: true)
    } else {
      entries[reference] = nil
    }
  }
}

/// Finds out who is calling: bearer key → digest → caller (RFC 6750).
enum Authenticator {
  /// `failureRate` is how often one address may fail in a minute; 0 for any.
  static func authenticate(
    _ request: HTTPRequest, on worker: Worker, now: Timestamp, failureRate: Int
  ) async throws -> Caller {
    do {
      return try await caller(request, worker, now)
    } catch let problem as Problem where problem.code.entry.status == 401 {
      worker.metrics.countUnauthenticated()
      let decision = worker.limiter.take(
        .address(request.peer), limit: failureRate, now: worker.loop.now)
      if let decision, !decision.isAllowed { throw RateLimit.problem(decision) }
      throw problem
    }
  }

  private static func caller(
    _ request: HTTPRequest, _ worker: Worker, _ now: Timestamp
  ) async throws -> Caller {
    guard let header = request.headerBytes("authorization") else {
      throw refusal(.unauthenticated, error: nil)
    }
    if request.values("authorization").count > 1 { throw refusal(.unauthenticated) }
    let scheme = header.prefix { $0 != 0x20 }
    guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else {
      throw refusal(.unauthenticated, error: nil)
    }
    if LinkToken.isLink(header.dropFirst(7)) {
      return try await holder(of: header.dropFirst(7), worker, now)
    }
    guard let token = KeyToken(parsing: header.dropFirst(7)) else { throw refusal(.keyMalformed) }
    let record: KeyRecord
    if let cached = worker.keys.find(token.reference, now: now) {
      record = cached
    } else {
      guard let found = try await KeyStore.record(token.reference, worker.database) else {
        throw refusal(.keyUnknown)
      }
      worker.keys.keep(token.reference, found, now: now)
      record = found
    }
    let digest = try worker.sealer.digests.sha256(token.secret)
    guard constantTimeEqual(digest, record.digest) else { throw refusal(.keyUnknown) }
    // Only the holder of the secret learns what has become of the key.
    if let revokedAt = record.revokedAt, revokedAt <= now { throw refusal(.keyRevoked) }
    if record.expiresAt <= now { throw refusal(.keyExpired) }
    switch record.standing {
    case .own: break
    case .offered: throw refusal(.keyOffered)
    case .gone: throw refusal(.keyHolderGone)
    }
    if record.isTenantSuspended { throw Problem(.tenantSuspended) }
    return record.caller
  }

  /// The person a link was sent to, by its token.
  ///
  /// Asking changes nothing, so that a mail scanner that follows it does no harm.
  private static func holder(
    of text: ArraySlice<UInt8>, _ worker: Worker, _ now: Timestamp
  ) async throws -> Caller {
    guard let token = LinkToken(parsing: text) else { throw refusal(.keyMalformed) }
    let expected = try worker.token(of: token.link)
    guard constantTimeEqual(token.digest, expected.digest) else { throw refusal(.keyUnknown) }
    let account =
      switch token.link {
      case .notice(let id, let destination): try await reader(of: id, destination, worker)
      case .package(let id): try await reader(of: id, worker, now)
      }
    return Caller(
      plane: .person(account), key: nil, link: token.link, home: .platform, role: .auditor,
      permissions: [])
  }

  /// Whom a notice is for: while the case is open, nothing was decided about it, and the link of this
  /// destination was not used up.
  private static func reader(
    of id: CaseID, _ destination: DestinationID, _ worker: Worker
  ) async throws -> AccountID {
    guard let (tenant, account) = try await CaseStore.tenant(of: id, worker.database) else {
      throw refusal(.keyUnknown)
    }
    let access = SystemCaller(job: "notice_link").access(to: tenant)
    let rows = try await worker.database.run([
      access.context, CaseStore.find(id, access),
      DestinationStore.find(destination, of: id, access),
    ])
    guard let item = try rows[1].first.map({ try CaseStore.view($0, access) }),
      let place = try rows[2].first.map(DestinationStore.destination)
    else { throw refusal(.keyUnknown) }
    if item.linkUsedAt != nil || place.linkUsedAt != nil { throw refusal(.keyRevoked) }
    if !item.isAnswerable { throw refusal(.keyExpired) }
    return account
  }

  /// Whom a package is for: until it is thrown away, or its link was used and some time has passed,
  /// in which a download that broke off can be repeated.
  private static func reader(
    of id: SubjectRequestID, _ worker: Worker, _ now: Timestamp
  ) async throws -> AccountID {
    guard let (tenant, account) = try await SubjectRequestStore.tenant(of: id, worker.database)
    else { throw refusal(.keyUnknown) }
    let access = SystemCaller(job: "package_link").access(to: tenant)
    let rows = try await worker.database.find(access, PackageStore.find(id, access))
    guard let package = try rows.first.map(PackageStore.package), let expiresAt = package.expiresAt
    else { throw refusal(.keyUnknown) }
    if let collectedAt = package.collectedAt,
      collectedAt.adding(seconds: PackageStore.repeatSeconds) <= now
    {
      throw refusal(.keyRevoked)
    }
    if expiresAt <= now { throw refusal(.keyExpired) }
    return account
  }

  private static func refusal(_ code: ProblemCode, error: String? = "invalid_token") -> Problem {
    var problem = Problem(code)
    let parameters = error.map { #", error="\#($0)""# } ?? ""
    problem.headers = [("WWW-Authenticate", #"Bearer realm="tenure""# + parameters)]
    return problem
  }
}

/// The headers of draft-ietf-httpapi-ratelimit-headers, and the refusal.
enum RateLimit {
  static func headers(_ decision: RateLimiter.Decision) -> [(name: StaticString, value: String)] {
    [
      ("RateLimit-Policy", #""default";q=\#(decision.limit);w=\#(RateLimiter.windowSeconds)"#),
      ("RateLimit", #""default";r=\#(decision.remaining);t=\#(decision.seconds)"#),
    ]
  }

  static func problem(_ decision: RateLimiter.Decision) -> Problem {
    var problem = Problem(.rateLimited)
    problem.headers = headers(decision) + [("Retry-After", String(decision.seconds))]
    return problem
  }
}
