package import Foundation
import HTTP
import JSON
package import Tenure
package import TenureAPI

extension Call {
  /// The reply of a list: one page as JSON, or all of it as NDJSON if the client asks for that.
  ///
  /// `page` reads at most so many items after an id, in the order of ids. `filter` is whatever
  /// narrows the list; a cursor holds only for the same filter.
  package func list<Item: View>(
    _ access: Access, filter: String = "", id: @escaping @Sendable (Item) -> UUID,
    page: @escaping @Sendable (_ after: UUID?, _ limit: Int) async throws -> [Item]
  ) async throws -> Reply {
    let after = try parameter("cursor").map {
      try Cursor.decode($0, for: self, access, filter: filter)
    }
    if accepts("application/x-ndjson") { return lines(after: after, id: id, page: page) }
    let limit = try limit()
    var items = try await page(after, limit + 1)
    var next: String?
    if items.count > limit {
      items.removeLast(items.count - limit)
      next = try items.last.map { try Cursor.encode(id($0), for: self, access, filter: filter) }
    }
    var writer = JSONWriter(capacity: 256 * items.count + 128)
    writer.page(items, nextCursor: next)
    return Reply(body: writer.bytes)
  }

  private func lines<Item: View>(
    after: UUID?, id: @escaping @Sendable (Item) -> UUID,
    page: @escaping @Sendable (UUID?, Int) async throws -> [Item]
  ) -> Reply {
    var reply = Reply()
    reply.contentType = "application/x-ndjson"
    reply.stream = { body in
      var after = after
      while true {
        let items = try await page(after, 200)
        var writer = JSONWriter(capacity: 64 * 1_024)
        for item in items {
          item.write(to: &writer)
          writer.newline()
        }
        try await body.write(writer.bytes)
        guard items.count == 200, let last = items.last else { return }
        after = id(last)
      }
    }
    return reply
  }

  /// Whether the client's `Accept` header names a media type.
  package func accepts(_ type: String) -> Bool {
    guard let accept = request.header("accept") else { return false }
    return accept.split(separator: ",").contains { item in
      (item.split(separator: ";").first ?? "").trimmingSpaces.lowercased() == type
    }
  }
}
