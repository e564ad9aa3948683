package import HTTP
package import Tenure

/// One endpoint of the API: its name in the contract, its method and path, who may call it, and
/// its handler.
package struct Endpoint: Sendable {
  package enum Audience: Sendable, Equatable {
    /// Callers with this permission in the tenant they speak for.
    case permission(Permission)
    /// Anybody with a valid key.
    case anyCaller
    /// A person about their own account.
    case person
    /// A person about their own account, but not with a token that somebody who reads their mailbox
    /// could have got.
    case ownHand
    /// A person, or whoever holds the one-time link of a notice to them.
    case told
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
  /// Whether it only shows: every GET, and those POSTs whose question has no place in a URL.
  ///
  /// All it may leave behind is of the question itself, as an audit entry or a preview's plan.
  package let reads: Bool
  /// Whether it can be tried without a change: not where it reads, where what it does is not one
  /// transaction, or where what it answers is shown to nobody unseen.
  package let takesDryRun: Bool
  /// Names of the query parameters it knows, besides `dry_run`.
  package let parameters: [String]
  package let handler: @Sendable (Call) async throws -> Reply

  /// The path, taken apart: `nil` stands for a parameter.
  package let segments: [[UInt8]?]
  /// What follows the colon of the last segment: the verb.
  package let verb: [UInt8]

  package init(
    _ id: String, _ method: HTTPMethod, _ path: String, _ audience: Audience,
    body: RequestBody = .none, idempotent: Bool = false, reads: Bool = false,
    dryRun: Bool = true, parameters: [String] = [],
    _ handler: @escaping @Sendable (Call) async throws -> Reply
  ) {
    self.id = id
    self.method = method
    self.path = path
    self.audience = audience
    self.body = body
    self.handler = handler
    needsIdempotencyKey = idempotent
    self.reads = reads || method == .get
    takesDryRun = dryRun && !self.reads
    self.parameters = parameters
    let (ranges, verb) = PathSegments.split(Array(path.utf8)[...])
    let bytes = Array(path.utf8)
    segments = ranges.map { bytes[$0].first == UInt8(ascii: "{") ? nil : Array(bytes[$0]) }
    self.verb = Array(bytes[verb])
  }
}

/// Takes a path apart without making strings.
package enum PathSegments {
  /// The ranges of the segments, and of the verb after the last one's colon.
  package static func split(_ path: ArraySlice<UInt8>) -> (segments: [Range<Int>], verb: Range<Int>)
  {
    var segments: [Range<Int>] = []
    segments.reserveCapacity(6)
    var start = path.startIndex + 1
    var colon: Int?
    for index in path.indices.dropFirst() {
      switch path[index] {
      case UInt8(ascii: "/"):
        segments.append(start..<index)
        start = index + 1
        colon = nil
      case UInt8(ascii: ":"): colon = index
      default: break
      }
    }
    segments.append(start..<max(start, colon ?? path.endIndex))
    let verbStart = colon.map { $0 + 1 } ?? path.endIndex
    return (segments, verbStart..<max(verbStart, path.endIndex))
  }
}
