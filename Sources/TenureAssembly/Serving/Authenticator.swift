import HTTP
import Reactor
import Tenure
import TenureAPI
import TenureKernel
import TenureServer

/// Finds the caller of a request by asking each sign-in scheme in turn for the credential.
struct Authenticator: Sendable {
  private let worker: Worker
  private let schemes: [any SignInScheme]
  /// How many failures one address may have in a minute; 0 for any number.
  private let failureRate: Int

  /// Sets up the sign-in schemes, the most common first; `keys` is this loop's cache.
  init(worker: Worker, keys: KeyCache, failureRate: Int) {
    self.worker = worker
    self.failureRate = failureRate
    schemes = [
      KeySignIn(worker: worker, cache: keys), NoticeLinkSignIn(worker: worker),
      PackageLinkSignIn(worker: worker),
    ]
  }

  func authenticate(_ request: HTTPRequest, now: Timestamp) async throws -> Caller {
    do {
      return try await caller(request, now)
    } catch let problem as Problem where problem.code.entry.status == 401 {
      worker.metrics.count(.unauthenticated)
      let decision = worker.limiter.take(
        .address(request.peer), limit: failureRate, now: worker.loop.now)
      if let decision, !decision.isAllowed { throw RateLimit.problem(decision) }
      throw problem
    }
  }

  private func caller(_ request: HTTPRequest, _ now: Timestamp) async throws -> Caller {
    guard let header = request.headerBytes("authorization") else {
      throw Problem.unauthenticated(.unauthenticated, error: nil)
    }
    if request.values("authorization").count > 1 {
      throw Problem.unauthenticated(.unauthenticated)
    }
    let scheme = header.prefix { $0 != 0x20 }
    guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else {
      throw Problem.unauthenticated(.unauthenticated, error: nil)
    }
    let credential = header.dropFirst(7)
    for scheme in schemes {
      if let caller = try await scheme.caller(credential, now: now) { return caller }
    }
    throw Problem.unauthenticated(.keyMalformed)
  }
}

/// The headers of draft-ietf-httpapi-ratelimit-headers, and the refusal that goes with them.
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
