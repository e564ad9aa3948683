import Foundation
import HTTP
import JSON
import Reactor
import Tenure
import TenureAPI

/// Speaks to the service: one request a connection, retries where repeating is safe.
final class Client: Sendable {
  private static let attemptsMax = 5
  /// Paths of POSTs that change nothing; a test compares them with the service's table.
  static let readingPaths: Set = [
    "/v1/accounts:lookup", "/v1/accounts:search", "/v1/communications:check",
    "/v1/content_transfers:preview", "/v1/suppressions:lookup", "/v1/takeovers:preview",
  ]

  private let settings: Settings
  private let options: ClientOptions
  private let url: ServiceURL
  private let proxy: HTTPProxy?
  private let loop: EventLoop
  private let http: HTTPClient
  private let address: OutboundAddress

  init(_ options: ClientOptions, _ given: Settings? = nil) throws {
    self.options = options
    settings = try given ?? Settings.load(options)
    guard let url = ServiceURL(settings.url) else {
      throw Failure.usage("'\(settings.url)' is not a URL such as https://tenure.example.com")
    }
    self.url = url
    loop = EventLoop(name: "client")
    loop.start()
    var limits = HTTPClient.Limits()
    limits.seconds = 600
    limits.responseBytesMax = 64 * 1_024 * 1_024
    limits.requiresGlobalAddress = false
    let roots = ProcessInfo.processInfo.environment["SSL_CERT_FILE"]
    let tls =
      url.isEncrypted
      ? try TLSContext(clientRootsFile: roots.flatMap { $0.isEmpty ? nil : $0 }) : nil
    proxy = try Self.proxy(url)
    http = HTTPClient(loop: loop, tls: tls, limits: limits, proxy: proxy)
    do {
      address = try HTTPClient.choose(
        try HTTPClient.resolve(proxy?.host ?? url.place), requiresGlobal: false)
    } catch {
      throw Failure.failed(
        "unreachable", "the name '\(proxy?.host ?? url.host)' cannot be resolved", exitCode: 7)
    }
    // A proxy's address says nothing of the way from there on.
    let isLocal =
      OutboundAddress.isLoopback(host: url.place) || (proxy == nil && address.isLoopback)
    if !url.isEncrypted && !isLocal {
      Terminal.say("warning: the key travels unencrypted to \(settings.url)")
    }
  }

  /// The proxy that the environment names for the service.
  private static func proxy(_ url: ServiceURL) throws -> HTTPProxy? {
    guard
      let (variable, value) = HTTPProxy.named(
        in: ProcessInfo.processInfo.environment, scheme: url.scheme, host: url.place, port: url.port
      )
    else { return nil }
    do throws(HTTPProxy.Malformed) { return try HTTPProxy(parsing: value) } catch {
      // What stands there may hold a password.
      let fault =
        error == .scheme
        ? "only proxies that are reached by http:// are supported"
        : "a URL such as http://proxy.example:3128 is expected"
      throw Failure.usage("\(variable): \(fault)")
    }
  }

  /// Sends a request and answers the document; throws what the server refused.
  @discardableResult
  func call(
    _ method: String, _ path: String, query: [String: String] = [:], body: JSONValue? = nil,
    contentType: String = "application/json", headers: [(name: String, value: String)] = []
  ) async throws -> JSONValue {
    let answer = try await send(
      method, path, query: query, body: body, contentType: contentType, headers: headers)
    return answer.body.isEmpty ? .null : try Self.parse(answer.body)
  }

  /// The header that has a change refused where somebody else changed the thing meanwhile.
  func precondition(_ path: String) async throws -> [(name: String, value: String)] {
    try await send("GET", path).header("etag").map { [("If-Match", $0)] } ?? []
  }

  func send(
    _ method: String, _ path: String, query: [String: String] = [:], body: JSONValue? = nil,
    contentType: String = "application/json", headers: [(name: String, value: String)] = [],
    stream: (@Sendable () async throws -> [UInt8]?)? = nil,
    received: (@Sendable ([UInt8]) -> Void)? = nil
  ) async throws -> OutboundResponse {
    var query = query
    // What only reads is read in a dry run as well.
    if options.dryRun, method != "GET", !Self.readingPaths.contains(path) {
      query["dry_run"] = "true"
    }
    var request = OutboundRequest(
      method: method, host: url.host, port: url.port,
      target: url.prefix + path + Self.encode(query),
      headers: self.headers + headers)
    if let body {
      request.body = body.bytes
    }
    if body != nil || stream != nil { request.headers.append(("Content-Type", contentType)) }
    let key = options.retryKey ?? UUID().uuidString.lowercased()
    if method == "POST" { request.headers.append(("Idempotency-Key", key)) }
    request.bodyStream = stream
    return try await retrying(request, key: key, mayRetry: stream == nil, received)
  }

  private var headers: [(name: String, value: String)] {
    var headers = [
      (name: "Authorization", value: "Bearer \(settings.token)"),
      (name: "User-Agent", value: "tenure/\(Version.current)"),
    ]
    if let tenant = settings.tenant { headers.append(("Tenure-Tenant", tenant)) }
    if let reason = options.reason {
      let plain = CharacterSet(charactersIn: " "..."~").subtracting(CharacterSet(charactersIn: "%"))
      let encoded = reason.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
      headers.append(("Tenure-Reason", encoded))
    }
    return headers
  }

