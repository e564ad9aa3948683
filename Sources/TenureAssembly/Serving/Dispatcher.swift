import CSystem
import Foundation
package import HTTP
import JSON
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI
import TenureKernel
import TenureServer
import Vault

/// Handles the requests of one loop: routes, authenticates, authorises, runs the handler, and turns
/// errors into problems.
package final class Dispatcher: HTTPService, @unchecked Sendable {
  static let bodyBytesMax = 1_024 * 1_024
  private static let requestIDBytesMax = 128

  private let worker: Worker
  private let router: Router
  private let tenantRate: Int
  private let operatorRate: Int
  private let failureRate: Int
  private let authenticator: Authenticator

  init(worker: Worker, keys: KeyCache, configuration: Configuration) {
    self.worker = worker
    tenantRate = configuration.int("tenant_rate")
    operatorRate = configuration.int("operator_rate")
    failureRate = configuration.int("failure_rate")
    authenticator = Authenticator(worker: worker, keys: keys, failureRate: failureRate)
    router = Router(Endpoints.all)
  }

  package func bodyPolicy(for request: HTTPRequest) -> BodyPolicy {
    // Only POST endpoints take streams, so other methods are not routed here.
    if request.method == .post,
      case .found(_, let endpoint, _) = router.match(.post, request.pathBytes),
      endpoint.body == .stream
    {
      return .streamed(bytesMax: ImportIntake.bodyBytesMax)
    }
    return .buffered(bytesMax: Self.bodyBytesMax)
  }

  package func refusal(status: Int, reason: StaticString) -> HTTPResponse {
    if status == 503 { worker.metrics.count(.overloaded) }
    let problem = Problem(.ofTransport(status: status), "\(reason)")
    let requestID = RequestID(at: worker.clock.now).description
    return finished(response(problem, requestID: requestID, instance: ""), requestID)
  }

  /// A caller who is not known is told so before they send a body.
  package func refusal(ofHead request: HTTPRequest) async -> HTTPResponse? {
    guard case .found(_, let endpoint, _) = router.match(request.method, request.pathBytes),
      endpoint.audience != .anyone
    else { return nil }
    let now = worker.clock.now
    do { _ = try await authenticator.authenticate(request, now: now) } catch {
      let requestID = Self.requestID(request, now)
      let problem = problem(error, requestID)
      return finished(
        response(problem, requestID: requestID, instance: request.path), requestID)
    }
    return nil
  }

  package func respond(to request: HTTPRequest) async -> HTTPResponse {
    let start = worker.loop.now
    let now = worker.clock.now
    let requestID = Self.requestID(request, now)
    var headers: [(name: StaticString, value: String)] = []
    var response: HTTPResponse
    var endpointID = ""
    switch router.match(request.method, request.pathBytes) {
    case .found(let index, let endpoint, let parameters):
      endpointID = endpoint.id
      do {
        let call = try Call(
          request: request, endpoint: endpoint, pathParameters: parameters, worker: worker,
          requestID: requestID, now: now)
        try await authorise(call, &headers)
        try Self.checkMediaType(call)
        response = try await endpoint.handler(call).makeResponse()
      } catch {
        var problem = problem(error, requestID)
        // What is no JSON comes before what is wrong with its content, which reading may have met
        // first.
        if problem.code == .validationFailed, !request.body.isEmpty,
          let malformed = JSONError(ofMalformed: request.body)
        {
          problem = Problem(malformed)
        }
        response = self.response(problem, requestID: requestID, instance: request.path)
      }
      let seconds = Double(csys_monotonic_ns() - start) / 1e9
      worker.metrics.record(endpoint: index, status: response.status, seconds: seconds)
    case _ where request.method == .other:
      response = self.response(
        Problem(.notImplemented, "the method is not known here"), requestID: requestID,
        instance: request.path)
    case .wrongMethod(let allowed):
      response = wrongMethod(request, allowed, requestID)
    case .none where request.method == .options && request.path == "*":
      // The service as a whole (RFC 9110 section 9.3.7).
      response = wrongMethod(
        request, [.get, .head, .post, .put, .patch, .delete, .options], requestID)
    case .none:
      response = self.response(
        Problem(.routeNotFound), requestID: requestID, instance: request.path)
    }
    response.headers += headers
    response = finished(response, requestID)
    log(request, response, endpointID, requestID)
    return response
  }

  /// With the headers that every answer has.
  private func finished(_ response: HTTPResponse, _ requestID: String) -> HTTPResponse {
    var response = response
    response.headers.append(("X-Request-Id", requestID))
    response.headers.append(("Cache-Control", "no-store"))
    return response
  }

  // MARK: Authentication and authorisation

  private func authorise(
    _ call: Call, _ headers: inout [(name: StaticString, value: String)]
  ) async throws {
    if call.endpoint.audience == .anyone {
      // For an endpoint without a key only the address can be limited, which is done where it
      // costs a look-up.
      if call.endpoint.method == .post { try limitAddress(call.request.peer) }
      return
    }
    let caller = try await authenticator.authenticate(call.request, now: call.now)
    call.caller = caller
    try limit(caller, &headers)
    _ = try Idempotency.key(call)
    switch call.endpoint.audience {
    case .anyone: return
    case .anyCaller: if caller.link != nil { throw Problem(.forbidden) }
    case .person:
      guard case .person = caller.plane, caller.link == nil else { throw Problem(.forbidden) }
    case .ownHand:
      guard case .person = caller.plane, caller.link == nil else { throw Problem(.forbidden) }
      try await PersonStanding.require(call)
    case .told:
      guard case .person = caller.plane else { throw Problem(.forbidden) }
    case .permission(let permission):
      let tenant = try chosenTenant(call, caller)
      let access = try caller.authorize(permission, in: tenant)
      // The operator may name a tenant that does not exist: such a tenant has no key.
      if tenant != caller.home { _ = try await worker.tenantKey(access) }
      call.authorised(access)
    }
  }

  private func limitAddress(_ peer: String) throws(Problem) {
    let decision = worker.limiter.take(.address(peer), limit: failureRate, now: worker.loop.now)
    if let decision, !decision.isAllowed { throw RateLimit.problem(decision) }
  }

  private func limit(
    _ caller: Caller, _ headers: inout [(name: StaticString, value: String)]
  ) throws {
    let isOperator = caller.plane == .platform
    let subject: RateLimiter.Subject =
      switch caller.plane {
      case .platform: .key(caller.key?.uuid ?? .zero)
      case .tenant: .tenant(caller.home.uuid)
      case .person(let account): .key(account.uuid)
      }
    guard
      let decision = worker.limiter.take(
        subject, limit: isOperator ? operatorRate : tenantRate, now: worker.loop.now)
    else { return }
    if !decision.isAllowed {
      worker.metrics.count(.rateLimited)
      throw RateLimit.problem(decision)
    }
    headers = RateLimit.headers(decision)
  }

  /// The tenant that the request is for: the key's own, or the one that the operator names.
  private func chosenTenant(_ call: Call, _ caller: Caller) throws -> TenantID {
    guard let text = call.request.header("tenure-tenant") else { return caller.home }
    guard call.request.values("tenure-tenant").count == 1,
      let tenant = try? TenantID(parsing: text)
    else {
      throw Problem(.notFound, "the header Tenure-Tenant names no tenant: 'ten_…' is expected")
    }
    return tenant
  }

  private static func checkMediaType(_ call: Call) throws(Problem) {
    let wanted: [String]
    switch call.endpoint.body {
    case .none:
      if !call.request.body.isEmpty {
        throw Problem(.unsupportedMediaType, "this endpoint takes no body")
      }
      return
    case .json: wanted = ["application/json"]
    case .mergePatch: wanted = ["application/merge-patch+json", "application/json"]
    case .stream: wanted = ["application/x-ndjson"]
    }
    let values = call.request.values("content-type")
    let parts = (values.first ?? "").split(separator: ";").map { $0.trimmingSpaces.lowercased() }
    guard values.count == 1, let type = parts.first, wanted.contains(type) else {
      throw Problem(.unsupportedMediaType, "the body must be \(wanted[0])")
    }
    // JSON is UTF-8 and knows no charset (RFC 8259 section 11); who names another means it.
    for part in parts.dropFirst() where part.hasPrefix("charset=") {
      let charset = part.dropFirst(8).trimmingPrefix("\"")
      guard charset == "utf-8" || charset == "utf-8\"" else {
        throw Problem(.unsupportedMediaType, "the body must be UTF-8")
      }
    }
    let codings = call.request.values("content-encoding").map { $0.lowercased() }
    guard codings.allSatisfy({ $0 == "identity" }) else {
      var problem = Problem(.unsupportedMediaType, "the body must not be compressed")
      // RFC 9110 section 12.5.3: what the server would take.
      problem.headers = [("Accept-Encoding", "identity")]
      throw problem
    }
  }

  // MARK: Problems

  private func problem(_ error: any Error, _ requestID: String) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as JSONError: return Problem(error)
    case Denial.notFound: return Problem(.notFound)
    case Denial.forbidden(let permission):
      return Problem(.forbidden, "the permission '\(permission.rawValue)' is needed")
    case let error as PostgresError where error.kind == .overloaded:
      // No line in the log for each: there are too many of them.
      worker.metrics.count(.overloaded)
      var problem = Problem(.unavailable, "there are too many requests at once")
      problem.headers = [("Retry-After", "1")]
      return problem
    case let error as PostgresError where error.kind != .refused && error.kind != .decoding:
      worker.log.warning(
        "the database did not answer",
        metadata: ["request_id": "\(requestID)", "error": "\(error.kind)"])
      var problem = Problem(error.kind == .commitUnknown ? .outcomeUnknown : .unavailable)
      problem.headers = [("Retry-After", "5")]
      return problem
    case let error as PostgresError where error.constraint == "key_epochs_only_grow":
      // Another process has begun a new epoch: the next try uses it.
      worker.keyring.epochs.refresh()
      var problem = Problem(.unavailable)
      problem.headers = [("Retry-After", "1")]
      return problem
    case let error as PostgresError where error.isTimeout || error.isLockTimeout:
      var problem = Problem(.unavailable)
      problem.headers = [("Retry-After", "1")]
      return problem
    default:
      // The message may quote values, so the log gets only the error's code and constraint.
      let quiet = (error as? PostgresError).map { "\($0.sqlState) \($0.constraint)" } ?? "\(error)"
      worker.log.error(
        "a request failed", metadata: ["request_id": "\(requestID)", "error": "\(quiet)"])
      return Problem(.internalError)
    }
  }

  private func response(_ problem: Problem, requestID: String, instance: String) -> HTTPResponse {
    var writer = JSONWriter()
    ProblemView(problem, requestID: requestID, instance: instance).write(to: &writer)
    var response = HTTPResponse(
      status: problem.code.entry.status, contentType: "application/problem+json",
      body: writer.bytes)
    response.headers = problem.headers
    return response
  }

  private func wrongMethod(
    _ request: HTTPRequest, _ allowed: [HTTPMethod], _ requestID: String
  ) -> HTTPResponse {
    let allow = allowed.map(\.rawValue).joined(separator: ", ")
    var response =
      request.method == .options
      ? HTTPResponse(status: 204)
      : self.response(Problem(.methodNotAllowed), requestID: requestID, instance: request.path)
    response.headers.append(("Allow", allow))
    return response
  }

  /// The id that the client gives the request, and otherwise a new one.
  private static func requestID(_ request: HTTPRequest, _ now: Timestamp) -> String {
    guard let text = request.header("x-request-id"),
      (1...requestIDBytesMax).contains(text.utf8.count),
      text.utf8.allSatisfy({ byte in
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D || byte == 0x5F
          || byte == 0x2E || byte == 0x3A
      })
    else { return RequestID(at: now).description }
    return text
  }

  /// Logs one line per request at debug level, and at warning level for faults of the service.
  ///
  /// Paths hold only ids; queries and bodies are never logged.
  private func log(
    _ request: HTTPRequest, _ response: HTTPResponse, _ endpoint: String, _ requestID: String
  ) {
    // 503 is told of where it comes from.
    let level: Logger.Level =
      response.status >= 500 && response.status != 503 ? .warning : .debug
    if worker.log.logLevel > level { return }
    worker.log.log(
      level: level, "request",
      metadata: [
        "request_id": "\(requestID)", "operation": "\(endpoint)", "status": "\(response.status)",
      ])
  }
}
