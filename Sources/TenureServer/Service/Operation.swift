package import HTTP
package import Tenure

/// One line of the API: its name in the contract, how it is reached, who may, and what it does.
package struct Operation: Sendable {
  package enum Audience: Sendable, Equatable {
    /// Callers with this permission in the tenant they speak for.
    case permission(Permission)
    /// Anybody with a valid key.
    case anyCaller
    /// A person about their own account.
    case person
    /// Everybody, without a key.
    case anyone
  }

  package enum RequestBody: Sendable, Equatable {
    case none
    case json
    case mergePatch
    /// Newline-delimited JSON, read as it arrives.
    case stream
  }

  package let id: String
  package let method: HTTPMethod
  package let path: String
  package let audience: Audience
  package let body: RequestBody
  /// Whether an Idempotency-Key must come with it.
  package let needsIdempotencyKey: Bool
  /// Names of the query parameters it knows, besides `dry_run` for changes.
  package let parameters: [String]
  package let handler: @Sendable (Call) async throws -> Reply

  let segments: [Substring]
  /// What follows the colon of the last segment: the verb.
  let verb: Substring

  package init(
    _ id: String, _ method: HTTPMethod, _ path: String, _ audience: Audience,
    body: RequestBody = .none, idempotent: Bool = false, parameters: [String] = [],
    _ handler: @escaping @Sendable (Call) async throws -> Reply
  ) {
    self.id = id
    self.method = method
    self.path = path
    self.audience = audience
    self.body = body
    self.handler = handler
    needsIdempotencyKey = idempotent
    self.parameters = parameters
    (segments, verb) = Self.split(path[...])
  }

  package var isChange: Bool { method != .get }

  /// A path's segments, and the verb after the last one's colon.
  static func split(_ path: Substring) -> (segments: [Substring], verb: Substring) {
    var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard let last = segments.last, let colon = last.lastIndex(of: ":") else {
      return (Array(segments), "")
    }
    segments[segments.endIndex - 1] = last[..<colon]
    return (Array(segments), last[last.index(after: colon)...])
  }
}

/// Finds the operation for a method and path.
struct Router: Sendable {
  enum Match {
    case found(Operation, parameters: [String])
    case wrongMethod(allowed: [HTTPMethod])
    case none
  }

  /// By number of segments: few comparisons remain.
  private let operations: [Int: [Operation]]

  init(_ operations: [Operation]) {
    self.operations = Dictionary(grouping: operations) { $0.segments.count }
  }

  func match(_ method: HTTPMethod, _ path: String) -> Match {
    guard path.utf8.first == UInt8(ascii: "/") else { return .none }
    let (segments, verb) = Operation.split(path[...])
    let wanted = method == .head ? .get : method
    var allowed: [HTTPMethod] = []
    for operation in operations[segments.count] ?? [] where operation.verb == verb {
      guard let parameters = Self.parameters(operation.segments, segments) else { continue }
      if operation.method == wanted { return .found(operation, parameters: parameters) }
      allowed.append(operation.method)
      if operation.method == .get { allowed.append(.head) }
    }
    return allowed.isEmpty ? .none : .wrongMethod(allowed: allowed + [.options])
  }

  private static func parameters(_ template: [Substring], _ actual: [Substring]) -> [String]? {
    var parameters: [String] = []
    for (wanted, given) in zip(template, actual) {
      if wanted.utf8.first == UInt8(ascii: "{") {
        if given.isEmpty { return nil }
        parameters.append(String(given))
      } else if wanted != given {
        return nil
      }
    }
    return parameters
  }
}
