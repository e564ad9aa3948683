import Foundation
package import HTTP
import JSON
package import Tenure
package import TenureAPI

/// One API request while it is handled: the HTTP request, the caller, and the worker it runs on.
package final class Call: @unchecked Sendable {
  package let request: HTTPRequest
  package let endpoint: Endpoint
  package let worker: Worker
  package let requestID: String
  package let now: Timestamp
  package let isDryRun: Bool
  /// The caller's reason in their own words; it goes into the audit log and nowhere else.
  package var reason: String?
  private let pathParameters: [String]
  private let query: [(name: String, value: String)]
  package var caller: Caller?
  private var authorised: Access?

  package init(
    request: HTTPRequest, endpoint: Endpoint, pathParameters: [String], worker: Worker,
    requestID: String, now: Timestamp
  ) throws(Problem) {
    self.request = request
    self.endpoint = endpoint
    self.pathParameters = pathParameters
    self.worker = worker
    self.requestID = requestID
    self.now = now
    reason = try Self.reason(request)
    query = request.hasQuery ? try QueryString.parse(request.query) : []
    let allowed = endpoint.parameters + (endpoint.takesDryRun ? ["dry_run"] : [])
    for (name, _) in query where !allowed.contains(name) {
      throw Problem(
        .parameterUnknown, "the parameter '\(name)' is not known here",
        errors: [.init(pointer: name, code: "unknown", detail: "not a parameter of this endpoint")]
      )
    }
    switch query.first(where: { $0.name == "dry_run" })?.value {
    case nil, "false": isDryRun = false
    case "true": isDryRun = true
    default: throw Self.invalid("dry_run", "true or false is expected")
    }
  }

  package func authorised(_ access: Access) { authorised = access }

  /// The proof that the caller has this endpoint's permission; throws where the dispatcher gave
  /// none.
  package var access: Access {
    get throws(Problem) {
      guard let authorised else { throw Problem(.forbidden) }
      return authorised
    }
  }

  /// The proof for endpoints that only the operator may call, on what belongs to the platform.
  package var platformAccess: Access {
    get throws(Problem) {
      let access = try access
      guard access.tenant == .platform else { throw Problem(.forbidden) }
      return access
    }
  }

  /// The person who calls, and the proof for what the platform keeps for them.
  package var ownRecords: (account: AccountID, access: Access) {
    get throws(Problem) {
      guard let own = caller?.authorizeOwnRecords() else { throw Problem(.forbidden) }
      return own
    }
  }

  /// The caller's own items that several tenants keep, in the order of their ids.
  ///
  /// They are read tenant by tenant, because no statement sees two tenants' rows.
  package func ownPage<Kind, Item: View>(
    _ found: [(id: Identifier<Kind>, tenant: TenantID)], id: KeyPath<Item, Identifier<Kind>>,
    _ read: ([Identifier<Kind>], Access) async throws -> [Item]
  ) async throws -> [Item] {
    var items: [Item] = []
    for (tenant, ids) in Dictionary(grouping: found, by: \.tenant) {
      guard let (_, access) = caller?.authorizeOwnAccount(custodian: tenant) else {
        throw Problem(.forbidden)
      }
      items += try await read(ids.map(\.id), access)
    }
    return items.sorted { $0[keyPath: id].uuid < $1[keyPath: id].uuid }
  }

  // MARK: Parameters

  package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// An id in the path.
  ///
  /// A malformed id is refused before anything is looked up, so that the refusal says nothing about
  /// what exists.
  package func id<Kind>(_ index: Int, _ type: Identifier<Kind>.Type) throws(Problem)
    -> Identifier<Kind>
  {
    do throws(IdentifierError) { return try Identifier(parsing: pathParameters[index]) } catch {
      switch error {
      case .malformed:
        throw Problem(.idMalformed, "an id that begins with '\(Kind.prefix)_' is expected")
      case .wrongType(let expected, let found):
        throw Problem(.idWrongType, "an id of type '\(expected)' is expected, not '\(found)'")
      }
    }
  }

  /// A parameter of the path as it was sent, by its position from 0.
  package func pathText(_ index: Int) -> String { pathParameters[index] }

  /// The account that a list is limited to; nil for all.
  package func accountParameter() throws(Problem) -> AccountID? {
    guard let text = parameter("account_id") else { return nil }
    guard let id = try? AccountID(parsing: text) else {
      throw Self.invalid("account_id", "an account's id is expected")
    }
    return id
  }

  /// The name of a category, or of a policy, that a list is limited to; nil for all.
  package func categoryParameter(_ name: String) throws(Problem) -> String? {
    guard let text = parameter(name) else { return nil }
    guard CategoryName.isValid(text) else { throw Self.invalid(name, CategoryName.expected) }
    return text
  }

  /// The size of a page: 50, or what the client asks for, up to 200.
  package func limit() throws(Problem) -> Int {
    guard let text = parameter("limit") else { return 50 }
    guard let limit = Int(text), (1...200).contains(limit) else {
      throw Self.invalid("limit", "a whole number from 1 to 200 is expected")
    }
    return limit
  }

  /// The problem that a query parameter is wrong.
  package static func invalid(_ name: String, _ detail: String) -> Problem {
    Problem(
      .parameterInvalid, "\(name): \(detail)",
      errors: [.init(pointer: name, code: "invalid", detail: detail)])
  }

  /// The header `Tenure-Reason`: visible ASCII, with other characters as percent-encoded UTF-8.
  ///
  /// A value that is not valid percent-encoding is used unchanged.
  private static func reason(_ request: HTTPRequest) throws(Problem) -> String? {
    guard let text = request.header("tenure-reason") else { return nil }
    guard request.values("tenure-reason").count == 1,
      (1...reasonBytesMax).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else {
      throw invalid("Tenure-Reason", "1 to \(reasonBytesMax) characters of ASCII are expected")
    }
    return text.removingPercentEncoding ?? text
  }
  private static let reasonBytesMax = 500

  // MARK: Body and preconditions

  package func body<Content: Body>(_ type: Content.Type) throws(Problem) -> Content {
    do throws(JSONError) { return try Content(parsing: request.body) } catch {
      throw Problem(error)
    }
  }

  /// Throws where the client's `If-Match` does not name the current version (RFC 9110 13.1.1);
  /// without the header it passes.
  package func checkPrecondition(version: Int) throws(Problem) {
    guard let header = request.header("if-match") else { return }
    let tags = header.split(separator: ",").map { $0.trimmingSpaces }
    if tags.contains("*") || tags.contains(Reply.etag(version)) { return }
    throw Problem(.preconditionFailed)
  }

  /// Throws where `If-Match` does not name the current version, or is missing (RFC 6585, section
  /// 3): for changes of something that the client must have read before.
  package func requirePrecondition(version: Int) throws(Problem) {
    if request.header("if-match") == nil { throw Problem(.preconditionRequired) }
    try checkPrecondition(version: version)
  }

  /// A 304 where the client has this version already (RFC 9110 section 13.1.2); nil where it does
  /// not.
  package func notModified(version: Int) -> Reply? {
    guard let header = request.header("if-none-match") else { return nil }
    let isKnown = header.split(separator: ",").contains { tag in
      let tag = tag.trimmingSpaces
      return tag == "*" || tag == Reply.etag(version) || tag == "W/" + Reply.etag(version)
    }
    if !isKnown { return nil }
    var reply = Reply(status: 304)
    reply.version = version
    return reply
  }
}

extension Substring {
  package var trimmingSpaces: String {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}

/// The query of a URL (WHATWG's application/x-www-form-urlencoded), in which each name may occur
/// once.
package enum QueryString {
  package static func parse(_ text: String) throws(Problem) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for part in text.split(separator: "&") {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decode(halves[0]), let value = halves.count == 2 ? decode(halves[1]) : ""
      else { throw Problem(.parameterInvalid, "the query is not valid UTF-8 in percent-encoding") }
      if pairs.contains(where: { $0.name == name }) {
        throw Problem(.parameterInvalid, "the parameter '\(name)' appears twice")
      }
      pairs.append((name, value))
    }
    return pairs
  }

  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst(), let low = rest.popFirst(),
          let a = high.hexDigitValue, let b = low.hexDigitValue
        else { return nil }
        bytes.append(a << 4 | b)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
