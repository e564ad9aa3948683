package import HTTP
import JSON
package import TenureAPI

/// The reply of a handler, before it is written as an HTTP response.
package struct Reply: Sendable {
  package var status: Int
  package var contentType: StaticString = "application/json"
  package var body: [UInt8] = []
  /// Whether the body is an array that the service keeps in any case.
  package var isStatic = false
  /// The version of the resource, from which the strong ETag is made; nil for none.
  package var version: Int?
  package var location: String?
  package var headers: [(name: StaticString, value: String)] = []
  package var stream: (@Sendable (BodyWriter) async throws -> Void)?
  /// The view that the reply shows, where it is one of a person.
  var personal: (any PersonalView)?

  package init(status: Int = 200, body: [UInt8] = []) {
    self.status = status
    self.body = body
  }

  package init(status: Int = 200, _ view: some View, version: Int? = nil, location: String? = nil) {
    self.status = status
    body = view.json
    self.version = version
    self.location = location
    personal = view as? any PersonalView
  }

  /// A list that always fits on one page.
  package init(page items: [some View]) {
    var writer = JSONWriter()
    writer.page(items, nextCursor: nil)
    self.init(body: writer.bytes)
  }

  /// A refusal whose transaction is committed all the same.
  package init(_ problem: Problem, requestID: String, instance: String) {
    var writer = JSONWriter()
    ProblemView(problem, requestID: requestID, instance: instance).write(to: &writer)
    status = problem.code.entry.status
    body = writer.bytes
    contentType = "application/problem+json"
  }

  package static let noContent = Reply(status: 204)

  package static func etag(_ version: Int) -> String { "\"v\(version)\"" }

  package func makeResponse() -> HTTPResponse {
    var response = HTTPResponse(status: status, contentType: contentType, body: body)
    if let stream {
      response.stream = { body in
        try await Patience.$isNeeded.withValue(true) { try await stream(body) }
      }
    }
    response.isStatic = isStatic
    if let version { response.headers.append(("ETag", Self.etag(version))) }
    if let location { response.headers.append(("Location", location)) }
    response.headers += headers
    return response
  }
}