  /// Repeats what is safe to repeat: every change carries an Idempotency-Key or is idempotent.
  private func retrying(
    _ request: OutboundRequest, key: String, mayRetry: Bool,
    _ received: (@Sendable ([UInt8]) -> Void)?
  ) async throws -> OutboundResponse {
    var attempt = 1
    while true {
      var wait = 0.2 * pow(2, Double(attempt)) * Double.random(in: 0.5...1.5)
      do {
        let answer = try await http.send(request, to: address, received: received)
        if (200..<300).contains(answer.status) { return answer }
        // Without a tunnel the proxy's own refusal comes as if the server had said it.
        if answer.status == 407, let proxy, !url.isEncrypted {
          throw Self.refused(by: proxy, answer.status)
        }
        guard Self.mayPass(answer.status) && mayRetry && attempt < Self.attemptsMax else {
          throw Failure(status: answer.status, body: answer.body)
        }
        if let text = answer.header("retry-after"),
          let seconds = WebhookSchedule.seconds(retryAfter: text, at: Self.now)
        {
          wait = max(wait, min(Double(seconds), 60))
        }
      } catch let error as OutboundError {
        guard mayRetry && attempt < Self.attemptsMax && Self.mayPass(error) else {
          throw unreachable(error, request, key)
        }
      }
      attempt += 1
      try await Task.sleep(for: .seconds(wait))
    }
  }

  private static func mayPass(_ status: Int) -> Bool { [429, 502, 503, 504].contains(status) }

  /// Whether the same may go well a moment later; a password that a proxy refuses is not tried
  /// again, because that may lock it.
  private static func mayPass(_ error: OutboundError) -> Bool {
    switch error {
    case .tlsFailed: false
    case .proxyRefused(let status): mayPass(status)
    default: true
    }
  }

  private static func refused(by proxy: HTTPProxy, _ status: Int) -> Failure {
    var failure = Failure.failed(
      "unreachable",
      "the proxy \(proxy.host):\(proxy.port) let nobody through: it answered \(status)",
      exitCode: status == 407 ? 4 : 7)
    if status == 407 {
      failure.hint = "the proxy's URL may say who asks: http://USER:PASSWORD@HOST:PORT"
    }
    return failure
  }

  private func unreachable(
    _ error: OutboundError, _ request: OutboundRequest, _ key: String
  ) -> Failure {
    if case .proxyRefused(let status) = error, let proxy { return Self.refused(by: proxy, status) }
    let message =
      switch error {
      case .connectFailed:
        "nothing answers at \(proxy.map { "the proxy \($0.host):\($0.port)" } ?? settings.url)"
      case .tlsFailed: "the certificate of \(settings.url) is not trusted, or the handshake failed"
      case .timedOut: "the service did not answer in time"
      default: "the connection broke (\(error))"
      }
    var failure = Failure.failed("unreachable", message, exitCode: 7)
    if request.method == "POST", case .connectFailed = error {
    } else if request.method == "POST" {
      failure.hint = "to repeat it without doing it twice: --retry-key \(key)"
    }
    return failure
  }

  private static var now: Timestamp {
    Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }

  static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    do { return try JSONValue(parsing: bytes) } catch {
      throw Failure.failed("malformed_answer", "the server's answer is not JSON")
    }
  }

  private static func encode(_ query: [String: String]) -> String {
    if query.isEmpty { return "" }
    let allowed = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return "?"
      + query.sorted { $0.key < $1.key }.map { name, value in
        "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
      }.joined(separator: "&")
  }
}

extension Client {
  /// Shows a list, following its pages; `limit` nil shows all.
  func list(
    _ path: String, query: [String: String] = [:], body: JSONValue? = nil, limit: Int?,
    columns: [String]
  ) async throws {
    let output = Output.current
    if output == .svg { throw Output.noPicture }
    var query = query
    var remaining = limit ?? Int.max
    var all: [JSONValue] = []
    var isFirst = true
    while remaining > 0 {
      query["limit"] = String(min(remaining, 200))
      let page = try await call(body == nil ? "GET" : "POST", path, query: query, body: body)
      let items = page["data"]?.array ?? []
      remaining -= items.count
      let next = page["next_cursor"]?.string
      if output == .json || output == .yaml || (output == .table && Terminal.hasOutput) {
        all += items
      } else {
        Lines(output, columns: columns).show(items, isLast: next == nil, isFirst: isFirst)
        isFirst = false
      }
      guard let next else { break }
      query["cursor"] = next
    }
    if isFirst { try output.show(.array(all), columns: columns) }
  }

  /// Sends a request and shows what it answers: what most commands do.
  func perform(
    _ method: String, _ path: String, body: JSONValue? = nil,
    contentType: String = "application/json", columns: [String]
  ) async throws {
    try show(
      try await call(method, path, body: body, contentType: contentType), columns: columns)
  }

  /// Shows one document, or the effects of a dry run.
  func show(_ value: JSONValue, columns: [String]) throws {
    if let effects = value["effects"], value["dry_run"]?.bool == true {
      return try Output.current.show(effects, columns: Columns.effect)
    }
    if value == .null { return }
    try Output.current.show(value, columns: columns)
  }
}
